"""What rules may be about besides one metric: processes, faults, mounts, kills, predictions; and what people say."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuimon.alerts import forecast
from tuimon.alerts.engine import Plan, State, evaluate
from tuimon.alerts.rules import DEFAULT_RULES, Rule
from tuimon.alerts.watch import Watch
from tuimon.config.conditions import parse_condition
from tuimon.config.rulebook import rules_of
from tuimon.config.rulekinds import Rules
from tuimon.config.settings import Alerts
from tuimon.model.alerting import Mark
from tuimon.model.families import Core, Cpu, Filesystem, Memory, Swap
from tuimon.model.metric import SeriesKey
from tuimon.model.process import Process
from tuimon.model.snapshot import Event, Fault, Snapshot

BEGUN = 1_800_000_000.0
GIB = 1 << 30
CPU = SeriesKey("cpu", "", "busy_percent")
BY_NAME = {rule.name: rule for rule in DEFAULT_RULES}


def rule(text: str) -> Rule:
    """Return the rule of a condition, which is raised and cleared after two seconds."""
    parse_condition(text)
    alerts = Alerts(rules=Rules().parse(text))
    return replace(rules_of(alerts)[-1], name="it", label="it", for_seconds=2, clear_for_seconds=2)


def process(pid: int, name: str = "nginx", *, started: float = BEGUN - 100, **fields: object) -> Process:
    made = Process(
        pid, started, 1, name, name, "www", "S", 1.0, 1.0, 1 << 20, 1 << 20, 0.1, 1, 0, 20, 0.0, 0.0, kernel=False
    )
    return made._replace(**fields)


def seen(watch: Watch, snapshots: Iterable[Snapshot]) -> list[tuple[float, str]]:
    return [(event.time - BEGUN, event.text) for s in snapshots for event in watch(s)[1]]


def running(*seconds: Iterable[Process], complete: bool = True) -> Iterator[Snapshot]:
    for at, processes in enumerate(seconds):
        everyone = (process(1, "init"), *processes)
        yield Snapshot(BEGUN + at, 1.0, processes=everyone, complete=complete)


def test_a_process_that_is_missing_is_raised_and_cleared_when_it_runs_again():
    watch = Watch((rule("process nginx missing"),))
    there, away = [process(7)], []
    assert seen(watch, running(there, away, away, away, there, there, there)) == [
        (3, "it nginx is not running for 2 s"),
        (6, "it nginx is well again after 3 s"),
    ]


def test_who_is_missing_is_not_known_of_a_list_that_is_not_whole():
    watch = Watch((rule("process nginx missing"),))
    assert seen(watch, running(*[[]] * 9, complete=False)) == []
    assert watch.state.tracks == {}


def test_the_greediest_of_some_processes_counts_or_all_of_them_together():
    each, together = rule("process nginx memory > 2 GiB"), rule("processes nginx memory > 2 GiB")
    two = [process(7, rss_bytes=3 * GIB // 2), process(8, rss_bytes=3 * GIB // 2)]
    assert seen(Watch((each,)), running(*[two] * 4)) == []
    assert seen(Watch((together,)), running(*[two] * 4)) == [(2, "it nginx 3.0 GiB > 2.0 GiB for 2 s")]


def test_processes_may_be_meant_by_a_filter():
    watch = Watch((rule('process "user = www and cpu > 50" cpu > 80 %'),))
    greedy = [process(7, "a", cpu_percent=99.0), process(8, "b", user="root", cpu_percent=500.0)]
    assert [text for _, text in seen(watch, running(*[greedy] * 4))] == [
        "it user = www and cpu > 50 99.0 % > 80 % for 2 s"
    ]


def test_restarts_are_counted_within_their_time_and_not_from_before_the_first_sample():
    watch = Watch((replace(rule("process nginx restarts > 2 in 1 min"), for_seconds=0),))
    before = [process(7, started=BEGUN - 5 + n) for n in range(5)]
    assert seen(watch, running(before, before, before)) == []
    crashing = [[process(10 + n, started=BEGUN + 3 + n) for n in range(at)] for at in range(4)]
    assert [text for _, text in seen(watch, (replace(s, time=s.time + 3) for s in running(*crashing)))] == [
        "it nginx 3 > 2"
    ]


def test_one_that_crashes_again_and_again_is_counted_though_it_is_there_once_at_most():
    watch = Watch(
        (
            replace(
                rule(
                    "process nginx restarts > 2 in 10 s",
                ),
                for_seconds=0,
                clear_for_seconds=0,
            ),
        )
    )
    lives = [[], *[[process(10 + n, started=BEGUN + n)] for n in range(1, 6)], *[[]] * 12]
    events = [event for snapshot in running(*lives) for event in watch(snapshot)[1]]
    assert [(event.kind, event.time - BEGUN) for event in events] == [("alert_raised", 3), ("alert_cleared", 13)]


def test_both_sides_of_and_must_hold():
    watch = Watch((replace(BY_NAME["swap-thrash"], for_seconds=2, clear_for_seconds=2),))

    def swapping(*rates: tuple[float, float]) -> Iterator[Snapshot]:
        for at, (read, written) in enumerate(rates):
            swap = Swap(in_bytes_per_second=read, out_bytes_per_second=written)
            yield Snapshot(BEGUN + at, 1.0, swap=swap)

    assert seen(watch, swapping(*[(9e6, 0.0)] * 5)) == []
    assert [text for _, text in seen(watch, swapping(*[(9e6, 9e6)] * 4, *[(9e6, 0.0)] * 4))] == [
        "swapping in 9.0 MB/s > 4.0 MB/s for 2 s",
        "swapping in back to 9.0 MB/s after 4 s",
    ]


def test_a_collector_at_fault_is_raised_by_its_name_and_an_overrun_is_none():
    watch = Watch((replace(BY_NAME["collector-failing"], for_seconds=2, clear_for_seconds=2),))
    faults = (Fault("disk", "no such file", BEGUN), Fault("pipeline", "took 2 s", BEGUN))
    bad = [Snapshot(BEGUN + at, 1.0, faults=faults) for at in range(4)]
    well = [Snapshot(BEGUN + at, 1.0) for at in range(4, 8)]
    assert seen(watch, [*bad, *well]) == [
        (2, "collector disk is at fault for 2 s"),
        (6, "collector disk is well again after 4 s"),
    ]


def test_a_recorder_that_cannot_write_is_critical():
    watch = Watch((BY_NAME["recorder-failing"], BY_NAME["collector-failing"]))
    fault = (Fault("recorder", "disk full", BEGUN),)
    found = [event for at in range(62) for event in watch(Snapshot(BEGUN + at, 1.0, faults=fault))[1]]
    assert [(e.text, e.alert and e.alert.severity) for e in found] == [
        ("the history cannot be written for 1 min", "critical")
    ]


def test_a_mount_that_does_not_answer_is_raised_and_its_old_numbers_raise_nothing():
    watch = Watch((BY_NAME["mount-stale"], replace(BY_NAME["filesystem-used"], for_seconds=0)))

    def mount(at: int, stale: float | None, used: float) -> Snapshot:
        return Snapshot(BEGUN + at, 1.0, filesystem=(Filesystem("/mnt/nfs", used, stale_seconds=stale),))

    stuck = [mount(at, at * 20.0, 99.0) for at in range(1, 6)]
    back = [mount(at, None, 10.0) for at in range(6, 40)]
    assert [text for _, text in seen(watch, [*stuck, *back])] == [
        "mount /mnt/nfs does not answer",
        "mount /mnt/nfs is well again after 32 s",
    ]


def test_a_kill_for_want_of_memory_is_raised_at_once_and_several_are_one_alert():
    watch = Watch((BY_NAME["oom-kill"],))
    rates = [0.0, 1.0, 0.0, 2.0, *[0.0] * 400]
    found = seen(watch, (Snapshot(BEGUN + n, 1.0, memory=Memory(oom_kills_per_second=r)) for n, r in enumerate(rates)))
    assert [text for _, text in found] == [
        "killed for want of memory: a process",
        "killed for want of memory: is well again after 5 min",
    ]


# -- predictions ------------------------------------------------------------------------------------------------------


def filling(
    hours: float, left_gib: float, hourly_gib: float, *, wave: float = 0.0, first: float = 0.0
) -> list[Snapshot]:
    """Samples a minute of a filesystem whose room grows less, up and down by `wave` GiB each other hour."""
    found = []
    for minute in range(round(hours * 60)):
        room = left_gib - hourly_gib * minute / 60 + (wave if minute // 60 % 2 else 0.0)
        mount = Filesystem("/data", 50.0, available_bytes=int(room * GIB))
        found.append(Snapshot(BEGUN + first + minute * 60, 60.0, filesystem=(mount,)))
    return found


def predicting() -> Watch:
    return Watch((BY_NAME["filesystem-filling"],))


def test_a_filesystem_that_fills_steadily_is_told_with_the_time_and_how_sure_it_is():
    ((at, text),) = seen(predicting(), filling(8, 200, 10))
    assert at < 5 * 3600
    assert text.startswith("filesystem /data full in ")
    assert "(between " in text


def test_one_that_is_emptied_again_is_cleared():
    full = filling(8, 200, 10)
    emptied = filling(9, 400, 0, first=8 * 3600)
    found = seen(predicting(), [*full, *emptied])
    assert [text.split()[0] for _, text in found] == ["filesystem", "filesystem"]
    assert found[1][1].startswith("filesystem /data cleared")


@pytest.mark.parametrize(
    ("what", "hours", "left", "hourly", "wave"),
    [
        ("steady", 30, 100, 0, 0),
        ("slow: full in ten days", 30, 240, 1, 0),
        ("up and down by the hour", 30, 60, 0, 20),
        ("emptier by the hour", 20, 100, -3, 0),
    ],
)
def test_nothing_is_foretold_of_one_that_is(what, hours, left, hourly, wave):
    assert seen(predicting(), filling(hours, left, hourly, wave=wave)) == [], what


def test_nothing_is_foretold_further_ahead_than_its_growth_was_watched():
    assert seen(predicting(), filling(1, 100, 10)) == []
    assert [text for _, text in seen(predicting(), filling(2.5, 100, 10))] != []


def test_what_is_left_of_a_mount_that_does_not_answer_is_not_used():
    stuck = [replace(s, filesystem=(replace(s.filesystem[0], stale_seconds=5.0),)) for s in filling(8, 200, 10)]
    assert seen(predicting(), stuck) == []


@given(st.lists(st.tuples(st.floats(0, 1e6), st.floats(-1e15, 1e15)), max_size=40, unique_by=lambda p: p[0]))
def test_a_prediction_lies_within_its_own_range(points):
    found = forecast.predicted(sorted(points))
    if found is not None:
        assert 0 <= found.earliest <= found.seconds * (1 + 1e-9) <= found.latest * (1 + 1e-6)


# -- what people say --------------------------------------------------------------------------------------------------

QUICK = Rule("cpu-busy", "cpu", "busy_percent", ">", 80, 70, for_seconds=2, clear_for_seconds=2, label="CPU")


class Person:
    """Says things between two samples."""

    def __init__(self) -> None:
        self.marks: tuple[Mark, ...] = ()
        self.watch = Watch((QUICK,), lambda: self.marks)
        self.at = 0
        self.heard: list[str] = []

    def see(self, value: float, times: int) -> list[str]:
        """Return the state of what fires after so many samples of a value."""
        for _ in range(times):
            firing, events = self.watch(Snapshot(BEGUN + self.at, 1.0, cpu=Cpu(value)))
            self.heard += [event.text for event in events]
            self.at += 1
        return [alert.state for alert in firing]

    def say(self, word: str, *, until: float | None = None) -> None:
        mark = Mark(word, BEGUN + self.at, "cpu-busy", CPU, None if until is None else BEGUN + until, "ann")  # type: ignore[arg-type]  one of the three words
        self.marks = (*self.marks, mark)


def test_an_acknowledgement_is_of_one_alert_and_ends_with_it():
    person = Person()
    assert person.see(90, 4) == ["firing"]
    person.say("acknowledge")
    assert person.see(90, 2) == ["acknowledged"]
    assert person.heard[1:] == ["CPU acknowledged by ann"]
    assert person.see(10, 9) == []
    assert person.see(90, 9) == ["firing"]


def test_a_silence_holds_for_its_time_over_clearing_and_raising():
    person = Person()
    person.see(90, 4)
    person.say("silence", until=40)
    assert person.see(90, 1) == ["silenced"]
    assert person.heard[1:] == ["CPU silenced by ann for 36 s"]
    assert person.see(10, 5) == []
    assert person.see(90, 5) == ["silenced"]
    assert person.see(90, 30) == ["firing"]


def test_a_lift_ends_a_silence_and_an_acknowledgement():
    person = Person()
    person.see(90, 4)
    person.say("silence", until=4000)
    person.see(90, 1)
    person.say("lift")
    assert person.see(90, 1) == ["firing"]
    person.say("acknowledge")
    person.see(90, 1)
    person.say("lift")
    assert person.see(90, 1) == ["firing"]


def test_what_was_said_before_a_restart_makes_no_event_again():
    person = Person()
    person.see(90, 4)
    person.say("acknowledge")
    person.see(90, 1)
    (alert,) = person.watch.firing
    again = Watch((QUICK,), lambda: person.marks)
    again.resume([replace(alert, state="firing")], person.marks)
    firing, events = again(Snapshot(BEGUN + person.at, None, cpu=Cpu(90.0)))
    assert ([a.state for a in firing], events) == (["acknowledged"], ())


def test_the_standing_of_all_rules_is_told():
    watch = Watch((QUICK, BY_NAME["memory-used"]))
    for at in range(2):
        watch(Snapshot(BEGUN + at, 1.0, cpu=Cpu(90.0)))
    standing = watch.standing()
    assert [(r.name, r.condition, r.state) for r in standing.rules] == [
        ("cpu-busy", "cpu.busy_percent > 80 %", "pending"),
        ("memory-used", "memory.used_percent > 90 %", "inactive"),
    ]
    assert [(a.rule, a.state) for a in standing.pending] == [("cpu-busy", "pending")]
    for at in range(2, 4):
        watch(Snapshot(BEGUN + at, 1.0, cpu=Cpu(90.0)))
    assert [a.rule for a in watch.standing().firing] == ["cpu-busy"]
    assert watch.standing().rules[0].state == "firing"


# -- many -------------------------------------------------------------------------------------------------------------


def test_a_thousand_rules_find_each_their_own_of_a_thousand_devices():
    rules = tuple(
        Rule(f"core{n}", "core", "busy_percent", ">", 80, 70, for_seconds=0, device=f"{n}") for n in range(1000)
    )
    plan, state = Plan(rules), State()
    cores = tuple(Core(f"{n}", 99.0 if n % 100 == 7 else 1.0) for n in range(1000))
    events: list[Event] = []
    for at in range(3):
        state, firing, new = evaluate(plan, state, Snapshot(BEGUN + at, 1.0, core=cores))
        events += new
    assert [event.alert and event.alert.rule for event in events] == [f"core{n}" for n in range(7, 1000, 100)]
    assert [alert.rule for alert in firing] == [f"core{n}" for n in range(7, 1000, 100)]
