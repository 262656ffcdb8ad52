"""What the tests of faults share: programs as children, and what a file holds by a look that is not tuimon's own."""

from __future__ import annotations

import os
import shlex
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from tuimon.history import open_archive

HERE = Path(__file__).parent
ROOT = HERE.parents[1]


def root_only(test):
    """Mark a test that mounts something."""
    return pytest.mark.root(pytest.mark.skipif(os.geteuid() != 0, reason="mounting needs root")(test))


def surroundings(**more: str) -> dict[str, str]:
    """Return the environment in which a child finds tuimon and `recorded`."""
    return {**os.environ, "PYTHONPATH": f"{ROOT}:{HERE}", **more}


def child(code: str, *arguments: str, **more: str) -> subprocess.Popen[str]:
    """Start Python with a program of a test."""
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=surroundings(**more),
    )


def on_a_tmpfs(folder: Path, options: str, code: str, *arguments: str, after: str = "true") -> str:
    """Run a program of a test with a small filesystem of its own over a folder; return what it prints."""
    run = shlex.join([sys.executable, "-c", code, *arguments])
    script = f"mount -t tmpfs -o {options} tmpfs {shlex.quote(str(folder))} && {run} && {after}"
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", script],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env=surroundings(),
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def all_times(path) -> list[int]:
    """Return the times (ms) of all samples, in the order they were taken."""
    archive = open_archive(str(path))
    with archive._view() as view:
        times = [time for chunk in view.chunks(0, 1 << 60) for time in chunk.times]
    archive.close()
    return times


def integrity(path) -> str:
    db = sqlite3.connect(path)
    found: str = db.execute("PRAGMA integrity_check").fetchone()[0]
    db.close()
    return found
