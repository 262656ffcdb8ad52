"""The loop, on a clock that only moves when it waits."""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from scripted import BEGUN, FakeClock, ScriptedCollector, ScriptedSink, failing

from tuimon.alerts.rules import Rule
from tuimon.alerts.watch import Watch
from tuimon.history import Locked
from tuimon.model.metric import SeriesKey
from tuimon.model.process import NOTHING, Wanted
from tuimon.model.snapshot import Alert, Event, Frame, Recorder, Snapshot
from tuimon.pipeline.jobs import Job, Jobs
from tuimon.pipeline.loop import Evaluate, Pipeline, nothing_fires
from tuimon.protocols import Sink

ALERT = Alert("cpu-busy", "warning", SeriesKey("cpu", "", "busy_percent"), 91.0, 80, ">", BEGUN, BEGUN)


DISK_FULL = OSError(28, "No space left on device")


def its_own_sink() -> Sink:
    """Stands for the sink that a bench makes."""
    return ScriptedSink()


class Bench:
    """A pipeline on a fake clock, and what its subscriber was given."""

    def __init__(
        self,
        evaluate: Evaluate = nothing_fires,
        open_sink: Callable[[], Sink] | None = its_own_sink,
        jobs: Sequence[Job] = (),
        patience: float = 0.0,
    ) -> None:
        self.clock = FakeClock()
        self.collector = ScriptedCollector(self.clock)
        self.sink = ScriptedSink()
        self.frames: list[Frame] = []
        opener = (lambda: self.sink) if open_sink is its_own_sink else open_sink
        self.pipeline = Pipeline(
            self.collector, evaluate=evaluate, open_sink=opener, jobs=jobs, patience=patience, clock=self.clock
        )
        self.pipeline.subscribe(self.frames.append)

    def run(self, ticks: int) -> list[Frame]:
        self.pipeline.run(self.clock.waits(ticks))
        return self.frames

    def times(self) -> list[float]:
        return [round(frame.snapshot.time - BEGUN, 6) for frame in self.frames]


def test_the_first_pair_is_150_ms_apart_and_the_rest_stand_at_each_interval_from_the_first():
    bench = Bench()
    bench.run(5)
    assert bench.times() == [0, 0.15, 1, 2, 3]
    assert [frame.tick for frame in bench.frames] == [0, 1, 2, 3, 4]
    assert [frame.snapshot.elapsed is None for frame in bench.frames] == [True, False, False, False, False]


def test_the_time_that_a_sample_takes_does_not_shift_the_next():
    bench = Bench()
    bench.collector.steps = {n: lambda: bench.clock.pass_(0.4) for n in range(2, 6)}
    bench.run(6)
    assert bench.times() == [0, 0.15, 1, 2, 3, 4]
    assert bench.pipeline.overruns == 0


def test_a_late_sample_is_not_caught_up_with():
    bench = Bench()
    bench.collector.steps = {3: lambda: bench.clock.pass_(3.25)}
    bench.run(7)
    assert bench.times() == [0, 0.15, 1, 2, 5.25, 6.25, 7.25]


def test_an_overrun_is_counted_and_is_a_fault_for_a_while():
    bench = Bench()
    bench.collector.steps = {3: lambda: bench.clock.pass_(3.25), 4: lambda: bench.clock.pass_(1.5)}
    frames = bench.run(20)
    assert bench.pipeline.overruns == 2
    faults = [[fault.message for fault in frame.snapshot.faults] for frame in frames]
    once = "collecting took 3.2 s, longer than the interval of 1.0 s"
    twice = "collecting took 1.5 s, longer than the interval of 1.0 s (2 times)"
    assert faults[:3] == [[], [], []]
    assert faults[3] == [once]
    assert faults[4] == [twice]
    shown = [frame for frame in frames if frame.snapshot.faults]
    assert shown[-1].snapshot.time - shown[1].snapshot.time <= 12
    assert faults[-1] == []


def test_a_sink_that_is_slow_is_an_overrun_of_the_frame_after():
    bench = Bench()
    bench.sink.steps = {2: lambda: bench.clock.pass_(1.5)}
    frames = bench.run(5)
    assert [len(frame.snapshot.faults) for frame in frames] == [0, 0, 0, 1, 1]
    assert frames[3].snapshot.faults[0].message.startswith("showing and recording took 1.5 s")


def test_a_collector_that_raises_becomes_a_fault_an_event_and_one_traceback(caplog: pytest.LogCaptureFixture):
    bench = Bench()
    bench.collector.steps = {
        2: failing(RuntimeError("no /proc")),
        3: failing(RuntimeError("no /proc")),
        5: failing(RuntimeError("again")),
    }
    frames = bench.run(8)
    assert [[f.message for f in frame.snapshot.faults] for frame in frames] == [
        [],
        [],
        ["failed: RuntimeError: no /proc"],
        ["failed: RuntimeError: no /proc"],
        [],
        ["failed: RuntimeError: again"],
        [],
        [],
    ]
    assert [(frame.tick, e.kind, e.text) for frame in frames for e in frame.events] == [
        (2, "fault", "collector: failed: RuntimeError: no /proc")
    ]
    assert frames[3].snapshot.faults[0].since == frames[2].snapshot.time
    tracebacks = [r for r in caplog.records if r.levelno >= logging.ERROR and r.exc_info]
    assert len(tracebacks) == 2


def test_a_fault_is_an_event_when_it_begins_and_again_only_after_it_was_away_for_a_minute():
    bench = Bench()
    bench.collector.steps = dict.fromkeys((2, 5, 10, 80, 81), failing(RuntimeError("boo")))
    frames = bench.run(90)
    assert [frame.tick for frame in frames if frame.events] == [2, 80]


def test_a_tick_that_goes_wrong_altogether_is_not_the_last(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    """A collector that breaks its promise: it returns no Snapshot at all."""
    bench = Bench()
    sample = bench.collector.sample
    answers = iter([True, True, False, True, True])
    monkeypatch.setattr(bench.collector, "sample", lambda *look: sample(*look) if next(answers) else None)
    frames = bench.run(5)
    assert [round(frame.snapshot.time - BEGUN, 6) for frame in frames] == [0, 0.15, 2, 3]
    assert [frame.tick for frame in frames] == [0, 1, 2, 3]
    assert "a tick failed" in caplog.text
    assert bench.sink.closed == 1


def test_alerts_stay_as_they_were_while_the_collector_fails():
    judged: list[Snapshot] = []

    def evaluate(snapshot: Snapshot) -> tuple[tuple[Alert, ...], tuple[Event, ...]]:
        judged.append(snapshot)
        return (ALERT,), ()

    bench = Bench(evaluate=evaluate, open_sink=None)
    bench.collector.steps = {2: failing(RuntimeError("boo"))}
    frames = bench.run(4)
    assert [frame.alerts for frame in frames] == [(ALERT,)] * 4
    assert len(judged) == 3


def test_rules_that_cannot_be_evaluated_leave_the_samples_alone(caplog: pytest.LogCaptureFixture):
    def evaluate(_: Snapshot) -> tuple[tuple[Alert, ...], tuple[Event, ...]]:
        raise ZeroDivisionError

    frames = Bench(evaluate=evaluate).run(3)
    assert [frame.alerts for frame in frames] == [(), (), ()]
    assert "alert rules could not be evaluated" in caplog.text


def test_events_of_the_rules_are_in_their_frame_alone():
    raised = Event(BEGUN, "alert_raised", "CPU 91 %", ALERT)
    answers = iter([((), ()), ((ALERT,), (raised,)), ((ALERT,), ())])
    bench = Bench(evaluate=lambda _: next(answers), open_sink=None)
    assert [frame.events for frame in bench.run(3)] == [(), (raised,), ()]


@pytest.mark.parametrize(
    ("step", "text"),
    [(3600.0, "the clock went forward 1 h 00 min, or the machine slept"), (-90.0, "the clock went back 1 min")],
)
def test_a_step_of_the_wall_clock_is_an_event(step: float, text: str):
    bench = Bench()

    def set_clock() -> None:
        bench.clock.stepped += step

    bench.collector.steps = {2: set_clock}
    frames = bench.run(6)
    assert [(frame.tick, event.kind, event.text) for frame in frames for event in frame.events] == [
        (3, "clock_step", text)
    ]


def test_a_slewed_clock_is_no_step():
    bench = Bench()

    def slew() -> None:
        bench.clock.stepped += 0.0005

    bench.collector.steps = dict.fromkeys(range(100), slew)
    assert all(frame.events == () for frame in bench.run(100))


def test_a_subscriber_that_fails_harms_nobody_and_is_logged_once(caplog: pytest.LogCaptureFixture):
    bench = Bench()

    def broken(_: Frame) -> None:
        raise ValueError("broken screen")

    bench.pipeline.subscribe(broken)
    later: list[Frame] = []
    bench.pipeline.subscribe(later.append)
    frames = bench.run(4)
    assert later == frames == bench.sink.frames
    assert caplog.text.count("ValueError: broken screen") == 1


def test_who_unsubscribes_is_called_no_more():
    bench = Bench()
    seen: list[Frame] = []
    stop = bench.pipeline.subscribe(seen.append)
    bench.pipeline.tick()
    stop()
    stop()
    bench.pipeline.tick()
    assert len(seen) == 1
    assert len(bench.frames) == 2


def test_the_sink_is_opened_after_the_first_frame_was_published_and_is_given_it():
    order: list[str] = []
    sink = ScriptedSink()

    def open_sink() -> ScriptedSink:
        order.append("opened")
        return sink

    bench = Bench(open_sink=open_sink)
    bench.pipeline.subscribe(lambda frame: order.append(f"shown {frame.tick}"))
    frames = bench.run(3)
    assert order == ["shown 0", "opened", "shown 1", "shown 2"]
    assert [frame.snapshot for frame in sink.frames] == [frame.snapshot for frame in frames]
    assert [frame.recorder for frame in frames] == [
        None,
        Recorder("here", "/tmp/h.db", bytes=1),
        Recorder("here", "/tmp/h.db", bytes=2),
    ]


def test_a_sink_waits_for_the_first_paint_and_is_then_given_all_frames():
    bench = Bench(patience=60)
    bench.pipeline.tick()
    bench.pipeline.tick()
    assert bench.sink.writes == 0
    bench.pipeline.painted()
    bench.pipeline.tick()
    assert [frame.tick for frame in bench.sink.frames] == [0, 1, 2]
    bench.pipeline.stop()


def test_a_paint_that_nobody_reports_is_waited_for_no_longer_than_that():
    bench = Bench(patience=1.5)
    written: list[int] = []
    bench.pipeline.subscribe(lambda _: written.append(bench.sink.writes))
    bench.run(5)  # at 0, 0.15, 1, 2 and 3 s
    assert written == [0, 0, 0, 0, 4]
    assert [frame.tick for frame in bench.sink.frames] == [0, 1, 2, 3, 4]


def test_an_end_before_the_first_paint_loses_nothing():
    bench = Bench(patience=60)
    bench.run(3)
    assert [frame.tick for frame in bench.sink.frames] == [0, 1, 2]
    assert bench.sink.closed == 1


def test_the_first_paint_wakes_the_loop_to_open_the_sink():
    opened, shown = threading.Event(), threading.Semaphore(0)
    sink = ScriptedSink()

    def open_sink() -> ScriptedSink:
        opened.set()
        return sink

    pipeline = Pipeline(ScriptedCollector(FakeClock()), open_sink=open_sink, interval=3600, patience=3600)
    pipeline.subscribe(lambda _: shown.release())
    pipeline.start()
    assert shown.acquire(timeout=20)
    assert shown.acquire(timeout=20)  # the pair; the next is an hour away
    assert not opened.is_set()
    pipeline.painted()
    assert opened.wait(20)
    assert pipeline.stop(20)
    assert [frame.tick for frame in sink.frames] == [0, 1]


def test_alerts_that_the_history_holds_open_are_in_the_first_frame_that_it_is_given():
    rule = Rule("cpu-busy", "cpu", "busy_percent", ">", 80, 70)
    watch = Watch([rule])
    sink = ScriptedSink()

    def open_sink() -> ScriptedSink:
        watch.resume([ALERT])
        return sink

    frames = Bench(evaluate=watch, open_sink=open_sink).run(3)
    assert [[alert.raised_at for alert in frame.alerts] for frame in frames] == [[], [BEGUN], [BEGUN]]
    assert [[alert.raised_at for alert in frame.alerts] for frame in sink.frames] == [[BEGUN]] * 3
    assert [frame.events for frame in sink.frames] == [(), (), ()]


def test_each_frame_is_shown_before_it_is_written():
    bench = Bench()
    written: list[int] = []
    bench.pipeline.subscribe(lambda _: written.append(bench.sink.writes))
    bench.run(4)
    assert written == [0, 1, 2, 3]


def test_a_write_that_fails_is_said_and_the_next_is_tried(caplog: pytest.LogCaptureFixture):
    bench = Bench()
    bench.sink.steps = dict.fromkeys((2, 3), failing(DISK_FULL))
    frames = bench.run(6)
    assert [frame.recorder.mode if frame.recorder else None for frame in frames] == [
        None, "here", "here", "off", "off", "here"
    ]  # fmt: skip
    assert frames[3].recorder is not None
    assert frames[3].recorder.reason == "the history could not be written: [Errno 28] No space left on device"
    assert frames[3].recorder.path == "/tmp/h.db"
    assert [frame.tick for frame in bench.sink.frames] == [0, 1, 4, 5]
    assert len([r for r in caplog.records if r.exc_info]) == 1
    reason = "the history could not be written: [Errno 28] No space left on device"
    assert [(frame.tick, event.kind, event.text) for frame in frames for event in frame.events] == [
        (3, "fault", reason),
        (5, "recorder_started", f"recording here now; before: {reason}"),
    ]


def test_a_history_that_another_process_records_is_taken_over_with_the_first_frame_after_it_let_go(
    caplog: pytest.LogCaptureFixture,
):
    sink = ScriptedSink()

    def open_sink() -> ScriptedSink:
        if bench.clock.passed < 4:
            raise Locked("/tmp/h.db", 4312)
        return sink

    bench = Bench(open_sink=open_sink)
    frames = bench.run(8)
    told = "/tmp/h.db is being recorded by process 4312"
    assert [frame.recorder.mode if frame.recorder else "" for frame in frames] == ["", *["other"] * 5, "here", "here"]
    assert frames[1].recorder == Recorder("other", "/tmp/h.db", pid=4312)
    assert [frame.tick for frame in sink.frames] == [5, 6, 7]
    assert [(frame.tick, event.kind, event.text) for frame in frames for event in frame.events] == [
        (6, "recorder_started", f"recording here now; before: {told}")
    ]
    assert [record.levelname for record in caplog.records] == ["WARNING"]


def test_a_recorder_elsewhere_that_stores_nothing_is_said_for_as_long_as_it_does_not():
    def open_sink() -> ScriptedSink:
        passed = bench.clock.passed
        stored = passed - passed % 10 if passed < 20 or passed >= 70 else 19.0
        raise Locked("/tmp/h.db", 7, name="process 7 of another container", stored_at=stored, patience=33.0)

    bench = Bench(open_sink=open_sink)
    reasons = [frame.recorder.reason if frame.recorder else "" for frame in bench.run(90)]
    assert [tick for tick, reason in enumerate(reasons) if reason] == list(range(56, 72))
    assert reasons[56] == "process 7 of another container holds the history, and has stored nothing for 34 s"


def test_what_is_to_be_known_of_a_recorder_elsewhere_is_in_each_frame():
    def open_sink() -> ScriptedSink:
        raise Locked("/tmp/h.db", 7, warning="it is another version")

    frames = Bench(open_sink=open_sink).run(3)
    assert frames[1].recorder == Recorder("other", "/tmp/h.db", pid=7, reason="it is another version")


def test_a_sink_that_cannot_be_opened_is_said_and_tried_again_later():
    tries: list[int] = []
    sink = ScriptedSink()

    def open_sink() -> ScriptedSink:
        tries.append(len(bench.frames))
        if len(tries) == 1:
            raise PermissionError(13, "Permission denied", "/var/lib/tuimon")
        return sink

    bench = Bench(open_sink=open_sink)
    frames = bench.run(20)
    assert tries == [1, 12]
    assert frames[1].recorder == Recorder(
        "off",
        reason="the history could not be opened: [Errno 13] Permission denied: '/var/lib/tuimon'",
        brief="cannot be written",
    )
    assert [frame.tick for frame in sink.frames] == list(range(11, 20))


def test_without_a_sink_the_header_can_say_so():
    bench = Bench(open_sink=None)
    assert [frame.recorder.mode if frame.recorder else "" for frame in bench.run(2)] == ["off", "off"]


def test_the_pids_on_the_screen_reach_the_next_sample():
    bench = Bench()
    bench.pipeline.subscribe(lambda frame: bench.pipeline.look_at([frame.tick, 7], Wanted(frozenset({"cgroup"}))))
    bench.run(3)
    assert bench.collector.asked == [(), (0, 7), (1, 7)]
    assert bench.collector.wanted == [NOTHING, *[Wanted(frozenset({"cgroup"}))] * 2]


def test_queued_work_is_done_in_the_tick_and_may_fail(caplog: pytest.LogCaptureFixture):
    bench = Bench()
    done: list[str] = []
    bench.pipeline.enqueue(failing(RuntimeError("bad job")))
    bench.pipeline.enqueue(lambda: done.append("after"))
    bench.pipeline.enqueue(lambda: bench.pipeline.enqueue(lambda: done.append("next tick")))
    bench.pipeline.tick()
    assert done == ["after"]
    bench.pipeline.tick()
    assert done == ["after", "next tick"]
    assert "bad job" in caplog.text


def test_what_was_enqueued_before_the_end_is_done_before_the_sink_is_closed():
    bench = Bench()
    done: list[int] = []
    bench.pipeline.tick()
    bench.pipeline.enqueue(lambda: done.append(bench.sink.closed))
    bench.pipeline.stop()
    assert done == [0]
    assert bench.sink.closed == 1


def test_stopping_closes_the_sink_and_the_collector_once_even_if_the_sink_cannot_be_closed():
    bench = Bench()

    bench.sink.last = failing(OSError(5, "Input/output error"))
    bench.run(2)
    assert bench.pipeline.stop()
    assert bench.pipeline.stop()
    assert (bench.sink.closed, bench.collector.closed) == (1, 1)


def test_what_was_never_started_is_closed_too_and_cannot_be_started_after():
    bench = Bench()
    assert bench.pipeline.stop()
    bench.pipeline.start()
    assert (bench.collector.closed, bench.collector.asked) == (1, [])


def test_newest_is_the_frame_that_was_published():
    bench = Bench()
    assert bench.pipeline.newest() is None
    frame = bench.pipeline.tick()
    assert bench.pipeline.newest() is frame is bench.frames[0]


def started(collector: ScriptedCollector, sink: ScriptedSink) -> tuple[Pipeline, threading.Semaphore]:
    """Start a real thread on the real clock; the semaphore is released once a frame."""
    shown = threading.Semaphore(0)
    pipeline = Pipeline(collector, open_sink=lambda: sink, interval=0.01)
    pipeline.subscribe(lambda _: shown.release())
    pipeline.start()
    return pipeline, shown


def test_in_a_thread_frames_come_and_stop_waits_for_the_sink():
    collector, sink = ScriptedCollector(FakeClock()), ScriptedSink()
    pipeline, shown = started(collector, sink)
    pipeline.start()
    for _ in range(5):
        assert shown.acquire(timeout=20)
    names = [t.name for t in threading.enumerate()]
    assert names.count("tuimon-pipeline") == 1
    assert pipeline.stop()
    assert (sink.closed, collector.closed) == (1, 1)
    assert len(sink.frames) == len(collector.asked)
    assert "tuimon-pipeline" not in [t.name for t in threading.enumerate()]


def test_a_subscriber_may_stop_the_pipeline():
    collector, sink = ScriptedCollector(FakeClock()), ScriptedSink()
    pipeline = Pipeline(collector, open_sink=lambda: sink, interval=0.01)
    stopped: list[bool] = []
    pipeline.subscribe(lambda _: stopped.append(pipeline.stop()))
    pipeline.start()
    assert pipeline.stop(20)
    assert stopped[0]
    assert len(sink.frames) == 1
    assert sink.closed == 1


def test_a_collector_that_hangs_does_not_hang_the_end():
    hanging, release = threading.Event(), threading.Event()

    def hang() -> None:
        hanging.set()
        release.wait(60)

    collector, sink = ScriptedCollector(FakeClock(), {2: hang}), ScriptedSink()
    pipeline, _ = started(collector, sink)
    assert hanging.wait(20)
    assert not pipeline.stop(0.05)
    release.set()
    assert pipeline.stop(20)
    assert (sink.closed, collector.closed) == (1, 1)


def test_chores_are_scheduled_when_the_screen_is_painted_and_not_before(monkeypatch: pytest.MonkeyPatch):
    scheduled: list[list[tuple[str, float]]] = []
    monkeypatch.setattr(Jobs, "start", lambda _, jobs: scheduled.append([(job.name, job.seconds) for job in jobs]))
    bench = Bench(jobs=[Job("export", 10, lambda: None)])
    bench.pipeline.tick()
    assert scheduled == []
    bench.pipeline.painted()
    bench.pipeline.tick()
    assert scheduled == [[("export", 10), ("housekeeping", 3600)]]


def test_the_scheduler_only_enqueues_and_the_pipelines_thread_works():
    queued: list[object] = []
    came = threading.Event()

    def enqueue(work: Callable[[], None]) -> None:
        queued.append(work)
        came.set()

    jobs = Jobs(enqueue)

    def work() -> None:
        raise AssertionError("done by the scheduler")

    jobs.start([Job("often", 0.01, work)])
    assert came.wait(20)
    jobs.stop()
    jobs.stop()
    assert set(queued) == {work}


NO_JOBS = """
import sys
from tuimon.collectors.simulated import open_simulated
from tuimon.pipeline.loop import Pipeline

pipeline = Pipeline(open_simulated("calm", 1))
pipeline.painted()
pipeline.tick()
print(sorted({"apscheduler", "asyncio", "subprocess", "sqlite3", "psutil", "textual"} & sys.modules.keys()))
"""


def test_with_no_jobs_no_scheduler_is_imported():
    answer = subprocess.run(
        [sys.executable, "-c", NO_JOBS], capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2]
    )
    assert answer.stdout == "[]\n"


def test_painted_twice_schedules_once():
    jobs = Jobs(lambda _: None)
    jobs.start([Job("seldom", 3600, lambda: None)])
    jobs.start([Job("seldom", 3600, lambda: None)])
    names = [thread.name for thread in threading.enumerate()]
    jobs.stop()
    assert names.count("APScheduler") == 1


def test_a_paint_just_before_the_end_leaves_no_scheduler_behind():
    bench = Bench()
    bench.pipeline.tick()
    bench.pipeline.painted()
    bench.pipeline.stop()
    assert "APScheduler" not in [thread.name for thread in threading.enumerate()]
