"""The seams between the rooms. A mode of the program is which objects are passed, never an `if`."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from tuimon.model.metric import SeriesKey
from tuimon.model.process import NOTHING, ProcessPast, ProcessTable, Wanted
from tuimon.model.snapshot import Alert, Event, Frame, Recorder, Snapshot, Span, Usage, Window

if TYPE_CHECKING:
    from tuimon.model.action import Action, Outcome, Scheduling, Target
    from tuimon.model.alerting import Standing, Word
    from tuimon.model.difference import Lifetime
    from tuimon.model.inspection import Inspection
    from tuimon.model.readings import Readings


class Ability(enum.Enum):
    """What a source can do beyond showing: shows or hides its keys."""

    SIGNAL = "signal processes, change their priorities and processors"
    INSPECT = "look into a process"
    RECORD = "record in the background"
    ANSWER = "acknowledge and silence alerts"


class Clock(Protocol):
    """Where time comes from."""

    def now(self) -> float:
        """Return the wall clock in epoch seconds UTC; it can step."""

    def monotonic(self) -> float:
        """Return a clock in seconds that never steps; suspended time may be missing from it."""


class Collector(Protocol):
    """Reads one machine: the real one, a simulated one, a recorded tree."""

    def sample(self, visible: Sequence[int] = (), wanted: Wanted = NOTHING) -> Snapshot:
        """Read everything once.

        `visible` are the pids on somebody's screen: their io is wanted in each sample, and what `wanted` names of the
        fields that are costly.
        Never raises for what a machine does: a part that fails becomes a Fault of the Snapshot.
        """

    def close(self) -> None:
        """Give back files, helper processes, everything; may be called twice."""


Subscriber = Callable[[Frame], None]


class Source(Protocol):
    """Live frames of one machine, newest only."""

    abilities: frozenset[Ability]

    def start(self) -> None:
        """Begin to publish, in a thread of its own."""

    def subscribe(self, subscriber: Subscriber) -> Callable[[], None]:
        """Call `subscriber` with each new frame, in the source's thread; return how to stop that."""

    def newest(self) -> Frame | None:
        """Return the newest frame, None before the first."""

    def look_at(self, pids: Sequence[int], wanted: Wanted = NOTHING) -> None:
        """Say which processes are on the screen, and which costly fields are wanted."""

    def stop(self) -> None:
        """Stop, flush and give everything back."""


class Readout(Protocol):
    """Reads of one machine what only exporters want, when it is asked, and costs nothing while nobody asks."""

    def read(self, snapshot: Snapshot) -> Readings:
        """Read everything once. What may not answer is not asked again: it is taken from a snapshot of the same time.

        Never raises for what a machine does: a part that fails says so in `Readings.parts`. Any thread may call it.
        """

    def close(self) -> None:
        """Give back files; may be called twice."""


class Actor(Protocol):
    """Does things to the processes of one machine: to the very process that was chosen, or to none.

    `offers` says what it can: "signal", "nice", "io", "processors".
    """

    @property
    def offers(self) -> frozenset[str]:
        """What may be asked of it."""

    def act(self, target: Target, action: Action) -> Outcome:
        """Do one thing to one process and say what came of it; never raises. Any thread may call it."""

    def scheduling(self, target: Target) -> Scheduling:
        """Return how a process is scheduled now, as far as it may be known; does not wait."""


class Inspector(Protocol):
    """Looks into one process at a time, aside: nobody waits for it."""

    def look(
        self, target: Target, parts: Sequence[str], before: Inspection | None, deliver: Callable[[Inspection], None]
    ) -> None:
        """Ask for parts of a process (names of `tuimon.model.inspection.PARTS`), in the place of what was asked before.

        `deliver` gets what is known whenever more is, in a thread of the inspector, until each of the parts is known or
        missing. `before` is what was known already: parts that are not asked for stay as they were.
        """

    def rest(self) -> None:
        """Ask for nothing any more."""

    def close(self) -> None:
        """Give everything back; a process that cannot be looked into does not hold that up."""


class Sink(Protocol):
    """Takes every frame: the history, an exporter."""

    def write(self, frame: Frame) -> None:
        """Take a frame; keep what cannot be stored now, and say so in `status`."""

    def status(self) -> Recorder:
        """How recording goes."""

    def close(self) -> None:
        """Store all that is held, then let go."""


class Alerting(Protocol):
    """The alert rules as a front end sees them, and what a person may say to them. Any thread may call.

    What is said goes into the history file, where the recorder and everyone who looks see it with their next sample.
    """

    def standing(self) -> Standing:
        """Return how all rules stand, what fires and is pending, what was said, and who is told."""

    def say(self, word: Word, alert: Alert | None, seconds: float | None = None, by: str = "") -> str:
        """Acknowledge, silence (for so many seconds) or lift an alert, None for all; `by` is who, '' for this user.

        Return '' or, in one line, why it can be said to nobody but this program.
        """


@runtime_checkable
class Archive(Protocol):
    """Answers for the past. All times are epoch seconds; spans are [start, end)."""

    def frame(self, at: float) -> Frame | None:
        """Return the newest recorded frame at or before a moment, None where nothing is near enough to it."""

    def neighbours(self, at: float) -> tuple[float | None, float | None]:
        """Return the recorded moments next before and next after one, None at the ends of the history."""

    def window(self, series: Sequence[SeriesKey], start: float, end: float, points: int) -> Window:
        """Return series in at most so many equal steps from the tier that fits the step; gaps are None."""

    def keys(self, start: float, end: float) -> tuple[SeriesKey, ...]:
        """Return the series that were recorded in a span."""

    def spans(self) -> tuple[Span, ...]:
        """Return what is recorded, oldest first, gaps left out."""

    def events(self, start: float, end: float) -> tuple[Event, ...]:
        """Return what happened, oldest first."""

    def usage(self, start: float, end: float) -> tuple[Usage, ...]:
        """Return who used the machine, the biggest share of CPU first."""

    def lifetimes(self, start: float, end: float) -> tuple[Lifetime, ...]:
        """Return the processes that came or went in a span, the newest first."""

    def processes(self, start: float, end: float) -> Iterator[ProcessTable]:
        """Yield the process tables that were recorded in a span, oldest first, some minutes read at a time."""

    def process(self, pid: int, started_at: float | None, start: float, end: float) -> ProcessPast | None:
        """Return what is recorded of one process in a span, None where it is not known at all.

        Without a start time it is the newest process with this pid that was seen before the end.
        """

    def close(self) -> None:
        """Let go of the file."""
