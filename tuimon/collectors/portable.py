"""The collector of every other system, through psutil; on Linux the referee of the fast one."""

from __future__ import annotations

import os
import platform
import socket
import time
from collections.abc import Callable, Sequence
from typing import Any, Final, TypeVar

import psutil

from tuimon.collectors.filesystems import FilesystemReader
from tuimon.collectors.options import Options, Patterns
from tuimon.collectors.portable_devices import Partitions, ask, make_disk, make_network, whole
from tuimon.collectors.portable_processes import PortableProcesses
from tuimon.collectors.rates import rate, ratio
from tuimon.collectors.tick import Clocks, Every, Parts, Tick, Ticker, read_clocks
from tuimon.model import families as f
from tuimon.model.process import NOTHING, Process, Wanted
from tuimon.model.snapshot import Host, Snapshot
from tuimon.model.text import harmless

T = TypeVar("T")
U = TypeVar("U")
Times = tuple[float, ...]
_TIMES: Final = ("user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal", "guest", "guest_nice")


def as_times(found: Any) -> Times:  # noqa: ANN401  psutil's named tuple has other fields on each system
    """Return psutil's cpu_times in the order of /proc/stat, in seconds; what a system does not tell is 0."""
    return tuple(float(getattr(found, name, 0.0)) for name in _TIMES)


def spent(now: Times, before: Times | None) -> Times | None:
    """Return how the time between two readings was spent; None on the first one and after a reset."""
    if before is None:
        return None
    grown = tuple(a - b for a, b in zip(now, before, strict=True))
    if any(one < 0 for name, one in zip(_TIMES, grown, strict=True) if name in {"user", "nice", "system", "steal"}):
        return None
    return tuple(max(0.0, one) for one in grown)


def busy_percent(gone: Times | None) -> float | None:
    """Return the busy part of the time that was spent: total - idle - iowait."""
    total = sum(gone[:8]) if gone else 0.0
    return None if not gone or total <= 0 else (total - gone[3] - gone[4]) * 100.0 / total


class PortableCollector:
    """Reads this machine through psutil alone. Not for two threads at once."""

    def __init__(self, options: Options | None = None, clocks: Clocks = read_clocks) -> None:
        options = options or Options()
        self._off = options.off
        self._ticker = Ticker(options.gap, clocks)
        self._parts = Parts(max(1.0, options.interval))
        self._disks = Patterns(options.ignored_disks)
        self._interfaces = Patterns(options.ignored_interfaces)
        self._every = {
            name: Every(options.cadence(name)) for name in ("frequency", "interface", "sensor", "battery", "host")
        }
        self._last: dict[str, Any] = {}
        self._before: dict[str, Any] = {}
        self._filesystem = FilesystemReader(Partitions(), options, ask)
        self._limits, self._arc = open_limits(options)
        self._processes = PortableProcesses(options)
        self._visible: Sequence[int] = ()
        self._wanted = NOTHING
        self._found: tuple[Process, ...] | None = None
        self._samples = 0
        self._took: float | None = None
        self._booted_at = float(psutil.boot_time())

    def sample(self, visible: Sequence[int] = (), wanted: Wanted = NOTHING) -> Snapshot:
        """Read everything once; see `tuimon.protocols.Collector`."""
        began = time.monotonic()
        self._visible, self._wanted = visible, wanted
        tick = self._ticker.next()
        self._samples += 1
        snapshot = Snapshot(
            tick.time,
            tick.elapsed,
            self._run("host", tick, lambda t: self._slow("host", t, self._host), Host()),
            self._run("cpu", tick, self._cpu, f.Cpu()),
            self._run("core", tick, self._core, ()),
            self._run("load", tick, self._load, f.Load()),
            self._run("memory", tick, self._memory, f.Memory()),
            self._run("swap", tick, self._swap, f.Swap()),
            None,
            self._run("disk", tick, self._disk, ()),
            self._run("filesystem", tick, self._filesystem.filesystem, ()),
            self._run("network", tick, self._network, ()),
            None,
            f.System(),
            self._run("sensor", tick, lambda t: self._late("sensor", t, self._sensor), ()),
            self._run("battery", tick, lambda t: self._late("battery", t, self._battery), ()),
            self._run("self", tick, self._self, f.Self()),
            self._run("processes", tick, self._read_processes, ()),
        )
        system = self._run("system", tick, lambda t: self._system(t, snapshot.processes), f.System())
        self._took = time.monotonic() - began
        return replaced(snapshot, system, self._parts.faults())

    def _run(self, family: str, tick: Tick, part: Callable[[Tick], T], absent: U) -> T | U:
        return absent if family in self._off else self._parts.run(family, tick, part, absent)

    def _slow(self, name: str, tick: Tick, part: Callable[[Tick], T]) -> T:
        """Return what a slow part read when it was last due."""
        if self._every[name].due(tick) or name not in self._last:
            self._last[name] = part(tick)
        found: T = self._last[name]
        return found

    def _late(self, name: str, tick: Tick, part: Callable[[Tick], tuple[Any, ...]]) -> tuple[Any, ...]:
        """As `_slow`, but not in the first sample."""
        return self._slow(name, tick, part) if self._samples > 1 else ()

    def _swapped(self, name: str, now: T) -> T | None:
        """Remember a total and return the one before."""
        before: T | None = self._before.get(name)
        self._before[name] = now
        return before

    def _host(self, _tick: Tick) -> Host:
        name = platform.freedesktop_os_release() if os.path.exists("/etc/os-release") else {}
        system = " ".join((name.get("NAME", platform.system()).removesuffix(" GNU/Linux"), name.get("VERSION_ID", "")))
        return Host(
            name=harmless(socket.gethostname(), 100),
            os=harmless(system.strip() if name else f"{platform.system()} {platform.release()}", 100),
            kernel=harmless(platform.release(), 100),
            cores=psutil.cpu_count() or 0,
            booted_at=self._booted_at,
            machine_id=machine_id(),
            cpu_model=harmless(platform.processor(), 100),
        )

    def _cpu(self, tick: Tick) -> f.Cpu:
        now = as_times(psutil.cpu_times())
        gone = spent(now, self._swapped("cpu", now) if tick.elapsed else None)
        self._before["cpu"] = now
        total = sum(gone[:8]) if gone else 0.0
        hertz = self._slow("frequency", tick, frequency)
        rates: tuple[float | None, ...] = (None,) * 6
        if gone and total > 0:
            user, nice, system, _, iowait, irq, softirq, steal, guest, guest_nice = (100.0 * x / total for x in gone)
            rates = (user + nice, system + irq + softirq, iowait, irq + softirq, steal, guest + guest_nice)
        cores, limit = len(self._before.get("core", ())) or psutil.cpu_count() or 0, self._limits.limits(tick)[0]
        held = (limit, *self._limits.cpu_use(tick)) if limit is not None and limit < cores else (None, None, None)
        fields: tuple[Any, ...] = (busy_percent(gone), *rates, hertz, *now[:8], cores, *held)
        return f.Cpu(*fields)

    def _core(self, tick: Tick) -> tuple[f.Core, ...]:
        now = [as_times(one) for one in psutil.cpu_times(percpu=True)]
        before = self._swapped("core", now)
        if before is None or tick.elapsed is None or len(before) != len(now):
            return tuple(f.Core(str(number), None, *one[:8]) for number, one in enumerate(now))
        return tuple(
            f.Core(str(number), busy_percent(spent(one, old)), *one[:8])
            for number, (one, old) in enumerate(zip(now, before, strict=True))
        )

    @staticmethod
    def _load(_tick: Tick) -> f.Load:
        return f.Load(*psutil.getloadavg())

    def _memory(self, tick: Tick) -> f.Memory:
        found = psutil.virtual_memory()
        _, limit, limit_used, _ = self._limits.limits(tick)
        held = limit is not None and limit < found.total
        arc = self._arc.arc()
        spare = 0 if arc is None else arc.spare_bytes
        available = min(found.total, found.available + spare)
        cached = getattr(found, "cached", None)
        return f.Memory(
            ratio(found.total - available, found.total),
            found.total - available,
            available,
            found.free,
            None if cached is None else cached + spare,
            getattr(found, "buffers", None),
            getattr(found, "shared", None),
            None,
            found.total,
            None if arc is None else arc.size_bytes,
            *((limit, limit_used, ratio(limit_used, limit)) if held else (None, None, None)),
        )

    def _swap(self, tick: Tick) -> f.Swap:
        found = psutil.swap_memory()
        before = self._swapped("swap", (found.sin, found.sout)) or (None, None)
        return f.Swap(
            ratio(found.used, found.total),
            found.used,
            found.total,
            rate(found.sin, before[0], tick.elapsed),
            rate(found.sout, before[1], tick.elapsed),
            found.sin,
            found.sout,
        )

    def _counters(self, family: str, read: Callable[[], Any]) -> Any:  # noqa: ANN401  psutil's tuples by name
        """Return counters by name; none where there was never a file of them, as in some containers."""
        try:
            return read()
        except (FileNotFoundError, NotImplementedError):
            if self._before.get(family):
                raise
            return {}

    def _disk(self, tick: Tick) -> tuple[f.Disk, ...]:
        counters = self._counters("disk", lambda: psutil.disk_io_counters(perdisk=True, nowrap=False))
        found = {name: one for name, one in counters.items() if name not in self._disks and whole(name)}
        before = self._swapped("disk", found) or {}
        return tuple(make_disk(name, now, before.get(name), tick.elapsed) for name, now in found.items())

    def _network(self, tick: Tick) -> tuple[f.Network, ...]:
        found = self._counters("network", lambda: psutil.net_io_counters(pernic=True, nowrap=False))
        before = self._swapped("network", found) or {}
        states = self._slow("interface", tick, lambda _tick: psutil.net_if_stats() if found else {})
        shown = [name for name in found if name not in self._interfaces] or [n for n in found if n in {"lo", "lo0"}]
        return tuple(
            make_network(name, found[name], before.get(name), tick.elapsed, states.get(name)) for name in shown
        )

    @staticmethod
    def _sensor(_tick: Tick) -> tuple[f.Sensor, ...]:
        chips: dict[str, Any] = getattr(psutil, "sensors_temperatures", dict)()
        fans: dict[str, Any] = getattr(psutil, "sensors_fans", dict)()
        heat = [
            f.Sensor(harmless(f"{chip} {one.label}".strip(), 60), one.current, None, one.high, one.critical)
            for chip, ones in chips.items()
            for one in ones
        ]
        return (
            *heat,
            *(
                f.Sensor(harmless(f"{chip} {one.label}".strip(), 60), None, float(one.current))
                for chip, ones in fans.items()
                for one in ones
            ),
        )

    @staticmethod
    def _battery(_tick: Tick) -> tuple[f.Battery, ...]:
        found = getattr(psutil, "sensors_battery", lambda: None)()
        if found is None:
            return ()
        left = float(found.secsleft) if found.secsleft and found.secsleft > 0 else None
        return (f.Battery("battery", found.percent, None, left, found.power_plugged),)

    def _self(self, tick: Tick) -> f.Self:
        now = time.process_time()
        gone = rate(now, self._swapped("self", now), tick.elapsed)
        resident = psutil.Process().memory_info().rss
        return f.Self(None if gone is None else gone * 100.0, resident, self._took)

    def _read_processes(self, tick: Tick) -> tuple[Process, ...]:
        self._found = None
        self._found = self._processes.read(tick, self._visible, self._wanted)
        return self._found

    def _system(self, tick: Tick, processes: Sequence[Process]) -> f.System:
        found = psutil.cpu_stats()
        before = self._swapped("system", (found.ctx_switches, found.interrupts)) or (None, None)
        known = self._found is not None
        return f.System(
            rate(found.ctx_switches, before[0], tick.elapsed),
            rate(found.interrupts, before[1], tick.elapsed),
            processes=len(processes) if known else None,
            threads=sum(one.threads for one in processes) if known else None,
            running=sum(one.state == "R" for one in processes) if known else None,
            zombies=sum(one.state == "Z" for one in processes) if known else None,
            context_switches_total=found.ctx_switches,
            interrupts_total=found.interrupts,
        )

    def close(self) -> None:
        """Let go of helper processes; no file is held."""
        self._filesystem.close()
        self._arc.close()


def replaced(snapshot: Snapshot, system: f.System, faults: tuple[Any, ...]) -> Snapshot:
    """Return the snapshot with what is only known at its end."""
    from dataclasses import replace  # noqa: PLC0415  slow to import, and only here

    return replace(snapshot, system=system, faults=faults)


class NoLimits:
    """Where there are no cgroups."""

    def limits(self, _tick: Tick) -> tuple[None, None, None, tuple[()]]:
        """Return no limit of cores, nor of memory."""
        return None, None, None, ()

    def cpu_use(self, _tick: Tick) -> tuple[None, None]:
        """Return that nothing is known."""
        return None, None

    def arc(self) -> None:
        """Return no cache of ZFS that psutil would take for used memory."""

    def close(self) -> None:
        """Nothing is held."""


def open_limits(options: Options) -> tuple[Any, Any]:
    """Return what tells the limits of tuimon's cgroup and the cache of ZFS: psutil does not, and only Linux needs it."""
    if not psutil.LINUX:
        return NoLimits(), NoLimits()
    from tuimon.collectors.linux.arc import ArcReader  # noqa: PLC0415  not elsewhere
    from tuimon.collectors.linux.limits import LimitReader  # noqa: PLC0415  as above

    root = os.path.dirname(psutil.PROCFS_PATH).rstrip("/")
    return LimitReader(root, options), ArcReader(root)


def frequency(_tick: Tick) -> float | None:
    """Return the average clock in hertz, None where the system does not say."""
    try:
        found = getattr(psutil, "cpu_freq", lambda: None)()
    except (OSError, NotImplementedError, RuntimeError):
        return None
    return found.current * 1e6 if found and found.current else None


def machine_id() -> str:
    """Return this machine's id: systemd's on Linux, else one made of its name."""
    try:
        with open("/etc/machine-id", encoding="utf-8", errors="replace") as file:
            return harmless(file.read().strip(), 64)
    except OSError:
        return harmless(f"host-{socket.gethostname()}", 64)
