"""One process looked into: everything about it that is not on every list.

Each part is known, or Missing with the reason. All texts are harmless for a terminal; secrets are taken out, but for
the command line of a process whose owner looks at it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Final, Literal

Why = Literal["pending", "refused", "late", "gone", "unrecorded", "absent", "failed", "afar"]


@dataclass(frozen=True, slots=True)
class Missing:
    """Why a part is not known, and what can be done about it.

    "pending": it was not asked for yet, or the answer is still to come; "refused": not permitted, `text` is the remedy;
    "late": no answer in time; "gone": the process ended before; "unrecorded": the history does not keep it; "absent":
    this system has no such thing; "failed": anything else, `text` says what; "afar": another machine tells nobody.
    """

    why: Why
    text: str = ""

    def __str__(self) -> str:
        words = _WORDS[self.why]
        return f"{words}: {self.text}" if self.text else words


_WORDS: Final[dict[str, str]] = {
    "pending": "…",
    "refused": "not permitted",
    "late": "no answer",
    "gone": "it has ended",
    "unrecorded": "not recorded",
    "absent": "not on this system",
    "failed": "cannot be read",
    "afar": "known on that machine only",
}
PENDING: Final = Missing("pending")
GONE: Final = Missing("gone")
UNRECORDED: Final = Missing("unrecorded")
ABSENT: Final = Missing("absent")
AFAR: Final = Missing("afar")


@dataclass(frozen=True, slots=True)
class Command:
    """The whole command line; `raw`: as it is, secrets and all, since its owner looks at it. `cut`: so many bytes more."""

    text: str
    raw: bool = False
    cut: int = 0


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose it is: users and groups, real and effective, and whether it may gain privileges."""

    user: str
    real_user: str
    group: str
    capabilities: str = ""  # effective ones: "all", "none", or how many
    confined: str = ""  # seccomp, no new privileges


@dataclass(frozen=True, slots=True)
class Schedule:
    """How it is scheduled: policy (sched(7)), nice, io priority, processors as a list of ranges, and for the OOM killer."""

    policy: str = ""
    nice: int | None = None
    io: str = ""
    processors: str = ""
    oom_score: int | None = None
    oom_adjust: int | None = None


@dataclass(frozen=True, slots=True)
class Limit:
    """One resource limit (getrlimit(2)); None: unlimited."""

    name: str
    soft: int | None
    hard: int | None
    unit: str = ""


@dataclass(frozen=True, slots=True)
class ControlGroup:
    """Its control group and what that may use, counting the groups above it; None: no limit, or not known."""

    path: str
    memory_limit_bytes: int | None = None
    memory_used_bytes: int | None = None
    cores: float | None = None
    processors: int | None = None
    tasks_limit: int | None = None
    tasks: int | None = None
    throttled_seconds: float | None = None
    oom_kills: int | None = None


@dataclass(frozen=True, slots=True)
class MemoryUse:
    """Where its memory is, in bytes (proc_pid_smaps_rollup(5)). `uss`: what would be free if it ended."""

    rss_bytes: int | None = None
    pss_bytes: int | None = None
    uss_bytes: int | None = None
    anonymous_bytes: int | None = None
    file_bytes: int | None = None
    shared_memory_bytes: int | None = None
    swap_bytes: int | None = None
    locked_bytes: int | None = None
    huge_bytes: int | None = None
    peak_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class IoTotals:
    """What it read and wrote since it began, in bytes: through system calls, and from and to storage."""

    read_bytes: int | None = None
    written_bytes: int | None = None
    storage_read_bytes: int | None = None
    storage_written_bytes: int | None = None
    read_calls: int | None = None
    write_calls: int | None = None


@dataclass(frozen=True, slots=True)
class Thread:
    """One of its threads; CPU time in seconds since it began."""

    tid: int
    name: str
    state: str
    cpu_seconds: float
    processor: int | None = None


@dataclass(frozen=True, slots=True)
class OpenFile:
    """One open descriptor; -1 where there is no number. `mode` is r, w or rw; `position` in bytes."""

    fd: int
    kind: str
    target: str
    mode: str = ""
    position: int | None = None


@dataclass(frozen=True, slots=True)
class Socket:
    """One open socket: protocol, both ends, its state, and the bytes that wait in its queues."""

    fd: int
    protocol: str
    local: str = ""
    remote: str = ""
    state: str = ""
    receive_bytes: int | None = None
    send_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Variable:
    """One variable of its environment, as it was when the process began."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Inspection:
    """What is known of one process. `ended`: it was found gone; what was known before stays."""

    pid: int
    started_at: float
    command: Command | Missing = PENDING
    executable: str | Missing = PENDING
    folder: str | Missing = PENDING
    owner: Owner | Missing = PENDING
    schedule: Schedule | Missing = PENDING
    io: IoTotals | Missing = PENDING
    limits: tuple[Limit, ...] | Missing = PENDING
    group: ControlGroup | Missing = PENDING
    threads: tuple[Thread, ...] | Missing = PENDING
    memory: MemoryUse | Missing = PENDING
    files: tuple[OpenFile, ...] | Missing = PENDING
    sockets: tuple[Socket, ...] | Missing = PENDING
    environment: tuple[Variable, ...] | Missing = PENDING
    ended: bool = False


PARTS: Final[tuple[str, ...]] = tuple(
    field.name for field in fields(Inspection) if field.name not in {"pid", "started_at", "ended"}
)
"""Everything that can be asked for, what is quickly read first."""


def with_parts(inspection: Inspection, parts: Mapping[str, object]) -> Inspection:
    """Return an inspection with other parts in the place of some, by their names."""
    found: dict[str, Any] = dict(parts)
    return replace(inspection, **found)


def with_missing(inspection: Inspection, missing: Missing, *, known_too: bool = False) -> Inspection:
    """Return an inspection whose parts that are still pending (or all) are missing for another reason."""
    found: dict[str, Any] = {
        part: missing
        for part in PARTS
        if known_too or (isinstance(had := getattr(inspection, part), Missing) and had.why == "pending")
    }
    return replace(inspection, **found)


def recorded(pid: int, started_at: float, *, afar: bool = False) -> Inspection:
    """Return what is said of a process beyond its rows where nobody looks into it: why nothing is.

    The history does not keep it, or the machine is `afar` and does not tell it.
    """
    return with_missing(Inspection(pid, started_at), AFAR if afar else UNRECORDED)
