"""Stretches of recorded time: where one ends, there is a gap."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from tuimon.history.hot import newest
from tuimon.history.tiers import WIDTHS
from tuimon.model.snapshot import Span

if TYPE_CHECKING:
    from tuimon.history.view import View


class Stretch:
    """A stretch without a gap, in ms; it grows while it is the newest."""

    __slots__ = ("end", "id", "segment", "start")

    def __init__(self, id_: int, segment: int, start: int, end: int) -> None:
        self.id = id_
        self.segment = segment
        self.start = start
        self.end = end


class Stretches:
    """Follows the samples' times: a new stretch begins with each gap and each step back of the clock."""

    def __init__(self, db: sqlite3.Connection, interval: float) -> None:
        self._limit = round(2500 * interval) + 1000
        row = db.execute('SELECT id, segment, start, "end" FROM span ORDER BY id DESC LIMIT 1').fetchone()
        self._newest = Stretch(*row) if row else Stretch(0, 0, 0, 0)
        self._unsaved: dict[int, Stretch] = {}
        last = newest(db)
        if last and last[0] == self._newest.segment and last[1] > self._newest.end:  # it was not closed
            self._newest.end = last[1]
            self._unsaved[self._newest.id] = self._newest
        self._written = (self._newest.id, 0)
        self._writing = False

    def take(self, segment: int, time: int, elapsed: float | None) -> None:
        """Note a sample. `elapsed` (seconds) is what the sampler knows of the time since the one before."""
        newest = self._newest
        allowed = max(self._limit, round(1500 * elapsed) + 1000 if elapsed else 0)
        if newest.segment != segment or time - newest.end > allowed:
            newest = self._newest = Stretch(newest.id + 1, segment, time, time)
        newest.end = time
        self._unsaved[newest.id] = newest

    def unwritten(self) -> tuple[tuple[int, int, int, int], ...]:
        """Return the rows that are not in the file yet, or not with their present end."""
        return tuple((s.id, s.segment, s.start, s.end) for s in self._unsaved.values())

    def save(self, db: sqlite3.Connection) -> None:
        """Write what is new; of a stretch that only grows, its end every ten minutes: the hot rows know it."""
        self._writing = self._mark() != self._written
        if not self._writing:
            return
        db.executemany(
            'INSERT INTO span VALUES (?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET "end" = excluded."end"',
            self.unwritten(),
        )

    def saved(self) -> None:
        """Forget what was new: the transaction was committed."""
        if self._writing:
            self._written = self._mark()
            self._unsaved.clear()

    def finish(self) -> None:
        """Have the next `save` write all there is: it is the last one."""
        self._written = (-1, 0)

    def _mark(self) -> tuple[int, int]:
        return self._newest.id, self._newest.end // 600_000


def read(view: View) -> tuple[Span, ...]:
    """Return the recorded stretches, oldest first, each cut where a coarser tier takes over."""
    found: list[Span] = []
    for _, _, first, last in view.spans():
        end = last / 1000
        for tier in WIDTHS:
            start = max(first / 1000, view.tiers[tier].kept_from)
            if start <= end:
                found.append(Span(start, end, tier))
                end = start
            if start <= first / 1000:
                break
    return tuple(sorted(found, key=lambda span: (span.start, span.end)))
