"""Half an hour of real time: does the recorder grow, does the dashboard, and what is written meanwhile?

Two recorders among sleepers, few and many; and a recorder and a dashboard among processes that come and go, ten a
second, each with a command line of a thousand characters of its own. All at the same time, in process lists of their
own. `python -m benchmarks.soak [--quick]` prints the rows.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks import recorder, space
from benchmarks.recorder import DAY, SMALL, Plan, said
from benchmarks.row import Row
from benchmarks.terminal import Session
from benchmarks.watched import Look, Watched, watch

FULL, QUICK = Plan(60, 1800), Plan(20, 60)
CHURN, LENGTH = 10, 1000
LONG_ENOUGH = 1200
"""Seconds after which the checkpoint at the end says something of those every four hours."""
KINDS = ("recorder", "dashboard")
GROWTH = 1.0
"""MiB between the second ten minutes and the last five: what the allocator makes of it."""
JITTER = 12
"""Descriptors by which the processes that are busy, and thus kept open twice, differ from time to time."""


def among_the_short_lived(plan: Plan) -> dict[str, Watched]:
    """Watch a recorder and a dashboard, each with a history of its own, where processes come and go."""
    with tempfile.TemporaryDirectory(prefix="tuimon-bench-") as folder, space.sleepers(100), space.churn(CHURN, LENGTH):
        homes = {kind: Path(folder, kind) for kind in KINDS}
        words = {}
        for kind, home in homes.items():
            home.mkdir()
            recorder.prepare(home / "history.db")
            words[kind] = [sys.executable, "-m", "tuimon", "--history", str(home / "history.db")]
        headless = subprocess.Popen(
            [*words["recorder"][:3], "record", *words["recorder"][3:]],
            env=space.environment(homes["recorder"]),
            stdin=subprocess.DEVNULL,
        )
        seen = Session(words["dashboard"], space.environment(homes["dashboard"]))
        seen.settle()

        def wait(seconds: float) -> None:
            seen.read(time.monotonic() + seconds)
            seen.chunks.clear()

        wait(plan.warmup)
        with ThreadPoolExecutor() as pool:
            other = pool.submit(watch, headless.pid, plan.seconds)
            found = {"dashboard": watch(seen.pid, plan.seconds, wait), "recorder": other.result()}
        headless.terminate()
        headless.wait()
        seen.end()
    return found


def growth(name: str, watched: Watched) -> Row:
    """Say by how much memory grew."""
    memory = ", ".join(f"{one.private:.1f}" for one in watched.looks[::3])
    return Row(
        f"{name}: memory grown in 20 minutes", watched.grown.private, "MiB", GROWTH, note=f"private MiB: {memory}"
    )


def handles(name: str, found: dict[str, Watched]) -> Row:
    """Say how many descriptors and threads more all of them have."""
    more = sum(max(0, one.grown.descriptors - JITTER) + max(0, one.grown.threads) for one in found.values())
    said = ", ".join(f"{kind} {one.last.descriptors} and {one.last.threads}" for kind, one in found.items())
    return Row(f"{name}: descriptors and threads grown", more, "", 0, note=f"at the end: {said}")


def still(case: recorder.Case, run: recorder.Run) -> list[Row]:
    """Return what a recorder among sleepers took and wrote."""
    name = f"half an hour, recorder, {case.name}"
    log = run.watched.written_bytes * DAY / run.watched.seconds / 1e6
    file = log * run.into_file
    note = f"the log {log:.0f}, and {file:.0f} into the file: as the last checkpoint, of three hours and a half"
    costs = recorder.costs(name, run, case.cpu_bar, 32)
    if run.watched.seconds >= LONG_ENOUGH:
        costs.append(Row(f"{name}: written a day", log + file, "MB", 150, note=note))
    return [*costs, growth(name, run.watched)]


def moving(found: dict[str, Watched]) -> list[Row]:
    """Return what they took where processes come and go."""
    rows = []
    for kind, bar in zip(KINDS, (32, 45), strict=True):
        one = found[kind]
        name = f"half an hour, {kind}, {CHURN} new processes a second"
        wrote = one.written_bytes * DAY / one.seconds / 1e6
        rows += [
            Row(f"{name}: memory (PSS)", one.last.pss, "MiB", bar, note=said(one)),
            growth(name, one),
            Row(f"{name}: CPU", one.cpu_percent, "% of a core"),
            Row(f"{name}: written a day", wrote, "MB", note=f"the log; {LENGTH} characters each are most of it"),
        ]
    return rows


def run(*, quick: bool = False) -> list[Row]:
    """Do all of it at the same time. A minute is too short to tell growth from warming up."""
    plan = QUICK if quick else FULL
    with ThreadPoolExecutor() as pool:
        runs = [pool.submit(recorder.inside, case, plan) for case in SMALL]
        other = pool.submit(space.run_inside, "soak", {"plan": asdict(plan)})
        quiet = {case: one.result() for case, one in zip(SMALL, runs, strict=True)}
        busy = {kind: _watched(one) for kind, one in other.result().items()}
    rows = [row for case, one in quiet.items() for row in still(case, one)] + moving(busy)
    return [
        *rows,
        handles("half an hour, all of these", {case.name: one.watched for case, one in quiet.items()} | busy),
    ]


def _watched(values: dict[str, Any]) -> Watched:
    return Watched(**{**values, "looks": tuple(Look(**one) for one in values["looks"])})


def main() -> None:
    if sys.argv[1:2] and sys.argv[1].startswith("{"):
        job = json.loads(sys.argv[1])
        space.answer(job, {kind: asdict(one) for kind, one in among_the_short_lived(Plan(**job["plan"])).items()})
        return
    from benchmarks.table import table

    print(table(run(quick="--quick" in sys.argv[1:])))


if __name__ == "__main__":
    main()
