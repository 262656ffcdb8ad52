"""What is mounted where: /proc/self/mountinfo (proc(5))."""

from __future__ import annotations

import os
import re
from typing import Final

from tuimon.collectors.filesystems import Mount
from tuimon.collectors.linux.kept import Kept

_ESCAPE: Final = re.compile(rb"\\([0-7]{3})")


def parse_mountinfo(raw: bytes) -> list[Mount]:
    """Return the mounts in the kernel's order; lines that make no sense are left out."""
    mounts = []
    for line in raw.split(b"\n"):
        before, dash, after = line.partition(b" - ")
        fields, tail = before.split(b" "), after.split(b" ")
        if not dash or len(fields) < 6 or len(tail) < 2:
            continue
        source = unescaped(tail[1])
        options = fields[5].split(b",") + (tail[2].split(b",") if len(tail) > 2 else [])
        mounts.append(
            Mount(unescaped(fields[4]), fields[2], unescaped(fields[3]), os.fsdecode(tail[0]), source, b"ro" in options)
        )
    return mounts


def unescaped(field: bytes) -> bytes:
    r"""Decode what mangle_path() of the kernel escapes: space, tab, newline, backslash as \040 and so on."""
    return _ESCAPE.sub(lambda found: bytes((int(found[1], 8) & 255,)), field) if b"\\" in field else field


class MountReader:
    """Reads the mounts of this mount namespace, those of a tree below `root`."""

    def __init__(self, root: str) -> None:
        self._file = Kept(f"{root}/proc/self/mountinfo", records=True, size=16384)
        self._raw = b""

    def read(self) -> list[Mount] | None:
        """Return the mounts, None where they are the same as before. Raises OSError."""
        raw = self._file.read()
        if raw == self._raw:
            return None
        self._raw = raw
        return parse_mountinfo(raw)

    def close(self) -> None:
        """Close its file."""
        self._file.close()
