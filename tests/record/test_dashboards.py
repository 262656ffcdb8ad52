"""Dashboards that share a history, typed in terminals: who records is on the screen, and the next one takes over."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from desks import Desk, until

NEWER = Path(__file__).with_name("newer_tuimon.py")


@pytest.fixture
def two(terminal, tmp_path):
    """Return a function that opens a dashboard on a history that all share."""
    path = str(tmp_path / "shared.db")

    def opened(*, cols: int = 160, rows: int = 30, script: Path | None = None, options: tuple[str, ...] = ()):
        one = terminal(cols, rows, start=False)
        one.run("--history", path, *options, script=script)
        return one

    return opened, path


@pytest.fixture
def newer(tmp_path) -> Path:
    """Return the newer tuimon, under the name by which a tuimon is known among processes."""
    folder = tmp_path / "newer"
    folder.mkdir()
    return Path(shutil.copy(NEWER, folder / "tuimon"))


def events(path: str) -> list[str]:
    db = sqlite3.connect(path)
    try:
        return [text for (text,) in db.execute("SELECT text FROM event WHERE kind = 'recorder_started'")]
    finally:
        db.close()


def format_of(path: str) -> int:
    db = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        return db.execute("PRAGMA user_version").fetchone()[0]
    finally:
        db.close()


def run(script: Path, *words: str) -> subprocess.CompletedProcess[str]:
    words = (sys.executable, str(script), *words)
    return subprocess.run(words, capture_output=True, text=True, check=False, timeout=60, stdin=subprocess.DEVNULL)


def test_the_second_dashboard_takes_over_when_the_first_is_quit(two):
    opened, path = two
    first = opened()
    first.wait_for("rec while open")
    second = opened()
    second.wait_for(f"rec by dashboard {first.pid}")
    pid = first.pid
    first.send("q")
    second.wait_for(f"dashboard {pid} records no more: this dashboard does now, while it is open")
    second.wait_for("rec while open")
    second.send("q")
    assert second.wait_for_prompt() == 0
    assert events(path) == [f"recording here now; before: {path} is being recorded by process {pid}"]


def test_a_dashboard_takes_over_from_a_recorder_that_was_killed(two):
    opened, path = two
    one = opened()
    one.wait_for("rec while open")
    one.send("R")
    one.wait_for("recording in the background: process ")
    one.wait_for("rec in background")
    desk = Desk(Path(path).parent)
    desk.path = path
    background = desk.recorder()
    assert background != one.pid
    one.send("R")
    one.wait_for(f"process {background} records already, in the background")
    os.kill(background, signal.SIGKILL)
    one.wait_for(f"process {background} records no more: this dashboard does now, while it is open")
    one.wait_for("rec while open")
    assert desk.recorder() == one.pid
    one.send("R")
    again = one.wait_for("recording in the background: process ")
    assert again
    one.send("q")
    assert one.wait_for_prompt() == 0
    assert desk.recorder() not in {0, background, one.pid if one.alive() else 0}
    desk.close()


def test_beside_a_recorder_a_dashboard_keeps_the_past_and_what_can_be_done(two, desk):
    opened, path = two
    desk.path, desk.options = path, ("--history", path)
    assert desk.run("--detach").returncode == 0
    one = opened()
    one.wait_for("rec in background")
    one.wait_for("K signal")
    one.send(",")
    lines = one.wait_until(lambda lines: "◀ " in lines[0], what="the past")
    assert "nothing was recorded" not in "\n".join(lines)
    one.send("L")
    one.wait_for("LIVE")
    one.send("Down", "K")
    one.wait_for("ask it to end")
    one.send("Escape")
    one.wait_until(lambda lines: not any("ask it to end" in line for line in lines), what="the menu gone")
    one.send("q")
    assert one.wait_for_prompt() == 0
    assert desk.run("stop").returncode == 0


def test_r_beside_another_dashboard_says_where_to_press_it(two):
    opened, _ = two
    first = opened()
    first.wait_for("rec while open")
    second = opened()
    second.wait_for("rec by dashboard")
    second.send("R")
    second.wait_for(f"dashboard {first.pid} records already, while it is open: press R there")


def test_a_newer_dashboard_reads_what_an_older_one_records_and_migrates_when_it_takes_over(two, newer):
    opened, path = two
    older = opened()
    older.wait_for("rec while open")
    present = opened(script=newer)
    present.wait_for(
        "quit that dashboard, and this tuimon 9.9.0 goes on, in format 2: 0.1.0 records, in the older format 1"
    )

    status = run(newer, "record", "status", "--history", path)
    assert status.returncode == 0
    assert "note        quit that dashboard, and this tuimon 9.9.0 goes on, in format 2" in status.stdout
    shown = run(newer, "show", "--at", "now", "--history", path)
    assert (shown.returncode, shown.stderr) == (0, "")
    assert run(newer, "history", "info", "--history", path).returncode == 0
    refused = run(newer, "record", "--history", path)
    assert refused.returncode == 1
    assert "0.1.0 records, in the older format 1" in refused.stderr
    assert format_of(path) == 1  # only who records brings it to another
    assert not list(Path(path).parent.glob("*.v1"))

    older.send("q")
    present.wait_for("rec while open")
    assert format_of(path) == 2
    copy = Path(f"{path}.v1")
    assert format_of(str(copy)) == 1
    assert copy.stat().st_mode & 0o777 == 0o600

    late = opened()
    late.wait_for("upgrade this tuimon 0.1.0 to see what is recorded: 9.9.0 records, in the newer format 2")
    present.send("q")
    assert present.wait_for_prompt() == 0
    late.wait_for("records no more, and this dashboard cannot")
    late.wait_for("not recorded")
    assert format_of(path) == 2


def test_an_older_tuimon_leaves_a_file_of_a_newer_one_alone_and_says_so(desk, newer):
    recorder = subprocess.Popen([sys.executable, str(newer), "record", *desk.options], stderr=subprocess.PIPE)
    desk.started.append(recorder)
    desk.wait_for_recorder()
    skew = "upgrade this tuimon 0.1.0 to see what is recorded: 9.9.0 records, in the newer format 2 (this one knows 1)"
    status = desk.run("status")
    assert status.returncode == 0
    assert f"note        {skew}" in status.stdout
    assert (
        f"note        {desk.path} was written by a newer tuimon (format 2, this one knows 1): upgrade tuimon"
        in status.stdout
    )
    locked = desk.run()
    assert (locked.returncode, skew in locked.stderr) == (1, True)
    doctor = desk.tuimon("doctor", "--history", desk.path)
    assert skew in doctor.stdout
    assert desk.run("stop").returncode == 0
    refused = desk.run()
    assert refused.returncode == 1
    newer_wrote = f"tuimon: {desk.path} was written by a newer tuimon (format 2, this one knows 1): upgrade tuimon"
    assert refused.stderr.startswith(newer_wrote)
    assert refused.stderr.count("\n") == 1
    assert format_of(desk.path) == 2


def test_a_read_that_was_begun_before_a_migration_says_so_instead_of_guessing(desk, newer):
    from tuimon.history import HistoryError, open_archive, open_history

    open_history(desk.path).close()
    archive = open_archive(desk.path)
    assert archive.spans() == ()
    one = subprocess.Popen([sys.executable, str(newer), "record", *desk.options], stderr=subprocess.PIPE)
    desk.started.append(one)
    desk.wait_for_recorder()

    def refused() -> str:
        try:
            archive.spans()
        except HistoryError as error:
            return str(error)
        return ""

    assert "was written by a newer tuimon (format 2, this one knows 1)" in until(refused, "a refusal")
    archive.close()
