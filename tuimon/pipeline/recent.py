"""The newest values of some series, for charts that move: a ring each, in equal steps of time."""

from __future__ import annotations

from typing import Final

from tuimon.model.metric import SeriesKey
from tuimon.model.snapshot import Snapshot, Window

DRIFT: Final = 0.1
"""The share of its lag by which the step follows the samples, lest jitter around an edge make gaps that never were."""

CROWD: Final = 256
"""From this many series on, those of devices that are long gone make room for new ones."""

Ring = list[float | None]


class Recent:
    """Keeps the last `capacity` steps of the series that are followed. A step without a sample is None: a gap.

    Steps are `interval` seconds long, with the samples in their middle; `steps` counts those gone since the first.
    Belongs to one thread.
    """

    def __init__(self, capacity: int = 600, interval: float = 1.0) -> None:
        self.capacity = capacity
        self.interval = interval
        self.steps = 0
        self._slot = 0
        self._at: float | None = None
        self._rings: dict[SeriesKey, Ring] = {}
        self._families: dict[str, dict[str, list[tuple[str, Ring]]]] = {}

    @property
    def newest_at(self) -> float | None:
        """The middle of the newest step in epoch seconds, None before the first."""
        return self._at

    def follow(self, key: SeriesKey) -> None:
        """Begin to keep a series; what went before is unknown until it is seeded."""
        if key in self._rings:
            return
        if len(self._rings) >= CROWD:
            self._forget_the_gone()
        ring: Ring = [None] * self.capacity
        self._rings[key] = ring
        self._families.setdefault(key.family, {}).setdefault(key.device, []).append((key.metric, ring))

    def _forget_the_gone(self) -> None:
        """Keep only series that have a value left: names of interfaces can churn for months."""
        self._rings = {key: ring for key, ring in self._rings.items() if any(value is not None for value in ring)}
        self._families = {}
        for key, ring in self._rings.items():
            self._families.setdefault(key.family, {}).setdefault(key.device, []).append((key.metric, ring))

    def append(self, snapshot: Snapshot) -> None:
        """Take the values of a new sample; one within the step of the last one replaces it."""
        self._move_to(snapshot.time)
        slot = self._slot
        for ring in self._rings.values():
            ring[slot] = None
        for family, devices in self._families.items():
            for item in snapshot.family(family):
                for metric, ring in devices.get(getattr(item, "device", ""), ()):
                    ring[slot] = getattr(item, metric)

    def seed(self, window: Window) -> None:
        """Fill the steps that are still empty with the averages of the past; a coarser step fills several."""
        if not window.times:
            return
        if self._at is None:
            self._at = window.end - self.interval / 2
        sources = self._places(window)
        for key, points in window.series.items():
            ring = self._rings.get(key)
            if ring is None:
                continue
            for slot, index in sources:
                if ring[slot] is None:
                    ring[slot] = points.average[index]

    def column(self, key: SeriesKey, count: int) -> Ring:
        """Return the last `count` values of a series, the newest last, None where there is none."""
        ring = self._rings.get(key)
        if ring is None:
            return [None] * count
        taken = min(count, self.capacity)
        end = self._slot + 1
        values = ring[end - taken : end] if taken <= end else ring[end - taken :] + ring[:end]
        lead: Ring = [None] * (count - taken)
        return lead + values if lead else values

    def _move_to(self, time: float) -> None:
        """Make the step that holds `time` the newest; a clock that went back just goes on with the next step."""
        if self._at is None:
            self._at = time
            return
        steps = round((time - self._at) / self.interval)
        if steps == 0:
            return
        if steps < 0:
            steps, self._at = 1, time - self.interval
        for _ in range(min(steps - 1, self.capacity)):
            self._slot = (self._slot + 1) % self.capacity
            for ring in self._rings.values():
                ring[self._slot] = None
        self._slot = (self._slot + 1) % self.capacity
        self.steps += steps
        self._at += steps * self.interval
        self._at += DRIFT * (time - self._at)

    def _places(self, window: Window) -> list[tuple[int, int]]:
        """Return (slot of the ring, index of the window) for each step that the window covers."""
        newest = self._at or 0.0
        places = []
        for back in range(self.capacity):
            index = int((newest - back * self.interval - window.times[0]) // window.step)
            if 0 <= index < len(window.times):
                places.append(((self._slot - back) % self.capacity, index))
        return places
