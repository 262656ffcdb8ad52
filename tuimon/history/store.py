"""The file itself: opening it to write or to read, its version, its owner, and what is done when it is damaged."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import stat
import time
from pathlib import Path
from typing import Final

from tuimon.config.private import give_back, make_folder
from tuimon.history import schema
from tuimon.history.errors import ANOTHER, HistoryError, damaged
from tuimon.history.owners import file_mode, forbidden

SIDES: Final = ("", "-wal", "-shm")
"""The database and the two files that SQLite keeps beside it."""

WAL_LIMIT: Final = 16 << 20
"""How much is written beside the file before it goes into it. A page that changes with each commit goes in once."""

_PAGE: Final = 4096
TIMEOUT_MS: Final = 2000
_TIMEOUT: Final = TIMEOUT_MS / 1000


def prepare_folder(path: str) -> None:
    """Make the folder of a history, for its owner alone; an existing one is left as it is."""
    make_folder(Path(path).parent)


def open_writer(path: str, size_cap: int = 1 << 29) -> sqlite3.Connection:
    """Open a history to record into, made if it is not there. Raises sqlite3.DatabaseError where it is damaged."""
    if not os.path.exists(path):  # noqa: PTH110  on the start's path
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, file_mode(path))
        with contextlib.suppress(OSError):
            os.fchmod(fd, file_mode(path))  # SQLite gives the files beside it the same mode, whatever the umask
        os.close(fd)
        give_back(path)
    connection = sqlite3.connect(path, timeout=_TIMEOUT, isolation_level=None, check_same_thread=False)
    try:
        fresh = version_of(connection) == 0 and not connection.execute("SELECT 1 FROM sqlite_master").fetchone()
        if fresh:  # made just now, or by a start that was killed before it had made the tables
            connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute(f"PRAGMA wal_autocheckpoint = {log_limit(size_cap) // _PAGE}")
        connection.execute(f"PRAGMA journal_size_limit = {log_limit(size_cap)}")
        if fresh:
            connection.execute("BEGIN IMMEDIATE")
            schema.create(connection)
            connection.execute("COMMIT")
    except BaseException:
        connection.close()
        raise
    return connection


def name_file(connection: sqlite3.Connection) -> str:
    """Return what names a file among all histories, given to it when it is first opened to record into."""
    row = connection.execute("SELECT value FROM meta WHERE key = 'file'").fetchone()
    if row is None:
        row = (os.urandom(8).hex(),)
        connection.execute("INSERT INTO meta VALUES ('file', ?)", row)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()  # `name_in` reads no log
    name: str = row[0]
    return name


def name_in(path: str) -> str:
    """Return the name that stands in a file itself, whatever stands in a log beside it; '' where there is none."""
    try:
        with contextlib.closing(sqlite3.connect(f"file:{_quoted(path)}?mode=ro&immutable=1", uri=True)) as connection:
            row = connection.execute("SELECT value FROM meta WHERE key = 'file'").fetchone()
    except sqlite3.Error:
        return ""
    return str(row[0]) if row else ""


def version_of(connection: sqlite3.Connection) -> int:
    """Return the schema version that a file says it has."""
    found: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return found


def open_reader(path: str) -> Reading:
    """Open a history only to read. Raises HistoryError where that is not possible, in one line."""
    if why := forbidden(path):
        raise HistoryError(f"{path}: {why}")
    if not os.path.exists(path):  # noqa: PTH110  on the start's path
        raise HistoryError(f"{path}: there is no history")
    seen = _identity(path), stored_at(path)
    for options in ("mode=ro",) if _has_log(path) else ("mode=ro", "mode=ro&immutable=1"):
        connection = sqlite3.connect(
            f"file:{_quoted(path)}?{options}",
            uri=True,
            timeout=_TIMEOUT,
            isolation_level=None,
            check_same_thread=False,
            factory=Reading,
        )
        try:
            version_of(connection)
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        except sqlite3.OperationalError:  # a folder that may not be written has no room for the -shm file
            connection.close()
            continue
        except sqlite3.DatabaseError as error:
            connection.close()
            check_kind(path)
            raise damaged(path, error) from error
        connection.file, as_of = seen
        connection.as_of = as_of if options != "mode=ro" else 0.0
        try:
            check_version(path, connection)
        except HistoryError:
            connection.close()
            raise
        return connection
    raise HistoryError(f"{path}: cannot be opened for reading")


class Reading(sqlite3.Connection):
    """A connection that only reads, from one file; `as_of` is when that was last written if it is seen as it was then."""

    file = (0, 0)
    as_of = 0.0

    def is_current(self, path: str) -> bool:
        """Return whether it sees what is written at a path: not if another file is there, or this one moved on."""
        return self.file == _identity(path) and self.as_of in (0.0, stored_at(path))


def _identity(path: str) -> tuple[int, int]:
    try:
        found = os.stat(path)  # noqa: PTH116  asked at each read
    except OSError:
        return 0, 0
    return found.st_dev, found.st_ino


def _has_log(path: str) -> bool:
    """Return whether there are commits beside the file: then it must not be read as if it never changed."""
    return log_size(path) > 0


def _quoted(path: str) -> str:
    """Return a path for SQLite's URI; importing urllib for it would take 4 ms of the start."""
    return path.replace("%", "%25").replace("?", "%3f").replace("#", "%23")


def check_version(path: str, connection: sqlite3.Connection) -> None:
    """Refuse what this program cannot read; the version before the present one is read as it is. Raises HistoryError."""
    found = version_of(connection)
    if found == 0 and not connection.execute("SELECT 1 FROM sqlite_master").fetchone():
        raise HistoryError(f"{path}: nothing is recorded in it yet")
    if found <= 0 or not schema.VERSION - 1 <= found <= schema.VERSION:
        raise wrong_version(path, found)


def wrong_version(path: str, found: int) -> HistoryError:
    """Return the error that says why a file of another version is not used."""
    if found > schema.VERSION:
        what = f"{path} was written by a newer tuimon (format {found}, this one knows {schema.VERSION})"
        return HistoryError(what, "newer format", f"upgrade tuimon, or {ANOTHER}")
    if found == 0:
        return HistoryError(f"{path} is not a history of tuimon", "not a history", ANOTHER)
    remedy = f"let `tuimon record` migrate it to {schema.VERSION}"
    return HistoryError(f"{path} has the old format {found}", "older format", remedy)


def other_machine(path: str, found: str, wanted: str) -> HistoryError:
    """Return the error that says that a file is of another machine."""
    remedy = f"{ANOTHER}, or look at this one with --replay"
    return HistoryError(f"{path} belongs to machine {found}, this is {wanted}", "other machine", remedy)


def check_kind(path: str) -> None:
    """Refuse a file that is something else, untouched: it is not to be moved aside as if it were a damaged history.

    What cannot be read at all is taken for a history where a recorder has left its lock beside it. Raises HistoryError.
    """
    if not os.path.exists(path) or not os.path.getsize(path):  # noqa: PTH110, PTH202  on the start's path
        return
    try:
        with contextlib.closing(sqlite3.connect(f"file:{_quoted(path)}?mode=ro&immutable=1", uri=True)) as connection:
            kind = connection.execute("PRAGMA application_id").fetchone()[0]
            begun = kind or connection.execute("SELECT 1 FROM sqlite_master").fetchone()
    except sqlite3.OperationalError:
        return  # whoever opens it is told why
    except sqlite3.DatabaseError:
        kind, begun = 0, not os.path.lexists(f"{path}.lock")
    if begun and kind != schema.APPLICATION_ID:
        raise wrong_version(path, 0)


def move_aside(path: str, what: str = "damaged", now: float | None = None) -> str:
    """Move a history that cannot be used, and its side files, out of the way; return the new name."""
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(now))
    target, again = f"{path}.{what}-{stamp}", 0
    while os.path.exists(target):  # noqa: PTH110  as above
        again += 1
        target = f"{path}.{what}-{stamp}-{again}"
    for side in SIDES:
        with contextlib.suppress(FileNotFoundError):
            os.replace(path + side, target + side)  # noqa: PTH105  as above
    return target


def size_of(path: str) -> int:
    """Return the bytes that a history takes on disk, its side files included."""
    total = 0
    for side in SIDES:
        with contextlib.suppress(OSError):
            found = os.stat(path + side)  # noqa: PTH116  asked after each commit
            total += found.st_size if stat.S_ISREG(found.st_mode) else 0
    return total


def stored_at(path: str) -> float:
    """Return when something was last written into a history (epoch seconds, of the file system), 0 where nothing was."""
    newest = 0.0
    for side in ("", "-wal"):
        with contextlib.suppress(OSError):
            newest = max(newest, os.stat(path + side).st_mtime)  # noqa: PTH116  asked at each frame
    return newest


def log_limit(size_cap: int) -> int:
    """Return at which size (bytes) the write-ahead log goes into the file."""
    return min(WAL_LIMIT, size_cap // 16)


def log_size(path: str) -> int:
    """Return the bytes of the write-ahead log."""
    try:
        return os.stat(f"{path}-wal").st_size  # noqa: PTH116  asked at each commit
    except OSError:
        return 0


def used_bytes(connection: sqlite3.Connection) -> int:
    """Return the bytes of the pages that hold something."""
    pages, free, size = (
        connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "freelist_count", "page_size")
    )
    used: int = (pages - free) * size
    return used
