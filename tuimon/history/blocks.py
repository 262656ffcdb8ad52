"""Sealing: ten minutes of hot rows become one compressed block a series.

`due` says which stretch of hot rows can be sealed, `Sealing` does it a few series at a time so that no tick
waits for thousands of them, `store` puts the result in place of the hot rows in the caller's transaction. A crash
before that loses nothing: the hot rows are still there.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from itertools import groupby
from operator import itemgetter
from typing import Final

from tuimon.history.codec import NONE, Columns, encode
from tuimon.history.layouts import Layout

BATCH_SECONDS: Final = 600
"""How much time a batch covers at most; a multiple of a minute, so that no minute is split."""

SERIES_BITS: Final = 20
"""A block's id is its batch's number shifted left by these bits, plus its series' number: no index is needed."""

SERIES_MASK: Final = (1 << SERIES_BITS) - 1
_AT_ONCE: Final = 16

HotRow = tuple[int, int, int, bytes]
"""id, time in ms, layout, data."""


def due(db: sqlite3.Connection, segment: int, rolled: int) -> tuple[int, int] | None:
    """Return the oldest (segment, batch number) that is over and rolled up to, None where there is none."""
    width = BATCH_SECONDS * 1000
    row = db.execute("SELECT segment, time / ? FROM sample ORDER BY id LIMIT 1", (width,)).fetchone()
    if row is None or (row[0] == segment and (row[1] + 1) * BATCH_SECONDS > rolled):
        return None
    return row[0], row[1]


class Sealing:
    """One batch on its way from hot rows to blocks."""

    def __init__(self, db: sqlite3.Connection, segment: int, number: int, layouts: Mapping[int, Layout]) -> None:
        width = BATCH_SECONDS * 1000
        rows: list[HotRow] = db.execute(
            "SELECT id, time, layout, data FROM sample WHERE segment = ? AND time >= ? AND time < ? ORDER BY id",
            (segment, number * width, (number + 1) * width),
        ).fetchall()
        self.segment = segment
        self._ids = [row[0] for row in rows]
        self._times = [row[1] for row in rows]
        self._runs = [_Run(layouts[id_], list(same)) for id_, same in groupby(rows, key=itemgetter(2))]
        self._waiting = sorted({number for run in self._runs for number in run.positions}, reverse=True)
        self._blocks: list[tuple[int, bytes]] = []

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


def seal_all(db: sqlite3.Connection, segment: int, rolled: int, layouts: Mapping[int, Layout]) -> int:
    """Seal all that is due at once; return how many batches. The caller's transaction holds it."""
    sealed = 0
    while (found := due(db, segment, rolled)) is not None:
        sealing = Sealing(db, *found, layouts)
        sealing.step(SERIES_MASK)
        sealing.store(db)
        sealed += 1
    return sealed


def block_ids(batches: Iterable[int], series: int) -> list[int]:
    """Return the ids of one series' blocks in some batches."""
    return [batch << SERIES_BITS | series for batch in batches]
