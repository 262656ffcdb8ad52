"""Where the screen is in time: live, or at a moment of the past, and the ways from one to another. Pure of Textual."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from tuimon.model.metric import SeriesKey
from tuimon.model.snapshot import Event, Frame
from tuimon.tui.travel.sight import (
    Answer,
    Differ,
    Heat,
    Landing,
    Leap,
    Look,
    Question,
    Refusal,
    Sight,
    Users,
    end_of_charts,
)
from tuimon.tui.travel.timeline import Timeline

LANDED: Final = 0.0005
AROUND: Final = 300.0
"""Seconds of the span that is asked about where none is marked."""
HOUR: Final = 3600.0
STEP: Final = "step"
SKIP: Final = "skip"
REMEMBERED: Final = 1000
"""Moves that their opposites undo."""


@dataclass(slots=True)
class Traveller:
    """The cursor and what is known at it. `ask` passes a question on; its answer comes back by `take`.

    `at` is the moment that is wanted, None while live; `sight` is what is shown, of a moment before while the answer
    is on its way. Until it is `ready`, after the first paint, the timeline asks for nothing.
    """

    ask: Callable[[Question], Sight | None] = lambda _: None
    interval: float = 1.0
    at: float | None = None
    sight: Sight | None = None
    newest: Frame | None = None
    refused: str = ""
    landed: Event | None = None
    timeline: Timeline = field(default_factory=Timeline)
    keys: tuple[SeriesKey, ...] = ()
    mark: float | None = None
    ready: bool = False
    _end: float = 0.0
    _trail: list[tuple[str, float, float]] = field(default_factory=list)

    @property
    def live(self) -> bool:
        """Whether the screen shows now."""
        return self.at is None

    @property
    def waiting(self) -> bool:
        """Whether the answer to where the cursor is has not come yet."""
        return self.at is not None and (self.sight is None or self.sight.look.at != self.at)

    @property
    def now(self) -> float:
        """The time of the newest live frame."""
        return self.newest.snapshot.time if self.newest else 0.0

    def follow(self, frame: Frame, keys: tuple[SeriesKey, ...]) -> None:
        """Take a live frame; where somebody else recorded until now, what they recorded is read again."""
        before = self.newest.recorder if self.newest else None
        if before and frame.recorder and before.mode != frame.recorder.mode:
            self.timeline.known = False
        self.newest = frame
        self.keys = tuple(dict.fromkeys((*self.keys, *keys))) if len(self.keys) < 256 else keys
        self.timeline.append(frame)

    # Ways

    def step(self, way: int) -> None:
        """Go to the recorded moment before (-1) or after (1) what is shown."""
        sight = self.sight
        if self.at is None:
            if way < 0 and self.newest is not None:
                self.go(self.now - self.step_seconds)
            return
        if self._retrace(STEP, way):
            return
        if self.waiting or sight is None:
            self._move(STEP, way, self.at + way * self.step_seconds)
            return
        target = sight.before if way < 0 else sight.after
        if target is not None:
            self._move(STEP, way, target)
        elif way > 0:
            self.back_to_live()

    def _move(self, kind: str, amount: float, to: float) -> None:
        """Go to a moment by a key that has an opposite, and remember from where."""
        trail = [*self._trail[-REMEMBERED:], (kind, amount, self.at)] if self.at is not None else []
        self.go(to)
        self._trail = [] if self.live else trail

    def _retrace(self, kind: str, amount: float) -> bool:
        """Undo the last move if this is its opposite: a key and its opposite lead to where one was, a gap between or not."""
        if not self._trail or self._trail[-1][:2] != (kind, -amount):
            return False
        *trail, (_, _, at) = self._trail
        self.go(at)
        self._trail = trail
        return True

    @property
    def step_seconds(self) -> float:
        """The time between two recorded moments, as far as is known."""
        return max(self.interval, self.sight.window.step if self.sight and not self.live else 0.0)

    def skip(self, seconds: float) -> None:
        """Go so far forward, or back; beyond now is live."""
        if not self._retrace(SKIP, seconds):
            self._move(SKIP, seconds, (self.now if self.at is None else self.at) + seconds)

    def go(self, at: float) -> None:
        """Go to a moment (epoch seconds)."""
        if self.newest is not None and at > self.now - LANDED:
            self.back_to_live()
            return
        self.at = max(0.0, at)
        self._trail = []
        self.timeline.held = None
        self.refused, self.landed = "", None
        self._look()

    def leap(self, way: int) -> None:
        """Go to the next (1) or the previous (-1) event."""
        at = self.now if self.at is None else self.at
        if self.at is not None or way < 0:
            self.refused = ""
            self.ask(Leap(at, way))

    # Spans

    def set_mark(self) -> None:
        """Mark the moment that is shown, or take the mark away from it."""
        here = self.now if self.at is None else self.at
        self.mark = None if self.mark is not None and abs(self.mark - here) < LANDED else here

    @property
    def stretch(self) -> tuple[float, float]:
        """The span that is asked about: from the mark to here, that of an alert which ended here, else five minutes."""
        here = self.now if self.at is None else self.at
        if self.mark is not None and self.mark != here:
            return min(self.mark, here), max(self.mark, here)
        if self.landed is not None and self.landed.kind == "alert_cleared" and self.landed.alert is not None:
            return min(self.landed.alert.since, here) - AROUND / 2, here
        end = min(here + AROUND / 2, self.now) if self.newest else here + AROUND / 2
        return end - AROUND, end

    def who(self, family: str) -> None:
        """Ask who used the span; `family` is what the culprit is looked for in."""
        self.ask(Users(*self.stretch, by=family))

    def differ(self) -> None:
        """Ask what is different: from the mark to here, else from an hour ago."""
        here = self.now if self.at is None else self.at
        self.ask(Differ(here - HOUR if self.mark is None or self.mark == here else self.mark, here))

    def back_to_live(self) -> None:
        """Show now again."""
        self.at = self.sight = self.landed = None
        self._trail = []
        self.timeline.held = None
        self.refused = ""

    # Questions and answers

    def _look(self) -> None:
        at = self.at
        if at is None:
            return
        end = end_of_charts(self._end, at, self.step_seconds)
        if end != self._end:
            self._end = end if self.newest is None else max(at, min(end, self.now))
        if (known := self.ask(Look(at, self._end, self.keys, self.interval))) is not None:
            self.sight = known

    def take(self, answer: Answer) -> None:
        """Take an answer, if it is still wanted."""
        if isinstance(answer, Heat):
            self.timeline.fill(answer, self.now)
        elif isinstance(answer, Sight):
            if answer.look.at == self.at:
                self.sight = answer
                self._widen(answer)
        elif isinstance(answer, Landing):
            self._land(answer)
        elif isinstance(answer, Refusal) and not (isinstance(answer.question, Look) and answer.question.at != self.at):
            self.refused = answer.reason

    def _widen(self, sight: Sight) -> None:
        """Chart also what the past had and the present has not: a disk that was pulled out."""
        if sight.frame is None:
            return
        from tuimon.tui.past import charted  # noqa: PLC0415  it knows the panels

        missing = [key for key in charted(sight.frame.snapshot) if key not in self.keys]
        if missing and len(self.keys) < 256:
            self.keys = (*self.keys, *missing)
            self._end += LANDED  # the window is read anew
            self._look()

    def _land(self, landing: Landing) -> None:
        if landing.event is None:
            self.refused = "nothing happened after this" if landing.leap.way > 0 else "nothing happened before this"
            return
        self.go(landing.event.time)
        self.landed = landing.event
