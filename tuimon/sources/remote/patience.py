"""How long is waited before a lost connection is tried again."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Final

FIRST: Final = 0.5
LONGEST: Final = 15.0


class Backoff:
    """Seconds to wait: twice as long each time, up to a bound, and never the same for all who wait."""

    def __init__(self, spread: Callable[[float, float], float] = random.uniform) -> None:
        self._spread = spread
        self._tries = 0

    def next(self) -> float:
        """Return how long is waited now: between half and all of what this try is due."""
        due = min(LONGEST, FIRST * 2.0 ** min(self._tries, 16))
        self._tries += 1
        return self._spread(due / 2, due)

    def reset(self) -> None:
        """Begin anew: it was there again."""
        self._tries = 0
