"""The course of one process: its figures at moments, from live samples and from the history, as columns of a chart."""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from tuimon.model.process import Process, ProcessPast

KEPT: Final = 900
"""Live samples that are kept."""
FIELDS: Final = ("cpu_percent", "rss_bytes", "read_bytes_per_second", "write_bytes_per_second")


class Point(NamedTuple):
    """What a process did in the `seconds` before a moment (epoch seconds)."""

    time: float
    seconds: float
    values: tuple[float | None, ...]


class Course:
    """Points of one process in the order of their times; what is known by the second replaces what is known coarsely."""

    def __init__(self, interval: float) -> None:
        self._interval = interval
        self._live: list[Point] = []
        self._recorded: list[Point] = []

    def note(self, time: float, process: Process) -> None:
        """Take a live sample."""
        if self._live and time <= self._live[-1].time:
            self._live = [point for point in self._live if point.time < time]
        before = self._live[-1].time if self._live else time - self._interval
        seconds = time - before if time - before <= 2.5 * self._interval else self._interval
        insort(self._live, Point(time, seconds, values_of(process)))
        del self._live[:-KEPT]

    def seed(self, samples: Iterable[tuple[float, Process]]) -> None:
        """Take the samples of before it was opened."""
        for time, process in samples:
            self.note(time, process)

    def remember(self, past: ProcessPast) -> None:
        """Take what was recorded, in the place of what was taken before."""
        self._recorded = []
        before = -past.step
        for time, process in past.rows:
            since = time - before
            self._recorded.append(Point(time, since if since <= 1.7 * past.step else past.step, values_of(process)))
            before = time

    def columns(self, count: int, end: float, step: float) -> list[list[float | None]]:
        """Return the highest value of each field in each of `count` steps, the last of which holds `end`; None: a gap."""
        last = int(end // step)
        first = last - count + 1
        found: list[list[float | None]] = [[None] * count for _ in FIELDS]
        begun = self._live[0].time - self._live[0].seconds if self._live else end
        for point in (*(p for p in self._recorded if p.time <= begun), *self._live):
            high = int(point.time // step) - first
            low = max(0, int((point.time - point.seconds) // step) + 1 - first)
            if high < 0 or min(low, high) >= count:
                continue
            for place in range(min(low, high), min(high, count - 1) + 1):
                _raise(found, place, point.values)
        return found


def _raise(found: list[list[float | None]], place: int, values: Sequence[float | None]) -> None:
    for column, value in zip(found, values, strict=True):
        known = column[place]
        if value is not None and (known is None or value > known):
            column[place] = value


def values_of(process: Process) -> tuple[float | None, ...]:
    """Return the figures that have a chart."""
    return (process.cpu_percent, process.rss_bytes, process.read_bytes_per_second, process.write_bytes_per_second)
