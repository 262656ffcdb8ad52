"""Sealing: ten minutes of hot rows become one compressed block a series.

`due` says which stretch of hot rows can be sealed, `Sealing` does it a few series at a time so that no tick
waits for thousands of them, `store` puts the result in place of the hot rows in the caller's transaction. A crash
before that loses nothing: the hot rows are still there.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from itertools import groupby
from operator import itemgetter
from typing import Final

from tuimon.history.codec import NONE, Columns, encode
from tuimon.history.hot import Run, between, seal
from tuimon.history.layouts import Layout
from tuimon.history.processes import BlockRow, sealed_blocks
from tuimon.history.processes import store as process_store
from tuimon.history.unsaved import Sample

BATCH_ROWS: Final = 600
"""How many samples are sealed together: ten minutes of seconds. Fewer would compress worse."""

SERIES_BITS: Final = 20
"""A block's id is its batch's number shifted left by these bits, plus its series' number: no index is needed."""

SERIES_MASK: Final = (1 << SERIES_BITS) - 1
_AT_ONCE: Final = 16
_SMALL: Final = 12_000
LEFT_OVER: Final = 3_600_000
"""Samples that nothing follows for so long (ms) are sealed however few they are: the machine was off."""


def due(db: sqlite3.Connection, segment: int, rolled: int) -> tuple[int, int] | None:
    """Return the segment and the end (ms) of hot rows that can be sealed, None where there are none.

    `rolled` is up to when (epoch seconds) the present segment's minutes are made. A segment that is over is sealed to
    its end, however little that is.
    """
    first = db.execute("SELECT segment, start FROM live ORDER BY number LIMIT 1").fetchone()
    if first is None:
        return None
    if first[0] != segment:
        return first[0], 1 << 60
    waiting, last = db.execute(
        'SELECT coalesce(sum(count), 0), max("end") FROM live WHERE segment = ? AND start < ?', (segment, rolled * 1000)
    ).fetchone()
    if waiting >= BATCH_ROWS or (waiting and rolled * 1000 - last > LEFT_OVER):
        return segment, rolled * 1000
    return None


def _whole_minutes(runs: list[Run]) -> list[Run]:
    """Return the first runs with enough samples, to the end of a minute: a minute is hot or sealed as a whole."""
    count = 0
    for at, run in enumerate(runs):
        if count >= BATCH_ROWS and run.start // 60_000 != runs[at - 1].start // 60_000:
            return runs[:at]
        count += run.size
    return runs


class Sealing:
    """One batch on its way from hot rows to blocks."""

    def __init__(self, db: sqlite3.Connection, segment: int, end: int, layouts: Mapping[int, Layout]) -> None:
        runs = _whole_minutes([run for run in between(db, 0, end, segment) if run.start < end])
        rows = [row for run in runs for row in run.unpack()]
        self.segment = segment
        self._last = runs[-1].number
        self._times = [row[1] for row in rows]
        self._runs = [_Run(layouts[id_], list(same)) for id_, same in groupby(rows, key=itemgetter(2))]
        self._processes = sealed_blocks([row for run in runs for row in run.process_rows()])
        self._process_blocks: list[BlockRow] = []
        self._processes_left = True
        self._waiting = sorted({number for run in self._runs for number in run.positions}, reverse=True)
        self._blocks: list[tuple[int, bytes]] = []

    @property
    def small(self) -> bool:
        """Return whether all of it can be encoded at once without a tick being late."""
        return len(self._times) * len(self._waiting) <= _SMALL

    @property
    def done(self) -> bool:
        """Return whether every series is encoded."""
        return not self._waiting and not self._processes_left

    def step(self, count: int = _AT_ONCE) -> None:
        """Encode some more series, then the process rows, a block at a time."""
        if not self._waiting:
            found = next(self._processes, None)
            self._processes_left = found is not None
            if found is not None:
                self._process_blocks.append(found)
        for _ in range(min(count, len(self._waiting))):
            series = self._waiting.pop()
            values: list[int] = []
            for run in self._runs:
                values += run.column(series)
            self._blocks.append((series, encode(values)))

    def finish(self) -> None:
        """Encode all that is left."""
        while not self.done:
            self.step(SERIES_MASK)

    def store(self, db: sqlite3.Connection) -> None:
        """Put the blocks in place of the hot rows; the caller's transaction holds it."""
        batch = 1 + (db.execute("SELECT max(id) FROM batch").fetchone()[0] or 0)
        db.execute(
            "INSERT INTO batch VALUES (?, ?, ?, ?, ?, ?)",
            (batch, self.segment, self._times[0], self._times[-1], len(self._times), encode(self._times)),
        )
        process_store(db, self._process_blocks)
        shifted = batch << SERIES_BITS
        db.executemany("INSERT INTO block VALUES (?, ?)", [(shifted | series, data) for series, data in self._blocks])
        seal(db, self._last)


class _Run:
    """Consecutive samples of one layout."""

    def __init__(self, layout: Layout, rows: list[Sample]) -> None:
        self.count = len(rows)
        self.positions = {series.id: at for at, series in enumerate(layout.series)}
        self._columns = Columns([row[3] for row in rows], len(layout.series))

    def column(self, series: int) -> list[int]:
        at = self.positions.get(series)
        return [NONE] * self.count if at is None else self._columns.column(at)


def begin(
    db: sqlite3.Connection, segment: int, rolled: int, layouts: Mapping[int, Layout], *, eager: bool = False
) -> Sealing | None:
    """Return the sealing of what is due, small ones (`eager`: all) done at once; the caller's transaction holds it."""
    while (found := due(db, segment, rolled)) is not None:
        sealing = Sealing(db, *found, layouts)
        if not (eager or sealing.small):
            return sealing
        sealing.finish()
        sealing.store(db)
    return None
