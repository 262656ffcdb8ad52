"""Time travel: CPU from a key to a full screen of 200x50, at any moment of a simulated year, and to a neighbour.

The year is hours for most of it, minutes for its last days, seconds for its last six hours.

Run: python -m benchmarks.travel
"""

from __future__ import annotations

import math
import random
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import cast

from benchmarks.history import DAY, START, YEAR
from benchmarks.row import Row
from benchmarks.table import table
from tuimon.collectors.simulated import open_simulated
from tuimon.history import open_archive, open_history
from tuimon.model.snapshot import Frame
from tuimon.pipeline.differing import difference
from tuimon.pipeline.fill import Stretch, moments
from tuimon.pipeline.incident import incident
from tuimon.pipeline.recent import Recent
from tuimon.protocols import Archive, Source
from tuimon.tui.desk import Desk
from tuimon.tui.past import charted
from tuimon.tui.session import Session
from tuimon.tui.travel.reader import answer, around
from tuimon.tui.travel.sight import Question, Sight

SIZE = (200, 50)


class NoSource:
    """A machine that nobody asks for anything."""

    abilities = frozenset[str]()


class Screen:
    """A desk that travels over an archive; what it asks is answered at once."""

    def __init__(self, archive: Archive, newest: Frame) -> None:
        self.archive = archive
        self.desk = Desk(Session(cast("Source", NoSource()), lambda: None))
        self.newest = newest
        self.recent = Recent()
        self.known: dict[Question, Sight] = {}
        self.desk.travel.ask = self.ask
        self.desk.travel.ready = True
        self.desk.travel.follow(newest, tuple(charted(newest.snapshot)))

    def read_ahead(self) -> None:
        """Read what a step back leads to, as the reader does when nothing is asked."""
        sight = self.desk.travel.sight
        self.known = {}
        for look in around(sight)[:1] if sight is not None else []:
            found = answer(self.archive, look, [sight.window])
            self.known = {look: found} if isinstance(found, Sight) else {}

    def ask(self, question: Question) -> Sight | None:
        """Answer a question from the archive, or from what was read ahead."""
        if question in self.known:
            return self.known[question]
        if isinstance(found := answer(self.archive, question, []), Sight):
            return found
        self.desk.travel.take(found)
        return None

    def draw(self) -> None:
        """Draw the whole screen."""
        self.desk.draw(self.newest, self.recent, *SIZE)


def cpu_ms(work: Callable[[], object]) -> float:
    """Return the CPU time of one call."""
    began = time.process_time()
    work()
    return 1000 * (time.process_time() - began)


def year(path: str, *, quick: bool) -> float:
    """Make up a year; return its end."""
    end = START + YEAR
    stretches = [Stretch(end - 3 * DAY, 3600), Stretch(end - DAY / 4, 60), Stretch(end, 10 if quick else 1)]
    machine = open_simulated("busy", 1)
    history = open_history(path, commit_every=7200)
    snapshot = machine.sample()
    for number, (moment, step) in enumerate(moments(START, stretches)):
        if number % 500 == 0:  # made up now and then: what is read is as large
            snapshot = machine.sample()
        cpu = replace(snapshot.cpu, busy_percent=50 + 40 * math.sin(number / 300))
        history.write(Frame(replace(snapshot, time=moment, elapsed=step, cpu=cpu), tick=number))
    history.close()
    return end


def run(*, quick: bool = False) -> list[Row]:
    """Fill, then jump to moments of all ages, step, and ask what a person asks."""
    chance = random.Random(5)
    with tempfile.TemporaryDirectory(prefix="tuimon-bench-") as folder:
        path = str(Path(folder, "year.db"))
        end = year(path, quick=quick)
        archive = open_archive(path)
        newest = archive.frame(end)
        if newest is None:
            raise RuntimeError("nothing was filled")
        screen = Screen(archive, newest)
        screen.draw()
        ages = [chance.uniform(60, limit) for limit in (3600, DAY, 7 * DAY, 30 * DAY, YEAR - DAY) for _ in range(6)]
        jumps = [cpu_ms(lambda age=age: (screen.desk.go(end - age), screen.draw())) for age in ages]
        screen.desk.go(end - 5000)
        steps = []
        for _ in range(20):
            screen.read_ahead()
            steps.append(cpu_ms(lambda: (screen.desk.step(-1), screen.draw())))
        asked = cpu_ms(lambda: difference(archive, end - 7200, end - 60))
        who = cpu_ms(lambda: archive.usage(end - 300, end))
        report = cpu_ms(lambda: incident(archive, end - 3600, end, now=end))
        archive.close()
    return [
        Row("time travel: any moment of a year to a full screen, the slowest of 30", max(jumps), "ms CPU", 150,
            note=f"median {median(jumps):.1f}"),
        Row("time travel: a step to a moment that was read ahead, the slowest of 20", max(steps), "ms CPU", 20,
            note=f"median {median(steps):.1f}"),
        Row("time travel: who used five minutes", who, "ms CPU"),
        Row("time travel: what is different after two hours", asked, "ms CPU"),
        Row("time travel: all that a report of an hour tells", report, "ms CPU"),
    ]  # fmt: skip


def main() -> None:
    print(table(run(quick="--quick" in sys.argv[1:])))


if __name__ == "__main__":
    main()
