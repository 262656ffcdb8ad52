"""What a shell user relies on: pipes that close early, JSON that parses, one line for each mistake."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def environment(home: Path) -> dict[str, str]:
    """Return the variables of a user who has nothing yet."""
    return os.environ | {
        "HOME": str(home),
        "XDG_STATE_HOME": str(home / "state"),
        "XDG_CONFIG_HOME": str(home / "config"),
        "PYTHONPATH": str(ROOT),
    }


def tuimon(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    command = [sys.executable, "-m", "tuimon", *arguments]
    return subprocess.run(
        command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, env=environment(home)
    )


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("shwo",), 2, "did you mean 'show'?"),
        (("show", "--jsn"), 2, "did you mean '--json'?"),
        (("--simulate", "bussy"), 2, "did you mean 'busy'?"),
        (("--tz", "Nowhere/X", "show"), 2, "a time zone such as"),
        (("show", "--at", "1h"), 2, "did you mean '1h ago'?"),
        (("history", "info", "--history", "/etc/passwd"), 1, "is not a history of tuimon"),
        ((), 2, "tuimon show"),
    ],
)
def test_a_mistake_is_one_line_and_an_exit_code(
    tmp_path: Path, arguments: tuple[str, ...], code: int, says: str
) -> None:
    done = tuimon(tmp_path, *arguments)
    assert done.returncode == code
    assert done.stdout == ""
    lines = done.stderr.splitlines()
    assert len(lines) == 1
    assert lines[0].startswith("tuimon: ")
    assert says in lines[0]


def test_a_reader_that_goes_away_early_sees_no_traceback(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tuimon", "show"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(tmp_path), text=True
    ) as show:
        assert show.stdout is not None
        assert show.stderr is not None
        show.stdout.close()
        errors = show.stderr.read()
    assert errors == ""


def test_names_of_processes_cannot_move_the_cursor(tmp_path: Path) -> None:
    wait = "import sys; print(flush=True); sys.stdin.read()"
    hostile = "\x1b]0;owned\x07\x1b[2J\u202e\n"
    with subprocess.Popen(
        [sys.executable, "-c", wait, hostile], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as sleeper:
        assert sleeper.stdout is not None
        sleeper.stdout.readline()
        shown = json.loads(tuimon(tmp_path, "show", "--json").stdout)
        sleeper.communicate()
    commands = [process["command"] for process in shown["processes"] if process["pid"] == sleeper.pid]
    assert len(commands) == 1
    assert "owned" in commands[0]
    assert not set("\x1b\x07\n\u202e") & set(commands[0])
