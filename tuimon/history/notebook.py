"""What stands beside the recording: what people said to alerts, and notices that are still to be sent.

Written in short transactions by whoever may write the file; the others see them when the file or its log has changed.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from typing import Final, cast

from tuimon.history import schema, store
from tuimon.history.errors import HistoryError, cannot
from tuimon.model.alerting import Mark, Notice, Word
from tuimon.model.metric import SeriesKey

KEPT_SECONDS: Final = 30 * 86400.0
"""For how long what was said is kept after it was said or has ended."""
MOST: Final = 2000
"""Marks and notices that are read, the newest."""


class Notebook:
    """The notes of one history file. Any thread may call; one call waits for the other."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._mutex = threading.Lock()
        self._seen: list[tuple[int, int, int]] | None = None  # how the file was when it was last read
        self._marks: tuple[Mark, ...] = ()

    def marks(self) -> tuple[Mark, ...]:
        """Return what was said; what was known before where the file cannot be read now. Cheap while nothing is new."""
        with self._mutex, contextlib.suppress(sqlite3.Error, HistoryError, OSError):
            seen = _seen(self.path)
            if seen != self._seen:
                with contextlib.closing(
                    store.open_reader(self.path)
                ) as db:  # a recorder that leaves lets go of the file
                    self._marks = _read_marks(db)
                self._seen = seen
        return self._marks

    def say(self, mark: Mark) -> None:
        """Note what somebody says. Raises HistoryError where this user may not write, or nobody can."""
        family, device, metric = mark.series or (None, None, None)
        row = (mark.made_at, mark.word, mark.rule, family, device, metric, mark.until, mark.by)
        with self._writing() as db:
            db.execute(
                "DELETE FROM alert_mark WHERE max(made_at, coalesce(until, 0)) < ?", (mark.made_at - KEPT_SECONDS,)
            )
            db.execute(
                "INSERT INTO alert_mark (made_at, word, rule, family, device, metric, until, by) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                row,
            )

    def notices(self) -> tuple[tuple[Notice, ...], float | None]:
        """Return what is still to be sent, and up to when what happened was made into notices. Raises HistoryError."""
        with self._reading() as db:
            rows = db.execute(
                "SELECT id, made_at, target, severity, title, text, due_at, tries, error FROM notice ORDER BY id DESC "
                "LIMIT ?",
                (MOST,),
            ).fetchall()
            told = db.execute("SELECT value FROM meta WHERE key = 'told'").fetchone()
        return tuple(Notice(*row) for row in reversed(rows)), told[0] if told else None

    def keep(self, changed: Sequence[Notice], done: Sequence[int], told: float | None) -> None:
        """Keep notices, new or changed, drop those that were taken, and note up to when all is told. Raises HistoryError."""
        with self._writing() as db:
            db.executemany(
                "INSERT OR REPLACE INTO notice VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [(n.id, n.made_at, n.target, n.severity, n.title, n.text, n.due_at, n.tries, n.error) for n in changed],
            )
            db.executemany("DELETE FROM notice WHERE id = ?", [(id_,) for id_ in done])
            if told is not None:
                db.execute("INSERT OR REPLACE INTO meta VALUES ('told', ?)", (told,))

    @contextlib.contextmanager
    def _reading(self) -> Iterator[store.Reading]:
        with self._mutex:
            try:
                with contextlib.closing(store.open_reader(self.path)) as db:
                    yield db
            except sqlite3.Error as error:
                raise cannot(self.path, "read", error) from error

    @contextlib.contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """Hold a transaction; it is short, so that a recorder never waits for long."""
        if not self.path or not os.path.lexists(self.path):
            raise HistoryError("there is no history yet")
        with self._mutex:
            try:
                with contextlib.closing(
                    sqlite3.connect(self.path, timeout=store.TIMEOUT_MS / 1000, isolation_level=None)
                ) as db:
                    store.check_version(self.path, db)
                    db.execute("BEGIN IMMEDIATE")
                    schema.beside(db)
                    yield db
                    db.execute("COMMIT")
            except sqlite3.Error as error:
                raise cannot(self.path, "written", error) from error

    def close(self) -> None:
        """Wait for whoever reads or writes: nothing is held open between two calls."""
        with self._mutex:
            self._seen = None


def _seen(path: str) -> list[tuple[int, int, int]]:
    """Return what changes with each commit: file, size and time of the history and of its log."""
    found = []
    for name in (path, f"{path}-wal"):
        with contextlib.suppress(FileNotFoundError):
            stat = os.stat(name)  # noqa: PTH116  each second: without a Path
            found.append((stat.st_ino, stat.st_size, stat.st_mtime_ns))
    return found


def _read_marks(db: sqlite3.Connection) -> tuple[Mark, ...]:
    try:
        rows = db.execute(
            "SELECT made_at, word, rule, family, device, metric, until, by FROM alert_mark ORDER BY id DESC LIMIT ?",
            (MOST,),
        ).fetchall()
    except sqlite3.OperationalError:  # a file of before, into which nobody has said anything
        return ()
    return tuple(
        Mark(
            cast("Word", word), made_at, rule, None if family is None else SeriesKey(family, device, metric), until, by
        )
        for made_at, word, rule, family, device, metric, until, by in reversed(rows)
    )
