"""`tuimon history path | info | purge`."""

from __future__ import annotations

import argparse
import sys
import time
from typing import Final

from tuimon import compose
from tuimon.cli.errors import Failure, UsageError
from tuimon.cli.history_info import lines, to_object
from tuimon.cli.run import moment_of
from tuimon.config.settings import Settings
from tuimon.history.describe import describe
from tuimon.history.purge import purge
from tuimon.model.times import format_local
from tuimon.model.units import size
from tuimon.model.wire import to_json

OPTIONS: Final = {"before": "purge", "yes": "purge", "json": "info"}
"""Option -> the action that takes it."""


def run(options: argparse.Namespace, settings: Settings) -> int:
    """Say where the history is or what it holds, or take something out of it."""
    for name, action in OPTIONS.items():
        if hasattr(options, name) and options.action != action:
            raise UsageError(f"--{name} belongs to 'tuimon history {action}'")
    path, note = compose.history_path(settings)
    if not path:
        raise Failure(note)
    if options.action == "path":
        print(path)
    elif options.action == "info":
        _info(options, settings, path)
    else:
        _purge(options, settings, path)
    return 0


def _info(options: argparse.Namespace, settings: Settings, path: str) -> None:
    """Print what a history holds and what becomes of it."""
    held = describe(path, compose.retention_of(settings), settings.history.size_cap)
    if hasattr(options, "json"):
        print(to_json(to_object(held, time.time()), indent=2 if sys.stdout.isatty() else None))
        return
    for line in lines(held, compose.zone_of(settings), time.time()):
        print(line.rstrip())


def _purge(options: argparse.Namespace, settings: Settings, path: str) -> None:
    """Forget what is older than a moment, or everything, once the user has said yes."""
    held = describe(path)  # refuses what is no history: everything means the file itself
    zone = compose.zone_of(settings)
    before = moment_of(options.before, settings) if hasattr(options, "before") else None
    what = "everything" if before is None else f"all that was recorded before {format_local(before, zone)}"
    question = f"forget {what} in {held.path} ({size(held.bytes)})? [y/N] "
    if not hasattr(options, "yes") and not _agreed(question):
        raise Failure("nothing was purged")
    print(f"{held.path}: {size(purge(path, before))} given back")


def _agreed(question: str) -> bool:
    if not (sys.stdin and sys.stdin.isatty()):
        raise UsageError("purge asks on a terminal; without one, say --yes")
    print(question, end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in {"y", "yes"}
