"""The cache of ZFS (ARC): /proc/spl/kstat/zfs/arcstats. The kernel counts it as used, though it is given back."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from tuimon.collectors.linux.kept import Kept

_LINES: Final = {name: re.compile(rb"^%s +\d+ +(\d+)$" % name, re.MULTILINE) for name in (b"size", b"c_min")}


class Arc(NamedTuple):
    """How large the cache is and what of it ZFS gives back when others need memory, both in bytes."""

    size_bytes: int
    spare_bytes: int


class ArcReader:
    """Reads the cache's size; most machines have none."""

    def __init__(self, root: str) -> None:
        self._file = Kept(f"{root}/proc/spl/kstat/zfs/arcstats", records=True, size=16384)

    def arc(self) -> Arc | None:
        """Return the cache, None where there is no ZFS."""
        try:
            raw = self._file.read()
        except OSError:
            return None
        size, least = (found and int(found[1]) for found in (line.search(raw) for line in _LINES.values()))
        return Arc(size, max(0, size - (least or 0))) if size is not None else None

    def close(self) -> None:
        """Close its file."""
        self._file.close()
