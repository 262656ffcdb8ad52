"""ZFS: the datasets of a pool share its space, so a pool is one filesystem here, however many are mounted.

Each dataset tells its own used bytes and, as available, what the pool has left. Its percentage means little, and forty
of them less. A dataset that has less to itself than its pool (a quota), or more (a reservation), can be full when
the pool is not: it is shown beside the pool.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

from tuimon.collectors.rates import ratio
from tuimon.model.families import Filesystem

_SLACK: Final = 64 << 20
"""Bytes by which two datasets' available space may differ for others writing between the two questions."""
_SHARE: Final = 0.05


class Pools:
    """Joins the datasets of each pool; remembers which of them are shown by themselves, so that none comes and goes."""

    def __init__(self) -> None:
        self._apart: set[str] = set()

    def join(self, found: Iterable[Filesystem]) -> tuple[Filesystem, ...]:
        """Return the filesystems in their order with the datasets of a pool as one, at its mount nearest to the root."""
        shown = {one.device: one for one in told_apart(found)}
        pools: dict[str, list[Filesystem]] = {}
        for one in shown.values():
            if one.fstype == "zfs" and one.stale_seconds is None and one.available_bytes is not None:
                pools.setdefault(one.block_device.partition("/")[0], []).append(one)
        for name, members in pools.items():
            face = min(members, key=nearness)
            for one in members:
                if self._is_apart(one, face):
                    self._apart.add(one.device)
                elif one is not face:
                    del shown[one.device]
            if len(members) > 1:
                shown[face.device] = whole(name, face, members)
        return tuple(shown.values())

    def _is_apart(self, one: Filesystem, face: Filesystem) -> bool:
        if one is face:
            return False
        own, pool = one.available_bytes or 0, face.available_bytes or 0
        return one.device in self._apart or abs(own - pool) > max(_SLACK, _SHARE * max(own, pool))


def told_apart(found: Iterable[Filesystem]) -> Iterator[Filesystem]:
    """Yield the filesystems, each with a name of its own: two mount points may differ in what was made harmless."""
    names: dict[str, int] = {}
    for one in found:
        count = names[one.device] = names.get(one.device, 0) + 1
        yield one if count == 1 else replace(one, device=f"{one.device} ({count})")


def nearness(one: Filesystem) -> tuple[bool, int, int, str]:
    """Order the datasets of a pool: that at /, then the highest in the pool, then the shortest path."""
    return one.device != "/", one.block_device.count("/"), len(one.device), one.device


def whole(name: str, face: Filesystem, members: list[Filesystem]) -> Filesystem:
    """Return a pool: what its mounted datasets use together, of that and what is left."""
    used, left = sum(one.used_bytes or 0 for one in members), face.available_bytes or 0
    inodes_used = sum(one.inodes_used or 0 for one in members)
    inodes = None if face.inodes is None else inodes_used + face.inodes - (face.inodes_used or 0)
    return Filesystem(
        face.device,
        ratio(used, used + left),
        used,
        left,
        used + left,
        None if inodes is None else ratio(inodes_used, inodes),
        None if inodes is None else inodes_used,
        inodes,
        None,
        face.fstype,
        name,
        face.read_only,
    )
