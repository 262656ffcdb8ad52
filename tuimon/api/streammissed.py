"""What a client missed while it was away: the recorded samples, a few at a time."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Any, Final, NamedTuple

from tuimon.api.streamclients import SAME
from tuimon.model.snapshot import Frame
from tuimon.protocols import Archive

MOST_MISSED: Final = 600
"""Samples that are read for a client that comes again; what is older it can ask for by itself."""
AT_ONCE: Final = 20
"""Samples that are read in one go: other questions about the past are answered between them."""

Ask = Callable[[Callable[[Archive], Any]], Awaitable[Any]]
"""Asks the past, in the thread that reads it."""


class Past(NamedTuple):
    """One of them: its moment and what is sent of it."""

    time: float
    text: bytes


class Missed:
    """Reads what was recorded after a moment. `skipped` is the span that is too long ago, once something was read.

    `encode` writes a frame, in the thread that reads.
    """

    def __init__(self, ask: Ask, since: float, interval: float, encode: Callable[[Frame], bytes]) -> None:
        self._encode = encode
        self.until = since
        self.skipped: tuple[float, float] | None = None
        self._ask = ask
        self._longest = MOST_MISSED * interval
        self._left = MOST_MISSED

    async def begin(self) -> None:
        """Find out from where on the samples are read."""
        self.skipped = await self._ask(self._too_old)
        if self.skipped is not None:
            self.until = self.skipped[1]

    def _too_old(self, archive: Archive) -> tuple[float, float] | None:
        newest = max((span.end for span in archive.spans()), default=self.until)
        first = newest - self._longest
        return (self.until, first) if first > self.until + SAME else None

    async def frames(self) -> AsyncGenerator[list[Past], None]:
        """Yield them, oldest first, until there are no more."""
        while self._left > 0 and (found := await self._ask(self._some)):
            self.until = found[-1].time
            self._left -= len(found)
            yield found

    def _some(self, archive: Archive) -> list[Past]:
        found: list[Past] = []
        at = self.until
        while len(found) < min(AT_ONCE, self._left):
            after = archive.neighbours(at + SAME)[1]
            frame = None if after is None else archive.frame(after)
            if after is None or frame is None or frame.snapshot.time <= at:
                break
            at = frame.snapshot.time
            found.append(Past(at, self._encode(frame)))
        return found
