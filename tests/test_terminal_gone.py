"""The terminal goes and nobody says so: a parent such as make(1) or sudo(8) keeps the hang-up to itself."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import sqlite3
import struct
import subprocess
import sys
import termios
import time
from contextlib import closing

import pytest

ROWS, COLS = 50, 200


def read_until(master: int, wanted: bytes, seconds: float = 30.0) -> None:
    seen, end = b"", time.monotonic() + seconds
    while wanted not in seen:
        assert time.monotonic() < end, seen[-500:]
        if select.select([master], [], [], 0.1)[0]:
            seen += os.read(master, 1 << 16)


@pytest.mark.parametrize("stalled", [False, True], ids=["at-once", "after-it-took-nothing-for-long"])
def test_the_dashboard_ends_with_its_terminal_and_stores_what_it_holds(tmp_path, stalled):
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLS, 0, 0))
    path = tmp_path / "h.db"
    words = ["--history", str(path), "--log", str(tmp_path / "log"), "--simulate", "busy", "--seed", "1"]
    process = subprocess.Popen(
        [sys.executable, "-m", "tuimon", *words],
        stdin=slave,
        stdout=slave,
        stderr=slave,
        env=os.environ | {"TERM": "xterm-256color", "HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path)},
        start_new_session=True,  # and the terminal is not its controlling one: no signal comes
    )
    try:
        os.close(slave)
        read_until(master, b"LIVE")
        if stalled:  # a link that is dead but not closed: drawings pile up until none can be made
            for _ in range(60):
                os.write(master, b"jk")
                time.sleep(0.02)
        os.close(master)
        assert process.wait(20) == 0
    finally:
        process.kill()
        process.wait()
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("SELECT value FROM meta WHERE key = 'clean'").fetchone() == (1,)
