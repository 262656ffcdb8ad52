"""Answers questions about the past in a thread of its own; a newer question replaces one of its kind."""

from __future__ import annotations

import logging
import math
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from tuimon.model.snapshot import Event, Frame, Window
from tuimon.protocols import Archive
from tuimon.tui.travel.sight import (
    KEPT,
    Answer,
    Differ,
    Differed,
    Happened,
    Happenings,
    Heat,
    Landing,
    Leap,
    Look,
    Question,
    Refusal,
    Sight,
    Stretch,
    Trace,
    Traced,
    Used,
    Users,
    end_of_charts,
)

LOG: Final = logging.getLogger(__name__)
REMEMBERED: Final = 8
"""Sights that are kept, the neighbours of the newest among them."""
FIRST_WAY: Final = 3600.0
"""How far the next event is looked for at first (seconds); ten times as far each time, up to a year."""
YEAR: Final = 366 * 86400.0
UNSTORED: Final = 20.0
"""Seconds for which another process that records may keep samples to itself, two commits: there is no gap yet."""


class PastReader:
    """Owns the archive, which is opened with the first question. `deliver` gets each answer, in the reader's thread.

    `ask` never waits, and of each kind only the newest question is answered: holding a key queues nothing up. When
    nothing is asked for, the neighbours of what was seen last are read `ahead`, unless the archive does so by itself.
    """

    def __init__(
        self, open_archive: Callable[[], Archive | None], deliver: Callable[[Answer], None], *, ahead: bool = True
    ) -> None:
        self._around = around if ahead else nowhere
        self._open_archive = open_archive
        self._deliver = deliver
        self._archive: Archive | None = None
        self._wanted: dict[type[Question], Question] = {}
        self._changed = threading.Condition()
        self._ahead: list[Look] = []
        self._sights: dict[Look, Sight] = {}
        self._thread: threading.Thread | None = None
        self._closed = False
        self.answered = 0
        """Questions that were answered by reading: what a live screen must not cause."""

    def ask(self, question: Question) -> Sight | None:
        """Have a question answered; what is known already is returned instead."""
        if isinstance(question, Look) and (known := self._sights.get(question)) is not None:
            with self._changed:
                self._wanted.pop(Look, None)
                self._ahead = self._around(known)
                self._changed.notify()
            return known
        with self._changed:
            self._wanted[type(question)] = question
            self._ahead = []
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="tuimon-past", daemon=True)
                self._thread.start()
            self._changed.notify()
        return None

    def close(self) -> None:
        """Answer nothing more; the archive is closed when the question at hand is answered."""
        with self._changed:
            self._closed = True
            self._changed.notify()

    def _run(self) -> None:
        while (found := self._next()) is not None:
            question, asked = found
            answer = self._answer(question)
            if isinstance(answer, Sight):
                self._remember(answer)
            if asked:
                self._deliver(answer)
                self._read_ahead(answer)
        if self._archive is not None:
            self._archive.close()

    def _read_ahead(self, answer: Answer) -> None:
        with self._changed:
            if isinstance(answer, Sight) and not self._wanted:
                self._ahead = self._around(answer)

    def _next(self) -> tuple[Question, bool] | None:
        """Return the next question and whether somebody waits for its answer."""
        with self._changed:
            while not self._closed:
                for kind in (Look, Leap, Users, Differ, Trace, Happened, *self._wanted):
                    if (found := self._wanted.pop(kind, None)) is not None:
                        return found, True
                while self._ahead:
                    if (look := self._ahead.pop(0)) not in self._sights:
                        return look, False
                self._changed.wait()
        return None

    def _remember(self, sight: Sight) -> None:
        sights = {look: kept for look, kept in self._sights.items() if look != sight.look}
        for look in list(sights)[: max(0, len(sights) + 1 - REMEMBERED)]:
            del sights[look]
        self._sights = {**sights, sight.look: sight}

    def _answer(self, question: Question) -> Answer:
        try:
            if self._archive is None:
                self._archive = self._open_archive()
            if self._archive is None:
                return Refusal(question, "nothing is recorded yet")
            self.answered += 1
            return answer(self._archive, question, [sight.window for sight in self._sights.values()])
        except Exception as error:
            LOG.exception("the past could not be read")
            archive, self._archive = self._archive, None
            if archive is not None:
                archive.close()
            return Refusal(question, str(error) or type(error).__name__)


def around(sight: Sight) -> list[Look]:
    """Return the looks that a step from a sight leads to; where the charts move for it, as they will then."""
    look = sight.look
    step = max(look.interval, sight.window.step)
    moments = [sight.before, sight.after, sight.time - 60, sight.time + 60]
    return [replace(look, at=at, end=end_of_charts(look.end, at, step)) for at in moments if at is not None]


def nowhere(_: Sight) -> list[Look]:
    """Return no looks: the archive knows by itself what is asked for next."""
    return []


def answer(archive: Archive, question: Question, windows: list[Window]) -> Answer:
    """Return the answer to a question; a window that was read before serves again."""
    if isinstance(question, Look):
        return _sight(archive, question, windows)
    if isinstance(question, Leap):
        return Landing(question, _event(archive, question))
    if isinstance(question, Users):
        return Used(question, archive.usage(question.start, question.end))
    if isinstance(question, Happened):
        return Happenings(question, archive.events(question.start, question.end))
    if isinstance(question, Trace):
        return Traced(question, archive.process(question.pid, question.started_at, question.start, question.end))
    if isinstance(question, Differ):
        from tuimon.pipeline.differing import difference  # noqa: PLC0415  statistics is not needed for the first paint

        return Differed(question, difference(archive, question.one, question.other))
    if isinstance(question, Stretch):
        window = archive.window([question.key], question.start, question.end, question.cells)
        events = archive.events(question.start, question.end)
        first = _first(archive, question.start) if question.begins else None
        return Heat(question, _cells(question, window), events, first)
    from tuimon.tui.charts import plotting  # noqa: PLC0415  charts with axes are not needed for the first paint

    return plotting.answer(archive, question)


def _sight(archive: Archive, look: Look, windows: list[Window]) -> Sight:
    frame = archive.frame(look.at)
    if frame is not None and _elsewhere(frame, look):
        frame = None
    before, after = archive.neighbours(look.at if frame is None else frame.snapshot.time)
    if frame is None and after is None and before is not None and look.at - before <= UNSTORED:
        frame = archive.frame(before)
        before, after = archive.neighbours(before)
    known = next((window for window in windows if _serves(window, look)), None)
    return Sight(look, frame, before, after, known or _window(archive, look))


def _elsewhere(frame: Frame, look: Look) -> bool:
    """Return whether a frame is too old to stand for a moment: there is a gap between them."""
    reach = max(2.5 * look.interval + 1, frame.snapshot.elapsed or 0.0)
    return look.at - frame.snapshot.time > reach


def _serves(window: Window, look: Look) -> bool:
    return window.end == look.end and set(look.keys) <= set(window.series)


def _window(archive: Archive, look: Look) -> Window:
    """Return the charts' series up to the end of a look; where only a coarse tier is left, as many of its steps."""
    window = _steps(archive, look, max(1, round(look.interval)))
    if window.step > 1.5 * look.interval:
        window = _steps(archive, look, int(window.step))
    return replace(window, end=look.end)


def _steps(archive: Archive, look: Look, step: int) -> Window:
    """Return the steps that the charts have room for, whole ones: else they would be taken wider to fit."""
    last = math.ceil(look.end / step)
    return archive.window(look.keys, (last - KEPT) * step, last * step, KEPT)


def _event(archive: Archive, leap: Leap) -> Event | None:
    """Return the event next to a moment, looked for further and further away."""
    way = FIRST_WAY
    while way < 10 * YEAR:
        span = (leap.at + 0.001, leap.at + way) if leap.way > 0 else (leap.at - way, leap.at)
        found = [event for event in archive.events(*span) if event.kind in EVENTS]
        if found:
            return found[0] if leap.way > 0 else found[-1]
        way *= 10
    return None


def _first(archive: Archive, start: float) -> float | None:
    """Return the first recorded moment at or after another."""
    return min((max(span.start, start) for span in archive.spans() if span.end >= start), default=None)


def _cells(stretch: Stretch, window: Window) -> tuple[float | None, ...]:
    """Return the highest value in each of the timeline's cells, whatever the steps of the window."""
    highest: list[float | None] = [None] * stretch.cells
    width = (stretch.end - stretch.start) / stretch.cells
    points = window.series.get(stretch.key)
    for time, value in zip(window.times, points.maximum if points else (), strict=False):
        if value is None:
            continue
        first = max(0, int((time - stretch.start) / width))
        last = min(stretch.cells - 1, max(first, int((time + window.step - stretch.start - 0.001) / width)))
        for place in range(first, last + 1):
            known = highest[place]
            highest[place] = value if known is None else max(known, value)
    return tuple(highest)


EVENTS: Final = frozenset(
    {"alert_raised", "alert_escalated", "alert_cleared", "clock_step", "fault", "boot", "recorder_started"}
)
"""Which kinds of events the keys for the next and the previous one stop at."""
