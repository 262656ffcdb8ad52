"""What the alert rules cost: CPU time a tick of 1,000 rules over 1,000 series, at rest and at the worst.

Run: python -m benchmarks.alerts
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from benchmarks.row import Row
from tuimon.alerts.engine import Plan, State, evaluate
from tuimon.alerts.rules import DEFAULT_RULES, Rule
from tuimon.model.families import Core
from tuimon.model.snapshot import Snapshot

MANY = 1000
GOAL_MS = 5.0
BEGUN = 1_800_000_000.0
TICKS = 120
SETTLED = 10
"""Ticks until all that fires does."""


def rules(*, own: bool) -> tuple[Rule, ...]:
    """Return a thousand rules, each about a series of its own, or each about all of them."""
    return tuple(
        Rule(f"r{n}", "core", "busy_percent", ">", 80, 70, for_seconds=2, device=f"{n}" if own else "")
        for n in range(MANY)
    )


def best_ms(some: Sequence[Rule], value: Callable[[int, int], float], ticks: int = TICKS) -> float:
    """Return the CPU time of the best tick; `value` is of a series at a tick."""
    plan, state, best = Plan(some), State(), float("inf")
    for tick in range(ticks):
        cores = tuple(Core(f"{n}", value(n, tick)) for n in range(MANY))
        snapshot = Snapshot(BEGUN + tick, 1.0, core=cores)
        began = time.process_time()
        state, _, _ = evaluate(plan, state, snapshot)
        if tick > SETTLED:
            best = min(best, time.process_time() - began)
    return best * 1000


def run() -> list[Row]:
    """Measure."""
    own = rules(own=True)
    return [
        Row("1,000 rules over 1,000 series, at rest", best_ms(own, lambda _n, _t: 1.0), "ms", GOAL_MS),
        Row("  one in a hundred fires", best_ms(own, lambda n, _t: 99.0 if n % 100 == 0 else 1.0), "ms", GOAL_MS),
        Row("  all fire, and every value moves", best_ms(own, lambda _n, t: 90.0 + t % 7), "ms", GOAL_MS),
        Row(
            "  each rule about every series, at rest", best_ms(rules(own=False), lambda _n, _t: 1.0, 30), "ms", GOAL_MS
        ),
        Row("the rules that come with the program", best_ms(DEFAULT_RULES, lambda _n, _t: 1.0), "ms", GOAL_MS),
    ]


if __name__ == "__main__":
    from benchmarks.table import table

    print(table(run()))
