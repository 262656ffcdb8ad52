"""The parts of a history measured: what each holds, takes, and takes more with each second recorded."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from tuimon.history import prune, store
from tuimon.history.hot import between as hot_rows
from tuimon.history.outlook import Part
from tuimon.history.schema import table
from tuimon.history.tiers import COARSE, WIDTHS, Retention
from tuimon.history.view import View
from tuimon.model.catalogue import RECORDED
from tuimon.model.snapshot import Tier

ENOUGH: Final = 1800.0
"""Seconds of recording from which on a rate says something: before that most samples wait to be sealed."""

_PACKED: Final = 0.88
"""The share of a page that is in use in tables of many pages."""
_SEALED: Final = 0.4
"""What sealing leaves of hot rows, until a batch of this history says so itself."""
_SURE: Final = 400_000
"""Bytes from which on a table's own pages say what a row takes: in smaller ones empty pages weigh more."""
_COLUMN: Final = 1.6
"""Bytes of one number of a coarse row."""
_NAMES: Final = ("life", "text", "sqlite_autoindex_text_1")

Pages = Mapping[str, tuple[int, int]]
"""Table or index -> the bytes of its pages, and how many of them are in use."""


class Recorded:
    """The stretches that were recorded, as (start, end) in epoch seconds."""

    def __init__(self, view: View) -> None:
        self.stretches = sorted((start / 1000, end / 1000) for _, _, start, end in view.spans())
        self.first = self.stretches[0][0] if self.stretches else 0.0
        self.newest = max((end for _, end in self.stretches), default=0.0)

    def seconds(self, since: float, until: float | None = None) -> float:
        """Return how much was recorded between two moments."""
        last = self.newest if until is None else until
        return sum(max(0.0, min(end, last) - max(start, since)) for start, end in self.stretches)


def measure(db: sqlite3.Connection, view: View, kept: Retention) -> tuple[Part, ...]:
    """Return the parts of a history, the samples first."""
    recorded = Recorded(view)
    pages = _pages(db)
    first = [
        _samples(db, view, recorded, kept, pages),
        *_processes(db, recorded, kept, pages),
        *_names(db, recorded, kept, pages),
    ]
    others = store.used_bytes(db) - sum(part.bytes for part in first)
    coarse = _coarse(db, view, recorded, kept, _weights(db, pages, others))
    rest = others - sum(part.bytes for part in coarse)
    return (first[0], *coarse, *first[1:], Part("rest", 0, max(rest, 0)))


def _pages(db: sqlite3.Connection) -> Pages:
    """Return what every table and index takes, nothing where this SQLite cannot tell (no dbstat)."""
    try:
        rows = db.execute("SELECT name, pgsize, pgsize - unused FROM dbstat WHERE aggregate = TRUE").fetchall()
    except sqlite3.OperationalError:
        return {}
    return {name: (size, used) for name, size, used in rows}


def _size(pages: Pages, names: Sequence[str], estimate: Callable[[], float]) -> int:
    """Return the bytes of some tables, as estimated where their pages are not known."""
    return sum(pages.get(name, (0, 0))[0] for name in names) if pages else int(estimate())


def _samples(db: sqlite3.Connection, view: View, recorded: Recorded, kept: Retention, pages: Pages) -> Part:
    count, start, end = db.execute('SELECT coalesce(sum(count), 0), min(start), max("end") FROM batch').fetchone()
    hot, waiting = db.execute("SELECT coalesce(sum(count), 0), sum(length(samples)) FROM live").fetchone()
    data = "SELECT coalesce(sum(length(data) + 10), 0) FROM block"
    sealed = _size(pages, ("block", "batch"), lambda: db.execute(data).fetchone()[0] / _PACKED)
    slots = "SELECT coalesce(sum(length(samples) + length(processes) + 24), 0) FROM hot"
    size = sealed + _size(pages, ("hot",), lambda: db.execute(slots).fetchone()[0] / _PACKED)
    since = max(recorded.first, view.tiers["1s"].kept_from)
    took = recorded.seconds(start / 1000, end / 1000) if start is not None else 0.0
    rate = sealed / took if took else _SEALED * (waiting or 0) / max(recorded.seconds(since), 1.0)
    return Part("samples", count + hot, size, since or None, recorded.seconds(since), kept.samples, rate)


def _coarse(
    db: sqlite3.Connection, view: View, recorded: Recorded, kept: Retention, weights: Mapping[str, tuple[float, float]]
) -> list[Part]:
    """Return the coarse tiers; one that has hardly begun is judged by the one below it."""
    found: list[Part] = []
    a_second = a_row = 0.0  # rows a second, by the width of the tier: devices that were there
    for tier in COARSE:
        rows = sum(_count(db, family, tier) for family in RECORDED)
        since = max(recorded.first, view.tiers[tier].kept_from)
        seconds = recorded.seconds(since)
        size, sure = weights[tier]
        if rows and seconds >= 12 * WIDTHS[tier]:
            a_second = rows / seconds * WIDTHS[tier]
        if rows and (size >= _SURE or not a_row):
            a_row = sure / rows / _PACKED if size < _SURE else size / rows
        rate = a_second * a_row / WIDTHS[tier]
        found.append(Part(tier, rows, int(size), since or None, seconds, kept.of(tier), rate))
    return found


def _count(db: sqlite3.Connection, family: str, tier: Tier) -> int:
    count: int = db.execute(f"SELECT count(*) FROM {table(family, tier)}").fetchone()[0]  # noqa: S608  a name of the catalogue
    return count


def _weights(db: sqlite3.Connection, pages: Pages, others: int) -> dict[str, tuple[float, float]]:
    """Return the bytes of each coarse tier's pages, and of those in use; without dbstat `others` is shared out."""
    if pages:
        sums = {tier: [pages.get(table(family, tier), (0, 0)) for family in RECORDED] for tier in COARSE}
        return {tier: (sum(size for size, _ in found), sum(used for _, used in found)) for tier, found in sums.items()}
    numbers = {
        tier: sum(_count(db, family, tier) * (4 + 4 * len(metrics)) for family, metrics in RECORDED.items())
        for tier in COARSE
    }
    each = min(others / max(sum(numbers.values()), 1), _COLUMN)
    return {tier: (count * each, count * each * _PACKED) for tier, count in numbers.items()}


def _processes(db: sqlite3.Connection, recorded: Recorded, kept: Retention, pages: Pages) -> list[Part]:
    lengths = {
        level: (count, data, start, end)
        for level, count, data, start, end in db.execute(
            'SELECT level, sum(count), sum(length(data) + 30), min(start), max("end") FROM process_block GROUP BY level'
        )
    }
    total = sum(data for _, data, _, _ in lengths.values())
    size = _size(pages, ("process_block", "process_block_start"), lambda: total / _PACKED)
    hot = [(level, len(data)) for run in hot_rows(db, 0, 1 << 60) for level, _, _, data in run.process_rows()]
    found = []
    for name, level, keep in (("processes", 5, kept.processes), ("processes_minute", 60, kept.processes_minute)):
        count, data, start, end = lengths.get(level, (0, 0, None, None))
        took = recorded.seconds(start / 1000, end / 1000 + level) if start is not None else 0.0
        bytes_ = int(size * data / total) if total else 0
        waiting = [length for of_level, length in hot if of_level == level]
        oldest = recorded.newest - level * len(waiting) if waiting else None
        since = start / 1000 if start is not None else oldest and max(oldest, recorded.first)
        seconds = recorded.seconds(since) if since is not None else 0.0
        rate = bytes_ / took if took else _SEALED * sum(waiting) / max(seconds, level)
        found.append(Part(name, count + len(waiting), bytes_, since, seconds, keep, rate))
    return found


def _names(db: sqlite3.Connection, recorded: Recorded, kept: Retention, pages: Pages) -> list[Part]:
    """Return what the names of processes take: those at the top are kept as long as the lists, others for a day."""
    counts = {
        ranked: (count, came)
        for ranked, count, came in db.execute(
            "SELECT ranked, count(*), sum(first_seen > ?) FROM life GROUP BY ranked", (recorded.first * 1000 + 60_000,)
        )
    }
    size = _size(pages, _NAMES, lambda: 60 * sum(count for count, _ in counts.values()))
    each = size / max(sum(count for count, _ in counts.values()), 1)
    found = []
    longest = max(kept.processes, kept.processes_minute)
    for name, ranked, keep in (("names", 1, longest), ("passing", 0, prune.LIVES_SECONDS)):
        count, came = counts.get(ranked, (0, 0))
        seconds = min(recorded.seconds(recorded.first), keep)
        rate = each * came / seconds if seconds else 0.0
        since = max(recorded.first, recorded.newest - keep) if count else None
        found.append(Part(name, count, int(each * count), since, seconds, keep, rate))
    return found
