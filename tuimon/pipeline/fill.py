"""A past that never was: drives a simulated machine along made-up time into a sink, as fast as it goes."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from tuimon.model.snapshot import Frame, Snapshot
from tuimon.pipeline.loop import Evaluate, nothing_fires
from tuimon.protocols import Sink

PROGRESS_EVERY: Final = 500
"""Samples between two calls of `progress`."""

Progress = Callable[[int, int], None]
"""Takes how many samples are done, and of how many."""


class Steerable(Protocol):
    """A machine whose time is the caller's."""

    def sample_at(self, moment: float, step: float) -> Snapshot:
        """Return the sample of a moment (epoch seconds), `step` seconds after the one before."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Up to `end` (epoch seconds), a sample every `step` seconds."""

    end: float
    step: float


def even(end: float, step: float = 1.0) -> tuple[Stretch, ...]:
    """Return the schedule of a whole history in equal steps."""
    return (Stretch(end, step),)


def quick(end: float) -> tuple[Stretch, ...]:
    """Return the schedule of a past that is ready at once: the last ten minutes in seconds, before them minutes."""
    return Stretch(end - 600.0, 60.0), Stretch(end, 1.0)


def fill(
    machine: Steerable,
    sink: Sink,
    *,
    start: float,
    stretches: Sequence[Stretch],
    evaluate: Evaluate = nothing_fires,
    progress: Progress | None = None,
) -> int:
    """Write the frames from `start` to the end of the last stretch, both included; return how many.

    The first is at `start`. The sink stays open: close it to have all of it stored. ValueError for a step that is
    not above zero.
    """
    total = count(start, stretches)
    done = 0
    for moment, step in moments(start, stretches):
        snapshot = machine.sample_at(moment, step)
        alerts, events = evaluate(snapshot)
        sink.write(Frame(snapshot, alerts, events, None, done))
        done += 1
        if progress is not None and done % PROGRESS_EVERY == 0:
            progress(done, total)
    if progress is not None:
        progress(done, total)
    return done


def moments(start: float, stretches: Sequence[Stretch]) -> Iterator[tuple[float, float]]:
    """Yield each sample's time and its step; they are counted from each stretch's beginning, so that none drifts."""
    yield start, stretches[0].step
    for stretch in stretches:
        steps = _steps(start, stretch)
        for number in range(1, steps + 1):
            yield start + number * stretch.step, stretch.step
        start += steps * stretch.step


def count(start: float, stretches: Sequence[Stretch]) -> int:
    """Return how many samples a schedule has."""
    total = 1
    for stretch in stretches:
        steps = _steps(start, stretch)
        total += steps
        start += steps * stretch.step
    return total


def _steps(start: float, stretch: Stretch) -> int:
    """Return how many whole steps fit, none for a stretch that is over before the one before has ended."""
    if not stretch.step > 0:
        raise ValueError(f"a step of {stretch.step} seconds leads nowhere")
    return max(0, math.floor((stretch.end - start) / stretch.step + 1e-6))
