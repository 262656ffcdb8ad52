"""Recorded moments that are known here, and which of them follow each other without one between. Pure."""

from __future__ import annotations

from bisect import bisect_right, insort
from collections import OrderedDict
from collections.abc import Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from tuimon.model.snapshot import Frame

MOST: Final = 1000
"""Frames that are kept; those that were needed least lately go first."""
REACH: Final = 10.0
"""Seconds for which a recorded moment answers at the least, if there is no newer one (docs/history-format.md)."""


class Block(NamedTuple):
    """Moments in a row: `before` and `after` are those next to the first and the last, None at the ends of the history.

    `at` was asked for, `found` is the moment that answers for it, None: nothing was recorded of it.
    """

    at: float
    found: float | None
    before: float | None
    after: float | None
    frames: Sequence[Frame]


class Chain:
    """Frames by their moments (whole milliseconds inside, as the history keeps them), with the links between them."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._frames: OrderedDict[int, Frame] = OrderedDict()
        self._next: dict[int, int | None] = {}
        self._before: dict[int, int | None] = {}
        self._order: list[int] = []
        self._answers: OrderedDict[float, int | None] = OrderedDict()
        self.newest: float | None = None
        """The moment that none came after when it was read."""

    def __len__(self) -> int:
        return len(self._frames)

    def add(self, block: Block) -> None:
        """Take moments in a row. Of the newest one it stays unknown what comes after it."""
        times = [_ms(frame.snapshot.time) for frame in block.frames]
        for time, frame in zip(times, block.frames, strict=True):
            if time not in self._frames:
                insort(self._order, time)
            self._frames[time] = frame
            self._frames.move_to_end(time)
        before = None if block.before is None else _ms(block.before)
        row = [before, *times, *([_ms(block.after)] if block.after is not None else [])]
        for earlier, later in pairwise(row):
            if later is not None:
                self._before[later] = earlier
            if earlier is not None:
                self._next[earlier] = later
        if block.after is None and times:
            self.newest = times[-1] / 1000
        self.answered(block.at, block.found)
        self._forget()

    def answered(self, at: float, found: float | None) -> None:
        """Take note which moment answers for another, None: nothing was recorded of it."""
        self._answers[at] = None if found is None else _ms(found)
        while len(self._answers) > self._most:
            self._answers.popitem(last=False)

    def _forget(self) -> None:
        while len(self._frames) > self._most:
            time, _ = self._frames.popitem(last=False)
            self._order.remove(time)
            for links in (self._next, self._before):
                links.pop(time, None)

    def frame(self, at: float) -> tuple[bool, Frame | None]:
        """Return whether it is known what answers for a moment, and what does."""
        if at in self._answers:
            time = self._answers[at]
            if time is None or time in self._frames:
                return True, None if time is None else self._kept(time)
        moment = _ms(at)
        place = bisect_right(self._order, moment)
        if not place:
            return False, None
        time = self._order[place - 1]
        frame = self._frames[time]
        later = self._next.get(time)
        reach = 1000 * max(REACH, frame.snapshot.elapsed or 0.0)
        if time == moment or (later is not None and moment < later and moment - time <= reach):
            return True, self._kept(time)
        return False, None

    def _kept(self, time: int) -> Frame:
        self._frames.move_to_end(time)
        return self._frames[time]

    def neighbours(self, at: float) -> tuple[bool, tuple[float | None, float | None]]:
        """Return whether the moments next to another are known, and which they are."""
        moment = _ms(at)
        if moment in self._next and moment in self._before:
            return True, (_seconds(self._before[moment]), _seconds(self._next[moment]))
        place = bisect_right(self._order, moment)
        time = self._order[place - 1] if place else None
        later = self._next.get(time) if time is not None else None
        if time is not None and later is not None and time < moment < later:
            return True, (_seconds(time), _seconds(later))
        return False, (None, None)

    def ahead(self, at: float, way: int, most: int) -> tuple[int, float | None]:
        """Return how many moments are known in a row from one on, up to so many, and the last of them.

        The last is None where that is where the history ends, or where nothing is known at all.
        """
        found, links, count = self._at(at), self._next if way > 0 else self._before, 0
        if found is None:
            return 0, None
        while count < most:
            step = links.get(found, found)
            if step is None:
                return count, None
            if step == found or step not in self._frames:
                return count, _seconds(found)
            found, count = step, count + 1
        return count, _seconds(found)

    def _at(self, at: float) -> int | None:
        place = bisect_right(self._order, _ms(at))
        return self._order[place - 1] if place else None

    def after(self, at: float, way: int) -> float | None:
        """Return the moment next to a known one that way, if it is known."""
        links = self._next if way > 0 else self._before
        return _seconds(links.get(_ms(at)))


def _ms(time: float) -> int:
    return round(time * 1000)


def _seconds(time: int | None) -> float | None:
    return None if time is None else time / 1000
