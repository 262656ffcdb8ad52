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


class Forbidden(HistoryError):  # noqa: N818  as Locked
    """This user may not record into this file, and nobody does now: somebody may at any moment."""

    ask_again = True


class Locked(HistoryError):  # noqa: N818  no fault, a state that callers act on
    """Another process records into this file. What is not known of it is None, '' or 0.

    `pid` and `name` say who, `by` which kind of tuimon; `bytes` is what the history takes on disk. `warning` is what a
    user should know of that recorder. `stored_at` (epoch seconds) changes with each commit of it; where that does not
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
        stored_at: float = 0.0,
        patience: float = 0.0,
        readable_only: bool = False,
    ) -> None:
        self.name = name or (f"process {pid}" if pid else "another process")
        super().__init__(f"{path} is being recorded by {self.name}")
        self.path = path
        self.pid = pid
        self.by = by
        self.bytes = bytes
        self.warning = warning
        self.stored_at = stored_at
        self.patience = patience
        self.readable_only = readable_only
