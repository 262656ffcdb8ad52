"""Process rows as short blobs: one row while it is hot, sixty of them together in a block.

Both are the same columns of integers. A block keeps the entries of each process together and the differences to
its entry before, since most of what is on the lists does not change from row to row.
"""

from __future__ import annotations

import zlib
from array import array
from collections.abc import Sequence
from itertools import accumulate, chain, repeat
from operator import add, sub
from typing import Final, NamedTuple

from tuimon.history.codec import array_of, little, unvarint, varint

UNKNOWN: Final = -1
"""What stands for None."""

RATE_STEP: Final = 256
"""The smallest difference of a rate that is kept, in bytes a second."""


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
    read: int  # RATE_STEP bytes a second
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


class Block(NamedTuple):
    """Several rows, by column: the entries of each process together, in the order of the rows."""

    times: list[int]  # of the rows, in ms
    runs: list[tuple[int, int, int]]  # (life, first entry, past its last)
    places: list[int]  # which row an entry is in
    fields: list[list[int]]  # those of Entry after `life`, one number an entry


def by_column(rows: Sequence[Row]) -> Block:
    """Return rows by column."""
    times = [time for time, _ in rows]
    flat = sorted((entry[0], at, *entry[1:]) for at, (_, entries) in enumerate(rows) for entry in entries)
    if not flat:
        return Block(times, [], [], [[] for _ in range(_FIELDS - 1)])
    lives, places, *fields = map(list, zip(*flat, strict=True))
    firsts = [at for at, life in enumerate(lives) if at == 0 or life != lives[at - 1]]
    return Block(times, _runs([lives[at] for at in firsts], firsts, len(lives)), places, fields)


def by_row(block: Block) -> list[Row]:
    """Return columns by row."""
    rows: list[list[Entry]] = [[] for _ in block.times]
    lives = chain.from_iterable(repeat(life, past - first) for life, first, past in block.runs)
    entries = map(Entry._make, zip(lives, *block.fields, strict=True))
    for place, entry in zip(block.places, entries, strict=True):
        rows[place].append(entry)
    return [(time, tuple(found)) for time, found in zip(block.times, rows, strict=True)]


def _runs(lives: Sequence[int], firsts: Sequence[int], count: int) -> list[tuple[int, int, int]]:
    return list(zip(lives, firsts, [*firsts[1:], count], strict=True))


def pack_block(rows: Sequence[Row]) -> bytes:
    """Return several rows as one block."""
    times, runs, places, (cpu, *fields) = by_column(rows)
    if not runs:
        return _pack([_differences(times)], level=6)
    firsts = [first for _, first, _ in runs]
    lives = [0] * len(places)
    for at, step in zip(firsts, _differences([life for life, _, _ in runs]), strict=True):
        lives[at] = step
    packed = [_differences(times), _restarting(places, firsts), lives]
    packed.append(list(map(sub, cpu, _expected(fields[0], times, places, firsts))))
    packed += [_restarting(column, firsts) for column in fields]
    return _pack(packed, level=6)


def unpack_columns(data: bytes) -> Block:
    """Return a block by column."""
    steps, *columns = _unpack(data)
    times = list(accumulate(steps))
    if not columns:
        return Block(times, [], [], [[] for _ in range(_FIELDS - 1)])
    packed_places, lives, cpu, *packed_fields = columns
    firsts = [at for at, ahead in enumerate(lives) if ahead]
    places, *fields = (_summed(column, firsts) for column in (packed_places, *packed_fields))
    shares = list(map(add, cpu, _expected(fields[0], times, places, firsts)))
    runs = _runs(list(accumulate(lives[at] for at in firsts)), firsts, len(lives))
    return Block(times, runs, places, [shares, *fields])


def unpack_block(data: bytes) -> list[Row]:
    """Return the rows of a block."""
    return by_row(unpack_columns(data))


def _expected(cpu_time: Sequence[int], times: Sequence[int], places: Sequence[int], firsts: Sequence[int]) -> list[int]:
    """Return the CPU percentages (in tenths) that the CPU times of two rows mean, 0 for a process's first entry."""
    spent = _differences(cpu_time)
    passed = _differences([times[place] for place in places])
    for at in firsts:
        spent[at], passed[at] = 0, 1
    return [(10_000 * used + ms // 2) // ms if ms > 0 else 0 for used, ms in zip(spent, passed, strict=True)]


def _differences(values: Sequence[int]) -> list[int]:
    """Return the first value and the differences after it."""
    return [*values[:1], *map(sub, values[1:], values)]


def _restarting(values: Sequence[int], firsts: Sequence[int]) -> list[int]:
    """Return differences that begin again, with a whole value, at each of some positions."""
    found = _differences(values)
    for at in firsts:
        found[at] = values[at]
    return found


def _summed(values: Sequence[int], firsts: Sequence[int]) -> list[int]:
    """Undo `_restarting`."""
    found: list[int] = []
    for first, past in zip(firsts, [*firsts[1:], len(values)], strict=True):
        found += accumulate(values[first:past])
    return found


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
