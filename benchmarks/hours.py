"""Eight hours in minutes: the recorder's loop, and the dashboard's, under a clock that is moved on a second at a time.

What is recorded is a tree of files in memory whose processes come and go, a new one each second; all the rest is the
program itself. `python -m benchmarks.hours` prints the rows.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks import moving, space
from benchmarks.row import Row

HOURS = 8
SHAPE = moving.Shape(processes=150, cores=4, disks=3, interfaces=2, sensors=4, mounts=3, run=10, come=1)
START = 1_760_000_000.0
GROWTH = 1.0
"""MiB by which memory may differ between the second hour and the last: what the allocator makes of it."""


class Clock:
    """Moves when it is told to."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> float:
        return START + self.seconds

    def monotonic(self) -> float:
        return 5000.0 + self.seconds

    def __call__(self) -> tuple[float, float, float]:
        return self.now(), self.monotonic(), 0.0


class Hours:
    """A tree, and a loop that records it into a file beside it."""

    def __init__(self, folder: Path) -> None:
        from tuimon.alerts.watch import Watch
        from tuimon.collectors.linux.collector import LinuxCollector
        from tuimon.collectors.options import Options
        from tuimon.history import open_history
        from tuimon.pipeline.loop import Pipeline

        self.path = str(folder / "history.db")
        self.clock = Clock()
        self.machine = moving.Machine(folder / "tree", SHAPE)
        self.history = open_history(self.path)
        collector = LinuxCollector(str(folder / "tree"), Options(), self.clock)
        self.pipeline = Pipeline(collector, evaluate=Watch(), open_sink=lambda: self.history, clock=self.clock)
        self.found: list[dict[str, float]] = []

    def step(self) -> None:
        """Let a second go by and take the sample of its end; look at the process on the hour."""
        self.clock.seconds += 1
        self.machine.step()
        self.pipeline.tick()
        if self.clock.seconds % 3600 == 0:
            self.found.append(look())


def look() -> dict[str, float]:
    """Return what this process has: memory of its own in MiB, blocks of Python's allocator, descriptors, threads."""
    lines = Path("/proc/self/smaps_rollup").read_text().splitlines()
    anonymous = next(int(line.split()[1]) for line in lines if line.startswith("Anonymous:"))
    return {
        "mib": anonymous / 1024,
        "blocks": sys.getallocatedblocks(),
        "descriptors": len(list(Path("/proc/self/fd").iterdir())),
        "threads": threading.active_count(),
        "cpu": time.process_time(),
    }


def record(hours: Hours, seconds: int) -> None:
    """Run the recorder's loop."""
    for _ in range(seconds):
        hours.step()


async def show(hours: Hours, seconds: int) -> None:
    """Run the dashboard's: the same, and each frame is drawn."""
    from tuimon.history import open_archive
    from tuimon.sources.live import LiveSource
    from tuimon.tui.app import Dashboard
    from tuimon.tui.session import Session

    source = LiveSource(hours.pipeline)
    source.start = lambda: None  # type: ignore[method-assign]  its thread would keep real time
    app = Dashboard(Session(source, lambda: open_archive(hours.path, hours.history)))
    hours.pipeline.tick()
    async with app.run_test(size=(200, 50)):
        for _ in range(seconds):
            hours.step()
            await asyncio.sleep(0)  # the frame is handed over
            await asyncio.sleep(0)


@contextlib.contextmanager
def in_memory() -> Iterator[Path]:
    """Give a folder that is in memory, where there is such a thing."""
    shared = Path("/dev/shm")
    with tempfile.TemporaryDirectory(prefix="tuimon-bench-", dir=shared if shared.is_dir() else None) as folder:
        yield Path(folder)


def inside(kind: str, hours: int) -> list[dict[str, float]]:
    """Run one kind in this process and return what it had at each hour."""
    with in_memory() as folder:
        one = Hours(folder)
        if kind == "recorder":
            record(one, 3600 * hours)
        else:
            asyncio.run(show(one, 3600 * hours))
        one.pipeline.stop()
    return one.found


def measure(kind: str, hours: int) -> list[dict[str, float]]:
    """Run one kind in a process of its own."""
    words = [sys.executable, "-m", "benchmarks.hours", kind, str(hours)]
    done = subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True, cwd=space.ROOT, env=os.environ)
    found: list[dict[str, float]] = json.loads(done.stdout)
    return found


def growth(kind: str, found: list[dict[str, float]]) -> Row:
    """Say how much more memory there was at the end than after the second hour."""
    grown = found[-1]["mib"] - found[min(1, len(found) - 1)]["mib"]
    memory = ", ".join(f"{one['mib']:.1f}" for one in found)
    name = f"{len(found)} hours compressed, {kind}: memory grown since hour 2"
    return Row(name, grown, "MiB", GROWTH, note=f"by hour {memory}")


def handles(found: dict[str, list[dict[str, float]]]) -> Row:
    """Say how many descriptors and threads more there are, beyond the dozen by which busy processes differ."""
    more = 0.0
    for hours in found.values():
        first, last = hours[min(1, len(hours) - 1)], hours[-1]
        more += max(0.0, last["descriptors"] - first["descriptors"] - 12) + max(0.0, last["threads"] - first["threads"])
    hours = len(found["recorder"])
    said = ", ".join(f"{kind} {one[-1]['descriptors']:.0f} and {one[-1]['threads']:.0f}" for kind, one in found.items())
    return Row(
        f"{hours} hours compressed, both: descriptors and threads grown", more, "", 0, note=f"at the end: {said}"
    )


def run(*, quick: bool = False) -> list[Row]:
    """Run both at the same time: the machine has two cores."""
    kinds = ("recorder", "dashboard")
    with ThreadPoolExecutor() as pool:
        found = dict(zip(kinds, pool.map(measure, kinds, [2 if quick else HOURS] * 2), strict=True))
    return [*(growth(kind, one) for kind, one in found.items()), handles(found)]


def main() -> None:
    if sys.argv[1:2] and sys.argv[1] in {"recorder", "dashboard"}:
        print(json.dumps(inside(sys.argv[1], int(sys.argv[2]))))
        return
    from benchmarks.table import table

    print(table(run(quick="--quick" in sys.argv[1:])))


if __name__ == "__main__":
    main()
