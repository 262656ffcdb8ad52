"""Notices that wait: which are due, how they are gathered, when one that was not taken is tried again. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Final

from tuimon.model.alerting import Notice

HOUR: Final = 3600.0
KEPT: Final = 7 * 86400.0
"""Seconds after which a notice that nobody took is given up."""
LONGEST_PAUSE: Final = 1800.0


@dataclass(slots=True)
class Outbox:
    """What waits for one target. `pause` is the first pause after a failure, doubled with each further one."""

    group: float
    an_hour: int
    pause: float = 15.0
    waiting: list[Notice] = field(default_factory=list)
    sent: list[float] = field(default_factory=list)

    def add(self, notice: Notice) -> None:
        """Take a notice."""
        self.waiting.append(notice)

    def drop(self, ids: Iterable[int]) -> None:
        """Forget notices: they were taken, or are wanted no more."""
        gone = set(ids)
        self.waiting = [one for one in self.waiting if one.id not in gone]

    def batch(self, now: float) -> tuple[Notice, ...]:
        """Return what is to be sent now as one message: nothing before the first of them has waited for its group."""
        self.sent = [at for at in self.sent if at > now - HOUR]
        ready = [one for one in self.waiting if one.due_at <= now]
        if not ready or len(self.sent) >= self.an_hour:
            return ()
        oldest = min(max(one.made_at, one.due_at if one.tries else 0.0) for one in ready)
        if now < oldest + self.group and not any(one.tries for one in ready):
            return ()
        return tuple(ready)

    def taken(self, batch: tuple[Notice, ...], now: float) -> tuple[int, ...]:
        """Take note that a message was taken; return which notices are done."""
        self.sent.append(now)
        done = tuple(one.id for one in batch)
        self.drop(done)
        return done

    def refused(self, batch: tuple[Notice, ...], now: float, error: str) -> tuple[tuple[Notice, ...], tuple[int, ...]]:
        """Take note that a message was not taken; return the notices as they wait now, and which are given up."""
        ids = {one.id for one in batch}
        again, given_up = [], []
        for one in self.waiting:
            if one.id not in ids:
                continue
            if now - one.made_at > KEPT:
                given_up.append(one.id)
            else:
                pause = min(LONGEST_PAUSE, self.pause * 2**one.tries)
                again.append(replace(one, tries=one.tries + 1, due_at=now + pause, error=error))
        by_id = {one.id: one for one in again}
        self.waiting = [by_id.get(one.id, one) for one in self.waiting if one.id not in given_up]
        return tuple(again), tuple(given_up)
