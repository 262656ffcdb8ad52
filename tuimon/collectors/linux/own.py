"""What tuimon itself costs."""

from __future__ import annotations

import os
import time

from tuimon.collectors.linux.kept import Kept
from tuimon.collectors.rates import rate
from tuimon.collectors.tick import Tick
from tuimon.model.families import Self

_PAGE = os.sysconf("SC_PAGE_SIZE")


class SelfReader:
    """Reads the family self. `took` is set by the collector: seconds that the sample before this one took."""

    def __init__(self) -> None:
        self._statm = Kept("/proc/self/statm")
        self._before: float | None = None
        self.took: float | None = None

    def self_(self, tick: Tick) -> Self:
        """Return CPU of all threads, resident memory, the time of the last sample."""
        used = time.process_time()
        spent = rate(used, self._before, tick.elapsed)
        self._before = used
        try:
            resident = int(self._statm.read().split(None, 2)[1]) * _PAGE
        except OSError:
            resident = None
        return Self(None if spent is None else spent * 100.0, resident, self.took)

    def close(self) -> None:
        """Close its file."""
        self._statm.close()
