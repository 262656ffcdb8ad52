"""Which cgroups this process is in, and where they can be seen: /proc/self/cgroup, /proc/self/mountinfo (cgroups(7))."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Final, NamedTuple

from tuimon.collectors.linux.kept import read_text
from tuimon.collectors.linux.mountinfo import unescaped

_WANTED: Final = frozenset({"memory", "cpu", "cpuset", "cpuacct"})
"""Controllers whose limits are looked for, and the one that counts in version 1."""


class Group(NamedTuple):
    """The folders of one controller, from the group of tuimon up to the one that is mounted; v2 or v1."""

    folders: tuple[str, ...]
    unified: bool


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
