"""Clocks that step, and recorders that are paused: no row lost, gaps where there were gaps, nothing made up."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import time

from children import all_times, child
from stepping import SteppedClock

from tuimon.history import describe
from tuimon.history.hot import samples_between

CLOCKED = """
import select, signal, sys, time
from recorded import frame
from tuimon.history import open_history
history = open_history(sys.argv[1], interval=0.1)
taken, ends = 0, []
signal.signal(signal.SIGTERM, lambda *_: ends.append(True))
while not ends:
    history.write(frame(time.time(), 50.0, elapsed=0.1))
    taken += 1
    if taken % 10 == 0:
        print(taken, flush=True)
    select.select((), (), (), 0.02)  # libfaketime cannot do the sleep of time
history.close()
print(taken, flush=True)
"""


def wait_for(process: subprocess.Popen[str], count: int) -> None:
    """Read the counts that a child prints until it has come so far."""
    goal = 0
    while goal < count:
        line = process.stdout.readline()
        assert line
        goal = int(line)


def ended(process: subprocess.Popen[str]) -> int:
    """Have a child end, and return how many samples it took."""
    process.terminate()
    taken = int(process.stdout.read().split()[-1])
    _, errors = process.communicate(timeout=20)
    assert process.returncode == 0, errors
    return taken


def test_clock_steps_back_and_forward_lose_no_row(tmp_path):
    path, clock = tmp_path / "h.db", SteppedClock(tmp_path)
    recorder = child(CLOCKED, str(path), **clock.environment)
    wait_for(recorder, 30)
    for at, offset in enumerate(("-1800", "+7200", "+7100")):
        clock.step(offset)
        wait_for(recorder, 60 + 30 * at)
    taken = ended(recorder)
    assert len(all_times(path)) == taken
    db = sqlite3.connect(path)
    segments = [segment for (segment,) in db.execute("SELECT DISTINCT segment FROM span ORDER BY segment")]
    stretches = db.execute("SELECT count(*) FROM span").fetchone()[0]
    rows = samples_between(db, 0, 1 << 60)
    db.close()
    assert segments == [1, 2, 3]  # a new one with each step back
    assert stretches == 4  # and a gap with the step forward
    for segment in segments:
        of_segment = [ms for one, ms, _, _ in rows if one == segment]
        assert of_segment == sorted(of_segment)


def test_a_paused_recorder_leaves_a_gap_and_nothing_else(tmp_path):
    path = tmp_path / "h.db"
    recorder = child(CLOCKED, str(path))
    wait_for(recorder, 30)
    recorder.send_signal(signal.SIGSTOP)
    time.sleep(2.5)
    recorder.send_signal(signal.SIGCONT)
    wait_for(recorder, 60)
    assert len(all_times(path)) <= ended(recorder) == len(all_times(path))
    found = describe(str(path))
    assert len(found.gaps) == 1
    assert found.spans[1].start - found.spans[0].end >= 2.4
