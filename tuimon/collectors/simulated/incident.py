"""When things go wrong: the timetable of a scenario's incident."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Incident:
    """A stretch of trouble, in seconds since the machine's first sample.

    It begins at `first`, lasts `length`, needs `ramp` to reach its full strength, and comes again `every` so many
    seconds; None: once.
    """

    first: float
    length: float
    ramp: float
    every: float | None = None

    def phase(self, age: float) -> Phase | None:
        """Return where in the incident a moment lies, None when it lies in none."""
        since = age - self.first
        if since < 0:
            return None
        number = 0
        if self.every is not None:
            number, since = int(since // self.every), since % self.every
        if since >= self.length:
            return None
        return Phase(number, since, min(1.0, since / self.ramp) if self.ramp else 1.0)


@dataclass(frozen=True, slots=True)
class Phase:
    """A moment of an incident: which one, how many seconds it has lasted, and its strength from 0 to 1."""

    number: int
    age: float
    strength: float


LIVE: Final = Incident(first=60.0, length=150.0, ramp=40.0, every=300.0)
"""The incident that a person watches: a minute after the start, then every five."""


def at_the_end(span: float) -> Incident:
    """Return the incident of a filled history: the last tenth of `span` seconds, still on at its end."""
    return Incident(first=0.9 * span, length=math.inf, ramp=0.05 * span)


def before_live(span: float) -> tuple[Incident, ...]:
    """Return one incident within the filled `span` seconds before a live session, and those of the session."""
    past = Incident(first=0.6 * span, length=0.03 * span, ramp=0.01 * span)
    return past, Incident(first=span + LIVE.first, length=LIVE.length, ramp=LIVE.ramp, every=LIVE.every)


def phase_of(incidents: Iterable[Incident], age: float) -> Phase | None:
    """Return the phase of the first of several incidents that is on, None when none is."""
    for incident in incidents:
        phase = incident.phase(age)
        if phase is not None:
            return phase
    return None
