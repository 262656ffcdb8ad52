"""Which recorded moments are next to a moment: what a step of one sample goes to."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import Final

from tuimon.history import spans
from tuimon.history.tiers import WIDTHS
from tuimon.history.view import View
from tuimon.model.snapshot import Span

_NEXT: Final = 'SELECT start, "end" FROM {} WHERE "end" > ? ORDER BY start LIMIT 1'
_LAST: Final = "SELECT max(start) FROM {} WHERE start < ?"


def read(view: View, at: float) -> tuple[float | None, float | None]:
    """Return the recorded moments (epoch seconds) next before and next after one; None at the ends of the history."""
    stretches = spans.read(view)
    moment = round(at * 1000)
    before = [time for span in stretches if (time := _before(view, span, moment)) is not None]
    after = [time for span in stretches if (time := _after(view, span, moment)) is not None]
    return max(before, default=None), min(after, default=None)


def _before(view: View, span: Span, moment: int) -> float | None:
    """Return the newest moment of a stretch before one, None where there is none in it."""
    first, last = round(span.start * 1000), round(span.end * 1000)
    if first >= moment:
        return None
    if last < moment or span.tier != "1s":
        return _row_before(span, moment)
    starts = [view.db.execute(_LAST.format(table), (moment,)).fetchone()[0] for table in ("batch", "live")]
    starts.append(max((sample[1] for sample in view.unsaved.samples if sample[1] < moment), default=None))
    known = [start for start in starts if start is not None]
    if not known:
        return None
    times = [time for chunk in view.chunks(max(known), moment) for time in _just_before(chunk.times, moment)]
    return max(times) / 1000 if times else None


def _just_before(times: list[int], moment: int) -> list[int]:
    place = bisect_left(times, moment)
    return times[place - 1 : place] if place else []


def _row_before(span: Span, moment: int) -> float | None:
    """Return the newest row of a coarse stretch before a moment; of samples, the end of the stretch."""
    if span.tier == "1s":
        return span.end
    width = WIDTHS[span.tier]
    newest = min((moment - 1) // 1000, int(span.end) - 1) // width * width
    return float(newest) if newest >= int(span.start) // width * width else None


def _after(view: View, span: Span, moment: int) -> float | None:
    """Return the oldest moment of a stretch after one, None where there is none in it."""
    first, last = round(span.start * 1000), round(span.end * 1000)
    if last <= moment:
        return None
    if span.tier != "1s":
        width = WIDTHS[span.tier]
        next_ = max(moment // 1000 // width * width + width, int(span.start) // width * width)
        return float(next_) if next_ < span.end else None
    if first > moment:
        return span.start
    rows = [view.db.execute(_NEXT.format(table), (moment,)).fetchone() for table in ("batch", "live")]
    held = [sample[1] for sample in view.unsaved.samples if sample[1] > moment]
    ends = [row[1] for row in rows if row is not None] + ([min(held)] if held else [])
    if not ends:
        return None
    times = [time for chunk in view.chunks(moment, min(ends) + 1) for time in _just_after(chunk.times, moment)]
    return min(times) / 1000 if times else None


def _just_after(times: list[int], moment: int) -> list[int]:
    place = bisect_right(times, moment)
    return times[place : place + 1]
