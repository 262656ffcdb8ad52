"""The limits of the cgroup that tuimon runs in, and what is used of them (kernel doc admin-guide/cgroup-v2, cgroup-v1).

A group is held by its own limits and by those of all groups above it, so the smallest one counts. What is above the
group that is mounted (a container's own, as a rule) cannot be seen from inside.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

from tuimon.collectors.linux.cgroups import Group, find_groups
from tuimon.collectors.linux.kept import number_after, read_number, read_text
from tuimon.collectors.options import Options
from tuimon.collectors.rates import increase, rate, ratio
from tuimon.collectors.tick import Every, Tick

_ENDLESS: Final = 1 << 60
"""Bytes from which on a limit is none: version 1 writes the largest number of pages there is."""
_LOOK_AGAIN: Final = 6
"""Groups are looked for again in every so many readings: a process can be moved to another one."""


class Limits(NamedTuple):
    """What the cgroup may use: cores, bytes of memory and how many of these it uses now. None: no limit.

    `clocks` are the files that count the time used under the limit of cores: cpu.stat, in version 1 cpuacct.usage too.
    """

    cores: float | None = None
    memory_bytes: int | None = None
    memory_used_bytes: int | None = None
    clocks: tuple[str, ...] = ()


class CpuUse(NamedTuple):
    """What a cgroup uses of its limit of cores, and in how many of its periods it is held back, both in percent."""

    used_percent: float | None = None
    throttled_percent: float | None = None


class LimitReader:
    """Reads the limits at a cadence of their own; never raises for what it finds or does not find."""

    def __init__(self, root: str, options: Options) -> None:
        self._root = root
        self._every = Every(options.cadence("limit"))
        self._readings = 0
        self._groups: dict[str, Group] = {}
        self._limits = Limits()
        self._before: tuple[tuple[str, ...], Spent] = ((), Spent())

    def limits(self, tick: Tick) -> Limits:
        """Return the newest reading."""
        if self._every.due(tick):
            if self._readings % _LOOK_AGAIN == 0:
                self._groups = find_groups(self._root)
            self._readings += 1
            self._limits = self._read()
        return self._limits

    def cpu_use(self, tick: Tick) -> CpuUse:
        """Return what is used of the limit of cores, read now."""
        cores, clocks = self._limits.cores, self._limits.clocks
        now = read_spent(clocks)
        (before_of, before), self._before = self._before, (clocks, now)
        if clocks != before_of or tick.elapsed is None:
            return CpuUse()
        spent = rate(now.seconds, before.seconds, tick.elapsed)
        held, periods = increase(now.throttled, before.throttled), increase(now.periods, before.periods)
        return CpuUse(ratio(spent, cores), ratio(held, periods) if periods else None if held is None else 0.0)

    def _read(self) -> Limits:
        none = Group((), unified=True)
        memory, cpu, cpuset = (self._groups.get(name, none) for name in ("memory", "cpu", "cpuset"))
        limit, at = smallest(memory, memory_limit)
        used = None if limit is None else memory_used(memory.folders[at], unified=memory.unified)
        cores, at = min(smallest(cpu, bandwidth), smallest(cpuset, cpus), key=_known_first)
        clocks = clock_files(cpu, self._groups.get("cpuacct", none), at)
        return Limits(cores, None if limit is None else int(limit), used, () if cores is None else clocks)


def _known_first(found: tuple[float | None, int]) -> tuple[bool, float]:
    return found[0] is None, found[0] or 0.0


def smallest(group: Group, read: Callable[..., float | None]) -> tuple[float | None, int]:
    """Return the smallest limit of a group's folders and which folder sets it, the outermost of equals."""
    limit, where = None, 0
    for at, folder in enumerate(group.folders):
        found = read(folder, unified=group.unified)
        if found is not None and (limit is None or found <= limit):
            limit, where = found, at
    return limit, where


def below(limit: float | None, whole: float | None) -> bool:
    """Say whether a limit holds a group back: it allows less than the machine has."""
    return limit is not None and (not whole or limit < whole)


def memory_limit(folder: str, *, unified: bool) -> int | None:
    """Return the limit of one group in bytes, None where there is none."""
    found = read_number(f"{folder}/{'memory.max' if unified else 'memory.limit_in_bytes'}")
    return found if found is not None and 0 <= found < _ENDLESS else None


def memory_used(folder: str, *, unified: bool) -> int | None:
    """Return the bytes that a group uses, less the page cache that nobody has touched for long: as docker stats."""
    used = read_number(f"{folder}/{'memory.current' if unified else 'memory.usage_in_bytes'}")
    if used is None:
        return None
    stat = b"\n" + read_text(f"{folder}/memory.stat").encode("utf-8", "surrogateescape")
    try:
        idle = number_after(stat, b"\ninactive_file " if unified else b"\ntotal_inactive_file ")
    except (ValueError, IndexError):
        idle = None
    return max(0, used - (idle or 0))


def bandwidth(folder: str, *, unified: bool) -> float | None:
    """Return the quota of one group in cores: quota / period (kernel doc scheduler/sched-bwc); None without."""
    names = ("cpu.max",) if unified else ("cpu.cfs_quota_us", "cpu.cfs_period_us")
    try:
        allowed, period = map(int, " ".join(read_text(f"{folder}/{name}") for name in names).split())
    except ValueError:  # "max" is no number either
        return None
    return allowed / period if allowed > 0 and period > 0 else None


def cpus(folder: str, *, unified: bool) -> float | None:
    """Return how many processors one group may run on; None where it has no set: then that of the one above holds."""
    names = ("cpuset.cpus.effective",) if unified else ("cpuset.effective_cpus", "cpuset.cpus")
    text = next(filter(None, (read_text(f"{folder}/{name}") for name in names)), "")
    try:
        return float(count(text)) or None
    except ValueError:
        return None


def count(ranges: str) -> int:
    """Return how many numbers a list such as 0-3,8 has; raises ValueError for anything else."""
    ends = [list(map(int, part.split("-"))) for part in ranges.split(",")]
    return sum(part[-1] - part[0] + 1 for part in ends)


class Spent(NamedTuple):
    """What a group has used since it was made: seconds of CPU; periods of its quota, and in how many it was held back."""

    seconds: float | None = None
    periods: int | None = None
    throttled: int | None = None


def clock_files(cpu: Group, accounts: Group, at: int) -> tuple[str, ...]:
    """Return the files that tell what the group at a depth has used."""
    if not cpu.folders:
        return ()
    stat = f"{cpu.folders[min(at, len(cpu.folders) - 1)]}/cpu.stat"
    if cpu.unified or not accounts.folders:
        return (stat,)
    return stat, f"{accounts.folders[min(at, len(accounts.folders) - 1)]}/cpuacct.usage"


def read_spent(clocks: tuple[str, ...]) -> Spent:
    """Read these files; what is not there is unknown."""
    if not clocks:
        return Spent()
    stat = b"\n" + read_text(clocks[0]).encode("utf-8", "surrogateescape")
    try:
        micro, periods, held = (
            number_after(stat, b"\n%s " % key) for key in (b"usage_usec", b"nr_periods", b"nr_throttled")
        )
    except (ValueError, IndexError):
        micro = periods = held = None
    nano = read_number(clocks[1]) if len(clocks) > 1 else None
    return Spent(nano / 1e9 if nano is not None else None if micro is None else micro / 1e6, periods, held)
