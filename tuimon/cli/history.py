"""`tuimon history path | info | copy | purge`."""

from __future__ import annotations

import argparse
import shlex
import sys
import time
from pathlib import Path
from typing import Final

from tuimon import compose
from tuimon.cli.errors import Failure, UsageError, shown
from tuimon.cli.history_info import lines, to_object
from tuimon.cli.processes import who
from tuimon.cli.progress import Progress
from tuimon.cli.run import moment_of
from tuimon.config.settings import Settings
from tuimon.history.copying import copy, copy_span
from tuimon.history.describe import describe
from tuimon.history.purge import purge, set_aside
from tuimon.model.times import format_local
from tuimon.model.units import size
from tuimon.model.wire import to_json

OPTIONS: Final = {
    "json": ("--json", "info"),
    "start": ("--from", "copy"),
    "end": ("--to", "copy"),
    "no_commands": ("--no-commands", "copy"),
    "force": ("--force", "copy"),
    "before": ("--before", "purge"),
    "yes": ("--yes", "purge"),
}
"""Option -> as it is typed, and the action that takes it."""


def run(options: argparse.Namespace, settings: Settings) -> int:
    """Say where the history is or what it holds, copy it, or take something out of it."""
    for name, (typed, action) in OPTIONS.items():
        if hasattr(options, name) and options.action != action:
            raise UsageError(f"{typed} belongs to 'tuimon history {action}'")
    if getattr(options, "file", None) and options.action != "copy":
        raise UsageError(f"'tuimon history {options.action}' takes no FILE; which history is said by --history")
    path, note = compose.history_path(settings)
    if not path:
        raise Failure(note)
    if options.action == "path":
        print(path)
    elif options.action == "info":
        _info(options, settings, path)
    elif options.action == "copy":
        _copy(options, settings, path)
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


def _copy(options: argparse.Namespace, settings: Settings, path: str) -> None:
    """Copy a history, all of it or a span, and say how the copy is opened."""
    target = getattr(options, "file", None)
    if not target:
        raise UsageError("copy needs a FILE to copy into: tuimon history copy FILE")
    if Path(target).is_dir():
        raise UsageError(f"FILE: {shown(target)} is a folder; did you mean '{Path(target, Path(path).name)}'?")
    how = {"force": hasattr(options, "force"), "commands": not hasattr(options, "no_commands")}
    if hasattr(options, "start") or hasattr(options, "end"):
        start = moment_of(options.start, settings) if hasattr(options, "start") else 0.0
        end = moment_of(options.end, settings) if hasattr(options, "end") else time.time()
        if start >= end:
            raise UsageError("--from must be before --to")
        copy_span(path, target, start, end, **how)
    else:
        with Progress(f"copying {Path(path).name}") as progress:
            copy(path, target, **how, progress=progress)
    held = describe(target)
    zone = compose.zone_of(settings)
    span = ""
    if held.spans:
        first, last = min(one.start for one in held.spans), max(one.end for one in held.spans)
        span = f", {format_local(first, zone)} to {format_local(last, zone)}"
    print(f"{target}: {size(held.bytes)}{span}")
    if sys.stdout.isatty():
        print(f"'tuimon --replay {shlex.quote(target)}' opens it, 'tuimon show --at' and 'export' take it as --history")


def _purge(options: argparse.Namespace, settings: Settings, path: str) -> None:
    """Forget what is older than a moment, or everything, once the user has said yes."""
    held = describe(path)  # refuses what is no history: everything means the file itself
    if held.recorder:
        how = "'tuimon record stop' ends it" if held.recorder.by == "record" else "it must end first"
        raise Failure(f"nothing was purged: {path} is being recorded into by {who(held.recorder)}; {how}")
    zone = compose.zone_of(settings)
    before = moment_of(options.before, settings) if hasattr(options, "before") else None
    what = "everything" if before is None else f"all that was recorded before {format_local(before, zone)}"
    question = f"forget {what} in {held.path} ({size(held.bytes)})? [y/N] "
    if not hasattr(options, "yes") and not _agreed(question):
        raise Failure("nothing was purged")
    print(f"{held.path}: {size(purge(path, before))} given back")
    if before is None:
        for left in set_aside(path):
            print(f"left, to be looked at and removed: {left} ({size(left.stat().st_size)})")


def _agreed(question: str) -> bool:
    if not (sys.stdin and sys.stdin.isatty()):
        raise UsageError("purge asks on a terminal; without one, say --yes")
    print(question, end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in {"y", "yes"}
