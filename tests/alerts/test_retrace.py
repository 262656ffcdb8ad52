"""What the rules would have said of a recorded past is what they did say of it; and what they say of each scenario."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import pytest

from tuimon import compose
from tuimon.alerts.retrace import propose, retrace, snapshots
from tuimon.alerts.rules import DEFAULT_RULES, Rule
from tuimon.alerts.watch import Watch
from tuimon.cli import main
from tuimon.collectors.simulated import at_the_end, open_simulated
from tuimon.config.settings import DEFAULTS
from tuimon.history import open_archive
from tuimon.model.families import Cpu
from tuimon.model.snapshot import Event, Snapshot
from tuimon.pipeline.fill import even as evenly
from tuimon.pipeline.fill import moments

START = 1_763_971_200.0  # 2025-11-24 08:00 UTC
SPAN = 3600.0
ONE = {rule.name: rule for rule in DEFAULT_RULES}


def lived(scenario: str, span: float, step: float) -> Iterator[Snapshot]:
    """A machine's samples over a span, its incident in the last tenth, as `tuimon fill` makes them."""
    machine = open_simulated(scenario, 1, incident=(at_the_end(span),), start=START)
    for moment, length in moments(START, evenly(START + span, step)):
        yield machine.sample_at(moment, length)


def raised(events: Sequence[Event] | Iterator[Event]) -> list[tuple[str, str, float]]:
    return [
        (event.alert.rule, event.alert.series.device, event.time - START)
        for event in events
        if event.alert is not None and event.kind == "alert_raised"
    ]


EXPECTED = {
    "calm": [],
    "busy": [],
    "network-storm": [],
    "flapping": [],
    "cpu-spike": ["cpu-busy"],
    "memory-leak": ["memory-used"],
    "disk-full": ["filesystem-used"],
}


@pytest.mark.parametrize("scenario", sorted(EXPECTED))
def test_each_scenario_raises_what_is_wrong_with_it_and_nothing_else(scenario):
    watch = Watch()
    found = raised([event for snapshot in lived(scenario, SPAN, 1.0) for event in watch(snapshot)[1]])
    assert [rule for rule, _, _ in found] == EXPECTED[scenario]
    began, ramp = 0.9 * SPAN, 0.05 * SPAN
    for rule, _, at in found:
        assert began + ONE[rule].for_seconds <= at <= began + ramp + ONE[rule].for_seconds + 1


def test_a_quiet_year_raises_nothing():
    watch = Watch()
    found = [event.text for snapshot in lived("calm", 365 * 86400.0, 21600.0) for event in watch(snapshot)[1]]
    assert found == []


@pytest.fixture(scope="module")
def recorded(tmp_path_factory) -> str:
    path = str(tmp_path_factory.mktemp("retrace") / "history.db")
    machine = compose.Machine("memory-leak")
    compose.fill_history(
        machine, path, DEFAULTS, start=START, end=START + 3600, quick=False, progress=lambda _done, _of: None
    )
    return path


def test_the_past_through_the_same_rules_is_what_was_raised_then(recorded):
    archive = open_archive(recorded)
    then = [(e.time, e.kind) for e in archive.events(START, START + 3601) if e.alert is not None]
    past = snapshots(archive, DEFAULT_RULES, START, START + 3601)
    assert [(event.time, event.kind) for event in retrace(DEFAULT_RULES, past)] == then
    assert then
    archive.close()


def test_what_was_not_recorded_is_a_gap(recorded):
    archive = open_archive(recorded)
    past = list(snapshots(archive, DEFAULT_RULES, START - 500, START + 60))
    assert [snapshot.elapsed for snapshot in past] == [None] + [1.0] * 59
    archive.close()


def busy(*values: float) -> list[Snapshot]:
    return [Snapshot(START + n, 1.0, cpu=Cpu(value)) for n, value in enumerate(values)]


def test_a_threshold_is_proposed_for_a_wished_number_a_week():
    rule = Rule("cpu", "cpu", "busy_percent", ">", 50, 45, for_seconds=2, clear_for_seconds=2)
    day = [10.0] * 20 + [60.0] * 6 + [10.0] * 20 + [70.0] * 6 + [10.0] * 20 + [90.0] * 6 + [10.0] * 20
    past, week = busy(*day), 7 * 86400.0
    assert propose(rule, past, week, 3).raised == 3
    for wished in (0, 1, 2):
        found = propose(rule, past, week, wished)
        assert found.threshold is not None
        stricter = Rule("cpu", "cpu", "busy_percent", ">", found.threshold, found.threshold - 5, 2, 2)
        assert len(raised(retrace([stricter], past))) == found.raised_then == wished
        milder = Rule("cpu", "cpu", "busy_percent", ">", found.threshold - 3, found.threshold - 8, 2, 2)
        assert len(raised(retrace([milder], past))) > wished


def told(capsys, *words: str) -> tuple[int, str, str]:
    code = main(list(words))
    out, err = capsys.readouterr()
    return code, out, err


def test_the_command_tells_what_would_have_been_raised(capsys, recorded):
    code, out, err = told(capsys, "alerts", "test", "--replay", recorded, "--tz", "UTC", "--per-week", "0")
    assert (code, err) == (0, "")
    assert re.search(r"^2025-11-24 08:5\d:\d\d UTC  critical  memory \S+ % > 90 % for 1 min$", out, re.MULTILINE)
    assert re.search(r"^  memory-used +1 raised +168.\d a week$", out, re.MULTILINE)
    assert re.search(
        r"^memory-used: 168.\d a week with > 90 %; for at most 0 a week: > 9\d(\.\d)? %$", out, re.MULTILINE
    )
    assert "not judged, since a history does not hold what they are about: collector-failing" in out


def test_the_command_takes_one_rule_and_a_span(capsys, recorded):
    code, out, _ = told(
        capsys, "alerts", "test", "--replay", recorded, "--rule", "cpu-busy", "--to", "2025-11-24T08:30Z"
    )
    assert code == 0
    assert "memory-used" not in out
    assert re.search(r"^  cpu-busy +0 raised", out, re.MULTILINE)


@pytest.mark.parametrize(
    ("words", "code", "line"),
    [
        (["--rule", "cpu-bussy"], 2, "--rule: 'cpu-bussy' is not a rule; did you mean 'cpu-busy'?"),
        (["--per-week", "few"], 2, "--per-week: expected a number of alerts, such as 2, got 'few'"),
        (["--from", "2025-11-25T00:00Z", "--to", "2025-11-24T00:00Z"], 2, "--from must be before --to"),
        (["--from", "2024-01-01", "--to", "2024-01-02"], 1, "the history has nothing between --from and --to"),
    ],
)
def test_what_cannot_be_tested_is_one_line(capsys, recorded, words, code, line):
    found, _, err = told(capsys, "alerts", "test", "--replay", recorded, *words)
    assert (found, err.count("\n")) == (code, 1)
    assert line in err


def test_check_shows_the_rules_in_force_or_the_mistake(capsys, tmp_path):
    path = tmp_path / "config.yaml"
    path.write_text(
        "alerts:\n  rules:\n    - {name: web, when: process nginx missing, quiet: 22:00-07:00, repeat: 1h}\n"
    )
    code, out, _ = told(capsys, "alerts", "check", "--config", str(path))
    assert code == 0
    assert re.search(
        r"^web +process nginx missing +60 s +warning +again every 1 h; quiet 22:00-07:00$", out, re.MULTILINE
    )
    assert f"{len(DEFAULT_RULES) + 1} rules, no mistakes" in out
    path.write_text("alerts:\n  rules:\n    - memory.used_percents > 90 %\n")
    code, _, err = told(capsys, "alerts", "check", "--config", str(path))
    assert code == 2
    assert err.count("\n") == 1
    assert "did you mean 'memory.used_percent'?" in err
