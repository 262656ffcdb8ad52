"""Hot rows: what one commit brings, in slots of one table that are written again and again.

A row is a run of samples of one segment, layout and minute, with the process rows taken meanwhile. What is sealed
stays where it is until its slot is needed: so a commit writes one page in place, and neither takes pages nor frees
them. The view `live` leaves out what is sealed.
"""

from __future__ import annotations

import sqlite3
import zlib
from array import array
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final, NamedTuple

from tuimon.history.codec import array_of, little, unvarint, varint
from tuimon.history.unsaved import ProcessRow, Sample

LEVEL: Final = 1
ROOMS: Final = (760, 960, 1300, 1980, 4000)
"""Bytes for both blobs of a row where 5, 4, 3, 2 or 1 of them share a page of 4 KiB."""
_COLUMNS: Final = 'number, segment, layout, start, "end", count, samples, processes'


class Run(NamedTuple):
    """A hot row: `size` samples from `start` to `end` (ms), packed, and process rows, packed."""

    number: int
    segment: int
    layout: int
    start: int
    end: int
    size: int
    samples: bytes
    processes: bytes

    def unpack(self) -> list[Sample]:
        """Return the samples."""
        raw = zlib.decompress(self.samples, wbits=-15)
        width = (len(raw) - 4 * self.size) // self.size
        times = array_of("i", raw[: 4 * self.size])
        places = range(4 * self.size, len(raw), width) if width else [len(raw)] * self.size
        return [
            (self.segment, self.start + ahead, self.layout, raw[at : at + width])
            for ahead, at in zip(times, places, strict=True)
        ]

    def process_rows(self) -> Iterator[ProcessRow]:
        """Yield the process rows."""
        at = 0
        while at < len(self.processes):
            level, at = unvarint(self.processes, at)
            ahead, at = unvarint(self.processes, at)
            length, at = unvarint(self.processes, at)
            yield level, self.segment, self.start + ahead, self.processes[at : at + length]
            at += length


def runs(samples: Sequence[Sample], process_rows: Sequence[ProcessRow], number: int) -> list[Run]:
    """Return what is to be committed as hot rows, numbered from `number` on; a minute begins a new one."""
    found = [
        _packed(number + at, list(same))
        for at, (_, same) in enumerate(groupby(samples, lambda row: (row[0], row[2], row[1] // 60_000, len(row[3]))))
    ]
    at = 0
    for row in process_rows:
        while at + 1 < len(found) and not (found[at].segment == row[1] and found[at].end >= row[2]):
            at += 1
        if found:
            level, _, time, packed = row
            record = b"".join((varint(level), varint(time - found[at].start), varint(len(packed)), packed))
            found[at] = found[at]._replace(processes=found[at].processes + record)
    return found


def _packed(number: int, samples: list[Sample]) -> Run:
    segment, start, layout, _ = samples[0]
    times = little(array("i", [time - start for _, time, _, _ in samples]))
    packed = zlib.compress(times + b"".join([row[3] for row in samples]), LEVEL, wbits=-15)
    return Run(number, segment, layout, start, samples[-1][1], len(samples), packed, b"")


class Slots:
    """Writes hot rows, where there are any over those that are sealed."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self.next_number = 1 + (db.execute("SELECT max(number) FROM hot").fetchone()[0] or sealed(db))
        self._free: list[int] = []
        self._room = 0

    def save(self, db: sqlite3.Connection, rows: Sequence[Run]) -> None:
        """Write rows; the caller's transaction holds them. The oldest sealed ones are overwritten first."""
        if len(self._free) < len(rows):
            self._free = [
                slot
                for (slot,) in db.execute(
                    "SELECT slot FROM hot WHERE number <= ? ORDER BY number DESC", (sealed(db),)
                ).fetchall()
            ]
        beyond = len(rows) - len(self._free)
        if beyond > 0:
            last = db.execute("SELECT max(slot) FROM hot").fetchone()[0] or 0
            self._free[:0] = range(last + beyond, last, -1)
        for row in rows:
            values = (self._free.pop(), *self._filled(row))
            db.execute("INSERT OR REPLACE INTO hot VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", values)

    def _filled(self, row: Run) -> Run:
        """Return a row made as large as the largest so far, by zeros after its samples.

        One that takes the place of another then fits there: a larger one would have the pages beside it written too.
        """
        size = len(row.samples) + len(row.processes)
        self._room = max(self._room, next((room for room in ROOMS if size <= room), 0))
        return row._replace(samples=row.samples + bytes(max(self._room - size, 0)))

    def saved(self, rows: Sequence[Run]) -> None:
        """Go on with the next numbers: the transaction was committed."""
        self.next_number += len(rows)

    def undone(self) -> None:
        """Look for free slots again: the transaction was not committed."""
        self._free.clear()


def sealed(db: sqlite3.Connection) -> int:
    """Return the number of the newest hot row that is sealed."""
    return int(db.execute("SELECT value FROM meta WHERE key = 'sealed'").fetchone()[0])


def seal(db: sqlite3.Connection, number: int) -> None:
    """Note that the hot rows up to a number are sealed; the caller's transaction holds it."""
    db.execute("UPDATE meta SET value = ? WHERE key = 'sealed'", (number,))


def between(db: sqlite3.Connection, start: int, end: int, segment: int | None = None) -> list[Run]:
    """Return the live rows with samples in [start, end) ms, in the order they were taken."""
    rows = db.execute(
        f'SELECT {_COLUMNS} FROM live WHERE "end" >= ?1 AND start < ?2 AND (?3 IS NULL OR segment = ?3) '  # noqa: S608  a constant
        "ORDER BY number",
        (start, end, segment),
    )
    return [Run._make(row) for row in rows]


def samples_between(db: sqlite3.Connection, start: int, end: int, segment: int | None = None) -> list[Sample]:
    """Return the live samples in [start, end) ms, in the order they were taken."""
    found = []
    for run in between(db, start, end, segment):
        found += [row for row in run.unpack() if start <= row[1] < end]
    return found


def samples_after(db: sqlite3.Connection, start: int, end: int, segment: int, since: int) -> list[Sample]:
    """Return the live samples in [start, end) ms of the rows that reach `since` in a segment, or are of later ones."""
    rows = db.execute(
        f'SELECT {_COLUMNS} FROM live WHERE "end" >= ?1 AND start < ?2 '  # noqa: S608  a constant
        'AND (segment > ?3 OR segment = ?3 AND "end" >= ?4) ORDER BY number',
        (start, end, segment, since),
    )
    return [sample for row in rows for sample in Run._make(row).unpack() if start <= sample[1] < end]


def newest(db: sqlite3.Connection) -> tuple[int, int] | None:
    """Return the segment and the time (ms) of the newest sample that is hot or was, None without one."""
    row = db.execute('SELECT segment, "end" FROM hot ORDER BY number DESC LIMIT 1').fetchone()
    return None if row is None else (row[0], row[1])
