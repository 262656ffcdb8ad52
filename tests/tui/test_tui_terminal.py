"""The dashboard on a pseudo-terminal of its own: bytes that are no text."""

from __future__ import annotations

import os
import pty
import select
import sys
import time

import pytest


def read_until(fd: int, mark: bytes, seconds: float = 30) -> bytes:
    seen, end = b"", time.monotonic() + seconds
    while mark not in seen and time.monotonic() < end:
        if select.select([fd], [], [], 0.1)[0]:
            try:
                seen += os.read(fd, 65536)
            except OSError:
                break
    return seen


@pytest.mark.parametrize("typed", [b"\xff", b"\xe9j", b"\x9b", b"\xc3"])
def test_bytes_that_are_no_text_do_not_end_it(typed):
    pid, fd = pty.fork()
    if pid == 0:
        os.environ["TERM"] = "xterm-256color"
        os.execv(sys.executable, [sys.executable, "-m", "tuimon", "--simulate", "calm", "--no-record"])  # noqa: S606  a pseudo-terminal needs a fork
    assert b"LIVE" in read_until(fd, b"LIVE")
    os.write(fd, typed)
    read_until(fd, b"no such mark", 1.5)
    assert os.waitpid(pid, os.WNOHANG) == (0, 0), "it ended"
    os.write(fd, b"q")
    seen = read_until(fd, b"\x1b[?1049l")
    assert b"Traceback" not in seen
    read_until(fd, b"no such mark", 10)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    os.close(fd)
