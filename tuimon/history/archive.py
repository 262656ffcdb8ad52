"""The history file as an Archive: every read is blocks, hot rows and the writer's memory together."""

from __future__ import annotations

import sqlite3
import threading
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from tuimon.history import spans, store, windowread
from tuimon.history.errors import damaged, unreadable
from tuimon.history.unsaved import Unsaved
from tuimon.history.view import View
from tuimon.model.metric import SeriesKey
from tuimon.model.process import ProcessPast, ProcessTable
from tuimon.model.snapshot import Event, Frame, Span, Usage, Window

if TYPE_CHECKING:
    from tuimon.history.writer import History
    from tuimon.model.difference import Lifetime


class FileArchive:
    """Reads one history file on a connection of its own, which is opened at the first read.

    Any thread may read; one read waits for the other. HistoryError where the file cannot be read.
    """

    def __init__(self, path: str, pending: History | None = None) -> None:
        self.path = path
        self._pending: History | None = None
        self._db: store.Reading | None = None
        self._mutex = threading.Lock()
        self._generation = 0
        if pending is not None:
            self.follow(pending)

    def follow(self, pending: History) -> None:
        """See from the next read on what this process's writer holds in memory: it has only now begun to record."""
        with pending.mutex:
            pending.readers.add(self)
        self._pending = pending

    @contextmanager
    def _view(self) -> Iterator[View]:
        """Begin a read that sees the file and the writer's memory as of the same commit; end it for certain."""
        with self._mutex:
            pending = self._pending
            db = self._connection(pending)
            db.execute("BEGIN")
            try:
                unsaved = self._begin(db, pending)
                store.check_version(self.path, db)  # another tuimon may have brought it to a newer one
                yield View(db, unsaved)
            except (zlib.error, IndexError, KeyError, ValueError, OverflowError) as error:
                raise unreadable(self.path, error) from error
            except sqlite3.DatabaseError as error:
                raise damaged(self.path, error) from error
            finally:
                with suppress(sqlite3.Error):
                    db.execute("ROLLBACK")

    def _connection(self, pending: History | None) -> sqlite3.Connection:
        """Return the connection, a new one where another file is there by now, or this one is seen as it was."""
        generation = pending.generation if pending else 0
        if self._db is not None and not (generation == self._generation and self._db.is_current(self.path)):
            self._db.close()
            self._db = None
        if self._db is None:
            self._generation = generation
            self._db = store.open_reader(self.path)
        return self._db

    def _begin(self, db: sqlite3.Connection, pending: History | None) -> Unsaved:
        """Fix the moment that the transaction sees, and take what the writer holds at that moment."""
        if pending is None:
            return Unsaved()
        with pending.mutex:
            db.execute("SELECT 1 FROM meta LIMIT 1").fetchone()
            return pending.unsaved()

    def frame(self, at: float) -> Frame | None:
        """Return the newest recorded frame at or before a moment, None where nothing is near enough to it."""
        from tuimon.history import frames  # noqa: PLC0415  not on the way to the first charts

        with self._view() as view:
            return frames.read(view, at)

    def neighbours(self, at: float) -> tuple[float | None, float | None]:
        """Return the recorded moments next before and next after one, None at the ends of the history."""
        from tuimon.history import neighbours  # noqa: PLC0415  as above

        with self._view() as view:
            return neighbours.read(view, at)

    def window(self, series: Sequence[SeriesKey], start: float, end: float, points: int) -> Window:
        """Return series in at most so many equal steps from the tier that fits the step; gaps are None."""
        with self._view() as view:
            return windowread.read(view, series, start, end, points)

    def keys(self, start: float, end: float) -> tuple[SeriesKey, ...]:
        """Return the series that were recorded in a span, to the minute, in the catalogue's order."""
        with self._view() as view:
            return windowread.recorded_keys(view, start, end)

    def spans(self) -> tuple[Span, ...]:
        """Return what is recorded, oldest first, gaps left out, with the finest tier that still has it."""
        with self._view() as view:
            return spans.read(view)

    def events(self, start: float, end: float) -> tuple[Event, ...]:
        """Return what happened, oldest first."""
        from tuimon.history import frames  # noqa: PLC0415  as above

        with self._view() as view:
            return frames.events(view, start, end)

    def usage(self, start: float, end: float) -> tuple[Usage, ...]:
        """Return who used the machine, the biggest share of CPU first."""
        from tuimon.history import usage  # noqa: PLC0415  as above

        with self._view() as view:
            return usage.read(view, start, end)

    def processes(self, start: float, end: float) -> Iterator[ProcessTable]:
        """Yield the process tables that were recorded in a span, oldest first; no read lasts while one is yielded."""
        from tuimon.history import tables  # noqa: PLC0415  as above

        at = start
        while at < end:
            with self._view() as view:
                found, at = tables.read(view, at, end)
            yield from found

    def lifetimes(self, start: float, end: float) -> tuple[Lifetime, ...]:
        """Return the processes that came or went in a span, the newest first."""
        from tuimon.history import lifetimes  # noqa: PLC0415  as above

        with self._view() as view:
            return lifetimes.read(view, start, end)

    def process(self, pid: int, started_at: float | None, start: float, end: float) -> ProcessPast | None:
        """Return what is recorded of one process in a span, None where it is not known at all."""
        from tuimon.history import oneprocess  # noqa: PLC0415  as above

        with self._view() as view:
            return oneprocess.read(view, pid, started_at, start, end)

    def close(self) -> None:
        """Let go of the file; may be called twice."""
        self.let_go()

    def let_go(self) -> None:
        """Close the file; the next read opens what is at its place then."""
        with self._mutex:
            if self._db is not None:
                self._db.close()
                self._db = None


def open_archive(path: str, pending: History | None = None) -> FileArchive:
    """Return the history file as an Archive; `pending` is this process's writer, whose unsaved memory is seen too."""
    return FileArchive(str(path), pending)
