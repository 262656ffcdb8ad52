"""kill -9 in the midst of it, fifty times on one file: what was acknowledged is there, and the file is whole."""

from __future__ import annotations

import os
import random
import signal
import sqlite3

from children import all_times, child, integrity
from recorded import T0, frame, record

from tuimon.history import open_archive, open_history
from tuimon.history.moments import rows_between

NURSERY = """
import os, sys
from recorded import T0, frame, process
from tuimon.history import open_history

def record(second):
    history = open_history(sys.argv[1])
    print("open", os.getpid(), flush=True)
    while True:
        busy = (process(10 + second // 7, cpu_seconds=second), process(9, cpu_seconds=second / 2))
        history.write(frame(T0 + second, second % 100, processes=busy))
        print(f"{second} {second - len(history._samples)}\\n", end="", flush=True)  # taken, committed: in one write
        second += 1

for line in sys.stdin:
    if os.fork() == 0:
        record(int(line))
    os.wait()
    print("dead", flush=True)
"""


def process_row_times(path) -> list[int]:
    archive = open_archive(str(path))
    with archive._view() as view:
        times = [time // 1000 - T0 for time, _ in rows_between(view, 5, 0, 1 << 60)]
    archive.close()
    return times


def test_kill_9_fifty_times_loses_no_committed_row_and_ten_seconds_at_most(tmp_path):
    path = tmp_path / "h.db"
    chance = random.Random(9)
    nursery = child(NURSERY, str(path))
    start, all_committed, newest = 0, set(), 0
    for _ in range(50):
        nursery.stdin.write(f"{start}\n")
        nursery.stdin.flush()
        said = nursery.stdout.readline().split()
        assert said[:1] == ["open"], nursery.stderr.read()
        victim = int(said[1])
        for _ in range(chance.randrange(1, 300)):
            said = nursery.stdout.readline().split()
        os.kill(victim, signal.SIGKILL)
        while (line := nursery.stdout.readline()) != "dead\n":
            said = line.split()
        taken, committed = (int(word) for word in said)
        times = [ms // 1000 - T0 for ms in all_times(path)]
        all_committed |= set(range(start, committed + 1))
        newest = max(times)
        assert len(times) == len(set(times))
        assert all_committed <= set(times)
        assert taken - newest <= 10
        rows = process_row_times(path)
        assert {second for second in all_committed if second % 5 == 0} <= set(rows)
        start = taken + 60
    nursery.communicate(timeout=20)
    assert len(all_committed) > 5000
    assert integrity(path) == "ok"
    db = sqlite3.connect(path)
    lives = db.execute("SELECT count(*) FROM life").fetchone()[0]
    named = db.execute("SELECT count(*) FROM life l JOIN text t ON t.id = l.name").fetchone()[0]
    db.close()
    assert named == lives > 500
    archive = open_archive(str(path))
    names = {one.name for one in archive.frame(T0 + newest).snapshot.processes}
    archive.close()
    assert names >= {"p9"}  # who was at the top has its name


def test_a_stretch_that_a_kill_ended_reaches_to_its_last_committed_sample_for_good(tmp_path):
    path = str(tmp_path / "h.db")
    if (pid := os.fork()) == 0:
        history = open_history(path)
        for second in range(400):
            history.write(frame(T0 + second))
        os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(pid, 0)
    committed = max(all_times(path)) / 1000
    assert T0 + 390 <= committed <= T0 + 399
    record(path, [frame(T0 + 5000 + second) for second in range(20)])
    archive = open_archive(path)
    assert [(span.start, span.end) for span in archive.spans()] == [(T0, committed), (T0 + 5000, T0 + 5019)]
    archive.close()
