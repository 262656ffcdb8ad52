"""What people write into `alerts.rules`, and the rules that it makes."""

from __future__ import annotations

import contextlib
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuimon.config.conditions import parse_condition, show_condition
from tuimon.config.load import ConfigError, load
from tuimon.config.quantities import EXAMPLES, parse_quantity, show_quantity
from tuimon.config.rulebook import rules_of
from tuimon.config.rulekinds import quiet_hours, show_quiet
from tuimon.model.catalogue import RECORDED
from tuimon.model.rule import DEFAULT_RULES, WATCHED, Quiet, Rule, Term

MIB, GIB = 1 << 20, 1 << 30
TARGETS = "notify:\n  targets: [{name: ops, url: 'json://a'}, {name: boss, url: 'json://b'}]\n"


def rules(tmp_path, text: str) -> dict[str, Rule]:
    path = tmp_path / "config.yaml"
    path.write_text(text)
    return {rule.name: rule for rule in rules_of(load(str(path), environ={}).settings.alerts)}


def one(tmp_path, text: str) -> Rule:
    return next(reversed(rules(tmp_path, f"{TARGETS}alerts:\n  rules:\n    - {text}\n").values()))


@pytest.mark.parametrize(
    ("text", "family", "metric", "device", "comparison", "threshold"),
    [
        ("cpu > 80", "cpu", "busy_percent", "", ">", 80),
        ("memory.available_bytes < 500 MiB", "memory", "available_bytes", "", "<", 500 * MIB),
        ("memory.available_bytes below 1G", "memory", "available_bytes", "", "<", GIB),
        ("disk.latency_seconds[sd*] > 100 ms", "disk", "latency_seconds", "sd*", ">", 0.1),
        ("disk.write_bytes_per_second[nvme0n1] > 10 MB/s", "disk", "write_bytes_per_second", "nvme0n1", ">", 1e7),
        (
            "network.receive_bytes_per_second[eth0] > 100 Mbit/s",
            "network",
            "receive_bytes_per_second",
            "eth0",
            ">",
            12.5e6,
        ),
        ("network.receive_bytes_per_second > 1 MiB/s", "network", "receive_bytes_per_second", "", ">", MIB),
        ("system.context_switches_per_second > 200k/s", "system", "context_switches_per_second", "", ">", 2e5),
        ("sensor over 80 °C", "sensor", "temperature_celsius", "", ">", 80),
        ("cpu.frequency_hertz under 800 MHz", "cpu", "frequency_hertz", "", "<", 8e8),
        ("sensor.fan_rpm[cpu*] < 300 rpm", "sensor", "fan_rpm", "cpu*", "<", 300),
        ("battery.power_watts > 30 W", "battery", "power_watts", "", ">", 30),
        ("filesystem.full_in_seconds[/data] < 12 h", "filesystem", "full_in_seconds", "/data", "<", 43200),
        ("filesystem.used_percent[/mnt/a b] > 90%", "filesystem", "used_percent", "/mnt/a b", ">", 90),
        ("tcp.established > 20k", "tcp", "established", "", ">", 20000),
        ("load.load1 more than 16", "load", "load1", "", ">", 16),
        ("collector[disk] failing", "collector", "failing", "disk", ">", 0.5),
        ("recorder failing", "recorder", "failing", "", ">", 0.5),
    ],
)
def test_a_condition_is_read_with_its_units(text, family, metric, device, comparison, threshold):  # noqa: PLR0917  a row of the table
    found = parse_condition(text)
    assert (found.family, found.metric, found.device) == (family, metric, device)
    assert (found.comparison, found.threshold) == (comparison, pytest.approx(threshold))


@pytest.mark.parametrize(
    ("text", "metric", "who", "together", "threshold", "within"),
    [
        ("process nginx missing", "missing", "nginx", False, 0.5, 0),
        ('process "user = www and cmd ~ worker" missing', "missing", '"user = www and cmd ~ worker"', False, 0.5, 0),
        ("process nginx memory > 2 GiB", "rss_bytes", "nginx", False, 2 * GIB, 0),
        ("process nginx memory > 40 %", "memory_percent", "nginx", False, 40, 0),
        ("processes chrome cpu > 300 %", "cpu_percent", "chrome", True, 300, 0),
        ("processes nginx count < 4", "count", "nginx", True, 4, 0),
        ("process worker* restarts > 3 in 10 min", "restarts", "worker*", False, 3, 600),
        ("process worker restarting within 1h", "restarts", "worker", False, 0, 3600),
        ("process rsync write > 50 MB/s", "write_bytes_per_second", "rsync", False, 5e7, 0),
    ],
)
def test_a_condition_may_be_about_processes(text, metric, who, together, threshold, within):  # noqa: PLR0917  a row of the table
    found = parse_condition(text)
    assert (found.family, found.metric, found.who, found.together) == ("process", metric, who, together)
    assert (found.threshold, found.within_seconds) == (threshold, within)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("cpu.bussy_percent > 80 %", "'cpu.bussy_percent' is not a metric; did you mean 'cpu.busy_percent'?"),
        ("memroy > 80 %", "'memroy' is not a family of metrics; did you mean 'memory'?"),
        ("memory.used_percent > 2 GiB", "expected a percentage such as 80 %, got '2 GiB'"),
        ("memory.used_bytes > 80 %", "expected a size such as 2 GiB, got '80 %'"),
        ("cpu.busy_percent >= 80 %", "expected '>' or '<', got '>='"),
        (
            "network.receive_bytes_total > 1 GiB",
            "network.receive_bytes_total is a total that only grows; watch its rate",
        ),
        ("cpu.busy_percent[0] > 80 %", "cpu has no devices, so '[0]' cannot be one"),
        ("cpu > 80 % for ever and a day", "expected a percentage such as 80 %, got '80 % for ever'"),
        ("cpu > 80 % for 5 parsecs", "expected a length of time after 'for', such as 5 min, got '5 parsecs'"),
        ("process nginx cups > 3", "'cups' is nothing of a process that can be watched; did you mean 'cpu'?"),
        ('process "cpu >" missing', '"cpu >" is not a filter of processes: at character 6'),
        ("process nginx missing and cpu > 3 %", "'and' joins metrics of the machine only"),
        ("process nginx gone", "expected 'missing', 'restarts > 3 in 10 min' or a use such as 'memory > 2 GiB'"),
        ("cpu > 80 % and disk.busy_percent > 3 %", "after 'and' expected a metric of the machine"),
        ("everything is fine", "expected a condition such as 'memory.used_percent > 90 %'"),
        ("", "expected a condition such as"),
        ("x" * 500, "expected a condition such as"),
    ],
)
def test_a_mistake_in_a_condition_says_what_was_expected_and_what_is_nearest(text, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        parse_condition(text)


def test_all_that_must_hold_together_is_joined_by_and():
    found = parse_condition("swap.in_bytes_per_second > 1 MB/s and memory.used_percent > 90 % for 2 min")
    assert found.also == (Term("memory", "used_percent", ">", 90),)
    assert found.for_seconds == 120


@st.composite
def conditions(draw: st.DrawFn) -> Rule:
    family = draw(st.sampled_from(sorted(RECORDED)))
    metric = draw(st.sampled_from(RECORDED[family]))
    comparison = draw(st.sampled_from([">", "<"]))
    threshold = float(draw(st.integers(0, 10**9)))
    device = draw(st.sampled_from(["", "sda", "/mnt/a b", "eth*"])) if metric.devices else ""
    return Rule("r", family, metric.name, comparison, threshold, threshold, device=device)


@given(conditions())
def test_what_a_rule_is_shown_as_is_read_as_that_rule(rule: Rule):
    found = parse_condition(show_condition(rule))
    assert (found.family, found.metric, found.device) == (rule.family, rule.metric, rule.device)
    assert found.comparison == rule.comparison
    assert found.threshold == pytest.approx(rule.threshold)


@pytest.mark.parametrize("rule", DEFAULT_RULES, ids=lambda rule: rule.name)
def test_the_rules_that_come_with_the_program_can_be_written(rule):
    found = parse_condition(show_condition(rule))
    assert (found.family, found.metric, found.threshold, found.also) == (
        rule.family,
        rule.metric,
        pytest.approx(rule.threshold),
        rule.also,
    )


@given(st.text(max_size=60))
def test_no_text_makes_the_language_fail(text):
    with contextlib.suppress(ValueError):
        found = parse_condition(text)
        assert found.family in {*RECORDED, *(family for family, _ in WATCHED)}


@given(st.sampled_from(sorted(EXAMPLES)), st.integers(0, 10**12))
def test_an_amount_that_is_shown_is_read_back(unit, value):
    assert parse_quantity(show_quantity(float(value), unit), unit) == pytest.approx(value)


def test_each_unit_of_the_catalogue_has_its_example_which_is_read():
    assert {metric.unit for metrics in RECORDED.values() for metric in metrics} <= set(EXAMPLES)
    for unit, example in EXAMPLES.items():
        assert parse_quantity(example.partition("such as ")[2].partition(" or ")[0], unit) > 0


def test_a_rule_says_all_that_there_is_to_say(tmp_path):
    found = one(
        tmp_path,
        '{name: ram, when: "memory.available_bytes < 500 MiB", for: 2 min, clear: 600 MiB, recover: 1 min, '
        'severity: critical, repeat: 1 h, quiet: ["22:00-07:00", "sat, sun 00:00-24:00"], targets: [ops, boss], '
        "label: memory left, hint: close the browser, critical: 100 MiB}",
    )
    assert found == Rule(
        "ram",
        "memory",
        "available_bytes",
        "<",
        500 * MIB,
        600 * MIB,
        for_seconds=120,
        clear_for_seconds=60,
        severity="critical",
        critical=100 * MIB,
        label="memory left",
        repeat_seconds=3600,
        quiet=(Quiet(22 * 60, 7 * 60), Quiet(0, 24 * 60, (5, 6))),
        targets=("ops", "boss"),
        hint="close the browser",
    )


def test_a_condition_alone_is_a_rule_of_that_name(tmp_path):
    found = one(tmp_path, "swap.used_percent > 50 % for 5 min")
    assert (found.name, found.threshold, found.clear, found.for_seconds) == (
        "swap.used_percent > 50 % for 5 min",
        50,
        47.5,
        300,
    )


def test_the_keys_of_before_go_on_changing_the_rules_that_come_with_the_program(tmp_path):
    found = rules(tmp_path, "alerts:\n  filesystem: {above: 97 %, for: 5 min}\n  cpu: {enabled: off}\n")
    assert "cpu-busy" not in found
    for name in ("filesystem-used", "filesystem-inodes"):
        assert (found[name].threshold, found[name].for_seconds, found[name].critical) == (97, 300, 97)
    assert set(found) == {rule.name for rule in DEFAULT_RULES} - {"cpu-busy"}


def test_a_rule_that_comes_with_the_program_is_changed_or_left_out_by_its_name(tmp_path):
    found = rules(
        tmp_path,
        f"{TARGETS}alerts:\n  memory: {{above: 95 %}}\n  rules:\n    - {{name: swap-thrash, enabled: off}}\n"
        "    - {name: memory-used, for: 10 min, targets: ops}\n",
    )
    assert "swap-thrash" not in found
    assert (found["memory-used"].threshold, found["memory-used"].for_seconds) == (95, 600)
    assert found["memory-used"].targets == ("ops",)


def test_rules_can_be_given_in_the_environment():
    loaded = load(environ={"TUIMON_ALERTS_RULES": "swap > 50 % for 5 min; process nginx missing"})
    assert [rule.family for rule in rules_of(loaded.settings.alerts)[-2:]] == ["swap", "process"]


def test_a_mistake_in_the_environment_is_one_line():
    with pytest.raises(ConfigError, match=r"TUIMON_ALERTS_RULES.*did you mean 'memory'"):
        load(environ={"TUIMON_ALERTS_RULES": "memroy > 3 %"})


@pytest.mark.parametrize("text", ["22:00-07:00", "sat, sun 00:00-24:00", "mon, tue, wed, thu, fri 18:00-08:00"])
def test_quiet_hours_are_shown_as_they_are_written(text):
    assert show_quiet(quiet_hours(text)) == text


def test_a_span_of_days_may_go_over_the_end_of_the_week():
    assert quiet_hours("fri-mon 10:00-11:00").days == (0, 4, 5, 6)


@pytest.mark.parametrize("text", ["22-07", "25:00-07:00", "10:00-10:00", "fry 10:00-11:00", "10:70-11:00"])
def test_hours_that_make_no_sense_are_refused(text):
    with pytest.raises(ValueError, match="hours such as"):
        quiet_hours(text)


def test_a_number_of_processes_that_is_enough_again_clears(tmp_path):
    path = tmp_path / "c.yaml"
    path.write_text("alerts: {rules: ['processes nginx count < 4', 'process nginx restarts > 3 in 10 min']}\n")
    few, often = rules_of(load(str(path), environ={}).settings.alerts)[-2:]
    assert (few.threshold, few.clear) == (4.0, 4.0)
    assert (often.threshold, often.clear) == (3.0, 3.0)


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ('{name: a, when: "cpu > 80 %", critical: 70 %}', "critical: expected at least 80 %, got 70 %"),
        (
            '{name: a, when: "memory.available_bytes < 1 GiB", critical: 2 GiB}',
            "critical: expected at most 1 GiB, got 2 GiB",
        ),
        ("{name: filesystem-used, critical: 50 %}", "critical: expected at least 85 %, got 50 %"),
    ],
)
def test_nothing_is_critical_before_it_is_raised(tmp_path, rule, message):
    path = tmp_path / "c.yaml"
    path.write_text(f"alerts:\n  rules:\n    - {rule}\n")
    with pytest.raises(ConfigError, match=re.escape(message)):
        load(str(path), environ={})


def test_an_amount_is_shown_in_the_unit_that_says_it_shortest():
    assert show_quantity(12.5e6, "bytes_per_second") == "12.5 MB/s"
    assert show_quantity(2 * 2**30 * 0.95, "bytes") == "1.9 GiB"
    assert show_quantity(500 * 2**20, "bytes") == "500 MiB"
