"""Which processes came and went in a span, from the table of lifetimes: it has all of them, not only the biggest."""

from __future__ import annotations

from typing import Any

from tuimon.history.view import View
from tuimon.model.difference import Lifetime

COLUMNS = (
    "l.pid, l.started_at, l.ppid, n.value, u.value, c.value, l.first_seen, l.last_seen FROM life l "
    "LEFT JOIN text n ON n.id = l.name LEFT JOIN text u ON u.id = l.user LEFT JOIN text c ON c.id = l.command"
)


def read(view: View, start: float, end: float) -> tuple[Lifetime, ...]:
    """Return the processes that were first seen, or were gone, in (start, end] (epoch seconds), the newest first.

    Those that were there when the recording began are not known to have come: they are left out, unless they went.
    """
    low, high = round(start * 1000), round(end * 1000)
    rows = view.db.execute(
        f"SELECT {COLUMNS} WHERE (l.first_seen > ? AND l.first_seen <= ?) OR (l.last_seen >= ? AND l.last_seen < ?)",
        (low, high, low, high),
    ).fetchall()
    begun = {first for _, _, first, _ in view.spans()}
    found = [lifetime(row) for row in rows if (low < row[6] <= high and row[6] not in begun) or row[7] is not None]
    known = {(life.pid, life.started_at) for life in found}
    found += [
        Lifetime(life.pid, life.started_at, life.ppid, life.name, life.user, life.command, life.started_at, None)
        for life in view.unsaved.lives.values()
        if start < life.started_at <= end and (life.pid, life.started_at) not in known
    ]
    return tuple(sorted(found, key=lambda life: (-life.first_seen, life.pid)))


def lifetime(row: tuple[Any, ...]) -> Lifetime:
    """Return a row of COLUMNS as a value."""
    pid, started_at, ppid, name, user, command, first, last = row
    return Lifetime(
        pid,
        started_at,
        ppid,
        name or "",
        user or "",
        command or "",
        first / 1000,
        None if last is None else last / 1000,
    )
