"""A year of a simulated machine in one file, then a week more: how large it stays, and how fast it is read.

A year of seconds would take five hours to make up. Each tier is filled by what fills it as well: hours by a sample
every 15 minutes for eleven months; five minutes, minutes, and processes with their names by one every 5 s for a month,
which is how long any of them is kept; seconds by one a second for the last day. The first day of the year and the week
after it are seconds all through, committed as they would be live. Both files are read at the end, in turns.
"""

from __future__ import annotations

import itertools
import json
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from benchmarks.history import DAY, FEW, START, YEAR, best_ms
from benchmarks.row import Row
from benchmarks.table import table
from tuimon.collectors.simulated import open_simulated
from tuimon.history import History, describe, open_archive, open_history
from tuimon.history.store import size_of
from tuimon.model.snapshot import Frame
from tuimon.pipeline.fill import Stretch, moments

CAP = 512 << 20
MONTH = 31 * DAY
ROUNDS = 3
SECONDS = DAY + 7200
"""How far the finest tier reaches back, and some."""


class Filler:
    """Writes a simulated machine into a history, and knows what that took."""

    def __init__(self, path: str) -> None:
        self.machine = open_simulated("busy", 1, start=START)
        self.path = path
        self.at = START
        self.worst = self.total = 0.0
        self.samples = 0
        self.history: History | None = None

    def fill(self, stretches: Sequence[Stretch], commit_every: float = 10.0) -> None:
        """Go on to the end of the last stretch."""
        history = open_history(self.path, size_cap=CAP, commit_every=commit_every)
        for moment, step in itertools.islice(moments(self.at, stretches), 1, None):
            frame = Frame(self.machine.sample_at(moment, step), tick=self.samples)
            began = time.process_time()
            history.write(frame)
            spent = time.process_time() - began
            self.worst, self.total, self.samples = max(self.worst, spent), self.total + spent, self.samples + 1
            self.at = moment
        history.close()

    def forget_times(self) -> None:
        """Begin to reckon anew what a tick takes."""
        self.worst = self.total = 0.0
        self.samples = 0


def reads(path: str, end: float) -> dict[str, float]:
    """Return the CPU time in ms of what a dashboard reads."""
    archive = open_archive(path)
    keys = archive.keys(end - 360, end)[:15]
    found = {
        "a day": best_ms(lambda: archive.window(FEW, end - DAY, end, 500))[0],
        "6 minutes": best_ms(lambda: archive.window(keys, end - 360, end, 360))[0],
        "a moment": best_ms(lambda: archive.frame(end - 5000))[0],
        "an hour's processes": best_ms(lambda: archive.usage(end - 3600, end))[0],
        "opening": best_ms(lambda: open_history(path).close())[0],
    }
    archive.close()
    return found


def in_turns(*files: tuple[str, float]) -> list[dict[str, float]]:
    """Return what the reads of each file take at best, each read at its end."""
    rounds = [[reads(path, end) for path, end in files] for _ in range(ROUNDS)]
    return [{name: min(one[name] for one in found) for name in found[0]} for found in zip(*rounds, strict=True)]


def slowest(before: dict[str, float], after: dict[str, float]) -> Row:
    """Say which read has become slower by most."""
    worst = max(after, key=lambda name: after[name] / before[name])
    note = ", ".join(f"{name} {before[name]:.1f} -> {after[name]:.1f}" for name in after)
    name = "a year and a week: reads beside those of the first day, the slowest"
    return Row(name, after[worst] / before[worst], "times", 1.25, note=f"{worst}; ms CPU: {note}")


def run(*, quick: bool = False) -> list[Row]:
    """Fill, measure, go on for a week, measure again. Quick: a tenth of each stretch of time."""
    scale = 10 if quick else 1
    year, month, week = (span / scale for span in (YEAR, MONTH, 7 * DAY))
    with tempfile.TemporaryDirectory(prefix="tuimon-bench-") as folder:
        filler = Filler(str(Path(folder, "year.db")))
        filler.fill([Stretch(START + DAY / scale, 1)])
        day = str(shutil.copy(filler.path, Path(folder, "day.db"))), filler.at
        end = START + year
        coarse = [Stretch(end - month, 900), Stretch(end - SECONDS / scale, 5)]
        filler.fill(coarse, commit_every=1200)
        filler.fill([Stretch(end, 1)])
        sizes = [size_of(filler.path)]
        filler.forget_times()
        for passed in range(1, 8):
            filler.fill([Stretch(end + week * passed / 7, 1)])
            sizes.append(size_of(filler.path))
        tick, worst = filler.total / filler.samples * 1000, filler.worst * 1000
        beside = in_turns(day, (filler.path, filler.at))
        day_size = size_of(day[0])
        tiers = ", ".join(f"{tier.name} {(tier.bytes or 0) / 1e6:.1f}" for tier in describe(filler.path).parts)
    largest = max(abs(size - sizes[0]) for size in sizes) / sizes[0] * 100
    by_day = ", ".join(f"{size / 1e6:.1f}" for size in sizes)
    return [
        Row("a year and a week: the file's size has changed by", largest, "%", 5, note=f"MB by day: {by_day}"),
        Row(
            "a year and a week: the file",
            max(sizes) / 1e6,
            "MB",
            CAP / 1e6,
            note=f"first day {day_size / 1e6:.1f}; {tiers}",
        ),
        slowest(*beside),
        Row("a year and a week: a tick in that week, on average", tick, "ms CPU", 0.6),
        Row("a year and a week: the longest tick", worst, "ms CPU"),
    ]


def main() -> None:
    rows = run(quick="--quick" in sys.argv[1:])
    print(json.dumps([asdict(row) for row in rows]))
    print(table(rows))


if __name__ == "__main__":
    main()
