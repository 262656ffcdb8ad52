"""What the tests of another machine's dashboard share: a server of a simulated one, and what is typed at a terminal."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress

import pytest
from far import ROOT, FarServer

TOKEN = "a-token-of-the-tests-0123456789"


@pytest.fixture(scope="session")
def guarded(own_home) -> Iterator[FarServer]:
    """Return a server that wants a token."""
    del own_home
    one = FarServer(0.2, "", TOKEN)
    yield one
    one.end()


@pytest.fixture
def said(tmp_path):
    """Run `tuimon --connect` at a terminal and return its exit code and what it said, in one line."""

    def run(*arguments: str, **environ: str) -> tuple[int, str]:
        leader, follower = pty.openpty()
        environment = {k: v for k, v in os.environ.items() if k != "TUIMON_TOKEN"}
        environment |= {"PYTHONPATH": str(ROOT), "TERM": "xterm-256color"} | environ
        done = subprocess.run(
            [sys.executable, "-m", "tuimon", "--log", str(tmp_path / "log"), "--connect", *arguments],
            env=environment,
            stdin=follower,
            stdout=follower,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            check=False,
        )
        for fd in (leader, follower):
            with suppress(OSError):
                os.close(fd)
        line = done.stderr.removesuffix("\n")
        assert "\n" not in line, done.stderr
        return done.returncode, line.removeprefix("tuimon: ")

    return run
