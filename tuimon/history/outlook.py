"""What becomes of a history: how it grows, how big it gets, and what a cap on its size will take. Arithmetic alone.

A history is made of parts that each grow with the time recorded until they reach back as far as they are kept. When
the cap is met, the parts pay in a fixed order (`prune.by_size`): names of processes until they take no more than their
share, then the finest first.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from tuimon.history.prune import NAMES_SHARE
from tuimon.history.tiers import DAY

PAYERS: Final = ("samples", "processes", "processes_minute", "1m", "5m", "1h")
"""The parts that the cap takes from, in that order."""


NAMES: Final = ("passing", "names")
"""The parts that pay first while they take more than their share: processes never at the top, and the others."""


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a history. Times of recording leave gaps out.

    `since` is the epoch second back to which it reaches, None where it holds nothing; `seconds` how much recording
    that is, `kept` how much it may be; `rate` are the bytes that a second of recording takes.
    """

    name: str  # one of PAYERS, of NAMES, `rest`
    rows: int
    bytes: int
    since: float | None = None
    seconds: float = 0.0
    kept: float = math.inf
    rate: float = 0.0

    def after(self, seconds: float) -> float:
        """Return the bytes that it takes after so much more recording."""
        return self.bytes + self.rate * (min(self.seconds + seconds, self.kept) - min(self.seconds, self.kept))

    @property
    def full(self) -> float:
        """The bytes that it takes once it reaches back as far as it is kept."""
        return self.after(max(self.kept - self.seconds, 0.0)) if self.rate else float(self.bytes)


@dataclass(frozen=True, slots=True)
class Outlook:
    """What becomes of a history that goes on to be recorded into without a pause, at the rate it has had.

    Lengths of time are seconds from now. `left` says of each part that the cap will have cut short how many seconds
    of it remain in the end.
    """

    bytes_per_day: float
    full_bytes: float
    full_in: float
    reached_in: float | None  # 0: the cap takes samples; None: it is never met
    left: Mapping[str, float]


def look_ahead(parts: Sequence[Part], used: int, limit: int) -> Outlook:
    """Return the outlook of a history of which so many bytes are used, and that a cap holds below `limit` bytes."""
    growing = [part for part in parts if part.rate and part.seconds < part.kept]
    full = sum(part.full for part in parts)
    return Outlook(
        bytes_per_day=sum(part.after(DAY) - part.bytes for part in growing),
        full_bytes=full,
        full_in=max((part.kept - part.seconds for part in growing), default=0.0),
        reached_in=0.0 if _in_force(parts) else _reached(growing, limit - used),
        left=_left(parts, full - limit, limit / NAMES_SHARE),
    )


_SLACK: Final = 1800.0
"""Seconds by which what is kept of the samples differs from what is wanted: they go in batches."""


def _in_force(parts: Sequence[Part]) -> bool:
    """Return whether the cap takes already: the samples reach back less far than they may, and than what was recorded."""
    samples = parts[0]
    recorded = max(part.seconds for part in parts)
    return samples.seconds < min(samples.kept, recorded) - _SLACK


def _reached(growing: Sequence[Part], room: float) -> float | None:
    """Return after how many seconds so many bytes of room are filled, None if never."""
    at = 0.0
    for until in sorted({part.kept - part.seconds for part in growing}):
        rate = sum(part.rate for part in growing if part.kept - part.seconds > at)
        if rate * (until - at) >= room:
            return at + max(room, 0.0) / rate
        room -= rate * (until - at)
        at = until
    return None


def _left(parts: Sequence[Part], excess: float, share: float) -> dict[str, float]:
    """Return what remains of the parts that pay for an excess of so many bytes, once all are full."""
    left: dict[str, float] = {}
    by_name = {part.name: part for part in parts}
    names = [by_name[name] for name in NAMES if name in by_name]
    beyond = sum(part.full for part in names) - share
    for part in names:
        paid = min(excess, beyond, part.rate * part.kept)
        if paid > 0:
            left[part.name] = part.kept - paid / part.rate
            excess -= paid
            beyond -= paid
    for part in (by_name[name] for name in PAYERS if name in by_name):
        if excess > 0 and part.rate:
            paid = min(excess, part.rate * part.kept)
            left[part.name] = part.kept - paid / part.rate
            excess -= paid
    return left
