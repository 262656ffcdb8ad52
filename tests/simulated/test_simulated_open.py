"""How a simulated machine is opened, and that it is the same each time."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from dataclasses import replace

import pytest
from simulated_runs import START, run_of

from tuimon.collectors.simulated import SCENARIOS, UPTIME, open_simulated
from tuimon.model.snapshot import Snapshot
from tuimon.protocols import Collector


class Clock:
    def __init__(self, start: float) -> None:
        self.at = start

    def now(self) -> float:
        self.at += 1.0
        return self.at

    def monotonic(self) -> float:
        return self.at


def shifted(snapshot: Snapshot, seconds: float) -> Snapshot:
    """Return a snapshot as it would be, had it been taken at another time."""
    booted_at = snapshot.host.booted_at
    assert booted_at is not None
    return replace(
        snapshot,
        time=snapshot.time + seconds,
        host=replace(snapshot.host, booted_at=booted_at + seconds),
        processes=tuple(p._replace(started_at=p.started_at + seconds) for p in snapshot.processes),
    )


def test_the_scenarios_are_those_of_the_contract_and_each_says_what_it_is():
    assert set(SCENARIOS) == {
        "calm",
        "busy",
        "memory-leak",
        "disk-full",
        "cpu-spike",
        "network-storm",
        "flapping",
    }
    assert all(help_ and "\n" not in help_ for help_ in SCENARIOS.values())


@pytest.mark.parametrize(("wrong", "near"), [("memory", "memory-leak"), ("bussy", "busy"), ("disk_full", "disk-full")])
def test_an_unknown_scenario_is_refused_with_the_nearest_name(wrong, near):
    with pytest.raises(ValueError, match=f"{wrong}.*did you mean {near}"):
        open_simulated(wrong)


def test_a_name_that_is_near_to_nothing_is_refused_with_all_names():
    with pytest.raises(ValueError, match=r"calm.*flapping"):
        open_simulated("qqqqq")


def test_the_same_seed_gives_the_same_snapshots(run):
    again = run_of.__wrapped__
    name = next(name for name in SCENARIOS if run_of(name) is run)
    assert again(name, 150) == run[:150]


@pytest.mark.parametrize("hash_seed", ["1", "2"])
def test_another_process_sees_the_same_machine(hash_seed):
    program = (
        "from tuimon.collectors.simulated import open_simulated\n"
        "machine = open_simulated('busy', 1)\n"
        f"for tick in range(100): snapshot = machine.sample_at({START} + tick, 1.0)\n"
        "print(repr(snapshot))"
    )
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, env=environment)
    assert done.stdout.strip() == repr(run_of("busy")[99])


def test_another_seed_gives_another_machine_and_other_numbers():
    first, second = (open_simulated("busy", seed).sample_at(START, 1.0) for seed in (1, 2))
    assert first.host.machine_id != second.host.machine_id
    assert first.memory != second.memory


def test_the_wall_clock_stamps_the_numbers_and_changes_none():
    here, there = open_simulated("cpu-spike", 3, clock=Clock(START)), open_simulated("cpu-spike", 3)
    for tick in range(1, 130):
        theirs = there.sample_at(START + tick + 40_000.0, 1.0)
        assert here.sample() == shifted(theirs, -40_000.0)


def test_who_looks_at_what_changes_nothing():
    looked, alone = open_simulated("calm", clock=Clock(START)), open_simulated("calm", clock=Clock(START))
    for _ in range(20):
        assert looked.sample(visible=(1, 2, 4312)) == alone.sample()


def test_nothing_is_taken_from_the_shared_random_numbers():
    before = random.getstate()
    machine = open_simulated("busy")
    for tick in range(30):
        machine.sample_at(START + tick, 1.0)
    assert random.getstate() == before


def test_with_a_start_the_traffic_follows_the_time_of_day():
    def busy_at(hour: int) -> float:
        midnight = START - START % 86400
        machine = open_simulated("busy", 1, start=midnight + hour * 3600)
        seen = [machine.sample_at(midnight + hour * 3600 + 60 * n, 60.0).cpu.busy_percent or 0 for n in range(30)]
        return sum(seen) / len(seen)

    assert busy_at(16) > 1.6 * busy_at(4)


def test_a_past_and_a_present_with_one_boot_have_the_same_processes():
    booted_at = START - UPTIME
    past = open_simulated("memory-leak", 1, booted_at=booted_at).sample_at(START - 86400, 1.0)
    present = open_simulated("memory-leak", 1, booted_at=booted_at).sample_at(START, 1.0)
    assert past.host == present.host
    assert {p.identity for p in past.processes} == {p.identity for p in present.processes}
    assert sum(p.cpu_seconds for p in past.processes) < sum(p.cpu_seconds for p in present.processes)


def test_a_day_without_a_start_ends_at_the_hour_at_which_it_began():
    machine = open_simulated("busy", 1)
    busy = [machine.sample_at(START + 600 * n, 600.0).cpu.busy_percent or 0 for n in range(146)]
    evening, night, morning = (sum(busy[k : k + 12]) / 12 for k in (6, 78, 132))
    assert night < 0.7 * min(evening, morning)
    assert evening == pytest.approx(morning, rel=0.3)


def test_it_is_a_collector_and_may_be_closed_twice():
    machine: Collector = open_simulated()
    machine.close()
    machine.close()
    assert machine.sample().elapsed is None


def test_the_interval_is_the_time_between_samples():
    machine = open_simulated("busy", interval=5.0)
    machine.sample()
    snapshot = machine.sample()
    assert snapshot.elapsed == 5.0
