"""Whether the files of a history are still those that were opened: somebody may remove, replace or overwrite them.

SQLite notices none of it: it goes on with the files it has open, wherever they are by now, and a log that was left
behind is put into whatever database is found beside it.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from tuimon.history import store

Loss = Literal["", "removed", "replaced", "overwritten", "torn", "damaged"]
"""How a file was lost. `torn`: a file beside it is another one, or gone; what was in it is still at hand."""


@dataclass(slots=True)
class Lost:
    """A file that was lost, why if that is known, and where it, or what was found in its place, was moved to."""

    how: Loss
    why: str = ""
    aside: str = ""

    def said(self) -> str:
        """Return a line for the user about what became of it."""
        moved = f"it was moved to {self.aside}, and a new one was begun" if self.aside else "a new one was begun"
        if self.how == "damaged":
            return f"the history was damaged ({self.why}) and moved to {self.aside}; a new one was begun"
        if self.how == "replaced":
            cannot = f" that cannot be used ({self.why})" if self.aside else ""
            return f"another file{cannot} was put in the place of the history: {moved if cannot else 'recording goes on in it'}"
        return f"the history was {self.how} while it was recorded: {moved}" if self.how != "torn" else ""


_NOWHERE: Final = (0, 0)


class Seen(NamedTuple):
    """What tells a history's files from others at their places.

    `files` are device and inode of the database and of those beside it, `size` and `changed` (ns) the database's.
    """

    files: tuple[tuple[int, int], ...]
    size: int
    changed: int


def see(path: str) -> Seen:
    """Look at the files of a history."""
    found = [_stat(path + side) for side in store.SIDES]
    files = tuple((one.st_dev, one.st_ino) if one else _NOWHERE for one in found)
    database = found[0]
    return Seen(files, database.st_size, database.st_mtime_ns) if database else Seen(files, 0, 0)


def _stat(path: str) -> os.stat_result | None:
    try:
        return os.stat(path)  # noqa: PTH116  asked at each commit
    except OSError:
        return None


class Whereabouts:
    """Follows one file that is open; `touched` says that somebody else has written into it since the last look."""

    def __init__(self, path: str, name: str) -> None:
        self.touched = False
        self._path = path
        self._name = name
        self._seen = see(path)

    def note(self) -> None:
        """Take what is there now for what this program has written itself."""
        self._seen = see(self._path)

    def loss(self) -> Loss:
        """Return how the file was lost since the last `note`, '' where it is in its place."""
        now, before = see(self._path), self._seen
        self.touched = False
        if now == before:
            return ""
        if now.files[0] != before.files[0]:
            return "removed" if now.files[0] == _NOWHERE else "replaced"
        if now.size != before.size or now.changed != before.changed:
            if store.name_in(self._path) != self._name:
                return "overwritten"
            self.touched = True
        return "torn" if now.files[1:] != before.files[1:] else ""

    def let_go(self, db: sqlite3.Connection, how: Loss) -> None:
        """Close a lost file: whole where it is now, and without a log that the next file at its place would get."""
        with contextlib.suppress(sqlite3.Error):
            if how == "overwritten":  # what stands in the log belongs to what is no more
                _truncate(f"{self._path}-wal")
            elif how != "damaged":
                db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        with contextlib.suppress(sqlite3.Error):
            db.close()
        if how != "damaged":
            for side, mine in zip(store.SIDES[1:], self._seen.files[1:], strict=True):
                found = _stat(self._path + side)
                if found and (found.st_dev, found.st_ino) == mine:
                    os.unlink(self._path + side)  # noqa: PTH108  as store


def _truncate(path: str) -> None:
    with contextlib.suppress(OSError):
        os.truncate(path, 0)
