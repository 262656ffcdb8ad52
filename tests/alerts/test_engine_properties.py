"""What holds for the alert engine whatever a machine does."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable

from hypothesis import given
from hypothesis import strategies as st
from strategies import snapshots

from tuimon.alerts.engine import State, evaluate, resume
from tuimon.alerts.rules import DEFAULT_RULES, Rule
from tuimon.alerts.watch import open_alerts
from tuimon.model.families import Cpu, Filesystem
from tuimon.model.metric import SeriesKey
from tuimon.model.snapshot import Event, Fault, Snapshot

RULES = (
    Rule("cpu", "cpu", "busy_percent", ">", 80, 70, for_seconds=3, clear_for_seconds=2),
    Rule("fs", "filesystem", "used_percent", ">", 85, 83, for_seconds=2, clear_for_seconds=3, critical=95),
    Rule("at-once", "cpu", "busy_percent", ">", 90, 90, for_seconds=0, clear_for_seconds=0),
)
PERCENT = st.sampled_from([None, 0.0, 50.0, 69.9, 70.0, 75.0, 80.0, 80.1, 84.0, 86.0, 90.0, 96.0, 100.0])
MOUNTS = st.lists(
    st.builds(
        Filesystem, st.sampled_from(["/", "/home"]), PERCENT, read_only=st.sampled_from([False, False, False, True])
    ),
    max_size=2,
    unique_by=lambda mount: mount.device,
).map(tuple)


@st.composite
def runs(draw: st.DrawFn) -> list[Snapshot]:
    """A machine's samples: stretches of steady values; devices come and go, gaps, unknown values, steps of the clock."""
    time = 1_800_000_000.0
    run = []
    for _ in range(draw(st.integers(1, 10))):
        busy, mounts = draw(PERCENT), draw(MOUNTS)
        interruption = draw(st.sampled_from(["none", "none", "none", "gap", "step", "fault"]))
        for index in range(draw(st.integers(1, 6))):
            elapsed = None if interruption == "gap" and index == 0 else draw(st.sampled_from([1.0, 1.0, 0.15, 2.0]))
            time += elapsed or 30.0
            if interruption == "step" and index == 0:
                time += draw(st.sampled_from([3600.0, -3600.0, -1.0]))
            faults = (Fault("filesystem", "no answer", time),) if interruption == "fault" else ()
            run.append(Snapshot(time, elapsed, cpu=Cpu(busy), filesystem=mounts, faults=faults))
    return run


def played(run: list[Snapshot], state: State = State()) -> tuple[list[Event], State]:  # noqa: B008  frozen
    """Return all events of a run, checking on the way that what fires is what was raised and not cleared."""
    events: list[Event] = []
    for snapshot in run:
        state, firing, new = evaluate(RULES, state, snapshot)
        events.extend(new)
        raised = {(a.rule, a.series, a.raised_at) for a in open_alerts(events)}
        assert {(a.rule, a.series, a.raised_at) for a in firing} == raised
    return events, state


def by_turns(kinds: Iterable[str]) -> bool:
    """Whether each raise is cleared before the next one, and becomes critical once at most."""
    letters = "".join(kind.removeprefix("alert_")[0] for kind in kinds)
    return re.fullmatch("(re?c)*(re?)?", letters) is not None


@given(runs())
def test_each_series_is_raised_and_cleared_by_turns(run: list[Snapshot]):
    by_series: dict[object, list[Event]] = defaultdict(list)
    for event in played(run)[0]:
        assert event.alert is not None
        by_series[event.alert.rule, event.alert.series].append(event)
    for events in by_series.values():
        assert by_turns(event.kind for event in events)
        turns = [event for event in events if event.kind != "alert_escalated"]
        for raised, cleared in zip(turns[::2], turns[1::2], strict=False):
            assert raised.alert is not None
            assert cleared.alert is not None
            assert raised.alert.raised_at == cleared.alert.raised_at == raised.time


@given(runs())
def test_an_alert_was_beyond_its_threshold_for_all_of_its_time(run: list[Snapshot]):
    by_name = {rule.name: rule for rule in RULES}
    state = State()
    for index, snapshot in enumerate(run):
        state, _, events = evaluate(RULES, state, snapshot)
        for alert in (e.alert for e in events if e.kind == "alert_raised" and e.alert):
            rule = by_name[alert.rule]
            assert seconds_not_below(rule, alert.series, run[: index + 1]) >= rule.for_seconds


def seconds_not_below(rule: Rule, series: SeriesKey, run: list[Snapshot]) -> float:
    """How long before the end of a run no known value was on the good side of the threshold, and no gap."""
    held = 0.0
    for snapshot in reversed(run):
        value = snapshot.value(series)
        if snapshot.elapsed is None or (value is not None and value <= rule.threshold):
            return held
        held += snapshot.elapsed
    return held


@given(runs(), runs())
def test_a_program_that_stops_and_resumes_raises_nothing_twice(before: list[Snapshot], after: list[Snapshot]):
    events, _ = played(before)
    state = resume(open_alerts(events))
    for snapshot in after:
        state, _, new = evaluate(RULES, state, snapshot)
        events.extend(new)
    by_series: dict[object, list[str]] = defaultdict(list)
    for event in events:
        assert event.alert is not None
        by_series[event.alert.rule, event.alert.series].append(event.kind)
    for kinds in by_series.values():
        assert by_turns(kinds)


@given(runs())
def test_the_same_samples_give_the_same_answer(run: list[Snapshot]):
    assert played(run) == played(run)


@given(runs())
def test_the_first_sample_and_samples_after_a_gap_raise_and_clear_nothing(run: list[Snapshot]):
    state = State()
    for index, snapshot in enumerate(run):
        state, _, events = evaluate(RULES, state, snapshot)
        if index == 0 or snapshot.elapsed is None:
            assert events == ()


@given(st.lists(snapshots(), max_size=4))
def test_no_snapshot_makes_the_engine_fail(run: list[Snapshot]):
    state = State()
    for snapshot in run:
        state, firing, events = evaluate(DEFAULT_RULES, state, snapshot)
        assert len(events) <= len(snapshot.filesystem) + 2 + len(run) * 3
        assert all(alert.raised_at for alert in firing)
