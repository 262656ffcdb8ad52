"""The machine's clocks, and when the next sample is due."""

from __future__ import annotations

import time
from dataclasses import dataclass


class SystemClock:
    """The real clocks."""

    now = staticmethod(time.time)
    monotonic = staticmethod(time.monotonic)


@dataclass(frozen=True, slots=True)
class Pace:
    """When the next sample is due, on the monotonic clock, and the steps from there: `steps` first, then `interval`s."""

    due: float
    interval: float
    steps: tuple[float, ...] = ()

    @staticmethod
    def begin(now: float, interval: float, first_pair: float) -> Pace:
        """Return the pace of a loop that samples now, again after `first_pair`, then at each interval from the first."""
        return Pace(now, interval, (first_pair, interval - first_pair) if first_pair < interval else ())

    def after(self, now: float) -> Pace:
        """Return the pace once a sample is made: one that is late is not caught up with, the steps go on from now."""
        step = self.steps[0] if self.steps else self.interval
        return Pace(max(self.due + step, now), self.interval, self.steps[1:])
