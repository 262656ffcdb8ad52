"""The history file as an Archive: every read is blocks, hot rows and the writer's memory together."""

from __future__ import annotations

import math
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from tuimon.history import store, windows
from tuimon.history.codec import column
from tuimon.history.layouts import Layout
from tuimon.history.registry import read_layouts
from tuimon.history.windows import Grid, Sums
from tuimon.history.writer import History, Sample, Unsaved
from tuimon.model.metric import SeriesKey
from tuimon.model.snapshot import Points, Tier, Window

SERIES_BITS = 20
"""A block's id is its batch's number shifted left by these, plus its series' number."""


class View:
    """One consistent look at the file and the writer's memory, open while a read lasts."""

    def __init__(self, db: sqlite3.Connection, unsaved: Unsaved) -> None:
        self.db = db
        self.unsaved = unsaved
        self.tiers: dict[Tier, tuple[int, int, float]] = {}
        for name, segment, done, kept in db.execute("SELECT name, segment, done, kept_from FROM tier"):
            self.tiers[name] = (segment, done, kept)


class FileArchive:
    """Reads one history file on a connection of its own; from one thread at a time, never while it is written to."""

    def __init__(self, path: str, pending: History | None = None) -> None:
        self.path = path
        self._pending = pending
        self._db: sqlite3.Connection | None = None
        self._mutex = threading.Lock()
        self._layouts: dict[int, Layout] = {}

    @contextmanager
    def _view(self) -> Iterator[View]:
        """Begin a read that sees the file and the writer's memory at the same moment."""
        with self._mutex:
            if self._db is None:
                self._db = store.open_reader(self.path)
            db = self._db
            unsaved = self._begin(db)
            try:
                yield View(db, unsaved)
            finally:
                db.execute("ROLLBACK")

    def _begin(self, db: sqlite3.Connection) -> Unsaved:
        db.execute("BEGIN")
        if self._pending is None:
            db.execute("SELECT 1 FROM meta LIMIT 1").fetchone()
            return Unsaved((), {})
        with self._pending.mutex:
            db.execute("SELECT 1 FROM meta LIMIT 1").fetchone()
            return self._pending.unsaved()

    def window(self, series: Sequence[SeriesKey], start: float, end: float, points: int) -> Window:
        """Return series in at most so many equal steps from the tier that fits the step; gaps are None."""
        with self._view() as view:
            kept = {tier: math.inf if kept is None else kept for tier, (_, _, kept) in view.tiers.items()}
            grid = windows.choose(kept, start, end, points)
            found = self._read(view, grid, series)
        return Window(float(grid.first), float(grid.end), float(grid.step), grid.tier, grid.times(), found)

    def _read(self, view: View, grid: Grid, keys: Sequence[SeriesKey]) -> dict[SeriesKey, Points]:
        sums = {key: Sums(grid.count) for key in keys}
        resolutions = dict.fromkeys(keys, 1.0)
        samples = self._samples(view, grid.first * 1000, grid.end * 1000)
        for layout, rows in samples.items():
            slices = windows.slices([row[2] for row in rows], grid, 3500)
            data = [row[4] for row in rows]
            positions = {s.key: (at, s) for at, s in enumerate(layout.series)}
            for key in keys:
                if key in positions:
                    at, one = positions[key]
                    resolutions[key] = one.resolution
                    sums[key].add_values(column(data, len(layout.series), at), slices)
        return {key: sums[key].points(resolutions[key]) for key in keys}

    def _samples(self, view: View, start: int, end: int) -> dict[Layout, list[Sample]]:
        """Return hot rows and unsaved samples of a span (ms), by layout."""
        rows: list[Sample] = view.db.execute(
            "SELECT id, segment, time, layout, data FROM sample WHERE time >= ? AND time < ? ORDER BY id", (start, end)
        ).fetchall()
        rows += [row for row in view.unsaved.samples if start <= row[2] < end]
        found: dict[int, list[Sample]] = {}
        for row in rows:
            found.setdefault(row[3], []).append(row)
        return {self._layout(view, id_): same for id_, same in found.items()}

    def _layout(self, view: View, id_: int) -> Layout:
        found = view.unsaved.layouts.get(id_) or self._layouts.get(id_)
        if found is None:
            self._layouts = read_layouts(view.db)
            found = self._layouts[id_]
        return found

    def close(self) -> None:
        """Let go of the file; may be called twice."""
        with self._mutex:
            if self._db is not None:
                self._db.close()
                self._db = None


def open_archive(path: str, pending: History | None = None) -> FileArchive:
    """Open a history to read; `pending` is the writer of this process, whose unsaved memory is then seen too.

    The file is opened at the first read.
    """
    return FileArchive(str(path), pending)
