"""A copy of a history while it may be recorded into: consistent, private, there whole or not at all."""

from __future__ import annotations

import contextlib
import glob
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tuimon.config.private import give_back
from tuimon.history import store
from tuimon.history.errors import HistoryError, damaged
from tuimon.history.excerpt import begin_like, pour, without_commands
from tuimon.history.lock import recorder_of
from tuimon.history.schema import VERSION

Progress = Callable[[float, float], None]
"""Told how much is done of how much."""

_PAGES: Final = 4096
"""Pages copied between two reports of progress."""


def copy(
    path: str, target: str, *, force: bool = False, commands: bool = True, progress: Progress = lambda *_: None
) -> None:
    """Copy a history as of its last commit, whoever records into it meanwhile (SQLite's backup).

    One read transaction holds it still, so that commits made meanwhile cannot begin it anew. Raises HistoryError.
    """

    def told(_status: int, remaining: int, total: int) -> None:
        progress(total - remaining, total)

    with _reading(path) as source, _making(path, target, force=force) as made:
        source.backup(made, pages=_PAGES, progress=told)
        made.execute("PRAGMA journal_mode = DELETE")  # no files beside it, also for those who only read it
        made.execute("BEGIN")
        _finish(made, commands=commands)


def copy_span(path: str, target: str, start: float, end: float, *, force: bool = False, commands: bool = True) -> None:
    """Copy what a history has of a span (epoch seconds), widened to whole minutes, and nothing else of it.

    Raises HistoryError, also where there is nothing of it.
    """
    bounds = (int(start // 60 * 60), int(-(-end // 60) * 60))
    with _reading(path) as source, _making(path, target, force=force) as made:
        found = store.version_of(source)
        if found != VERSION:
            raise store.wrong_version(path, found)
        made.execute("PRAGMA auto_vacuum = INCREMENTAL")
        begin_like(source, made)
        made.execute("BEGIN")
        if not pour(source, made, *bounds):
            raise HistoryError(f"{path} has nothing of this span")
        _finish(made, commands=commands)


def _finish(made: sqlite3.Connection, *, commands: bool) -> None:
    """Note that nobody has the copy open and that it is another file than the one it is of, and commit it."""
    if not commands:
        without_commands(made)
    made.execute("DELETE FROM meta WHERE key = 'file'")
    made.execute("INSERT OR REPLACE INTO meta VALUES ('clean', 1)")
    made.execute("COMMIT")
    if not commands:
        made.execute("VACUUM")  # what was taken out must not be in free pages


@contextmanager
def _reading(path: str) -> Iterator[sqlite3.Connection]:
    """Begin a read that lasts as long as the copying does."""
    source = store.open_reader(path)
    try:
        source.execute("BEGIN")
        source.execute("SELECT 1 FROM meta LIMIT 1").fetchone()
        yield source
    except sqlite3.DatabaseError as error:
        raise damaged(path, error) from error
    finally:
        source.close()


@contextmanager
def _making(path: str, target: str, *, force: bool) -> Iterator[sqlite3.Connection]:
    """Give a private file beside the target; let it take the target's place at the end, and go away after a fault."""
    _refuse(path, target, force=force)
    wanted = Path(target).resolve()
    part = wanted.with_name(f".{wanted.name[:200]}.{os.getpid()}.part")
    _remove_left_over(wanted)
    try:
        os.close(os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        give_back(str(part))
        made = sqlite3.connect(part, isolation_level=None)
        try:
            made.execute("PRAGMA synchronous = OFF")  # it is synced as a whole before it is given its name
            yield made
        except sqlite3.OperationalError as error:
            raise HistoryError(f"{target}: cannot be written: {error}") from error
        finally:
            made.close()
        _sync(part)
        part.replace(wanted)
    except OSError as error:
        raise HistoryError(f"{target}: cannot be written: {error.strerror or error}") from error
    finally:
        for side in ("", "-wal", "-shm", "-journal"):
            with contextlib.suppress(OSError):
                os.unlink(f"{part}{side}")  # noqa: PTH108  paths are plain strings in this room


def _refuse(path: str, target: str, *, force: bool) -> None:
    """Refuse a target that must not be overwritten."""
    wanted = Path(target)
    if wanted.exists() and not wanted.is_file():
        raise HistoryError(f"{target} is no ordinary file")
    if wanted.exists() and wanted.samefile(path):
        raise HistoryError(f"{target} is the history itself")
    if recorder_of(target):
        raise HistoryError(f"{target} is being recorded into")
    if wanted.exists() and not force:
        raise HistoryError(f"{target} is there already; --force replaces it")


def _remove_left_over(wanted: Path) -> None:
    """Remove what copies into the same file left that were killed."""
    for left in wanted.parent.glob(f".{glob.escape(wanted.name[:200])}.*.part*"):
        pid = left.name.rpartition(".part")[0].rpartition(".")[2]
        if pid.isdecimal() and not _runs(int(pid)):
            with contextlib.suppress(OSError):
                left.unlink()


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True


def _sync(path: Path) -> None:
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
