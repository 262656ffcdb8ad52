"""What a simulated machine costs: CPU time a sample, and a day at one second.

Run: python -m benchmarks.simulated [scenario ...]
"""

from __future__ import annotations

import sys
import time

from tuimon.collectors.simulated import SCENARIOS, open_simulated

SAMPLES = 3000
GOAL_MS = 0.4


def measure(scenario: str) -> str:
    machine = open_simulated(scenario, 1)
    snapshot = machine.sample_at(1.7e9, 1.0)
    best = float("inf")
    for round_ in range(3):
        began = time.process_time()
        for tick in range(SAMPLES):
            snapshot = machine.sample_at(1.7e9 + round_ * SAMPLES + tick + 1, 1.0)
        best = min(best, (time.process_time() - began) / SAMPLES)
    return (
        f"{scenario:<14} {len(snapshot.processes):>4} processes  {1000 * best:6.3f} ms a sample (goal {GOAL_MS})"
        f"  {1 / best:6.0f} samples/s  a day at 1 s {86400 * best:5.1f} s"
    )


if __name__ == "__main__":
    for name in sys.argv[1:] or SCENARIOS:
        print(measure(name))
