"""What the outside world asks of the machine: requests a second, by the hour and by chance."""

from __future__ import annotations

import math
from random import Random
from typing import Final

from tuimon.collectors.simulated.noise import Drift

DAY: Final = 86400.0
BURST_EVERY: Final = 210.0


def daylight(second: float) -> float:
    """Return the share of the day's mean traffic at a second of the (UTC) day: low at 04:00, high at 14:00-20:00."""
    angle = 2 * math.pi * (second % DAY) / DAY
    return 1.0 - 0.42 * math.cos(angle - 1.0) - 0.13 * math.cos(2 * angle - 0.6)


class Traffic:
    """Requests a second: the hour's share, slow drift, fast noise, and bursts now and then."""

    __slots__ = ("_burst_ends", "_burst_size", "_fast", "_mean", "_next_burst", "_random", "_slow", "age")

    def __init__(self, random: Random, mean: float) -> None:
        """Serve `mean` requests a second over a day."""
        self._random = random
        self._mean = mean
        self._slow = Drift(random, tau=120.0, spread=0.16)
        self._fast = Drift(random, tau=2.5, spread=0.13)
        self._next_burst = random.expovariate(1 / BURST_EVERY)
        self._burst_ends = self._burst_size = 0.0
        self.age = 0.0

    def advance(self, second: float, step: float) -> float:
        """Move on by `step` seconds to a second of the day; return the mean requests a second on the way."""
        self.age += step
        if self.age >= self._next_burst:
            self._burst_size = self._random.uniform(0.3, 1.1)
            self._burst_ends = self.age + self._random.uniform(4.0, 22.0)
            self._next_burst = self._burst_ends + self._random.expovariate(1 / BURST_EVERY)
        burst = self._burst_size if self.age < self._burst_ends and step < 30.0 else 0.0
        return self._mean * daylight(second) * self._slow.advance(step) * self._fast.advance(step) * (1.0 + burst)
