"""The costly fields of processes: read of who is looked at, in turns of all, and forgotten when nobody looks."""

from __future__ import annotations

import subprocess
import sys
import time
from collections import Counter

import psutil
import pytest

from tuimon.collectors import open_collector
from tuimon.collectors.linux import process_details
from tuimon.collectors.linux.process_details import BUDGET, Details, read_cgroup
from tuimon.collectors.linux.process_record import Record
from tuimon.model.process import COSTLY, NOTHING, Process, Wanted

ALL = Wanted(shown=COSTLY)


def by_pid(snapshot):
    return {process.pid: process for process in snapshot.processes}


def details(process):
    return process.pss_bytes, process.swap_bytes, process.open_files, process.cgroup


def test_every_costly_field_is_read_and_no_other():
    assert set(process_details.FIELDS) == COSTLY == set(process_details.READERS)
    assert Process._fields[process_details.FIRST : process_details.PAST] == process_details.FIELDS


def test_only_who_is_looked_at_is_read_and_forgotten_when_nobody_looks(tree, watch):
    for pid in (10, 11):
        tree.process(pid)
        tree.details(pid, pss=100, swap=7, files=3, cgroup="0::/system.slice/cron.service\n")
    collector = watch()
    assert details(by_pid(collector.sample([10]))[10]) == (None,) * 4
    seen = by_pid(collector.sample([10], ALL))
    assert details(seen[10]) == (100 * 1024, 7 * 1024, 3, "/system.slice/cron.service")
    assert details(seen[11]) == (None,) * 4
    seen = by_pid(collector.sample([11], ALL))
    assert details(seen[10]) == (None,) * 4, "that was of another moment"
    assert details(seen[11])[0] == 100 * 1024
    seen = by_pid(collector.sample([11], Wanted(shown=frozenset({"open_files"}))))
    assert details(seen[11]) == (None, None, 3, None)
    assert details(by_pid(collector.sample([11]))[11]) == (None,) * 4


def test_what_is_wanted_of_all_is_read_of_all_and_stays(tree, watch):
    for pid in range(10, 20):
        tree.process(pid)
        tree.details(pid, pss=pid)
    collector = watch()
    collector.sample()
    wanted = Wanted(everywhere=frozenset({"pss_bytes"}))
    seen = by_pid(collector.sample([10], wanted))
    assert {pid: one.pss_bytes for pid, one in seen.items()} == {pid: pid * 1024 for pid in range(10, 20)}
    tree.process(30)
    tree.details(30, pss=5)
    tree.gone(12)
    tree.clock.advance()
    collector.sample([], wanted)
    seen = by_pid(collector.sample([], wanted))
    assert seen[30].pss_bytes == 5 * 1024
    assert 12 not in seen
    assert all(one.pss_bytes is None for one in by_pid(collector.sample()).values())


class Reading:
    """Details over made-up processes whose reading takes `cost` seconds each, by a clock of its own."""

    def __init__(self, monkeypatch, cost: float, count: int) -> None:
        self.now = 0.0
        self.read: Counter[str] = Counter()
        self.records = {pid: Record(pid, str(pid)) for pid in range(count)}

        def look(folder):
            self.read[folder] += 1
            self.now += cost
            return 4096

        monkeypatch.setitem(process_details.READERS, "pss_bytes", look)
        self.details = Details(lambda *_: None, spent=lambda: self.now)

    def take(self, visible, wanted, after: float = 1.0) -> float:
        """Take one sample; return for how long that read."""
        self.now += after
        began = self.now
        self.details.take(self.records, visible, wanted)
        return self.now - began


PSS = frozenset({"pss_bytes"})


@pytest.mark.parametrize("cost", [0.0001, 0.002, 0.02])
def test_a_sample_reads_for_no_longer_than_its_budget_and_one(monkeypatch, cost):
    reading = Reading(monkeypatch, cost, 1000)
    for _ in range(50):
        assert reading.take(range(60), Wanted(shown=PSS, everywhere=PSS)) <= BUDGET + cost + 1e-9


def test_nobody_is_left_out_for_ever(monkeypatch):
    reading = Reading(monkeypatch, 0.001, 400)
    for _ in range(100):
        reading.take((), Wanted(everywhere=PSS))
    assert len(reading.read) == 400
    on_screen = Reading(monkeypatch, 0.004, 40)
    for _ in range(30):
        on_screen.take(range(40), Wanted(shown=PSS))
    assert len(on_screen.read) == 40


def test_a_process_that_takes_long_to_read_is_read_seldom(monkeypatch):
    reading = Reading(monkeypatch, 0.1, 1)
    for _ in range(60):
        reading.take([0], Wanted(shown=PSS), after=0.9)
    assert 6 <= reading.read["0"] <= 12  # every 5 s at most: 2 % of a core


def test_where_nothing_is_wanted_nothing_is_done(monkeypatch):
    reading = Reading(monkeypatch, 1.0, 5)
    assert reading.take(range(5), NOTHING) == 0.0
    assert not reading.read


def test_kernel_threads_and_the_gone_have_no_memory_of_their_own(tree, watch):
    tree.process(10)
    seen = by_pid(watch().sample([10], ALL))[10]
    assert details(seen) == (None,) * 4  # its files are not there at all
    zombie = subprocess.Popen(["sleep", "0"])
    while psutil.Process(zombie.pid).status() != psutil.STATUS_ZOMBIE:
        time.sleep(0.01)
    collector = open_collector()
    try:
        seen = by_pid(collector.sample([zombie.pid], ALL))[zombie.pid]
        assert (seen.pss_bytes, seen.swap_bytes, seen.open_files) == (0, 0, 0)
    finally:
        collector.close()
        zombie.wait()


@pytest.mark.parametrize(
    ("lines", "path"),
    [
        ("0::/user.slice/a.scope\n", "/user.slice/a.scope"),
        ("12:cpu:/\n3:name=systemd:/docker/0a\n0::/\n", "/docker/0a"),
        ("0::/a:b/c\n", "/a:b/c"),
        ("0::/\n", "/"),
        ("", "/"),
        ("0::/e\x1b[2J\n", "/e\N{REPLACEMENT CHARACTER}[2J"),
    ],
)
def test_the_cgroup_is_the_unified_one_else_the_longest(tmp_path, lines, path):
    (tmp_path / "cgroup").write_text(lines)
    assert read_cgroup(str(tmp_path)) == path


@pytest.mark.parametrize("portable", [False, True])
def test_a_real_process_is_as_psutil_and_proc_say(portable):
    program = "x = bytearray(30 << 20); f = [open('/dev/null') for _ in range(40)]; import time; print(flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-ISc", program], stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        child.stdout.readline()
        collector = open_collector(portable=portable)
        try:
            seen = by_pid(collector.sample([child.pid], ALL))[child.pid]
        finally:
            collector.close()
        told = psutil.Process(child.pid).memory_full_info()
        assert seen.pss_bytes == pytest.approx(told.pss, abs=2**20)
        assert seen.pss_bytes > 30 << 20
        assert seen.swap_bytes == pytest.approx(told.swap, abs=2**20)
        assert seen.open_files == psutil.Process(child.pid).num_fds()
        assert portable or seen.cgroup == read_cgroup("/proc/self")
        child.kill()


@pytest.mark.parametrize("portable", [False, True])
def test_details_of_all_come_with_time(portable):
    collector = open_collector(portable=portable, interval=0.2, cadences={"io": 0.4})
    wanted = Wanted(everywhere=frozenset({"open_files"}))
    with subprocess.Popen(["sleep", "60"]) as child:
        try:
            for _ in range(200):
                seen = by_pid(collector.sample([], wanted))[child.pid]
                if seen.open_files is not None:
                    break
            assert seen.open_files == psutil.Process(child.pid).num_fds()
        finally:
            child.kill()
            collector.close()
