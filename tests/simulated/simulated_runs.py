"""Runs of the simulated machines, made once for all tests."""

from __future__ import annotations

from functools import cache

from tuimon.collectors.simulated import open_simulated
from tuimon.model.snapshot import Snapshot

START = 1_763_971_200.0  # 2025-11-24 08:00 UTC
TICKS = 380  # the first incident, its end, and the beginning of the second


@cache
def run_of(scenario: str, ticks: int = TICKS) -> tuple[Snapshot, ...]:
    machine = open_simulated(scenario, 1)
    return tuple(machine.sample_at(START + tick, 1.0) for tick in range(ticks))
