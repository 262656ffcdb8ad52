"""One consistent look at the file and the writer's memory: what every read is made of."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Final, NamedTuple

from tuimon.history.blocks import SERIES_BITS
from tuimon.history.codec import Columns, decode, decode_offsets
from tuimon.history.hot import newest, samples_after, samples_between
from tuimon.history.layouts import Layout, Series
from tuimon.history.registry import read_layouts, read_one, read_series
from tuimon.history.unsaved import Sample, Unsaved
from tuimon.model.metric import SeriesKey
from tuimon.model.snapshot import Tier

LEAD: Final = 65_000
"""How far before a span (ms) hot rows are read, so that the sample before its first is known."""

FEW: Final = 32
"""Series up to which it is quicker to look for each than to read all."""


class TierState(NamedTuple):
    """Up to when a tier is rolled, in which segment, and since when it is kept (epoch seconds; 0: from the first)."""

    segment: int
    done: int
    kept_from: int


class Chunk(NamedTuple):
    """Samples of one segment in order: their times (ms), and how to get a series' values less a base, with the base."""

    segment: int
    times: list[int]
    offsets: Callable[[Series], tuple[list[int], int] | None]


class View:
    """Open while a read lasts; the transaction that holds it still belongs to the Archive."""

    def __init__(self, db: sqlite3.Connection, unsaved: Unsaved) -> None:
        self.db = db
        self.unsaved = unsaved
        self.tiers: dict[Tier, TierState] = {
            name: TierState(segment, done, kept)
            for name, segment, done, kept in db.execute("SELECT name, segment, done, kept_from FROM tier")
        }
        self._layouts: dict[int, Layout] | None = None
        self._series: dict[SeriesKey, Series] | None = None

    def series(self) -> dict[SeriesKey, Series]:
        """Return every series that the file or the writer has, by its key."""
        if self._series is None:
            self._series = {one.key: one for one in read_series(self.db).values()}
            for layout in list(self.unsaved.layouts.values()):
                self._series.update((one.key, one) for one in layout.series)
        return self._series

    def one(self, key: SeriesKey) -> Series | None:
        """Return one series by its key, None where neither has it."""
        if self._series is not None:
            return self._series.get(key)
        if (found := read_one(self.db, key)) is not None:
            return found
        layouts = list(self.unsaved.layouts.values())
        return next((one for layout in layouts for one in layout.series if one.key == key), None)

    def layout(self, number: int) -> Layout:
        """Return a layout by its number."""
        found = self.unsaved.layouts.get(number)
        if found is None:
            if self._layouts is None:
                self._layouts = read_layouts(self.db)
            found = self._layouts[number]
        return found

    def hot(self, start: int, end: int) -> list[Sample]:
        """Return hot rows and unsaved samples in [start, end) ms: (segment, time, layout, data), as they came."""
        return samples_between(self.db, start, end) + self._unsaved_between(start, end)

    def hot_chunks(self, start: int, end: int) -> list[Chunk]:
        """Return hot rows and unsaved samples in [start, end) ms as chunks."""
        return self._chunks_of(self.hot(start, end))

    def tail(self, start: int, end: int) -> list[Chunk]:
        """Return those of them that are in no minute yet: only what holds such is unpacked."""
        segment, done = self.tiers["1m"].segment, self.tiers["1m"].done * 1000
        samples = samples_after(self.db, start, end, segment, done) + self._unsaved_between(start, end)
        return self._chunks_of([row for row in samples if row[0] > segment or (row[0] == segment and row[1] >= done)])

    def _unsaved_between(self, start: int, end: int) -> list[Sample]:
        return [row for row in self.unsaved.samples if start <= row[1] < end]

    def _chunks_of(self, samples: Sequence[Sample]) -> list[Chunk]:
        chunks = []
        for (segment, number), same in groupby(samples, key=itemgetter(0, 2)):
            rows = list(same)
            layout = self.layout(number)
            columns = Columns([row[3] for row in rows], len(layout.series))
            places = {series.id: at for at, series in enumerate(layout.series)}
            chunks.append(Chunk(segment, [row[1] for row in rows], _Hot(columns, places)))
        return chunks

    def chunks(self, start: int, end: int) -> list[Chunk]:
        """Return all samples that may lie in [start, end) ms, in the order they were taken."""
        batches = self.db.execute(
            'SELECT id, segment, count, times FROM batch WHERE "end" >= ? AND start < ? ORDER BY id', (start, end)
        ).fetchall()
        found = [
            Chunk(segment, decode(times, count), _Batch(self.db, id_, count)) for id_, segment, count, times in batches
        ]
        return found + self.hot_chunks(start - LEAD, end)

    def starts(self, start: int) -> list[int]:
        """Return the beginnings (ms) of the recorded stretches that end after `start`, ascending."""
        return sorted(span[2] for span in self.spans() if span[3] >= start)

    def spans(self) -> list[tuple[int, int, int, int]]:
        """Return the recorded stretches: (id, segment, start, end) in ms, as they came."""
        spans = {row[0]: row for row in self.db.execute('SELECT id, segment, start, "end" FROM span ORDER BY id')}
        last = newest(self.db)
        if spans and last:  # a stretch that grows is written every ten minutes only, its samples with each commit
            id_, (_, segment, start, end) = next(reversed(spans.items()))
            if segment == last[0]:
                spans[id_] = (id_, segment, start, max(end, last[1]))
        spans.update((row[0], row) for row in self.unsaved.spans)
        return list(spans.values())


class _Hot:
    """Columns of hot rows."""

    def __init__(self, columns: Columns, places: dict[int, int]) -> None:
        self._columns = columns
        self._places = places

    def __call__(self, series: Series) -> tuple[list[int], int] | None:
        at = self._places.get(series.id)
        return None if at is None else (self._columns.column(at), 0)


class _Batch:
    """Columns of a sealed batch."""

    def __init__(self, db: sqlite3.Connection, id_: int, count: int) -> None:
        self._db = db
        self._id = id_
        self._count = count

    def __call__(self, series: Series) -> tuple[list[int], int] | None:
        row = self._db.execute("SELECT data FROM block WHERE id = ?", (self._id << SERIES_BITS | series.id,)).fetchone()
        return None if row is None else decode_offsets(row[0], self._count)


def resolutions(view: View, keys: Sequence[SeriesKey]) -> dict[SeriesKey, Series]:
    """Return those of some series that the history knows; of a few only these are looked for."""
    if len(keys) > FEW:
        known = view.series()
        return {key: known[key] for key in keys if key in known}
    found = {key: view.one(key) for key in keys}
    return {key: series for key, series in found.items() if series is not None}
