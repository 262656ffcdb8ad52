"""That a simulated past is written whole, in order, with its alerts, at the times that were asked for."""

from __future__ import annotations

from itertools import pairwise

import pytest

from tuimon.collectors.simulated import open_simulated
from tuimon.model.metric import SeriesKey
from tuimon.model.snapshot import Alert, Event, Frame, Recorder
from tuimon.pipeline.fill import Stretch, count, even, fill, moments, quick

START = 1_763_971_200.0


class Kept:
    """A sink that keeps its frames."""

    def __init__(self) -> None:
        self.frames: list[Frame] = []

    def write(self, frame: Frame) -> None:
        self.frames.append(frame)

    def status(self) -> Recorder:
        return Recorder("here")

    def close(self) -> None:
        raise AssertionError("the sink is the caller's to close")


def test_a_span_is_filled_from_its_first_to_its_last_second():
    sink = Kept()
    written = fill(open_simulated("calm"), sink, start=START, stretches=even(START + 120))
    assert written == len(sink.frames) == 121
    assert [frame.snapshot.time for frame in sink.frames] == [START + n for n in range(121)]
    assert [frame.tick for frame in sink.frames] == list(range(121))
    assert [frame.snapshot.elapsed for frame in sink.frames] == [None] + [1.0] * 120


def test_stretches_follow_each_other_without_a_seam():
    sink = Kept()
    stretches = (Stretch(START + 600, 60.0), Stretch(START + 610, 1.0))
    fill(open_simulated("calm"), sink, start=START, stretches=stretches)
    times = [frame.snapshot.time for frame in sink.frames]
    assert times == [START + 60 * n for n in range(11)] + [START + 600 + n for n in range(1, 11)]
    assert all(b.snapshot.elapsed == b.snapshot.time - a.snapshot.time for a, b in pairwise(sink.frames))


def test_the_machine_goes_on_where_the_past_ended():
    machine, sink = open_simulated("busy"), Kept()
    fill(machine, sink, start=START, stretches=even(START + 30))
    last, live = sink.frames[-1].snapshot, machine.sample_at(START + 31, 1.0)
    assert live.elapsed == 1.0
    assert live.host == last.host
    kept = {p.identity for p in last.processes} & {p.identity for p in live.processes}
    assert len(kept) > 0.95 * len(last.processes)
    assert live.cpu.idle_seconds_total > last.cpu.idle_seconds_total


def test_odd_steps_do_not_drift():
    times = [moment for moment, _ in moments(START, even(START + 86400, 0.1))]
    assert len(times) == 864_001
    assert times[-1] == pytest.approx(START + 86400, abs=1e-6)


def test_a_quick_past_is_short_to_make_and_ends_in_seconds():
    stretches = quick(START + 86400)
    assert count(START, stretches) == 1 + (86400 - 600) // 60 + 600
    assert [step for _, step in moments(START, stretches)][-600:] == [1.0] * 600


@pytest.mark.parametrize("span", [0, 30, 599, 601, 3600, 5000.5])
def test_the_count_is_known_before_and_no_moment_lies_outside(span):
    stretches = quick(START + span)
    times = [moment for moment, _ in moments(START, stretches)]
    assert len(times) == count(START, stretches)
    assert times == sorted(set(times))
    assert times[0] == START
    assert START + span - 1 < times[-1] <= START + span


def test_each_snapshot_is_evaluated_and_its_alerts_are_written_with_it():
    sink, seen = Kept(), []
    series = SeriesKey("cpu", "", "busy_percent")

    def evaluate(snapshot):
        seen.append(snapshot)
        alert = Alert("r", "warning", series, 1.0, 0.0, ">", snapshot.time, snapshot.time)
        return (alert,), (Event(snapshot.time, "alert_raised", "raised", alert),)

    fill(open_simulated("calm"), sink, start=START, stretches=even(START + 5), evaluate=evaluate)
    assert [frame.snapshot for frame in sink.frames] == seen
    assert [frame.alerts[0].raised_at for frame in sink.frames] == [s.time for s in seen]
    assert [frame.events[0].time for frame in sink.frames] == [s.time for s in seen]


def test_progress_is_told_and_ends_at_all():
    calls = []
    fill(
        open_simulated("calm"),
        Kept(),
        start=START,
        stretches=even(START + 1200),
        progress=lambda done, total: calls.append((done, total)),
    )
    assert calls == [(500, 1201), (1000, 1201), (1201, 1201)]


def test_a_sink_that_fails_stops_the_filling():
    class Full(Kept):
        def write(self, frame: Frame) -> None:
            raise OSError(28, f"no space left on device for frame {frame.tick}")

    with pytest.raises(OSError, match="no space"):
        fill(open_simulated("calm"), Full(), start=START, stretches=even(START + 5))


def test_a_step_that_leads_nowhere_is_refused():
    with pytest.raises(ValueError, match="step of 0"):
        fill(open_simulated("calm"), Kept(), start=START, stretches=(Stretch(START + 5, 0.0),))
