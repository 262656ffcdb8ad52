"""Taking something out of a history that nobody records into."""

from __future__ import annotations

import contextlib
import os
import sqlite3

from tuimon.history import prune, store
from tuimon.history.errors import HistoryError
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
        db.execute("BEGIN IMMEDIATE")
        prune.everything(db, before)
        db.execute("COMMIT")
        db.execute("PRAGMA incremental_vacuum").fetchall()
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    finally:
        db.close()
