"""What the history costs: bytes a value, CPU a tick, and reads of a day, a year and the last six minutes.

Run: python -m benchmarks.history [--quick]
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TypeVar

from benchmarks.row import Row
from benchmarks.table import table
from tuimon.collectors.simulated import open_simulated
from tuimon.history import FileArchive, describe, open_archive, open_history
from tuimon.history.windowread import read_grid
from tuimon.history.windows import Grid
from tuimon.model import families as f
from tuimon.model.metric import SeriesKey
from tuimon.model.snapshot import Frame, Snapshot

START = 1_700_000_000.0
DAY = 86400
YEAR = 365 * DAY
FEW = (
    SeriesKey("cpu", "", "busy_percent"),
    SeriesKey("memory", "", "used_bytes"),
    SeriesKey("network", "eth0", "receive_bytes_per_second"),
)
PEERS = "Prometheus 1.27, InfluxDB 0.90, netdata 0.8"
T = TypeVar("T")


def best_ms(work: Callable[[], T], rounds: int = 7) -> tuple[float, T]:
    """Return the CPU time in ms of the best of some rounds, and what the last one returned."""
    best = float("inf")
    for _ in range(rounds):
        began = time.process_time()
        result = work()
        best = min(best, time.process_time() - began)
    return best * 1000, result


@dataclass(frozen=True)
class Written:
    """A recorded simulated machine, and the CPU time in ms of its ticks."""

    path: str
    end: float
    series: int
    average_ms: float
    worst_ms: float
    written_bytes: int


def bytes_written() -> int:
    """Return the bytes that this process has given to write(2) and its kin, from /proc/self/io."""
    fields = dict(line.split(": ") for line in Path("/proc/self/io").read_text().splitlines())
    return int(fields["wchar"])


def record_simulated(path: str, seconds: int) -> Written:
    """Record `busy --seed 1` as it would be live: 1 s apart, a little late or early."""
    machine = open_simulated("busy", 1, start=START)
    noise = random.Random(1)
    history = open_history(path)
    total = worst = 0.0
    moment = START
    before = bytes_written()
    for second in range(1, seconds + 1):
        then, moment = moment, START + second + noise.gauss(0, 0.0015)
        frame = Frame(machine.sample_at(moment, moment - then), tick=second)
        began = time.process_time()
        history.write(frame)
        spent = time.process_time() - began
        total += spent
        worst = max(worst, spent)
    history.close()
    written = bytes_written() - before
    return Written(path, moment, describe(path).series, total / seconds * 1000, worst * 1000, written)


def record_year(path: str) -> float:
    """Record a year, two samples an hour, and return its end."""
    noise = random.Random(2)
    history = open_history(path, interval=1800.0, commit_every=DAY)
    for at in range(0, YEAR, 1800):
        snapshot = Snapshot(
            time=START + at,
            elapsed=1800.0,
            cpu=f.Cpu(busy_percent=noise.uniform(0, 100)),
            memory=f.Memory(used_bytes=noise.randrange(1 << 34), total_bytes=1 << 34),
            core=tuple(f.Core(str(core), busy_percent=noise.uniform(0, 100)) for core in range(8)),
        )
        history.write(Frame(snapshot))
    history.close()
    return START + YEAR


def sizes(made: Written) -> list[Row]:
    found = describe(made.path)
    tiers = {part.name: part for part in found.parts}
    days = (made.end - START) / DAY
    note = f"{made.series} series, {tiers['samples'].rows} samples, sealed, hot and indexes together"
    weeks = (tiers["processes"].bytes or 0) / days * 7 / 1e6
    return [
        Row("history: finest tier on disk", found.bytes_per_value or 0.0, "B a value", 0.8, 0.6, PEERS, note),
        Row("history: a tick, on average", made.average_ms, "ms CPU", 0.6, note="commits, rollups, seals, processes"),
        Row(
            "history: the longest tick",
            made.worst_ms,
            "ms CPU",
            note=f"of {tiers['samples'].rows}; 0.1 s would be seen",
        ),
        Row("history: 7 days of processes", weeks, "MB", 30.0, 25.0, note="rows, blocks and lifetimes, extrapolated"),
        Row(
            "history: written a day",
            made.written_bytes / days / 1e6,
            "MB",
            150.0,
            note="the log and what goes into the file",
        ),
        Row("history: a day in all", found.bytes / days / 1e6, "MB", note="extrapolated" if days < 1 else ""),
    ]


def reads(archive: FileArchive, made: Written) -> list[Row]:
    start = made.end - DAY
    natural, window = best_ms(lambda: archive.window(FEW, start, made.end, 500))
    grid = Grid("1s", int(window.start), int(window.step), len(window.times))

    def from_seconds() -> object:
        with archive._view() as view:
            return read_grid(view, FEW[:1], grid)

    raw, _ = best_ms(from_seconds)
    keys = archive.keys(made.end - 360, made.end)[:15]
    recent, _ = best_ms(lambda: archive.window(keys, made.end - 360, made.end, 360))
    moment, _ = best_ms(lambda: archive.frame(made.end - 5000))
    usage, _ = best_ms(lambda: archive.usage(made.end - 3600, made.end))
    note = f"3 series, tier {window.tier}, {len(window.times)} steps"
    return [
        Row("history: a day to 500 points", natural, "ms CPU", 15.0, note=note),
        Row("history: the same from every second", raw, "ms CPU", 15.0, note="1 series, out of the sealed blocks"),
        Row("history: 6 min at the start", recent, "ms CPU", 10.0, note=f"{len(keys)} series, 360 steps of 1 s"),
        Row("history: the frame of a moment", moment, "ms CPU", note="all series, processes, alerts"),
        Row("history: who used an hour", usage, "ms CPU"),
    ]


def openings(made: Written) -> list[Row]:
    def again() -> None:
        open_history(made.path).close()

    with tempfile.TemporaryDirectory() as folder:
        fresh = iter(range(100))
        first, _ = best_ms(lambda: open_history(f"{folder}/{next(fresh)}.db").close(), 5)
    opened, _ = best_ms(again)
    return [
        Row("history: opening a recorded one", opened, "ms CPU", 15.0, note="and closing it"),
        Row("history: the first opening ever", first, "ms CPU", note="all tables and views made, and closed"),
    ]


def year(folder: str) -> list[Row]:
    path = f"{folder}/year.db"
    end = record_year(path)
    archive = open_archive(path)
    spent, window = best_ms(lambda: archive.window(FEW[:1], end - YEAR, end, 500))
    archive.close()
    note = f"1 series, tier {window.tier}, {len(window.times)} steps out of 8760 rows"
    return [Row("history: a year at 1 h", spent, "ms CPU", 10.0, note=note)]


def run(*, quick: bool = False) -> list[Row]:
    with tempfile.TemporaryDirectory(prefix="tuimon-bench-") as folder:
        made = record_simulated(f"{folder}/day.db", 7200 if quick else DAY)
        rows = sizes(made)
        archive = open_archive(made.path)
        rows += reads(archive, made)
        archive.close()
        return rows + openings(made) + ([] if quick else year(folder))


def main() -> None:
    rows = run(quick="--quick" in sys.argv[1:])
    print(json.dumps([asdict(row) for row in rows]))
    print(table(rows))
    sys.exit(1 if any(row.verdict == "missed" for row in rows) else 0)


if __name__ == "__main__":
    main()
