"""When samples are taken: the clocks of one sample, what is due in it, and the faults of its parts."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import NamedTuple, TypeVar

from tuimon.model.snapshot import Fault
from tuimon.model.text import harmless

T = TypeVar("T")
U = TypeVar("U")
Clocks = Callable[[], tuple[float, float, float]]
"""Returns epoch seconds, monotonic seconds, and seconds spent suspended since boot."""
_LOG = logging.getLogger("tuimon.collectors")
_BOOTTIME: int | None = getattr(time, "CLOCK_BOOTTIME", None)
_SUSPENDED = 0.5
"""Seconds by which the clocks must have moved apart before it is called a suspend; reading them takes microseconds."""


class Tick(NamedTuple):
    """One sample: epoch seconds in whole milliseconds, monotonic seconds, seconds since the sample before (or None)."""

    time: float
    monotonic: float
    elapsed: float | None


class Ticker:
    """Makes the Ticks of one collector, and sees gaps.

    `elapsed` comes from the monotonic clock, so a step of the wall clock spoils no rate. It is None on the first
    sample, when the last one is more than `gap_after` seconds ago, and after the machine was suspended
    (CLOCK_BOOTTIME goes on then, CLOCK_MONOTONIC does not).
    """

    def __init__(self, gap_after: float, clocks: Clocks) -> None:
        self._gap_after = gap_after
        self._clocks = clocks
        self._before: tuple[float, float] | None = None

    def next(self) -> Tick:
        """Return the tick of the sample that begins now."""
        wall, monotonic, suspended = self._clocks()
        elapsed: float | None = None
        if self._before is not None:
            elapsed = monotonic - self._before[0]
            if not 0 < elapsed <= self._gap_after or suspended - self._before[1] > _SUSPENDED:
                elapsed = None
        self._before = (monotonic, suspended)
        return Tick(round(wall, 3), monotonic, elapsed)


def read_clocks() -> tuple[float, float, float]:
    """Return epoch seconds, monotonic seconds, and seconds spent suspended since boot (0 where unknown)."""
    monotonic = time.monotonic()
    suspended = 0.0 if _BOOTTIME is None else time.clock_gettime(_BOOTTIME) - monotonic
    return time.time(), monotonic, suspended


class Every:
    """Says when something slower than the tick is due: at once, then every so many seconds."""

    __slots__ = ("_next", "_seconds")

    def __init__(self, seconds: float, first: float = 0.0) -> None:
        self._seconds = seconds
        self._next = first

    def due(self, tick: Tick) -> bool:
        """Say whether it is due in this tick, and if so begin to wait again; a tenth early counts as due."""
        if tick.monotonic < self._next:
            return False
        self._next = tick.monotonic + self._seconds * 0.9
        return True

    def again(self) -> None:
        """Have it due in the next tick: this time it came to nothing."""
        self._next = 0.0


class Parts:
    """Runs the parts of a collector, so that one that fails or takes too long is a Fault and the others go on."""

    def __init__(self, limit: float) -> None:
        self._limit = limit
        self._faults: dict[str, Fault] = {}

    def run(self, family: str, tick: Tick, part: Callable[[Tick], T], absent: U) -> T | U:
        """Return what a part read, `absent` when it raised; both a raise and an overrun of `limit` seconds are faults."""
        began = time.monotonic()
        try:
            value = part(tick)
        except Exception as error:
            self._failed(family, tick, describe(error))
            return absent
        took = time.monotonic() - began
        if took > self._limit:
            self._failed(family, tick, f"took longer than {self._limit:g} s")
        elif family in self._faults:
            del self._faults[family]
            _LOG.info("%s: recovered", family)
        return value

    def faults(self) -> tuple[Fault, ...]:
        """Return what does not work now, by family, each with the time since when."""
        return tuple(self._faults.values())

    def _failed(self, family: str, tick: Tick, message: str) -> None:
        known = self._faults.get(family)
        if known is None or known.message != message:
            _LOG.warning("%s: %s", family, message)
            self._faults[family] = Fault(family, message, tick.time if known is None else known.since)


def describe(error: Exception) -> str:
    """Say in one harmless line what went wrong."""
    if isinstance(error, OSError) and error.strerror:
        where = f"{error.filename}: " if error.filename else ""
        return harmless(f"{where}{error.strerror}", 200)
    if isinstance(error, (ValueError, LookupError)):  # a file that is empty (masked in a container) or nonsense
        return harmless(f"makes no sense ({type(error).__name__}: {error})", 200)
    return harmless(f"{type(error).__name__}: {error}", 200)
