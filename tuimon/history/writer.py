"""The recorder: takes every frame, commits every few seconds, and moves data down the tiers as time passes."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from tuimon.history import rollup, store
from tuimon.history.codec import pack_row
from tuimon.history.errors import HistoryError
from tuimon.history.layouts import Layout, Reader, stored
from tuimon.history.lock import RecorderLock
from tuimon.history.registry import Registry
from tuimon.history.tiers import Retention
from tuimon.model.snapshot import Frame, Recorder

MIB: Final = 1 << 20
MAX_UNSAVED: Final = 3600
"""Samples held in memory while the file cannot be written; then the oldest are dropped."""

Sample = tuple[int, int, int, int, bytes]
"""id, segment, time in ms, layout, packed values: a row of the table `sample`."""


@dataclass(frozen=True, slots=True)
class Unsaved:
    """What the writer holds that the file does not have yet."""

    samples: tuple[Sample, ...]
    layouts: Mapping[int, Layout]


class History:
    """A Sink that records frames into one file. `write` is called from one thread; reads go through an Archive."""

    def __init__(
        self,
        path: str,
        lock: RecorderLock,
        db: sqlite3.Connection,
        *,
        retention: Retention,
        size_cap: int,
        commit_every: float,
        interval: float,
        reason: str,
    ) -> None:
        self.path = path
        self.mutex = threading.Lock()
        self._lock = lock
        self._db = db
        self._retention = retention
        self._size_cap = size_cap
        self._commit_every = commit_every
        self._interval = interval
        self._reason = reason
        self._registry = Registry(db)
        self._reader = Reader()
        self._layout: Layout | None = None
        self._resolutions: list[float] = []
        self._samples: list[Sample] = []
        self._next_id, self._segment, self._last_time = _last_sample(db)
        self._committed_at = 0.0
        self._minute = -1
        self._closed = False
        self._bytes = store.size_of(path)

    def write(self, frame: Frame) -> None:
        """Take a frame. Never raises: what cannot be stored now is kept, and `status` says why."""
        if self._closed:
            return
        try:
            self._take(frame)
        except Exception as error:  # a frame that cannot be taken must not stop the loop
            self._reason = f"a sample was not recorded: {error}"
        now = frame.snapshot.time
        if abs(now - self._committed_at) >= self._commit_every:
            self.flush(now)

    def _take(self, frame: Frame) -> None:
        snapshot = frame.snapshot
        time = round(snapshot.time * 1000)
        if time < self._last_time:
            self._segment += 1
        self._last_time = time
        if self._layout is None or self._reader.changed(snapshot):
            self._reader.changed(snapshot)
            self._layout = self._registry.layout(self._reader.keys(snapshot), snapshot)
            self._resolutions = [series.resolution for series in self._layout.series]
        data = pack_row(stored(self._reader.values(snapshot), self._resolutions))
        self._samples.append((self._next_id, self._segment, time, self._layout.id, data))
        self._next_id += 1

    def flush(self, now: float) -> bool:
        """Commit what is held and do the housekeeping that is due; return whether the file took it."""
        try:
            self._store(now)
        except sqlite3.Error as error:
            with contextlib.suppress(sqlite3.Error):
                self._db.execute("ROLLBACK")
            self._reason = f"not recorded since the file cannot be written: {error}"
            self._bound()
            return False
        finally:
            self._committed_at = now
        self._bytes = store.size_of(self.path)
        return True

    def _store(self, now: float) -> None:
        db = self._db
        db.execute("BEGIN IMMEDIATE")
        self._registry.save(db)
        db.executemany("INSERT INTO sample VALUES (?, ?, ?, ?, ?)", self._samples)
        minute = int(now // 60)
        if minute != self._minute:
            self._housekeep(int(now))
        with self.mutex:
            db.execute("COMMIT")
            self._samples.clear()
            self._registry.saved()
        self._minute = minute

    def _housekeep(self, now: int) -> None:
        layouts, devices = self._registry.layouts, self._registry.devices
        rollup.advance(self._db, self._segment, now, layouts, devices)

    def _bound(self) -> None:
        excess = len(self._samples) - MAX_UNSAVED
        if excess > 0:
            with self.mutex:
                del self._samples[:excess]
            self._reason += "; the oldest unsaved samples were dropped"

    def unsaved(self) -> Unsaved:
        """Return what is not in the file yet; call it with `mutex` held, together with beginning to read."""
        return Unsaved(tuple(self._samples), self._registry.layouts)

    def status(self) -> Recorder:
        """Say how recording goes."""
        mode = "off" if self._closed else "here"
        return Recorder(mode, self.path, self._bytes, self._reason, None, self._interval)

    def close(self) -> None:
        """Commit what is held, then let go of the file and its lock; may be called twice."""
        if self._closed:
            return
        self._closed = True
        if self._samples:
            self.flush(self._last_time / 1000)
        self._db.close()
        self._lock.release()


def _last_sample(db: sqlite3.Connection) -> tuple[int, int, int]:
    """Return the next sample's id, the present segment, and the newest time in it (ms)."""
    sample = db.execute("SELECT id, segment, time FROM sample ORDER BY id DESC LIMIT 1").fetchone()
    batch = db.execute('SELECT segment, "end" FROM batch ORDER BY id DESC LIMIT 1').fetchone()
    last = max([row for row in (sample and sample[1:], batch) if row], default=(1, 0))
    return (sample[0] + 1 if sample else 1), last[0], last[1]


def open_history(
    path: str,
    *,
    machine_id: str = "",
    retention: Retention | None = None,
    size_cap: int = 512 * MIB,
    commit_every: float = 5.0,
    interval: float = 1.0,
) -> History:
    """Open a history to record into, made if it is not there.

    Raises Locked where another process records into it, HistoryError where it is of a newer version or of another
    machine. A damaged file is moved aside and a new one begun; `status().reason` says so.
    """
    path = str(path)
    try:
        store.prepare_folder(path)
        lock = RecorderLock(path)
    except OSError as error:
        raise HistoryError(f"{path}: cannot be recorded into: {error.strerror}") from error
    try:
        db, reason = _open(path, machine_id)
        return History(
            path,
            lock,
            db,
            retention=retention or Retention(),
            size_cap=size_cap,
            commit_every=commit_every,
            interval=interval,
            reason=reason,
        )
    except BaseException:
        lock.release()
        raise


def _open(path: str, machine_id: str) -> tuple[sqlite3.Connection, str]:
    reason = ""
    try:
        db = store.open_writer(path)
    except sqlite3.OperationalError as error:
        raise HistoryError(f"{path}: cannot be opened: {error}") from error
    except sqlite3.DatabaseError as error:
        aside = store.move_aside(path)
        reason = f"the history was damaged ({error}) and moved to {aside}; a new one was begun"
        db = store.open_writer(path)
    _check(path, db, machine_id)
    return db, reason


def _check(path: str, db: sqlite3.Connection, machine_id: str) -> None:
    """Refuse a file of another version or machine, and mark this one as ours."""
    found = store.version_of(db)
    if found != 1:
        db.close()
        raise HistoryError(store.wrong_version(path, found))
    known = dict(db.execute("SELECT key, value FROM meta").fetchall())
    if machine_id and known.get("machine_id", machine_id) != machine_id:
        db.close()
        raise HistoryError(
            f"{path} belongs to machine {known['machine_id']}, this is {machine_id}: choose another file"
        )
    if machine_id and "machine_id" not in known:
        db.execute("INSERT INTO meta VALUES ('machine_id', ?)", (machine_id,))
