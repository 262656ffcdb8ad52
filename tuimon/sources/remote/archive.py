"""The history of another tuimon as an Archive: what is asked for next is read before it is asked for.

docs/decisions/0041-another-machine.md
"""

from __future__ import annotations

import math
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from tuimon.model.difference import Lifetime
from tuimon.model.metric import SeriesKey
from tuimon.model.process import ProcessPast, ProcessTable
from tuimon.model.snapshot import Event, Frame, Span, Usage, Window
from tuimon.sources.remote import reading
from tuimon.sources.remote.chain import Block, Chain
from tuimon.sources.remote.cuts import MOST_VALUES, Asked, Cuts, Wide
from tuimon.sources.remote.faults import RemoteError
from tuimon.sources.remote.line import Line, Pair

FIRST: Final = 8
"""Moments on either side that come with one that is not known: soon there, and more are read while they are looked at."""
BLOCK: Final = 60
"""Moments that are read ahead at a time."""
ENOUGH: Final = 64
"""Moments that are to be known on either side of the one looked at; a minute of them is what `<` goes back."""
RUNNING: Final = 5
"""Moves one way after which somebody holds a key down."""
ENOUGH_RUNNING: Final = 200
"""Moments that are to be known ahead of who does: some seconds of it, whatever the other side is busy with."""
MARGIN: Final = 150
"""Steps of the charts that are to be known on either side."""
LIKELY: Final = 2.0
"""Seconds by which what is recorded may be behind the newest sample."""
KEPT_WINDOWS: Final = 12
MOST_POINTS: Final = 10_000
MOST_NUMBERS: Final = 300_000
"""Numbers that are asked for in one request; the other side gives a little more."""
LONGEST_QUERY: Final = 12_000
"""Characters of series' names in one request."""
MOST_EVENTS: Final = 10_000
EVERYONE: Final = 100_000
TABLES: Final = 240


class RemoteArchive:
    """Asks another tuimon of its past, and keeps what it was told.

    `now` gives the time of its newest sample: what is older will not change. Steps to moments that are next to each other
    are answered from memory, which a thread of its own keeps ahead of them; any thread may ask.
    """

    def __init__(self, line: Line, now: Callable[[], float] = lambda: math.inf, *, ahead: bool = True) -> None:
        self._line = line
        self._now = now
        self._chain = Chain()
        self._cuts = Cuts()
        self._windows: OrderedDict[tuple[tuple[SeriesKey, ...], Asked], Window] = OrderedDict()
        self._changed = threading.Condition()
        self._cursor: float | None = None
        self._way = -1
        self._moves = 0
        self._charts: tuple[tuple[SeriesKey, ...], Asked, Wide] | None = None
        self._coming: float | None = None
        self._failed: set[tuple[float, int]] = set()
        self._closed = False
        self._thread: threading.Thread | None = None
        self._reads_ahead = ahead

    # -- moments ------------------------------------------------------------------------------------------------------

    def frame(self, at: float) -> Frame | None:
        """Return the newest recorded frame at or before a moment, None where nothing is near enough to it."""
        known, frame = self._known_frame(at)
        if not known:
            self._fetch(at, FIRST, FIRST)
            _, frame = self._known_frame(at)
        self._look(at if frame is None else frame.snapshot.time)
        return frame

    def _known_frame(self, at: float) -> tuple[bool, Frame | None]:
        with self._changed:
            while True:
                known, frame = self._chain.frame(at)
                if known or self._coming is None or abs(self._coming - at) > 0.0005:
                    return known, frame
                self._changed.wait(1.0)  # it is on its way

    def neighbours(self, at: float) -> tuple[float | None, float | None]:
        """Return the recorded moments next before and next after one, None at the ends of the history."""
        with self._changed:
            known, found = self._chain.neighbours(at)
        if known:
            return found
        block = self._fetch(at, 1, FIRST)
        times = [frame.snapshot.time for frame in block.frames]
        before = [time for time in (block.before, *times) if time is not None and round(1000 * (time - at)) < 0]
        after = [time for time in (block.after, *times) if time is not None and round(1000 * (time - at)) > 0]
        return max(before, default=None), min(after, default=None)

    def _fetch(self, at: float, before: int, after: int) -> Block:
        document = self._line.get("moments", [("at", repr(at)), ("before", str(before)), ("after", str(after))])
        block = reading.read(reading.block_of, document)
        with self._changed:
            self._chain.add(block._replace(at=at))
            self._changed.notify_all()
        return block

    # -- series -------------------------------------------------------------------------------------------------------

    def window(self, series: Sequence[SeriesKey], start: float, end: float, points: int) -> Window:
        """Return series in at most so many equal steps from the tier that fits the step; gaps are None."""
        keys, asked = tuple(series), Asked(start, end, min(max(1, points), MOST_POINTS))
        if not (asked.is_even and 3 * 2 * asked.points * len(keys) <= MOST_VALUES and self._reads_ahead):
            return self._exact(keys, asked)
        with self._changed:
            found = self._cuts.find(keys, asked)
            step = self._cuts.step_of(asked)
        if found is not None:
            if step == asked.step:
                self._look_at_charts(keys, asked, found[1])
            return found[0]
        if step != asked.step:
            return self._exact(keys, asked)
        wide = self._widen(keys, asked)
        window = wide.cut(keys, asked, asked.step, fresh=True)
        if window is None:
            window = self._exact(keys, asked)
            if window.step > asked.step:
                with self._changed:
                    self._cuts.coarser(asked, window.step)
            return window
        self._look_at_charts(keys, asked, wide)
        return window

    def _widen(self, keys: tuple[SeriesKey, ...], asked: Asked) -> Wide:
        """Read a window with what is next to it on either side."""
        settled = self._now() - LIKELY
        wider = asked.wider()
        wide = Wide(wider, self._read_window(keys, wider), settled)
        with self._changed:
            self._cuts.add(wide)
        return wide

    def _exact(self, keys: tuple[SeriesKey, ...], asked: Asked) -> Window:
        question = keys, asked
        with self._changed:
            if (known := self._windows.get(question)) is not None:
                return known
        settled = self._now() - LIKELY
        window = self._read_window(keys, asked)
        if window.end <= settled:
            with self._changed:
                self._windows[question] = window
                while len(self._windows) > KEPT_WINDOWS:
                    self._windows.popitem(last=False)
        return window

    def _read_window(self, keys: tuple[SeriesKey, ...], asked: Asked) -> Window:
        parts = [self._read_part(some, asked) for some in _shares(keys, asked.points)]
        first = parts[0]
        return Window(
            first.start,
            first.end,
            first.step,
            first.tier,
            first.times,
            {k: v for p in parts for k, v in p.series.items()},
        )

    def _read_part(self, keys: Sequence[SeriesKey], asked: Asked) -> Window:
        start, end = max(0.0, asked.start), asked.end
        span: list[Pair] = [("from", repr(start)), ("to", repr(end)), ("points", str(asked.points))]
        document = self._line.get("series", [*span, *(("key", str(key)) for key in keys)])
        return reading.read(lambda found: reading.window_of(found, keys), document)

    def keys(self, start: float, end: float) -> tuple[SeriesKey, ...]:
        """Return the series that were recorded in a span, to the minute, in the catalogue's order."""
        if end <= start:
            return ()
        return reading.read(reading.keys_of, self._line.get("keys", _span(start, end)))

    # -- what happened ------------------------------------------------------------------------------------------------

    def spans(self) -> tuple[Span, ...]:
        """Return what is recorded, oldest first, gaps left out."""
        return reading.read(reading.spans_of, self._line.get("history"))

    def events(self, start: float, end: float) -> tuple[Event, ...]:
        """Return what happened, oldest first; of more than ten thousand events the newest."""
        if end <= start:
            return ()
        document = self._line.get("events", [*_span(start, end), ("limit", str(MOST_EVENTS))])
        return reading.read(reading.events_of, document)

    def usage(self, start: float, end: float) -> tuple[Usage, ...]:
        """Return who used the machine, the biggest share of CPU first."""
        if end <= start:
            return ()
        document = self._line.get("processes/usage", [*_span(start, end), ("limit", str(EVERYONE))])
        return reading.read(reading.usage_of, document)

    def lifetimes(self, start: float, end: float) -> tuple[Lifetime, ...]:
        """Return the processes that came or went in a span, the newest first."""
        if end <= start:
            return ()
        document = self._line.get("processes/lifetimes", [*_span(start, end), ("limit", str(EVERYONE))])
        return reading.read(reading.lifetimes_of, document)

    def processes(self, start: float, end: float) -> Iterator[ProcessTable]:
        """Yield the process tables that were recorded in a span, oldest first, some minutes read at a time."""
        at: float | None = start
        while at is not None and at < end:
            document = self._line.get("processes/tables", [*_span(at, end), ("limit", str(TABLES))])
            yield from reading.read(reading.tables_of, document)
            more = document.get("next")
            at = float(more) if isinstance(more, (int, float)) and more > at else None

    def process(self, pid: int, started_at: float | None, start: float, end: float) -> ProcessPast | None:
        """Return what is recorded of one process in a span, None where it is not known at all."""
        if end <= start:
            return None
        begun = [] if started_at is None else [("start", repr(started_at))]
        try:
            document = self._line.get(f"processes/{pid}/past", [*_span(start, end), *begun])
        except RemoteError as error:
            if error.status == 404:
                return None
            raise
        return reading.read(reading.past_of, document)

    def close(self) -> None:
        """Read nothing more ahead; the line is its owner's."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    # -- reading ahead ------------------------------------------------------------------------------------------------

    def _look(self, at: float) -> None:
        """Take note which moment is looked at, and which way that went."""
        if not self._reads_ahead:
            return
        with self._changed:
            if self._cursor is not None and at != self._cursor:
                way = 1 if at > self._cursor else -1
                self._moves = self._moves + 1 if way == self._way else 0
                self._way = way
            self._cursor = at
            self._failed.clear()
            self._begin()

    def _look_at_charts(self, keys: tuple[SeriesKey, ...], asked: Asked, wide: Wide) -> None:
        with self._changed:
            self._charts = keys, asked, wide
            self._begin()

    def _begin(self) -> None:
        if self._thread is None and not self._closed:
            self._thread = threading.Thread(target=self._run, name="tuimon-ahead", daemon=True)
            self._thread.start()
        self._changed.notify_all()

    def _run(self) -> None:
        """Read what is asked for next; always for where the cursor is by now, never for where it was."""
        while (work := self._next()) is not None:
            try:
                work()
            except RemoteError:
                with self._changed:  # whoever asks for it is told; until then it is not asked for again
                    self._failed |= {(self._cursor or 0.0, way) for way in (-1, 1)}
                    self._charts = None
            finally:
                with self._changed:
                    self._coming = None
                    self._changed.notify_all()

    def _next(self) -> Callable[[], object] | None:
        with self._changed:
            while not self._closed:
                if (work := self._lacking()) is not None:
                    return work
                self._changed.wait()
        return None

    def _lacking(self) -> Callable[[], object] | None:
        """Return how to read what is lacking most, None where all is there."""
        cursor = self._cursor
        if cursor is not None:
            for way in (self._way, -self._way):
                enough = ENOUGH_RUNNING if way == self._way and self._moves >= RUNNING else ENOUGH
                count, edge = self._chain.ahead(cursor, way, enough)
                if count >= enough or edge is None or (edge, way) in self._failed:
                    continue
                if way > 0 and edge == self._chain.newest and self._now() - edge < BLOCK:
                    continue
                self._failed.add((edge, way))  # where nothing comes of it, it is tried again at the next step only
                self._coming = self._chain.after(edge, way)
                before, after = (BLOCK, 0) if way < 0 else (0, BLOCK)
                return lambda: self._fetch(edge, before, after)
        if self._charts is not None:
            keys, asked, wide = self._charts
            self._charts = None
            moved = asked.end - wide.asked.end + (wide.asked.end - wide.asked.start - (asked.end - asked.start)) / 2
            way = 1 if moved > 0 else -1
            if moved and wide.margin(asked, way) < MARGIN and (way < 0 or asked.end + MARGIN < self._now()):
                return lambda: self._widen(keys, asked)
        return None


def _span(start: float, end: float) -> list[Pair]:
    return [("from", repr(max(0.0, start))), ("to", repr(end))]


def _shares(keys: Sequence[SeriesKey], points: int) -> Iterator[Sequence[SeriesKey]]:
    """Yield series in as many parts as one answer each has room for; no series are one part."""
    most = max(1, MOST_NUMBERS // (3 * points))
    part: list[SeriesKey] = []
    length = 0
    for key in keys:
        size = 3 * len(str(key)) + 5
        if part and (len(part) >= most or length + size > LONGEST_QUERY):
            yield part
            part, length = [], 0
        part.append(key)
        length += size
    if part or not keys:
        yield part
