"""Quiet hours. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo

from tuimon.model.rule import Quiet
from tuimon.model.times import aware

DAY = 24 * 60


def quiet_until(hours: Sequence[Quiet], now: float, tz: tzinfo | None) -> float | None:
    """Return when the quiet hours end that a moment lies in (epoch seconds), None where it lies in none."""
    here = aware(now, tz)
    minute = here.hour * 60 + here.minute
    ends = [left for quiet in hours if (left := _left(quiet, minute, here.weekday())) is not None]
    return now + max(ends) * 60 - here.second - here.microsecond / 1e6 if ends else None


def _left(quiet: Quiet, minute: int, day: int) -> int | None:
    """Return for how many minutes more it is quiet; hours over midnight belong to the day on which they begin."""
    if quiet.start < quiet.end:
        inside = quiet.start <= minute < quiet.end and day in (quiet.days or (day,))
        return quiet.end - minute if inside else None
    if minute >= quiet.start and day in (quiet.days or (day,)):
        return DAY - minute + quiet.end
    if minute < quiet.end and (day - 1) % 7 in (quiet.days or ((day - 1) % 7,)):
        return quiet.end - minute
    return None
