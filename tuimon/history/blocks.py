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
from tuimon.history.layouts import Layout

BATCH_ROWS: Final = 600
"""How many samples are sealed together: ten minutes of seconds. Fewer would compress worse."""

SERIES_BITS: Final = 20
"""A block's id is its batch's number shifted left by these bits, plus its series' number: no index is needed."""

SERIES_MASK: Final = (1 << SERIES_BITS) - 1
_AT_ONCE: Final = 16
_SMALL: Final = 12_000

HotRow = tuple[int, int, int, bytes]
"""id, time in ms, layout, data."""


def due(db: sqlite3.Connection, segment: int, rolled: int) -> tuple[int, int] | None:
    """Return the segment and the end (ms) of hot rows that can be sealed, None where there are none.

    `rolled` is up to when (epoch seconds) the present segment's minutes are made. A segment that is over is sealed to
    its end, however little that is.
    """
    first = db.execute("SELECT segment FROM sample ORDER BY id LIMIT 1").fetchone()
    if first is None:
        return None
    if first[0] != segment:
        return first[0], 1 << 60
    waiting = db.execute(
        "SELECT count(*) FROM sample WHERE segment = ? AND time < ?", (segment, rolled * 1000)
    ).fetchone()[0]
    return (segment, rolled * 1000) if waiting >= BATCH_ROWS else None


def _whole_minutes(rows: list[HotRow]) -> list[HotRow]:
    """Leave the last minute out, which may go on in rows that were not read: a minute is hot or sealed as a whole."""
    last = rows[-1][1] // 60_000
    return [row for row in rows if row[1] // 60_000 != last] or rows


class Sealing:
    """One batch on its way from hot rows to blocks."""

    def __init__(self, db: sqlite3.Connection, segment: int, end: int, layouts: Mapping[int, Layout]) -> None:
        rows: list[HotRow] = db.execute(
            "SELECT id, time, layout, data FROM sample WHERE segment = ? AND time < ? ORDER BY id LIMIT ?",
            (segment, end, 2 * BATCH_ROWS),
        ).fetchall()
        if len(rows) == 2 * BATCH_ROWS:
            rows = _whole_minutes(rows)
        self.segment = segment
        self._ids = [row[0] for row in rows]
        self._times = [row[1] for row in rows]
        self._runs = [_Run(layouts[id_], list(same)) for id_, same in groupby(rows, key=itemgetter(2))]
        self._waiting = sorted({number for run in self._runs for number in run.positions}, reverse=True)
        self._blocks: list[tuple[int, bytes]] = []

    @property
    def small(self) -> bool:
        """Return whether all of it can be encoded at once without a tick being late."""
        return len(self._times) * len(self._waiting) <= _SMALL

    @property
    def done(self) -> bool:
        """Return whether every series is encoded."""
        return not self._waiting

    def step(self, count: int = _AT_ONCE) -> None:
        """Encode some more series."""
        for _ in range(min(count, len(self._waiting))):
            series = self._waiting.pop()
            values: list[int] = []
            for run in self._runs:
                values += run.column(series)
            self._blocks.append((series, encode(values)))

    def store(self, db: sqlite3.Connection) -> None:
        """Put the blocks in place of the hot rows; the caller's transaction holds it."""
        batch = 1 + (db.execute("SELECT max(id) FROM batch").fetchone()[0] or 0)
        db.execute(
            "INSERT INTO batch VALUES (?, ?, ?, ?, ?, ?)",
            (batch, self.segment, self._times[0], self._times[-1], len(self._times), encode(self._times)),
        )
        shifted = batch << SERIES_BITS
        db.executemany("INSERT INTO block VALUES (?, ?)", [(shifted | series, data) for series, data in self._blocks])
        db.executemany("DELETE FROM sample WHERE id = ?", [(id_,) for id_ in self._ids])


class _Run:
    """Consecutive samples of one layout."""

    def __init__(self, layout: Layout, rows: list[HotRow]) -> None:
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
        sealing.step(SERIES_MASK)
        sealing.store(db)
    return None
