"""What changed between two moments: metrics by how unusual the change is, processes that came, went or grew."""

from __future__ import annotations

from dataclasses import dataclass

from tuimon.model.metric import SeriesKey


@dataclass(frozen=True, slots=True)
class Lifetime:
    """One process as long as it was seen. `ended_at` is None while it lives; both times are epoch seconds."""

    pid: int
    started_at: float
    ppid: int
    name: str
    user: str
    command: str
    first_seen: float
    ended_at: float | None


@dataclass(frozen=True, slots=True)
class Change:
    """One metric at two moments, each the average of a minute around it.

    `usual` is the median of how far it moved over the same length of time elsewhere in the history, None where there
    is too little of it; `unusual_percent` is the share of those moves that were smaller than this one.
    """

    key: SeriesKey
    before: float
    after: float
    usual: float | None
    unusual_percent: float | None

    @property
    def score(self) -> float:
        """How far it moved in usual moves: what changes are ranked by."""
        moved = abs(self.after - self.before)
        return moved / self.usual if self.usual else 0.0


@dataclass(frozen=True, slots=True)
class Growth:
    """One process that was recorded at both moments; None where a figure was not known."""

    pid: int
    started_at: float
    name: str
    user: str
    rss_before_bytes: int
    rss_after_bytes: int
    cpu_before_percent: float | None
    cpu_after_percent: float | None

    @property
    def rss_growth_bytes(self) -> int:
        """How much more memory it holds."""
        return self.rss_after_bytes - self.rss_before_bytes


@dataclass(frozen=True, slots=True)
class Difference:
    """What is different at `after` from what was at `before` (epoch seconds, `before` the earlier).

    `reference` is the stretch of history that changes were weighed against, None where there is too little.
    """

    before: float
    after: float
    changes: tuple[Change, ...]
    appeared: tuple[Lifetime, ...]
    vanished: tuple[Lifetime, ...]
    grown: tuple[Growth, ...]
    reference: tuple[float, float] | None
