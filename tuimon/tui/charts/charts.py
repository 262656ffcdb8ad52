"""The History screen: which series, compared with what, and the drawn charts with the cursor and its values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from tuimon.model.catalogue import find
from tuimon.model.metric import SeriesKey
from tuimon.model.snapshot import Event, Points, Window
from tuimon.model.units import UNKNOWN, in_unit, span
from tuimon.tui import lines
from tuimon.tui.charts import ink, panes
from tuimon.tui.charts.choosing import Search
from tuimon.tui.charts.question import Named, Names, Plot, Plotted
from tuimon.tui.dialogs.over import Over
from tuimon.tui.style import Row, between, padded, row_width
from tuimon.tui.travel.sheets import named, stretch
from tuimon.tui.travel.sight import Refusal
from tuimon.tui.travel.timeline import MARKED, MARKS, SPANS, mark_of
from tuimon.tui.travel.traveller import Traveller
from tuimon.tui.view import View

BACK: Final = (0, 1, 7)
"""Days: what a comparison can be with, 0 nothing."""
WORDS: Final = {1: "a day before", 7: "a week before"}
FRESH: Final = 5.0
"""Seconds: charts that reach until now are not read again sooner."""
LEAST_WIDTH: Final = 24


@dataclass(slots=True)
class Charts:
    """What is chosen, what was asked for last, and what is shown; `first` is the first chart on the screen.

    `more`: there are charts below that there is no room for.
    """

    travel: Traveller
    over: Over
    keys: tuple[SeriesKey, ...] = ()
    days_back: int = 0
    bands: bool = True
    first: int = 0
    more: bool = False
    asked: Plot | None = None
    shown: Plotted | None = None
    refused: str = ""
    _tops: list[int] = field(default_factory=list)

    # Keys

    def do(self, whose: str, name: str, arguments: tuple[int, ...]) -> bool:
        """Do what a key does on this screen; return whether it has a meaning of its own here.

        Keys of the process table that have none do nothing: nobody sees what they would do.
        """
        way = arguments[0] if arguments else 1
        if name == "fold":
            self.travel.timeline.pan(way, self.travel.now, self.travel.at)
        elif name == "row":
            self.travel.timeline.zoom(-way)
        elif name == "page_by":
            self.turn(way)
        elif name == "filter":
            self.travel.ask(Names(self.travel.timeline.start, self.travel.timeline.end))
        elif name == "columns":
            self.days_back = BACK[(BACK.index(self.days_back) + 1) % len(BACK)]
        elif name == "enlarge":
            self.bands = not self.bands
        else:
            return whose == "table" or name in ("act", "tag", "focus_panel")
        return True

    def turn(self, way: int) -> None:
        """Show the next charts, or those before."""
        if way < 0 or self.more:
            self.first = max(0, self.first + way)

    def choose(self, keys: object) -> None:
        """Show other series."""
        if isinstance(keys, tuple):
            self.keys, self.first = keys, 0

    def take(self, answer: object) -> bool:
        """Take what was read, or why it could not be; return whether it was asked for here."""
        if isinstance(answer, Named):
            self.over.open(Search("Metrics that are recorded", answer.keys, self.keys), self.choose)
        elif isinstance(answer, Plotted):
            if answer.plot == self.asked or self.shown is None:
                self.shown, self.refused = answer, ""
        elif isinstance(answer, Refusal) and isinstance(answer.question, Plot | Names):
            self.refused = answer.reason
        else:
            return False
        return True

    # The screen

    def draw(self, view: View, width: int, height: int) -> list[Row]:
        """Return the screen in exactly so many cells and rows; what it lacks is asked for."""
        blank = padded([], width)
        if not self.keys and view.snapshot.cpu is not None:
            self.keys = panes.usual((self.travel.newest or view.frame).snapshot)
        if width < LEAST_WIDTH or height < 4 or not self.travel.timeline.known:
            return [padded([(" no room for charts", "dim")], width), *[blank] * (height - 1)][:height]
        self._ask(view, width, height)
        rows: list[Row] = [self._head(view, width)]
        self._tops = []
        shown = self.shown
        if shown is None or shown.plot.width != width or sum(shown.plot.rows) + len(shown.plot.rows) + 1 > height:
            rows.append(padded([(f" {self.refused or 'reading the past ...'}", "dim")], width))
        else:
            for place, chart in enumerate(shown.charts):
                self._tops.append(len(rows))
                rows.append(self._title(shown, place, view, width))
                rows += [self._crossed(row, shown, view) for row in chart]
        return [*rows, *[blank] * (height - len(rows))][:height]

    def _ask(self, view: View, width: int, height: int) -> None:
        travel, line = self.travel, self.travel.timeline
        room = panes.room(height - 1)
        arranged = panes.arranged(self.keys, room)
        self.first = max(0, min(self.first, len(arranged) - room))
        self.more = self.first + room < len(arranged)
        chosen = tuple(arranged[self.first : self.first + room])
        rows = tuple(max(1, rows - 1) for rows in panes.shared(len(chosen), height - 1))
        until_now = line.start <= travel.now < line.end
        fresh = int(travel.now // max(FRESH, line.seconds / (2 * width))) if until_now else 0
        plot = Plot(
            line.start, line.end, chosen, rows, width, self.days_back, self.bands, view.ascii_only, view.tz, fresh
        )
        if plot != self.asked:
            self.asked = plot
            travel.ask(plot)

    def _head(self, view: View, width: int) -> Row:
        """Return the line above the charts: the span, the tier that answers, and where the cursor is."""
        row: Row = [(" History ", "title")]
        if width >= 60:
            row.append((f" {stretch(self.travel.timeline.start, self.travel.timeline.end, view.tz)}", "value"))
        row.append((f" {SPANS[self.travel.timeline.span][0]}", "value"))
        if (shown := self.shown) is not None:
            steps = span(shown.window.step)
            row.append(
                (f" · tier {shown.window.tier}, {steps} a step" if width >= 80 else f" · {shown.window.tier}", "label")
            )
            if shown.plot.days_back and width >= 100:
                row += [
                    (" · ", "label"),
                    ("····", "ghost"),
                    (f" {WORDS[shown.plot.days_back]}{_nothing(shown)}", "label"),
                ]
            if self.refused:
                row.append((f" · {self.refused}", "warning"))
        right: Row = []
        if self.more or self.first:
            right.append((" PgDn more " if self.more else " PgUp more ", "key"))
        if view.past is not None:
            right += [
                *self._happened(view),
                (f" {lines.clock(view.past, view.tz)[: 99 if width >= 100 else 8]} ", "bright"),
            ]
        return between(row, right, width)

    def _happened(self, view: View) -> Row:
        """Return what happened in the cursor's cell, if anything did."""
        shown = self.shown
        if shown is None or view.landed or (cell := self._cell(shown, view)) is None:
            return []
        found: list[Event] = [
            event for event in shown.events if event.kind in MARKED and _place(shown, event.time) == cell
        ]
        if not found:
            return []
        mark = mark_of(found[0])
        return [(f"{MARKS[mark][view.ascii_only]} {found[0].text} ", mark if mark != "event" else "text")]

    def _title(self, shown: Plotted, place: int, view: View, width: int) -> Row:
        """Return the line above a chart: each of its series with its value where the cursor is."""
        pane = shown.plot.panes[place]
        row: Row = []
        for wide in (True, False):
            row = []
            for number, (key, colour) in enumerate(zip(pane, panes.colours(pane), strict=True), 1):
                sign = f" {number} " if len(pane) > 1 else f" {'-' if view.ascii_only else '━'} "
                row += [(sign, colour), (f"{named(key)} ", "label"), *self._values(shown, key, view, wide=wide)]
            if row_width(row) <= width:
                break
        return padded(row, width)

    def _values(self, shown: Plotted, key: SeriesKey, view: View, *, wide: bool) -> Row:
        unit = find(key).unit
        at = _step(shown.window, _shown_at(view))
        points = shown.window.series.get(key)
        value = points.average[at] if points and at is not None else None
        if view.past is None:
            value = view.snapshot.value(key)
        row: Row = [(in_unit(value, unit) if value is not None else UNKNOWN, "value")]
        if wide and view.past is not None and points and at is not None:
            row += _extremes(points, at, unit)
        if shown.ghost is not None and wide:
            then = _step(shown.ghost, _shown_at(view) - shown.back)
            before = shown.ghost.series.get(key)
            was = before.average[then] if before and then is not None else None
            row.append((f" was {in_unit(was, unit)}" if was is not None else f" was {UNKNOWN}", "ghost"))
        return [*row, ("  ", "")]

    def _crossed(self, row: Row, shown: Plotted, view: View) -> Row:
        """Return a row of a chart with the cursor's column in it."""
        cell = self._cell(shown, view)
        if cell is None:
            return row
        x = shown.left + cell
        here = ink.character(row, x)
        mark = ("|" if view.ascii_only else "│") if here in {" ", "\u2800", ""} else here
        return ink.put(row, x, mark, "cursor")

    def _cell(self, shown: Plotted, view: View) -> int | None:
        return None if view.past is None else _place(shown, view.past)

    def moment_at(self, x: int, y: int) -> float | None:
        """Return the moment under a cell of the screen, None where there is no chart."""
        shown = self.shown
        if shown is None or not self._tops or y < self._tops[0] or not 0 <= x - shown.left < shown.cells:
            return None
        plot = shown.plot
        return plot.start + (x - shown.left + 0.5) / shown.cells * (plot.end - plot.start)


def _place(shown: Plotted, at: float) -> int | None:
    """Return the cell of a chart that a moment is in, None where it is outside."""
    plot = shown.plot
    place = int((at - plot.start) / (plot.end - plot.start) * shown.cells)
    return place if plot.start <= at < plot.end else None


def _nothing(shown: Plotted) -> str:
    """Return that there is nothing to compare with, where that is so."""
    points = shown.ghost.series.values() if shown.ghost else ()
    return "" if any(value is not None for one in points for value in one.average) else ": nothing recorded"


def _shown_at(view: View) -> float:
    return view.snapshot.time if view.past is None else view.past


def _step(window: Window, at: float) -> int | None:
    """Return the step of a window that a moment is in."""
    if not window.times or not window.times[0] <= at < window.times[-1] + window.step:
        return None
    return min(len(window.times) - 1, int((at - window.times[0]) // window.step))


def _extremes(points: Points, at: int, unit: str) -> Row:
    low, high = points.minimum[at], points.maximum[at]
    if low is None or high is None or low == high:
        return []
    return [(f" ({in_unit(low, unit)} to {in_unit(high, unit)})", "label")]
