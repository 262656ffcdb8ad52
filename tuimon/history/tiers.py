"""The tiers of the history, and how long each is kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from tuimon.model.snapshot import Tier

DAY: Final = 86400.0

WIDTHS: Final[dict[Tier, int]] = {"1s": 1, "1m": 60, "5m": 300, "1h": 3600}
"""Tier -> seconds that one of its rows covers, finest first. The finest tier's true step is the interval."""

COARSE: Final[tuple[Tier, ...]] = ("1m", "5m", "1h")
"""The tiers that are plain rows, each made from the one before it."""


@dataclass(frozen=True, slots=True)
class Retention:
    """For how many seconds each tier is kept."""

    samples: float = DAY
    minutes: float = 7 * DAY
    five_minutes: float = 30 * DAY
    hours: float = 365 * DAY
    processes: float = 7 * DAY
    processes_minute: float = 30 * DAY

    def of(self, tier: Tier) -> float:
        """Return how long a tier of metrics is kept."""
        return {"1s": self.samples, "1m": self.minutes, "5m": self.five_minutes, "1h": self.hours}[tier]
