"""The file for others: plain tools read its views; older formats are migrated with a copy kept."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from recorded import T0, frame, process, record

from tuimon.history import HistoryError, migrations, schema
from tuimon.model.catalogue import FAMILIES, RECORDED, WITH_DEVICES


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    path = tmp_path_factory.mktemp("schema") / "h.db"
    frames = [frame(T0 + at, 10.0 + at % 2, {"sda": 12.3}, processes=(process(),)) for at in range(7300)]
    record(path, frames)
    return str(path)


EXPECTED = {
    "time": "2023-11-14T22:20:00Z", "samples": 60, "busy_percent_avg": 10.5, "busy_percent_min": 10.0, "busy_percent_max": 11.0,
}  # fmt: skip


def test_the_sqlite3_command_reads_the_views(path):
    tool = shutil.which("sqlite3")
    if tool is None:
        pytest.skip("no sqlite3 command here")
    query = f"SELECT {', '.join(EXPECTED)} FROM cpu_1m ORDER BY time LIMIT 1"  # noqa: S608  names of this test
    out = subprocess.run([tool, "-readonly", "-json", path, query], capture_output=True, text=True, check=True).stdout
    assert json.loads(out) == [EXPECTED]


def test_sqlite_utils_reads_the_views(path):
    command = [sys.executable, "-m", "sqlite_utils", "rows", path, "disk_5m", "--limit", "1"]
    found = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    assert found[0]["device"] == "sda"
    assert found[0]["samples"] == 300
    assert found[0]["busy_percent_avg"] == 12.3
    assert found[0]["read_bytes_per_second_avg"] is None


def test_there_is_a_view_of_every_family_in_every_coarse_tier(path):
    db = sqlite3.connect(path)
    views = {name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'view'")}
    for family in FAMILIES:
        for tier in ("1m", "5m", "1h"):
            assert f"{family}_{tier}" in views
            columns = [row[1] for row in db.execute(f"PRAGMA table_info('{family}_{tier}')")]
            device = ["device"] if family in WITH_DEVICES else []
            parts = [f"{metric.name}_{part}" for metric in RECORDED[family] for part in ("avg", "min", "max")]
            assert columns == ["time", *device, "samples", *parts]
    assert db.execute("SELECT name, user, command FROM processes").fetchone() == ("p10", "root", "/bin/p10 --run")
    db.close()


def test_the_catalogue_is_in_the_file(path):
    db = sqlite3.connect(path)
    rows = db.execute("SELECT family, name, unit, resolution FROM metric").fetchall()
    assert set(rows) == {(m.family, m.name, m.unit, m.resolution) for ms in RECORDED.values() for m in ms}
    db.close()


def older(tmp_path, path):
    """Return a copy that says it is of version 3, as if 5 were the present one."""
    copy = str(tmp_path / "h.db")
    shutil.copy(path, copy)
    db = sqlite3.connect(copy)
    db.execute("PRAGMA user_version = 3")
    db.close()
    return copy


def test_an_older_file_is_migrated_step_by_step_and_a_copy_kept(tmp_path, path):
    copy = older(tmp_path, path)
    steps = {
        4: lambda db: db["host"].add_column("vendor", str),
        5: lambda db: db.create_view("hosts", "SELECT name, vendor FROM host"),
    }
    kept = migrations.migrate(copy, 5, steps)
    db = sqlite3.connect(copy)
    assert db.execute("PRAGMA user_version").fetchone() == (5,)
    assert db.execute("SELECT * FROM hosts").fetchone() == ("web1", None)
    assert db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert (
        db.execute("SELECT sql FROM sqlite_master WHERE name = 'tier_cpu_1m'").fetchone()[0].endswith("WITHOUT ROWID")
    )
    db.close()
    before = sqlite3.connect(kept)
    assert before.execute("PRAGMA user_version").fetchone() == (3,)
    assert before.execute("SELECT sum(samples) FROM cpu_1h").fetchone()[0] > 0
    before.close()
    assert Path(kept).stat().st_mode & 0o777 == 0o600


def test_a_step_that_fails_leaves_the_version_that_was_reached(tmp_path, path):
    copy = older(tmp_path, path)
    steps = {
        4: lambda db: db["host"].add_column("vendor", str),
        5: lambda db: db.execute("SELECT nothing FROM nowhere"),
    }
    with pytest.raises(HistoryError, match="migration to format 5 failed"):
        migrations.migrate(copy, 5, steps)
    db = sqlite3.connect(copy)
    assert db.execute("PRAGMA user_version").fetchone() == (4,)
    db.close()
    migrations.migrate(copy, 5, steps | {5: lambda _: None})
    db = sqlite3.connect(copy)
    assert db.execute("PRAGMA user_version").fetchone() == (5,)
    db.close()


def test_there_is_a_step_to_every_version(tmp_path, path):
    assert migrations.can_migrate(1, schema.VERSION)
    copy = older(tmp_path, path)
    with pytest.raises(HistoryError, match="no way"):
        migrations.migrate(copy, 5, {5: lambda _: None})


def test_recording_never_imports_sqlite_utils(tmp_path):
    code = (
        "import sys; from recorded import T0, frame; from tuimon.history import open_history\n"
        f"history = open_history({str(tmp_path / 'h.db')!r}); history.write(frame(T0)); history.close()\n"
        "assert 'sqlite_utils' not in sys.modules, 'imported'"
    )
    here = Path(__file__).parent
    root = here.parents[1]
    subprocess.run([sys.executable, "-c", code], check=True, env={**os.environ, "PYTHONPATH": f"{root}:{here}"})
