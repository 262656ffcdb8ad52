"""What a process and all it started cost, read from outside in /proc (proc(5), clock_getcpuclockid(3))."""

from __future__ import annotations

import os
import re
import time
from dataclasses import dataclass
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
PROC = Path("/proc")


def tree(pid: int) -> list[int]:
    """Return a process and its living descendants."""
    found = [pid]
    for one in found:  # grows while it is walked
        try:
            for thread in (PROC / str(one) / "task").iterdir():
                found += map(int, (thread / "children").read_text().split())
        except OSError:
            continue
    return found


def _clock(pid: int) -> float:
    """Return the CPU clock of a process in seconds: all its threads, ended ones too, to the nanosecond."""
    return time.clock_gettime((~pid << 3) | 2)


def _reaped(pid: int) -> float:
    """Return the CPU seconds of the children that a process has waited for (cutime and cstime)."""
    fields = (PROC / str(pid) / "stat").read_bytes().rpartition(b")")[2].split()
    return (int(fields[13]) + int(fields[14])) / TICKS


def cpu_seconds(pid: int) -> float:
    """Return the CPU seconds of a process tree since it began."""
    total = 0.0
    for one in tree(pid):
        try:
            total += _clock(one) + _reaped(one)
        except OSError:
            continue
    return total


def machine_seconds() -> float:
    """Return the CPU seconds that the whole machine was busy since boot."""
    numbers = [int(field) for field in (PROC / "stat").read_text().split("\n", 1)[0].split()[1:9]]
    return (sum(numbers) - numbers[3] - numbers[4]) / TICKS


@dataclass(frozen=True, slots=True)
class Memory:
    """Of a process tree, in MiB: resident, proportional share, private; and how many processes it is."""

    rss: float
    pss: float
    private: float
    processes: int


def memory(pid: int) -> Memory:
    """Read the memory of a process tree from smaps_rollup; what may not be read counts as nothing."""
    sums = {"Rss": 0, "Pss": 0, "Private_Clean": 0, "Private_Dirty": 0}
    processes = 0
    for one in tree(pid):
        try:
            text = (PROC / str(one) / "smaps_rollup").read_text()
        except OSError:
            continue
        processes += 1
        for name in sums:
            found = re.search(rf"^{name}:\s+(\d+) kB", text, re.MULTILINE)
            sums[name] += int(found[1]) if found else 0
    private = sums["Private_Clean"] + sums["Private_Dirty"]
    return Memory(sums["Rss"] / 1024, sums["Pss"] / 1024, private / 1024, processes)
