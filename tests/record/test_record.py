"""Recorders without a screen: stored at a signal, alone on a file, alive after the terminal is gone, told apart."""

from __future__ import annotations

import os
import plistlib
import pty
import shlex
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from desks import until

from tuimon.cli import main
from tuimon.cli.processes import is_tuimon
from tuimon.cli.start_cron import Cron, without_line
from tuimon.cli.start_launchd import Launchd
from tuimon.cli.start_systemd import Systemd
from tuimon.history import HistoryError, open_archive
from tuimon.history.lock import recorder_of

ROOT = Path(__file__).resolve().parents[2]


def newest(path: str) -> float:
    archive = open_archive(path)
    try:
        return max((one.end for one in archive.spans()), default=0.0)
    except HistoryError:  # it is only being made
        return 0.0
    finally:
        archive.close()


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT", "SIGHUP"])
def test_a_signal_stores_what_is_held_and_is_no_failure(desk, name):
    one = desk.start()
    desk.wait_for_recorder()
    until(lambda: newest(desk.path), "the first sample")
    until(lambda: time.time() - newest(desk.path) > 2.5, "samples that no commit has stored")
    first = newest(desk.path)
    one.send_signal(signal.Signals[name])
    assert one.wait(20) == 0
    assert desk.recorder() == 0
    assert newest(desk.path) > first


def test_a_second_recorder_says_who_records_and_leaves_it_alone(desk):
    desk.start()
    pid = desk.wait_for_recorder()
    done = desk.run()
    assert (done.returncode, done.stdout) == (1, "")
    told = f"{desk.path} is being recorded by process {pid}; with --wait this one takes over when that ends"
    assert done.stderr == f"tuimon: {told}\n"
    assert desk.recorder() == pid


def test_who_waits_takes_over_from_a_killed_recorder(desk):
    first = desk.start()
    pid = desk.wait_for_recorder()
    second = desk.start("--wait")
    assert f"process {pid}; waiting" in second.stderr.readline()
    first.kill()
    first.wait()
    assert desk.wait_for_recorder(other_than=pid) == second.pid


def test_detached_it_outlives_its_terminal_and_is_stopped(desk):
    leader, follower = pty.openpty()
    words = [sys.executable, "-m", "tuimon", "record", "--detach", *desk.options]
    shell = subprocess.Popen(words, cwd=ROOT, stdin=follower, stdout=follower, stderr=follower, start_new_session=True)
    os.close(follower)
    assert shell.wait(30) == 0
    said = os.read(leader, 4096).decode()
    os.close(leader)  # the terminal hangs up
    found = recorder_of(desk.path)
    assert found is not None
    assert found.by == "record"
    assert f"recording in the background: process {found.pid}, {desk.path}" in said
    assert newest(desk.path) > 0
    assert os.getsid(found.pid) != shell.pid
    time.sleep(0.5)
    assert desk.recorder() == found.pid
    shown = desk.run("status")
    assert shown.returncode == 0
    assert f"process {found.pid}, in the background" in shown.stdout
    assert desk.run("stop").stdout == f"stopped: process {found.pid}, {desk.path}\n"
    assert desk.recorder() == 0
    assert desk.run("status").returncode == 1


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&-", "<&- >&- 2>&-"])
def test_detached_from_a_shell_that_closed_its_streams_it_records(desk, closed):
    words = shlex.join([sys.executable, "-m", "tuimon", "record", "--detach", *desk.options])
    done = subprocess.run(["sh", "-c", f"{words} {closed}"], cwd=ROOT, check=False, timeout=60, capture_output=True)
    assert done.returncode == 0
    assert desk.wait_for_recorder()
    assert desk.run("stop").returncode == 0


def test_what_cannot_be_recorded_into_is_said_by_who_detaches(desk):
    with sqlite3.connect(desk.path) as db:
        db.execute("PRAGMA user_version = 99")
    db.close()
    done = desk.run("--detach")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"tuimon: {desk.path} was written by a newer tuimon")
    assert done.stderr.count("\n") == 1


def test_a_lock_that_is_none_is_said_by_who_detaches(desk):
    (desk.folder / "h.db.lock").mkdir()
    done = desk.run("--detach")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"tuimon: {desk.path}: cannot be recorded into: {desk.path}.lock")


def test_nobody_to_stop_is_one_line(desk):
    done = desk.run("stop")
    assert (done.returncode, done.stderr) == (1, f"tuimon: nobody records into {desk.path}\n")


def test_recording_without_a_screen_imports_no_screen(desk):
    code = (
        "import sys, threading, os, signal\nfrom tuimon.cli import main\n"
        "threading.Timer(2, os.kill, (os.getpid(), signal.SIGTERM)).start()\n"
        f"code = main({['record', *desk.options]!r})\n"
        "print(code, sorted({name.partition('.')[0] for name in sys.modules}))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("0 ")
    assert not [name for name in ("textual", "rich", "apscheduler", "asyncio", "psutil") if f"'{name}'" in done.stdout]


@pytest.mark.parametrize(
    ("arguments", "is_one"),
    [
        (("/usr/bin/python3", "-m", "tuimon", "record"), True),
        (("python", "/home/x/bin/tuimon", "record"), True),
        (("/usr/bin/python3", "-P", "-m", "tuimon", "record"), True),
        (("python", "tuimon/other.py"), False),
        (("tuimon",), True),
        (("vim", "tuimon.py"), False),
        (("sleep", "9"), False),
        ((), False),
    ],
)
def test_only_a_tuimon_is_taken_for_one(arguments, is_one):
    assert is_tuimon(arguments) is is_one


def test_a_units_words_are_those_of_the_command():
    text = Systemd().plan(["/opt/my py/python", "--history", "/a b/50%$x.db"]).text
    assert 'ExecStart="/opt/my py/python" --history "/a b/50%%$$x.db" --wait\n' in text


def test_an_agents_words_are_those_of_the_command():
    words = ["/opt/<my> py/python", "--history", "/a & b/h.db"]
    agent = plistlib.loads(Launchd().plan(words).text.encode())
    assert agent["ProgramArguments"] == [*words, "--wait"]
    assert agent["RunAtLoad"] is True


def test_the_line_in_a_crontab_is_found_again_and_no_other():
    others = "# mine\n0 3 * * * backup\n"
    line = Cron().plan(["python", "--history", "/x/50%.db"]).text
    assert "50\\%.db" in line
    assert line.startswith("@reboot ")
    assert without_line(others + line) == others


@pytest.mark.parametrize(
    "line", ["record stop --wait", "record --print", "record status --detach", "record --no-record", "record --json"]
)
def test_options_that_do_not_belong_are_refused(line, capsys):
    assert main(line.split()) == 2
    assert "does not go with" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("record --interval 61", "--interval: expected a duration from 1 s to 60 s, got '61'"),
        ("record --history here/", "--history: expected the path of a file, such as here/history.db, got 'here/'"),
        ("record --config nope.yaml", "nope.yaml: cannot be read: No such file or directory"),
        ("record strat", "'strat' is not an action; did you mean 'status'?"),
        ("record --detatch", "'--detatch' is not an option of 'tuimon record'; did you mean '--detach'?"),
        ("record --simulate calm", "'--simulate' is not an option of 'tuimon record', but of 'tuimon'"),
        (
            "--simulate calm record",
            "--simulate does not go with 'tuimon record', which records this machine; 'tuimon fill' does",
        ),
        ("record --history /proc/x.db", "/proc/x.db: cannot be recorded into: No such file or directory"),
    ],
)
def test_what_is_asked_for_wrongly_is_one_line(desk, line, said):
    done = desk.tuimon(*line.split())
    assert (done.returncode, done.stdout) == (1 if "/proc" in line else 2, "")
    assert done.stderr == f"tuimon: {said}\n"


def test_a_handover_to_a_recorder_that_was_faster_is_one_all_the_same(desk):
    """As where an installed recorder waited when R was pressed."""
    desk.start()
    pid = desk.wait_for_recorder()
    done = desk.run("--detach", "--handover")
    assert (done.returncode, done.stdout) == (0, f"recording in the background: process {pid}, {desk.path}\n")
