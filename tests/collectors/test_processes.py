"""Processes of recorded trees: what changes, what stays, what must never be shown."""

from __future__ import annotations

import os
from collections import Counter
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuimon.collectors.linux import process_files, processes
from tuimon.collectors.linux.process_files import parse_io, parse_stat
from tuimon.model.text import harmless


def by_pid(snapshot):
    return {process.pid: process for process in snapshot.processes}


@pytest.fixture
def reads(monkeypatch):
    """Count the preads a file, by its name."""
    counts: Counter[str] = Counter()
    real = os.pread

    def pread(fd, size, offset):
        counts[os.path.basename(os.readlink(f"/proc/self/fd/{fd}"))] += 1
        return real(fd, size, offset)

    monkeypatch.setattr(os, "pread", pread)
    return counts


def test_a_process_is_shown_as_its_files_say(tree, watch):
    tree.process(
        42, "worker", command=("/usr/bin/worker", "--password=x", "-v"), state="D", ppid=7, ticks=(250, 50), start=1234,
        threads=3, rss=1000, nice=5, io=(4096, 8192, 0),
    )  # fmt: skip
    collector = watch()
    (process,) = collector.sample().processes
    page = os.sysconf("SC_PAGE_SIZE")
    assert (process.pid, process.ppid, process.name, process.state) == (42, 7, "worker", "D")
    assert process.command == "/usr/bin/worker --password=*** -v"
    assert process.user == ("root" if os.getuid() == 0 else "me")
    assert process.started_at == 1_700_000_012.34
    assert (process.cpu_seconds, process.cpu_percent) == (3.0, None)
    assert (process.rss_bytes, process.virtual_bytes) == (1000 * page, 4096000)
    assert process.memory_percent == pytest.approx(1000 * page * 100 / (8_000_000 * 1024))
    assert (process.threads, process.nice, process.priority, process.kernel) == (3, 5, 20, False)


@pytest.mark.parametrize("schedstat", [True, False])
def test_cpu_is_of_one_core_and_falls_to_nothing_when_the_process_rests(tree, watch, schedstat):
    tree.schedstat = schedstat
    if not schedstat:
        tree.remove("proc/self/schedstat")
    tree.process(9, ticks=(10, 10))
    collector = watch()
    assert by_pid(collector.sample())[9].cpu_percent is None
    tree.clock.advance()
    assert by_pid(collector.sample())[9].cpu_percent == 0.0
    tree.clock.advance(2)
    tree.process(9, ticks=(60, 60))
    assert by_pid(collector.sample())[9].cpu_percent == pytest.approx(50)
    tree.clock.advance()
    resting = by_pid(collector.sample())[9]
    assert resting.cpu_percent == 0.0
    tree.clock.advance()
    assert by_pid(collector.sample())[9] is resting


def test_cpu_finer_than_a_tick_is_seen_in_schedstat(tree, watch):
    tree.process(9, ticks=(10, 0), ran=100_000_000)
    collector = watch()
    collector.sample()
    tree.clock.advance()
    tree.process(9, ticks=(10, 0), ran=103_500_000)
    assert by_pid(collector.sample())[9].cpu_percent == pytest.approx(0.35)


def test_threads_that_came_and_went_between_two_samples_are_counted(tree, watch):
    tree.process(9, ticks=(10, 0), ran=100_000_000)
    collector = watch()
    collector.sample()
    tree.clock.advance()
    tree.process(9, ticks=(60, 0), ran=101_000_000)
    assert by_pid(collector.sample())[9].cpu_percent == pytest.approx(50)


def test_a_process_that_begins_threads_is_followed_through_them_and_back(tree, watch):
    tree.process(9, ticks=(0, 0), ran=1)
    collector = watch()
    collector.sample()
    tree.clock.advance()
    tree.process(9, ticks=(0, 0), ran=2, threads=4)
    collector.sample()
    for round_ in range(1, 4):  # its main thread sleeps: schedstat does not move
        tree.clock.advance()
        tree.process(9, ticks=(0, 100 * round_), ran=2, threads=4)
        assert by_pid(collector.sample())[9].cpu_percent == pytest.approx(100)
    tree.process(9, ticks=(0, 300), ran=2, threads=1)
    for _ in range(45):
        tree.clock.advance()
        assert by_pid(collector.sample())[9].threads == 1
    tree.clock.advance()
    tree.process(9, ticks=(0, 310), ran=100_000_002, threads=1)
    assert by_pid(collector.sample())[9].cpu_percent == pytest.approx(10)


def test_a_sleeping_process_costs_one_small_read_and_no_parsing(tree, watch, reads, monkeypatch):
    for pid in range(100, 150):
        tree.process(pid)
    collector = watch(cadences={"idle": 1000.0, "io": 1000.0})
    collector.sample()
    tree.clock.advance()
    collector.sample()
    parsed = Counter()
    real = processes.parse_stat
    monkeypatch.setattr(processes, "parse_stat", lambda raw: parsed.update(n=1) or real(raw))
    reads.clear()
    tree.clock.advance()
    before = collector.sample().processes
    assert reads["schedstat"] == 50
    assert parsed["n"] <= 1  # whose turn it is
    tree.clock.advance()
    assert all(a is b for a, b in zip(before, collector.sample().processes, strict=True))


def test_proc_is_listed_only_when_something_was_forked(tree, watch, monkeypatch):
    tree.process(7)
    listed = Counter()
    real = os.listdir
    monkeypatch.setattr(os, "listdir", lambda path: listed.update(n=1) or real(path))
    collector = watch()
    for _ in range(5):
        collector.sample()
        tree.clock.advance()
    assert listed["n"] == 1
    tree.process(8)
    assert set(by_pid(collector.sample())) == {7}
    tree.fork()
    tree.clock.advance()
    assert set(by_pid(collector.sample())) == {7, 8}
    assert listed["n"] == 2


def test_what_others_change_about_a_sleeping_process_shows_at_its_turn(tree, watch):
    tree.process(7, rss=1000)
    collector = watch()
    collector.sample()
    tree.process(7, rss=10, nice=5)
    for _ in range(21):
        tree.clock.advance()
        (seen,) = collector.sample().processes
    assert (seen.rss_bytes, seen.nice) == (10 * os.sysconf("SC_PAGE_SIZE"), 5)


def test_when_a_parent_dies_its_children_show_their_new_one_at_once(tree, watch):
    tree.process(7)
    tree.process(8, ppid=7)
    collector = watch()
    collector.sample()
    tree.process(8, ppid=1)
    tree.gone(7)
    tree.clock.advance()
    assert by_pid(collector.sample())[8].ppid == 1


def test_a_pid_that_is_used_again_is_another_process(tree, watch):
    tree.process(7, "old", ticks=(500, 500), start=100)
    collector = watch()
    (old,) = collector.sample().processes
    tree.clock.advance()
    tree.process(7, "new", command=("new",), ticks=(1, 0), start=999)
    tree.fork()
    (new,) = collector.sample().processes
    assert new.identity != old.identity
    assert (new.name, new.command, new.cpu_percent) == ("new", "new", None)
    tree.clock.advance()
    assert collector.sample().processes[0].cpu_percent == 0.0


def test_processes_come_and_go_and_descriptors_go_with_them(tree, watch):
    collector = watch()
    collector.sample()
    baseline = len(os.listdir("/proc/self/fd"))
    for round_ in range(5):
        for pid in range(100, 140):
            tree.process(pid + 100 * round_, ticks=(round_, 0))
        tree.fork()
        tree.clock.advance()
        assert len(collector.sample().processes) == 40
        for pid in range(100, 140):
            tree.gone(pid + 100 * round_)
        tree.clock.advance()
        assert collector.sample().processes == ()
        assert collector.sample().system.processes == 0
    assert len(os.listdir("/proc/self/fd")) == baseline


def test_zombies_are_counted_keep_their_name_and_go(tree, watch):
    tree.process(7, "child", command=("child", "-x"), ran=1)
    collector = watch()
    collector.sample()
    tree.clock.advance()
    tree.process(7, "child", command=(), state="Z", ran=2)
    seen = collector.sample()
    assert (seen.processes[0].state, seen.processes[0].command, seen.system.zombies) == ("Z", "child -x", 1)
    tree.gone(7)
    tree.clock.advance()
    assert collector.sample().system.zombies == 0


def test_exec_shows_by_another_name_and_by_another_image(tree, watch):
    tree.process(7, "sh", command=("sh", "-c", "x"), ran=1)
    collector = watch()
    collector.sample()
    tree.clock.advance()
    tree.process(7, "make", command=("make", "all"), ran=2)
    (seen,) = collector.sample().processes
    assert (seen.name, seen.command) == ("make", "make all")
    tree.clock.advance()
    text = (tree.root / "proc/7/stat").read_bytes().replace(b" 1 1 0 0", b" 9 9 7 0", 1)
    tree.process(7, "make", command=("make", "again"), ran=3)
    tree.write("proc/7/stat", text)
    assert collector.sample().processes[0].command == "make again"


def test_a_new_process_is_looked_at_once_more_since_it_may_have_run_its_program(tree, watch):
    collector = watch()
    collector.sample()
    tree.process(7, "sh", command=("sh",))
    tree.fork()
    tree.clock.advance()
    assert collector.sample().processes[0].command == "sh"
    tree.process(7, "sh", command=("sh", "other.sh"))
    tree.clock.advance(2)
    assert collector.sample().processes[0].command == "sh other.sh"


def test_kernel_threads_are_told_and_have_no_command(tree, watch):
    tree.process(2, "kthreadd", command=(), flags=0x00208040)
    tree.process(3, "kworker/0:1-events", command=(), flags=0x04208060, ran=1)
    collector = watch()
    seen = by_pid(collector.sample())
    assert seen[2].kernel
    assert seen[2].command == ""
    tree.clock.advance()
    tree.process(3, "kworker/0:1-mm_percpu_wq", command=(), flags=0x04208060, ran=2)
    assert by_pid(collector.sample())[3].name == "kworker/0:1-mm_percpu_wq"


@pytest.mark.parametrize(
    "name", ["a) S 1 (b", "new\nline", "\x1b[2J\x1b]0;x", ") R 0 0", "sp ace", "((((", "))))", "\u202etxt", ""]
)
def test_hostile_names_neither_break_parsing_nor_reach_a_terminal(tree, watch, name):
    tree.process(7, name, command=(name, "--x\n\x1b[31m"), ppid=33)
    (seen,) = watch().sample().processes
    assert (seen.ppid, seen.state) == (33, "S")
    assert seen.name == harmless(name)
    assert not any(char in seen.name + seen.command for char in "\x1b\n\u202e")


def test_io_is_measured_for_the_visible_in_each_sample_and_for_a_slice_of_the_others(tree, watch):
    for pid in range(100, 110):
        tree.process(pid, ran=1)
    collector = watch()
    shown: Counter[int] = Counter()
    for second in range(1, 16):
        for pid in range(100, 110):
            tree.process(pid, ran=second, io=(second * 1000, second * 500, 0))
        seen = by_pid(collector.sample([103]))
        shown.update({pid: one.read_bytes_per_second is not None for pid, one in seen.items()})
        if second > 1:
            assert seen[103].read_bytes_per_second == pytest.approx(1000)
            assert seen[103].write_bytes_per_second == pytest.approx(500)
        tree.clock.advance()
    for one in seen.values():
        assert one.read_bytes_per_second == pytest.approx(1000)
    assert shown[103] == 14
    assert all(5 <= shown[pid] <= 10 for pid in range(100, 110) if pid != 103)


def test_a_process_that_did_not_run_has_done_no_io_and_its_file_is_not_read(tree, watch, monkeypatch):
    tree.process(100, ran=1)
    collector = watch()
    collector.sample([100])
    tree.clock.advance()
    paths: Counter[str] = Counter()
    real = processes.read_once
    monkeypatch.setattr(
        processes, "read_once", lambda path, size=4096: paths.update([os.path.basename(path)]) or real(path, size)
    )
    (seen,) = collector.sample([100]).processes
    assert (seen.read_bytes_per_second, seen.write_bytes_per_second) == (0.0, 0.0)
    assert paths["io"] == 0


def test_io_that_was_cancelled_is_not_counted_and_what_went_back_is_unknown(tree, watch):
    tree.process(100, ran=1, io=(0, 100, 0))
    collector = watch()
    collector.sample([100])
    tree.clock.advance()
    tree.process(100, ran=2, io=(50, 1000, 400))
    (seen,) = collector.sample([100]).processes
    assert (seen.read_bytes_per_second, seen.write_bytes_per_second) == (50.0, 500.0)
    tree.clock.advance()
    tree.process(100, ran=3, io=(20, 1000, 400))
    (seen,) = collector.sample([100]).processes
    assert (seen.read_bytes_per_second, seen.write_bytes_per_second) == (None, 0.0)


@pytest.mark.parametrize("threads", [1, 3])
def test_page_faults_are_of_the_sample_and_none_of_who_rests(tree, watch, threads):
    tree.process(9, faults=(100, 5), core=2, threads=threads, ran=1)
    collector = watch()
    (seen,) = collector.sample().processes
    assert (seen.minor_faults_per_second, seen.major_faults_per_second, seen.processor) == (None, None, 2)
    tree.clock.advance(2)
    tree.process(9, faults=(300, 9), core=3, threads=threads, ran=2)
    (seen,) = collector.sample().processes
    assert (seen.minor_faults_per_second, seen.major_faults_per_second, seen.processor) == (100.0, 2.0, 3)
    tree.clock.advance()
    (seen,) = collector.sample().processes
    assert (seen.minor_faults_per_second, seen.major_faults_per_second, seen.processor) == (0.0, 0.0, 3)


def test_near_the_limit_of_descriptors_files_are_opened_for_each_read(tree, watch, monkeypatch):
    monkeypatch.setattr(process_files, "_RESERVED", 10**9)
    for pid in range(100, 120):
        tree.process(pid, threads=1 + pid % 2, ran=1)
    before = len(os.listdir("/proc/self/fd"))
    collector = watch(off=frozenset({"memory", "swap", "disk", "network", "filesystem", "pressure", "load", "system"}))
    collector.sample()
    assert len(os.listdir("/proc/self/fd")) <= before + 4
    tree.clock.advance()
    for pid in range(100, 120):
        tree.process(pid, ticks=(50, 0), threads=1 + pid % 2, ran=500_000_001)
    seen = collector.sample().processes
    assert len(seen) == 20
    assert all(one.cpu_percent == pytest.approx(50) for one in seen)
    for pid in range(100, 110):
        tree.gone(pid)
    tree.clock.advance()
    assert len(collector.sample().processes) == 10


@given(
    name=st.binary(max_size=64).filter(lambda raw: b"\0" not in raw),
    state=st.sampled_from("RSDZTtXI"),
    numbers=st.lists(st.integers(0, 2**64 - 1), min_size=49, max_size=49),
)
def test_any_stat_is_parsed(name, state, numbers):
    raw = b"%d (%s) %s %s\n" % (numbers[0], name, state.encode(), " ".join(map(str, numbers)).encode())
    stat = parse_stat(raw)
    assert (stat.name, stat.state, stat.ppid) == (name, state, numbers[0])
    assert (stat.ticks, stat.threads, stat.start) == (numbers[10] + numbers[11], numbers[16], numbers[18])
    assert (stat.size, stat.rss) == (numbers[19], numbers[20])
    assert (stat.faults, stat.processor) == ((numbers[6], numbers[8]), numbers[35])


@given(st.binary(max_size=300))
def test_what_is_no_stat_is_refused_in_one_way(raw):
    with suppress(ValueError, IndexError):
        parse_stat(raw)


@given(st.integers(0, 2**60), st.integers(0, 2**60), st.integers(0, 2**60))
def test_io_is_never_negative(read, written, cancelled):
    raw = b"rchar: 1\nwchar: 2\nsyscr: 3\nsyscw: 4\nread_bytes: %d\nwrite_bytes: %d\ncancelled_write_bytes: %d\n"
    raw %= read, written, cancelled
    assert parse_io(raw) == (read, max(0, written - cancelled))


def test_io_stays_open_only_while_the_process_is_on_the_screen(tree, watch):
    tree.process(100, ran=1)
    collector = watch(cadences={"idle": 5.0})
    collector.sample()
    tree.clock.advance()
    collector.sample()
    before = len(os.listdir("/proc/self/fd"))
    for second in range(2, 8):
        tree.process(100, ran=second)
        tree.clock.advance()
        collector.sample([100])
    assert len(os.listdir("/proc/self/fd")) == before + 2  # its io, and its stat since it is busy
    for _ in range(11):
        tree.clock.advance()
        collector.sample([])
    assert len(os.listdir("/proc/self/fd")) == before


def test_forks_elsewhere_do_not_have_this_pid_namespace_listed(tree, watch, monkeypatch):
    tree.remove("proc/self")
    tree.mounts("")
    tree.remove("proc/self")
    (tree.root / "proc/self").symlink_to(str(os.getpid()))
    tree.process(os.getpid())
    tree.write(f"proc/{os.getpid()}/mountinfo", "")
    listed = Counter()
    real = os.listdir
    monkeypatch.setattr(os, "listdir", lambda path: listed.update(n=1) or real(path))
    collector = watch()
    collector.sample()
    tree.fork()
    tree.clock.advance()
    collector.sample()
    assert listed["n"] == 1
    tree.process(4243)
    tree.fork()
    tree.write("proc/loadavg", "0.50 0.40 0.30 2/321 4243\n")
    tree.clock.advance()
    assert 4243 in by_pid(collector.sample())
    assert listed["n"] == 2


def test_over_a_gap_nothing_is_known_of_those_that_rest_either(tree, watch):
    tree.process(7, ran=1, io=(100, 100, 0))
    collector = watch()
    for _ in range(3):
        (seen,) = collector.sample([7]).processes
        tree.clock.advance()
    assert (seen.cpu_percent, seen.read_bytes_per_second, seen.write_bytes_per_second) == (0.0, 0.0, 0.0)
    tree.clock.advance(3600)
    (seen,) = collector.sample([7]).processes
    assert (seen.cpu_percent, seen.read_bytes_per_second, seen.write_bytes_per_second) == (None, None, None)
    tree.clock.advance()
    tree.process(7, ran=2, io=(350, 100, 0))
    (seen,) = collector.sample([7]).processes
    assert (seen.read_bytes_per_second, seen.write_bytes_per_second) == (250.0, 0.0)
    tree.clock.advance(3600)
    tree.process(7, ran=3, io=(10**9, 10**9, 0))
    assert collector.sample([7]).processes[0].read_bytes_per_second is None
