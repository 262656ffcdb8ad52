"""The timeline: the recorded span in one line, as a heat strip with its gaps, what happened in it, and a cursor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from tuimon.model.metric import SeriesKey
from tuimon.model.snapshot import Event, Frame
from tuimon.tui.braille import ASCII_BLOCKS, BLOCKS, nice_top
from tuimon.tui.style import LEVELS, Row, cells, padded
from tuimon.tui.travel.sight import Heat, Stretch

SPANS: Final[tuple[tuple[str, float], ...]] = (
    ("10 min", 600.0),
    ("1 h", 3600.0),
    ("6 h", 6 * 3600.0),
    ("24 h", 86400.0),
    ("7 d", 7 * 86400.0),
    ("30 d", 30 * 86400.0),
    ("1 y", 365 * 86400.0),
)
"""What the timeline can show: as it is written, and in seconds."""
FIRST_SPAN: Final = 3
METRICS: Final[tuple[tuple[str, SeriesKey, float], ...]] = (
    ("cpu", SeriesKey("cpu", "", "busy_percent"), 100.0),
    ("mem", SeriesKey("memory", "", "used_percent"), 100.0),
    ("load", SeriesKey("load", "", "load1"), 0.0),
    ("io", SeriesKey("pressure", "", "io_some_percent"), 100.0),
)
"""What its heat can be: a word, the series, the top of its scale (0: the highest value shown)."""
RAISED: Final = "alert_raised"


@dataclass(slots=True)
class Timeline:
    """A span of time in so many cells, which ends now or, for a cursor that is older than that, later than the cursor.

    Filled by one question; from then on live frames keep it up to date, so that a tick asks for nothing. `held` is
    the moment that it was moved to end at, wherever the cursor is. `first` is the first moment in it that is known.
    `is_read`: what was recorded is in it; `fits`: once it is, the span is to be the one that it needs.
    """

    span: int = FIRST_SPAN
    metric: int = 0
    width: int = 0
    start: float = 0.0
    values: list[float | None] = field(default_factory=list)
    marks: dict[int, str] = field(default_factory=dict)
    alerts: int = 0
    known: bool = False
    held: float | None = None
    first: float | None = None
    is_read: bool = False
    fits: bool = False

    @property
    def seconds(self) -> float:
        """The span that is shown."""
        return SPANS[self.span][1]

    @property
    def end(self) -> float:
        """The moment of the right end."""
        return self.start + self.seconds

    @property
    def cell(self) -> float:
        """The seconds of one cell."""
        return self.seconds / max(1, self.width)

    @property
    def key(self) -> SeriesKey:
        """The series whose heat is shown."""
        return METRICS[self.metric][1]

    def fit(self, seconds: float) -> None:
        """Show no more than so many seconds need (0: as much as at first)."""
        while seconds and self.span and SPANS[self.span - 1][1] >= seconds:
            self.span -= 1

    def fit_recorded(self, now: float) -> None:
        """Show no more than what is recorded needs, once that is read, where nobody chose another span."""
        self.fits = not self.is_read
        if self.is_read and self.first is not None and self._is_first:
            self.fit(max(1.0, min(now, self.end) - self.first))
            self.known = self._is_first

    @property
    def _is_first(self) -> bool:
        """Whether nobody chose what is shown."""
        return self.held is None and self.span == FIRST_SPAN

    def zoom(self, way: int) -> None:
        """Show a longer (1) or a shorter (-1) span."""
        before = self.seconds
        self.span = max(0, min(len(SPANS) - 1, self.span + way))
        self.known = False
        if self.held is not None:
            self.held += (self.seconds - before) / 2

    def pan(self, way: int, now: float, at: float | None) -> None:
        """Show what is a quarter of the span earlier (-1) or later (1); no later than now."""
        if not self.known:
            return
        end = self.end + way * self.seconds / 4
        self.held = min(end, now)
        if end >= now and at is None:
            self.held = None
        self.known = False

    def next_metric(self) -> None:
        """Show the heat of another metric."""
        self.metric = (self.metric + 1) % len(METRICS)
        self.known = False

    def place(self, width: int, now: float, at: float | None) -> Stretch | None:
        """Fit the span to so many cells, with the cursor in it; return what must be read for that, None if nothing."""
        if width <= 0:
            return None
        if width != self.width:
            self.width, self.known = width, False
        if self.known and self.held is not None:
            return None
        if (
            self.known
            and self.start <= (now if at is None else at) < self.end
            and (at is not None or now >= self.start)
        ):
            return None
        cell = self.seconds / width
        newest = (now // cell + 1) * cell
        near = at is None or at >= newest - self.seconds
        end = newest if near or at is None else (at // cell + 1 + width // 2) * cell
        if self.held is not None:
            end = min(newest, (self.held // cell + 1) * cell)
        if self.known and end - self.seconds == self.start:
            return None
        self.start, self.known, self.is_read = end - self.seconds, True, False
        self.values, self.marks, self.alerts, self.first = [None] * width, {}, 0, None
        return Stretch(self.start, self.end, width, self.key, self._is_first)

    def fill(self, heat: Heat, now: float) -> None:
        """Take what was read, if it is still what is shown; newer values that came meanwhile stay."""
        asked = heat.stretch
        if (asked.start, asked.cells, asked.key) != (self.start, self.width, self.key):
            return
        self.values = [_higher(old, new) for old, new in zip(self.values, heat.values, strict=True)]
        self.marks, self.alerts = {}, 0
        self._mark(heat.events)
        self.first = self.first if heat.first is None else heat.first
        self.is_read = True
        if self.fits:
            self.fit_recorded(now)

    def append(self, frame: Frame) -> None:
        """Take a live frame: its cell gets hotter, or the strip moves on by whole cells."""
        if not self.known:
            return
        time = frame.snapshot.time
        behind = int((time - self.start) // self.cell) - (self.width - 1)
        if 0 < behind <= self.width and time - self.end < 2 * self.cell:
            self._shift(behind)
        place = int((time - self.start) // self.cell)
        if 0 <= place < self.width:
            self.values[place] = _higher(self.values[place], frame.snapshot.value(self.key))
            self.first = time if self.first is None else self.first
            self._mark(frame.events)

    def _shift(self, count: int) -> None:
        self.start += count * self.cell
        self.values = self.values[count:] + [None] * count
        self.marks = {place - count: kind for place, kind in self.marks.items() if place >= count}

    def _mark(self, events: Sequence[Event]) -> None:
        for event in events:
            place = self.place_of(event.time)
            if place is None or event.kind not in MARKED:
                continue
            mark = mark_of(event)
            self.alerts += event.kind == RAISED
            if WEIGHT[mark] > WEIGHT[self.marks.get(place, "")]:
                self.marks[place] = mark

    def place_of(self, time: float) -> int | None:
        """Return the cell that a moment is in, None where it is outside."""
        place = int((time - self.start) // self.cell)
        return place if 0 <= place < self.width else None

    def time_of(self, place: int) -> float:
        """Return the moment in the middle of a cell."""
        return self.start + (place + 0.5) * self.cell

    def gaps(self) -> int:
        """Return in how many pieces something is missing between the first and the last recorded cell."""
        known = [place for place, value in enumerate(self.values) if value is not None]
        return sum(later - earlier > 1 for earlier, later in pairwise(known))


ALERTS: Final = frozenset({RAISED, "alert_escalated"})
MARKED: Final = frozenset({*ALERTS, "clock_step", "boot", "fault"})
WEIGHT: Final = {"": 0, "event": 1, "warning": 2, "critical": 3}


def mark_of(event: Event) -> str:
    """Return how an event is marked: event, warning or critical."""
    if event.kind not in ALERTS or event.alert is None:
        return "event"
    return "critical" if event.alert.severity == "critical" else "warning"


def _higher(one: float | None, other: float | None) -> float | None:
    if one is None or other is None:
        return other if one is None else one
    return max(one, other)


LABEL: Final = 8
"""Cells of the label on the left: the span."""


def room(width: int) -> tuple[int, int, int]:
    """Return how a line of this width is shared out: cells of the left label, of the strip, of the right label."""
    left, right = (LABEL, 34) if width >= 100 else (LABEL, 12) if width >= 60 else (1, 7)
    return left, max(0, width - left - right - 2), right


def draw(
    timeline: Timeline, width: int, at: float | None, label: str, *, mark: float | None = None, ascii_only: bool = False
) -> Row:
    """Return the timeline in exactly so many cells; `label` is what is said of it on the right."""
    left, strip, right_ = room(width)
    edge = "|" if ascii_only else "┃"
    name = SPANS[timeline.span][0]
    row: Row = [(f" {name} ".ljust(left)[:left] if left >= LABEL else " ", "label"), (edge, "dim")]
    row += _strip(timeline, at, mark, ascii_only=ascii_only) if timeline.width == strip else [(" " * strip, "")]
    row.append((edge, "dim"))
    shown = f" {label}" if right_ > 10 else f" {name}"
    row.append((shown[:right_] if cells(shown) <= right_ else shown[: right_ - 1] + "…", "label"))
    return padded(row, width)


def _strip(timeline: Timeline, at: float | None, marked: float | None, *, ascii_only: bool) -> Row:
    blocks = ASCII_BLOCKS if ascii_only else BLOCKS
    _, key, top = METRICS[timeline.metric]
    family = key.family
    family = family if family in ("cpu", "memory") else "disk"
    top = top or _top(timeline.values)
    recorded = [place for place, value in enumerate(timeline.values) if value is not None]
    first, last = (recorded[0], recorded[-1]) if recorded else (0, -1)
    here = None if at is None else timeline.place_of(at)
    there = None if marked is None else timeline.place_of(marked)
    row: Row = []
    for place, value in enumerate(timeline.values):
        if mark := timeline.marks.get(place):
            run = (MARKS[mark][ascii_only], mark if mark != "event" else "bright")
        elif value is None:
            run = (("." if ascii_only else "·") if first < place < last else " ", "faint")
        else:
            share = max(0.0, min(1.0, value / top))
            run = (blocks[max(1, min(8, int(share * 8 + 0.5)))], f"{family}.{min(LEVELS - 1, int(share * LEVELS))}")
        if place == there:
            run = ("x" if ascii_only else "×", "bright")
        if place == here:
            run = (run[0] if run[0].strip() else ("|" if ascii_only else "│"), "cursor")
        if row and row[-1][1] == run[1]:
            row[-1] = (row[-1][0] + run[0], run[1])
        else:
            row.append(run)
    return row


MARKS: Final = {"critical": ("▲", "^"), "warning": ("!", "!"), "event": ("◆", "*")}


def _top(values: Sequence[float | None]) -> float:
    highest = max((value for value in values if value is not None), default=0.0)
    return nice_top(1000 * highest) / 1000 if highest < 1 else nice_top(highest * 1000) / 1000
