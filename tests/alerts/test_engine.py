"""The alert engine, one Snapshot at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import fields, replace

import pytest

from tuimon.alerts.engine import State, evaluate, resume
from tuimon.alerts.rules import DEFAULT_RULES, Rule
from tuimon.alerts.tracks import with_value
from tuimon.alerts.watch import Watch, open_alerts
from tuimon.model.families import Battery, Cpu, Filesystem, Memory
from tuimon.model.metric import SeriesKey
from tuimon.model.snapshot import Alert, Event, Fault, Snapshot

BEGUN = 1_800_000_000.0
CPU = Rule("cpu-busy", "cpu", "busy_percent", ">", 80, 70, for_seconds=60, clear_for_seconds=30, label="CPU")
DISK = Rule("fs", "filesystem", "used_percent", ">", 85, 83, for_seconds=3, clear_for_seconds=2, critical=95)
ROOT = SeriesKey("filesystem", "/", "used_percent")


def busy(*values: float | None, start: float = BEGUN, first_elapsed: float | None = 1.0) -> Iterator[Snapshot]:
    """Make a sample a second with these CPU percentages."""
    for index, value in enumerate(values):
        yield Snapshot(start + index, first_elapsed if index == 0 else 1.0, cpu=Cpu(value))


def mounted(second: float, *mounts: Filesystem, elapsed: float | None = 1.0) -> Snapshot:
    return Snapshot(BEGUN + second, elapsed, filesystem=mounts)


def watched(rules: tuple[Rule, ...], snapshots: Iterable[Snapshot]) -> tuple[Watch, tuple[Event, ...]]:
    """Feed samples to a fresh watch; return it with all the events."""
    watch = Watch(rules)
    return watch, tuple(event for snapshot in snapshots for event in watch(snapshot)[1])


def kinds(events: Iterable[Event]) -> list[str]:
    return [event.kind for event in events]


def test_a_rule_is_raised_when_its_condition_has_held_for_its_time_and_not_a_sample_sooner():
    watch = Watch((CPU,))
    seen = [watch(snapshot) for snapshot in busy(*[91.0] * 62)]
    assert [bool(events) for _, events in seen] == [False] * 60 + [True, False]
    firing, (event,) = seen[60]
    assert event.kind == "alert_raised"
    assert event.time == BEGUN + 60
    assert firing == (event.alert,)
    assert event.alert == Alert(
        "cpu-busy", "warning", SeriesKey("cpu", "", "busy_percent"), 91.0, 80, ">", BEGUN, BEGUN + 60, "CPU"
    )
    assert event.text == "CPU 91.0 % > 80 % for 1 min"


def test_one_sample_below_the_threshold_begins_the_time_again():
    _, events = watched((CPU,), busy(*[91.0] * 59, 80.0, *[91.0] * 60))
    assert events == ()


def test_nothing_between_the_two_thresholds_clears():
    watch, events = watched((CPU,), busy(*[91.0] * 61, *[70.0] * 200))
    assert kinds(events) == ["alert_raised"]
    assert [track.phase for track in watch.state.tracks.values()] == ["firing"]


def test_clearing_waits_for_its_delay_and_says_how_long_it_lasted():
    _, events = watched((CPU,), busy(*[91.0] * 61, *[41.0] * 31))
    assert kinds(events) == ["alert_raised", "alert_cleared"]
    assert events[1].time == BEGUN + 61 + 30
    assert events[1].text == "CPU back to 41.0 % after 31 s"
    assert events[1].alert is not None
    assert events[1].alert.raised_at == BEGUN + 60


def test_a_spike_while_clearing_begins_the_delay_again():
    _, events = watched((CPU,), busy(*[91.0] * 61, *[41.0] * 30, 75.0, *[41.0] * 30))
    assert kinds(events) == ["alert_raised"]
    _, events = watched((CPU,), busy(*[91.0] * 61, *[41.0] * 30, 75.0, *[41.0] * 31))
    assert kinds(events) == ["alert_raised", "alert_cleared"]


def test_a_firing_alert_carries_its_newest_value():
    watch, _ = watched((CPU,), busy(*[91.0] * 61))
    firing, _ = watch(next(busy(88.5, start=BEGUN + 61)))
    assert firing[0].value == 88.5
    assert firing[0].raised_at == BEGUN + 60


def test_nothing_fires_on_a_first_sample_even_at_once():
    at_once = replace(CPU, for_seconds=0)
    assert watched((at_once,), busy(99.0, first_elapsed=None))[1] == ()
    assert kinds(watched((at_once,), busy(99.0, 99.0, first_elapsed=None))[1]) == ["alert_raised"]


def test_a_gap_restarts_pending_timers():
    before = busy(*[91.0] * 60)
    after = busy(*[91.0] * 61, start=BEGUN + 100, first_elapsed=None)
    watch, events = watched((CPU,), [*before, *list(after)[:-1]])
    assert events == ()
    _, events = watch(Snapshot(BEGUN + 160, 1.0, cpu=Cpu(91.0)))
    assert kinds(events) == ["alert_raised"]
    assert events[0].alert is not None
    assert events[0].alert.since == BEGUN + 100


def test_a_gap_of_unknown_values_forgets_what_was_pending():
    watch, _ = watched((CPU,), busy(*[91.0] * 60))
    watch(Snapshot(BEGUN + 100, None, cpu=Cpu(None)))
    assert watch.state.tracks == {}


@pytest.mark.parametrize("value", [10.0, None])
def test_what_fires_goes_on_firing_over_a_gap_and_its_clearing_begins_again(value: float | None):
    watch, events = watched((CPU,), busy(*[91.0] * 61, *[10.0] * 30))
    assert kinds(events) == ["alert_raised"]
    firing, events = watch(Snapshot(BEGUN + 5000, None, cpu=Cpu(value)))
    assert len(firing) == 1
    assert events == ()
    after = [event for s in busy(*[10.0] * 40, start=BEGUN + 5001) for event in watch(s)[1]]
    assert [event.time - BEGUN for event in after] == [5030]


@pytest.mark.parametrize("jump", [3600.0, -3600.0, 2.5])
def test_a_step_of_the_wall_clock_raises_nothing_and_restarts_the_timers(jump: float):
    watch, _ = watched((CPU,), busy(*[91.0] * 59))
    stepped = list(busy(*[91.0] * 61, start=BEGUN + 59 + jump))
    assert [event for s in stepped[:-1] for event in watch(s)[1]] == []
    assert kinds(watch(stepped[-1])[1]) == ["alert_raised"]


def test_time_is_what_the_samples_lasted_not_how_many_there_are():
    slow = [Snapshot(BEGUN + 20 * i, 20.0, cpu=Cpu(91.0)) for i in range(4)]
    _, events = watched((CPU,), slow)
    assert [event.time for event in events] == [BEGUN + 60]


def test_unknown_values_neither_raise_nor_clear():
    watch, events = watched((CPU,), busy(*[91.0] * 30, *[None] * 100, *[91.0] * 30))
    assert events == ()  # 29 s and 30 s were seen to be busy
    firing, events = watch(Snapshot(BEGUN + 160, 1.0, cpu=Cpu(91.0)))
    assert kinds(events) == ["alert_raised"]
    for snapshot in busy(*[None] * 100, start=BEGUN + 161):
        firing, events = watch(snapshot)
        assert events == ()
    assert firing[0].value is None


def test_each_device_has_its_own_alert_and_a_raise_of_its_own():
    full, other = Filesystem("/", 90.0), Filesystem("/home", 86.0)
    samples = [mounted(i, full) if i < 2 else mounted(i, full, other) for i in range(8)]
    watch, events = watched((DISK,), samples)
    assert [(e.time - BEGUN, e.alert.series.device) for e in events if e.alert] == [(3, "/"), (5, "/home")]
    assert len(watch.state.tracks) == 2


def test_severity_steps_up_once_and_stays_without_a_second_raise():
    watch, events = watched((DISK,), [mounted(i, Filesystem("/", 90.0)) for i in range(4)])
    assert [e.alert.severity for e in events if e.alert] == ["warning"]
    severities = []
    for second, used in enumerate((96.0, 90.0), start=4):
        firing, events = watch(mounted(second, Filesystem("/", used)))
        severities.append((firing[0].severity, *kinds(events)))
    assert severities == [("critical", "alert_escalated"), ("critical",)]


def test_a_device_that_disappears_clears_after_the_delay_and_says_why():
    there = [mounted(i, Filesystem("/", 90.0)) for i in range(4)]
    _, events = watched((DISK,), [*there, *[mounted(4 + i) for i in range(3)]])
    assert kinds(events) == ["alert_raised", "alert_cleared"]
    assert events[1].time == BEGUN + 6
    assert events[1].text == "fs / cleared after 3 s: it is gone"


def test_a_device_that_comes_back_in_time_never_cleared():
    there = [mounted(i, Filesystem("/", 90.0)) for i in range(4)]
    back = [mounted(6 + i, Filesystem("/", 90.0)) for i in range(5)]
    _, events = watched((DISK,), [*there, mounted(4), mounted(5), *back])
    assert kinds(events) == ["alert_raised"]


def test_a_collector_that_failed_is_not_a_device_that_disappeared():
    there = [mounted(i, Filesystem("/", 90.0)) for i in range(4)]
    fault = (Fault("filesystem", "statvfs: EIO", BEGUN),)
    failed = [replace(mounted(4 + i), faults=fault) for i in range(20)]
    _, events = watched((DISK,), [*there, *failed])
    assert kinds(events) == ["alert_raised"]


@pytest.mark.parametrize("item", [Filesystem("/", 99.0, read_only=True), Filesystem("/", 99.0, stale_seconds=60.0)])
def test_images_that_are_always_full_and_old_answers_raise_nothing(item: Filesystem):
    _, events = watched((DISK,), [mounted(i, item) for i in range(20)])
    assert events == ()


def test_below_is_the_mirror_image():
    low = Rule("battery", "battery", "charge_percent", "<", 10, 15, for_seconds=2, clear_for_seconds=2)
    charges = [9.0, 9.0, 9.0, 12.0, 12.0, 12.0, 16.0, 16.0, 16.0]
    samples = [Snapshot(BEGUN + i, 1.0, battery=(Battery("BAT0", charge),)) for i, charge in enumerate(charges)]
    _, events = watched((low,), samples)
    assert [(e.kind, e.time - BEGUN) for e in events] == [("alert_raised", 2), ("alert_cleared", 8)]


def test_resumed_alerts_fire_from_the_first_sample_without_a_second_raise():
    watch, events = watched((CPU,), busy(*[91.0] * 61))
    again = Watch((CPU,))
    again.resume(open_alerts(events))
    firing, events = again(Snapshot(BEGUN + 90, None, cpu=Cpu(None)))
    assert firing[0].raised_at == BEGUN + 60
    assert events == ()
    later = [event for s in busy(*[92.0] * 200, start=BEGUN + 91) for event in again(s)[1]]
    assert later == []
    assert again.state.tracks.keys() == watch.state.tracks.keys()


def test_resuming_takes_over_from_a_timer_that_was_pending():
    _, events = watched((CPU,), busy(*[91.0] * 61))
    again = Watch((CPU,))
    again(Snapshot(BEGUN + 90, None, cpu=Cpu(91.0)))
    again.resume(open_alerts(events))
    later = [event for s in busy(*[91.0] * 100, start=BEGUN + 91) for event in again(s)[1]]
    assert later == []


def test_an_alert_whose_rule_is_gone_is_cleared_at_once_and_says_so():
    _, raised = watched((CPU,), busy(*[91.0] * 61))
    state = resume(open_alerts(raised))
    state, firing, events = evaluate((DISK,), state, Snapshot(BEGUN + 90, None))
    assert firing == ()
    assert [event.text for event in events] == ["CPU cleared after 30 s: its rule is gone"]
    assert state == State(BEGUN + 90, began=BEGUN + 90)


def test_open_alerts_are_those_raised_and_not_cleared():
    _, events = watched((CPU,), busy(*[91.0] * 61, *[10.0] * 31))
    assert open_alerts(events) == ()
    assert len(open_alerts(events[:1])) == 1


def test_open_alerts_do_not_depend_on_the_order_that_a_stepped_clock_gives_events():
    watch, events = watched((CPU,), busy(*[91.0] * 61))
    back = BEGUN - 7200
    later = [event for s in busy(*[10.0] * 40, start=back) for event in watch(s)[1]]
    assert kinds(later) == ["alert_cleared"]
    in_time = sorted([*events, *later], key=lambda event: event.time)
    assert kinds(in_time) == ["alert_cleared", "alert_raised"]
    assert open_alerts(in_time) == ()


def test_evaluation_does_not_change_the_state_it_is_given():
    state = State()
    evaluate((replace(CPU, for_seconds=0),), state, Snapshot(BEGUN, 1.0, cpu=Cpu(99.0)))
    assert state == State()


def test_a_rule_that_one_value_would_raise_and_clear_is_refused():
    with pytest.raises(ValueError, match="rule x: clear 81 is above its threshold 80"):
        Rule("x", "cpu", "busy_percent", ">", 80, 81)
    with pytest.raises(ValueError, match="rule x: clear 79 is below its threshold 80"):
        Rule("x", "cpu", "busy_percent", "<", 80, 79)


def test_two_rules_of_one_name_are_refused():
    with pytest.raises(ValueError, match="two rules have one name"):
        Watch((CPU, CPU))


@pytest.mark.parametrize(
    ("snapshot", "name"),
    [
        (Snapshot(BEGUN, 1.0, cpu=Cpu(80.1)), "cpu-busy"),
        (Snapshot(BEGUN, 1.0, memory=Memory(90.1)), "memory-used"),
        (Snapshot(BEGUN, 1.0, filesystem=(Filesystem("/", 85.1),)), "filesystem-used"),
    ],
)
def test_the_default_rules_are_raised_after_a_minute_above_their_thresholds(snapshot: Snapshot, name: str):
    samples = [replace(snapshot, time=BEGUN + i) for i in range(61)]
    _, events = watched(DEFAULT_RULES, samples)
    assert [(e.alert.rule, e.time) for e in events if e.alert] == [(name, BEGUN + 60)]
    just_there = [Snapshot(BEGUN + i, 1.0, cpu=Cpu(80.0), memory=Memory(90.0)) for i in range(100)]
    assert watched(DEFAULT_RULES, just_there)[1] == ()


def test_what_becomes_critical_says_so_once_in_an_event_of_its_own():
    rule = Rule("fs", "filesystem", "used_percent", ">", 85, 83, for_seconds=1, clear_for_seconds=1, critical=95)
    state, events = State(), []
    for second, used in enumerate((90.0, 90.0, 90.0, 96.0, 97.0, 90.0, 96.0, 80.0, 80.0, 80.0)):
        mounts = (Filesystem("/", used),)
        state, firing, new = evaluate(
            (rule,), state, Snapshot(BEGUN + second, 1.0 if second else None, filesystem=mounts)
        )
        events += new
    assert [(e.kind, e.time - BEGUN, e.alert.severity) for e in events if e.alert] == [
        ("alert_raised", 1, "warning"),
        ("alert_escalated", 3, "critical"),
        ("alert_cleared", 8, "critical"),
    ]
    assert events[1].text == "fs / 96.0 % > 85 %, critical after 2 s"
    assert not firing


def test_nothing_becomes_critical_after_a_gap():
    rule = Rule("fs", "filesystem", "used_percent", ">", 85, 83, for_seconds=0, critical=95)
    state = State()
    for second, (used, elapsed) in enumerate(((90.0, None), (90.0, 1.0), (99.0, None), (99.0, 1.0))):
        mounts = (Filesystem("/", used),)
        state, firing, events = evaluate((rule,), state, Snapshot(BEGUN + second, elapsed, filesystem=mounts))
        assert [alert.severity for alert in firing] == [[], ["warning"], ["warning"], ["critical"]][second]
    assert [event.kind for event in events] == ["alert_escalated"]


def test_an_alert_whose_value_moved_differs_in_nothing_else():
    full = Alert("fs", "critical", ROOT, 90.0, 85.0, ">", 1.0, 2.0, "l", "silenced", 9.0, "d", "h", "ann", 3.0)
    assert with_value(full, 91.5) == replace(full, value=91.5)
    assert None not in (getattr(full, one.name) for one in fields(full)), "a new field is not tried here"
