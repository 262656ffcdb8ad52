"""The one loop: sample, evaluate, publish, write; then wait for the next deadline.

Screens get a frame before the history does, so that a slow disk never makes a screen late; both happen within the
same tick (docs/decisions/0009-screens-before-history.md).
"""

from __future__ import annotations

import logging
import math
import queue
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from tuimon.model.process import NOTHING, Wanted
from tuimon.model.snapshot import Alert, Event, Frame, Host, Snapshot
from tuimon.pipeline.clock import Pace, SystemClock
from tuimon.pipeline.health import ClockWatch, FaultWatch, Overruns, Stumble
from tuimon.pipeline.jobs import HOUSEKEEPING_SECONDS, Housekeeper, Job, Jobs
from tuimon.pipeline.publishing import Subscribers
from tuimon.pipeline.recording import Recording
from tuimon.protocols import Clock, Collector, Sink, Subscriber

LOG: Final = logging.getLogger(__name__)
FIRST_PAIR: Final = 0.15
"""Seconds between the first two samples: soon enough to show rates, far enough apart for them to mean something."""
STOP_SECONDS: Final = 5.0

Evaluate = Callable[[Snapshot], tuple[tuple[Alert, ...], tuple[Event, ...]]]
Pending = Callable[[], tuple[Alert, ...]]
Wait = Callable[[float], bool]


def nothing_fires(_: Snapshot) -> tuple[tuple[Alert, ...], tuple[Event, ...]]:
    """Evaluate no rules."""
    return (), ()


class Pipeline:
    """Samples one collector in a thread of its own, and gives each frame to subscribers, then to the sink.

    `open_sink` is called in that thread, after the first frame was published: the first paint never waits for it.
    With `patience` it is called when `painted` was, or after so many seconds, so as not to compete with that paint
    either; the frames until then are held, and lost in no case. Everything given is closed by `stop`, in the same thread.
    """

    def __init__(
        self,
        collector: Collector,
        *,
        evaluate: Evaluate = nothing_fires,
        pending: Pending = tuple,
        open_sink: Callable[[], Sink] | None = None,
        jobs: Sequence[Job] = (),
        interval: float = 1.0,
        patience: float = 0.0,
        clock: Clock | None = None,
    ) -> None:
        self.interval = interval
        self._collector = collector
        self._evaluate = evaluate
        self._pending = pending
        self._clock: Clock = clock or SystemClock()
        self._recording = Recording(open_sink)
        self._patient_until = self._clock.monotonic() + patience
        self._jobs = tuple(jobs)
        self._schedule = Jobs(self.enqueue)
        self._queue: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._subscribers = Subscribers()
        self._looked_at: tuple[tuple[int, ...], Wanted] = (), NOTHING
        self._newest: Frame | None = None
        self._overruns = Overruns(interval)
        self._clock_watch = ClockWatch(self._clock, interval)
        self._fault_watch = FaultWatch()
        self._stumble = Stumble()
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._alarm = threading.Event()
        self._thread: threading.Thread | None = None
        self._closed = False

    @property
    def overruns(self) -> int:
        """How many samples took longer than the interval, since the start."""
        return self._overruns.count

    def start(self) -> None:
        """Begin, in a thread of its own; once."""
        with self._lock:
            if self._thread is not None or self._stopping.is_set():
                return
            self._thread = threading.Thread(target=self.run, name="tuimon-pipeline", daemon=True)
            self._thread.start()

    def stop(self, deadline: float = STOP_SECONDS) -> bool:
        """End the loop, store what is held and give everything back; return whether that was done in time."""
        self._stopping.set()
        self._alarm.set()
        with self._lock:
            thread = self._thread
        if thread is None:
            self._close()
        elif thread is not threading.current_thread():
            thread.join(deadline)
            if thread.is_alive():
                LOG.error("the pipeline did not stop within %g s", deadline)
                return False
        return True

    def subscribe(self, subscriber: Subscriber) -> Callable[[], None]:
        """Call `subscriber` with each new frame, in the pipeline's thread; return how to stop that."""
        return self._subscribers.add(subscriber)

    def newest(self) -> Frame | None:
        """Return the newest frame, None before the first."""
        return self._newest

    def look_at(self, pids: Sequence[int], wanted: Wanted = NOTHING) -> None:
        """Say which processes are on somebody's screen and which costly fields are wanted, from the next sample on."""
        self._looked_at = tuple(pids), wanted

    def enqueue(self, work: Callable[[], None]) -> None:
        """Have something done in the pipeline's thread, after the next frame."""
        self._queue.put(work)

    def painted(self) -> None:
        """Say that the first screen is drawn: what could have slowed it down may begin now."""
        self._patient_until = -math.inf
        self.enqueue(self._start_jobs)
        self._alarm.set()

    def release(self) -> None:
        """Let go of the sink, at once, for another recorder to take it; frames until then are stored."""
        self._do_now(self._recording.release)

    def take_back(self) -> None:
        """Record again with the next frame, if nobody else does by then."""
        self._do_now(self._recording.take_back)

    def _do_now(self, work: Callable[[], None]) -> None:
        """Have something done in the pipeline's thread without waiting for the next frame."""
        self.enqueue(work)
        self._alarm.set()

    def run(self, wait: Wait | None = None) -> None:
        """Run the loop in the calling thread until `wait(seconds)` returns True; then close everything."""
        wait = wait or self._pause
        pace = Pace.begin(self._clock.monotonic(), self.interval, FIRST_PAIR)
        try:
            while not self._stopping.is_set():
                self._try_tick()
                now = self._clock.monotonic()
                pace = pace.after(now)
                if wait(pace.due - now):
                    break
        finally:
            self._close()

    def tick(self) -> Frame:
        """Make one frame, publish it, write it, then do what is queued."""
        first = self._clock.monotonic()
        frame = self._make_frame()
        self._newest = frame
        began = self._clock.monotonic()
        self._subscribers.publish(frame)
        self._recording.hold(frame)
        if began >= self._patient_until:
            self._record()
        self._work_off()
        ended = self._clock.monotonic()
        self._overruns.note("showing and recording", began, ended, frame.snapshot.time)
        took = (1000 * (began - first), 1000 * (ended - began))
        LOG.debug(
            "frame %d: %d processes, %.1f ms, shown and recorded in %.1f ms",
            frame.tick,
            len(frame.snapshot.processes),
            *took,
        )
        return frame

    def _pause(self, seconds: float) -> bool:
        """Wait for the next sample, and do meanwhile what waited for the first paint; return whether to stop."""
        until = self._clock.monotonic() + seconds
        while not self._stopping.is_set():
            if not self._alarm.wait(max(0.0, until - self._clock.monotonic())):
                return False
            self._alarm.clear()
            if self._stopping.is_set():
                break
            if self._recording.held:
                self._record()
            self._work_off()
        return True

    def _record(self) -> None:
        """Write the frames that are held, to a sink that is opened if it is not."""
        recording = self._recording
        if recording.open(self._clock.now(), self._clock.monotonic()):
            recording.held = self._judged_again(recording.held)
        recording.write()

    def _try_tick(self) -> None:
        """Make a tick; whatever is wrong with one, the next is made."""
        try:
            self.tick()
        except Exception:
            LOG.exception("a tick failed")

    def _make_frame(self) -> Frame:
        before = self._clock_watch.look() + self._recording.take_events()
        began = self._clock.monotonic()
        snapshot, alerts, events = self._sample()
        ended = self._clock.monotonic()
        self._overruns.note("collecting", began, ended, snapshot.time)
        snapshot = self._overruns.mark(snapshot, ended)
        tick = self._newest.tick + 1 if self._newest else 0
        events = (*before, *self._fault_watch.look(snapshot), *events)
        return Frame(snapshot, alerts, events, self._recording.status, tick, self._pending())

    def _sample(self) -> tuple[Snapshot, tuple[Alert, ...], tuple[Event, ...]]:
        """Return a sample and what its evaluation says; of one that failed nothing is judged."""
        firing = self._newest.alerts if self._newest else ()
        try:
            snapshot = self._collector.sample(*self._looked_at)
        except Exception as error:
            host = self._newest.snapshot.host if self._newest else Host()
            return self._stumble.fall(error, self._clock.now(), host), firing, ()
        self._stumble.recover()
        try:
            return snapshot, *self._evaluate(self._recording.marked(snapshot))
        except Exception:
            LOG.exception("the alert rules could not be evaluated")
            return snapshot, firing, ()

    def _judged_again(self, frames: tuple[Frame, ...]) -> tuple[Frame, ...]:
        """Return the first frames for a sink that was opened just now, with the alerts that its past holds open.

        Who opens a history has the rules go on from there; what goes on must not look as if it had ended.
        """
        if not frames:
            return frames
        newest = frames[-1]
        try:
            alerts, events = self._evaluate(replace(newest.snapshot, elapsed=None))
        except Exception:
            LOG.exception("the alert rules could not be evaluated")
            return frames
        earlier = (replace(f, alerts=tuple(a for a in alerts if a.raised_at <= f.snapshot.time)) for f in frames[:-1])
        return (*earlier, replace(newest, alerts=alerts, events=newest.events + events))

    def _work_off(self) -> None:
        """Do what was enqueued before now; what that enqueues in turn waits for the next frame."""
        for _ in range(self._queue.qsize()):
            work = self._queue.get_nowait()
            try:
                work()
            except Exception:
                LOG.exception("a job failed")

    def _start_jobs(self) -> None:
        sink = self._recording.sink
        chores = (Job("housekeeping", HOUSEKEEPING_SECONDS, sink.housekeep),) if isinstance(sink, Housekeeper) else ()
        self._schedule.start((*self._jobs, *chores))

    def _close(self) -> None:
        """Give everything back, once, whichever thread comes first."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
        self._schedule.stop()
        self._work_off()
        if self._recording.held:
            self._record()
        self._recording.close()
        try:
            self._collector.close()
        except Exception:
            LOG.exception("the collector could not be closed")
