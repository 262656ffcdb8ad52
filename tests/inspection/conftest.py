from __future__ import annotations

import subprocess
import sys

import pytest
from lookings import Looking

from tuimon.collectors import open_inspector


@pytest.fixture
def looking():
    """Open inspectors, and close them after the test: no helper may be left."""
    opened = []

    def start(inspector=None):
        opened.append(Looking(inspector or open_inspector()))
        return opened[-1].see

    yield start
    for one in opened:
        one.inspector.close()
        assert getattr(one.inspector, "helpers", ()) == ()


@pytest.fixture
def child():
    """Start a Python of its own that runs a program, and wait for its line."""
    started = []

    def start(program="", *words, env=None, cwd=None):
        one = subprocess.Popen(
            [sys.executable, "-ISc", f"import time\n{program}\nprint(flush=True)\ntime.sleep(120)", *words],
            stdout=subprocess.PIPE, text=True, env=env, cwd=cwd,
        )  # fmt: skip
        started.append(one)
        assert one.stdout.readline() == "\n"
        return one

    yield start
    for one in started:
        one.kill()
        one.wait()
        one.stdout.close()
