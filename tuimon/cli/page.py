"""A snapshot as a page of text: what `tuimon show` prints."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import tzinfo

from tuimon.model import families as f
from tuimon.model import units
from tuimon.model.process import Process
from tuimon.model.snapshot import Frame, Snapshot
from tuimon.model.times import aware, format_local

LABEL = 12
PROCESSES = 15


def lines(frame: Frame, tz: tzinfo | None, width: int | None = None, *, passed_of: int | None = None) -> Iterator[str]:
    """Yield the page of a frame; lines are cut at `width` where one is given.

    `passed_of`: its processes are those of so many that passed a filter, and all of them are shown.
    """
    for line in _all(frame, tz, passed_of):
        text = line.rstrip()
        yield text if width is None or len(text) <= width else text[: width - 1] + "…"


def _all(frame: Frame, tz: tzinfo | None, passed_of: int | None) -> Iterator[str]:
    snapshot = frame.snapshot
    yield from _machine(snapshot, tz)
    yield ""
    yield from _numbers(snapshot)
    for fault in snapshot.faults:
        yield _row("fault", f"{fault.collector}: {fault.message}")
    for alert in frame.alerts:
        since = aware(alert.since, tz).strftime("%H:%M:%S")
        yield _row("alert", f"{alert.severity}: {alert.label or alert.rule} ({alert.series}) since {since}")
    yield ""
    yield from _processes(snapshot, passed_of)


def _row(label: str, text: str) -> str:
    return f"{label:<{LABEL}}{text}"


def _machine(snapshot: Snapshot, tz: tzinfo | None) -> Iterator[str]:
    host = snapshot.host
    uptime = f"up {units.span(snapshot.time - host.booted_at)}" if host.booted_at else ""
    parts = (host.name, host.os, host.kernel, f"{host.cores} cores" if host.cores else "", uptime)
    yield " · ".join(part for part in parts if part)
    yield format_local(snapshot.time, tz)


def _numbers(snapshot: Snapshot) -> Iterator[str]:
    """Yield the families, each on its line or lines; those that this machine does not have are left out."""
    yield _cpu(snapshot.cpu)
    if snapshot.cpu.limit_cores is not None:
        yield _cpu_limit(snapshot.cpu)
    if snapshot.core:
        yield _row("cores", "  ".join(f"{core.device} {units.percent(core.busy_percent, 0)}" for core in snapshot.core))
    load = snapshot.load
    if load.load1 is not None:
        yield _row("load", f"{load.load1:.2f} {load.load5 or 0:.2f} {load.load15 or 0:.2f}")
    yield _memory(snapshot.memory)
    if snapshot.memory.limit_bytes is not None:
        yield _limit(snapshot.memory)
    yield _swap(snapshot.swap)
    if snapshot.pressure is not None:
        yield _pressure(snapshot.pressure)
    yield from _disks(snapshot.disk)
    yield from _filesystems(snapshot.filesystem)
    yield from _networks(snapshot.network)
    if snapshot.tcp is not None:
        tcp = snapshot.tcp
        yield _row("tcp", f"{_count(tcp.established)} established  {_count(tcp.time_wait)} time-wait")
    yield _system(snapshot.system)
    yield from _sensors(snapshot)


def _cpu(cpu: f.Cpu) -> str:
    shares = (
        ("user", cpu.user_percent),
        ("system", cpu.system_percent),
        ("iowait", cpu.iowait_percent),
        ("steal", cpu.steal_percent),
    )
    detail = "  ".join(f"{name} {units.percent(value)}" for name, value in shares)
    frequency = "" if cpu.frequency_hertz is None else f"  {units.hertz(cpu.frequency_hertz)}"
    return _row("cpu", f"{units.percent(cpu.busy_percent)} %  {detail}{frequency}")


def _cpu_limit(cpu: f.Cpu) -> str:
    held = cpu.limit_throttled_percent
    throttled = "" if held is None else f"  throttled {units.percent(held)} %"
    used = f"{units.percent(cpu.limit_used_percent)} %  of {cpu.limit_cores:g} cores (of this cgroup)"
    return _row("cpu limit", f"{used}{throttled}")


def _memory(memory: f.Memory) -> str:
    return _row(
        "memory",
        f"{units.percent(memory.used_percent)} %  used {units.size(memory.used_bytes)}"
        f" of {units.size(memory.total_bytes)}  available {units.size(memory.available_bytes)}"
        f"  cached {units.size(memory.cached_bytes)}  buffers {units.size(memory.buffers_bytes)}",
    )


def _limit(memory: f.Memory) -> str:
    return _row(
        "mem limit",
        f"{units.percent(memory.limit_used_percent)} %  used {units.size(memory.limit_used_bytes)}"
        f" of {units.size(memory.limit_bytes)} (of this cgroup)",
    )


def _swap(swap: f.Swap) -> str:
    if not swap.total_bytes:
        return _row("swap", "none" if swap.total_bytes == 0 else units.UNKNOWN)
    return _row(
        "swap",
        f"{units.percent(swap.used_percent)} %  used {units.size(swap.used_bytes)} of {units.size(swap.total_bytes)}",
    )


def _pressure(pressure: f.Pressure) -> str:
    return _row(
        "pressure",
        f"cpu {units.percent(pressure.cpu_some_percent)} %  memory {units.percent(pressure.memory_some_percent)} %"
        f"  io {units.percent(pressure.io_some_percent)} %",
    )


def _disks(disks: Iterable[f.Disk]) -> Iterator[str]:
    for disk in disks:
        iops = None
        if disk.reads_per_second is not None and disk.writes_per_second is not None:
            iops = disk.reads_per_second + disk.writes_per_second
        yield _row(
            "disk",
            f"{disk.device}  read {units.rate(disk.read_bytes_per_second)}"
            f"  write {units.rate(disk.write_bytes_per_second)}  {units.rate(iops, 'IO/s')}"
            f"  busy {units.percent(disk.busy_percent)} %  latency {units.duration(disk.latency_seconds)}",
        )


def _filesystems(filesystems: Iterable[f.Filesystem]) -> Iterator[str]:
    for one in filesystems:
        inodes = "" if one.inodes_used_percent is None else f"  inodes {units.percent(one.inodes_used_percent, 0)} %"
        stale = "" if one.stale_seconds is None else f"  not answering for {units.span(one.stale_seconds)}"
        yield _row(
            "filesystem",
            f"{one.device}  {units.percent(one.used_percent)} %  used {units.size(one.used_bytes)}"
            f" of {units.size(one.size_bytes)}  available {units.size(one.available_bytes)}{inodes}{stale}",
        )


def _networks(networks: Iterable[f.Network]) -> Iterator[str]:
    for one in networks:
        errors = _sum(one.receive_errors_per_second, one.transmit_errors_per_second)
        drops = _sum(one.receive_drops_per_second, one.transmit_drops_per_second)
        yield _row(
            "network",
            f"{one.device}  receive {units.rate(one.receive_bytes_per_second)}"
            f"  transmit {units.rate(one.transmit_bytes_per_second)}"
            f"  errors {units.compact_rate(errors)}/s  drops {units.compact_rate(drops)}/s",
        )


def _sum(*values: float | None) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def _count(value: float | None) -> str:
    return units.UNKNOWN if value is None else f"{value:.0f}"


def _system(system: f.System) -> str:
    return _row(
        "system",
        f"{_count(system.processes)} processes  {_count(system.threads)} threads  {_count(system.running)} running"
        f"  {_count(system.blocked)} blocked  {_count(system.zombies)} zombies"
        f"  {units.rate(system.context_switches_per_second, '/s')} context switches"
        f"  {_count(system.open_files)} open files",
    )


def _sensors(snapshot: Snapshot) -> Iterator[str]:
    for sensor in snapshot.sensor:
        if sensor.temperature_celsius is not None:
            yield _row("sensor", f"{sensor.device}  {sensor.temperature_celsius:.0f} °C")
        elif sensor.fan_rpm is not None:
            yield _row("sensor", f"{sensor.device}  {sensor.fan_rpm:.0f} rpm")
    for battery in snapshot.battery:
        left = "" if battery.seconds_left is None else f"  {units.span(battery.seconds_left)} left"
        plugged = "  plugged in" if battery.plugged else ""
        yield _row("battery", f"{battery.device}  {units.percent(battery.charge_percent, 0)} %{left}{plugged}")


def _processes(snapshot: Snapshot, passed_of: int | None) -> Iterator[str]:
    """Yield the processes that use most CPU, those that use most memory after them."""
    yield f"{'PID':>8} {'USER':<10} {'S':1} {'CPU%':>6} {'MEM%':>5} {'RSS':>6} {'READ/s':>7} {'WRITE/s':>7}  COMMAND"
    ranked = sorted(snapshot.processes, key=lambda one: (-(one.cpu_percent or 0.0), -one.rss_bytes))
    for one in ranked if passed_of is not None else ranked[:PROCESSES]:
        yield _process(one)
    if passed_of is not None:
        yield f"{len(ranked)} of {passed_of} processes pass the filter"
    elif not snapshot.complete:
        yield f"{len(snapshot.processes)} processes are recorded of this moment"


def _process(one: Process) -> str:
    return (
        f"{one.pid:>8} {one.user[:10]:<10} {one.state:1} {units.percent(one.cpu_percent):>6}"
        f" {units.percent(one.memory_percent):>5} {units.compact_size(one.rss_bytes):>6}"
        f" {units.compact_rate(one.read_bytes_per_second):>7} {units.compact_rate(one.write_bytes_per_second):>7}"
        f"  {one.command or f'[{one.name}]'}"
    )
