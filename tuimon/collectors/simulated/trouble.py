"""What the culprit demands of the machine at a moment."""

from __future__ import annotations

from dataclasses import dataclass

from tuimon.collectors.simulated.incident import Incident, phase_of
from tuimon.collectors.simulated.scenarios import Culprit

SPIKE = 5.0  # CPU hogs are at full strength in a fifth of the ramp
SWING_UP = 9 / 16


@dataclass(frozen=True, slots=True)
class Demand:
    """How far the culprit drives the machine now: shares of its CPU, memory and /data, received bytes a second.

    `strength` goes from 0 to 1 along the ramp; `number` tells one incident from the next.
    """

    strength: float
    number: int
    cpu_share: float = 0.0
    memory_share: float = 0.0
    fill_share: float = 0.0
    flood: float = 0.0


class Trouble:
    """A culprit and its timetable."""

    __slots__ = ("_culprit", "_incidents")

    def __init__(self, culprit: Culprit | None, incidents: tuple[Incident, ...]) -> None:
        self._culprit = culprit
        self._incidents = incidents

    def at(self, age: float, step: float) -> Demand | None:
        """Return the demand `age` seconds after the first sample, over the last `step` seconds; None: all is well."""
        culprit = self._culprit
        phase = phase_of(self._incidents, age) if culprit is not None else None
        if culprit is None or phase is None:
            return None
        sudden = min(1.0, phase.strength * SPIKE)
        return Demand(
            strength=phase.strength,
            number=phase.number,
            cpu_share=sudden * _swung(culprit, phase.age, step),
            memory_share=culprit.memory_goal,
            fill_share=culprit.fill_goal,
            flood=sudden * culprit.flood,
        )


def _swung(culprit: Culprit, age: float, step: float) -> float:
    if not culprit.swing:
        return culprit.cpu_goal
    if step >= culprit.swing:
        return culprit.cpu_goal * SWING_UP + culprit.cpu_rest * (1 - SWING_UP)
    return culprit.cpu_goal if age % culprit.swing < culprit.swing * SWING_UP else culprit.cpu_rest
