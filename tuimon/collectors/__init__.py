"""Collectors read machines. Nothing else does."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from tuimon.collectors.options import (
    CADENCES,
    IGNORED_DISKS,
    IGNORED_FSTYPES,
    IGNORED_INTERFACES,
    Options,
)
from tuimon.protocols import Actor, Collector, Inspector, Readout

__all__ = [
    "CADENCES",
    "IGNORED_DISKS",
    "IGNORED_FSTYPES",
    "IGNORED_INTERFACES",
    "open_actor",
    "open_collector",
    "open_inspector",
    "open_readout",
]


def open_collector(
    root: str = "/",
    *,
    interval: float = 1.0,
    off: Iterable[str] = (),
    cadences: Mapping[str, float] | None = None,
    ignored_disks: Iterable[str] = IGNORED_DISKS,
    ignored_interfaces: Iterable[str] = IGNORED_INTERFACES,
    ignored_fstypes: Iterable[str] = IGNORED_FSTYPES,
    gap_after: float | None = None,
    portable: bool = False,
) -> Collector:
    """Return the collector of this machine: the fast one on Linux, psutil's elsewhere or if `portable`.

    `root` is a folder with proc, sys and etc in it: a recorded machine (Linux only). `interval` is the time between
    samples in seconds, `off` the families not to collect ("processes" among them), `cadences` the seconds between
    readings of the slow parts (defaults: CADENCES). The patterns are those of a shell. After `gap_after` seconds
    without a sample rates are unknown (default: three intervals, or five seconds more than one).
    """
    options = Options(
        interval,
        frozenset(off),
        cadences or {},
        tuple(ignored_disks),
        tuple(ignored_interfaces),
        tuple(ignored_fstypes),
        gap_after,
    )
    import sys  # noqa: PLC0415  both imports only when a collector is wanted

    if portable or sys.platform != "linux":
        from tuimon.collectors.portable import PortableCollector  # noqa: PLC0415  psutil costs 13 ms

        return PortableCollector(options)
    from tuimon.collectors.linux.collector import LinuxCollector  # noqa: PLC0415  as above

    return LinuxCollector(root, options)


def open_actor() -> Actor:
    """Return what acts on the processes of this machine."""
    import sys  # noqa: PLC0415  as above

    if sys.platform != "linux":
        from tuimon.collectors.portable_actor import PortableActor  # noqa: PLC0415  as above

        return PortableActor()
    from tuimon.collectors.linux.actor import LinuxActor  # noqa: PLC0415  as above

    return LinuxActor()


def open_inspector(root: str = "/") -> Inspector:
    """Return what looks into the processes of this machine, or of a recorded one (`root`, Linux only)."""
    import sys  # noqa: PLC0415  as above

    from tuimon.collectors.inspector import AsideInspector  # noqa: PLC0415  as above

    if sys.platform != "linux":
        return AsideInspector("portable", start_of=lambda target: target.started_at)
    from tuimon.collectors.linux.start import wanted_start  # noqa: PLC0415  as above

    return AsideInspector(
        "linux", root.rstrip("/"), start_of=lambda target: wanted_start(target.started_at, target.booted_at)
    )


def open_readout(root: str = "/", *, off: Iterable[str] = ()) -> Readout | None:
    """Return what reads for exporters, of this machine or of a recorded one; None where nothing can (not on Linux).

    `off` are families that nobody is to collect, so not here either.
    """
    import sys  # noqa: PLC0415  as above

    if sys.platform != "linux":
        return None
    from tuimon.collectors.linux.readout import LinuxReadout  # noqa: PLC0415  as above

    return LinuxReadout(root, off)
