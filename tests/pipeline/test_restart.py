"""An alert over restarts of the program, with a real history between them."""

from __future__ import annotations

from pathlib import Path

from scripted import BEGUN, FakeClock, ScriptedCollector

from tuimon.alerts.rules import Rule
from tuimon.alerts.watch import Watch, open_alerts
from tuimon.history import open_archive, open_history
from tuimon.model.families import Cpu
from tuimon.model.snapshot import Event, Frame
from tuimon.pipeline.loop import Pipeline
from tuimon.protocols import Sink

RULE = Rule("cpu-busy", "cpu", "busy_percent", ">", 80, 70, for_seconds=10, clear_for_seconds=5, label="CPU")


def session(path: Path, clock: FakeClock, busy: float, ticks: int) -> list[Frame]:
    """Run a program for some frames, with a CPU that is as busy as this."""
    watch = Watch([RULE])

    def open_sink() -> Sink:
        history = open_history(str(path))
        archive = open_archive(str(path), history)
        watch.resume(open_alerts(archive.events(0, clock.now() + 1)))
        archive.close()
        return history

    collector = ScriptedCollector(clock)
    collector.cpu = Cpu(busy)
    frames: list[Frame] = []
    pipeline = Pipeline(collector, evaluate=watch, open_sink=open_sink, clock=clock)
    pipeline.subscribe(frames.append)
    pipeline.run(clock.waits(ticks))
    return frames


def recorded(path: Path) -> tuple[Event, ...]:
    archive = open_archive(str(path))
    try:
        return archive.events(0, BEGUN * 2)
    finally:
        archive.close()


def test_an_alert_that_goes_on_is_raised_once_and_cleared_once(tmp_path: Path):
    clock, path = FakeClock(), tmp_path / "history.db"
    first = session(path, clock, 95.0, 20)
    raised_at = first[-1].alerts[0].raised_at
    clock.pass_(3600)
    second = session(path, clock, 95.0, 20)
    clock.pass_(3600)
    third = session(path, clock, 20.0, 20)
    assert [frame.alerts[0].raised_at for frame in second[1:]] == [raised_at] * 19
    assert third[-1].alerts == ()
    events = recorded(path)
    assert [event.kind for event in events] == ["alert_raised", "alert_cleared"]
    assert [event.alert.raised_at if event.alert else None for event in events] == [raised_at, raised_at]
    assert 5 <= events[1].time - third[0].snapshot.time <= 7


def test_what_was_still_pending_begins_again(tmp_path: Path):
    clock, path = FakeClock(), tmp_path / "history.db"
    session(path, clock, 95.0, 10)
    second = session(path, clock, 95.0, 10)
    assert [frame.alerts for frame in second] == [()] * 10
    assert recorded(path) == ()
