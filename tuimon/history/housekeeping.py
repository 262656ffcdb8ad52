"""What time demands of a history: rolling up, sealing, pruning. Called by the writer, driven by the samples' times."""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Callable
from typing import Final

from tuimon.history import blocks, prune, rollup
from tuimon.history.registry import Registry
from tuimon.history.tiers import Retention

_JUMP: Final = 3600.0
_DOUBT: Final = 600.0
"""For how long nothing is dropped for its age after the clock jumped, in seconds: a wrong clock is often set right soon,
and must not have cost the history until then."""

Job = Callable[[sqlite3.Connection, Registry, int, float], None]


class Housekeeping:
    """What was done for which minute, and what is still to do; the caller's transactions hold what it does.

    With each new minute the tiers are brought up to date at once, since reads rely on it. Everything else waits for
    one of the commits after it, a piece in each, so that no tick has to do all of it.
    """

    def __init__(self, retention: Retention, size_cap: int, texts_dropped: Callable[[], None]) -> None:
        self._retention = retention
        self._texts_dropped = texts_dropped
        self._limit = prune.limit(size_cap)
        self._eager = False
        self._sealing: blocks.Sealing | None = None
        self._minutes = rollup.Minutes()
        self._stored = False
        self._minute = self._hour = self._running = -1
        self._waiting: list[Job] = []
        self._last = self._trusted_from = math.inf

    def tick(self) -> None:
        """Go on with what is done a little each tick."""
        if self._sealing is not None and not self._sealing.done:
            self._sealing.step()

    def run(self, db: sqlite3.Connection, registry: Registry, segment: int, now: float) -> None:
        """Do what is due at `now`, after the samples up to then were written."""
        if self._sealing is not None and self._sealing.done:
            self._sealing.store(db)
            self._sealing = None
            self._waiting.append(self._seal)  # there may be more
        self._running = int(now // 60)
        if not 0 <= now - self._last < _JUMP:
            self._trusted_from = now + _DOUBT
        self._last = now
        if self._running == self._minute:
            for job in self._waiting[:1]:
                job(db, registry, segment, now)
            del self._waiting[:1]
            return
        self._eager = self._minute >= 0 and self._running != self._minute + 1  # commits are far apart: no tick waits
        for job in self._waiting:
            job(db, registry, segment, now)
        self._roll(db, registry, segment, int(now))
        self._waiting = [self._seal, self._prune]
        if self._running // 60 != self._hour:
            self._waiting.append(self._prune_by_age)
        if self._eager:
            for job in self._waiting:
                job(db, registry, segment, now)
            self._waiting.clear()

    def undone(self) -> None:
        """Note that the transaction of `run` is not in the file: what it did is to be done again."""
        self._minutes.forget()
        self._stored = False
        self._sealing = None

    def finish(self, db: sqlite3.Connection, registry: Registry, segment: int, now: float) -> None:
        """Put the minutes that are over into the file, for those who read it with nothing but SQLite."""
        self._eager = True
        self._roll(db, registry, segment, int(now))

    def committed(self, db: sqlite3.Connection) -> None:
        """Note that the transaction of `run` is in the file, and give free pages back once a minute."""
        if self._stored:
            self._minutes.forget()
        if self._running != self._minute:
            self._minute, self._hour = self._running, self._running // 60
            prune.vacuum(db)

    def _roll(self, db: sqlite3.Connection, registry: Registry, segment: int, now: int) -> None:
        """Finish the segments that a step back of the clock ended, then bring the present one up to now."""
        for (old,) in db.execute("SELECT DISTINCT segment FROM live WHERE segment < ?", (segment,)).fetchall():
            rollup.finish(db, old, registry.layouts, registry.devices)
        self._minutes.reckon(db, segment, now, registry.layouts, registry.devices)
        self._stored = self._eager or self._minutes.due(db, segment)
        if self._stored:
            self._minutes.store(db)

    def _seal(self, db: sqlite3.Connection, registry: Registry, segment: int, _now: float) -> None:
        if self._sealing is not None and self._eager:
            self._sealing.finish()
            self._sealing.store(db)
            self._sealing = None
        if self._sealing is None:
            rolled = rollup.rolled_to(db, segment)
            self._sealing = blocks.begin(db, segment, rolled, registry.layouts, eager=self._eager)

    def _prune(self, db: sqlite3.Connection, registry: Registry, _segment: int, now: float) -> None:
        registry.retire_layouts(db)
        if now >= self._trusted_from:
            prune.drop_sealed(db, now - self._retention.samples)
        if prune.by_size(db, self._limit):
            self._texts_dropped()

    def _prune_by_age(self, db: sqlite3.Connection, registry: Registry, _segment: int, now: float) -> None:
        if now < self._trusted_from:
            return
        prune.by_age(db, now, self._retention)
        prune.drop_lives(db, now, self._retention)
        self._texts_dropped()
        kept = self._retention
        if kept.samples <= max(kept.minutes, kept.five_minutes, kept.hours):  # then no block is left of a device either
            registry.retire_devices(db)
