"""`tuimon history path | info | purge`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from datetime import tzinfo
from typing import Final

from tuimon import compose
from tuimon.cli.errors import Failure, UsageError
from tuimon.cli.run import moment_of
from tuimon.config.settings import Settings
from tuimon.history.describe import Description, describe, purge
from tuimon.model.times import format_local
from tuimon.model.units import compact_size, size, span

ENOUGH: Final = 3600
"""Samples from which on the size of one value says something: empty pages weigh more than fewer."""


def run(options: argparse.Namespace, settings: Settings) -> int:
    """Say where the history is or what it holds, or take something out of it."""
    for name in ("before", "yes"):
        if hasattr(options, name) and options.action != "purge":
            raise UsageError(f"--{name} belongs to 'tuimon history purge'")
    path, note = compose.history_path(settings)
    if not path:
        raise Failure(note)
    if options.action == "path":
        print(path)
    elif options.action == "info":
        for line in lines(describe(path), compose.zone_of(settings)):
            print(line)
    else:
        _purge(options, settings, path)
    return 0


def lines(held: Description, tz: tzinfo | None) -> Iterator[str]:
    """Yield what a history holds, a fact a line."""
    yield f"file        {held.path}"
    yield f"size        {size(held.bytes)}, format {held.version}"
    yield f"recorder    {f'process {held.recorder}' if held.recorder else 'nobody records now'}"
    if held.machine_id:
        yield f"machine     {held.machine_id}"
    if held.spans:
        start, end = min(one.start for one in held.spans), max(one.end for one in held.spans)
        yield f"recorded    {format_local(start, tz)} to {format_local(end, tz)}, {span(end - start)}, {_gaps(held.gaps)}"
    else:
        yield "recorded    nothing"
    yield f"series      {held.series}"
    for tier in held.tiers:
        taken = "" if tier.bytes is None else f"  {compact_size(tier.bytes):>6}"
        what = "processes" if tier.name == "processes" else "values"
        yield f"{tier.name:<10}  {tier.rows:>10,} rows  {tier.values:>12,} {what:<9}{taken}".rstrip()
    if held.bytes_per_value is not None and held.tiers[0].rows >= ENOUGH:
        yield f"a value     {held.bytes_per_value:.2f} bytes in the finest tier"
    if held.bytes_per_day is not None:
        yield f"a day       {size(held.bytes_per_day)}"
    if held.damaged:
        yield "damaged     the next recorder moves it aside and begins a new one"


def _gaps(count: int) -> str:
    return f"{count} gap{'s' if count != 1 else ''}" if count else "no gaps"


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
