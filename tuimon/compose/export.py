"""An export of the past over HTTP: what the command of that name writes, piece by piece."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tuimon.api.export import Export
    from tuimon.config.settings import Settings
    from tuimon.protocols import Archive


def finest(age: float, settings: Settings) -> float:
    """Return the step in seconds in which what is so many seconds old is kept."""
    kept = settings.history.retention
    tiers = ((kept.samples, settings.interval), (kept.minutes, 60.0), (kept.five_minutes, 300.0))
    return next((step for retention, step in tiers if age <= retention + 60), 3600.0)


def export(archive: Archive, asked: Export, settings: Settings) -> Iterator[str]:
    """Yield an export piece by piece; nothing where nothing was recorded."""
    from tuimon.exporters.pieces import joined, windows
    from tuimon.exporters.rows import PROCESS_HEADER, process_rows, series_header, series_rows
    from tuimon.exporters.write import WRITERS

    stretches = joined([(max(asked.start, s.start), min(asked.end, s.end + 1)) for s in archive.spans()])
    if not stretches:
        return
    write = WRITERS[asked.form]
    if asked.processes:
        tables = (table for start, end in stretches for table in archive.processes(start, end))
        yield from write(PROCESS_HEADER, process_rows(tables, asked.step or 0.0))
        return
    step = max(settings.interval, asked.step or finest(time.time() - stretches[0][0], settings))
    spread = step > settings.interval
    found = windows(archive, asked.keys, stretches, step)
    yield from write(series_header(asked.keys, spread=spread), series_rows(found, asked.keys, spread=spread))
