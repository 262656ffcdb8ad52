"""Readings as far as a snapshot knows them: of a machine that nobody can be asked about, or that is simulated."""

from __future__ import annotations

from collections.abc import Iterable

from tuimon.model.readings import (
    CpuTimes,
    DiskCounters,
    Interface,
    InterfaceClass,
    MemoryField,
    Mounted,
    Numbers,
    Readings,
    Space,
)
from tuimon.model.snapshot import Snapshot

_PAGE = 4096
_SECTOR = 512


def readings_of(snapshot: Snapshot) -> Readings:
    """Return what a snapshot knows of the kernel's counters."""
    system, swap, host = snapshot.system, snapshot.swap, snapshot.host
    tcp = snapshot.tcp
    return Readings(
        time=snapshot.time,
        cpu=_cpu(snapshot),
        stat=_known(
            ("intr", system.interrupts_total),
            ("ctxt", system.context_switches_total),
            ("processes", system.forks_total),
            ("btime", host.booted_at),
            ("procs_running", system.running),
            ("procs_blocked", system.blocked),
        ),
        load=tuple(v for v in (snapshot.load.load1, snapshot.load.load5, snapshot.load.load15) if v is not None),
        memory=_memory(snapshot),
        vm=_known(
            ("pswpin", None if swap.in_bytes_total is None else swap.in_bytes_total // _PAGE),
            ("pswpout", None if swap.out_bytes_total is None else swap.out_bytes_total // _PAGE),
        ),
        pressure=_pressure(snapshot),
        files=_known(("allocated", system.open_files)),
        uname=(("nodename", host.name), ("release", host.kernel), ("sysname", _family_of(host.os)))
        if host.name
        else (),
        disks=tuple(_disks(snapshot)),
        mounts=tuple(_mounts(snapshot)),
        interfaces=tuple(_interfaces(snapshot)),
        interface_classes=tuple(
            InterfaceClass(one.device, (), (("operstate", "up" if one.up else "down"),))
            for one in snapshot.network
            if one.up is not None
        ),
        netstat=()
        if tcp is None
        else _known(("Tcp_CurrEstab", tcp.established), ("Tcp_RetransSegs", tcp.retransmits_total)),
        sockets=() if tcp is None else _known(("TCP_tw", tcp.time_wait)),
    )


def _family_of(os_name: str) -> str:
    """Return what uname(2) would call the kernel of a system."""
    first = os_name.partition(" ")[0]
    return {"macOS": "Darwin", "FreeBSD": "FreeBSD", "OpenBSD": "OpenBSD", "NetBSD": "NetBSD"}.get(first, "Linux")


def _known(*pairs: tuple[str, float | None]) -> Numbers:
    return tuple((name, value) for name, value in pairs if value is not None)


def _cpu(snapshot: Snapshot) -> tuple[CpuTimes, ...]:
    found = []
    for core in snapshot.core:
        times = (
            core.user_seconds_total, core.nice_seconds_total, core.system_seconds_total, core.idle_seconds_total,
            core.iowait_seconds_total, core.irq_seconds_total, core.softirq_seconds_total, core.steal_seconds_total,
        )  # fmt: skip
        if core.user_seconds_total is not None:
            found.append(CpuTimes(core.device, *(0.0 if seconds is None else seconds for seconds in times)))
    return tuple(found)


def _memory(snapshot: Snapshot) -> tuple[MemoryField, ...]:
    memory, swap = snapshot.memory, snapshot.swap
    swap_free = None if swap.total_bytes is None or swap.used_bytes is None else swap.total_bytes - swap.used_bytes
    fields = (
        ("MemTotal", memory.total_bytes), ("MemFree", memory.free_bytes), ("MemAvailable", memory.available_bytes),
        ("Buffers", memory.buffers_bytes), ("Cached", memory.cached_bytes), ("Shmem", memory.shared_bytes),
        ("Dirty", memory.dirty_bytes), ("SwapTotal", swap.total_bytes), ("SwapFree", swap_free),
    )  # fmt: skip
    return tuple(MemoryField(name, value, in_bytes=True) for name, value in fields if value is not None)


def _pressure(snapshot: Snapshot) -> Numbers:
    stalls = snapshot.pressure
    if stalls is None:
        return ()
    return _known(
        ("cpu_some", stalls.cpu_some_seconds_total),
        ("io_some", stalls.io_some_seconds_total),
        ("io_full", stalls.io_full_seconds_total),
        ("memory_some", stalls.memory_some_seconds_total),
        ("memory_full", stalls.memory_full_seconds_total),
    )


def _disks(snapshot: Snapshot) -> Iterable[DiskCounters]:
    for disk in snapshot.disk:
        read, written = disk.read_bytes_total, disk.write_bytes_total
        spent = disk.io_seconds_total
        counters = [
            disk.reads_total, None, None if read is None else read // _SECTOR, None,
            disk.writes_total, None, None if written is None else written // _SECTOR, None,
            None, None if spent is None else spent * 1000,
        ]  # fmt: skip
        yield DiskCounters(disk.device, 0, 0, tuple(counters))


def _mounts(snapshot: Snapshot) -> Iterable[Mounted]:
    for one in snapshot.filesystem:
        size, used, available = one.size_bytes, one.used_bytes, one.available_bytes
        space = None
        if size is not None and used is not None and available is not None and one.stale_seconds is None:
            inodes = one.inodes or 0
            space = Space(size, size - used, available, inodes, inodes - (one.inodes_used or 0))
        yield Mounted(one.block_device, one.device, one.fstype, one.read_only, space=space)


def _interfaces(snapshot: Snapshot) -> Iterable[Interface]:
    for one in snapshot.network:
        received = (
            one.receive_bytes_total, one.receive_packets_total, one.receive_errors_total, one.receive_drops_total,
            None, None, None, None,
        )  # fmt: skip
        sent = (
            one.transmit_bytes_total, one.transmit_packets_total, one.transmit_errors_total, one.transmit_drops_total,
        )  # fmt: skip
        yield Interface(one.device, (*received, *sent))
