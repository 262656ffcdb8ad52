"""The limits of the cgroup that tuimon runs in (kernel doc admin-guide/cgroup-v2, cgroup-v1; cgroups(7)).

A group is held by its own limits and by those of all groups above it, so the smallest one counts. What is above the
group that is mounted (a container's own, as a rule) cannot be seen from inside.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Final, NamedTuple

from tuimon.collectors.linux.kept import number_after, read_number, read_text
from tuimon.collectors.linux.mountinfo import unescaped
from tuimon.collectors.options import Options
from tuimon.collectors.tick import Every, Tick

_WANTED: Final = frozenset({"memory", "cpu", "cpuset"})
"""Controllers whose limits are looked for."""
_ENDLESS: Final = 1 << 60
"""Bytes from which on a limit is none: version 1 writes the largest number of pages there is."""
_LOOK_AGAIN: Final = 6
"""Groups are looked for again in every so many readings: a process can be moved to another one."""


class Limits(NamedTuple):
    """What the cgroup may use: cores, bytes of memory and how many of these it uses now. None: no limit."""

    cores: float | None = None
    memory_bytes: int | None = None
    memory_used_bytes: int | None = None


class Group(NamedTuple):
    """The folders of one controller, from the group of tuimon up to the one that is mounted; v2 or v1."""

    folders: tuple[str, ...]
    unified: bool


class LimitReader:
    """Reads the limits at a cadence of their own; never raises for what it finds or does not find."""

    def __init__(self, root: str, options: Options) -> None:
        self._root = root
        self._every = Every(options.cadence("limit"))
        self._readings = 0
        self._groups: dict[str, Group] = {}
        self._limits = Limits()

    def limits(self, tick: Tick) -> Limits:
        """Return the newest reading."""
        if self._every.due(tick):
            if self._readings % _LOOK_AGAIN == 0:
                self._groups = find_groups(self._root)
            self._readings += 1
            self._limits = self._read()
        return self._limits

    def _read(self) -> Limits:
        none = Group((), unified=True)
        limit, folder = memory_limit(memory := self._groups.get("memory", none))
        used = memory_used(folder, unified=memory.unified) if folder else None
        return Limits(least(quota(self._groups.get("cpu", none)), cpus(self._groups.get("cpuset", none))), limit, used)


def least(*found: float | None) -> float | None:
    """Return the smallest of several limits, None where there is none."""
    return min((one for one in found if one is not None), default=None)


def below(limit: float | None, whole: float | None) -> bool:
    """Say whether a limit holds a group back: it allows less than the machine has."""
    return limit is not None and (not whole or limit < whole)


def find_groups(root: str, of: str = "self", wanted_ones: frozenset[str] = _WANTED) -> dict[str, Group]:
    """Return the group of a process (`of`: its folder in /proc) for each controller wanted, as far as they are mounted.

    A controller is in one hierarchy at a time: that of version 1 where it is in any.
    """
    mounts = list(cgroup_mounts(root))
    found: dict[str, Group] = {}
    lines = [line.split(":", 2) for line in read_text(f"{root}/proc/{of}/cgroup").splitlines() if line.count(":") > 1]
    for _, names, path in sorted(lines, key=lambda line: not line[1]):
        for name in wanted_ones & (set(names.split(",")) if names else wanted_ones):
            wanted = name if names else ""
            folders = next((lineage(point, top, path) for point, top, has in mounts if wanted in has), ())
            if folders:
                found.setdefault(name, Group(tuple(f"{root}{folder}" for folder in folders), not names))
    return found


def cgroup_mounts(root: str) -> Iterator[tuple[str, str, frozenset[str]]]:
    """Yield the mounts of cgroups: where, of which group, with which controllers ('' for version 2)."""
    for line in read_text(f"{root}/proc/self/mountinfo").splitlines():
        before, dash, after = line.partition(" - cgroup")
        fields, tail = before.split(" "), after.split(" ")
        if not dash or len(fields) < 6 or len(tail) < 3:
            continue
        point, top = (os.fsdecode(unescaped(os.fsencode(fields[i]))) for i in (4, 3))
        yield point, top, frozenset({""} if tail[0] == "2" else tail[2].split(","))


def lineage(point: str, top: str, path: str) -> list[str]:
    """Return the folders of a group and of those above it, up to the mount point; `top` is the group mounted there.

    A path outside of what is mounted (a namespace's, seen from another one) leaves the mount point alone.
    """
    top = top.rstrip("/")
    inside = path.startswith(f"{top}/") and ".." not in path.split("/")
    names = [name for name in path[len(top) :].split("/") if name] if inside else []
    return ["/".join([point.rstrip("/"), *names[:depth]]) for depth in range(len(names), -1, -1)]


def memory_limit(group: Group) -> tuple[int | None, str]:
    """Return the smallest limit in bytes and the folder that sets it, the outermost of equals; (None, '') without."""
    name = "memory.max" if group.unified else "memory.limit_in_bytes"
    limit, where = None, ""
    for folder in group.folders:
        found = read_number(f"{folder}/{name}")
        if found is not None and 0 <= found < _ENDLESS and (limit is None or found <= limit):
            limit, where = found, folder
    return limit, where


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


def quota(group: Group) -> float | None:
    """Return the cores' worth of time that the group may use: quota / period (kernel doc scheduler/sched-bwc)."""
    return least(*(bandwidth(folder, unified=group.unified) for folder in group.folders))


def bandwidth(folder: str, *, unified: bool) -> float | None:
    """Return the quota of one group in cores, None where there is none."""
    names = ("cpu.max",) if unified else ("cpu.cfs_quota_us", "cpu.cfs_period_us")
    try:
        allowed, period = map(int, " ".join(read_text(f"{folder}/{name}") for name in names).split())
    except ValueError:  # "max" is no number either
        return None
    return allowed / period if allowed > 0 and period > 0 else None


def cpus(group: Group) -> float | None:
    """Return how many processors the group may run on: a group without a set has that of the one above."""
    names = ("cpuset.cpus.effective",) if group.unified else ("cpuset.effective_cpus", "cpuset.cpus")
    texts = (read_text(f"{folder}/{name}") for folder in group.folders for name in names)
    text = next(filter(None, texts), "")
    try:
        return float(count(text)) or None
    except ValueError:
        return None


def count(ranges: str) -> int:
    """Return how many numbers a list such as 0-3,8 has; raises ValueError for anything else."""
    ends = [list(map(int, part.split("-"))) for part in ranges.split(",")]
    return sum(part[-1] - part[0] + 1 for part in ends)
