"""What can be wrong with a history, in one line for the user."""

from __future__ import annotations

import errno
from typing import Final


class HistoryError(Exception):
    """A history that cannot be used; the message is one line that says why (`what`) and what to do (`remedy`).

    `brief` says why in a few words, for where there is no room.
    """

    def __init__(self, what: str, brief: str = "no history", remedy: str = "") -> None:
        super().__init__(f"{what}: {remedy}" if remedy else what)
        self.what = what
        self.brief = brief
        self.remedy = remedy


ANOTHER: Final = "choose another file with --history"


BRIEF: Final = {
    errno.ENOSPC: "disk full",
    errno.EDQUOT: "quota used up",
    errno.EROFS: "read-only",
    errno.EACCES: "no permission",
    errno.EPERM: "no permission",
    errno.EIO: "disk error",
}
"""What the system says when it cannot write -> a few words."""
SQLITE_BRIEF: Final = {
    "SQLITE_FULL": "disk full",
    "SQLITE_READONLY": "read-only",
    "SQLITE_IOERR": "disk error",
    "SQLITE_BUSY": "in use",
    "SQLITE_CANTOPEN": "cannot be opened",
    "SQLITE_CORRUPT": "damaged",
    "SQLITE_NOTADB": "damaged",
}
"""The same of SQLite's errors, extended ones too."""


def brief(error: Exception) -> str:
    """Return in a few words what is in the way of recording."""
    if isinstance(error, HistoryError):
        return error.brief
    if isinstance(error, OSError):
        return BRIEF.get(error.errno or 0, "cannot be written")
    name = getattr(error, "sqlite_errorname", "") or ""
    return next((words for start, words in SQLITE_BRIEF.items() if name.startswith(start)), "cannot be written")


def plainly(error: Exception) -> str:
    """Return why something cannot be written, as a person would say it."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    said = str(error) or type(error).__name__
    return "the disk is full" if said == "database or disk is full" else said


def cannot(path: str, what: str, error: Exception) -> HistoryError:
    """Return the error that says what cannot be done with a file, and why."""
    return HistoryError(f"{path}: cannot be {what}: {plainly(error)}", brief(error))


def damaged(path: str, error: Exception) -> HistoryError:
    """Return the error that says that a file is damaged."""
    return HistoryError(
        f"{path} is damaged ({error})", "damaged", "the next start of a recorder moves it aside and begins a new one"
    )


def unreadable(path: str, error: Exception) -> HistoryError:
    """Return the error that says that one stretch of a file cannot be decoded; the rest of it can."""
    return HistoryError(f"{path}: a part of it is damaged and cannot be shown ({error or type(error).__name__})")


class Forbidden(HistoryError):  # noqa: N818  as Locked
    """This user may not record into this file, and nobody does now: somebody may at any moment."""

    ask_again = True


class Locked(HistoryError):  # noqa: N818  no fault, a state that callers act on
    """Another process records into this file. What is not known of it is None, '' or 0.

    `pid` and `name` say who, `by` which kind of tuimon; `bytes` is what the history takes on disk. `warning` is what a
    user should know of that recorder, `brief` the same in a few words. `stored_at` (epoch seconds) changes with each commit of it; where that does not
    happen for `patience` seconds, something is wrong with it. `readable_only`: this user could not follow it.
    """

    def __init__(
        self,
        path: str,
        pid: int | None,
        by: str = "",
        bytes: int = 0,  # noqa: A002  as in Recorder
        *,
        name: str = "",
        warning: str = "",
        brief: str = "",
        stored_at: float = 0.0,
        patience: float = 0.0,
        readable_only: bool = False,
    ) -> None:
        self.name = name or (f"process {pid}" if pid else "another process")
        super().__init__(f"{path} is being recorded by {self.name}", brief)
        self.path = path
        self.pid = pid
        self.by = by
        self.bytes = bytes
        self.warning = warning
        self.stored_at = stored_at
        self.patience = patience
        self.readable_only = readable_only


class ToCome(HistoryError):  # noqa: N818  no fault, as above
    """The history is not there yet, and will be within seconds: nothing to tell anybody."""

    to_come = True
