"""The thread that tells people: takes frames, keeps what is to be told, sends it, tries again. Delays nobody."""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from tuimon.config.targetkinds import WrittenTarget
from tuimon.model.alerting import Notice, Target
from tuimon.model.rule import Rule
from tuimon.model.snapshot import Event, Frame
from tuimon.notices.outbox import Outbox
from tuimon.notices.sending import send
from tuimon.notices.telling import Telling, Wanted
from tuimon.notices.wording import Words, joined

LOG: Final = logging.getLogger(__name__)
TURN: Final = 0.25
"""Seconds between two looks at what is due."""
DAY: Final = 86400.0
"""How far back it is looked for what nobody was told of, in seconds."""
FLUSH: Final = 3.0
"""Seconds for which the end of the program waits for what is being sent."""


class Kept(Protocol):
    """Where notices outlast the program (`tuimon.history.notebook.Notebook`)."""

    def notices(self) -> tuple[tuple[Notice, ...], float | None]:
        """Return what is still to be sent, and up to when all that happened was told."""

    def keep(self, changed: Sequence[Notice], done: Sequence[int], told: float | None) -> None:
        """Keep notices, drop those that were taken, note up to when all is told."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Who is told and in which words. `pause` is the first one after a failure, in seconds."""

    targets: tuple[WrittenTarget, ...]
    words: Words
    group: float = 10.0
    an_hour: int = 20
    pause: float = 15.0


@dataclass(slots=True)
class State:
    """How sending to one target goes."""

    outbox: Outbox
    busy: bool = False
    sent: int = 0
    error: str = ""
    failing_since: float | None = None


class Notifier:
    """Tells the targets of what a recorder's frames raise and clear. `take` may be called from any thread, and returns at once.

    `open_kept` gives the place where notices outlast the program, None where there is none; `happened(start, end)` the
    recorded events, of which those are told that a program before had no time for. While nothing is recorded, what is to
    be told is in memory only, and is told here unless `others` says that another program does.
    """

    def __init__(
        self,
        plan: Plan,
        rules: Callable[[], Sequence[Rule]],
        open_kept: Callable[[], Kept | None],
        happened: Callable[[float, float], Sequence[Event]] = lambda _start, _end: (),
        *,
        clock: Callable[[], float] = time.time,
        others: Callable[[], bool] = lambda: False,
    ) -> None:
        self._plan = plan
        self._rules = rules
        self._open_kept = open_kept
        self._happened = happened
        self._clock = clock
        self._others = others
        self._kept: Kept | None = None
        self._unkept: tuple[list[Notice], list[int], float | None] = [], [], None
        self._queue: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._telling = Telling(plan.targets, plan.words.tz)
        self._states = {target.name: State(Outbox(plan.group, plan.an_hour, plan.pause)) for target in plan.targets}
        self._held: dict[int, Wanted] = {}
        self._next = 1
        self._is_here = False  # whether what a recorder before left was taken over
        self._began: float | None = None
        self._first: float | None = None  # what is raised from this frame on, nobody was told of by another program
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def take(self, frame: Frame) -> None:
        """Take a frame of this machine; those of one that looks on while another program records tell nobody."""
        if self._first is None:
            self._first = frame.snapshot.time
        if frame.recorder is None or frame.recorder.mode == "other":
            return
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="tuimon-notices", daemon=True)
            self._thread.start()
        takes_over = frame.recorder.mode == "here" and not self._is_here
        if frame.alerts or frame.events or self._began is None or takes_over:
            self._queue.put(lambda: self._tell(frame))

    def targets(self) -> tuple[Target, ...]:
        """Return how it goes with each target."""
        return tuple(
            Target(name, state.sent, len(state.outbox.waiting), state.error, state.failing_since)
            for name, state in self._states.items()
        )

    def stop(self) -> None:
        """Send nothing more; what waits is told by the next program."""
        self._stopping.set()
        self._queue.put(lambda: None)
        if self._thread is not None:
            self._thread.join(FLUSH)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._queue.get(timeout=TURN)()
                while not self._queue.empty():
                    self._queue.get_nowait()()
            except queue.Empty:
                pass
            except Exception:
                LOG.exception("a notice could not be made")
            self._send_due()
            self._keep()
        self._keep()

    # What is told

    def _tell(self, frame: Frame) -> None:
        now = frame.snapshot.time
        rules = {rule.name: rule for rule in self._rules()}
        events = frame.events
        is_here = frame.recorder is not None and frame.recorder.mode == "here"
        if not is_here and self._others():
            return
        if self._began is None:
            self._next = int(now * 1000)  # beyond all that a file has
            if not is_here:
                self._telling.know(frame.alerts, (self._first or now) - 0.001)
        if is_here and not self._is_here:
            events = (*self._begin(frame), *events)
        self._began = self._began or now
        self._is_here = self._is_here or is_here
        for event in events:  # what came and went before anybody looked
            if event.kind == "alert_raised" and event.alert is not None and event.time < now:
                for wanted in self._telling.wanted(rules, (event.alert,), (), event.time):
                    self._add(wanted, frame)
        for wanted in self._telling.wanted(rules, frame.alerts, events, now):
            self._add(wanted, frame)
        if self._unkept[0]:
            self._unkept = self._unkept[0], self._unkept[1], now

    def _begin(self, frame: Frame) -> tuple[Event, ...]:
        """Take over from the program before: what it had still to send, and what happened since it told anybody."""
        now, told = frame.snapshot.time, None
        own = self._waiting()
        try:
            self._kept = self._open_kept()
            if self._kept is not None:
                left, told = self._kept.notices()
                for notice in left:
                    self._next = max(self._next, notice.id + 1)
                    if notice.target in self._states:
                        self._states[notice.target].outbox.add(notice)
        except Exception:
            LOG.exception("the notices of before could not be read")
        since = (self._first or now) - 0.001 if told is None else max(told, now - DAY)
        until = self._began or now  # from then on it was told from memory
        if self._began is None:
            self._telling.know(frame.alerts, since)
        self._unkept = own, [], now
        try:
            before = tuple(event for event in self._happened(since, until) if since < event.time < until)
        except Exception:
            LOG.exception("what happened before could not be read")
            before = ()
        gone = [event.alert for event in before if event.kind == "alert_cleared" and event.alert is not None]
        self._telling.know(gone, since)
        return before

    def _waiting(self) -> list[Notice]:
        """Return what waits in memory."""
        return [one for state in self._states.values() for one in state.outbox.waiting]

    def _add(self, wanted: Wanted, frame: Frame) -> None:
        state = self._states[wanted.target]
        if wanted.what == "cleared" and (unsaid := self._unsaid(wanted)):
            state.outbox.drop((unsaid,))
            self._unkept[1].append(unsaid)
            return
        title, text = self._plan.words.of(wanted.what, wanted.alert, frame.snapshot)
        notice = Notice(
            self._next, frame.snapshot.time, wanted.target, wanted.alert.severity, title, text, wanted.due_at
        )
        self._next += 1
        self._held[notice.id] = wanted
        state.outbox.add(notice)
        self._unkept[0].append(notice)

    def _unsaid(self, wanted: Wanted) -> int | None:
        """Return the notice that waits for quiet hours to end and that is of the alert that has cleared meanwhile."""
        for notice in self._states[wanted.target].outbox.waiting:
            held = self._held.get(notice.id)
            if held is not None and held.key == wanted.key and held.is_quiet and not notice.tries:
                return notice.id
        return None

    # How it is sent

    def _send_due(self) -> None:
        now = self._clock()
        for target in self._plan.targets:
            state = self._states[target.name]
            batch = () if state.busy else state.outbox.batch(now)
            if batch:
                state.busy = True
                threading.Thread(
                    target=self._send, args=(target, state, batch), name="tuimon-send", daemon=True
                ).start()

    def _send(self, target: WrittenTarget, state: State, batch: tuple[Notice, ...]) -> None:
        """Send a message, in a thread of its own: one that hangs holds up nobody else."""
        title, text = joined([one.title for one in batch], [one.text for one in batch])
        worst = next((s for s in ("critical", "warning") if any(one.severity == s for one in batch)), "info")
        error = send(target, title, text, worst)
        self._queue.put(lambda: self._sent(target.name, state, batch, error))

    def _sent(self, name: str, state: State, batch: tuple[Notice, ...], error: str) -> None:
        now, state.busy = self._clock(), False
        if not error:
            self._unkept[1].extend(state.outbox.taken(batch, now))
            state.sent += 1
            state.error, state.failing_since = "", None
            return
        if not state.error:
            LOG.warning("%s was not told: %s", name, error)
        state.error, state.failing_since = error, state.failing_since or now
        again, given_up = state.outbox.refused(batch, now, error)
        self._unkept[0].extend(again)
        self._unkept[1].extend(given_up)

    def _keep(self) -> None:
        """Note in the file what waits and what was taken; where that fails it is sent all the same."""
        if self._kept is None:
            self._unkept = [], [], None
        changed, done, told = self._unkept
        if self._kept is None or not (changed or done or told is not None):
            return
        gone = set(done)
        rows = list({one.id: one for one in changed if one.id not in gone}.values())
        try:
            self._kept.keep(rows, done, told)
        except Exception as error:
            LOG.warning("what is to be told is in memory only: %s", error)
            return
        self._unkept = [], [], None
