"""Process rows: who was at the top, every 5 seconds for days and every minute for weeks."""

from __future__ import annotations

import heapq
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Final

from tuimon.history.lives import Lives
from tuimon.history.processcodec import RATE_STEP, UNKNOWN, Entry, pack_block, pack_row, unpack_row
from tuimon.history.unsaved import ProcessRow
from tuimon.model.process import Process
from tuimon.model.snapshot import Snapshot

ROWS_IN_BLOCK: Final = 60

BlockRow = tuple[int, int, int, int, int, bytes]
"""level, segment, start, end, count, data."""


@dataclass(frozen=True, slots=True)
class Level:
    """How often a row is written, and how many of the top by each measure are on it."""

    seconds: int
    top: int


LEVELS: Final = (Level(5, 15), Level(60, 10))


class TopProcesses:
    """Chooses and packs the rows of one level."""

    def __init__(self, level: Level) -> None:
        self.level = level
        self._cpu_before: dict[int, tuple[float, float]] = {}  # pid -> (started_at, cpu_seconds) at the row before
        self._at = -1.0
        self._slot = -1

    def due(self, time: float) -> bool:
        """Return whether a row is to be written: the first sample of each stretch of the level's length."""
        return int(time // self.level.seconds) != self._slot

    def row(self, snapshot: Snapshot, lives: Lives) -> bytes:
        """Return the packed row of a snapshot."""
        processes = snapshot.processes
        known = bool(self._cpu_before)
        used = self._used(processes)
        elapsed = snapshot.time - self._at
        entries = [
            _entry(process, lives.number(process), used.get(process[0], 0.0) if known else None, elapsed)
            for process in self._choose(processes, used)
        ]
        self._cpu_before = {process[0]: (process[1], process[8]) for process in processes}
        self._at = snapshot.time
        self._slot = int(snapshot.time // self.level.seconds)
        return pack_row(entries)

    def _used(self, processes: Sequence[Process]) -> dict[int, float]:
        """Return the CPU seconds since the row before, of those that used any; all that a new one has used counts."""
        before = self._cpu_before
        if not before:
            return {}
        used = {}
        for process in processes:
            started_at, seconds = before.get(process[0], (0.0, 0.0))
            spent = process[8] - seconds if started_at == process[1] else process[8]
            if spent > 0:
                used[process[0]] = spent
        return used

    def _choose(self, processes: Sequence[Process], used: dict[int, float]) -> list[Process]:
        """Return the top by CPU time, by memory and by io, with their ancestors."""
        top = self.level.top
        if used:
            chosen = set(heapq.nlargest(top, used, key=used.__getitem__))
        else:
            busy = [process for process in processes if process[7]]
            chosen = {process[0] for process in heapq.nlargest(top, busy, key=itemgetter(7))}
        chosen.update(process[0] for process in heapq.nlargest(top, processes, key=itemgetter(9)))
        moving = [process for process in processes if process[15] or process[16]]
        chosen.update(process[0] for process in heapq.nlargest(top, moving, key=_io))
        by_pid = {process[0]: process for process in processes}
        return [by_pid[pid] for pid in _with_ancestors(chosen, by_pid)]


def _io(process: Process) -> float:
    return (process[15] or 0.0) + (process[16] or 0.0)


def _with_ancestors(pids: Iterable[int], by_pid: dict[int, Process]) -> list[int]:
    found: set[int] = set()
    for pid in pids:
        at: int | None = pid
        while at is not None and at not in found and at in by_pid:
            found.add(at)
            at = by_pid[at][2]
    return sorted(found)


def _entry(process: Process, life: int, used: float | None, elapsed: float) -> Entry:
    cpu = process.cpu_percent if used is None or elapsed <= 0 else 100 * used / elapsed
    return Entry(
        life,
        UNKNOWN if cpu is None else round(cpu * 10),
        round(process.cpu_seconds * 100),
        process.rss_bytes >> 10,
        process.virtual_bytes >> 10,
        process.threads,
        process.nice,
        process.priority,
        ord(process.state[:1] or "?"),
        _rate(process.read_bytes_per_second),
        _rate(process.write_bytes_per_second),
    )


def _rate(value: float | None) -> int:
    return UNKNOWN if value is None else round(value / RATE_STEP)


def sealed_blocks(rows: Sequence[ProcessRow]) -> Iterator[BlockRow]:
    """Yield the blocks that hot rows of one segment become, oldest first; each takes some milliseconds to make."""
    for level in LEVELS:
        of_level = [(time, packed) for seconds, _, time, packed in rows if seconds == level.seconds]
        for first in range(0, len(of_level), ROWS_IN_BLOCK):
            part = [(time, unpack_row(packed)) for time, packed in of_level[first : first + ROWS_IN_BLOCK]]
            yield level.seconds, rows[0][1], part[0][0], part[-1][0], len(part), pack_block(part)


def store(db: sqlite3.Connection, blocks: Iterable[BlockRow]) -> None:
    """Write blocks; the caller's transaction holds it."""
    sql = 'INSERT INTO process_block (level, segment, start, "end", count, data) VALUES (?, ?, ?, ?, ?, ?)'
    db.executemany(sql, blocks)
