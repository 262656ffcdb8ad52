"""What time demands of a history: rolling up, sealing, pruning. Called by the writer, driven by the samples' times."""

from __future__ import annotations

import sqlite3

from tuimon.history import blocks, processes, prune, rollup
from tuimon.history.registry import Registry
from tuimon.history.tiers import Retention

_RESERVE: int = 8 << 20


class Housekeeping:
    """Remembers what was done for which minute, batch and hour; the caller's transactions hold what it does."""

    def __init__(self, retention: Retention, size_cap: int) -> None:
        self._retention = retention
        # room for the write-ahead log, the hot rows of a batch, and what a prune itself writes
        self._limit = size_cap - min(_RESERVE, size_cap // 4)
        self._sealing: blocks.Sealing | None = None
        self._minute = self._batch = self._hour = self._running = -1

    def tick(self) -> None:
        """Go on with what is done a little each tick."""
        if self._sealing is not None and not self._sealing.done:
            self._sealing.step()

    def run(self, db: sqlite3.Connection, registry: Registry, segment: int, now: float) -> None:
        """Do what is due at `now`, after the samples up to then were written."""
        minute = int(now // 60)
        sealed = self._sealing is not None and self._sealing.done
        if self._sealing is not None and sealed:
            self._sealing.store(db)
            self._sealing = None
        if minute != self._minute:
            self._roll(db, registry, segment, int(now))
            self._prune(db, now)
        if self._sealing is None and (sealed or minute != self._minute):
            self._begin_sealing(db, registry, segment)
        self._running = minute

    def committed(self, db: sqlite3.Connection) -> None:
        """Note that the transaction of `run` is in the file, and give free pages back once a minute."""
        if self._running != self._minute:
            self._minute = self._running
            self._batch, self._hour = self._minute // 10, self._minute // 60
            prune.vacuum(db)

    def _roll(self, db: sqlite3.Connection, registry: Registry, segment: int, now: int) -> None:
        """Finish the segments that a step back of the clock ended, then bring the present one up to now."""
        for (old,) in db.execute("SELECT DISTINCT segment FROM sample WHERE segment < ?", (segment,)).fetchall():
            rollup.finish(db, old, registry.layouts, registry.devices)
        rollup.advance(db, segment, now, registry.layouts, registry.devices)
        for level in processes.LEVELS:
            processes.seal(db, level, segment, now)

    def _begin_sealing(self, db: sqlite3.Connection, registry: Registry, segment: int) -> None:
        found = blocks.due(db, segment, rollup.rolled_to(db, segment))
        self._sealing = blocks.Sealing(db, *found, registry.layouts) if found else None

    def _prune(self, db: sqlite3.Connection, now: float) -> None:
        minute = int(now // 60)
        if minute // 10 != self._batch:
            prune.drop_samples(db, now - self._retention.samples)
        if minute // 60 != self._hour:
            prune.by_age(db, now, self._retention)
            prune.drop_lives(db, now, self._retention)
        prune.by_size(db, self._limit)
