"""Metrics that a file was made without; and numbers that are too old to be recorded."""

from __future__ import annotations

import dataclasses
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from recorded import T0, frame, record

from tuimon.history import open_archive
from tuimon.model.families import Filesystem, Memory
from tuimon.model.metric import SeriesKey

HOUR = 3600
BEGUN = T0 - T0 % HOUR
LIMIT = SeriesKey("memory", "", "limit_used_bytes")
USED = SeriesKey("memory", "", "used_bytes")
GIB = 1 << 30

OLDER = """
import sys
from tuimon.model.catalogue import RECORDED
unknown = {"limit_cores", "limit_bytes", "limit_used_bytes", "limit_used_percent", "stale_seconds"}
for family, metrics in RECORDED.items():
    RECORDED[family] = tuple(metric for metric in metrics if metric.name not in unknown)
del RECORDED["battery"]
from recorded import T0, frame, record
from tuimon.history import open_archive
path, first, last = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
record(path, [frame(T0 - T0 % 3600 + at) for at in range(first, last)])
archive = open_archive(path)
for at in range(0, last, 600):
    assert archive.frame(T0 - T0 % 3600 + at + 0.5).snapshot.memory.used_bytes == 2048 * 1024
archive.close()
"""


def older(path, first, last):
    """Record with a tuimon that knows fewer metrics."""
    code = f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r})\n{OLDER}"
    subprocess.run([sys.executable, "-c", code, str(path), str(first), str(last)], check=True)


def limited(at):
    memory = Memory(used_bytes=2048 * 1024, total_bytes=1 << 30, limit_bytes=GIB, limit_used_bytes=GIB // 2)
    made = frame(BEGUN + at)
    return dataclasses.replace(made, snapshot=dataclasses.replace(made.snapshot, memory=memory))


def averages(path, start, end, points):
    archive = open_archive(str(path))
    window = archive.window([USED, LIMIT], BEGUN + start, BEGUN + end, points)
    archive.close()
    return window.series[USED].average, window.series[LIMIT].average


@pytest.fixture(scope="module")
def mixed(tmp_path_factory):
    """Two hours of an older tuimon, two of this one, one more of the older one."""
    path = tmp_path_factory.mktemp("mixed") / "h.db"
    older(path, 0, 2 * HOUR)
    before = averages(path, 0, 2 * HOUR, 2)  # nobody has added a column yet
    assert before == ((2048 * 1024,) * 2, (None, None))
    archive = open_archive(str(path))
    for at in range(0, 2 * HOUR, 600):
        assert archive.frame(BEGUN + at + 0.5).snapshot.memory.limit_bytes is None
    archive.close()
    record(path, [limited(at) for at in range(2 * HOUR, 4 * HOUR)])
    older(path, 4 * HOUR, 5 * HOUR)
    return path


@pytest.mark.parametrize(("points", "known"), [(5, 1), (60, 1), (300, 1), (5 * HOUR, 2)])
def test_a_metric_that_came_later_is_a_gap_before(mixed, points, known):
    """Coarse rows that were not finished are made again by who takes over, with what that one knows."""
    used, limit = averages(mixed, 0, 5 * HOUR, points)
    assert set(used) == {2048 * 1024}
    hours = len(limit) // 5
    assert set(limit[: 2 * hours]) == {None}
    assert set(limit[2 * hours : (2 + known) * hours]) == {GIB // 2}
    assert set(limit[4 * hours :]) == {None}


def test_the_views_have_the_metric_and_the_catalogue_names_it(mixed):
    db = sqlite3.connect(mixed)
    rows = db.execute("SELECT used_bytes_avg, limit_used_bytes_avg, samples FROM memory_1h ORDER BY time").fetchall()
    assert [row[1] for row in rows][:3] == [None, None, GIB // 2]
    assert {row[0] for row in rows} == {2048 * 1024}
    assert db.execute("SELECT unit FROM metric WHERE name = 'limit_used_bytes'").fetchone() == ("bytes",)
    assert db.execute("SELECT count(*) FROM metric WHERE family = 'battery'").fetchone()[0] > 0
    assert db.execute("SELECT count(*) FROM battery_5m").fetchone() == (0,)
    assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    db.close()


def test_a_past_moment_has_the_limit_that_was_in_force(mixed):
    archive = open_archive(str(mixed))
    then = archive.frame(BEGUN + 3 * HOUR).snapshot.memory
    assert (then.limit_bytes, then.limit_used_bytes) == (GIB, GIB // 2)
    assert archive.frame(BEGUN + HOUR).snapshot.memory.limit_bytes is None
    archive.close()


def test_old_numbers_of_a_filesystem_are_not_recorded_as_new_ones(tmp_path):
    path = tmp_path / "h.db"
    ages = [None] * 300 + [float(age) for age in range(300)] + [None] * 300
    frames = [
        frame(BEGUN + at, filesystem=(Filesystem("/mnt", 50.0, 5 * GIB, stale_seconds=age, fstype="nfs4"),))
        for at, age in enumerate(ages)
    ]
    record(path, frames)
    archive = open_archive(str(path))
    keys = [SeriesKey("filesystem", "/mnt", name) for name in ("used_percent", "stale_seconds")]
    for points in (900, 15, 3):
        window = archive.window(keys, BEGUN, BEGUN + 900, points)
        used, stale = (window.series[key].average for key in keys)
        third = len(used) // 3
        assert used == (50,) * third + (None,) * third + (50,) * third
        assert stale[:third] == stale[2 * third :] == (None,) * third
        assert window.series[keys[1]].maximum[2 * third - 1] == 299
    (then,) = archive.frame(BEGUN + 450).snapshot.filesystem
    assert (then.device, then.used_percent, then.stale_seconds, then.fstype) == ("/mnt", None, 150, "nfs4")
    archive.close()
