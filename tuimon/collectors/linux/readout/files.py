"""Files of one machine below a root folder; they stay open, as long as there are not too many of /sys."""

from __future__ import annotations

import errno
import functools
import os
from collections.abc import Iterator
from typing import Final

from tuimon.collectors.linux.kept import Kept
from tuimon.model.text import decode

_SMALL: Final = 4096
_KEPT: Final = 1024
"""Small files that stay open: those of some fifty interfaces."""
_SENSELESS: Final = 1 << 64


class Files:
    """Reads files below `root`."""

    def __init__(self, root: str) -> None:
        self.root = root
        self._kept: dict[str, Kept] = {}
        self._small: dict[str, int] = {}

    def read(self, path: str) -> bytes:
        """Return the whole of a file of /proc, which stays open. Raises OSError."""
        kept = self._kept.get(path)
        if kept is None:
            kept = self._kept[path] = Kept(self.root + path, records=True, size=16384)
        return kept.read()

    def small(self, path: str) -> bytes | None:
        """Return a small file of /sys without the space around it, None where there is none or it says no."""
        fd = self._small.get(path)
        if fd is None:
            return self._open_small(path)
        try:
            return os.pread(fd, _SMALL, 0).strip()
        except OSError as error:
            if error.errno != errno.ENODEV:
                return None
        self._drop(path)  # its device has gone; another may have its name
        return self._open_small(path)

    def _open_small(self, path: str) -> bytes | None:
        try:
            fd = os.open(self.root + path, os.O_RDONLY | os.O_NONBLOCK)
        except OSError:
            return None
        self._small[path] = fd
        try:
            return os.pread(fd, _SMALL, 0).strip()
        except OSError:
            return None
        finally:
            if len(self._small) > _KEPT:
                self._drop(path)

    def _drop(self, path: str) -> None:
        os.close(self._small.pop(path))

    def forget(self, folder: str) -> None:
        """Close what is open below a folder that has gone."""
        for path in [path for path in self._small if path.startswith(f"{folder}/")]:
            self._drop(path)

    def text(self, path: str) -> str | None:
        """Return the harmless text of a small file."""
        raw = self.small(path)
        return None if raw is None else decode(raw)

    def number(self, path: str) -> int | None:
        """Return the whole number in a small file."""
        return whole(self.small(path))

    def folder(self, path: str) -> list[str]:
        """Return the names in a folder, sorted. Raises OSError where there is none."""
        return sorted(os.listdir(self.root + path))

    def numbered(self, path: str, prefix: str) -> Iterator[tuple[str, str]]:
        """Yield the number and the path of what is called `prefix` and a number in a folder; nothing without one."""
        try:
            names = self.folder(path)
        except OSError:
            return
        for name in names:
            number = name[len(prefix) :]
            if name.startswith(prefix) and number.isascii() and number.isdigit():
                yield number, f"{path}/{name}"

    def close(self) -> None:
        """Close what is open."""
        for kept in self._kept.values():
            kept.close()
        for path in tuple(self._small):
            self._drop(path)


@functools.lru_cache(4096)
def name_of(raw: bytes) -> str:
    """Return the harmless text of a name that the kernel gives each time: of a counter, a protocol, a processor."""
    return decode(raw, 128)


def whole(raw: bytes | None) -> int | None:
    """Return a whole number, decimal or with 0x; None for anything else."""
    if raw is None:
        return None
    try:
        found = int(raw, 16 if raw[:2] in {b"0x", b"0X"} else 10)
    except ValueError:
        return None
    return found if abs(found) < _SENSELESS else None


def columns(raw: bytes, *, skip: int = 0) -> Iterator[list[bytes]]:
    """Yield the words of each line that has some, without the first `skip` lines."""
    for line in raw.split(b"\n")[skip:]:
        if words := line.split():
            yield words


def ranges(text: str) -> tuple[str, ...]:
    """Return the numbers of a list as the kernel writes it: "0,2-4"; nothing for one that makes no sense."""
    found: list[str] = []
    for piece in text.split(",") if text else ():
        first, _, last = piece.partition("-")
        if not (first.isdigit() and (last or first).isdigit()) or int(last or first) > 65535:
            return ()
        found.extend(str(number) for number in range(int(first), int(last or first) + 1))
    return tuple(found)
