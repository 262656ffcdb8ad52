"""Windows that are known here, wider than what was asked for: what is asked for next is cut out of them. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil, floor, inf
from typing import Final, NamedTuple

from tuimon.model.metric import SeriesKey
from tuimon.model.snapshot import Points, Window

MOST: Final = 6
"""Wide windows that are kept."""
MOST_VALUES: Final = 150_000
"""Numbers that a wide window may have: of more series only what is asked for is read."""


class Asked(NamedTuple):
    """What a window was asked with: so many steps over a span."""

    start: float
    end: float
    points: int

    @property
    def step(self) -> float:
        """The length of a step, in seconds."""
        return (self.end - self.start) / max(1, self.points)

    @property
    def is_even(self) -> bool:
        """Whether it begins and ends with whole steps of whole seconds: then it can be cut out of a wider one."""
        step = self.step
        return step >= 1 and step == int(step) and self.start % step == 0 and self.end % step == 0

    def wider(self) -> Asked:
        """Return the same with half as much again on either side."""
        more = self.points // 2
        return Asked(self.start - more * self.step, self.end + more * self.step, self.points + 2 * more)


@dataclass(frozen=True, slots=True)
class Wide:
    """A window as it was answered, of which all up to `settled` (epoch seconds) will not change."""

    asked: Asked
    window: Window
    settled: float

    def cut(self, keys: Sequence[SeriesKey], asked: Asked, step: float, *, fresh: bool = False) -> Window | None:
        """Return what would be answered to a narrower question in steps of `step`, None where this one does not tell.

        `fresh`: it has only now been answered, so that what is not settled is as it should be too.
        """
        window = self.window
        if window.step != step or not set(keys) <= set(window.series):
            return None
        first, end = floor(asked.start / step) * step, ceil(asked.end / step) * step
        bound = window.end if fresh else min(window.end, self.settled)
        if not (window.times and window.times[0] < first and end <= bound):
            return None
        low = round((first - window.times[0]) / window.step)
        high = low + round((end - first) / window.step)
        series = {
            key: Points(points.average[low:high], points.minimum[low:high], points.maximum[low:high])
            for key in keys
            for points in (window.series[key],)
        }
        return replace(window, start=first, end=end, times=window.times[low:high], series=series)

    def margin(self, asked: Asked, way: int) -> float:
        """Return how many steps it has beyond what was asked for, that way."""
        if way > 0:
            return (min(self.window.end, self.settled) - asked.end) / asked.step
        return (asked.start - self.window.start) / asked.step


class Cuts:
    """The newest wide windows."""

    def __init__(self) -> None:
        self._wide: list[Wide] = []
        self._coarse: dict[float, tuple[float, float]] = {}

    def coarser(self, asked: Asked, step: float) -> None:
        """Take note that from so far back only coarser steps are answered."""
        self._coarse[asked.step] = asked.start, step

    def step_of(self, asked: Asked) -> float:
        """Return in which steps an answer is to be expected: what is older is never finer."""
        until, step = self._coarse.get(asked.step, (-inf, asked.step))
        return step if asked.start <= until else asked.step

    def add(self, wide: Wide) -> None:
        """Keep one, in the place of the oldest."""
        self._wide = [wide, *self._wide[: MOST - 1]]

    def find(self, keys: Sequence[SeriesKey], asked: Asked) -> tuple[Window, Wide] | None:
        """Return the answer to a question and where it was cut out of, None where it is not known."""
        for wide in self._wide:
            if (window := wide.cut(keys, asked, self.step_of(asked))) is not None:
                return window, wide
        return None
