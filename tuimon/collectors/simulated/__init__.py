"""Simulated machines: web servers that never were, for demonstrations, tests and measurements."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from typing import Final

from tuimon.collectors.simulated.incident import LIVE, Incident, at_the_end, before_live
from tuimon.collectors.simulated.machine import UPTIME, SimulatedMachine
from tuimon.collectors.simulated.scenarios import TABLE
from tuimon.protocols import Clock

__all__ = ["LIVE", "SCENARIOS", "UPTIME", "Incident", "SimulatedMachine", "at_the_end", "before_live", "open_simulated"]

SCENARIOS: Final[dict[str, str]] = {name: scenario.help for name, scenario in TABLE.items()}
"""Scenario name -> what happens in it, in one line."""


def open_simulated(
    scenario: str = "busy",
    seed: int = 1,
    *,
    clock: Clock | None = None,
    interval: float = 1.0,
    start: float | None = None,
    booted_at: float | None = None,
    incident: Incident | Sequence[Incident] | None = None,
) -> SimulatedMachine:
    """Open a simulated machine, a Collector; ValueError for a scenario that does not exist.

    `clock` stamps the samples, `interval` seconds lie between two. With a `start` (epoch seconds UTC) the traffic
    follows the time of day from there; without one it is 14:00 at the first sample. Two machines of one seed with the
    same `booted_at` (at least a day before the first sample; 12 days if None) have the same processes. `incident` says when things go wrong, in seconds after the first sample:
    by default a minute after it and then every five.
    """
    if scenario not in TABLE:
        near = get_close_matches(scenario, TABLE, n=1, cutoff=0.4)
        hint = f"did you mean {near[0]}?" if near else f"one of {', '.join(TABLE)}"
        raise ValueError(f"no scenario {scenario!r}: {hint}")
    incidents = (LIVE,) if incident is None else (incident,) if isinstance(incident, Incident) else tuple(incident)
    return SimulatedMachine(
        scenario, seed, clock=clock, interval=interval, start=start, booted_at=booted_at, incidents=incidents
    )
