"""What a history holds, what it takes, and what becomes of it."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from tuimon.history import parts, prune, spans, store
from tuimon.history.blocks import SERIES_BITS
from tuimon.history.errors import damaged
from tuimon.history.holders import Holder
from tuimon.history.lock import recorder_of
from tuimon.history.outlook import Outlook, Part, look_ahead
from tuimon.history.tiers import Retention
from tuimon.history.unsaved import Unsaved
from tuimon.history.view import View
from tuimon.model.snapshot import Span


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch in which nothing was recorded, between two in which something was, in epoch seconds."""

    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Description:
    """What `tuimon history info` tells of a file. Sizes in bytes, times in epoch seconds, lengths in seconds."""

    path: str
    bytes: int
    size_cap: int
    version: int
    machine_id: str
    host: str
    recorder: Holder | None  # who records into it now
    spans: tuple[Span, ...]
    seconds: float  # how much was recorded, gaps left out
    gaps: tuple[Gap, ...]  # oldest first
    steps_back: int  # of the wall clock
    series: int
    parts: tuple[Part, ...]
    bytes_per_value: float | None  # of the finest tier, all of its tables and indexes counted
    outlook: Outlook | None  # None: too little was recorded to say


def describe(path: str, kept: Retention | None = None, size_cap: int = 1 << 29) -> Description:
    """Look at a history that is kept as given. Raises HistoryError where it cannot be read."""
    path = str(path)
    db = store.open_reader(path)
    try:
        db.execute("BEGIN")
        return _describe(path, db, kept or Retention(), size_cap)
    except sqlite3.DatabaseError as error:
        raise damaged(path, error) from error
    finally:
        db.close()


def _describe(path: str, db: sqlite3.Connection, kept: Retention, size_cap: int) -> Description:
    view = View(db, Unsaved())
    stretches = view.spans()
    measured = parts.measure(db, view, kept)
    recorded = parts.Recorded(view)
    seconds = recorded.seconds(recorded.first)
    machine = db.execute("SELECT value FROM meta WHERE key = 'machine_id'").fetchone()
    host = db.execute("SELECT name FROM host ORDER BY id DESC LIMIT 1").fetchone()
    values = _values(db)
    limit = prune.limit(size_cap)
    return Description(
        path=path,
        bytes=store.size_of(path),
        size_cap=size_cap,
        version=store.version_of(db),
        machine_id=machine[0] if machine else "",
        host=host[0] if host else "",
        recorder=recorder_of(path),
        spans=spans.read(view),
        seconds=seconds,
        gaps=_gaps(recorded.stretches),
        steps_back=len({segment for _, segment, _, _ in stretches}) - 1 if stretches else 0,
        series=db.execute("SELECT count(*) FROM series").fetchone()[0],
        parts=measured,
        bytes_per_value=measured[0].bytes / values if values else None,
        outlook=look_ahead(measured, store.used_bytes(db), limit) if seconds >= parts.ENOUGH else None,
    )


def _gaps(stretches: list[tuple[float, float]]) -> tuple[Gap, ...]:
    """Return where nothing was recorded between stretches, which may overlap where the clock went back."""
    found = []
    until = stretches[0][1] if stretches else 0.0
    for start, end in stretches:
        if start > until:
            found.append(Gap(until, start))
        until = max(until, end)
    return tuple(found)


def _values(db: sqlite3.Connection) -> int:
    """Return how many numbers the finest tier has: a batch has one of each of its series for each of its samples."""
    values: int = db.execute(
        "SELECT coalesce(sum(n.blocks * b.count), 0) FROM batch b JOIN "
        "(SELECT id >> ? AS batch, count(*) AS blocks FROM block GROUP BY 1) n ON n.batch = b.id",
        (SERIES_BITS,),
    ).fetchone()[0]
    widths = {id_: text.count(",") + 1 for id_, text in db.execute("SELECT id, series FROM layout")}
    for layout, count in db.execute("SELECT layout, sum(count) FROM live GROUP BY layout"):
        values += widths[layout] * count
    return values
