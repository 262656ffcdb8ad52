"""Disks, interfaces and mounts as psutil tells them."""

from __future__ import annotations

import os
from typing import Any, Final

import psutil

from tuimon.collectors.filesystems import Counts, Mount, statvfs
from tuimon.collectors.rates import increase, rate, share
from tuimon.model import families as f
from tuimon.model.text import harmless

_SPECIAL: Final = frozenset({"", "autofs", "devfs", "nullfs", "procfs"})


def whole(name: str) -> bool:
    """Say whether a device is a whole one. Only Linux counts partitions too."""
    blocks = os.path.join(os.path.dirname(getattr(psutil, "PROCFS_PATH", "/proc")), "sys/block")
    return not os.path.isdir(blocks) or os.path.isdir(f"{blocks}/{name.replace('/', '!')}")


def make_disk(name: str, now: Any, before: Any, elapsed: float | None) -> f.Disk:  # noqa: ANN401  psutil's tuples
    """Return one device from psutil's counters (times in milliseconds) of this sample and the one before."""

    def old(field: str) -> float | None:
        return None if before is None else getattr(before, field, None)

    count = increase(
        now.read_count + now.write_count, None if before is None else before.read_count + before.write_count
    )
    waited = increase(now.read_time + now.write_time, None if before is None else before.read_time + before.write_time)
    busy, busy_before = getattr(now, "busy_time", None), old("busy_time")
    return f.Disk(
        harmless(name),
        rate(now.read_bytes, old("read_bytes"), elapsed),
        rate(now.write_bytes, old("write_bytes"), elapsed),
        rate(now.read_count, old("read_count"), elapsed),
        rate(now.write_count, old("write_count"), elapsed),
        None if busy is None or busy_before is None else share(busy / 1000, busy_before / 1000, elapsed),
        waited / count / 1000 if elapsed and count and waited is not None else None,
        None,
        now.read_bytes,
        now.write_bytes,
        now.read_count,
        now.write_count,
        None if busy is None else busy / 1000,
    )


def make_network(name: str, now: Any, before: Any, elapsed: float | None, state: Any) -> f.Network:  # noqa: ANN401  psutil's tuples
    """Return one interface from psutil's counters of this sample and the one before."""
    fields = (
        "bytes_recv", "bytes_sent", "packets_recv", "packets_sent", "errin", "errout", "dropin", "dropout",
    )  # fmt: skip
    totals = [getattr(now, field) for field in fields]
    old = [None if before is None else getattr(before, field) for field in fields]
    rates = [rate(a, b, elapsed) for a, b in zip(totals, old, strict=True)]
    found: tuple[Any, ...] = (harmless(name), *rates, *totals, None if state is None else bool(state.isup))
    return f.Network(*found)


class Partitions:
    """Knows what is mounted, as far as psutil tells: neither which part of a device, nor its number."""

    def __init__(self) -> None:
        self._before: list[Mount] | None = None

    def read(self) -> list[Mount] | None:
        """Return the mounts in the system's order, None where they are the same as before."""
        mounts = [as_mount(part) for part in psutil.disk_partitions(all=True) if part.fstype not in _SPECIAL]
        if mounts == self._before:
            return None
        self._before = mounts
        return mounts

    def close(self) -> None:
        """Nothing is held."""


def as_mount(part: Any) -> Mount:  # noqa: ANN401  psutil's named tuple
    """Return one of psutil's partitions; what lies on the same device file is the same device."""
    point, device = os.fsencode(part.mountpoint), os.fsencode(part.device)
    number = device if device.startswith(b"/") and not device.startswith(b"//") else point
    return Mount(point, number, b"", part.fstype, device, "ro" in part.opts.split(","))


def ask(path: bytes) -> Counts:
    """Ask the system about one filesystem."""
    if hasattr(os, "statvfs"):
        return statvfs(path)
    use = psutil.disk_usage(os.fsdecode(path))
    return 1, use.total, use.free, use.free, 0, 0
