"""One recorder a history file: flock(2) on `<path>.lock`. What is written inside is only information."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import time
from typing import Final

from tuimon.config.private import give_back
from tuimon.history import holders, owners, schema, store
from tuimon.history.errors import Forbidden, HistoryError, Locked, brief
from tuimon.history.holders import Holder

TRIES: Final = 5
"""How often a lock file that is replaced in the very moment it is locked is opened again."""


ODD: Final = {errno.ELOOP: "{lock} is a symbolic link", errno.EISDIR: "{lock} is a folder"}
"""What a lock file may be that is none."""


class RecorderLock:
    """The right to record into one file, held until `release` or the end of the process.

    `by` is which kind of tuimon this is, `interval` the seconds between its samples; both are told to who asks. Raises
    Locked where another process has the right, Forbidden and HistoryError where it cannot be had.
    """

    def __init__(self, path: str, by: str = "", interval: float = 0.0) -> None:
        self.path = f"{path}.lock"
        self._history = path
        self._holder = holders.written(by, time.time(), interval)
        self._trouble = b""
        self._take()

    def _take(self) -> None:
        self._fd = _acquired(self._history, self.path)
        give_back(self.path)
        self._write()

    def _write(self) -> None:
        said = self._holder + self._trouble
        os.pwrite(self._fd, said, 0)
        os.ftruncate(self._fd, len(said))

    def tell(self, brief: str, trouble: str) -> None:
        """Let who asks know what is wrong with the recording, '' for nothing."""
        said = holders.troubled(brief, trouble)
        if said != self._trouble and self._fd >= 0:
            self._trouble = said
            with contextlib.suppress(OSError):
                self._write()

    def keep(self) -> None:
        """See that the lock file is in its place, or take the lock again. Raises Locked where another process did."""
        if self._fd >= 0 and not _is_in_place(self._fd, self.path):
            os.close(self._fd)
            self._fd = -1
        if self._fd < 0:
            store.prepare_folder(self._history)
            self._take()

    def release(self) -> None:
        """Let the next recorder in; may be called twice. The file stays: removing it would race."""
        if self._fd >= 0:
            os.ftruncate(self._fd, 0)
            os.close(self._fd)
            self._fd = -1


def _acquired(path: str, lock: str) -> int:
    """Return a descriptor of the lock file that holds the lock."""
    for _ in range(TRIES):
        fd = _opened(path, lock)
        if not (_taken(fd) or (not _said(fd).is_alive and _taken_soon(fd))):
            found = _said(fd)
            os.close(fd)
            raise _locked(path, found)
        if _is_in_place(fd, lock):
            owners.share(fd, path)
            return fd
        os.close(fd)  # somebody removed it meanwhile: who comes next would lock another file
    raise HistoryError(f"{path}: cannot be recorded into: {lock} is replaced all the time")


def _opened(path: str, lock: str) -> int:
    """Open the lock file, made if it is not there; never one that somebody else's link leads to."""
    try:
        return os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, owners.file_mode(path))
    except PermissionError:
        if found := recorder_of(path):  # another user's: it may be read all the same
            raise _locked(path, found, readable_only=True) from None
        why = (
            owners.forbidden(lock, os.W_OK) or f"its folder may not be written by user {owners.user_name(os.geteuid())}"
        )
        raise Forbidden(f"{path}: cannot be recorded into: {why}", "no permission") from None
    except OSError as error:
        if error.errno == errno.EROFS and (found := recorder_of(path)):  # a container sees another's history
            raise _locked(path, found, readable_only=True) from None
        why = ODD.get(error.errno or 0, "").format(lock=lock) or error.strerror or str(error)
        raise HistoryError(f"{path}: cannot be recorded into: {why}", brief(error)) from None


def _is_in_place(fd: int, lock: str) -> bool:
    try:
        return os.path.samestat(os.fstat(fd), os.lstat(lock))
    except OSError:
        return False


def _taken(fd: int) -> bool:
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _taken_soon(fd: int) -> bool:
    """Try once more: who holds a lock that names no living process is most likely only asking, as `recorder_of` does."""
    time.sleep(0.01)
    return _taken(fd)


def _locked(path: str, found: Holder, *, readable_only: bool = False) -> Locked:
    differs = found.format not in (0, schema.VERSION)
    return Locked(
        path,
        found.pid,
        found.by,
        store.size_of(path),
        name=found.name,
        warning=holders.skew(found) if differs else found.trouble,
        brief="other format" if differs else found.brief,
        stored_at=store.stored_at(path),
        patience=found.patience,
        readable_only=readable_only,
    )


def holder(path: str) -> int | None:
    """Return the pid of the process that records into a history, None where nobody does or it is not known."""
    found = recorder_of(path)
    return found.pid if found else None


def recorder_of(path: str) -> Holder | None:
    """Return who records into a history, None where nobody does, or where that may not be asked (`owners.forbidden`)."""
    try:
        fd = os.open(f"{path}.lock", os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        return None
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _said(fd)
    finally:
        os.close(fd)
    return None


def _said(fd: int) -> Holder:
    try:
        return holders.read(os.pread(fd, holders.LONGEST, 0))
    except OSError:
        return Holder()
