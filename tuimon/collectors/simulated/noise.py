"""Randomness with a memory: what machines do is neither flat nor white noise."""

from __future__ import annotations

import math
from random import Random


class Drift:
    """A value that wanders about 1 and comes back (an Ornstein-Uhlenbeck process), never under `floor`."""

    __slots__ = ("_floor", "_kept", "_kick", "_random", "_spread", "_step", "_tau", "value")

    def __init__(self, random: Random, tau: float, spread: float, floor: float = 0.05) -> None:
        """Wander with a standard deviation of `spread`, forgetting over `tau` seconds."""
        self._random = random
        self._tau = tau
        self._spread = spread
        self._floor = floor
        self._step = self._kept = self._kick = 0.0
        self.value = 1.0

    def advance(self, step: float) -> float:
        """Move on by `step` seconds and return the new value."""
        if step != self._step:
            self._step = step
            self._kept = math.exp(-step / self._tau)
            self._kick = self._spread * math.sqrt(1 - self._kept * self._kept)
        moved = 1.0 + (self.value - 1.0) * self._kept + self._kick * self._random.gauss(0.0, 1.0)
        self.value = max(moved, self._floor)
        return self.value


class Lag:
    """A value that follows another with inertia: temperatures, pressure averages."""

    __slots__ = ("_tau", "value")

    def __init__(self, value: float, tau: float) -> None:
        """Begin at `value` and follow over `tau` seconds."""
        self.value = value
        self._tau = tau

    def advance(self, target: float, step: float) -> float:
        """Move towards `target` for `step` seconds and return the new value."""
        self.value += (target - self.value) * (1 - math.exp(-step / self._tau))
        return self.value


class Whole:
    """Turns amounts that have fractions into whole counts, and loses nothing: the rest is carried over."""

    __slots__ = ("_rest",)

    def __init__(self) -> None:
        self._rest = 0.0

    def take(self, amount: float) -> int:
        """Add an amount and return the whole part that is due."""
        self._rest += amount
        due = int(self._rest)
        self._rest -= due
        return due
