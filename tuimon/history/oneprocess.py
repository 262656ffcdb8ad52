"""One process over a span: its lifetime, and its rows where it was on the lists of the busiest."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from tuimon.history.lifetimes import COLUMNS, lifetime
from tuimon.history.moments import blocks_between, lives_of, process
from tuimon.history.processcodec import Block, Entry
from tuimon.history.usage import FINE_SPAN
from tuimon.history.view import View
from tuimon.model.difference import Lifetime
from tuimon.model.metric import SeriesKey
from tuimon.model.process import Process, ProcessPast

SAME: Final = 0.011
"""Seconds by which two start times of one process may differ: they are kept in hundredths."""
_TOTAL: Final = SeriesKey("memory", "", "total_bytes")


def read(view: View, pid: int, started_at: float | None, start: float, end: float) -> ProcessPast | None:
    """Return what is recorded of a process in [start, end) (epoch seconds), None where it is not known at all.

    Without a start time it is the newest process with this pid that was seen before the end.
    """
    ids = _ids(view, pid, started_at, end)
    if not ids:
        return None
    life = ids[max(ids)]
    level = 5 if end - start <= FINE_SPAN else 60
    rows = _rows(view, level, set(ids), start, end)
    if not rows and level == 5:
        level, rows = 60, _rows(view, 60, set(ids), start, end)
    return ProcessPast(life.pid, life.started_at, life, float(level), tuple(rows))


def _ids(view: View, pid: int, started_at: float | None, end: float) -> dict[int, Lifetime]:
    """Return the rows of the table of lifetimes that are this process: several where recording began anew."""
    found = {
        row[0]: lifetime(row[1:])
        for row in view.db.execute(
            f"SELECT l.id, {COLUMNS} WHERE l.pid = ? AND l.first_seen < ?", (pid, round(end * 1000))
        )
    }
    for life in view.unsaved.lives.values():
        if life.pid == pid and life.id not in found:
            found[life.id] = Lifetime(*life[1:7], life.started_at, None)
    if started_at is None:
        started_at = max((life.started_at for life in found.values()), default=0.0)
    return {id_: life for id_, life in found.items() if abs(life.started_at - started_at) <= SAME}


def _rows(view: View, level: int, ids: set[int], start: float, end: float) -> list[tuple[float, Process]]:
    bounds = (round(start * 1000), round(end * 1000) - 1)
    lives = lives_of(view, ids)
    entries = [one for block in blocks_between(view, level, *bounds) for one in _entries(block, ids)]
    total = _memory(view, entries[-1][0] / 1000) if entries else None
    return [(time / 1000, process(entry, lives[entry.life], total)) for time, entry in entries if entry.life in lives]


def _entries(block: Block, ids: set[int]) -> Iterator[tuple[int, Entry]]:
    """Yield a block's entries of some lifetimes, with their times in ms."""
    for life, first, past in block.runs:
        if life in ids:
            for at in range(first, past):
                yield block.times[block.places[at]], Entry(life, *(column[at] for column in block.fields))


def _memory(view: View, at: float) -> float | None:
    """Return the machine's memory in bytes, as of the newest row: it hardly ever changes."""
    from tuimon.history import windowread  # noqa: PLC0415  only where there are rows to be read

    window = windowread.read(view, [_TOTAL], at - 60, at + 1, 1)
    return next((value for value in reversed(window.series[_TOTAL].average) if value is not None), None)
