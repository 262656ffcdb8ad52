"""Files of /proc that stay open: a pread gives their present content without a path walk."""

from __future__ import annotations

import math
import os
from typing import Final

_SENSELESS: Final = 1 << 63
"""What a driver says that has nothing to say, and beyond."""


class Kept:
    """One file, opened at the first read. Raises OSError as open(2) and read(2) do, and opens again after that.

    `records`: the kernel hands the file out in records of at most a page a read (a seq_file with more than one
    record), so that a short read is not its end.
    """

    __slots__ = ("_fd", "_path", "_records", "_seen", "_size")

    def __init__(self, path: str, *, records: bool = False, size: int = 4096) -> None:
        self._path = path
        self._records = records
        self._size = size
        self._fd = -1
        self._seen = False

    def read_if_there(self) -> bytes:
        """Return the whole content; nothing where there was never such a file, as in some containers."""
        try:
            raw = self.read()
        except FileNotFoundError:
            if self._seen:
                raise
            return b""
        self._seen = True
        return raw

    def read(self) -> bytes:
        """Return the whole content."""
        if self._fd < 0:
            self._fd = os.open(self._path, os.O_RDONLY)
        try:
            raw = os.pread(self._fd, self._size, 0)
            if self._records or len(raw) == self._size:
                raw = self._rest(raw)
        except OSError as error:
            self.close()
            error.filename = self._path
            raise
        return raw

    def _rest(self, raw: bytes) -> bytes:
        if len(raw) == self._size and not self._records:
            self._size *= 2
            return self.read()
        pieces, offset = [raw], len(raw)
        while piece := os.pread(self._fd, self._size, offset):
            pieces.append(piece)
            offset += len(piece)
        return b"".join(pieces)

    def close(self) -> None:
        """Close it; the next read opens it again."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1


def read_text(path: str) -> str:
    """Return the stripped text of a small file that is read now and then; '' where there is none or it says no."""
    try:
        with open(path, "rb", buffering=0) as file:
            return (file.read(65536) or b"").decode("utf-8", "surrogateescape").strip()
    except OSError:
        return ""


def read_number(path: str) -> int | None:
    """Return the whole number that a file of /sys holds; None where there is none."""
    try:
        found = int(read_text(path))
    except ValueError:
        return None
    return found if abs(found) < _SENSELESS else None


def decimal(text: bytes | str) -> float:
    """Return a number with a point; raises ValueError for anything that is none, or endless."""
    found = float(text)
    if not math.isfinite(found):
        raise ValueError(f"{found} is no number")
    return found


def number_after(raw: bytes, key: bytes) -> int | None:
    """Return the number that follows a key, None where the key is not there. `key` begins with its newline, if any."""
    start = raw.find(key)
    if start < 0:
        return None
    start += len(key)
    end = raw.find(b"\n", start)
    return int(raw[start : end if end >= 0 else len(raw)].split(None, 1)[0])
