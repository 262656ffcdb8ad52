"""The coarse tiers: a minute from the samples at hand, the rest by INSERT ... SELECT from the tier below.

All are functions of (connection, times); each row is a pure function of the samples of its segment and span, so
that a second run writes the same row again. The caller's transaction holds them. Times here are epoch seconds,
sample times milliseconds.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from operator import itemgetter
from typing import Final

from tuimon.history.codec import NONE, Columns
from tuimon.history.hot import samples_between
from tuimon.history.layouts import Layout
from tuimon.history.schema import table
from tuimon.history.tiers import COARSE, WIDTHS
from tuimon.history.unsaved import Sample
from tuimon.model.catalogue import RECORDED
from tuimon.model.snapshot import Tier

Devices = Mapping[tuple[str, str], int]
"""(family, device name) -> its number in the file."""

Stat = tuple[int, int | None, int | None, int | None]
"""n, sum, min, max of one metric in stored steps."""

Rows = list[list[int | None]]
"""Rows of one table, in the order of its columns."""

TOGETHER: Final = 1200
"""Seconds of minutes that go into the file together."""

_PARTS: Final = ("n", "sum", "min", "max")
_EMPTY: Final[Stat] = (0, None, None, None)


class Minutes:
    """The minutes that are reckoned but not in the file yet.

    A minute is reckoned when it is over, so that no tick has to do twenty; all of twenty go into the file together, since
    a row in each of forty tables and devices is forty pages. What a crash loses is made again from the hot rows.
    """

    def __init__(self) -> None:
        self._segment = self._upto = 0
        self._rows: list[tuple[str, Rows]] = []

    def reckon(
        self, db: sqlite3.Connection, segment: int, now: int, layouts: Mapping[int, Layout], devices: Devices
    ) -> None:
        """Reckon the minutes of the present segment that are over at `now`."""
        if segment != self._segment:
            self.forget()
        first, target = max(rolled_to(db, segment), self._upto), now // 60 * 60
        if first < target:
            samples = samples_between(db, first * 1000, target * 1000, segment)
            self._rows += _minutes(segment, samples, layouts, devices)
            self._segment, self._upto = segment, target

    def due(self, db: sqlite3.Connection, segment: int) -> bool:
        """Return whether twenty minutes are over."""
        return segment == self._segment and self._upto // TOGETHER > rolled_to(db, segment) // TOGETHER

    def store(self, db: sqlite3.Connection) -> None:
        """Put what is reckoned into the file, and bring the tiers above up to it."""
        for sql, rows in self._rows:
            db.executemany(sql, rows)
        _advance(db, self._segment, self._upto)

    def forget(self) -> None:
        """Drop what is reckoned: it is in the file, or it is to be made again from what is."""
        self._segment = self._upto = 0
        self._rows = []


def _advance(db: sqlite3.Connection, segment: int, now: int) -> None:
    """Bring the tiers above the minutes up to `now`, to which the minutes are made."""
    _mark(db, "1m", segment, now)
    below: Tier = "1m"
    for tier in COARSE[1:]:
        target = now // WIDTHS[tier] * WIDTHS[tier]
        done = _done(db, tier, segment)
        if target > done:
            roll_up(db, segment, below, tier, start=done, end=target)
            _mark(db, tier, segment, target)
        below = tier


def finish(db: sqlite3.Connection, segment: int, layouts: Mapping[int, Layout], devices: Devices) -> None:
    """Roll up all that is left of a segment that has ended, its unfinished minute, 5 minutes and hour too."""
    rows = samples_between(db, 0, 1 << 60, segment)
    if not rows:
        return
    for sql, minutes in _minutes(segment, rows, layouts, devices):
        db.executemany(sql, minutes)
    below: Tier = "1m"
    for tier in COARSE[1:]:
        width = WIDTHS[tier]
        first, last = (rows[at][1] // 1000 // width * width for at in (0, -1))
        roll_up(db, segment, below, tier, start=first, end=last + width)
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


def _minutes(
    segment: int, rows: list[Sample], layouts: Mapping[int, Layout], devices: Devices
) -> Iterator[tuple[str, Rows]]:
    """Yield the statements that write the minutes of some samples, with their rows."""
    for minute, found in groupby(rows, key=lambda row: row[1] // 60000 * 60):
        samples = sorted(found, key=itemgetter(2))
        merged: dict[tuple[str, str], tuple[int, dict[str, Stat]]] = {}
        for layout, same in groupby(samples, key=itemgetter(2)):
            _merge(merged, layouts[layout], [row[3] for row in same])
        yield from _minute(segment, minute, merged, devices)


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


def _minute(
    segment: int, minute: int, merged: Mapping[tuple[str, str], tuple[int, dict[str, Stat]]], devices: Devices
) -> Iterator[tuple[str, Rows]]:
    """Yield a minute, family by family: a metric's own n is NULL where it equals the row's."""
    for family, members in groupby(sorted(merged), key=itemgetter(0)):
        names = [metric.name for metric in RECORDED[family]]
        rows: Rows = []
        for key in members:
            count, stats = merged[key]
            row: list[int | None] = [devices[key], minute, segment, count]
            for name in names:
                n, *rest = stats.get(name, _EMPTY)
                row += [None if n == count else n, *rest]
            rows.append(row)
        yield _insert(family, names), rows


def _insert(family: str, names: Iterable[str]) -> str:
    columns_ = ["device", "time", "segment", "n", *(f"{name}_{part}" for name in names for part in _PARTS)]
    marks = ", ".join("?" * len(columns_))
    return f"INSERT OR REPLACE INTO {table(family, '1m')} ({', '.join(columns_)}) VALUES ({marks})"  # noqa: S608  names of the catalogue


def roll_up(db: sqlite3.Connection, segment: int, below: Tier, tier: Tier, *, start: int, end: int) -> None:
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
