"""When a filesystem will be full, if it goes on growing as it did, and how sure that is. Pure.

The points are what was available, a few minutes apart, over at most a day. A line is laid through all of them and
one through the newest third; what both say, each with its error, is the range. Growth that is not steady makes it wide.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final, NamedTuple

EVERY: Final = 120.0
"""Seconds between two points."""
WINDOW: Final = 86400.0
"""For how long a point is kept."""
LEAST: Final = 10
"""Points below which nothing is predicted."""
AHEAD: Final = 6.0
"""Nothing is predicted further ahead than so many times as long as the growth was watched."""
STUDENT: Final = 2.2
"""How many standard errors to each side hold the slope with some 95 % certainty."""
NEVER: Final = math.inf

Point = tuple[float, float]


class Forecast(NamedTuple):
    """Seconds until it is full: the best guess, and the earliest and latest that the points allow."""

    seconds: float
    earliest: float
    latest: float


class Line(NamedTuple):
    """Bytes a second by which it grows less, the error of that, and what is left now."""

    slope: float
    error: float
    left: float


def taken(points: tuple[Point, ...], time: float, available: float) -> tuple[Point, ...]:
    """Return the points with a new one, where it is time for one; after a step of the clock back they begin anew."""
    if points and time < points[-1][0]:
        return ((time, available),)
    if points and time - points[-1][0] < EVERY:
        return points
    kept = points[1:] if points and points[0][0] < time - WINDOW else points
    return (*kept, (time, available))


def predicted(points: Sequence[Point]) -> Forecast | None:
    """Return when nothing will be left, None where the points do not say so."""
    if len(points) < LEAST:
        return None
    whole, newest = fitted(points), fitted(points[-max(LEAST, len(points) // 3) :])
    if newest.slope >= 0:
        return None
    left = max(0.0, points[-1][1])
    slow = max(line.slope + STUDENT * line.error for line in (whole, newest))
    fast = min(line.slope - STUDENT * line.error for line in (whole, newest))
    best = left / -newest.slope
    latest = left / -slow if slow < 0 else NEVER
    if best > AHEAD * (points[-1][0] - points[0][0]):
        return None
    return Forecast(best, left / -fast, latest)


def fitted(points: Sequence[Point]) -> Line:
    """Return the line of least squares through some points, of different times."""
    count = len(points)
    middle = sum(time for time, _ in points) / count
    mean = sum(value for _, value in points) / count
    spread = sum((time - middle) ** 2 for time, _ in points)
    if not spread:
        return Line(0.0, 0.0, mean)
    slope = sum((time - middle) * (value - mean) for time, value in points) / spread
    rest = sum((value - mean - slope * (time - middle)) ** 2 for time, value in points)
    error = math.sqrt(rest / max(1, count - 2) / spread)
    return Line(slope, error, mean + slope * (points[-1][0] - middle))
