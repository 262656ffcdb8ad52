"""That a simulated machine's numbers are those of a machine: typed, in range, and adding up."""

from __future__ import annotations

import dataclasses
import math
import types
import typing
from itertools import pairwise
from random import Random
from statistics import median

import pytest
from simulated_runs import START, run_of

from tuimon.collectors.simulated import open_simulated
from tuimon.collectors.simulated.memory import KERNEL, SHARED, TOTAL
from tuimon.collectors.simulated.processor import Effort, Processor
from tuimon.model.catalogue import FAMILIES, METRICS
from tuimon.model.process import Process
from tuimon.model.text import harmless

CORES = 8
ABSENT = {"battery"}  # a server
PAIRS = [  # a rate of the catalogue and the counter that it must agree with
    (family, metric.name, metric.name.replace("_per_second", "_total"))
    for family, metrics in METRICS.items()
    for metric in metrics
    if metric.name.endswith("_per_second")
    and any(m.name == metric.name.replace("_per_second", "_total") for m in metrics)
]
NO_LIMIT = {
    *(("cpu", f"limit_{what}") for what in ("cores", "used_percent", "throttled_percent")),
    *(("memory", f"limit_{what}") for what in ("bytes", "used_bytes", "used_percent")),
    ("memory", "arc_bytes"),  # no ZFS either
}
SOMETIMES_UNKNOWN = {
    ("disk", "latency_seconds"),
    ("sensor", "temperature_celsius"),
    ("sensor", "fan_rpm"),
    ("filesystem", "stale_seconds"),
    *NO_LIMIT,  # simulated machines are machines, not containers
}


def fits(value: object, annotation: object) -> bool:
    """Return whether a value is of an annotated type; an int will do for a float, a bool for neither."""
    if isinstance(annotation, types.UnionType):
        return any(fits(value, part) for part in typing.get_args(annotation))
    if annotation in (float, int) and isinstance(value, bool):
        return False
    return isinstance(value, (int, float) if annotation is float else annotation)


def test_every_value_has_the_type_that_the_catalogue_declares(run):
    for name, cls in FAMILIES.items():
        hints = typing.get_type_hints(cls)
        for item in (item for snapshot in run[::7] for item in snapshot.family(name)):
            for field in dataclasses.fields(cls):
                assert fits(getattr(item, field.name), hints[field.name]), (name, field.name, item)
    hints = typing.get_type_hints(Process)
    for process in (process for snapshot in run[::40] for process in snapshot.processes):
        for field, value in process._asdict().items():
            assert fits(value, hints[field]), (field, process)


def test_every_family_is_there_but_a_battery(run):
    for name in FAMILIES:
        assert bool(run[-1].family(name)) == (name not in ABSENT), name
    assert not run[-1].faults


def test_the_first_sample_knows_no_rate_and_each_later_one_knows_all(run):
    first, second = run[0], run[1]
    assert first.elapsed is None
    assert second.elapsed == 1.0
    rates = [(f, m.name) for f, ms in METRICS.items() for m in ms if m.unit.endswith("per_second")]
    rates += [("cpu", "busy_percent"), ("core", "busy_percent"), ("disk", "busy_percent")]
    for family, name in rates:
        assert all(getattr(item, name) is None for item in first.family(family)), (family, name)
        assert all(getattr(item, name) is not None for item in second.family(family)), (family, name)
    assert all(p.cpu_percent is p.read_bytes_per_second is p.write_bytes_per_second is None for p in first.processes)


def test_nothing_is_unknown_that_a_server_knows(run):
    for snapshot in run[1::7]:
        for family, metrics in METRICS.items():
            for item in snapshot.family(family):
                unknown = [m.name for m in metrics if getattr(item, m.name) is None]
                assert all((family, name) in SOMETIMES_UNKNOWN for name in unknown), (family, unknown)


def test_numbers_are_finite_not_negative_and_percents_at_most_a_hundred(run):
    for snapshot in run:
        for family, metrics in METRICS.items():
            for item in snapshot.family(family):
                for metric in metrics:
                    value = getattr(item, metric.name)
                    if value is None:
                        continue
                    assert math.isfinite(value), (family, metric.name, value)
                    assert value >= 0, (family, metric.name, value)
                    if metric.unit == "percent" and family != "self":
                        assert value <= 100.0 + 1e-9, (family, metric.name, value)


def test_the_parts_of_the_cpu_make_the_whole(run):
    for snapshot in run[1:]:
        cpu = snapshot.cpu
        assert cpu.user_percent + cpu.system_percent + cpu.steal_percent == pytest.approx(cpu.busy_percent)
        assert cpu.busy_percent + cpu.iowait_percent <= 100.0 + 1e-9
        assert sum(core.busy_percent for core in snapshot.core) == pytest.approx(CORES * cpu.busy_percent)
        assert len(snapshot.core) == cpu.cores == snapshot.host.cores == CORES


def test_the_cpu_counters_move_as_the_percentages_say(run):
    for before, after in pairwise(run):
        idle = after.cpu.idle_seconds_total - before.cpu.idle_seconds_total
        waited = after.cpu.iowait_seconds_total - before.cpu.iowait_seconds_total
        assert 100.0 * (1 - (idle + waited) / (CORES * after.elapsed)) == pytest.approx(
            after.cpu.busy_percent, abs=1e-4
        )
        for old, new in zip(before.core, after.core, strict=True):
            spent = (
                (new.idle_seconds_total - old.idle_seconds_total) + new.iowait_seconds_total - old.iowait_seconds_total
            )
            assert 100.0 * (1 - spent / after.elapsed) == pytest.approx(new.busy_percent, abs=1e-4)
        for mode in ("user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal"):
            name = f"{mode}_seconds_total"
            assert sum(getattr(core, name) for core in after.core) == pytest.approx(getattr(after.cpu, name))


def test_the_processes_cpu_adds_up_to_the_machines(run):
    """What is left over is interrupts, stolen time, and those who came and went or were first seen now."""
    apart = []
    for before, snapshot in pairwise(run):
        known = {p.identity for p in before.processes}
        if any(p.identity not in known for p in snapshot.processes):
            continue
        processes = sum(p.cpu_percent for p in snapshot.processes)
        machine = CORES * (snapshot.cpu.busy_percent - snapshot.cpu.irq_percent - snapshot.cpu.steal_percent)
        apart.append(machine - processes)
    assert len(apart) > 250
    assert min(apart) >= -1e-6
    assert max(apart) <= 9.0  # a health check of 0.9 s at 8 % of a core, and the rest of one before
    assert median(apart) <= 1.0


def test_a_process_s_seconds_grow_by_its_percentage(run):
    for before, after in pairwise(run):
        known = {p.identity: p for p in before.processes}
        for process in after.processes:
            old = known.get(process.identity)
            if old is not None:
                grown = process.cpu_seconds - old.cpu_seconds
                assert grown == pytest.approx(process.cpu_percent * after.elapsed / 100.0, abs=1e-6)
            else:
                assert process.cpu_percent is None


@pytest.mark.parametrize(("family", "rate", "total"), PAIRS)
def test_counters_move_as_rates_say(run, family, rate, total):
    for before, after in pairwise(run):
        for old, new in zip(before.family(family), after.family(family), strict=True):
            moved = getattr(new, total) - getattr(old, total)
            assert moved == pytest.approx(getattr(new, rate) * after.elapsed, abs=1.0), (family, rate)


def test_memory_adds_up(run):
    for snapshot in run:
        memory = snapshot.memory
        assert memory.total_bytes == TOTAL
        sizes = [m for m in METRICS["memory"] if m.unit == "bytes" and ("memory", m.name) not in NO_LIMIT]
        assert all(getattr(memory, m.name) % 1024 == 0 for m in sizes)
        assert memory.used_bytes + memory.available_bytes == TOTAL
        assert memory.used_percent == pytest.approx(100.0 * memory.used_bytes / TOTAL)
        reclaimable = memory.cached_bytes - memory.shared_bytes + memory.buffers_bytes
        assert memory.free_bytes + reclaimable == memory.available_bytes
        held = sum(p.rss_bytes for p in snapshot.processes)
        assert memory.used_bytes - KERNEL - SHARED <= held
        assert all(p.memory_percent == pytest.approx(100.0 * p.rss_bytes / TOTAL) for p in snapshot.processes)


def test_filesystems_are_what_df_would_say(run):
    assert [f.device for f in run[0].filesystem] == ["/", "/boot", "/data"]
    for filesystem in (f for snapshot in run for f in snapshot.filesystem):
        room = filesystem.used_bytes + filesystem.available_bytes
        assert filesystem.used_percent == pytest.approx(100.0 * filesystem.used_bytes / room)
        assert room < filesystem.size_bytes


def test_what_processes_write_reaches_the_disks():
    run = run_of("disk-full")
    asked = sum(p.write_bytes_per_second or 0 for s in run[1:] for p in s.processes)
    done = sum(d.write_bytes_per_second for s in run[1:] for d in s.disk)
    assert done == pytest.approx(asked, rel=0.02)
    read = sum(p.read_bytes_per_second or 0 for s in run[1:] for p in s.processes)
    assert sum(d.read_bytes_per_second for s in run[1:] for d in s.disk) == pytest.approx(read, rel=0.1)


def test_processes_are_a_tree_of_known_parents(run):
    for snapshot in run:
        by_pid = {p.pid: p for p in snapshot.processes}
        assert len(by_pid) == len(snapshot.processes) == snapshot.system.processes
        assert sum(p.threads for p in snapshot.processes) == snapshot.system.threads
        for process in snapshot.processes:
            if process.pid in (1, 2):
                assert process.ppid == 0
                continue
            parent = by_pid[process.ppid]
            assert parent.started_at <= process.started_at, (parent, process)
            assert process.kernel == (parent.pid == 2)


def test_processes_look_like_those_of_proc(run):
    for snapshot in run[::20]:
        host = snapshot.host
        for process in snapshot.processes:
            assert (process.command == "") == (process.kernel or process.state == "Z"), process
            assert process.state in ("RSDI" if process.kernel else "RSDZ")
            assert len(process.name) <= 15 or process.name.startswith("kworker/")
            assert process.user == "root" or not process.kernel
            assert harmless(process.command) == process.command
            assert host.booted_at <= process.started_at <= snapshot.time
            assert process.rss_bytes % 4096 == 0
            assert process.kernel or process.virtual_bytes >= process.rss_bytes, process
            assert process.priority == (-100 if process.priority < 0 else 20 + process.nice)


def test_running_and_blocked_are_counted_from_the_rows(run):
    for snapshot in run:
        states = [p.state for p in snapshot.processes]
        assert snapshot.system.running > states.count("R")  # threads count each, and so does who looks
        assert snapshot.system.blocked == states.count("D")
        assert snapshot.system.zombies == states.count("Z")


def test_a_busy_server_has_213_processes_give_or_take_and_most_of_them_sleep():
    run = run_of("busy")
    counts = [len(s.processes) for s in run]
    active = [sum(1 for p in s.processes if p.cpu_percent) for s in run[1:]]
    assert 205 <= min(counts) <= max(counts) <= 222
    assert 10 <= median(active) <= 20
    changed = [len(set(after.processes) - set(before.processes)) for before, after in pairwise(run[1:])]
    assert median(changed) <= 35


def test_noise_is_neither_flat_nor_white():
    """Neighbouring seconds of a busy server resemble each other, and yet differ."""
    busy = [s.cpu.busy_percent for s in run_of("busy")[1:]]
    mean = sum(busy) / len(busy)
    variance = sum((b - mean) ** 2 for b in busy) / len(busy)
    neighbours = sum((a - mean) * (b - mean) for a, b in pairwise(busy)) / (len(busy) - 1) / variance
    assert variance > 9.0
    assert 0.3 < neighbours < 0.97


def test_processes_come_and_go_and_pids_are_used_again():
    machine = open_simulated("busy", 1)
    lives: dict[int, set[float]] = {}
    names: dict[tuple[int, float], str] = {}
    zombies = 0
    for tick in range(2400):
        snapshot = machine.sample_at(START + tick, 1.0)
        for process in snapshot.processes:
            lives.setdefault(process.pid, set()).add(process.started_at)
            assert names.setdefault(process.identity, process.name) == process.name
        zombies += snapshot.system.zombies or 0
    came = {name for (_, started), name in names.items() if started > START}
    assert {"curl", "cron", "sh", "python", "sshd", "postgres", "find", "pg_dump"} <= came
    assert any(len(starts) > 1 for starts in lives.values())
    assert max(lives) < 32768
    assert any(pid < 1000 and max(starts) > START + 1000 for pid, starts in lives.items())  # the counter wrapped
    assert zombies


def test_a_chain_of_visitors_goes_as_one(run):
    for snapshot in run:
        parents = {p.ppid for p in snapshot.processes}
        jobs = [p.pid for p in snapshot.processes if p.command == "/usr/sbin/CRON -f"]
        assert set(jobs) <= parents


def test_cores_that_are_all_busy_wait_for_nothing():
    processor = Processor(Random(1), 1000.0, 0.5)
    cpu, cores = processor.advance(1.0, Effort(10 * 800, 100.0, 0.0, 500.0), first=False)
    assert cpu.busy_percent == 100.0
    assert cpu.iowait_percent == 0.0
    assert [core.busy_percent for core in cores] == [100.0] * CORES
    cpu, _ = processor.advance(1.0, Effort(600, 100.0, 0.0, 500.0), first=False)
    assert cpu.busy_percent == 75.0
    assert cpu.iowait_percent == 25.0


def test_a_process_that_fills_a_core_is_seen_on_one():
    run = run_of("memory-leak")
    leaking = [s for s in run[110:200] if any(p.name == "leaky" and (p.cpu_percent or 0) >= 90 for p in s.processes)]
    assert len(leaking) > 50
    assert all(max(core.busy_percent for core in s.core) >= 90 for s in leaking)


def test_a_row_in_which_nothing_moved_is_the_same_object():
    for before, after in pairwise(run_of("busy")[1:]):
        old = {p.pid: p for p in before.processes}
        made_anew = [p for p in after.processes if old.get(p.pid) is not p]
        assert sum(1 for p in made_anew if old.get(p.pid) == p) <= 4
