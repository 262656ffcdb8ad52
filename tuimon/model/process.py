"""One process as it was seen in one sample.

A NamedTuple, not a frozen dataclass: a thousand of them are made a second, and a tuple is made in C
(docs/decisions/0002-processes-are-tuples.md).
"""

from __future__ import annotations

from typing import Final, NamedTuple


class Process(NamedTuple):
    """One process. Its identity is (pid, started_at): a pid alone is used again by the kernel.

    `command` is the redacted command line, '' for kernel threads and where it may not be read; both texts are
    harmless for a terminal. None: not known (not permitted, or not read in this sample yet).
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

    @property
    def identity(self) -> tuple[int, float]:
        """What tells this process from any other that has had its pid."""
        return self.pid, self.started_at


class ProcessTable(NamedTuple):
    """Who was recorded at a moment (epoch seconds): the busiest processes and their ancestors."""

    time: float
    processes: tuple[Process, ...]


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
}
"""Field -> (unit, help): the process family's part of the catalogue."""

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
}
"""Short name -> field. The first one of a field is the one that is offered and printed."""
