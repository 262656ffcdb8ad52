"""Fields of processes that are costly to read: read of those that a client asks about, while it goes on asking."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Sequence
from typing import Final

from tuimon.model.process import COSTLY, NOTHING, Wanted
from tuimon.model.snapshot import Frame
from tuimon.protocols import Source

MOST: Final = 200
"""Processes at a time: each costs some file reads with each sample."""
KEPT_SECONDS: Final = 10.0
"""For how long they are read on after they were asked for."""
PATIENCE_SECONDS: Final = 3.0
"""A client waits so long at the most for the sample that has them."""
LOOK_SECONDS: Final = 0.02


def costly(fields: Iterable[str]) -> frozenset[str]:
    """Return which costly fields must be read to know some fields."""
    wanted = set(fields)
    return COSTLY & (wanted | ({"cgroup"} if "container" in wanted else set()))


class Looking:
    """Tells the source whom clients look at. Belongs to the event loop."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._until: dict[int, float] = {}
        self._fields: dict[str, float] = {}
        self._timer: asyncio.TimerHandle | None = None

    async def at(self, frame: Frame, pids: Sequence[int], fields: frozenset[str]) -> Frame:
        """Return a frame in which these fields of the first processes are known, as far as they may be."""
        pids = pids[:MOST]
        if not self._note(pids, fields):
            return frame
        due, end = frame.tick + 2, time.monotonic() + PATIENCE_SECONDS  # a sample may have begun already
        while time.monotonic() < end:
            newest = self._source.newest() or frame
            if newest.tick >= due or (newest.tick > frame.tick and _known(newest, set(pids), fields)):
                return newest
            await asyncio.sleep(LOOK_SECONDS)
        return self._source.newest() or frame

    def _note(self, pids: Sequence[int], fields: frozenset[str]) -> bool:
        """Look at more, for a time; return whether any of it is new."""
        now = time.monotonic()
        self._forget(now)
        new = not (self._until.keys() >= set(pids) and self._fields.keys() >= fields)
        fresh = dict.fromkeys(pids, now + KEPT_SECONDS)
        self._until = {pid: until for pid, until in self._until.items() if pid not in fresh} | fresh
        self._fields |= dict.fromkeys(fields, now + KEPT_SECONDS)
        for pid in [*self._until][: max(0, len(self._until) - MOST)]:
            del self._until[pid]
        self._tell()
        return new

    def _forget(self, now: float) -> None:
        self._until = {pid: until for pid, until in self._until.items() if until > now}
        self._fields = {name: until for name, until in self._fields.items() if until > now}

    def _tell(self) -> None:
        wanted = Wanted(shown=frozenset(self._fields)) if self._until else NOTHING
        self._source.look_at(tuple(self._until), wanted)
        if self._timer is not None:
            self._timer.cancel()
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(KEPT_SECONDS, self._look_away) if self._until else None

    def _look_away(self) -> None:
        self._timer = None
        self._forget(time.monotonic())
        self._tell()


def _known(frame: Frame, pids: set[int], fields: frozenset[str]) -> bool:
    found = [one for one in frame.snapshot.processes if one.pid in pids]
    return all(getattr(one, name) is not None for one in found for name in fields)
