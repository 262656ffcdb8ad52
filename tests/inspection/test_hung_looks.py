"""A process that cannot be looked into holds nobody up: parts are late, others come, and nothing is left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from lookings import Looking, chosen, known
from terminals import eventually

from tuimon.collectors import open_inspector
from tuimon.collectors.inspector import AsideInspector
from tuimon.collectors.linux.start import wanted_start
from tuimon.model.action import Target
from tuimon.model.inspection import Inspection, Missing

HERE = Path(__file__).parent
BOOTED = 1_700_000_000
LATE = Missing("late", "within 0.3 s")


@pytest.fixture
def tree(tmp_path):
    """A recorded machine with a process whose files nobody ever answers for: pipes without a writer."""
    for pid in (77, 78):
        folder = tmp_path / f"proc/{pid}"
        folder.mkdir(parents=True)
        numbers = " ".join(["0"] * 28)
        (folder / "stat").write_text(f"{pid} (stuck) S 1 1 1 0 -1 0 1 0 0 0 5 5 0 0 20 0 1 0 900 1000 10 {numbers}")
        (folder / "cmdline").write_bytes(b"stuck\0")
    for name in ("smaps_rollup", "environ"):
        os.mkfifo(tmp_path / f"proc/77/{name}")
    counts = "rchar: 5\nwchar: 6\nsyscr: 7\nsyscw: 8\nread_bytes: 9\nwrite_bytes: 10\ncancelled_write_bytes: 0\n"
    (tmp_path / "proc/77/io").write_text(counts)
    return tmp_path


def inspector_of(tree):
    def start_of(one):
        return wanted_start(one.started_at, one.booted_at)

    return AsideInspector("linux", str(tree), patience=0.3, start_of=start_of)


def stuck(pid=77):
    return Target(pid, BOOTED + 9.0, "stuck", booted_at=float(BOOTED))


def gone(pids):
    return not [pid for pid in pids if Path(f"/proc/{pid}").exists()]


def test_what_is_not_answered_is_late_and_the_rest_comes(tree):
    look = Looking(inspector := inspector_of(tree))
    found = look.see(stuck(), ["command", "memory", "io", "environment", "threads"])
    assert found.memory == found.environment == LATE
    assert found.command.text == "stuck"
    assert found.io.storage_written_bytes == 10
    seen = [known(one) for one in look.delivered]
    assert seen == sorted(seen, key=len)  # what is known only grows
    inspector.close()
    assert inspector.helpers == ()


def test_another_wish_does_not_wait_for_the_part_that_is_stuck(tree):
    look = Looking(inspector := inspector_of(tree))
    asked = threading.Event()
    inspector.look(stuck(), ["command", "memory"], None, lambda _: asked.set())
    assert asked.wait(20)
    found = look.see(stuck(78), ["command"])
    assert found.pid == 78
    assert found.command.text == "stuck"
    inspector.close()


def test_wishes_that_come_all_the_time_do_not_keep_a_late_part_waiting(tree):
    look = Looking(inspector := inspector_of(tree))
    look.see(stuck(), ["command"])
    for _ in range(100):
        inspector.look(stuck(), ["io", "memory"], None, look.delivered.append)
        if look.delivered[-1].memory == LATE:
            break
        time.sleep(0.05)
    assert look.delivered[-1].memory == LATE
    inspector.close()


def test_helpers_do_not_pile_up(tree):
    look = Looking(inspector := inspector_of(tree))
    seen = set()
    for _ in range(6):
        assert look.see(stuck(), ["memory"]).memory.why in {"late", "failed"}
        seen.update(inspector.helpers)
    assert len(inspector.helpers) <= 5
    inspector.close()
    assert eventually(lambda: gone(seen), 5, lambda: f"the end of {seen}")


def test_a_helper_that_is_stopped_is_replaced(child):
    wanted = chosen(child().pid)
    look = Looking(
        AsideInspector("linux", patience=0.3, start_of=lambda one: wanted_start(one.started_at, one.booted_at))
    )
    assert known(look.see(wanted, ["command"])) == {"command"}
    (first,) = look.inspector.helpers
    os.kill(first, signal.SIGSTOP)
    found = look.see(wanted, ["folder", "limits"])
    assert (found.folder, len(found.limits)) == (LATE, 16)
    assert eventually(lambda: gone([first]), 5, lambda: "the end of the stopped helper")
    look.inspector.close()


def test_a_helper_that_was_killed_is_replaced(child):
    wanted, look = chosen(child().pid), Looking(open_inspector())
    look.see(wanted, ["command"])
    os.kill(look.inspector.helpers[0], signal.SIGKILL)
    time.sleep(0.1)
    assert known(look.see(wanted, ["limits", "folder"])) & {"folder"}
    assert known(look.see(wanted, ["limits"])) == {"limits"}
    look.inspector.close()


def test_at_rest_it_keeps_no_helper(child):
    look = Looking(open_inspector())
    look.see(chosen(child().pid), ["command"])
    helpers = look.inspector.helpers
    assert len(helpers) == 1
    look.inspector.rest()
    assert eventually(lambda: gone(helpers) and not look.inspector.helpers, 5, lambda: "the end of the helper")
    assert known(look.see(chosen(os.getpid()), ["command"])) == {"command"}
    look.inspector.close()
    look.inspector.close()
    look.inspector.look(chosen(os.getpid()), ["command"], None, pytest.fail)


def test_a_helper_inherits_nothing_and_sees_no_terminal(child, tmp_path):
    with (tmp_path / "history.db").open("w"):
        look = Looking(open_inspector())
        look.see(chosen(child().pid), ["command"])
        (helper,) = look.inspector.helpers
        files = [str(one.readlink()) for one in Path(f"/proc/{helper}/fd").iterdir()]
        assert {file.partition(":")[0] for file in files} <= {"pipe", "/dev/null"}
        assert os.getsid(helper) == helper
    look.inspector.close()


def test_helpers_end_when_the_program_is_killed():
    script = """
import os, sys, threading, time
sys.path[:0] = sys.argv[1:2]
from lookings import Looking, chosen
from tuimon.collectors import open_inspector
look = Looking(open_inspector())
look.see(chosen(os.getpid()), ["command"])
print(*look.inspector.helpers, flush=True)
time.sleep(60)
"""
    with subprocess.Popen([sys.executable, "-c", script, HERE], stdout=subprocess.PIPE, text=True) as one:
        helpers = list(map(int, one.stdout.readline().split()))
        assert len(helpers) == 1
        one.kill()
    assert eventually(lambda: gone(helpers), 5, lambda: "the end of the helper")


def test_without_processes_to_look_with_it_says_so(tree, monkeypatch):
    monkeypatch.setattr(sys, "executable", str(tree / "nowhere"))
    found = Looking(inspector := inspector_of(tree)).see(stuck(), ["command", "io"])
    assert found.command.why == found.io.why
    assert found.command.why in {"failed", "late"}
    assert isinstance(found, Inspection)
    inspector.close()
