"""What can be done to a process, to which one, and what came of it.

A process is chosen by what tells it from any other that has had its pid: (pid, started_at). Between the choice and the
deed any time may pass; who acts looks again, and does nothing where it is not the same any more.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tuimon.model.process import Process
from tuimon.model.snapshot import Host


@dataclass(frozen=True, slots=True)
class Target:
    """A process that somebody chose, with all that names it to a person.

    `booted_at` is the Host's of the sample it was chosen from: with it a start time is exact to the kernel's tick.
    """

    pid: int
    started_at: float
    name: str = ""
    user: str = ""
    command: str = ""
    kernel: bool = False
    booted_at: float | None = None

    @property
    def identity(self) -> tuple[int, float]:
        """What tells it from any other that has had its pid."""
        return self.pid, self.started_at


def target(process: Process, host: Host) -> Target:
    """Return a process of a sample as something to be acted on; `host` is the sample's."""
    return Target(
        process.pid, process.started_at, process.name, process.user, process.command, process.kernel, host.booted_at
    )


@dataclass(frozen=True, slots=True)
class Signal:
    """Send a signal, by its name without SIG: numbers differ between systems."""

    name: str

    def __str__(self) -> str:
        return f"signal {self.name}"


@dataclass(frozen=True, slots=True)
class Nice:
    """Set the nice value, -20 (first) to 19 (last), of all threads."""

    value: int

    def __str__(self) -> str:
        return f"nice {self.value}"


IoClass = Literal["none", "realtime", "best-effort", "idle"]


@dataclass(frozen=True, slots=True)
class IoPriority:
    """Set the io priority (ioprio_set(2)) of all threads; `level` 0 (first) to 7, of realtime and best-effort."""

    kind: IoClass
    level: int = 0

    def __str__(self) -> str:
        return f"io {self.kind} {self.level}" if self.kind in {"realtime", "best-effort"} else f"io {self.kind}"


@dataclass(frozen=True, slots=True)
class Affinity:
    """Set the processors that all threads may run on."""

    cpus: tuple[int, ...]

    def __str__(self) -> str:
        return f"processors {ranges(self.cpus)}"


Action = Signal | Nice | IoPriority | Affinity
Result = Literal["done", "gone", "replaced", "refused", "failed"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one action on one process.

    "gone": it had ended; "replaced": its pid is another's now; in both cases nothing was done. "refused": not
    permitted, `remedy` says to whom it is. "failed": anything else. `text` says it in words, '' when done.
    """

    target: Target
    action: Action
    result: Result
    text: str = ""
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Scheduling:
    """How a process is scheduled now; None: not known here."""

    nice: int | None = None
    io: IoPriority | None = None
    cpus: tuple[int, ...] | None = None


def ranges(numbers: tuple[int, ...]) -> str:
    """Return numbers as the kernel writes lists of processors: `0-3,8`."""
    found: list[list[int]] = []
    for number in sorted(set(numbers)):
        if found and number == found[-1][1] + 1:
            found[-1][1] = number
        else:
            found.append([number, number])
    return ",".join(str(a) if a == b else f"{a}-{b}" for a, b in found)
