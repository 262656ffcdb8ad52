"""Process rows as short blobs: one row while it is hot, sixty of them together in a block.

Both are the same columns of integers. A block keeps the entries of each process together and the differences to
its entry before, since most of what is on the lists does not change from row to row.
"""

from __future__ import annotations

import zlib
from array import array
from collections.abc import Sequence
from typing import Final, NamedTuple

from tuimon.history.codec import array_of, little, unvarint, varint

UNKNOWN: Final = -1
"""What stands for None."""


class Entry(NamedTuple):
    """One process in one row, in stored integers."""

    life: int  # its row in the table `life`
    cpu: int  # tenths of a percent of one core, since the row before
    cpu_time: int  # hundredths of a second since it began
    rss: int  # KiB
    virtual: int  # KiB
    threads: int
    nice: int
    priority: int
    state: int  # the letter's code
    read: int  # 16 bytes a second
    write: int


_FIELDS: Final = len(Entry._fields)
_KINDS: Final = "bhiq"
_WIDTHS: Final = (1, 2, 4, 8)

Row = tuple[int, tuple[Entry, ...]]
"""Time in ms, and what was on the list."""


def pack_row(entries: Sequence[Entry]) -> bytes:
    """Return a hot row: the columns one after the other, deflated."""
    columns: list[list[int]] = [list(column) for column in zip(*entries, strict=True)]
    return _pack(columns or [[] for _ in range(_FIELDS)], level=1)


def unpack_row(data: bytes) -> tuple[Entry, ...]:
    """Return the entries of a hot row."""
    return tuple(map(Entry._make, zip(*_unpack(data), strict=True)))


def pack_block(rows: Sequence[Row]) -> bytes:
    """Return several rows as one block."""
    times = [time for time, _ in rows]
    flat = sorted((entry[0], at, entry) for at, (_, entries) in enumerate(rows) for entry in entries)
    columns: list[list[int]] = [_differences(times), []]
    columns += [[] for _ in range(_FIELDS)]
    life, place, before = 0, 0, (0,) * _FIELDS
    for number, at, entry in flat:
        same = number == life
        columns[1].append(at - place if same else at)
        columns[2].append(number - life)
        for field in range(1, _FIELDS):
            columns[2 + field].append(entry[field] - before[field] if same else entry[field])
        life, place, before = number, at, entry
    return _pack(columns, level=6)


def unpack_block(data: bytes) -> list[Row]:
    """Return the rows of a block."""
    times, places, lives, *fields = _unpack(data)
    clock = 0
    rows: list[tuple[int, list[Entry]]] = []
    for difference in times:
        clock += difference
        rows.append((clock, []))
    life, place, before = 0, 0, [0] * (_FIELDS - 1)
    for step, ahead, *values in zip(places, lives, *fields, strict=True):
        same = ahead == 0
        life += ahead
        place = place + step if same else step
        before = [value + old for value, old in zip(values, before, strict=True)] if same else list(values)
        rows[place][1].append(Entry(life, *before))
    return [(time, tuple(entries)) for time, entries in rows]


def _differences(values: Sequence[int]) -> list[int]:
    return [value - before for value, before in zip(values, [0, *values], strict=False)]


def _pack(columns: Sequence[Sequence[int]], level: int) -> bytes:
    parts = []
    for column in columns:
        low, high = min(column, default=0), max(column, default=0)
        reach = max(high, -low - 1)
        code = 0 if reach < 1 << 7 else 1 if reach < 1 << 15 else 2 if reach < 1 << 31 else 3
        width = _WIDTHS[code]
        raw = little(array(_KINDS[code], column))
        parts += [varint(len(column)), bytes((code,)), *(raw[at::width] for at in range(width))]
    return zlib.compress(b"".join(parts), level, wbits=-15)


def _unpack(data: bytes) -> list[list[int]]:
    raw = zlib.decompress(data, wbits=-15)
    columns = []
    at = 0
    while at < len(raw):
        count, at = unvarint(raw, at)
        width = _WIDTHS[raw[at]]
        kind = _KINDS[raw[at]]
        at += 1
        plain = bytearray(count * width)
        for plane in range(width):
            plain[plane::width] = raw[at + plane * count : at + (plane + 1) * count]
        columns.append(array_of(kind, bytes(plain)).tolist())
        at += count * width
    return columns
