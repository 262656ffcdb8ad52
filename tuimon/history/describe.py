"""What a history holds and takes, and how to take something out of it."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from dataclasses import dataclass
from typing import Final

from tuimon.history import prune, spans, store
from tuimon.history.blocks import SERIES_BITS
from tuimon.history.errors import HistoryError, damaged
from tuimon.history.hot import between as hot_rows
from tuimon.history.lock import RecorderLock, holder
from tuimon.history.schema import VERSION, table
from tuimon.history.tiers import COARSE, DAY
from tuimon.history.unsaved import Unsaved
from tuimon.history.view import View
from tuimon.model.catalogue import RECORDED
from tuimon.model.snapshot import Span

_FINEST: Final = ("hot", "batch", "block")
_PROCESSES: Final = ("process_block", "process_block_start", "life", "text", "sqlite_autoindex_text_1")


@dataclass(frozen=True, slots=True)
class TierSize:
    """One tier: its rows (samples in the finest), the numbers in it, its bytes of pages; None where unknown."""

    name: str  # 1s, 1m, 5m, 1h, processes
    rows: int
    values: int
    bytes: int | None


@dataclass(frozen=True, slots=True)
class Description:
    """What `tuimon history info` tells of a file. Sizes in bytes, times in epoch seconds."""

    path: str
    bytes: int
    version: int
    machine_id: str
    recorder: int | None  # the pid that records into it now
    spans: tuple[Span, ...]
    gaps: int
    series: int
    tiers: tuple[TierSize, ...]
    bytes_per_value: float | None  # of the finest tier, all of its tables and indexes counted
    bytes_per_day: float | None  # how fast it grew over what it holds, before anything is pruned
    damaged: bool = False


def describe(path: str) -> Description:
    """Look at a history. Raises HistoryError where it cannot be read."""
    path = str(path)
    db = store.open_reader(path)
    try:
        db.execute("BEGIN")
        return _describe(path, db)
    except sqlite3.DatabaseError as error:
        raise damaged(path, error) from error
    finally:
        db.close()


def _describe(path: str, db: sqlite3.Connection) -> Description:
    view = View(db, Unsaved())
    stretches = view.spans()
    pages = _pages(db)
    tiers = (_finest(db, pages), *(_coarse(db, tier, pages) for tier in COARSE), _processes(db, pages))
    finest = tiers[0]
    machine = db.execute("SELECT value FROM meta WHERE key = 'machine_id'").fetchone()
    recorded = sum(end - start for _, _, start, end in stretches) / 1000
    size = store.size_of(path)
    return Description(
        path=path,
        bytes=size,
        version=store.version_of(db),
        machine_id=machine[0] if machine else "",
        recorder=holder(path),
        spans=spans.read(view),
        gaps=max(len(stretches) - 1, 0),
        series=db.execute("SELECT count(*) FROM series").fetchone()[0],
        tiers=tiers,
        bytes_per_value=finest.bytes / finest.values if finest.bytes is not None and finest.values else None,
        bytes_per_day=store.used_bytes(db) * DAY / recorded if recorded > 600 else None,
    )


def _pages(db: sqlite3.Connection) -> dict[str, int] | None:
    """Return the bytes of pages of every table and index, None where this SQLite cannot tell (no dbstat)."""
    try:
        return dict(db.execute("SELECT name, sum(pgsize) FROM dbstat GROUP BY name").fetchall())
    except sqlite3.OperationalError:
        return None


def _finest(db: sqlite3.Connection, pages: dict[str, int] | None) -> TierSize:
    sealed = db.execute("SELECT coalesce(sum(count), 0) FROM batch").fetchone()[0]
    hot = db.execute("SELECT coalesce(sum(count), 0) FROM live").fetchone()[0]
    # a batch has a value of each of its series for each of its samples
    values = db.execute(
        "SELECT coalesce(sum(n.blocks * b.count), 0) FROM batch b JOIN "
        "(SELECT id >> ? AS batch, count(*) AS blocks FROM block GROUP BY 1) n ON n.batch = b.id",
        (SERIES_BITS,),
    ).fetchone()[0]
    widths = {id_: text.count(",") + 1 for id_, text in db.execute("SELECT id, series FROM layout")}
    for layout, count in db.execute("SELECT layout, sum(count) FROM live GROUP BY layout"):
        values += widths[layout] * count
    if pages is not None:
        size = sum(pages.get(name, 0) for name in _FINEST)
    else:
        size = sum(
            db.execute(sql).fetchone()[0] or 0
            for sql in (
                "SELECT sum(length(data) + 10) FROM block",
                "SELECT sum(length(times) + 24) FROM batch",
                "SELECT sum(length(samples) + length(processes) + 24) FROM hot",
            )
        )
    return TierSize("1s", sealed + hot, values, size)


def _coarse(db: sqlite3.Connection, tier: str, pages: dict[str, int] | None) -> TierSize:
    rows = values = 0
    for family, metrics in RECORDED.items():
        count = db.execute(f"SELECT count(*) FROM {table(family, tier)}").fetchone()[0]  # noqa: S608  a name of the catalogue
        rows += count
        values += count * len(metrics)
    size = None if pages is None else sum(pages.get(table(family, tier), 0) for family in RECORDED)
    return TierSize(tier, rows, values, size)


def _processes(db: sqlite3.Connection, pages: dict[str, int] | None) -> TierSize:
    sealed = db.execute("SELECT coalesce(sum(count), 0) FROM process_block").fetchone()[0]
    hot = sum(1 for run in hot_rows(db, 0, 1 << 60) for _ in run.process_rows())
    lives = db.execute("SELECT count(*) FROM life").fetchone()[0]
    size = None if pages is None else sum(pages.get(name, 0) for name in _PROCESSES)
    return TierSize("processes", sealed + hot, lives, size)


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
            raise HistoryError(store.wrong_version(path, found))
        db.execute("BEGIN IMMEDIATE")
        prune.everything(db, before)
        db.execute("COMMIT")
        db.execute("PRAGMA incremental_vacuum").fetchall()
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    finally:
        db.close()
