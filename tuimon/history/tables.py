"""Process tables one after the other: a stretch of process rows, decoded at once."""

from __future__ import annotations

import math
from typing import Final, NamedTuple

from tuimon.history import windowread
from tuimon.history.hot import between
from tuimon.history.moments import lives_of, process, rows_between
from tuimon.history.processes import LEVELS, Level
from tuimon.history.view import View
from tuimon.model.metric import SeriesKey
from tuimon.model.process import ProcessTable

AT_ONCE: Final = 120
"""How many rows are read at a time: ten minutes of the finest."""

_TOTAL: Final = SeriesKey("memory", "", "total_bytes")


class _Stretch(NamedTuple):
    """Rows of one level to be read at once: [start, end) in ms."""

    level: int
    start: int
    end: int


def read(view: View, start: float, end: float) -> tuple[list[ProcessTable], float]:
    """Return the first tables of [start, end), and from when on to ask for those after them (epoch seconds)."""
    bounds = (math.ceil(start * 1000), math.ceil(end * 1000))
    stretch = _next(view, *bounds)
    if stretch is None:
        return [], end
    rows = rows_between(view, stretch.level, stretch.start, stretch.end - 1)
    lives = lives_of(view, (entry.life for _, entries in rows for entry in entries))
    totals = _totals(view, stretch)
    found = [
        ProcessTable(
            time / 1000,
            tuple(
                [
                    process(entry, lives[entry.life], totals.get(time // 1000))
                    for entry in entries
                    if entry.life in lives
                ]
            ),
        )
        for time, entries in rows
    ]
    return found, stretch.end / 1000


def _next(view: View, start: int, end: int) -> _Stretch | None:
    """Return what to read first of [start, end) ms: rows of the finest level, before the oldest of them coarser ones."""
    finest, coarser = LEVELS
    fine = _first(view, finest.seconds, start, end)
    coarse = _first(view, coarser.seconds, start, end if fine is None else fine)
    if coarse is not None:
        return _Stretch(coarser.seconds, coarse, min(end if fine is None else fine, _after(coarse, coarser)))
    return None if fine is None else _Stretch(finest.seconds, fine, min(end, _after(fine, finest)))


def _after(start: int, level: Level) -> int:
    return start + AT_ONCE * level.seconds * 1000


def _first(view: View, level: int, start: int, end: int) -> int | None:
    """Return when the first row of a level in [start, end) ms can be, None where there is none."""
    block = view.db.execute(
        'SELECT min(start) FROM process_block WHERE level = ? AND "end" >= ? AND start < ?', (level, start, end)
    ).fetchone()[0]
    rows = [row for run in between(view.db, start, end) for row in run.process_rows()] + list(view.unsaved.process_rows)
    known = [time for seconds, _, time, _ in rows if seconds == level] + ([] if block is None else [max(block, start)])
    return min((time for time in known if start <= time < end), default=None)


def _totals(view: View, stretch: _Stretch) -> dict[int, float | None]:
    """Return the machine's memory (bytes) in each second of a stretch."""
    first, last = stretch.start // 1000, stretch.end // 1000 + 1
    window = windowread.read(view, [_TOTAL], first, last, last - first)
    step = int(window.step)
    return {
        int(time) + second: total
        for time, total in zip(window.times, window.series[_TOTAL].average, strict=True)
        for second in range(step)
    }
