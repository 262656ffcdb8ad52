"""One process over a stretch of time, seen from outside: does it grow?"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks import proctree

LOOKS = 30
FIRST, LAST = slice(LOOKS // 3, LOOKS // 2), slice(-LOOKS // 6, None)
"""The looks that are compared: a stretch of ten minutes after as many of warming up, and the last five of thirty."""


@dataclass(frozen=True, slots=True)
class Look:
    """What a process has at one moment; memory in MiB."""

    pss: float
    private: float
    descriptors: int
    threads: int


@dataclass(frozen=True, slots=True)
class Watched:
    """What a process cost over a stretch, and how much more it had at its end than in its middle."""

    seconds: float
    cpu_seconds: float
    written_bytes: int
    others: float
    looks: tuple[Look, ...]

    @property
    def cpu_percent(self) -> float:
        """CPU time in percent of one core."""
        return 100 * self.cpu_seconds / self.seconds

    @property
    def last(self) -> Look:
        """The medians of the last looks."""
        return _median(self.looks[LAST])

    @property
    def grown(self) -> Look:
        """The last looks less those after the warming up."""
        before, after = _median(self.looks[FIRST]), self.last
        return Look(
            after.pss - before.pss,
            after.private - before.private,
            after.descriptors - before.descriptors,
            after.threads - before.threads,
        )


def _median(looks: Sequence[Look]) -> Look:
    return Look(
        statistics.median(one.pss for one in looks),
        statistics.median(one.private for one in looks),
        round(statistics.median(one.descriptors for one in looks)),
        round(statistics.median(one.threads for one in looks)),
    )


def look(pid: int) -> Look:
    """Look at a process tree; descriptors and threads are those of its first process."""
    memory = proctree.memory(pid)
    folder = Path(f"/proc/{pid}")
    descriptors, threads = (len(list((folder / name).iterdir())) for name in ("fd", "task"))
    return Look(memory.pss, memory.private, descriptors, threads)


def watch(pid: int, seconds: float, wait: Callable[[float], None] = time.sleep) -> Watched:
    """Watch a process tree for so long; `wait` passes the time between two looks."""
    began, cpu = time.monotonic(), proctree.cpu_seconds(pid)
    busy, written = proctree.machine_seconds(), written_bytes(pid)
    looks = []
    for number in range(1, LOOKS + 1):
        wait(max(0.0, began + seconds * number / LOOKS - time.monotonic()))
        looks.append(look(pid))
    lasted, used = time.monotonic() - began, proctree.cpu_seconds(pid) - cpu
    others = (proctree.machine_seconds() - busy - used) / lasted
    return Watched(lasted, used, written_bytes(pid) - written, others, tuple(looks))


def written_bytes(pid: int) -> int:
    """Return the bytes that a process has caused to be written to storage (proc(5))."""
    fields = dict(line.split(": ") for line in Path(f"/proc/{pid}/io").read_text().splitlines())
    return int(fields["write_bytes"])
