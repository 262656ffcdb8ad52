"""What is done to real processes, and what is said where it cannot be done."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st
from terminals import eventually

from tuimon.collectors import open_actor, open_collector
from tuimon.collectors.portable_actor import PortableActor
from tuimon.model.action import Affinity, IoPriority, Nice, Scheduling, Signal, ranges, target

HERE = Path(__file__).parent
ROOT_ONLY = pytest.mark.skipif(os.getuid() != 0 and not os.environ.get("CI"), reason="becomes another user")
SLEEPER = "import time; print(flush=True); time.sleep(60)"
THREADS = """
import threading, time
for _ in range(3):
    threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
print(flush=True)
time.sleep(60)
"""


@pytest.fixture
def child() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Start a Python of its own that runs a program; it has begun when this returns."""
    started: list[subprocess.Popen[str]] = []

    def start(program=SLEEPER):
        one = subprocess.Popen([sys.executable, "-ISc", program], stdout=subprocess.PIPE, text=True)
        started.append(one)
        assert one.stdout
        assert one.stdout.readline() == "\n"
        return one

    yield start
    for one in started:
        one.kill()
        one.wait()
        if one.stdout:
            one.stdout.close()


@pytest.fixture(params=["linux", "portable"])
def actor(request):
    return open_actor() if request.param == "linux" else PortableActor()


def chosen(pid, *, portable=False):
    """The process of a pid as a person finds it: in a sample."""
    collector = open_collector(portable=portable)
    snapshot = collector.sample()
    collector.close()
    return target(next(p for p in snapshot.processes if p.pid == pid), snapshot.host)


def later(one, seconds):
    """The same choice, had the process been started some seconds later: as if its pid had been another's."""
    return type(one)(one.pid, one.started_at - seconds, one.name, one.user, booted_at=one.booted_at)


def test_a_signal_ends_the_process_that_was_chosen(child, actor):
    one = child()
    outcome = actor.act(chosen(one.pid), Signal("TERM"))
    assert (outcome.result, outcome.text, outcome.remedy) == ("done", "", "")
    assert one.wait(10) == -signal.SIGTERM


@pytest.mark.parametrize("action", [Signal("KILL"), Nice(5), IoPriority("idle"), Affinity((0,))], ids=str)
def test_one_that_has_ended_gets_nothing(child, actor, action):
    one = child()
    wanted = chosen(one.pid)
    one.kill()
    one.wait()
    outcome = actor.act(wanted, action)
    assert outcome.result == "gone"
    assert outcome.text.startswith("it has ended; nothing was")


@pytest.mark.parametrize("action", [Signal("KILL"), Nice(5), IoPriority("idle"), Affinity((0,))], ids=str)
def test_one_whose_pid_is_anothers_gets_nothing_and_neither_does_the_other(child, actor, action):
    one = child()
    before = settings_of(one.pid)
    outcome = actor.act(later(chosen(one.pid), 1), action)
    assert outcome.result == "replaced"
    assert str(one.pid) in outcome.text
    assert settings_of(one.pid) == before
    assert one.poll() is None


@pytest.mark.parametrize("seconds", [0.01, 0.5, 3600.0])
def test_start_times_are_told_apart_to_the_kernels_tick(child, seconds):
    one = child()
    assert open_actor().act(later(chosen(one.pid), seconds), Signal("KILL")).result == "replaced"
    assert one.poll() is None


def settings_of(pid):
    process = psutil.Process(pid)
    return [(p.nice(), p.ionice(), p.cpu_affinity()) for p in (psutil.Process(t.id) for t in process.threads())]


def test_nice_io_priority_and_processors_reach_every_thread(child):
    one = child(THREADS)
    wanted, actor = chosen(one.pid), open_actor()
    last = max(os.sched_getaffinity(0))
    for action in (Nice(7), IoPriority("best-effort", 6), Affinity((last,))):
        assert actor.act(wanted, action).result == "done"
    found = settings_of(one.pid)
    assert len(found) == 4
    assert {(nice, (int(io[0]), io[1]), tuple(cpus)) for nice, io, cpus in found} == {(7, (2, 6), (last,))}
    assert actor.scheduling(wanted) == Scheduling(7, IoPriority("best-effort", 6), (last,))


def test_what_was_set_is_read_back_and_unset_again(child, actor):
    one = child()
    wanted = chosen(one.pid)
    assert actor.scheduling(wanted).io == IoPriority("none")
    assert actor.act(wanted, IoPriority("idle")).result == "done"
    assert actor.scheduling(wanted).io == IoPriority("idle")
    assert actor.act(wanted, IoPriority("none")).result == "done"
    assert actor.scheduling(wanted).io == IoPriority("none")
    assert actor.scheduling(later(wanted, 1)) == Scheduling()


def test_stop_and_continue(child, actor):
    one = child("print(flush=True)\nwhile True: pass")
    wanted = chosen(one.pid)
    assert actor.act(wanted, Signal("STOP")).result == "done"
    assert eventually(lambda: psutil.Process(one.pid).status() == "stopped", 5, lambda: "a stopped process")
    assert actor.act(wanted, Signal("CONT")).result == "done"
    assert eventually(lambda: psutil.Process(one.pid).status() != "stopped", 5, lambda: "a process that goes on")


def test_a_zombie_is_still_the_process_that_was_chosen(child):
    one = child()
    wanted = chosen(one.pid)
    os.kill(one.pid, signal.SIGKILL)
    assert eventually(lambda: psutil.Process(one.pid).status() == "zombie", 5, lambda: "a zombie")
    assert open_actor().act(wanted, Signal("TERM")).result == "done"
    one.wait()
    assert open_actor().act(wanted, Signal("TERM")).result == "gone"


def test_a_signal_that_does_not_exist_is_refused_in_words(child, actor):
    outcome = actor.act(chosen(child().pid), Signal("NOPE"))
    assert (outcome.result, outcome.text) == ("failed", "this system has no signal NOPE")


def test_processors_that_it_may_not_run_on_are_said_so(child):
    outcome = open_actor().act(chosen(child().pid), Affinity((1000,)))
    assert outcome.result == "failed"
    assert "none of these processors" in outcome.text


def test_without_a_start_time_nobody_is_touched(child):
    one = child()
    wanted = chosen(one.pid)
    outcome = open_actor().act(type(wanted)(wanted.pid, wanted.started_at), Signal("KILL"))
    assert outcome.result == "failed"
    assert "not known" in outcome.text
    assert one.poll() is None


def test_a_kernel_without_pidfds_is_served_with_the_same_check(child, monkeypatch):
    monkeypatch.delattr(os, "pidfd_open")
    one = child()
    wanted = chosen(one.pid)
    assert open_actor().act(later(wanted, 1), Signal("TERM")).result == "replaced"
    assert open_actor().act(wanted, Signal("TERM")).result == "done"
    assert one.wait(10) == -signal.SIGTERM


def test_nothing_stays_open(child):
    one = child(THREADS)
    wanted, actor = chosen(one.pid), open_actor()
    actor.act(wanted, Nice(1))
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(20):
        actor.act(wanted, Nice(1))
        actor.act(later(wanted, 1), Signal("KILL"))
        actor.scheduling(wanted)
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def watch(*command):
    found = subprocess.run(
        list(map(str, command)), capture_output=True, text=True, timeout=60, check=False,
        env={**os.environ, "PYTHONPATH": str(HERE.parents[1])},
    )  # fmt: skip
    assert found.returncode == 0, found.stderr
    return json.loads(found.stdout)


@pytest.mark.root
@ROOT_ONLY
def test_who_may_not_is_told_what_to_type(child):
    one = child()
    found = watch(sys.executable, HERE / "refused.py", one.pid)
    assert {name: (result, text) for name, result, text, _ in found} == dict.fromkeys(
        ["signal TERM", "nice 3", "nice -5", "io realtime 2", "io idle", "processors 0"], ("refused", "not permitted")
    )
    remedies = {name: remedy for name, *_, remedy in found}
    assert remedies == {
        "signal TERM": f"sudo kill -TERM {one.pid}, or grant CAP_KILL",
        "nice 3": f"sudo renice -n 3 -p {one.pid}, or grant CAP_SYS_NICE",
        "nice -5": f"sudo renice -n -5 -p {one.pid}, or grant CAP_SYS_NICE",
        "io realtime 2": f"sudo ionice -c 1 -n 2 -p {one.pid}, or grant CAP_SYS_NICE",
        "io idle": f"sudo ionice -c 3 -p {one.pid}, or grant CAP_SYS_NICE",
        "processors 0": f"sudo taskset -acp 0 {one.pid}, or grant CAP_SYS_NICE",
    }
    assert one.poll() is None


@pytest.mark.root
@ROOT_ONLY
def test_where_proc_is_another_namespaces_nobody_is_touched(child):
    one = child()
    time.sleep(0.02)
    found = watch("unshare", "--pid", "--fork", "--kill-child", sys.executable, HERE / "refused.py", one.pid, "stay")
    assert {result for _, result, _, _ in found} == {"failed"}
    assert all("another pid namespace" in text for _, _, text, _ in found)
    assert one.poll() is None


@given(st.lists(st.integers(0, 300), max_size=40))
def test_ranges_are_what_the_kernel_writes_and_say_the_same(numbers):
    text = ranges(tuple(numbers))
    ends = [list(map(int, part.split("-"))) for part in text.split(",") if part]
    assert {n for part in ends for n in range(part[0], part[-1] + 1)} == set(numbers)
    assert all(a[-1] + 1 < b[0] for a, b in pairwise(ends))
