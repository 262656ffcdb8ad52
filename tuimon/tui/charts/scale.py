"""Where the axes have their marks: round values up, whole hours and days across."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Final

from tuimon.model.times import aware
from tuimon.model.units import in_unit

DAY: Final = 86400
STEPS: Final = (10, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200)
"""Seconds between two marks within a day."""
DAYS: Final = (1, 2, 7, 14)
MONTHS: Final = (1, 2, 3, 6, 12)
QUARTER: Final = 900
"""The clocks of all zones agree in quarters of an hour."""


LEAST: Final = {"bytes_per_second": 1000.0, "bytes": 1024.0}
"""What the tops of scales are at least: below, there is next to nothing."""


def top(highest: float, unit: str) -> float:
    """Return the top of a scale from 0: all of a percentage, else a round number that nothing is above."""
    if unit == "percent" and 50 < highest <= 100:
        return 100.0
    highest = max(highest, LEAST.get(unit, 0.0))
    if highest <= 0:
        return 1.0
    if unit == "bytes":
        return float(2 ** max(0, math.ceil(math.log2(highest))))
    power = 10.0 ** math.floor(math.log10(highest))
    return next(step * power for step in (1, 2, 5, 10, 20) if highest <= step * power * (1 + 1e-9))


def heights(bottom: float, highest: float, rows: int) -> list[float]:
    """Return the values that are marked on an axis of so many rows, the lowest first."""
    parts = 4 if rows >= 9 else 2 if rows >= 4 else 1
    if parts == 4 and bottom == 0 and f"{highest:e}"[0] == "5":
        parts = 5
    return [bottom + (highest - bottom) * part / parts for part in range(parts + 1)]


def label(value: float, unit: str, width: int) -> str:
    """Return a value for an axis, in exactly so many cells or more."""
    shown = in_unit(value, unit)
    if unit == "percent" and value == int(value):
        shown = f"{value:.0f} %"
    return (shown if len(shown) <= width else shown.replace(" ", "")).rjust(width)


def marks(start: float, end: float, most: int, tz: tzinfo | None) -> list[tuple[float, str]]:
    """Return at most so many moments of a span with what is written at them: whole local hours, days, months."""
    least = (end - start) / max(1, most)
    step = next((step for step in STEPS if step >= least), None)
    if step is not None:
        return [(at, _hour(aware(at, tz), step)) for at in _within_days(start, end, step, tz)]
    return [(at, f"{aware(at, tz):%b %d}") for at in _days(start, end, least / DAY, tz)]


def _within_days(start: float, end: float, step: int, tz: tzinfo | None) -> Iterator[float]:
    grain = min(step, QUARTER)
    for count in range(math.ceil(start / grain), math.ceil(end / grain)):
        local = aware(count * grain, tz)
        if (local.hour * 3600 + local.minute * 60 + local.second) % step == 0:
            yield float(count * grain)


def _hour(moment: datetime, step: int) -> str:
    if moment.hour == moment.minute == moment.second == 0:
        return f"{moment:%b %d}"
    return f"{moment:%H:%M:%S}" if step < 60 else f"{moment:%H:%M}"


def _days(start: float, end: float, least: float, tz: tzinfo | None) -> Iterator[float]:
    """Yield local midnights, `least` days apart or more: of every so many days, else of first days of months."""
    apart = next((days for days in DAYS if days >= least), None)
    months = next((months for months in MONTHS if months * 28 >= least), MONTHS[-1])
    day = aware(start, tz).date()
    while (at := midnight(day, tz)) < end:
        chosen = day.toordinal() % apart == 0 if apart else day.day == 1 and (day.month - 1) % months == 0
        if chosen and at >= start:
            yield at
        day += timedelta(days=1)


def midnight(day: date, tz: tzinfo | None) -> float:
    """Return when a local day begins (epoch seconds)."""
    return datetime.combine(day, time(), tz).timestamp()


def days_before(at: float, days: int, tz: tzinfo | None) -> float:
    """Return the moment when the local clock showed the same so many days before."""
    local = aware(at, tz).replace(tzinfo=None) - timedelta(days=days)
    return local.replace(tzinfo=tz).timestamp()
