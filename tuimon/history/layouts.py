"""The order in which one sample's numbers are packed: a numbered layout of series, new when devices change."""

from __future__ import annotations

import math
from collections.abc import Iterator
from operator import attrgetter
from typing import Any, Final, NamedTuple

from tuimon.history.codec import NONE
from tuimon.model.catalogue import RECORDED, WITH_DEVICES
from tuimon.model.metric import SeriesKey
from tuimon.model.snapshot import Snapshot

MAX_SERIES: Final = 2000
STALE: Final = "stale_seconds"
"""The metric of a device that keeps its last numbers while it does not answer."""


class Series(NamedTuple):
    """One series of the file: its number, its name, and the difference that one stored step is."""

    id: int
    key: SeriesKey
    resolution: float


class Layout(NamedTuple):
    """The series of a hot row, in order; `groups` are its (family, device, first position, past last)."""

    id: int
    series: tuple[Series, ...]

    def groups(self) -> Iterator[tuple[str, str, int, int]]:
        """Yield the runs of positions that belong to one device of one family."""
        first = 0
        for at in range(1, len(self.series) + 1):
            before = self.series[first].key
            if at == len(self.series) or self.series[at].key[:2] != before[:2]:
                yield before.family, before.device, first, at
                first = at


class Reader:
    """Takes the recorded numbers out of snapshots, in the catalogue's order, fast while the devices stay the same."""

    def __init__(self, limit: int = MAX_SERIES) -> None:
        self._limit = limit
        self._families = [_FamilyReader(name) for name in RECORDED if RECORDED[name]]
        self.devices: tuple[object, ...] = ()
        self.left_out = 0

    def changed(self, snapshot: Snapshot) -> bool:
        """Return whether the devices differ from those of the snapshot before; remember these."""
        devices = tuple([family.devices(snapshot) for family in self._families])
        if devices == self.devices:
            return False
        self.devices = devices
        return True

    def keys(self, snapshot: Snapshot) -> tuple[SeriesKey, ...]:
        """Return the series of a snapshot, bounded: devices past the limit are left out and counted."""
        keys: list[SeriesKey] = []
        self.left_out = 0
        for family in self._families:
            family.kept = None
            for at, device in enumerate(family.devices(snapshot)):
                if len(keys) + len(family.names) > self._limit:
                    family.kept = at if family.kept is None else family.kept
                    self.left_out += len(family.names)
                    continue
                keys.extend([SeriesKey(family.family, device, name) for name in family.names])
        return tuple(keys)

    def values(self, snapshot: Snapshot) -> list[float | None]:
        """Return the numbers of a snapshot in the order of `keys`."""
        found: list[float | None] = []
        for family in self._families:
            family.extend(found, snapshot)
        return found


class _FamilyReader:
    """Reads one family of a snapshot."""

    def __init__(self, family: str) -> None:
        self.family = family
        self.names = [metric.name for metric in RECORDED[family]]
        self.many = family in WITH_DEVICES
        self.kept: int | None = None  # how many of its devices fit under the limit; None: all
        attribute = "self_" if family == "self" else family
        self._family = attrgetter(attribute)
        self._numbers: Any = attrgetter(*self.names)  # a tuple of numbers where there are two or more names
        self._single = len(self.names) == 1
        self._stale = self.names.index(STALE) if STALE in self.names else -1

    def devices(self, snapshot: Snapshot) -> tuple[str, ...]:
        value = self._family(snapshot)
        if self.many:
            return tuple([item.device for item in value])
        return () if value is None else ("",)

    def extend(self, found: list[float | None], snapshot: Snapshot) -> None:
        value = self._family(snapshot)
        if value is None or self.kept == 0:
            return
        items = (value[: self.kept] if self.kept else value) if self.many else (value,)
        if self._single:
            found.extend([self._numbers(item) for item in items])
        else:
            for item in items:
                found.extend(self._numbers(item) if self._stale < 0 else self._fresh(item))

    def _fresh(self, item: object) -> tuple[float | None, ...]:
        """Return the numbers of an item; of one that has stopped answering only since when: the others are old."""
        numbers: tuple[float | None, ...] = self._numbers(item)
        if numbers[self._stale] is None:
            return numbers
        return tuple([number if at == self._stale else None for at, number in enumerate(numbers)])


def stored(values: list[float | None], resolutions: list[float]) -> list[int]:
    """Return numbers as whole steps of their resolutions; what is not a finite number becomes NONE."""
    try:
        return [NONE if v is None else round(v / r) for v, r in zip(values, resolutions, strict=True)]
    except (ValueError, OverflowError):
        finite = [v if v is not None and math.isfinite(v) else None for v in values]
        return [NONE if v is None else round(v / r) for v, r in zip(finite, resolutions, strict=True)]


def number(steps: float, resolution: float) -> float:
    """Return what stored steps (or their average) mean: 123 tenths are 12.3, not 12.300000000000001."""
    if resolution < 1:
        return steps / round(1 / resolution)
    return steps * (int(resolution) if resolution == int(resolution) else resolution)
