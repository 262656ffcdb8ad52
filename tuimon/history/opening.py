"""Opening a history to record into: the lock, the checks, the damage that was found and what is done about it."""

from __future__ import annotations

import sqlite3
import threading
from dataclasses import dataclass
from typing import Final

from tuimon.history import schema, store
from tuimon.history.errors import HistoryError, cannot
from tuimon.history.lock import RecorderLock
from tuimon.history.tiers import Retention
from tuimon.history.whereabouts import Lost
from tuimon.history.writer import History, Settings

MIB: Final = 1 << 20


def open_history(
    path: str,
    *,
    machine_id: str = "",
    retention: Retention | None = None,
    size_cap: int = 512 * MIB,
    commit_every: float = 10.0,
    interval: float = 1.0,
    by: str = "",
    remark: str = "",
) -> History:
    """Open a history to record into, made if it is not there.

    `size_cap` is in bytes, `commit_every` and `interval` (of the samples) in seconds; `by` says to
    others which kind of tuimon records; `remark` is what the user should know of the place of the file, always. Raises
    Locked where another process records into it, HistoryError where it is of a newer version or of another machine or
    cannot be opened.
    A damaged file is moved aside and a new one begun; `status().reason` says so.
    """
    path = str(path)
    store.check_kind(path)
    try:
        store.prepare_folder(path)
        lock = RecorderLock(path, by, interval)
    except OSError as error:
        raise cannot(path, "recorded into", error) from error
    settings = Settings(retention or Retention(), size_cap, commit_every, interval)
    try:
        return _open(Opening(path, machine_id, settings, remark), lock)
    except (sqlite3.OperationalError, OSError) as error:
        lock.release()
        raise cannot(path, "opened", error) from error
    except BaseException:
        lock.release()
        raise


@dataclass(frozen=True, slots=True)
class Opening:
    """How one history is opened: at the start, and again where its file is lost or damaged meanwhile."""

    path: str
    machine_id: str
    settings: Settings
    remark: str = ""

    def ready(self) -> sqlite3.Connection:
        """Open the file at its place to record into, made if it is not there."""
        return _checked(self.path, store.open_writer(self.path, self.settings.size_cap), self.machine_id)

    def after(self, lost: Lost) -> tuple[sqlite3.Connection, str]:
        """Open what is to be recorded into after a loss; return it with a line for the user.

        May be tried again where it raises sqlite3.Error, OSError or HistoryError.
        """
        store.prepare_folder(self.path)
        if lost.how in ("damaged", "overwritten") and not lost.aside:
            lost.aside = store.move_aside(self.path, lost.how)
        try:
            db = self.ready()
        except sqlite3.OperationalError:
            raise
        except (sqlite3.DatabaseError, HistoryError) as error:
            lost.why = getattr(error, "what", str(error))
            lost.aside = store.move_aside(self.path, "refused")
            db = self.ready()
        _mark_open(db)
        return db, lost.said()

    def look_at_all(self, history: History) -> None:
        """Have SQLite look at every page, in a thread."""
        threading.Thread(target=_check_in_background, args=(history,), name="history check", daemon=True).start()


def _open(opening: Opening, lock: RecorderLock) -> History:
    try:
        db = opening.ready()
        clean = _mark_open(db)
        history = History(lock, db, opening)
    except sqlite3.OperationalError:
        raise
    except sqlite3.DatabaseError as error:
        db, note = opening.after(Lost("damaged", str(error)))
        history, clean = History(lock, db, opening, note=note), True
    if not clean:
        opening.look_at_all(history)
    return history


def _mark_open(db: sqlite3.Connection) -> bool:
    """Return whether the recorder before closed the file, and mark it as open."""
    row = db.execute("SELECT value FROM meta WHERE key = 'clean'").fetchone()
    db.execute("INSERT OR REPLACE INTO meta VALUES ('clean', 0)")
    return row is None or bool(row[0])


def _checked(path: str, db: sqlite3.Connection, machine_id: str) -> sqlite3.Connection:
    """Refuse a file of another version or machine, and mark this one as ours."""
    try:
        _check_version(path, db)
        _check_machine(path, db, machine_id)
        schema.complete(db)
    except BaseException:
        db.close()
        raise
    return db


def _check_version(path: str, db: sqlite3.Connection) -> None:
    """Refuse a file from the future, migrate one from the past."""
    found = store.version_of(db)
    if found == schema.VERSION:
        return
    if not 0 < found < schema.VERSION:
        raise store.wrong_version(path, found)
    from tuimon.history.migrations import migrate  # noqa: PLC0415  it imports sqlite_utils, 180 ms

    migrate(path, schema.VERSION)


def _check_machine(path: str, db: sqlite3.Connection, machine_id: str) -> None:
    """Refuse a file of another machine; one that is nobody's becomes this machine's."""
    if not machine_id:
        return
    row = db.execute("SELECT value FROM meta WHERE key = 'machine_id'").fetchone()
    if row is None:
        db.execute("INSERT INTO meta VALUES ('machine_id', ?)", (machine_id,))
    elif row[0] != machine_id:
        raise store.other_machine(path, row[0], machine_id)


def _check_in_background(history: History) -> None:
    """After an unclean stop: have SQLite look at every page, on a connection of its own."""
    try:
        db = store.open_reader(history.path)
        found = db.execute("PRAGMA quick_check(1)").fetchone()[0]
        db.close()
    except sqlite3.OperationalError:
        return  # it could not be looked at; what is wrong with it will show when it is written
    except (sqlite3.DatabaseError, HistoryError) as error:
        found = str(error)
    if found != "ok":
        history.damaged(found)
