"""What collecting costs: CPU milliseconds a sample, with many extra processes, both collectors side by side.

`python -m benchmarks.collector [--quick]` prints a line a figure. As root the processes are counted in a PID namespace
of their own, so that the list is the same however busy the machine is.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.row import Row

VISIBLE = 50
SAMPLES = 30
WAKERS = "import time\nwhile True: time.sleep(0.3)"


def inner(kind: str, sleepers: int, wakers: int, samples: int) -> dict[str, float]:
    """Measure one collector in this process, with so many children: asleep for good, or awake three times a second."""
    from tuimon.collectors import open_collector

    children = [subprocess.Popen(["sleep", "100000"]) for _ in range(sleepers)]
    children += [subprocess.Popen([sys.executable, "-ISc", WAKERS]) for _ in range(wakers)]
    time.sleep(1 + wakers / 50)
    try:
        collector = open_collector(portable=kind == "portable")
        before = resident()
        began = time.process_time()
        snapshot = collector.sample()
        first = time.process_time() - began
        visible = [process.pid for process in snapshot.processes[-VISIBLE:]]
        time.sleep(0.15)
        for _ in range(12):  # once round all slices
            collector.sample(visible)
            time.sleep(0.05)
        spent = 0.0
        for _ in range(samples):
            time.sleep(0.25 if wakers else 0.1)
            began = time.process_time()
            snapshot = collector.sample(visible)
            spent += time.process_time() - began
        return {
            "processes": len(snapshot.processes),
            "first_ms": first * 1000,
            "sample_ms": spent / samples * 1000,
            "grown_mib": (resident() - before) / 2**20,
            "descriptors": len(list(Path("/proc/self/fd").iterdir())),
        }
    finally:
        for child in children:
            child.kill()
        for child in children:
            child.wait()


def resident() -> int:
    """Resident memory of this process in bytes."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def measure(kind: str, sleepers: int, wakers: int = 0, samples: int = SAMPLES) -> dict[str, float]:
    """Measure in a process of its own, and as root in a PID namespace of its own."""
    space = ["unshare", "--pid", "--mount", "--fork", "--mount-proc", "--kill-child"] if os.geteuid() == 0 else []
    arguments = [kind, str(sleepers), str(wakers), str(samples)]
    answer = subprocess.run(
        [*space, sys.executable, "-m", "benchmarks.collector", "--inner", *arguments],
        check=True,
        capture_output=True,
        text=True,
    )
    found: dict[str, float] = json.loads(answer.stdout)
    return found


def run(*, quick: bool = False) -> list[Row]:
    """Return the collector's rows. The bar is for collection and history together; this is collection alone."""
    samples = 10 if quick else SAMPLES
    asleep = measure("linux", 1000, samples=samples)
    portable = measure("portable", 1000, samples=3 if quick else 10)
    rows = [
        Row(
            "collector at 1,000 sleeping processes",
            round(asleep["sample_ms"], 2),
            "ms CPU a sample",
            12,
            8,
            peer=f"psutil's way {portable['sample_ms']:.0f}",
            note="without history; 50 visible",
        ),
        Row("collector's first sample at 1,000 processes", round(asleep["first_ms"], 1), "ms CPU"),
        Row("collector's memory at 1,000 processes", round(asleep["grown_mib"], 2), "MiB"),
    ]
    awake = measure("linux", 800, 200, samples)
    rows.append(
        Row(
            "collector at 1,000 processes of which 200 run in each sample",
            round(awake["sample_ms"], 2),
            "ms CPU a sample",
            12,
            8,
        )
    )
    if not quick:
        many = measure("linux", 5900, samples=15)
        rows.append(Row("collector at 5,900 sleeping processes", round(many["sample_ms"], 2), "ms CPU a sample", 70))
    return rows


def main() -> None:
    if "--inner" in sys.argv:
        kind, *numbers = sys.argv[sys.argv.index("--inner") + 1 :]
        print(json.dumps(inner(kind, *map(int, numbers))))
        return
    for row in run(quick="--quick" in sys.argv):
        print(f"{row.name:62} {row.value:8} {row.unit:16} {row.verdict:8} {row.peer} {row.note}")


if __name__ == "__main__":
    main()
