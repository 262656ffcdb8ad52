"""What filtering costs: CPU time for 5,000 processes, again and the first time, and for a key in the filter's line.

Run: python -m benchmarks.filters
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import Any

from benchmarks.row import Row
from tuimon.filters import Filter, complete, understood
from tuimon.filters.patterns import pattern
from tuimon.model.process import Process

PROCESSES = 5000
GOAL_MS = 8.0
KEY_GOAL_MS = 30.0
NOW = 1_800_000_000.0
TYPICAL = 'cpu > 5 and (user = root or mem > 1gb) and not cmd ~ "kworker"'
WORDS = "postgres writer"
PATTERN = "cmd ~ [a-z]+/[0-9]+$"
COMMANDS = (
    "kworker/u8:%d",
    "nginx: worker process",
    "postgres: writer process",
    "/usr/bin/python3 -m app --port %d",
    "/usr/lib/systemd/systemd-journald",
    "sshd: app@pts/%d",
    "/opt/java/bin/java -Xmx4g -jar service-%d.jar --spring.profiles.active=prod",
)


def population() -> list[Process]:
    """Return as many processes as a large machine has."""
    chance = random.Random(1)
    made = []
    for pid in range(1, PROCESSES + 1):
        command = chance.choice(COMMANDS).replace("%d", str(pid))
        made.append(
            Process(
                pid, NOW - pid * 7.0, 1, command.split()[0][:15], command, chance.choice(("root", "app", "postgres")),
                "S", chance.choice((None, 0.0, 0.0, 0.3, 7.0, 55.0)), pid * 1.0, chance.randrange(2**32), 2**33,
                chance.random() * 10, 4, 0, 20, None, chance.random() * 1e6, kernel=False,
            )
        )  # fmt: skip
    return made


def best_ms(work: Callable[[], Any], rounds: int) -> float:
    """Return the CPU time of the best of some rounds."""
    best = float("inf")
    for _ in range(rounds):
        began = time.process_time()
        work()
        best = min(best, time.process_time() - began)
    return 1000 * best


def first_ms(found: Filter, processes: list[Process], rounds: int) -> float:
    """Return the CPU time of a filter whose regular expression has met none of the texts."""
    best = float("inf")
    for _ in range(rounds):
        pattern.cache_clear()
        best = min(best, best_ms(lambda: found.passing(processes, NOW), 1))
    return best


def run(*, quick: bool = False) -> list[Row]:
    """Measure filters of each sort."""
    processes, rounds = population(), 5 if quick else 25
    rows = []
    for name, text in (("conditions", TYPICAL), ("words", WORDS), ("a regular expression", PATTERN)):
        found = understood(text)
        if not isinstance(found, Filter):
            raise TypeError(found)
        again = best_ms(lambda found=found: found.passing(processes, NOW), rounds)
        rows.append(Row(f"filter: {name}, 5,000 processes", again, "ms CPU", GOAL_MS, note=text))
        if name == "a regular expression":
            first = first_ms(found, processes, rounds)
            rows.append(Row(f"filter: {name}, first time", first, "ms CPU", KEY_GOAL_MS, note="no line met before"))
    typed = TYPICAL[: TYPICAL.index("root") + 1]

    def key() -> None:
        understood(typed)
        complete(typed, len(typed), processes)

    rows.append(Row("filter: a key, understood and completed", best_ms(key, rounds), "ms CPU", GOAL_MS, note=typed))
    return rows


if __name__ == "__main__":
    for row in run():
        print(f"{row.name:<46} {row.value:8.3f} {row.unit}  (bar {row.bar:g})  {row.verdict:<8} {row.note}")
