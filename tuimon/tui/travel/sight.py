"""What the history shows at one moment: values that go from the reader to the screen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from tuimon.model.metric import SeriesKey
from tuimon.model.process import ProcessPast
from tuimon.model.snapshot import Event, Frame, Usage, Window

if TYPE_CHECKING:
    from tuimon.model.difference import Difference
    from tuimon.tui.charts.question import Named, Names, Plot, Plotted

KEPT: Final = 600
"""Steps behind a chart of the past: as many as behind a live one."""


AHEAD: Final = 30
"""How many steps charts of the past show after the cursor at the most; then they move."""
CENTRED: Final = 12
"""How many they show after they have moved."""


def end_of_charts(end: float, at: float, step: float) -> float:
    """Return where charts end with the cursor at a moment: where they do, unless it leaves them or lags behind."""
    return end if at <= end <= at + AHEAD * step else at + CENTRED * step


@dataclass(frozen=True, slots=True)
class Look:
    """A question: what was at a moment, with charts of some series that end at another (epoch seconds)."""

    at: float
    end: float
    keys: tuple[SeriesKey, ...]
    interval: float


@dataclass(frozen=True, slots=True)
class Sight:
    """The answer to a Look.

    `frame` is None where nothing was recorded. `before` and `after` are the recorded moments next to what is shown,
    None at the ends of the history. The steps of `window` are those of the tier that answered.
    """

    look: Look
    frame: Frame | None
    before: float | None
    after: float | None
    window: Window

    @property
    def time(self) -> float:
        """The moment of the frame that is shown, the one asked for where there is none."""
        return self.look.at if self.frame is None else self.frame.snapshot.time

    @property
    def future(self) -> int:
        """How many steps of the window come after the moment that is shown."""
        if not self.window.times:
            return 0
        place = int((self.time - self.window.times[0]) // self.window.step)
        return max(0, len(self.window.times) - 1 - max(0, place))

    def column(self, key: SeriesKey, count: int) -> Sequence[float | None]:
        """Return the last `count` steps of a series, the newest last, None where nothing was recorded."""
        points = self.window.series.get(key)
        if points is None:
            return [None] * count
        values = points.average[-count:]
        return [None] * (count - len(values)) + list(values)


@dataclass(frozen=True, slots=True)
class Leap:
    """A question: where the next event is, after (1) or before (-1) a moment."""

    at: float
    way: int


@dataclass(frozen=True, slots=True)
class Landing:
    """The answer to a Leap: the event, None where there is none that way."""

    leap: Leap
    event: Event | None


@dataclass(frozen=True, slots=True)
class Stretch:
    """A question: one series over a span in so many cells, and what happened in it, for the timeline.

    `begins`: it is asked too where in the span that begins which is recorded.
    """

    start: float
    end: float
    cells: int
    key: SeriesKey
    begins: bool = False


@dataclass(frozen=True, slots=True)
class Heat:
    """The answer to a Stretch: the highest value in each cell, None where nothing was recorded, and the events.

    `first` is the first recorded moment in it, None where there is none or that was not asked.
    """

    stretch: Stretch
    values: tuple[float | None, ...]
    events: tuple[Event, ...]
    first: float | None = None


@dataclass(frozen=True, slots=True)
class Users:
    """A question: who used a span; `by` is the family of metrics that somebody looks for the culprit of."""

    start: float
    end: float
    by: str = "cpu"


@dataclass(frozen=True, slots=True)
class Used:
    """The answer to Users: the biggest share of CPU first."""

    asked: Users
    usage: tuple[Usage, ...]


@dataclass(frozen=True, slots=True)
class Differ:
    """A question: what is different at one moment from what was at another."""

    one: float
    other: float


@dataclass(frozen=True, slots=True)
class Differed:
    """The answer to Differ."""

    asked: Differ
    difference: Difference


@dataclass(frozen=True, slots=True)
class Happened:
    """A question: what happened in a span."""

    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Happenings:
    """The answer to Happened: oldest first."""

    asked: Happened
    events: tuple[Event, ...]


@dataclass(frozen=True, slots=True)
class Trace:
    """A question: what was recorded of one process over a span."""

    pid: int
    started_at: float
    start: float
    end: float

    @property
    def identity(self) -> tuple[int, float]:
        """What tells the process from any other that has had its pid."""
        return self.pid, self.started_at


@dataclass(frozen=True, slots=True)
class Traced:
    """The answer to Trace: None where the process is not known at all."""

    asked: Trace
    past: ProcessPast | None


@dataclass(frozen=True, slots=True)
class Refusal:
    """The answer to any question that could not be answered: why, in one line."""

    question: Question
    reason: str


Question: TypeAlias = "Look | Leap | Stretch | Users | Differ | Trace | Happened | Plot | Names"
Answer: TypeAlias = "Sight | Landing | Heat | Used | Differed | Traced | Happenings | Plotted | Named | Refusal"
