"""Series over a window: which tier answers, in which steps, and the arithmetic that fills them.

One tier answers, named in the window: the coarsest whose rows are no wider than the step and that reaches back to
the start; where none reaches back so far with so fine a step, the finest that does, with its own width as the
step. What that tier does not have yet (the minute, the hour that is not over) is completed from finer tiers.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from tuimon.history.codec import NONE
from tuimon.history.tiers import WIDTHS
from tuimon.model.snapshot import Points, Tier

MIN_STEP: Final = 1


class Grid(NamedTuple):
    """The steps of a window: `steps` of `step` seconds each, the first beginning at `first` (a multiple of it)."""

    tier: Tier
    first: int
    step: int
    steps: int

    @property
    def end(self) -> int:
        """Return the end of the last step."""
        return self.first + self.step * self.steps

    def times(self) -> tuple[float, ...]:
        """Return the beginnings of the steps."""
        return tuple(float(time) for time in range(self.first, self.end, self.step))


def choose(kept_from: Mapping[Tier, float], start: float, end: float, points: int) -> Grid:
    """Return the tier and the steps for a window; `kept_from` is since when each tier is kept, inf where empty."""
    points = max(points, 1)
    ideal = max((end - start) / points, MIN_STEP)
    oldest = min(kept_from.values(), default=math.inf)
    reaching = [tier for tier in WIDTHS if kept_from.get(tier, math.inf) <= max(start, oldest)] or ["1s"]
    fitting = [tier for tier in reaching if WIDTHS[tier] <= ideal]
    tier: Tier = fitting[-1] if fitting else reaching[0]
    width = WIDTHS[tier]
    step = max(math.ceil(ideal / width), 1) * width
    while _count(start, end, step) > points and step < end - start:
        step += width
    return Grid(tier, math.floor(start / step) * step, step, _count(start, end, step))


def _count(start: float, end: float, step: int) -> int:
    return max(math.ceil(end / step) - math.floor(start / step), 1)


class Sums:
    """What has been added up of one series: n, sum, min and max a step, in stored integers."""

    __slots__ = ("high", "low", "n", "total")

    def __init__(self, count: int) -> None:
        self.n = [0] * count
        self.total = [0] * count
        self.low: list[int | None] = [None] * count
        self.high: list[int | None] = [None] * count

    def add(self, at: int, n: int, total: int, low: int, high: int) -> None:
        """Add n values to one step."""
        if self.n[at]:
            before_low, before_high = self.low[at], self.high[at]
            low = low if before_low is None else min(low, before_low)
            high = high if before_high is None else max(high, before_high)
        self.n[at] += n
        self.total[at] += total
        self.low[at] = low
        self.high[at] = high

    def add_rows(self, rows: Iterable[tuple[int, int, int, int, int]]) -> None:
        """Add what was added up already: (step, n, sum, min, max), each step once; those without a value are left."""
        counts, totals, lows, highs = self.n, self.total, self.low, self.high
        for at, n, total, low, high in rows:
            if not n:
                continue
            if counts[at]:
                self.add(at, n, total, low, high)
            else:
                counts[at], totals[at], lows[at], highs[at] = n, total, low, high

    def add_values(self, values: list[int], slices: Sequence[tuple[int, int, int]], base: int = 0) -> None:
        """Add samples, each `base` more than its value: `slices` are (step, first, past last) positions."""
        holes = NONE in values
        for at, first, past in slices:
            if past - first == 1 and not self.n[at]:
                self._set(at, values[first], base)
                continue
            part = values[first:past]
            if holes:
                part = [value for value in part if value != NONE]
                if not part:
                    continue
            n = len(part)
            self.add(at, n, sum(part) + n * base, min(part) + base, max(part) + base)

    def _set(self, at: int, value: int, base: int) -> None:
        """Give an empty step its only value."""
        if value != NONE:
            self.n[at] = 1
            self.total[at] = self.low[at] = self.high[at] = value + base

    def points(self, resolution: float) -> Points:
        """Return the columns in the metric's unit."""
        lowest = self._scaled(self.low, resolution)
        if max(self.n) <= 1:
            return Points(lowest, lowest, lowest)
        averages = [total / n if n else None for total, n in zip(self.total, self.n, strict=True)]
        return Points(self._scaled(averages, resolution), lowest, self._scaled(self.high, resolution))

    @staticmethod
    def _scaled(steps: Sequence[float | None], resolution: float) -> tuple[float | None, ...]:
        """Return stored steps in the metric's unit, as `layouts.number` does for one."""
        if resolution < 1:
            parts = round(1 / resolution)
            return tuple([None if step is None else step / parts for step in steps])
        factor = int(resolution) if resolution == int(resolution) else resolution
        return tuple(steps) if factor == 1 else tuple([None if step is None else step * factor for step in steps])


def slices(
    times: Sequence[int], grid: Grid, starts: Sequence[int], before: int | None = None
) -> list[tuple[int, int, int]]:
    """Return which samples (times in ms, ascending) belong to which step: (step, first, past last).

    A sample stands for the time since the one before it: a step that none fell into, because ticks are never quite
    equal, is given the next one. It is left empty where there is a gap, that is where one of `starts`, the
    beginnings of the recorded stretches (ms, ascending), lies between the two. `before` is the time of the sample
    before the first.
    """
    if not times:
        return []
    step, origin = grid.step * 1000, grid.first * 1000
    at = (times[0] - origin) // step
    if before is not None and not _gap(starts, before, times[0]):
        at = min((before - origin) // step + 1, at)
    at = max(at, 0)
    last = min((times[-1] - origin) // step, grid.steps - 1)
    first = bisect_left(times, origin + at * step)
    found = []
    while at <= last:
        past = bisect_left(times, origin + (at + 1) * step, first)
        if past > first:
            found.append((at, first, past))
        elif first < len(times):
            earlier = times[first - 1] if first else before
            if earlier is not None and not _gap(starts, earlier, times[first]):
                found.append((at, first, first + 1))
        at += 1
        first = past
    return found


def _gap(starts: Sequence[int], earlier: int, later: int) -> bool:
    return bisect_right(starts, earlier) != bisect_right(starts, later)
