"""What the tests of the command line share: a history filled with ten simulated minutes, and the program itself."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tuimon.cli import main

ROOT = Path(__file__).resolve().parents[2]
END = "2026-11-20T12:00:00Z"


@pytest.fixture(scope="session")
def filled(tmp_path_factory, own_home):
    """Return the path of a history of 10 simulated minutes up to END, one in which crunch takes the CPU."""
    del own_home
    path = tmp_path_factory.mktemp("history") / "filled.db"
    assert main(["fill", "cpu-spike", "--span", "10 min", "--until", END, "--history", str(path)]) == 0
    return str(path)


@pytest.fixture
def tuimon():
    """Run the program as a process of its own; give it arguments, get the finished process."""

    def start(*arguments: str, **options) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "tuimon", *arguments],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
            stdin=subprocess.DEVNULL,
            **options,
        )

    return start
