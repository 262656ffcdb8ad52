"""The simulated memory: what processes hold, the page cache that lives off the rest, swap when it is tight."""

from __future__ import annotations

from random import Random
from typing import Final

from tuimon.collectors.simulated.noise import Drift
from tuimon.model.families import Memory, Swap

GIB: Final = 1024**3
TOTAL: Final = 16 * GIB
SWAP: Final = 4 * GIB
KERNEL: Final = 635 * 1024**2
SHARED: Final = 1086 * 1024**2  # PostgreSQL's shared buffers, mostly
BUFFERS: Final = 174 * 1024**2
CACHE_WANTED: Final = 5.2 * GIB
TIGHT: Final = 1.6 * GIB
KIB: Final = 1024


class MemoryBank:
    """Sixteen gibibytes and four of swap."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._free = Drift(random, tau=25.0, spread=0.1, floor=0.4)
        self._buffered = Drift(random, tau=900.0, spread=0.03)
        self._cache = CACHE_WANTED
        self._swapped = 0.021 * SWAP
        self._in_total = 41_353 * 4096
        self._out_total = 88_172 * 4096
        self._kills_before = self.kills = 0  # for want of memory
        self.squeeze = 0.0  # from 0, roomy, to 1, thrashing
        self.swapped_in = self.swapped_out = 0.0  # bytes in the newest step

    def used_by_kernel(self) -> int:
        """Return the bytes that are used whatever the processes do."""
        return KERNEL + SHARED

    def advance(self, step: float, private: float, read: float, dirty: float, *, first: bool) -> tuple[Memory, Swap]:
        """Account for what processes hold privately; `read` bytes enter the cache; rates are unknown at `first`."""
        used = min(int(TOTAL * 0.985), int(private) + KERNEL + SHARED)
        available = (TOTAL - used) // KIB * KIB
        self._cache += read * 0.4 - self._cache * 0.00002 * step
        free = max(0.1 * GIB, available - max(self._cache, CACHE_WANTED)) * self._free.advance(step)
        free = min(free, 0.8 * available)
        reclaimable = available - int(free) // KIB * KIB
        self._cache = min(self._cache, float(reclaimable))
        buffers = min(int(BUFFERS * self._buffered.advance(step)), reclaimable // 4) // KIB * KIB
        memory = Memory(
            100.0 * (TOTAL - available) / TOTAL,
            TOTAL - available,
            available,
            int(free) // KIB * KIB,
            reclaimable - buffers + SHARED,
            buffers,
            SHARED,
            int(dirty) // KIB * KIB,
            TOTAL,
            oom_kills_per_second=None if first else (self.kills - self._kills_before) / step,
            oom_kills_total=self.kills,
        )
        self._kills_before = self.kills
        return memory, self._swap(step, available, first=first)

    def _swap(self, step: float, available: int, *, first: bool) -> Swap:
        self.squeeze = max(0.0, 1.0 - available / TIGHT)
        out = in_ = 0.0
        if self.squeeze:
            out = self.squeeze * 14e6 * step * self._random.random() * (1.0 - self._swapped / SWAP)
            in_ = self.squeeze * 5e6 * step * self._random.random()
        elif self._swapped > 0.05 * SWAP:
            in_ = min(2.5e6 * step, self._swapped * 0.5) * self._random.random()
        out, in_ = out // 4096 * 4096, in_ // 4096 * 4096
        self._swapped = min(0.95 * SWAP, max(0.02 * SWAP, self._swapped + out - in_))
        self._out_total += int(out)
        self._in_total += int(in_)
        self.swapped_in, self.swapped_out = in_, out
        used = int(self._swapped) // KIB * KIB
        return Swap(
            100.0 * used / SWAP,
            used,
            SWAP,
            None if first else in_ / step,
            None if first else out / step,
            self._in_total,
            self._out_total,
        )
