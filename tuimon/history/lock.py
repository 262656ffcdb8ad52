"""One recorder a history file: flock(2) on `<path>.lock`. What is written inside is only information."""

from __future__ import annotations

import fcntl
import os
import time
from typing import NamedTuple

from tuimon.config.private import give_back
from tuimon.history.errors import Locked
from tuimon.history.store import file_mode, size_of


class Holder(NamedTuple):
    """Who records into a history: a pid, which kind of tuimon, since when (epoch seconds); as far as that is known."""

    pid: int | None = None
    by: str = ""
    since: float | None = None


class RecorderLock:
    """The right to record into one file, held until `release` or the end of the process. `by`: which kind of tuimon."""

    def __init__(self, path: str, by: str = "") -> None:
        self.path = f"{path}.lock"
        try:
            self._fd = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, file_mode(path))
        except PermissionError:
            if found := recorder_of(path):  # another user's: it may be read all the same
                raise _locked(path, found) from None
            raise
        if not (_taken(self._fd) or (_holder(self._fd).pid is None and _taken_soon(self._fd))):
            found = _holder(self._fd)
            os.close(self._fd)
            raise _locked(path, found)
        give_back(self.path)
        os.ftruncate(self._fd, 0)
        os.pwrite(self._fd, f"{os.getpid()} {by or '-'} {time.time():.3f}\n".encode(), 0)

    def release(self) -> None:
        """Let the next recorder in; may be called twice. The file stays: removing it would race."""
        if self._fd >= 0:
            os.ftruncate(self._fd, 0)
            os.close(self._fd)
            self._fd = -1


def _taken(fd: int) -> bool:
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _taken_soon(fd: int) -> bool:
    """Try once more: who holds a lock without a pid in it is most likely only asking, as `holder` does."""
    time.sleep(0.01)
    return _taken(fd)


def _locked(path: str, found: Holder) -> Locked:
    return Locked(path, found.pid, found.by, size_of(path))


def holder(path: str) -> int | None:
    """Return the pid of the process that records into a history, None where nobody does."""
    found = recorder_of(path)
    return found.pid if found else None


def recorder_of(path: str) -> Holder | None:
    """Return who records into a history, None where nobody does, or where that may not be asked."""
    try:
        fd = os.open(f"{path}.lock", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _holder(fd)
    finally:
        os.close(fd)
    return None


def _holder(fd: int) -> Holder:
    """Return what a lock file says; of a text that is no more, or not yet there, nothing is known."""
    try:
        pid, by, since = os.pread(fd, 64, 0).decode("ascii").split()
        return Holder(int(pid), by.strip("-"), float(since))
    except (OSError, ValueError):
        return Holder()
