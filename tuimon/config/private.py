"""Files that are nobody else's business: readable by their owner alone, and under sudo owned by whose folder it is."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Final

from tuimon.config.places import SYSTEM_HISTORY
from tuimon.model.text import harmless

MOST: Final = 100
"""Lines that are remembered."""
LARGEST: Final = 64 * 1024
"""Bytes of a file at which the lines that are not remembered any more are taken out of it."""
PATIENCE: Final = 1.0
"""Seconds for which the end waits for what is being written: a home on a server may never answer."""


def make_folder(path: Path) -> None:
    """Make a folder and what is missing above it, for their owner alone; what is there is left as it is."""
    for folder in reversed([path, *path.parents]):
        if not folder.is_dir():
            folder.mkdir(mode=0o700, exist_ok=True)
            give_back(str(folder))


def give_back(path: str) -> None:
    """As root, give what was made in a user's own folder, or in the recorder's, to whose folder it is."""
    if os.geteuid() != 0:
        return
    uid, gid = os.environ.get("SUDO_UID", ""), os.environ.get("SUDO_GID", "")
    with suppress(OSError):
        folder = Path(path).parent.stat()
        if folder.st_uid == 0:
            return
        if os.path.dirname(path) == os.path.dirname(SYSTEM_HISTORY):  # noqa: PTH120  on the start's path
            os.chown(path, folder.st_uid, folder.st_gid, follow_symlinks=False)
        elif uid.isdigit() and gid.isdigit() and folder.st_uid == int(uid):
            os.chown(path, int(uid), int(gid), follow_symlinks=False)


def append(path: Path, text: str) -> int:
    """Add a text to the end of a file that only its owner may read; return the file's size in bytes."""
    make_folder(path.parent)
    fresh = not path.exists()
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        if fresh:
            give_back(str(path))
        os.write(fd, text.encode("utf-8", "replace"))
        return os.fstat(fd).st_size
    finally:
        os.close(fd)


def newest(lines: Iterable[str]) -> list[str]:
    """Return lines in their order, each once, where it stood last, and no more than are remembered."""
    latest = dict.fromkeys(reversed([harmless(line.strip()) for line in lines if line.strip()]))
    return list(latest)[:MOST][::-1]


class Remembered:
    """Lines that the user typed, from one session to the next; None: for this session alone.

    What is slow or fails on the disk is nobody's fault: it is read and written in threads, and kept in memory in any
    case. Several programs may add to the same file.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._lines: list[str] = []
        self._loaded = threading.Event()
        self._lock = threading.Lock()
        self._last: threading.Thread | None = None

    def load(self) -> None:
        """Begin to read the file, the first time that this is called."""
        if not self._loaded.is_set():
            self._loaded.set()
            self._begin(self._read)

    @property
    def lines(self) -> list[str]:
        """What is remembered so far, the newest last."""
        with self._lock:
            return list(self._lines)

    def add(self, line: str) -> None:
        """Remember a line as the newest one."""
        with self._lock:
            self._lines = newest([*self._lines, line])
        self._begin(lambda: self._write(harmless(line.strip())))

    def close(self) -> None:
        """Wait a little for what is being written."""
        if self._last is not None:
            self._last.join(PATIENCE)

    def _begin(self, work: Callable[[], None]) -> None:
        if self._path is None:
            return
        before = self._last

        def run() -> None:
            if before is not None:
                before.join()
            try:
                work()
            except OSError:
                return

        self._last = threading.Thread(target=run, name="tuimon-lines", daemon=True)
        self._last.start()

    def _read(self) -> None:
        if self._path is None:
            return
        fd = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        with os.fdopen(fd, "rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - LARGEST))
            found = file.read(LARGEST).decode("utf-8", "replace").splitlines()
        with self._lock:
            self._lines = newest([*found[size > LARGEST :], *self._lines])
        if size > LARGEST:
            self._shorten()

    def _shorten(self) -> None:
        """Put a file with what is remembered in the place of the long one."""
        if self._path is None:
            return
        made = self._path.with_name(f"{self._path.name}.{os.getpid()}")
        try:
            append(made, "".join(f"{line}\n" for line in self.lines))
            made.replace(self._path)
        finally:
            made.unlink(missing_ok=True)

    def _write(self, line: str) -> None:
        if self._path is not None and line:
            append(self._path, f"{line}\n")
