"""What a history has of a span, poured into an empty one: exactly that span's samples, rows, processes and events.

A span is given in whole minutes, so that no row of the minutes lies across its ends. Batches, blocks of processes and
hot rows that do are cut; rows of the coarser tiers are made again from the tier below, as far as that reaches back.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any, Final

from tuimon.history import hot
from tuimon.history.blocks import SERIES_BITS, SERIES_MASK
from tuimon.history.cuts import Batch, Bounds, cut_batch, cut_blocks, cut_processes, cut_run, within
from tuimon.history.processcodec import unpack_columns, unpack_row
from tuimon.history.rollup import roll_up
from tuimon.history.schema import complete, table
from tuimon.history.tiers import COARSE, WIDTHS
from tuimon.model.catalogue import RECORDED
from tuimon.model.snapshot import Tier

_AT_ONCE: Final = 500
_OVERLAPS: Final = '"end" >= ? AND start < ?'

Database = sqlite3.Connection


def pour(source: Database, made: Database, start: int, end: int) -> bool:
    """Copy what one history has of [start, end) (epoch seconds, whole minutes); return whether it had a sample or a row.

    The transactions of both are the caller's.
    """
    bounds = (start * 1000, end * 1000)
    _meta(source, made)
    spans = _spans(source, made, bounds)
    if not spans:
        return False
    _samples(source, made, bounds)
    _tiers(source, made, start, end, segment=spans[-1])
    _lives(source, made, bounds, _processes(source, made, bounds) | _hot(source, made, bounds))
    _happenings(source, made, start, end)
    _names(source, made)
    return True


def begin_like(source: Database, made: Database) -> None:
    """Make the tables that a history has in an empty file, then those columns that only this program knows."""
    statements = source.execute(
        "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite%' ORDER BY type = 'view', rowid"
    )
    for (sql,) in statements.fetchall():
        made.execute(sql)
    for name in ("application_id", "user_version"):
        made.execute(f"PRAGMA {name} = {source.execute(f'PRAGMA {name}').fetchone()[0]}")
    for name in ("metric", "tier"):
        _insert(made, name, source.execute(f"SELECT * FROM {name}"))  # noqa: S608  as above
    complete(made)


def _insert(made: Database, name: str, rows: Iterable[Sequence[Any]]) -> None:
    """Put rows into a table, whole. A cursor's rows may have fewer columns than the table has now."""
    columns = ""
    if isinstance(rows, sqlite3.Cursor):
        columns = "({})".format(", ".join(f'"{column[0]}"' for column in rows.description))
    for row in rows:
        made.execute(f"INSERT INTO {name} {columns} VALUES ({', '.join('?' * len(row))})", row)  # noqa: S608  a table of the schema


def _meta(source: Database, made: Database) -> None:
    """Say whose history it is; its name among all files is not passed on."""
    _insert(made, "meta", source.execute("SELECT key, value FROM meta WHERE key NOT IN ('file', 'clean')"))


def _spans(source: Database, made: Database, bounds: Bounds) -> list[int]:
    """Copy the recorded stretches, clipped; return their segments."""
    first, last = bounds
    rows = source.execute('SELECT id, segment, start, "end" FROM span WHERE start < ? ORDER BY id', (last,)).fetchall()
    newest = hot.newest(source)
    if rows and newest and rows[-1][1] == newest[0]:  # a stretch that grows is written every ten minutes only
        rows[-1] = (*rows[-1][:3], max(rows[-1][3], newest[1]))
    found = [(id_, segment, max(start, first), min(end, last - 1)) for id_, segment, start, end in rows if end >= first]
    _insert(made, "span", found)
    return [row[1] for row in found]


# -- Samples ----------------------------------------------------------------------------------------------------------


def _samples(source: Database, made: Database, bounds: Bounds) -> None:
    """Copy batches and their blocks; those across an end are cut."""
    rows = source.execute(f"SELECT * FROM batch WHERE {_OVERLAPS} ORDER BY id", bounds).fetchall()  # noqa: S608  a constant
    for batch in map(Batch._make, rows):
        blocks = source.execute(
            "SELECT id, data FROM block WHERE id >= ? AND id < ?",
            (batch.id << SERIES_BITS, (batch.id + 1) << SERIES_BITS),
        )
        if within(batch.start, batch.end, bounds):
            _insert(made, "batch", [batch])
            _insert(made, "block", blocks)
        elif found := cut_batch(batch, bounds):
            _insert(made, "batch", [found[0]])
            _insert(made, "block", cut_blocks(blocks, batch.size, found[1]))


def _hot(source: Database, made: Database, bounds: Bounds) -> set[int]:
    """Copy hot rows with their layouts, those across an end cut; return the lives that their process rows name."""
    rows = [run for one in hot.between(source, *bounds) if (run := cut_run(one, bounds)) is not None]
    for slot, run in enumerate(rows, 1):
        _insert(made, "hot", [(slot, *run)])
    _insert(made, "layout", _chosen(source, "layout", sorted({run.layout for run in rows})))
    return {entry.life for run in rows for row in run.process_rows() for entry in unpack_row(row[3])}


# -- Tiers ------------------------------------------------------------------------------------------------------------


def _tiers(source: Database, made: Database, start: int, end: int, *, segment: int) -> None:
    """Copy the coarse tiers, and say of each tier since when it is kept and up to when it is made."""
    states = {name: row for name, *row in source.execute("SELECT name, segment, done, kept_from FROM tier")}
    below: Tier | None = None
    for tier, width in WIDTHS.items():
        of_segment, done, kept = states[tier]
        first, last = start // width * width, -(-end // width) * width
        made_to = min(done, last) if of_segment == segment else last
        made.execute(
            "UPDATE tier SET segment = ?, done = ?, kept_from = ? WHERE name = ?",
            (segment, 0 if tier == "1s" else made_to, max(kept, first), tier),
        )
        if tier in COARSE:
            _rows(source, made, tier, -(-start // width) * width, end // width * width)
            ends = {at for at in (first, last - width) if at < start or at + width > end}
            for at in sorted(ends):
                if below and at < made_to:
                    _row_across(source, made, below, tier, at)
            below = tier


def _rows(source: Database, made: Database, tier: Tier, start: int, end: int) -> None:
    for family in RECORDED:
        name = table(family, tier)
        rows = source.execute(f"SELECT * FROM {name} WHERE time >= ? AND time < ?", (start, end))  # noqa: S608  a name of the catalogue
        _insert(made, name, rows)


def _row_across(source: Database, made: Database, below: Tier, tier: Tier, at: int) -> None:
    """Make the rows of a tier that lie across an end from what is copied of the tier below; without any, copy them."""
    bounds = (at, at + WIDTHS[tier])
    segments: set[int] = set()
    for family in RECORDED:
        sql = f"SELECT DISTINCT segment FROM {table(family, below)} WHERE time >= ? AND time < ?"  # noqa: S608  as above
        segments.update(row[0] for row in made.execute(sql, bounds))
    for segment in segments:
        roll_up(made, segment, below, tier, start=bounds[0], end=bounds[1])
    if not segments:
        _rows(source, made, tier, *bounds)


# -- Processes --------------------------------------------------------------------------------------------------------


def _processes(source: Database, made: Database, bounds: Bounds) -> set[int]:
    """Copy the blocks of process rows, those across an end cut; return the lives that they name."""
    lives: set[int] = set()
    rows = source.execute(f"SELECT * FROM process_block WHERE {_OVERLAPS} ORDER BY id", bounds).fetchall()  # noqa: S608  a constant
    for id_, *block in rows:
        found = tuple(block) if within(block[2], block[3], bounds) else cut_processes(tuple(block), bounds)
        if found is not None:
            lives.update(life for life, _, _ in unpack_columns(found[-1]).runs)
            _insert(made, "process_block", [(id_, *found)])
    return lives


def _lives(source: Database, made: Database, bounds: Bounds, named: set[int]) -> None:
    """Copy the lifetimes of who was there in the span, with their texts; who lived on is alive at its end."""
    there = source.execute(
        "SELECT id FROM life WHERE first_seen < ? AND (last_seen IS NULL OR last_seen >= ?)", (bounds[1], bounds[0])
    )
    wanted = sorted(named | {row[0] for row in there})
    _insert(made, "life", _chosen(source, "life", wanted))
    made.execute("UPDATE life SET last_seen = NULL WHERE last_seen >= ?", (bounds[1],))
    texts = made.execute("SELECT name FROM life UNION SELECT user FROM life UNION SELECT command FROM life")
    _insert(made, "text", _chosen(source, "text", [row[0] for row in texts]))


def without_commands(made: Database) -> None:
    """Take out command lines: of each process its name is left. Events and alerts name none."""
    empty = made.execute("SELECT id FROM text WHERE value = ''").fetchone()
    number = empty[0] if empty else 1 + (made.execute("SELECT max(id) FROM text").fetchone()[0] or 0)
    if not empty:
        made.execute("INSERT INTO text VALUES (?, '')", (number,))
    made.execute("UPDATE life SET command = ?", (number,))
    made.execute(
        "DELETE FROM text WHERE id <> ? AND id NOT IN (SELECT name FROM life UNION SELECT user FROM life)", (number,)
    )


# -- What happened, and what things are called ------------------------------------------------------------------------


def _happenings(source: Database, made: Database, start: int, end: int) -> None:
    """Copy events, the alerts that were on, those that are on beyond the end as if they still were, and the host."""
    _insert(made, "event", source.execute("SELECT * FROM event WHERE time >= ? AND time < ?", (start, end)))
    where = "raised_at < ? AND (cleared_at IS NULL OR cleared_at >= ?)"
    _insert(made, "alert", source.execute(f"SELECT * FROM alert WHERE {where}", (end, start)))  # noqa: S608  a constant
    made.execute("UPDATE alert SET cleared_at = NULL WHERE cleared_at >= ?", (end,))
    hosts = source.execute("SELECT * FROM host WHERE since < ? ORDER BY id", (end,)).fetchall()
    before = [row for row in hosts if row[1] < start]
    _insert(
        made, "host", [*before[-1:], *hosts[len(before) :]] or source.execute("SELECT * FROM host ORDER BY id LIMIT 1")
    )


def _names(source: Database, made: Database) -> None:
    """Copy the series and devices that something copied belongs to."""
    numbers = {row[0] for row in made.execute("SELECT DISTINCT id & ? FROM block", (SERIES_MASK,))}
    for (text,) in made.execute("SELECT series FROM layout"):
        numbers.update(map(int, filter(None, text.split(","))))
    devices = {
        row[0]
        for family in RECORDED
        for tier in COARSE
        for row in made.execute(f"SELECT DISTINCT device FROM {table(family, tier)}")  # noqa: S608  as above
    }
    for id_, family, name, about in source.execute("SELECT * FROM device").fetchall():
        of_device = source.execute("SELECT * FROM series WHERE family = ? AND device = ?", (family, name)).fetchall()
        if id_ in devices or any(row[0] in numbers for row in of_device):
            _insert(made, "device", [(id_, family, name, about)])
            _insert(made, "series", of_device)
    _insert(made, "series", source.execute("SELECT * FROM series WHERE device = ''"))


def _chosen(source: Database, name: str, ids: Sequence[int]) -> Iterable[Sequence[Any]]:
    """Yield the rows of a table with some ids."""
    for first in range(0, len(ids), _AT_ONCE):
        part = ids[first : first + _AT_ONCE]
        yield from source.execute(f"SELECT * FROM {name} WHERE id IN ({', '.join('?' * len(part))})", part)  # noqa: S608  only marks are put in
