"""Retention and the hard cap: what is too old goes, and where space is short the oldest finest data goes first.

Functions of (connection, now); the caller's transaction holds them. What was freed goes back to the filesystem with
`PRAGMA incremental_vacuum`, outside of the transaction.
"""

from __future__ import annotations

import math
import sqlite3
from typing import Final

from tuimon.history.blocks import SERIES_BITS
from tuimon.history.schema import table
from tuimon.history.store import used_bytes
from tuimon.history.tiers import COARSE, DAY, WIDTHS, Retention
from tuimon.model.catalogue import RECORDED
from tuimon.model.snapshot import Tier

_HOT_KEPT: Final = 40
"""Hot rows that no shortage of space takes: the newest five minutes and more."""
_RESERVE: Final = 16 << 20
NAMES_SHARE: Final = 4
"""What part of a history names of processes may take before they are the first to pay."""
_LIFE_BYTES: Final = 50
_PACKED: Final = 0.88
_NAMES_AT_LEAST: Final = 200
LIVES_SECONDS: Final = DAY
"""How long a process is remembered that was never at the top."""


def by_age(db: sqlite3.Connection, now: float, retention: Retention) -> None:
    """Drop what each tier keeps no longer."""
    drop_sealed(db, now - retention.samples)
    for tier in COARSE:
        drop_rows(db, tier, now - retention.of(tier))
    drop_processes(db, 5, now - retention.processes)
    drop_processes(db, 60, now - retention.processes_minute)
    drop_happenings(db, now - retention.hours)


def drop_samples(db: sqlite3.Connection, before: float) -> None:
    """Drop hot rows before a moment, and the batches that ended before it, up to the first that did not."""
    if db.execute('DELETE FROM hot WHERE "end" < ?', (int(before * 1000),)).rowcount:
        _keep_from(db, "1s", int(before))
    drop_sealed(db, before)


def drop_sealed(db: sqlite3.Connection, before: float) -> None:
    """Drop the batches that ended before a moment, up to the first that did not.

    Hot rows stay until they are sealed, however old they are: they also hold process rows, which are kept for longer.
    """
    bound = int(before * 1000)
    first = db.execute('SELECT min(id) FROM batch WHERE "end" >= ?', (bound,)).fetchone()[0]
    if first is None:
        first = 1 + (db.execute("SELECT max(id) FROM batch").fetchone()[0] or 0)
    drop_batches(db, first, before)


def drop_batches(db: sqlite3.Connection, first: int, before: float = math.inf) -> None:
    """Drop the batches before one, with their blocks: the tier reaches back to `before` or its oldest sample."""
    if db.execute("SELECT 1 FROM batch WHERE id < ?", (first,)).fetchone() is None:
        return
    db.execute("DELETE FROM block WHERE id < ?", (first << SERIES_BITS,))
    db.execute("DELETE FROM batch WHERE id < ?", (first,))
    kept = db.execute("SELECT min(start) FROM (SELECT start FROM batch UNION ALL SELECT start FROM live)").fetchone()
    _keep_from(db, "1s", int(min(before, (kept[0] or 0) // 1000)))


def drop_rows(db: sqlite3.Connection, tier: Tier, before: float) -> None:
    """Drop the rows of a coarse tier before a moment."""
    bound = int(before // WIDTHS[tier] * WIDTHS[tier])
    kept = db.execute("SELECT kept_from FROM tier WHERE name = ?", (tier,)).fetchone()[0]
    if bound <= kept:
        return
    devices = [*((family, 0) for family in RECORDED), *db.execute("SELECT family, id FROM device").fetchall()]
    for family, device in devices:  # one by one: the rows lie in the order of (device, time)
        db.execute(f"DELETE FROM {table(family, tier)} WHERE device = ? AND time < ?", (device, bound))  # noqa: S608  a name of the catalogue
    _keep_from(db, tier, bound)


def _keep_from(db: sqlite3.Connection, tier: Tier, kept: int) -> None:
    db.execute("UPDATE tier SET kept_from = ? WHERE name = ?", (kept, tier))


def drop_processes(db: sqlite3.Connection, level: int, before: float) -> None:
    """Drop the process rows of one level before a moment."""
    bound = (level, int(before * 1000))
    db.execute('DELETE FROM process_block WHERE level = ? AND "end" < ?', bound)


def drop_happenings(db: sqlite3.Connection, before: float) -> None:
    """Drop events, alerts that are over, and spans before a moment."""
    db.execute("DELETE FROM event WHERE time < ?", (before,))
    db.execute("DELETE FROM alert WHERE cleared_at < ?", (before,))
    db.execute('DELETE FROM span WHERE "end" < ?', (int(before * 1000),))


def drop_lives(db: sqlite3.Connection, now: float, retention: Retention) -> None:
    """Drop the processes that no row can name any more, and the texts that nobody uses."""
    ranked = now - max(retention.processes, retention.processes_minute)
    db.execute("DELETE FROM life WHERE last_seen < ? AND ranked = 1", (int(ranked * 1000),))
    db.execute("DELETE FROM life WHERE last_seen < ? AND ranked = 0", (int((now - LIVES_SECONDS) * 1000),))
    drop_texts(db)


def drop_texts(db: sqlite3.Connection) -> None:
    """Drop the texts that no process has."""
    db.execute(
        "DELETE FROM text WHERE id NOT IN "
        "(SELECT name FROM life UNION SELECT user FROM life UNION SELECT command FROM life)"
    )


def limit(size_cap: int) -> int:
    """Return below how many bytes a history is kept for its files to stay below a cap.

    The rest is room for the write-ahead log, the hot rows of a batch, and what a prune itself writes.
    """
    return size_cap - min(_RESERVE, size_cap // 4)


def by_size(db: sqlite3.Connection, limit: int) -> bool:
    """Drop the oldest finest data until what is left fits; return whether anything was dropped.

    Names of processes pay first, as long as they take more than their share: where processes come and go by the
    thousand, they would else push out everything.
    """
    dropped = False
    share = limit // NAMES_SHARE
    while used_bytes(db) > limit and ((names_bytes(db) > share and _drop_names(db)) or _drop_some(db)):
        dropped = True
    return dropped


def names_bytes(db: sqlite3.Connection) -> int:
    """Return the bytes that lifetimes and their texts take, more or less."""
    count = db.execute("SELECT count(*) FROM life").fetchone()[0]
    texts = db.execute("SELECT coalesce(sum(length(value) + 8), 0) FROM text").fetchone()[0]
    return int((count * _LIFE_BYTES + texts) / _PACKED)


def _drop_names(db: sqlite3.Connection) -> bool:
    """Drop the oldest eighth of the processes that have ended: those never at the top, else those with their rows."""
    for ranked in (0, 1):
        over = "FROM life WHERE ranked = ? AND last_seen IS NOT NULL"
        count = db.execute(f"SELECT count(*) {over}", (ranked,)).fetchone()[0]
        if count == 0:
            continue
        (bound,) = db.execute(
            f"SELECT last_seen {over} ORDER BY last_seen LIMIT 1 OFFSET ?",
            (ranked, min(max(count // 8, _NAMES_AT_LEAST), count) - 1),
        ).fetchone()
        db.execute("DELETE FROM life WHERE ranked = ? AND last_seen <= ?", (ranked, bound))
        if ranked:
            for level in (5, 60):
                drop_processes(db, level, bound / 1000)
        drop_texts(db)
        return True
    return False


def _drop_some(db: sqlite3.Connection) -> bool:
    """Drop an eighth of the oldest of what there is first: samples, processes, the coarse tiers."""
    oldest, newest = db.execute("SELECT min(id), max(id) FROM batch").fetchone()
    if oldest is not None:
        drop_batches(db, oldest + max((newest - oldest + 1) // 8, 1))
        return True
    if _drop_hot(db):
        return True
    for level in (5, 60):
        first, last = db.execute(
            'SELECT min(start), max("end") FROM process_block WHERE level = ?', (level,)
        ).fetchone()
        if first is not None:
            drop_processes(db, level, (first + max((last - first) // 8, 1000 * 60 * level)) / 1000 + 1)
            return True
    return any(_drop_oldest_rows(db, tier) for tier in COARSE)


def _drop_hot(db: sqlite3.Connection) -> bool:
    """Drop the oldest eighth of the hot rows, whole minutes of them; False where only the newest are left."""
    if db.execute("DELETE FROM hot WHERE number NOT IN (SELECT number FROM live)").rowcount:
        return True
    rows = db.execute('SELECT start, "end" FROM live ORDER BY number').fetchall()
    if len(rows) <= _HOT_KEPT:
        return False
    bound = rows[len(rows) // 8][0] // 60_000 * 60_000 + 60_000
    deleted = db.execute('DELETE FROM hot WHERE "end" < ?', (bound,)).rowcount
    _keep_from(db, "1s", bound // 1000)
    return deleted > 0


def _drop_oldest_rows(db: sqlite3.Connection, tier: Tier) -> bool:
    """Drop the oldest eighth of a coarse tier; False where only its newest rows are left."""
    bounds = [
        db.execute(f"SELECT min(time), max(time) FROM {table(family, tier)}").fetchone()  # noqa: S608  as above
        for family in RECORDED
    ]
    known = [(first, last) for first, last in bounds if first is not None]
    if not known:
        return False
    first, last = min(low for low, _ in known), max(high for _, high in known)
    if first == last:
        return False
    drop_rows(db, tier, first + max((last - first) // 8, WIDTHS[tier]))
    return True


def vacuum(db: sqlite3.Connection, pages: int = 2000) -> None:
    """Give free pages back to the filesystem, some at a time, and the memory of pages that were needed to the process."""
    if db.execute("PRAGMA freelist_count").fetchone()[0] > 500:
        db.execute(f"PRAGMA incremental_vacuum({pages})").fetchall()
    db.execute("PRAGMA shrink_memory")


def everything(db: sqlite3.Connection, before: float) -> None:
    """Drop all that was recorded before a moment, but for batches, blocks and rows of a coarse tier that end after it."""
    drop_samples(db, before)
    for tier in COARSE:
        drop_rows(db, tier, before)
    for level in (5, 60):
        drop_processes(db, level, before)
    drop_happenings(db, before)
    db.execute("UPDATE span SET start = ? WHERE start < ?", (int(before * 1000), int(before * 1000)))
    db.execute("DELETE FROM life WHERE last_seen < ?", (int(before * 1000),))
    drop_texts(db)
