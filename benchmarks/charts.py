"""What the History screen costs: CPU time of a redraw at 200x50, reading included.

Run: python -m benchmarks.charts
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from functools import partial

from benchmarks.history import best_ms, record_simulated
from benchmarks.row import Row
from tuimon.history import open_archive
from tuimon.model.metric import SeriesKey
from tuimon.tui.charts import panes, plotting
from tuimon.tui.charts.question import Plot

SECONDS = 3600
WIDTH, HEIGHT = 200, 45
"""The cells and rows that the charts have on a screen of 200x50."""
LINES = (
    SeriesKey("cpu", "", "busy_percent"),
    SeriesKey("memory", "", "used_percent"),
    SeriesKey("load", "", "load1"),
)


def run(*, quick: bool = False) -> list[Row]:
    """Measure a redraw of three lines, without and with the lowest and highest values around them."""
    with tempfile.TemporaryDirectory(prefix="tuimon-bench-") as folder:
        path = f"{folder}/history.db"
        record_simulated(path, SECONDS // 4 if quick else SECONDS)
        archive = open_archive(path)
        if archive is None:
            raise RuntimeError(f"nothing is recorded in {path}")
        end = archive.spans()[-1].end
        chosen = panes.arranged(LINES, panes.room(HEIGHT))
        rows = tuple(one - 1 for one in panes.shared(len(chosen), HEIGHT))
        found = []
        for words, bands, bar in (("3 lines", False, 50.0), ("3 lines with their extremes", True, 100.0)):
            plot = Plot(end - SECONDS, end, tuple(chosen), rows, WIDTH, bands=bands)
            spent, _ = best_ms(partial(plotting.answer, archive, plot))
            found.append(
                Row(f"History screen, {words}: a redraw", spent, "ms CPU", bar, note="200x50, reading included")
            )
        archive.close()
    return [*found, first_ms()]


def first_ms() -> Row:
    """Measure what only the first opening costs: the library that draws, in a process of its own."""
    code = "import time; began = time.process_time(); import plotext; print(time.process_time() - began)"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return Row(
        "History screen: the first opening besides", 1000 * float(told.stdout), "ms CPU", note="in the reader's thread"
    )


if __name__ == "__main__":
    began = time.process_time()
    for row in run():
        print(f"{row.name}: {row.value:.1f} {row.unit} (goal {row.bar})")
    print(f"{time.process_time() - began:.1f} s CPU in all")
