"""What a simulated machine costs: CPU time a sample, so that it does not disturb what is measured on it.

Run: python -m benchmarks.simulated [scenario ...]
"""

from __future__ import annotations

import sys
import time

from benchmarks.row import Row
from tuimon.collectors.simulated import SCENARIOS, open_simulated

START = 1_700_000_000.0
SAMPLE_GOAL_MS = 0.4
DAY_GOAL_SECONDS = 60.0
SHOWN = ("busy", "memory-leak")


def seconds_a_sample(scenario: str, samples: int, rounds: int = 3) -> tuple[float, int]:
    """Return the CPU time of a sample in the best of some rounds, and how many processes the last one had."""
    machine = open_simulated(scenario, 1)
    machine.sample_at(START, 1.0)
    best, tick, processes = float("inf"), 0, 0
    for _ in range(rounds):
        began = time.process_time()
        for _ in range(samples):
            tick += 1
            processes = len(machine.sample_at(START + tick, 1.0).processes)
        best = min(best, (time.process_time() - began) / samples)
    return best, processes


def run(*, quick: bool = False, scenarios: tuple[str, ...] = SHOWN) -> list[Row]:
    rows = []
    for scenario in scenarios:
        best, processes = seconds_a_sample(scenario, 400 if quick else 3000)
        note = f"{processes} processes, {1 / best:.0f} samples a second of CPU"
        rows.append(Row(f"simulated {scenario}: a sample", 1000 * best, "ms CPU", SAMPLE_GOAL_MS, note=note))
        rows.append(
            Row(f"simulated {scenario}: a day at 1 s", 86400 * best, "s CPU", DAY_GOAL_SECONDS, note="no history")
        )
    return rows


if __name__ == "__main__":
    for row in run(scenarios=tuple(sys.argv[1:]) or tuple(SCENARIOS)):
        print(f"{row.name:<34} {row.value:8.3f} {row.unit}  (bar {row.bar:g})  {row.verdict:<8} {row.note}")
