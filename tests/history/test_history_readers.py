"""Readers that never end and names that churn: neither makes the files outgrow the cap."""

from __future__ import annotations

import random
import sqlite3
from pathlib import Path

from children import all_times
from recorded import T0, frame, record

from tuimon.history import Retention, open_history
from tuimon.model import families as f

CAP = 8 << 20


def taken(folder: Path) -> int:
    return sum(side.stat().st_size for side in folder.glob("h.db*"))


def test_a_reader_that_never_ends_cannot_make_the_files_outgrow_the_cap(tmp_path):
    path = str(tmp_path / "h.db")
    noise = random.Random(6)
    history = open_history(path, size_cap=CAP)
    history.write(frame(T0))
    sleeper = sqlite3.connect(f"file:{path}?mode=ro", uri=True, isolation_level=None)
    sleeper.execute("BEGIN")
    sleeper.execute("SELECT count(*) FROM meta").fetchone()
    biggest, reasons = 0, set()
    disks = [{f"sd{number}": noise.uniform(0, 100) for number in range(100)} for _ in range(40)]
    second = 0
    while "somebody has not ended a read" not in history.status().reason:
        second += 1
        history.write(frame(T0 + second, 5.0, disks[second % 40]))
        biggest = max(biggest, taken(tmp_path))
        assert second < 40_000
    for _ in range(600):
        second += 1
        history.write(frame(T0 + second, 5.0, disks[second % 40]))
        reasons.add(history.status().reason)
        biggest = max(biggest, taken(tmp_path))
    assert biggest <= CAP
    assert all("kept in memory" in reason for reason in reasons)
    sleeper.execute("COMMIT")
    sleeper.close()
    for _ in range(20):
        second += 1
        history.write(frame(T0 + second, 5.0, disks[second % 40]))
    assert history.status().reason == ""
    history.close()
    assert [ms // 1000 - T0 for ms in all_times(path)][-1200:] == list(range(second - 1199, second + 1))


def test_five_thousand_interface_names_stay_within_the_cap(tmp_path):
    path = str(tmp_path / "h.db")
    noise = random.Random(7)
    history = open_history(path, size_cap=CAP, interval=10.0)
    biggest = 0
    for at in range(1000):
        names = [f"veth{number:x}" for number in range(5 * at, 5 * at + 20)]  # each lives for 40 s
        interfaces = tuple(f.Network(name, receive_bytes_per_second=noise.uniform(0, 1e6)) for name in names)
        history.write(frame(T0 + 10 * at, noise.uniform(0, 100), network=interfaces, elapsed=10.0))
        biggest = max(biggest, taken(tmp_path))
    assert history.status().reason == ""
    layouts = len(history._registry.layouts)
    history.close()
    assert biggest <= CAP
    assert layouts <= 260  # those of the hot rows
    assert max(all_times(path)) // 1000 == T0 + 10 * 999


def test_devices_that_no_tier_remembers_are_retired(tmp_path):
    kept = Retention(600.0, 600.0, 600.0, 3600.0, 600.0, 600.0)
    path = tmp_path / "h.db"
    frames = (frame(T0 + at, 5.0, {f"sd{at // 60}": 1.0}, elapsed=5.0) for at in range(0, 6 * 3600, 5))
    record(path, frames, retention=kept, interval=5.0)
    db = sqlite3.connect(path)
    disks = db.execute("SELECT count(*) FROM device WHERE family = 'disk'").fetchone()[0]
    assert 60 <= disks <= 200  # of 360
    assert db.execute("SELECT count(DISTINCT device) FROM series WHERE family = 'disk'").fetchone()[0] == disks
    db.close()
