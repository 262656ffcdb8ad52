"""From where the traveller is to what is drawn: the view of a moment, the timeline's line, the moment under a click."""

from __future__ import annotations

from dataclasses import replace
from datetime import tzinfo
from typing import Final

from tuimon.model.snapshot import Frame, Snapshot
from tuimon.model.times import aware
from tuimon.model.units import percent
from tuimon.tui import lines
from tuimon.tui.page import Page
from tuimon.tui.style import Row, cells
from tuimon.tui.travel import timeline
from tuimon.tui.travel.sight import Sight
from tuimon.tui.travel.traveller import Traveller
from tuimon.tui.view import View

LEAST_ROWS: Final = 9
"""A screen of fewer rows has no timeline."""


def past_view(live: View, travel: Traveller) -> View:
    """Return the view of the moment where the traveller is; the live one where that is now."""
    if travel.at is None:
        return live
    sight = travel.sight
    frame = sight.frame if sight is not None else None
    shown = frame or Frame(Snapshot(travel.at, host=live.frame.snapshot.host))
    return replace(
        live,
        frame=replace(shown, recorder=live.frame.recorder, tick=live.frame.tick),
        column=sight.column if sight is not None else live.column,
        half=False,
        past=travel.at if frame is None else frame.snapshot.time,
        now=live.frame.snapshot.time,
        future=sight.future if sight is not None else 0,
        missing=travel.refused or _missing(travel, sight, live.tz),
        landed=travel.landed.text if travel.landed and frame is not None else "",
        machine=live.frame.snapshot if frame is None else None,
    )


def _missing(travel: Traveller, sight: Sight | None, tz: tzinfo | None) -> str:
    """Return why nothing is shown, '' where something is."""
    if sight is None or sight.frame is not None:
        return "" if sight is not None or not travel.waiting else "reading the past …"
    parts = [f"nothing was recorded at {lines.clock(sight.look.at, tz)[:8]}"]
    if sight.before is not None:
        parts.append(f", to the last before it, {_stamp(sight.before, sight.look.at, tz)}")
    parts.append(f". to the next, {_stamp(sight.after, sight.look.at, tz)}" if sight.after is not None else ". to now")
    return " · ".join(parts)


def _stamp(time: float, near: float, tz: tzinfo | None) -> str:
    moment = aware(time, tz)
    return f"{moment:%H:%M:%S}" if moment.date() == aware(near, tz).date() else f"{moment:%Y-%m-%d %H:%M}"


def timeline_row(view: View, travel: Traveller, width: int, height: int) -> Row | None:
    """Return the timeline for a screen of this size, None where there is no room; what it lacks is asked for."""
    if height < LEAST_ROWS:
        return None
    line = travel.timeline
    _, strip, _ = timeline.room(width)
    if travel.ready and (question := line.place(strip, travel.now, travel.at)) is not None:
        travel.ask(question)
    return timeline.draw(
        line, width, view.past, _label(view, travel, width), mark=travel.mark, ascii_only=view.ascii_only
    )


def _label(view: View, travel: Traveller, width: int) -> str:
    line = travel.timeline
    word, key, top = timeline.METRICS[line.metric]
    if view.past is not None:
        value = view.snapshot.value(key)
        shown = f"{percent(value)} %" if top and value is not None else percent(value)
        time = lines.clock(view.past, view.tz)
        return f"{time}  {word} {shown}" if width >= 100 else time[:8]
    parts = [word]
    if line.alerts:
        parts.append(f"{line.alerts} alert{'s' if line.alerts > 1 else ''}")
    if gaps := line.gaps():
        parts.append(f"{gaps} gap{'s' if gaps > 1 else ''}")
    whole = " · ".join(parts)
    sign = "^" if view.ascii_only else "▲"
    return whole if cells(whole) < timeline.room(width)[2] else f"{word} {line.alerts}{sign}" if line.alerts else whole


def moment_at(page: Page, travel: Traveller, x: int, y: int) -> float | None:
    """Return the moment under a cell of the timeline or of a chart, None elsewhere."""
    if not 0 <= y < len(page.rows):
        return None
    if y == page.timeline_row:
        return _on_timeline(page.rows[y], travel, x)
    return _on_chart(page.rows[y], travel, x)


def _on_timeline(row: Row, travel: Traveller, x: int) -> float | None:
    line = travel.timeline
    left = cells(row[0][0]) + 1
    return line.time_of(x - left) if left <= x < left + line.width and line.known else None


def _on_chart(row: Row, travel: Traveller, x: int) -> float | None:
    """Return the moment of a chart's cell: a chart is what is drawn in the shades of a family, two steps a cell."""
    at, start, end, found = 0, None, 0, False
    for text, style in row:
        width = cells(text)
        if _is_chart(style) and width:
            start = at if start is None else start
            end = at + width
            found = found or at <= x < end
        elif found:
            break
        elif width:
            start = None
        at += width
    if not found or start is None or end - start < CHART:
        return None
    back = end - 1 - x
    sight = travel.sight
    if travel.live or sight is None or not sight.window.times:
        return travel.now - (2 * back + 0.5) * travel.interval
    return sight.window.times[-1] + sight.window.step * 0.5 - 2 * back * sight.window.step


CHART: Final = 12
"""A run of shades that is narrower is a gauge, not a chart."""


def _is_chart(style: str) -> bool:
    family, _, level = style.partition(".")
    return style == "cursor" or (family in CHARTED and level.isdigit())


CHARTED: Final = frozenset({"cpu", "memory", "disk", "network"})
