"""The process table at 5,000 and 5,900 processes: how soon a key is answered, what a tick costs, and what the tree does.

The whole program runs in a terminal of its own, in a process list of its own (a pid namespace) with so many sleepers.
Run: python -m benchmarks.processes [--quick]
"""

from __future__ import annotations

import json
import os
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks import proctree, space
from benchmarks.dashboard import TUIMON
from benchmarks.filters import best_ms
from benchmarks.row import Row
from benchmarks.terminal import Session
from tuimon.filters import Filter, understood
from tuimon.model.process import Process
from tuimon.tui.table import Table

KEYED, TICKED = 5000, 5900
KEY_BAR_MS, TICK_BAR_MS, TREE_BAR_MS = 30.0, 70.0, 50.0
KEYS = (b"j", b"k", b"j", b"r", b"j", b"s", b"S")
SETTLED = 15.0  # seconds until the first looks at everybody are over
NOW = 1_800_000_000.0


def crowd(count: int) -> list[Process]:
    """Return processes as a large machine has them: a tree five deep, one in fifteen busy."""
    chance = random.Random(1)
    made: list[Process] = []
    for pid in range(1, count + 1):
        name = f"{chance.choice(('nginx', 'postgres', 'java', 'sleep', 'sh'))}{chance.randrange(40)}"
        parent = 0 if pid == 1 else 1 if pid % 3 else chance.randrange(1, pid)
        busy = chance.random() * 30 if pid % 15 == 0 else 0.0
        made.append(
            Process(
                pid, NOW - 9e6 + pid, parent, name, f"/usr/bin/{name} --id {pid}", chance.choice(("root", "app", "db")),
                "S", busy, pid * 1.0, chance.randrange(2**32), 2**33, chance.random() * 10, 4, 0, 20, 0.0, 0.0, kernel=False,
            )
        )  # fmt: skip
    return made


def moved(processes: list[Process]) -> list[Process]:
    """Return the same processes a second later: a few percentages are others."""
    return [one._replace(cpu_percent=(one.cpu_percent or 0.0) * 0.9) if one.cpu_percent else one for one in processes]


def in_process(rounds: int) -> dict[str, float]:
    """Return the CPU ms of what keys and ticks do to the table, drawing included."""
    one = crowd(KEYED)
    other = moved(one)
    found: dict[str, float] = {}
    words = _understood("nginx")
    for view in ("list", "tree", "program"):
        table = Table()
        table.rows(196, 30)
        table.update(one, NOW, 8)
        table.set_view(view)
        seconds = iter(range(1, 10**6))

        def tick(table: Table = table, seconds: Any = seconds) -> None:
            at = next(seconds)
            table.update(other if at % 2 else one, NOW + at, 8)
            table.rows(196, 30)

        def drawn(act: Any, table: Table = table) -> Any:
            return lambda: (act(), table.rows(196, 30))

        found[f"{view}: a tick"] = best_ms(tick, rounds)
        found[f"{view}: sort"] = best_ms(drawn(table.reverse), rounds)
        found[f"{view}: fold"] = best_ms(drawn(table.fold_all), rounds)
        found[f"{view}: filter"] = best_ms(drawn(lambda table=table: table.set_filter(words)), rounds)
    return found


def _understood(text: str) -> Filter:
    found = understood(text)
    if not isinstance(found, Filter):
        raise TypeError(text)
    return found


def answers(session: Session, keys: int) -> list[tuple[float, float]]:
    """Press keys at moments of their own; return after how many ms, and ms of CPU, the first byte came back for each."""
    chance = random.Random(2)
    waits = []
    for number in range(keys):
        session.read(time.monotonic() + 0.12 + 0.25 * chance.random())
        before = len(session.chunks)
        cpu = proctree.cpu_seconds(session.pid)
        pressed = time.monotonic()
        os.write(session._fd, KEYS[number % len(KEYS)])
        end = pressed + 2.0
        while len(session.chunks) == before and time.monotonic() < end:
            session.read(min(end, time.monotonic() + 0.002))
        if len(session.chunks) > before:
            first = session.chunks[before]
            waits.append(((first.at - pressed) * 1000, (first.cpu - cpu) * 1000))
    return waits


def inner(count: int, keys: int, seconds: float) -> dict[str, float]:
    """Measure the whole program with so many processes around it."""
    with space.sleepers(count), tempfile.TemporaryDirectory(prefix="tuimon-bench-") as home:
        session = Session(list(TUIMON.argv), space.environment(Path(home)))
        session.read(session.began + SETTLED)
        os.write(session._fd, b"/sleep\r")
        session.read(time.monotonic() + 1.5)
        found: dict[str, float] = {"processes": sum(folder.name.isdigit() for folder in Path("/proc").iterdir())}
        if keys:
            for name, waits in zip(("", "cpu_"), zip(*answers(session, keys), strict=True), strict=True):
                found |= {f"{name}p50": statistics.median(waits), f"{name}p95": sorted(waits)[int(len(waits) * 0.95)]}
        if seconds:
            session.settle()
            cpu, began = proctree.cpu_seconds(session.pid), time.monotonic()
            session.read(began + seconds)
            found["tick"] = (proctree.cpu_seconds(session.pid) - cpu) / (time.monotonic() - began) * 1000
        session.end()
        return found


def run(*, quick: bool = False) -> list[Row]:
    """Return the table's rows."""
    pressed = space.run_inside("processes", {"count": KEYED, "keys": 60 if quick else 240, "seconds": 0})
    ticked = space.run_inside("processes", {"count": TICKED, "keys": 0, "seconds": 10 if quick else 30})
    rows = [
        Row(
            "a key to the first byte, 5,000 processes, sorted by CPU, filter on: p95",
            round(pressed["p95"], 1),
            "ms",
            KEY_BAR_MS,
            peer="btop 13 at 1,100",
            note=f"median {pressed['p50']:.1f}; a wall clock: a busy machine makes it longer",
        ),
        Row(
            "the same in CPU time of all threads: p95",
            round(pressed["cpu_p95"], 1),
            "ms CPU",
            KEY_BAR_MS,
            note=f"median {pressed['cpu_p50']:.1f}",
        ),
        Row(
            "a second of the whole program at 5,900 processes",
            round(ticked["tick"], 1),
            "ms CPU",
            TICK_BAR_MS,
            peer="btop 106, htop 200",
            note=f"{ticked['processes']:.0f} processes, recording",
        ),
    ]
    for name, cost in in_process(3 if quick else 15).items():
        view, _, what = name.partition(": ")
        bar = TREE_BAR_MS if view == "tree" and what != "a tick" else None
        rows.append(Row(f"{view} of 5,000 processes: {what}", round(cost, 1), "ms CPU", bar, note="with drawing"))
    return rows


def _work(job: dict[str, Any]) -> None:
    space.answer(job, inner(job["count"], job["keys"], job["seconds"]))


def main() -> None:
    if sys.argv[1:] and sys.argv[1].startswith("{"):
        _work(json.loads(sys.argv[1]))
        return
    for row in run(quick="--quick" in sys.argv):
        print(f"{row.name:76} {row.value:8} {row.unit:8} {row.verdict:8} {row.peer} {row.note}")


if __name__ == "__main__":
    main()
