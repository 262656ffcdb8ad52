"""One recorder a history file: flock(2) on `<path>.lock`. The pid inside is only information."""

from __future__ import annotations

import fcntl
import os
import time

from tuimon.history.errors import Locked
from tuimon.history.store import give_back


class RecorderLock:
    """The right to record into one file, held until `release` or the end of the process."""

    def __init__(self, path: str) -> None:
        self.path = f"{path}.lock"
        self._fd = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        if not (_taken(self._fd) or (_pid(self._fd) is None and _taken_soon(self._fd))):
            pid = _pid(self._fd)
            os.close(self._fd)
            raise Locked(path, pid)
        give_back(self.path)
        os.ftruncate(self._fd, 0)
        os.pwrite(self._fd, f"{os.getpid()}\n".encode(), 0)

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


def holder(path: str) -> int | None:
    """Return the pid of the process that records into a history, None where nobody does."""
    try:
        fd = os.open(f"{path}.lock", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _pid(fd)
    finally:
        os.close(fd)
    return None


def _pid(fd: int) -> int | None:
    try:
        return int(os.pread(fd, 32, 0))
    except (OSError, ValueError):
        return None
