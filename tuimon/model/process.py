"""One process as it was seen in one sample.

A NamedTuple, not a frozen dataclass: a thousand of them are made a second, and a tuple is made in C
(docs/decisions/0002-processes-are-tuples.md).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from tuimon.model.difference import Lifetime

NO_FIELDS: Final[frozenset[str]] = frozenset()


class Process(NamedTuple):
    """One process. Its identity is (pid, started_at): a pid alone is used again by the kernel.

    `command` is the redacted command line, '' for kernel threads and where it may not be read; all texts are
    harmless for a terminal. None: not known (not permitted, not wanted, or not read yet). Fields with a default are
    of the newest sample only: the history does not keep them, and those of COSTLY are read when somebody wants them.
    """

    pid: int
    started_at: float  # epoch seconds, steady for as long as the process lives
    ppid: int
    name: str
    command: str
    user: str
    state: str  # one letter of proc(5): R S D Z T t I ...
    cpu_percent: float | None  # of one core, since the sample before
    cpu_seconds: float  # user and system since it began
    rss_bytes: int
    virtual_bytes: int
    memory_percent: float | None  # resident, of MemTotal
    threads: int
    nice: int
    priority: int
    read_bytes_per_second: float | None  # from storage; averaged since it was last read
    write_bytes_per_second: float | None
    kernel: bool  # a kernel thread
    minor_faults_per_second: float | None = None  # since the sample before
    major_faults_per_second: float | None = None
    processor: int | None = None  # the core it last ran on
    pss_bytes: int | None = None
    swap_bytes: int | None = None
    open_files: int | None = None
    cgroup: str | None = None  # its path below the root of the hierarchy
    denied: bool = False  # its io, memory and files may not be looked at by who runs tuimon

    @property
    def identity(self) -> tuple[int, float]:
        """What tells this process from any other that has had its pid."""
        return self.pid, self.started_at

    @property
    def io_bytes_per_second(self) -> float | None:
        """What it reads and writes together."""
        read, written = self.read_bytes_per_second, self.write_bytes_per_second
        return None if read is None and written is None else (read or 0.0) + (written or 0.0)

    @property
    def container(self) -> str | None:
        """The container, service or session that it belongs to, as its cgroup names it."""
        if self.cgroup is None:
            return None
        from tuimon.model.workload import workload  # noqa: PLC0415  few ever ask

        return workload(self.cgroup)


COSTLY: Final = frozenset({"pss_bytes", "swap_bytes", "open_files", "cgroup"})
"""Fields that a file of their own must be read for: only of who is looked at."""

LIVE_ONLY: Final = frozenset(Process._field_defaults)
"""Fields that the history does not keep."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which costly fields somebody wants: `shown` of the processes on a screen, `everywhere` of all, in turns."""

    shown: frozenset[str] = NO_FIELDS
    everywhere: frozenset[str] = NO_FIELDS


NOTHING: Final = Wanted()


class ProcessTable(NamedTuple):
    """Who was recorded at a moment (epoch seconds): the busiest processes and their ancestors."""

    time: float
    processes: tuple[Process, ...]


@dataclass(frozen=True, slots=True)
class ProcessPast:
    """What was recorded of one process over a span.

    `rows` are (epoch seconds, the process as it was then), oldest first, `step` seconds apart where it was among the
    busiest each time; where they are further apart it was not, and nothing is known.
    """

    pid: int
    started_at: float
    life: Lifetime
    step: float
    rows: tuple[tuple[float, Process], ...] = ()


PROCESS_HELP: Final[dict[str, tuple[str, str]]] = {
    "pid": ("", "process id"),
    "started_at": ("epoch seconds", "when it was started"),
    "ppid": ("", "pid of its parent"),
    "name": ("", "the kernel's name of it (comm)"),
    "command": ("", "command line, secrets taken out"),
    "user": ("", "effective user"),
    "state": ("", "R running, S sleeping, D waiting for IO, Z zombie, T stopped, I idle kernel thread"),
    "cpu_percent": ("percent of one core", "CPU time since the sample before"),
    "cpu_seconds": ("seconds", "user and system CPU time since it began"),
    "rss_bytes": ("bytes", "resident memory"),
    "virtual_bytes": ("bytes", "virtual memory"),
    "memory_percent": ("percent of physical memory", "resident memory"),
    "threads": ("", "threads"),
    "nice": ("", "nice value, -20 to 19"),
    "priority": ("", "scheduling priority as the kernel shows it"),
    "read_bytes_per_second": ("bytes a second", "read from storage"),
    "write_bytes_per_second": ("bytes a second", "written to storage"),
    "kernel": ("", "whether it is a kernel thread"),
    "minor_faults_per_second": ("a second", "page faults that needed no disk"),
    "major_faults_per_second": ("a second", "page faults that waited for a disk"),
    "processor": ("", "the core it last ran on"),
    "pss_bytes": ("bytes", "resident memory, what it shares divided among those who share it"),
    "swap_bytes": ("bytes", "what of it is in swap"),
    "open_files": ("", "open file descriptors"),
    "cgroup": ("", "path of its control group"),
    "denied": ("", "whether its io, PSS and the like may not be read by who runs tuimon"),
}
"""Field -> (unit, help): the process family's part of the catalogue."""

DERIVED_HELP: Final[dict[str, tuple[str, str]]] = {
    "io_bytes_per_second": ("bytes a second", "read from and written to storage together"),
    "container": ("", "container, service or session, as the control group names it"),
}
"""What is made of other fields -> (unit, help)."""

ALIASES: Final[dict[str, str]] = {
    "cpu": "cpu_percent",
    "mem": "memory_percent",
    "memory": "memory_percent",
    "rss": "rss_bytes",
    "res": "rss_bytes",
    "virt": "virtual_bytes",
    "virtual": "virtual_bytes",
    "vsz": "virtual_bytes",
    "cmd": "command",
    "time": "cpu_seconds",
    "started": "started_at",
    "start": "started_at",
    "thr": "threads",
    "ni": "nice",
    "prio": "priority",
    "read": "read_bytes_per_second",
    "write": "write_bytes_per_second",
    "io": "io_bytes_per_second",
    "pss": "pss_bytes",
    "swap": "swap_bytes",
    "fds": "open_files",
    "files": "open_files",
    "minflt": "minor_faults_per_second",
    "majflt": "major_faults_per_second",
    "core": "processor",
}
"""Short name -> field. The first one of a field is the one that is offered and printed."""
