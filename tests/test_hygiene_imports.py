"""What a start imports is counted: each heavy library would cost 100 ms and 20 MB before anything is drawn."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SLOW = {"fastapi", "uvicorn", "starlette", "pydantic", "apprise", "sqlite_utils", "plotext", "apscheduler", "requests"}
TEXTUAL = {"textual", "rich"}
NOT_FOR_A_WORD = {*SLOW, *TEXTUAL, "psutil", "sqlite3", "yaml", "asyncio"}

WATCH = """
import os, sys
log = os.open({log!r}, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
sys.addaudithook(lambda event, args: event == "import" and os.write(log, args[0].encode() + b"\\n"))
import runpy
sys.argv = ["tuimon", *sys.argv[1:]]
runpy.run_module("tuimon", run_name="__main__", alter_sys=True)
"""


@pytest.fixture
def watched(tmp_path):
    """A script that is tuimon and writes down the name of each module that it looks for."""
    log = tmp_path / "imports"
    script = tmp_path / "watched.py"
    script.write_text(WATCH.format(log=str(log)))
    return script, log


def imported(log: Path) -> list[str]:
    return log.read_text().split()


def packages(log: Path) -> set[str]:
    return {name.partition(".")[0] for name in imported(log)}


def run(script, *arguments):
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, script, *arguments], env=environment, capture_output=True, text=True, check=True, timeout=60
    )


def test_the_version_is_said_without_importing_what_it_does_not_need(watched):
    script, log = watched
    done = run(script, "--version")
    assert done.stdout.startswith("tuimon ")
    assert not packages(log) & NOT_FOR_A_WORD
