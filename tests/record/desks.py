"""Recorders as real processes: each test has a history of its own, and what it started ends with it."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest

from tuimon.history.lock import recorder_of

ROOT = Path(__file__).resolve().parents[2]
T = TypeVar("T")


class Desk:
    """A history and the means to record into it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = str(folder / "h.db")
        self.log = folder / "log"
        self.options = ("--history", self.path, "--log", str(self.log))
        self.started: list[subprocess.Popen[str]] = []

    def run(self, *words: str, **options) -> subprocess.CompletedProcess[str]:
        """Run `tuimon record` with arguments until it ends."""
        return self.tuimon("record", *words, *self.options, **options)

    def tuimon(self, *words: str, **options) -> subprocess.CompletedProcess[str]:
        """Run tuimon with arguments until it ends."""
        return subprocess.run(
            [sys.executable, "-m", "tuimon", *words],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
            stdin=subprocess.DEVNULL,
            **options,
        )

    def start(self, *words: str, **options) -> subprocess.Popen[str]:
        """Start `tuimon record` in the foreground, as a child of the test."""
        one = subprocess.Popen(
            [sys.executable, "-m", "tuimon", "record", *words, *self.options],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            text=True,
            **options,
        )
        self.started.append(one)
        return one

    def recorder(self) -> int:
        """Return the pid of who records, 0 where nobody does."""
        found = recorder_of(self.path)
        return (found.pid or 0) if found else 0

    def wait_for_recorder(self, *, other_than: int = 0) -> int:
        """Return the pid of who records as soon as somebody does."""
        return until(lambda: (pid := self.recorder()) != other_than and pid, "a recorder")

    def close(self) -> None:
        """End whatever still records here."""
        for one in self.started:
            with contextlib.suppress(ProcessLookupError):
                one.kill()
            one.wait()
            for stream in (one.stdout, one.stderr):
                if stream:
                    stream.close()
        if pid := self.recorder():
            os.kill(pid, signal.SIGKILL)


def until(look: Callable[[], T], what: str, seconds: float = 20) -> T:
    """Look again and again until there is something to see."""
    end = time.monotonic() + seconds
    while not (seen := look()):
        if time.monotonic() > end:
            pytest.fail(f"not within {seconds} s: {what}")
        time.sleep(0.02)
    return seen
