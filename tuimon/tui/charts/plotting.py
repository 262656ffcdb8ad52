"""Reading a span and drawing it with plotext. Only the reader's thread comes here: plotext has one figure for all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import Any, Final

from tuimon.model.catalogue import find
from tuimon.model.metric import SeriesKey
from tuimon.model.snapshot import Event, Points, Window
from tuimon.protocols import Archive
from tuimon.tui.charts import ink, scale
from tuimon.tui.charts.panes import COLOURS, Pane, colours
from tuimon.tui.charts.question import Named, Names, Plot, Plotted
from tuimon.tui.style import Row, padded, row_width
from tuimon.tui.travel.timeline import MARKED, MARKS, WEIGHT, mark_of

LABELS: Final = 9
"""Cells of the values on an axis; on a narrow screen fewer."""
NARROW: Final = 7
MARGIN: Final = 2
"""Cells on the right for the numbers of the lines."""
TICK: Final = 12
"""Cells that a moment written below takes at least."""
AXES: Final = str.maketrans("┤│└─┬┴┼", "||+-+++")
"""What axes are drawn with in ASCII."""
LINES: Final = ("*", "o", "+")
"""What lines are drawn with in ASCII."""
INKS: Final = {
    name: 16 + number
    for number, name in enumerate(
        ("label", "border", "ghost", *COLOURS, "other", *(f"{name}.band" for name in (*COLOURS, "other")))
    )
}
NAMES: Final = {number: name for name, number in INKS.items()}
"""A number of the palette stands for each style while plotext draws."""


def left_of(width: int) -> int:
    """Return the cells before those of a chart: the values of its axis, and the axis."""
    return (LABELS if width >= 60 else NARROW) + 1


def answer(archive: Archive, question: Plot | Names) -> Plotted | Named:
    """Return the answer to a question of the History screen."""
    if isinstance(question, Names):
        return Named(question, archive.keys(question.start, question.end))
    return _plotted(archive, question)


def _plotted(archive: Archive, plot: Plot) -> Plotted:
    """Return charts of what is recorded."""
    cells = plot.width - left_of(plot.width) - MARGIN
    keys = list(dict.fromkeys(key for pane in plot.panes for key in pane))
    points = max(2, cells if plot.ascii_only else 2 * cells)
    window = archive.window(keys, plot.start, plot.end, points)
    ghost, back = None, 0.0
    if plot.days_back:
        middle = (plot.start + plot.end) / 2
        back = middle - scale.days_before(middle, plot.days_back, plot.tz)
        ghost = archive.window(keys, plot.start - back, plot.end - back, points)
    events = archive.events(plot.start, plot.end)
    drawn = Drawing(plot, cells, window, ghost, back)
    last = len(plot.panes) - 1
    charts = tuple(
        _marked(drawn.chart(pane, rows, timed=place == last), plot, cells, events, below=2 if place == last else 1)
        for place, (pane, rows) in enumerate(zip(plot.panes, plot.rows, strict=True))
    )
    return Plotted(plot, charts, left_of(plot.width), cells, window, ghost, back, events)


def _marked(rows: list[Row], plot: Plot, cells: int, events: Sequence[Event], *, below: int) -> tuple[Row, ...]:
    """Return a chart with what happened marked on its axis."""
    marks: dict[int, str] = {}
    for event in events:
        place = int((event.time - plot.start) / (plot.end - plot.start) * cells)
        if event.kind in MARKED and 0 <= place < cells:
            mark = mark_of(event)
            marks[place] = mark if WEIGHT[mark] > WEIGHT[marks.get(place, "")] else marks[place]
    for place, mark in marks.items():
        sign, style = MARKS[mark][plot.ascii_only], mark if mark != "event" else "bright"
        rows[-below] = ink.put(rows[-below], left_of(plot.width) + place, sign, style)
    return tuple(rows)


@cache
def _plotext() -> Any:  # noqa: ANN401  the library has no types
    """Return the library, which may draw as large as it is told to."""
    import plotext  # noqa: PLC0415  a fifth of a second, not needed before the screen is opened

    plotext.terminal.limit(width=False, height=False)
    return plotext


Step = tuple[float, float | None]
"""The middle of a step (epoch seconds), and its value."""


class Drawing:
    """Draws charts of one span."""

    def __init__(self, plot: Plot, cells: int, window: Window, ghost: Window | None, back: float) -> None:
        self.plot = plot
        self.cells = cells
        self.window = window
        self.ghost = ghost
        self.back = back
        self._library = _plotext()
        self._figure = self._library.figure

    def chart(self, pane: Pane, height: int, *, timed: bool) -> list[Row]:
        """Return the rows of one chart; `timed`: with the time written below."""
        unit = find(pane[0]).unit
        bottom, highest = self._limits(pane, unit)
        rows = max(1, height - 1 - timed)
        self._frame(bottom, highest, rows, unit, timed=timed)
        for key, colour in zip(pane, colours(pane), strict=True):
            self._around(key, colour)
        for key, colour, sign in zip(pane, colours(pane), LINES, strict=False):
            if (points := self.window.series.get(key)) is not None:
                self._line(_stepped(self.window, points.average), sign if self.plot.ascii_only else "braille", colour)
        text: str = self._figure.build().string()
        if self.plot.ascii_only:
            text = text.translate(AXES)
        drawn = [padded(row, self.plot.width) for row in ink.rows(text, NAMES)[:height]]
        drawn += [padded([], self.plot.width)] * (height - len(drawn))
        return self._numbered(drawn, pane, rows, bottom, highest) if len(pane) > 1 else drawn

    def _limits(self, pane: Pane, unit: str) -> tuple[float, float]:
        values = [value for key in pane for value in self._extremes(key) if value is not None]
        lowest, highest = min(values, default=0.0), max(values, default=0.0)
        return (-scale.top(-lowest, unit) if lowest < 0 else 0.0), scale.top(highest, unit)

    def _extremes(self, key: SeriesKey) -> Iterable[float | None]:
        for window in filter(None, (self.window, self.ghost)):
            if (points := window.series.get(key)) is None:
                continue
            yield from points.average
            if window is self.window and self.plot.bands:
                yield from points.minimum
                yield from points.maximum

    def _frame(self, bottom: float, highest: float, rows: int, unit: str, *, timed: bool) -> None:
        """Begin a chart: its size, its axes and what is written on them."""
        plot, figure = self.plot, self._figure
        figure.clear()
        figure.plot_size(plot.width - MARGIN, rows + 1 + timed)
        figure.canvas("default")
        figure.legend(False)  # noqa: FBT003  the library's
        for axis, side in (("x", "upper"), ("y", "right")):
            figure.axes(False, axis=axis, side=side)  # noqa: FBT003  the library's
        for axis, side in (("x", "lower"), ("y", "left")):
            figure.axes(True, pixel=INKS["border"], axis=axis, side=side)  # noqa: FBT003  the library's
            figure.ruler(axis, side).alignment(lim="edge").pixel(INKS["label"])
        values = scale.heights(bottom, highest, rows)
        width = left_of(plot.width) - 1
        figure.ruler("y", "left").lim(bottom, highest).ticks(values, [scale.label(v, unit, width) for v in values])
        moments = scale.marks(plot.start, plot.end, max(1, self.cells // TICK), plot.tz) if timed else []
        across = figure.ruler("x", "lower").lim(0, plot.end - plot.start)
        across.ticks([at - plot.start for at, _ in moments], [words for _, words in moments])

    def _around(self, key: SeriesKey, colour: str) -> None:
        """Draw what is around a series: what was before it, and its extremes. The averages go over those of all."""
        plot = self.plot
        if self.ghost is not None and key in self.ghost.series:
            before = _stepped(self.ghost, self.ghost.series[key].average, self.back)
            self._line(before, "." if plot.ascii_only else "·", "ghost")
        points = self.window.series.get(key)
        if points is not None and plot.bands and _spread(points):
            for values, pick in ((points.minimum, min), (points.maximum, max)):
                self._line(_thinned(self.window, values, pick), "-" if plot.ascii_only else "braille", f"{colour}.band")

    def _line(self, points: Sequence[Step], sign: str, colour: str) -> None:
        """Draw one line; where nothing was recorded it ends, and begins anew behind."""
        begin = self.plot.start
        known = [(at - begin, value, place) for place, (at, value) in enumerate(points) if value is not None]
        if not known:
            return
        marker = self._library.marker(sign, INKS[colour])
        signal = self._figure.signal([x for x, _, _ in known], [y for _, y, _ in known], marker=marker).lines()
        for place in range(1, len(known)):
            if known[place][2] != known[place - 1][2] + 1:
                signal.line(place, False)  # noqa: FBT003  the library's
        self._figure.draw(signal)

    def _numbered(self, drawn: list[Row], pane: Pane, rows: int, bottom: float, highest: float) -> list[Row]:
        """Return a chart with the number of each line where it ends: colours are not all that tells them apart."""
        taken: set[int] = set()
        for number, (key, colour) in enumerate(zip(pane, colours(pane), strict=True), 1):
            points = self.window.series.get(key)
            value = next((v for v in reversed(points.average) if v is not None), None) if points else None
            if value is None:
                continue
            wanted = rows - 1 - min(rows - 1, int((value - bottom) / (highest - bottom) * rows))
            y = min((row for row in range(rows) if row not in taken), key=lambda row: abs(row - wanted), default=None)
            if y is not None:
                taken.add(y)
                drawn[y] = ink.put(drawn[y], row_width(drawn[y]) - 1, str(number), colour)
        return drawn


def _stepped(window: Window, values: Sequence[float | None], shift: float = 0.0) -> list[Step]:
    """Return values with the middles of their steps."""
    offset = shift + window.step / 2
    return [(time + offset, value) for time, value in zip(window.times, values, strict=True)]


def _thinned(window: Window, values: Sequence[float | None], pick: Callable[[Iterable[float]], float]) -> list[Step]:
    """Return one value for two steps, the lowest or the highest: a line of extremes is none the coarser for that."""
    found: list[Step] = []
    for place in range(0, len(values), 2):
        known = [value for value in values[place : place + 2] if value is not None]
        found.append((window.times[place] + window.step, pick(known) if known else None))
    return found


def _spread(points: Points) -> bool:
    """Return whether there is anything between the lowest and the highest values."""
    return any(low != high for low, high in zip(points.minimum, points.maximum, strict=True))
