"""The collector of a Linux machine, or of a recorded tree of its files."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TypeVar

from tuimon.collectors.filesystems import FilesystemReader
from tuimon.collectors.linux.devices import DiskReader, NetworkReader, TcpReader
from tuimon.collectors.linux.identity import HostReader
from tuimon.collectors.linux.kept import Kept, decimal, number_after
from tuimon.collectors.linux.limits import LimitReader
from tuimon.collectors.linux.memory import MemoryReader, PressureReader
from tuimon.collectors.linux.mountinfo import MountReader
from tuimon.collectors.linux.own import SelfReader
from tuimon.collectors.linux.processes import ProcessReader
from tuimon.collectors.linux.processors import Counters, Processors
from tuimon.collectors.linux.sensors import BatteryReader, SensorReader
from tuimon.collectors.options import Options
from tuimon.collectors.tick import Clocks, Parts, Tick, Ticker, read_clocks
from tuimon.model import families as f
from tuimon.model.process import NOTHING, Process, Wanted
from tuimon.model.snapshot import Host, Snapshot

T = TypeVar("T")
U = TypeVar("U")


class LinuxCollector:
    """Reads everything below `root`: proc, sys, etc. Not for two threads at once."""

    def __init__(self, root: str = "/", options: Options | None = None, clocks: Clocks = read_clocks) -> None:
        root = root.rstrip("/")
        options = options or Options()
        self._off = options.off
        self._ticker = Ticker(options.gap, clocks)
        self._parts = Parts(max(1.0, options.interval))
        self._stat = Kept(f"{root}/proc/stat", size=16384)
        self._loadavg = Kept(f"{root}/proc/loadavg")
        self._files = Kept(f"{root}/proc/sys/fs/file-nr")
        self._unread: Exception | None = None
        limits = LimitReader(root, options)
        self._processors = Processors(root, options, limits)
        self._counters = Counters()
        self._memory = MemoryReader(root, limits)
        self._pressure = PressureReader(root)
        self._disk = DiskReader(root, options)
        self._filesystem = FilesystemReader(MountReader(root), options, root=root)
        self._network = NetworkReader(root, options)
        self._tcp = TcpReader(root)
        self._sensor = SensorReader(root, options)
        self._battery = BatteryReader(root, options)
        self._self = SelfReader()
        self._host = HostReader(root, options)
        self._processes = ProcessReader(root, options, clocks)
        self._visible: Sequence[int] = ()
        self._wanted = NOTHING
        self._threads: int | None = None
        self._newest_pid: int | None = None
        self._count: int | None = None
        self._booted_at: float | None = None

    def sample(self, visible: Sequence[int] = (), wanted: Wanted = NOTHING) -> Snapshot:
        """Read everything once; see `tuimon.protocols.Collector`. Counters first: they are compared with the clock."""
        began = time.monotonic()
        self._visible, self._wanted = visible, wanted
        tick = self._ticker.next()
        self._read_stat(tick)
        cpu = self._run("cpu", tick, self._read_cpu, f.Cpu())
        core = self._run("core", tick, self._read_core, ())
        load = self._run("load", tick, self._read_load, f.Load())
        memory = self._run("memory", tick, self._memory.memory, f.Memory())
        swap = self._run("swap", tick, self._memory.swap, f.Swap())
        pressure = self._run("pressure", tick, self._pressure.pressure, None)
        disk = self._run("disk", tick, self._disk.disk, ())
        network = self._run("network", tick, self._network.network, ())
        tcp = self._run("tcp", tick, self._tcp.tcp, None)
        processes = self._run("processes", tick, self._read_processes, ())
        snapshot = Snapshot(
            tick.time,
            tick.elapsed,
            self._run("host", tick, lambda _: self._host.host(tick, cpu.cores or len(core), self._booted_at), Host()),
            cpu,
            core,
            load,
            memory,
            swap,
            pressure,
            disk,
            self._run("filesystem", tick, self._filesystem.filesystem, ()),
            network,
            tcp,
            self._run("system", tick, self._read_system, f.System()),
            self._run("sensor", tick, self._sensor.sensor, ()),
            self._run("battery", tick, self._battery.battery, ()),
            self._run("self", tick, self._self.self_, f.Self()),
            processes,
            complete=True,
            faults=self._parts.faults(),
        )
        self._self.took = time.monotonic() - began
        return snapshot

    def _run(self, family: str, tick: Tick, part: Callable[[Tick], T], absent: U) -> T | U:
        return absent if family in self._off else self._parts.run(family, tick, part, absent)

    def _read_stat(self, tick: Tick) -> None:
        """Read /proc/stat, which serves the families cpu, core and system; each of them raises what went wrong."""
        self._unread = None
        try:
            raw = self._stat.read()
            self._processors.take(raw, tick)
            self._counters.take(raw, tick)
            if self._booted_at is None:
                booted_at = number_after(raw, b"\nbtime ")
                self._booted_at = None if booted_at is None else float(booted_at)
        except Exception as error:
            self._unread = error
            self._counters.forks = None

    def _check_stat(self) -> None:
        if self._unread is not None:
            raise self._unread

    def _read_cpu(self, tick: Tick) -> f.Cpu:
        self._check_stat()
        return self._processors.cpu(tick)

    def _read_core(self, tick: Tick) -> tuple[f.Core, ...]:
        self._check_stat()
        return self._processors.core(tick)

    def _read_load(self, _tick: Tick) -> f.Load:
        self._threads = self._newest_pid = None
        one, five, fifteen, tasks, newest = self._loadavg.read().split(None, 5)
        self._threads, self._newest_pid = int(tasks.partition(b"/")[2]), int(newest)
        return f.Load(decimal(one), decimal(five), decimal(fifteen))

    def _read_processes(self, tick: Tick) -> tuple[Process, ...]:
        self._count = None
        made = self._counters.forks, self._newest_pid
        booted_at, memory_bytes = self._booted_at or 0.0, self._memory.total_bytes
        found = self._processes.read(tick, self._visible, made, booted_at, memory_bytes, wanted=self._wanted)
        self._count = len(found)
        return found

    def _read_system(self, _tick: Tick) -> f.System:
        self._check_stat()
        counters = self._counters
        known = self._count is not None
        return f.System(
            *counters.rates,
            processes=self._count,
            threads=self._threads,
            running=counters.running,
            blocked=counters.blocked,
            zombies=self._processes.zombies if known else None,
            open_files=self._open_files(),
            context_switches_total=counters.switches,
            interrupts_total=counters.interrupts,
            forks_total=counters.forks,
        )

    def _open_files(self) -> int | None:
        try:
            return int(self._files.read().split(None, 1)[0])
        except FileNotFoundError:
            return None

    def close(self) -> None:
        """Close all files and let go of helper processes."""
        for part in (
            self._stat, self._loadavg, self._files, self._memory, self._pressure, self._disk, self._filesystem,
            self._network, self._tcp, self._self, self._processes,
        ):  # fmt: skip
            part.close()
