"""What `tuimon record` costs, seen from outside: CPU, memory and bytes written, with few and with very many processes.

Each recorder runs in a process list of its own. What it writes counts to its end, the last checkpoint included: the
longer the stretch, the nearer to a day of checkpoints every four hours. `python -m benchmarks.recorder` prints the rows.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from benchmarks import moving, space
from benchmarks.row import Row
from benchmarks.watched import Look, Watched, watch, written_bytes
from tuimon.collectors.simulated import open_simulated
from tuimon.history import open_history
from tuimon.history.codec import decode
from tuimon.history.hot import samples_between
from tuimon.model.snapshot import Frame

DAY = 86400
BEFORE = 3 * 3600
"""Seconds of log that wait when a recorder starts."""
BLOCK = 512  # getrusage(2) counts in these


@dataclass(frozen=True, slots=True)
class Case:
    """What is recorded: this machine with so many sleepers, or a recorded one of a shape."""

    name: str
    sleepers: int
    cpu_bar: float
    shape: moving.Shape | None = None


SMALL = (Case("100 processes", 100, 0.6), Case("1,000 processes", 1000, 1.5))
LARGE = (
    Case("5,000 real sleepers", 5000, 8),
    Case("a tree of 5,000 processes, 256 cores, 40 disks, 30 interfaces", 10, 8, moving.Shape()),
    Case("the same tree with 5,000 real sleepers in it", 5000, 8, moving.Shape(linked=True)),
)


@dataclass(frozen=True, slots=True)
class Plan:
    """Seconds before the stretch that is measured, and its own."""

    warmup: float
    seconds: float


SHORT, LONG = Plan(15, 30), Plan(30, 150)


@dataclass(frozen=True, slots=True)
class Run:
    """One recorder over one stretch; `into_file`: what the last checkpoint put into the file, as a share of the log."""

    watched: Watched
    into_file: float
    samples: int
    missed: int
    longest_gap: float


def prepare(path: Path) -> None:
    """Make a history that ends now, after which recording only goes on.

    All tables are there, hot rows have their pages, and three hours of log have not gone into the file: whoever made it
    was killed. So a checkpoint half an hour later is one as there are some every day.
    """
    if (pid := os.fork()) == 0:
        try:
            end = time.time() - 5
            machine = open_simulated("calm", 1, start=end - BEFORE)
            history = open_history(str(path))
            for second in range(BEFORE):
                history.write(Frame(machine.sample_at(end - BEFORE + second, 1.0), tick=second))
        finally:
            os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(pid, 0)


def measure(case: Case, plan: Plan, home: Path) -> Run:
    """Run a recorder on a prepared history for the stretch."""
    path = home / "history.db"
    prepare(path)
    words = [sys.executable, "-m", "tuimon", "record", "--history", str(path)]
    environment = space.environment(home)
    with machine(case, home / "tree") as options:
        began = time.time()
        recorder = subprocess.Popen([*words, *options], env=environment, stdin=subprocess.DEVNULL)
        time.sleep(plan.warmup)
        watched = watch(recorder.pid, plan.seconds)
        written, log = written_bytes(recorder.pid), log_bytes(path)
        os.kill(recorder.pid, signal.SIGTERM)
        ended = os.wait4(recorder.pid, 0)[2].ru_oublock * BLOCK - written
    return Run(watched, ended / log, *ticks(path, began + 3))


@contextlib.contextmanager
def machine(case: Case, folder: Path) -> Iterator[list[str]]:
    """Keep what a case is about, and say which options make a recorder look at it."""
    with space.sleepers(case.sleepers):
        if case.shape is None:
            yield []
            return
        words = [sys.executable, "-m", "benchmarks.moving", str(folder), json.dumps(asdict(case.shape))]
        mover = subprocess.Popen(words, stdout=subprocess.PIPE, cwd=space.ROOT)
        try:
            if mover.stdout is not None:
                mover.stdout.readline()
            yield ["--root", str(folder)]
        finally:
            mover.kill()
            mover.communicate()


def log_bytes(path: Path) -> int:
    """Return how much of the write-ahead log is in use (sqlite.org/walformat.html)."""
    with Path(f"{path}-wal").open("rb") as log:
        salt, size = log.read(32)[16:24], 32
        while log.read(24)[8:16] == salt:
            size = log.seek(4096, os.SEEK_CUR)
    return size


def ticks(path: Path, since: float, interval: float = 1.0) -> tuple[int, int, float]:
    """Return how many samples a history has since a moment, how many there are too few, and the longest gap (s)."""
    times = sample_times(path, since)
    wanted = round((times[-1] - times[0]) / 1000 / interval) + 1
    return len(times), max(0, wanted - len(times)), max(later - earlier for earlier, later in pairwise(times)) / 1000


def opened(path: Path) -> sqlite3.Connection:
    """Open a history as readers do: one that could write would put the log into the file when it is the last to go."""
    return sqlite3.connect(f"file:{path}?mode=ro", uri=True)


def sample_times(path: Path, since: float) -> list[int]:
    """Return the times (ms) of the samples of a history since a moment (s), sealed and hot."""
    start = int(since * 1000)
    db = opened(path)
    times = [row[1] for row in samples_between(db, start, 1 << 60)]
    for count, data in db.execute('SELECT count, times FROM batch WHERE "end" >= ?', (start,)):
        times += decode(data, count)
    db.close()
    return sorted(time for time in times if time >= start)


def costs(name: str, run: Run, cpu_bar: float, pss_bar: float | None = None) -> list[Row]:
    """Return what a recorder took."""
    watched, last = run.watched, run.watched.last
    held = f"private {last.private:.1f}; {last.descriptors} descriptors, {last.threads} threads"
    return [
        Row(f"{name}: CPU", watched.cpu_percent, "% of a core", cpu_bar, note=said(watched)),
        Row(f"{name}: memory (PSS)", last.pss, "MiB", pss_bar, note=held),
    ]


def missed(name: str, runs: Sequence[Run]) -> Row:
    """Say how many ticks were missed in all."""
    samples, gap = sum(run.samples for run in runs), max(run.longest_gap for run in runs)
    note = f"of {samples:,} samples; the longest gap {gap:.2f} s"
    return Row(f"{name}: ticks missed", sum(run.missed for run in runs), "", 0, note=note)


def said(watched: Watched) -> str:
    """Say how long was measured, and how busy the machine was otherwise."""
    return f"over {watched.seconds:.0f} s, others took {watched.others:.1f} cores"


def inside(case: Case, plan: Plan) -> Run:
    """Measure a case in a process list of its own."""
    found = space.run_inside("recorder", {"case": asdict(case), "plan": asdict(plan)})
    watched = found.pop("watched")
    return Run(Watched(**{**watched, "looks": tuple(Look(**one) for one in watched["looks"])}), **found)


def together(cases: Sequence[Case], plan: Plan) -> list[Run]:
    """Measure some cases at the same time."""
    with ThreadPoolExecutor() as pool:
        return list(pool.map(inside, cases, [plan] * len(cases)))


def _work(job: dict[str, Any]) -> None:
    shape = job["case"].pop("shape")
    case = Case(**job["case"], shape=moving.Shape(**shape) if shape else None)
    with tempfile.TemporaryDirectory(prefix="tuimon-bench-") as folder:
        found = measure(case, Plan(**job["plan"]), Path(folder))
    space.answer(job, asdict(found))


def run(*, quick: bool = False) -> list[Row]:
    """Measure the small ones together, then the large ones, each by itself; quick: the last of these alone."""
    plan, large = (SHORT, LARGE[-1:]) if quick else (LONG, LARGE)
    runs = together(SMALL, plan) + [inside(case, plan) for case in large]
    found = []
    for case, one in zip(SMALL + large, runs, strict=True):
        found += costs(f"recorder, {case.name}", one, case.cpu_bar, 32 if case in SMALL else None)
    return [*found, missed("recorder, all of these", runs)]


def main() -> None:
    if sys.argv[1:2] and sys.argv[1].startswith("{"):
        _work(json.loads(sys.argv[1]))
        return
    from benchmarks.table import table

    print(table(run(quick="--quick" in sys.argv[1:])))


if __name__ == "__main__":
    main()
