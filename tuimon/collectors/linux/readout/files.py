"""Files of one machine below a root folder: those of /proc stay open, those of /sys are opened as they are read."""

from __future__ import annotations

import functools
import os
from collections.abc import Iterator
from typing import Final

from tuimon.collectors.linux.kept import Kept
from tuimon.model.text import decode

_SMALL: Final = 4096
_SENSELESS: Final = 1 << 64


class Files:
    """Reads files below `root`."""

    def __init__(self, root: str) -> None:
        self.root = root
        self._kept: dict[str, Kept] = {}

    def read(self, path: str) -> bytes:
        """Return the whole of a file of /proc, which stays open. Raises OSError."""
        kept = self._kept.get(path)
        if kept is None:
            kept = self._kept[path] = Kept(self.root + path, records=True, size=16384)
        return kept.read()

    def small(self, path: str) -> bytes | None:
        """Return a small file of /sys without the space around it, None where there is none or it says no."""
        try:
            fd = os.open(self.root + path, os.O_RDONLY | os.O_NONBLOCK)
        except OSError:
            return None
        try:
            return os.read(fd, _SMALL).strip()
        except OSError:
            return None
        finally:
            os.close(fd)

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
