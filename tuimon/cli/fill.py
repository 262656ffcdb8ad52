"""`tuimon fill`: a simulated past into a history, as fast as it goes."""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from tuimon import compose
from tuimon.cli.errors import UsageError
from tuimon.cli.progress import Progress
from tuimon.cli.run import machine_of, moment_of
from tuimon.config.settings import Settings
from tuimon.model.times import format_duration, parse_duration

LONGEST = 366 * 86400.0


def run(options: argparse.Namespace, settings: Settings) -> int:
    """Fill the history that was named; this machine's own is never mixed with a simulated one."""
    if not hasattr(options, "history"):
        raise UsageError("fill needs --history FILE: a simulated past does not belong into this machine's history")
    span = parse_duration(getattr(options, "span", "24h"))
    if not settings.interval <= span <= LONGEST:
        raise UsageError(f"--span: expected a duration from {format_duration(settings.interval)} to 366 d")
    end = moment_of(options.until, settings) if hasattr(options, "until") else time.time()
    path = settings.history.path
    machine = machine_of(options, scenario=options.scenario)
    with Progress(f"filling {Path(path).name}") as progress:
        quick = hasattr(options, "quick")
        count = compose.fill_history(machine, path, settings, start=end - span, end=end, quick=quick, progress=progress)
    print(f"{path}: {count} samples of '{options.scenario}', {format_duration(span)}")
    return 0
