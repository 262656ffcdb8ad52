"""Taking something out of a history that nobody records into."""

from __future__ import annotations

import contextlib
import glob
import os
import re
import sqlite3
from pathlib import Path

from tuimon.history import prune, store
from tuimon.history.blocks import SERIES_BITS
from tuimon.history.cuts import Batch, Bounds, cut_batch, cut_blocks, cut_processes, cut_run
from tuimon.history.errors import HistoryError
from tuimon.history.hot import Run
from tuimon.history.lock import RecorderLock
from tuimon.history.schema import VERSION


def purge(path: str, before: float | None = None) -> int:
    """Forget what was recorded before a moment (epoch seconds), or all of it; return the bytes given back.

    Raises Locked while somebody records, HistoryError where the file cannot be opened. Without `before` the file
    itself goes.
    """
    path = str(path)
    if not os.path.exists(path):  # noqa: PTH110  as store
        raise HistoryError(f"{path}: there is no history")
    lock = RecorderLock(path)
    try:
        size = store.size_of(path)
        if before is None:
            for side in store.SIDES:
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(path + side)  # noqa: PTH108  as store
        else:
            _forget(path, before)
        return size - store.size_of(path)
    except sqlite3.Error as error:
        raise HistoryError(f"{path}: cannot be purged: {error}") from error
    finally:
        lock.release()


def _forget(path: str, before: float) -> None:
    db = store.open_writer(path)
    try:
        found = store.version_of(db)
        if found != VERSION:
            raise store.wrong_version(path, found)
        db.execute("PRAGMA secure_delete = ON")  # what is forgotten must not be found in what is left of its pages
        db.execute("BEGIN IMMEDIATE")
        prune.everything(db, before)
        _cut(db, (int(before * 1000), 1 << 62))
        db.execute("COMMIT")
        db.execute("PRAGMA incremental_vacuum").fetchall()
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    finally:
        db.close()


def _cut(db: sqlite3.Connection, bounds: Bounds) -> None:
    """Take what was recorded before a span out of what lies across its beginning."""
    for batch in map(Batch._make, db.execute("SELECT * FROM batch WHERE start < ?", bounds[:1]).fetchall()):
        if found := cut_batch(batch, bounds):
            ids = (batch.id << SERIES_BITS, (batch.id + 1) << SERIES_BITS)
            blocks = db.execute("SELECT id, data FROM block WHERE id >= ? AND id < ?", ids).fetchall()
            db.execute("REPLACE INTO batch VALUES (?, ?, ?, ?, ?, ?)", found[0])
            db.executemany("REPLACE INTO block VALUES (?, ?)", cut_blocks(blocks, batch.size, found[1]))
    for id_, *block in db.execute("SELECT * FROM process_block WHERE start < ?", bounds[:1]).fetchall():
        if rows := cut_processes(tuple(block), bounds):
            db.execute("REPLACE INTO process_block VALUES (?, ?, ?, ?, ?, ?, ?)", (id_, *rows))
    for slot, *row in db.execute("SELECT * FROM hot WHERE start < ?", bounds[:1]).fetchall():
        if run := cut_run(Run._make(row), bounds):
            db.execute("REPLACE INTO hot VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", (slot, *run))


def set_aside(path: str) -> list[Path]:
    """Return what stands beside a history that was damaged, or of an older format: nothing removes it."""
    beside = Path(path).parent.glob(f"{glob.escape(Path(path).name)}.*")
    return sorted(file for file in beside if re.search(r"\.(damaged-[^.]*|v\d+)$", file.name))
