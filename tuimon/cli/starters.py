"""What starts a recorder with the machine: what all kinds of it have in common."""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

from tuimon.cli.errors import Failure


class Plan(NamedTuple):
    """What is written where, and what is run after that."""

    where: str
    text: str
    steps: tuple[tuple[str, ...], ...] = ()


class Starter(Protocol):
    """One kind: systemd, launchd, cron."""

    def plan(self, command: Sequence[str]) -> Plan:
        """Return how it is had to start a recorder."""

    def install(self, plan: Plan) -> None:
        """Do it; may be done again. Raises Failure."""

    def trouble(self) -> str:
        """Return why what was installed does not run now, '' where it does or that is not known."""

    def advice(self) -> str:
        """Return what else there is to do, '' where nothing is."""

    def installed(self) -> str:
        """Return what is there of it, in words; '' where nothing is."""

    def remove(self) -> None:
        """Take that away. Raises Failure."""


def home() -> str:
    """Return the user's home."""
    return os.environ.get("HOME") or "/"


def write(path: Path, text: str) -> None:
    """Write a file, its folders made. Raises Failure."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise Failure(f"{path}: cannot be written: {error.strerror or error}") from None


def unlink(path: Path) -> None:
    """Remove a file that may be gone. Raises Failure."""
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise Failure(f"{path}: cannot be removed: {error.strerror or error}") from None


def asked(command: Sequence[str], *, text: str = "") -> subprocess.CompletedProcess[str]:
    """Run a tool to its end, with a text to read. Raises Failure where it cannot be run."""
    try:
        return subprocess.run(command, input=text, capture_output=True, text=True, check=False, errors="replace")
    except OSError as error:
        raise Failure(f"{command[0]}: {error.strerror or error}") from None


def do(command: Sequence[str], *, text: str = "") -> str:
    """Run a tool that must succeed; return what it says. Raises Failure."""
    done = asked(command, text=text)
    if done.returncode:
        said = " ".join(done.stderr.split())
        raise Failure(f"{shlex.join(command)}: {said or f'failed with {done.returncode}'}")
    return done.stdout
