"""The processes of a past moment, from the process row nearest before it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from tuimon.history.hot import between
from tuimon.history.lives import Life
from tuimon.history.processcodec import (
    RATE_STEP,
    UNKNOWN,
    Block,
    Entry,
    Row,
    by_column,
    by_row,
    unpack_block,
    unpack_columns,
    unpack_row,
)
from tuimon.history.view import View
from tuimon.model.process import Process

REACH: Final = {5: 15_000, 60: 90_000}
"""Level in seconds -> how far before a moment (ms) a row may be to answer for it."""

_IN_ONE_QUERY: Final = 500


def blocks_between(view: View, level: int, start: int, end: int) -> list[Block]:
    """Return the process rows of one level in [start, end] ms by column, oldest first."""
    found = []
    for first, last, data in view.db.execute(
        'SELECT start, "end", data FROM process_block WHERE level = ? AND start <= ? AND "end" >= ? ORDER BY start',
        (level, end, start),
    ):
        whole = start <= first and last <= end
        found.append(unpack_columns(data) if whole else by_column(_within(unpack_block(data), start, end)))
    packed = [row for run in between(view.db, start, end + 1) for row in run.process_rows()]
    packed += view.unsaved.process_rows
    hot = [(time, unpack_row(data)) for seconds, _, time, data in packed if seconds == level and start <= time <= end]
    found.append(by_column(sorted(hot, key=lambda row: row[0])))
    return sorted((block for block in found if block.times), key=lambda block: block.times[0])


def _within(rows: Sequence[Row], start: int, end: int) -> list[Row]:
    return sorted((row for row in rows if start <= row[0] <= end), key=lambda row: row[0])


def rows_between(view: View, level: int, start: int, end: int) -> list[Row]:
    """Return the process rows of one level in [start, end] ms, oldest first."""
    return _within([row for block in blocks_between(view, level, start, end) for row in by_row(block)], start, end)


def entries_near(view: View, time: float) -> tuple[Entry, ...]:
    """Return who was at the top at a moment: the finest row that is near enough, () without one."""
    moment = round(time * 1000)
    for level, reach in REACH.items():
        rows = rows_between(view, level, moment - reach, moment)
        if rows:
            return rows[-1][1]
    return ()


def lives_of(view: View, ids: Iterable[int]) -> dict[int, Life]:
    """Return what is known of some processes, by their number."""
    wanted = sorted(set(ids))
    found: dict[int, Life] = {}
    for first in range(0, len(wanted), _IN_ONE_QUERY):
        part = wanted[first : first + _IN_ONE_QUERY]
        rows = view.db.execute(
            "SELECT l.id, l.pid, l.started_at, l.ppid, n.value, u.value, c.value, l.kernel FROM life l "  # noqa: S608  only marks are put in
            "JOIN text n ON n.id = l.name JOIN text u ON u.id = l.user JOIN text c ON c.id = l.command "
            f"WHERE l.id IN ({', '.join('?' * len(part))})",
            part,
        )
        for row in rows:
            found[row[0]] = Life._make((*row[:7], bool(row[7])))
    found.update((id_, life) for id_, life in view.unsaved.lives.items() if id_ in set(wanted))
    return found


def processes_of(view: View, entries: Sequence[Entry], memory_bytes: float | None) -> tuple[Process, ...]:
    """Return process entries as processes; those whose lifetime is no longer kept are left out."""
    lives = lives_of(view, (entry.life for entry in entries))
    return tuple(process(entry, lives[entry.life], memory_bytes) for entry in entries if entry.life in lives)


def process(entry: Entry, life: Life, memory_bytes: float | None) -> Process:
    """Return a process entry as a process of a machine with so much memory."""
    rss = entry.rss << 10
    return Process(
        pid=life.pid,
        started_at=life.started_at,
        ppid=life.ppid,
        name=life.name,
        command=life.command,
        user=life.user,
        state=chr(entry.state),
        cpu_percent=None if entry.cpu == UNKNOWN else entry.cpu / 10,
        cpu_seconds=entry.cpu_time / 100,
        rss_bytes=rss,
        virtual_bytes=entry.virtual << 10,
        memory_percent=100 * rss / memory_bytes if memory_bytes else None,
        threads=entry.threads,
        nice=entry.nice,
        priority=entry.priority,
        read_bytes_per_second=None if entry.read == UNKNOWN else float(entry.read * RATE_STEP),
        write_bytes_per_second=None if entry.write == UNKNOWN else float(entry.write * RATE_STEP),
        kernel=life.kernel,
    )
