"""That each scenario's culprit does what it is named for, when it should, and lets the default alerts find it."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from itertools import pairwise

import pytest
from simulated_runs import START, run_of

from tuimon.alerts.engine import State, evaluate
from tuimon.alerts.rules import DEFAULT_RULES
from tuimon.collectors.simulated import LIVE, Incident, at_the_end, before_live, open_simulated
from tuimon.collectors.simulated.incident import Phase, phase_of
from tuimon.model.process import Process
from tuimon.model.snapshot import Event, Snapshot

BEGIN, END = round(LIVE.first), round(LIVE.first + LIVE.length)
AT_FULL = slice(round(LIVE.first + LIVE.ramp), END)


def top(snapshots: Iterable[Snapshot], field: str) -> str:
    """Return the name of the process that has the most of something over a stretch."""
    used: Counter[tuple[str, float]] = Counter()
    for process in (process for snapshot in snapshots for process in snapshot.processes):
        used[process.name, process.started_at] += getattr(process, field) or 0
    return max(used, key=used.__getitem__)[0]


def events_of(snapshots: Iterable[Snapshot]) -> list[Event]:
    state, found = State(), []
    for snapshot in snapshots:
        state, _, events = evaluate(DEFAULT_RULES, state, snapshot)
        found += events
    return found


def raised(scenario: str) -> list[tuple[str, str, str]]:
    return [(e.kind, e.alert.rule, e.alert.series.device) for e in events_of(run_of(scenario)) if e.alert]


def writes(process: Process) -> float | None:
    return process.write_bytes_per_second


@pytest.mark.parametrize(
    ("scenario", "culprit", "field"),
    [
        ("memory-leak", "leaky", "rss_bytes"),
        ("disk-full", "logspill", "write_bytes_per_second"),
        ("cpu-spike", "crunch", "cpu_percent"),
        ("network-storm", "floodd", "cpu_percent"),
        ("flapping", "yoyo", "cpu_percent"),
    ],
)
def test_the_culprit_tops_its_metric_during_the_incident_and_not_before(scenario, culprit, field):
    run = run_of(scenario)
    assert top(run[BEGIN:END], field) == culprit
    assert top(run[1:BEGIN], field) != culprit
    assert top(run[END + 1 : END + 80], field) != culprit


@pytest.mark.parametrize(
    ("scenario", "rule", "device"),
    [("memory-leak", "memory-used", ""), ("disk-full", "filesystem-used", "/data"), ("cpu-spike", "cpu-busy", "")],
)
def test_the_default_rules_raise_once_and_clear_after_the_incident(scenario, rule, device):
    killed = [("alert_raised", "oom-kill", "")] if scenario == "memory-leak" else []
    assert raised(scenario) == [("alert_raised", rule, device), *killed, ("alert_cleared", rule, device)]


@pytest.mark.parametrize("scenario", ["calm", "busy", "network-storm", "flapping"])
def test_the_default_rules_raise_nothing_where_nothing_lasts(scenario):
    assert raised(scenario) == []


def test_flapping_crosses_the_threshold_again_and_again_and_never_stays_beyond_it():
    beyond = [s.cpu.busy_percent > 80 for s in run_of("flapping")[BEGIN:END]]
    crossings = sum(1 for before, after in pairwise(beyond) if after and not before)
    longest = max(len(stretch) for stretch in "".join("x" if b else " " for b in beyond).split())
    assert crossings >= 7
    assert longest < 30


def test_the_leak_is_killed_and_comes_back_as_another_process():
    run = run_of("memory-leak")
    identity = {p.identity for s in run[:END] for p in s.processes if p.name == "leaky"}
    after = {p.identity for s in run[END + 1 : BEGIN + 300] for p in s.processes if p.name == "leaky"}
    assert [pid for pid, _ in identity] == [4312]
    assert len(after) == 1
    assert not identity & after
    grown = run[END - 1].memory.used_bytes - run[BEGIN - 1].memory.used_bytes
    leaked = max(p.rss_bytes for p in run[END - 1].processes) - 220 * 1024**2
    assert grown == pytest.approx(leaked, rel=0.05)
    assert run[END - 1].swap.used_bytes > run[BEGIN].swap.used_bytes


def test_the_disk_fills_by_what_the_culprit_writes():
    run = run_of("disk-full")
    written = sum(writes(p) or 0 for s in run[BEGIN:END] for p in s.processes if p.name == "logspill")
    data = [s.filesystem[2].used_bytes for s in run]
    assert data[END - 1] - data[BEGIN - 1] == pytest.approx(written, rel=0.01)
    assert run[END - 1].filesystem[2].used_percent > 95
    assert run[END + 1].filesystem[2].used_percent < 75
    assert max(s.disk[1].busy_percent or 0 for s in run[BEGIN : BEGIN + 30]) > 70


def test_the_storm_brings_packets_drops_and_soft_interrupts():
    run = run_of("network-storm")
    calm, storm = run[BEGIN - 10], run[BEGIN + 60]
    assert storm.network[0].receive_packets_per_second > 20 * calm.network[0].receive_packets_per_second
    assert calm.network[0].receive_drops_per_second == 0 < storm.network[0].receive_drops_per_second
    assert storm.cpu.irq_percent > 5 * max(calm.cpu.irq_percent, 0.5)
    assert storm.tcp.time_wait > 2 * calm.tcp.time_wait


def test_a_batch_comes_with_its_incident_goes_with_it_and_comes_again():
    run = run_of("cpu-spike")
    there = [any(p.name == "crunch" for p in s.processes) for s in run]
    assert [tick for tick, seen in enumerate(there) if seen] == [*range(BEGIN, END), *range(BEGIN + 300, len(run))]
    identities = {p.identity for s in run for p in s.processes if p.name == "crunch"}
    assert len(identities) == 2
    assert all(s.cpu.busy_percent > 80 for s in run[AT_FULL])


def test_a_filled_history_ends_in_an_incident_that_takes_its_last_tenth():
    span = 6 * 3600
    machine = open_simulated("memory-leak", 1, start=START, incident=at_the_end(span))
    used = [machine.sample_at(START + 60 * n, 60.0).memory.used_percent or 0 for n in range(span // 60 + 1)]
    assert max(used[: round(0.9 * len(used)) - 1]) < 40
    assert used[-1] > 90
    assert used[-1] == pytest.approx(used[-2], abs=2)


def test_incidents_have_phases():
    incident = Incident(first=60, length=150, ramp=40, every=300)
    assert incident.phase(59.9) is None
    assert incident.phase(60) == Phase(0, 0.0, 0.0)
    assert incident.phase(80) == Phase(0, 20.0, 0.5)
    assert incident.phase(209.5) == Phase(0, 149.5, 1.0)
    assert incident.phase(210) is None
    assert incident.phase(660) == Phase(2, 0.0, 0.0)
    assert Incident(10, math.inf, 0).phase(1e9) == Phase(0, 1e9 - 10, 1.0)


def test_a_past_before_a_live_session_has_one_incident_and_the_session_its_own():
    incidents = before_live(86400)
    on = [age for age in range(0, 86400 + 700, 10) if phase_of(incidents, age) is not None]
    past = [age for age in on if age < 86400]
    assert 0.5 * 86400 < past[0] < past[-1] < 0.7 * 86400
    assert on[len(past)] == 86400 + 60
