"""What can be wrong with a history, in one line for the user."""

from __future__ import annotations


class HistoryError(Exception):
    """A history that cannot be used; the message is one line that says why and what to do."""


def damaged(path: str, error: Exception) -> HistoryError:
    """Return the error that says that a file is damaged."""
    return HistoryError(f"{path}: damaged ({error}); the next recorder moves it aside and begins a new one")


def unreadable(path: str, error: Exception) -> HistoryError:
    """Return the error that says that one stretch of a file cannot be decoded; the rest of it can."""
    return HistoryError(f"{path}: a part of it is damaged and cannot be shown ({error or type(error).__name__})")


class Locked(HistoryError):  # noqa: N818  no fault, a state that callers act on
    """Another process records into this file; `pid` is what its lock file says, None where that is unreadable.

    `by` is which kind of tuimon that is, `bytes` what the history takes on disk; '' and 0 where that is not known.
    """

    def __init__(self, path: str, pid: int | None, by: str = "", bytes: int = 0) -> None:  # noqa: A002  as in Recorder
        holder = f"process {pid}" if pid else "another process"
        super().__init__(f"{path} is being recorded by {holder}")
        self.path = path
        self.pid = pid
        self.by = by
        self.bytes = bytes
