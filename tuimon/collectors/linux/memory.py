"""Memory, swap and pressure: /proc/meminfo, /proc/vmstat, /proc/pressure (kernel doc accounting/psi)."""

from __future__ import annotations

import os

from tuimon.collectors.linux.arc import Arc, ArcReader
from tuimon.collectors.linux.kept import Kept, decimal, number_after
from tuimon.collectors.linux.limits import LimitReader, below
from tuimon.collectors.rates import rate, ratio
from tuimon.collectors.tick import Tick
from tuimon.model.families import Memory, Pressure, Swap

_PAGE = os.sysconf("SC_PAGE_SIZE")


def meminfo(raw: bytes, key: bytes) -> int | None:
    """Return one line of /proc/meminfo in bytes; None where the kernel does not have it."""
    found = number_after(raw, b"\n" + key + b":")
    return None if found is None else found * 1024


class MemoryReader:
    """Reads the families memory and swap, which share /proc/meminfo."""

    def __init__(self, root: str, limits: LimitReader) -> None:
        self._limits = limits
        self._meminfo = Kept(f"{root}/proc/meminfo")
        self._arc = ArcReader(root)
        self._vmstat = Kept(f"{root}/proc/vmstat", records=True, size=16384)
        self._raw = b""
        self._read_at: float | None = None
        self._before: tuple[int | None, int | None] = (None, None)
        self._counted = b""
        self._counted_at: float | None = None
        self._kills: int | None = None
        self.total_bytes: int | None = None

    def _read(self, tick: Tick) -> bytes:
        """Return the content of /proc/meminfo, read once a sample."""
        if self._read_at != tick.monotonic:
            self._read_at = None
            self._raw = b"\n" + self._meminfo.read()
            self.total_bytes = meminfo(self._raw, b"MemTotal")
            self._read_at = tick.monotonic
        return self._raw

    def memory(self, tick: Tick) -> Memory:
        """Return physical memory; used = total - available, as free(1) of procps 4 has it, less what ZFS gives back."""
        raw = self._read(tick)
        total, free = self.total_bytes, meminfo(raw, b"MemFree")
        buffers = meminfo(raw, b"Buffers")
        cached = meminfo(raw, b"Cached")
        if cached is not None:
            cached += meminfo(raw, b"SReclaimable") or 0
        available = meminfo(raw, b"MemAvailable")
        if available is None and free is not None:  # kernels before 3.14
            available = free + (cached or 0) + (buffers or 0)
        arc = self._arc.arc()
        cached, available = with_arc(cached, arc), with_arc(available, arc, total)
        used = None if total is None or available is None else max(0, total - available)
        return Memory(
            ratio(used, total),
            used,
            available,
            free,
            cached,
            buffers,
            meminfo(raw, b"Shmem"),
            meminfo(raw, b"Dirty"),
            total,
            None if arc is None else arc.size_bytes,
            *self._limit(tick, total),
            *self._killed(tick),
        )

    def _limit(self, tick: Tick, total: int | None) -> tuple[int | None, int | None, float | None]:
        """Return the limit, what is used under it, that in percent of it."""
        _, limit, used, _ = self._limits.limits(tick)
        return (limit, used, ratio(used, limit)) if below(limit, total) else (None, None, None)

    def swap(self, tick: Tick) -> Swap:
        """Return swap space and its traffic."""
        raw = self._read(tick)
        total, free = meminfo(raw, b"SwapTotal"), meminfo(raw, b"SwapFree")
        used = None if total is None or free is None else max(0, total - free)
        in_total, out_total = self._traffic(tick)
        before, self._before = self._before, (in_total, out_total)
        return Swap(
            ratio(used, total),
            used,
            total,
            rate(in_total, before[0], tick.elapsed),
            rate(out_total, before[1], tick.elapsed),
            in_total,
            out_total,
        )

    def _killed(self, tick: Tick) -> tuple[float | None, int | None]:
        """Return how many processes a second, and in all, were killed for want of memory (kernels since 4.13)."""
        before = self._kills
        try:
            self._kills = number_after(self._events(tick), b"\noom_kill ")
        except OSError:  # the family swap says so
            self._kills = None
        return rate(self._kills, before, tick.elapsed), self._kills

    def _events(self, tick: Tick) -> bytes:
        """Return the content of /proc/vmstat, read once a sample."""
        if self._counted_at != tick.monotonic:
            self._counted_at = None
            self._counted = b"\n" + self._vmstat.read()
            self._counted_at = tick.monotonic
        return self._counted

    def _traffic(self, tick: Tick) -> tuple[int | None, int | None]:
        try:
            raw = self._events(tick)
        except FileNotFoundError:
            return None, None
        pages_in, pages_out = number_after(raw, b"\npswpin "), number_after(raw, b"\npswpout ")
        return (
            None if pages_in is None else pages_in * _PAGE,
            None if pages_out is None else pages_out * _PAGE,
        )

    def close(self) -> None:
        """Close its files."""
        self._meminfo.close()
        self._arc.close()
        self._vmstat.close()


def with_arc(known: int | None, arc: Arc | None, most: int | None = None) -> int | None:
    """Return bytes that are cached or available with what ZFS gives back, `most` at most."""
    if known is None or arc is None:
        return known
    found = known + arc.spare_bytes
    return found if most is None else min(most, found)


class PressureReader:
    """Reads the family pressure, None where the kernel was built or started without it."""

    def __init__(self, root: str) -> None:
        self._files = [Kept(f"{root}/proc/pressure/{name}") for name in ("cpu", "memory", "io")]
        self._there = os.path.isdir(f"{root}/proc/pressure")

    def pressure(self, _tick: Tick) -> Pressure | None:
        """Return the share of the last 10 s in which tasks waited."""
        if not self._there:
            return None
        try:
            cpu, memory, io = (stalls(file.read()) for file in self._files)
        except OSError:
            self._there = False  # started with psi=0: the files are there and cannot be read
            return None
        return Pressure(
            cpu[0], memory[0], memory[1], io[0], io[1], cpu[2], memory[2], memory[3], io[2], io[3]
        )  # fmt: skip

    def close(self) -> None:
        """Close its files."""
        for file in self._files:
            file.close()


def stalls(raw: bytes) -> tuple[float | None, float | None, float | None, float | None]:
    """Return some and full of the last 10 s in percent, then their totals in seconds."""
    percents: dict[bytes, float] = {}
    totals: dict[bytes, float] = {}
    for line in raw.splitlines():
        fields = line.split()
        percents[fields[0]] = decimal(fields[1][6:])
        totals[fields[0]] = int(fields[4][6:]) / 1e6
    return percents.get(b"some"), percents.get(b"full"), totals.get(b"some"), totals.get(b"full")
