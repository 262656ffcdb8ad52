"""Spans of the past cut into pieces: no more of it is in memory at a time than it should be."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from tuimon.model.metric import SeriesKey
from tuimon.model.snapshot import Window
from tuimon.protocols import Archive

VALUES: Final = 60_000
"""Numbers held in memory at a time."""

Stretch = tuple[float, float]
Progress = Callable[[float, float], object]


def unwatched(done: float, total: float) -> None:
    """Tell nobody how far it is."""


def joined(stretches: Sequence[Stretch], gap: float = 3600.0) -> list[Stretch]:
    """Return stretches of time in order, those that overlap or lie nearer than `gap` seconds as one."""
    found: list[Stretch] = []
    for start, end in sorted(stretch for stretch in stretches if stretch[0] < stretch[1]):
        if found and start - found[-1][1] <= gap:
            found[-1] = found[-1][0], max(end, found[-1][1])
        else:
            found.append((start, end))
    return found


def windows(
    archive: Archive,
    keys: Sequence[SeriesKey],
    stretches: Sequence[Stretch],
    step: float,
    progress: Progress = unwatched,
) -> Iterator[Window]:
    """Yield windows of no more numbers than memory should hold, in steps of `step` seconds."""
    count = max(10, VALUES // len(keys))
    for at, end in pieces(stretches, count * step, step, progress):
        points = max(1, round((end - at) / step))
        yield archive.window(keys, at, end, points)


def pieces(
    stretches: Sequence[Stretch], length: float, step: float, progress: Progress = unwatched
) -> Iterator[Stretch]:
    """Yield spans of at most `length` seconds that cover the stretches and begin at whole steps."""
    total = sum(end - start for start, end in stretches)
    done = 0.0
    for start, end in stretches:
        at = start // step * step
        while at < end:
            until = min(at + length, -(-end // step) * step)
            yield at, until
            progress(done + until - start, total)
            at = until
        done += end - start
