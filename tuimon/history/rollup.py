"""The coarse tiers: a minute from the samples at hand, the rest by INSERT ... SELECT from the tier below.

All are functions of (connection, times); each row is a pure function of the samples of its segment and span, so
that a second run writes the same row again. The caller's transaction holds them. Times here are epoch seconds,
sample times milliseconds.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from itertools import groupby
from operator import itemgetter
from typing import Final

from tuimon.history.codec import NONE, Columns
from tuimon.history.layouts import Layout
from tuimon.history.schema import table
from tuimon.history.tiers import COARSE, WIDTHS
from tuimon.model.catalogue import RECORDED
from tuimon.model.snapshot import Tier

Devices = Mapping[tuple[str, str], int]
"""(family, device name) -> its number in the file."""

Stat = tuple[int, int | None, int | None, int | None]
"""n, sum, min, max of one metric in stored steps."""

_PARTS: Final = ("n", "sum", "min", "max")
_EMPTY: Final[Stat] = (0, None, None, None)


def advance(db: sqlite3.Connection, segment: int, now: int, layouts: Mapping[int, Layout], devices: Devices) -> None:
    """Bring every coarse tier of the present segment up to `now`."""
    done = _done(db, "1m", segment)
    target = now // 60 * 60
    if done >= target:
        return
    rows = db.execute(
        "SELECT time, layout, data FROM sample WHERE segment = ? AND time >= ? AND time < ? ORDER BY id",
        (segment, done * 1000, target * 1000),
    ).fetchall()
    _roll_minutes(db, segment, rows, layouts, devices)
    _mark(db, "1m", segment, target)
    below: Tier = "1m"
    for tier in COARSE[1:]:
        target = now // WIDTHS[tier] * WIDTHS[tier]
        done = _done(db, tier, segment)
        if target > done:
            _roll_up(db, segment, below, tier, start=done, end=target)
            _mark(db, tier, segment, target)
        below = tier


def finish(db: sqlite3.Connection, segment: int, layouts: Mapping[int, Layout], devices: Devices) -> None:
    """Roll up all that is left of a segment that has ended, its unfinished minute, 5 minutes and hour too."""
    rows = db.execute("SELECT time, layout, data FROM sample WHERE segment = ? ORDER BY id", (segment,)).fetchall()
    if not rows:
        return
    _roll_minutes(db, segment, rows, layouts, devices)
    below: Tier = "1m"
    for tier in COARSE[1:]:
        width = WIDTHS[tier]
        first, last = (rows[at][0] // 1000 // width * width for at in (0, -1))
        _roll_up(db, segment, below, tier, start=first, end=last + width)
        below = tier


def rolled_to(db: sqlite3.Connection, segment: int) -> int:
    """Return up to when (epoch seconds) the minutes of a segment are rolled up."""
    return _done(db, "1m", segment)


def _done(db: sqlite3.Connection, tier: Tier, segment: int) -> int:
    """Return up to when a tier is rolled in a segment: 0 where the segment is new to it."""
    found, done = db.execute("SELECT segment, done FROM tier WHERE name = ?", (tier,)).fetchone()
    return int(done) if found == segment else 0


def _mark(db: sqlite3.Connection, tier: Tier, segment: int, done: int) -> None:
    db.execute("UPDATE tier SET segment = ?, done = ? WHERE name = ?", (segment, done, tier))


def _roll_minutes(
    db: sqlite3.Connection,
    segment: int,
    rows: list[tuple[int, int, bytes]],
    layouts: Mapping[int, Layout],
    devices: Devices,
) -> None:
    for minute, found in groupby(rows, key=lambda row: row[0] // 60000 * 60):
        samples = sorted(found, key=itemgetter(1))
        merged: dict[tuple[str, str], tuple[int, dict[str, Stat]]] = {}
        for layout, same in groupby(samples, key=itemgetter(1)):
            _merge(merged, layouts[layout], [row[2] for row in same])
        _insert_minute(db, segment, minute, merged, devices)


def _merge(merged: dict[tuple[str, str], tuple[int, dict[str, Stat]]], layout: Layout, rows: list[bytes]) -> None:
    """Add the samples of one layout to a minute's statistics."""
    columns = Columns(rows, len(layout.series))
    stats = [statistics(columns.column(at)) for at in range(len(layout.series))]
    for family, device, first, past in layout.groups():
        names = [series.key.metric for series in layout.series[first:past]]
        found = dict(zip(names, stats[first:past], strict=True))
        before = merged.get((family, device))
        if before is None:
            merged[family, device] = len(rows), found
        else:
            count, known = before
            for name, stat in found.items():
                known[name] = add(known.get(name, _EMPTY), stat)
            merged[family, device] = count + len(rows), known


def statistics(values: list[int]) -> Stat:
    """Return n, sum, min and max of stored steps, None left out."""
    low = min(values)
    if low == NONE:
        values = [value for value in values if value != NONE]
        if not values:
            return _EMPTY
        low = min(values)
    return len(values), sum(values), low, max(values)


def add(one: Stat, other: Stat) -> Stat:
    """Return the statistics of both together."""
    if one[0] == 0 or other[0] == 0:
        return other if one[0] == 0 else one
    n, total, low, high = one
    if total is None or low is None or high is None or other[1] is None or other[2] is None or other[3] is None:
        raise ValueError("statistics with values have a sum, a minimum and a maximum")
    return n + other[0], total + other[1], min(low, other[2]), max(high, other[3])


def _insert_minute(
    db: sqlite3.Connection,
    segment: int,
    minute: int,
    merged: Mapping[tuple[str, str], tuple[int, dict[str, Stat]]],
    devices: Devices,
) -> None:
    """Write a minute: a metric's own n is NULL where it equals the row's."""
    for family, members in groupby(sorted(merged), key=itemgetter(0)):
        names = [metric.name for metric in RECORDED[family]]
        rows: list[list[int | None]] = []
        for key in members:
            count, stats = merged[key]
            row: list[int | None] = [devices[key], minute, segment, count]
            for name in names:
                n, *rest = stats.get(name, _EMPTY)
                row += [None if n == count else n, *rest]
            rows.append(row)
        db.executemany(_insert(family, names), rows)


def _insert(family: str, names: Iterable[str]) -> str:
    columns_ = ["device", "time", "segment", "n", *(f"{name}_{part}" for name in names for part in _PARTS)]
    marks = ", ".join("?" * len(columns_))
    return f"INSERT OR REPLACE INTO {table(family, '1m')} ({', '.join(columns_)}) VALUES ({marks})"  # noqa: S608  names of the catalogue


def _roll_up(db: sqlite3.Connection, segment: int, below: Tier, tier: Tier, *, start: int, end: int) -> None:
    """Make the rows of one tier in [start, end) from the tier below."""
    for family in RECORDED:
        db.execute(_roll_up_sql(family, below, tier), (segment, start, end))


_SQL: dict[tuple[str, Tier], str] = {}


def _roll_up_sql(family: str, below: Tier, tier: Tier) -> str:
    found = _SQL.get((family, tier))
    if found is None:
        width = WIDTHS[tier]
        names = [metric.name for metric in RECORDED[family]]
        targets = ", ".join(f"{name}_{part}" for name in names for part in _PARTS)
        values = ", ".join(
            f"nullif(sum(coalesce({name}_n, n)), sum(n)), sum({name}_sum), min({name}_min), max({name}_max)"
            for name in names
        )
        found = _SQL[family, tier] = (
            f"INSERT OR REPLACE INTO {table(family, tier)} (device, time, segment, n, {targets}) "  # noqa: S608  as above
            f"SELECT device, time / {width} * {width}, segment, sum(n), {values} FROM {table(family, below)} "
            f"WHERE segment = ?1 AND time >= ?2 AND time < ?3 GROUP BY device, time / {width}"
        )
    return found
