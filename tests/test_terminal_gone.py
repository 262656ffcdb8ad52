"""The terminal goes and nobody says so: a parent such as make(1) or sudo(8) keeps the hang-up to itself."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import sqlite3
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tuimon.history.lock import recorder_of

ROWS, COLS = 50, 200


def read_until(master: int, wanted: bytes, seconds: float = 30.0) -> bytes:
    seen, end = b"", time.monotonic() + seconds
    while wanted not in seen:
        assert time.monotonic() < end, seen[-500:]
        if select.select([master], [], [], 0.1)[0]:
            seen += os.read(master, 1 << 16)
    return seen


@contextmanager
def dashboard(path: Path) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """A dashboard whose terminal is not its controlling one, so that no signal comes from it; and its far end."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLS, 0, 0))
    words = ["--history", str(path), "--log", str(path.parent / "log"), "--simulate", "busy", "--seed", "1"]
    process = subprocess.Popen(
        [sys.executable, "-m", "tuimon", *words],
        stdin=slave,
        stdout=slave,
        stderr=slave,
        env=os.environ | {"TERM": "xterm-256color", "HOME": str(path.parent), "XDG_STATE_HOME": str(path.parent)},
        start_new_session=True,
    )
    os.close(slave)
    try:
        read_until(master, b"LIVE")
        yield process, master
    finally:
        process.kill()
        process.wait()


def press(master: int, keys: bytes = b"jk") -> None:
    """Press keys for as many drawings as no terminal holds that takes nothing."""
    for _ in range(60):
        os.write(master, keys)
        time.sleep(0.02)


def ended_well(path: Path) -> bool:
    """Whether a history was closed by who wrote it, and nobody has it."""
    with closing(sqlite3.connect(path)) as db:
        clean = db.execute("SELECT value FROM meta WHERE key = 'clean'").fetchone() == (1,)
    return clean and recorder_of(str(path)) is None


@pytest.mark.parametrize("stalled", [False, True], ids=["at-once", "after-it-took-nothing-for-long"])
def test_the_dashboard_ends_with_its_terminal_and_stores_what_it_holds(tmp_path, stalled):
    path = tmp_path / "h.db"
    with dashboard(path) as (process, master):
        if stalled:  # a link that is dead but not closed
            press(master)
        os.close(master)
        assert process.wait(20) == 0
    assert ended_well(path)


def test_a_signal_ends_the_dashboard_of_a_terminal_that_takes_nothing(tmp_path):
    path = tmp_path / "h.db"
    with dashboard(path) as (process, master):
        press(master)
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
        os.close(master)
    assert ended_well(path)


def test_a_terminal_that_goes_on_reading_is_shown_what_is_now_and_no_drawing_of_between(tmp_path):
    path = tmp_path / "h.db"
    with dashboard(path) as (process, master):
        press(master, b"oh")  # two screens by turns, each all of the terminal
        os.write(master, b"og")
        seen = read_until(master, b"go to ")
        assert len(seen) < 60 * ROWS * COLS
        os.write(master, b"\r")
        time.sleep(0.1)
        os.write(master, b"q")
        read_until(master, b"\x1b[?1049l")
        assert process.wait(20) == 0
        os.close(master)
