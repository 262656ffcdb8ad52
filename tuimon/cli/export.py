"""`tuimon export`: the recorded past as CSV, JSON or JSON lines, read a window at a time."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from tuimon import compose
from tuimon.cli.errors import Failure, UsageError
from tuimon.cli.filtered import filter_of
from tuimon.cli.metrics import select
from tuimon.cli.output import write
from tuimon.cli.progress import Progress
from tuimon.cli.run import moment_of
from tuimon.compose.export import finest
from tuimon.config.settings import Settings
from tuimon.exporters.pieces import Stretch, joined, windows
from tuimon.exporters.rows import PROCESS_HEADER, Row, process_rows, series_header, series_rows
from tuimon.exporters.write import WRITERS
from tuimon.model.process import ProcessTable
from tuimon.model.snapshot import Span
from tuimon.model.times import format_local, parse_duration

if TYPE_CHECKING:
    from tuimon.filters import Filter
    from tuimon.protocols import Archive


def run(options: argparse.Namespace, settings: Settings) -> int:
    """Export what was asked for."""
    chosen = filter_of(options, settings)
    if chosen is not None and not hasattr(options, "processes"):
        raise UsageError("--filter chooses processes; give --processes with it")
    archive = compose.open_archive(settings)
    try:
        stretches = _stretches(options, settings, archive.spans())
        to_terminal = sys.stdout.isatty() and not hasattr(options, "output")
        with Progress("exporting", shown=not to_terminal) as progress:
            if hasattr(options, "processes"):
                header, rows = _processes(options, chosen, archive, stretches, progress)
            else:
                header, rows = _series(options, settings, archive, stretches, progress)
            writer = WRITERS[getattr(options, "format", "csv")]
            write(writer(header, rows), getattr(options, "output", ""))
    finally:
        archive.close()
    return 0


def _stretches(options: argparse.Namespace, settings: Settings, spans: Sequence[Span]) -> list[Stretch]:
    """Return the recorded parts of the span that was asked for, oldest first, at least one."""
    if not spans:
        raise Failure("the history is empty")
    oldest, newest = min(span.start for span in spans), max(span.end for span in spans) + 1
    start = moment_of(options.start, settings) if hasattr(options, "start") else oldest
    end = moment_of(options.end, settings) if hasattr(options, "end") else time.time()
    if start >= end:
        raise UsageError("--from must be before --to")
    found = joined([(max(start, span.start), min(end, span.end + 1)) for span in spans])
    if not found:
        zone = compose.zone_of(settings)
        held = f"it has {format_local(oldest, zone)} to {format_local(newest, zone)}"
        raise Failure(f"the history has nothing between --from and --to; {held}")
    return found


def _step(options: argparse.Namespace, least: float, default: float) -> float:
    """Return the length of a step in seconds, as asked for or the default."""
    if not hasattr(options, "step"):
        return default
    step = parse_duration(options.step)
    if not least <= step <= 86400 * 366:
        raise UsageError(f"--step: expected at least {least:g} s, the recorded interval, got '{options.step}'")
    return step


def _series(
    options: argparse.Namespace,
    settings: Settings,
    archive: Archive,
    stretches: Sequence[Stretch],
    progress: Progress,
) -> tuple[Sequence[str], Iterator[Row]]:
    keys = select(getattr(options, "metric", ()), archive.keys(stretches[0][0], stretches[-1][1]))
    if not keys:
        raise Failure("none of these metrics was recorded between --from and --to")
    step = _step(options, settings.interval, finest(time.time() - stretches[0][0], settings))
    spread = step > settings.interval
    found = windows(archive, keys, stretches, step, progress)
    return series_header(keys, spread=spread), series_rows(found, keys, spread=spread)


def _processes(
    options: argparse.Namespace,
    chosen: Filter | None,
    archive: Archive,
    stretches: Sequence[Stretch],
    progress: Progress,
) -> tuple[Sequence[str], Iterator[Row]]:
    if hasattr(options, "metric"):
        raise UsageError("--processes and --metric exclude each other")
    step = _step(options, 1.0, 0.0)
    tables = _tables(archive, stretches, progress)
    if chosen is not None:
        tables = (ProcessTable(one.time, tuple(chosen.passing(one.processes, one.time))) for one in tables)
    return PROCESS_HEADER, process_rows(tables, step)


def _tables(archive: Archive, stretches: Sequence[Stretch], progress: Progress) -> Iterator[ProcessTable]:
    first, last = stretches[0][0], stretches[-1][1]
    for start, end in stretches:
        for table in archive.processes(start, end):
            progress(table.time - first, last - first)
            yield table
