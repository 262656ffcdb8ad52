"""What the recorder promises: one writer, nothing acknowledged lost, damage survived, the wrong file refused."""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
import time
from contextlib import closing
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from recorded import BUSY, SDA, T0, frame, process, record

from tuimon.alerts.watch import open_alerts
from tuimon.history import HistoryError, Locked, open_archive, open_history
from tuimon.history.hot import samples_between
from tuimon.history.lock import holder
from tuimon.history.store import move_aside
from tuimon.history.windowread import read_grid
from tuimon.history.windows import Grid
from tuimon.model import families as f
from tuimon.model.metric import SeriesKey
from tuimon.model.snapshot import Alert, Event, Frame, Snapshot

HERE = str(Path(__file__).parent)
ROOT = str(Path(__file__).resolve().parents[2])


def python(code: str, *arguments: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}:{HERE}"}
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    )


def samples(path) -> list[tuple[int, float]]:
    """Return (segment, time) of all samples, hot and sealed, read without tuimon's archive."""
    db = sqlite3.connect(path)
    hot = [(segment, ms / 1000) for segment, ms, _, _ in samples_between(db, 0, 1 << 60)]
    sealed = sum(count for (count,) in db.execute("SELECT count FROM batch"))
    db.close()
    return hot if not sealed else hot + [(0, 0.0)] * sealed


def test_a_history_is_for_its_owner_alone(tmp_path):
    path = tmp_path / "state" / "h.db"
    record(path, [frame(T0)])
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_under_sudo_files_in_a_users_folder_are_the_users(tmp_path, monkeypatch):
    if os.geteuid() != 0:
        pytest.skip("only root can give files away")
    os.chown(tmp_path, 1234, 1234)
    monkeypatch.setenv("SUDO_UID", "1234")
    monkeypatch.setenv("SUDO_GID", "1234")
    history = open_history(str(tmp_path / "h.db"))
    history.write(frame(T0))
    history.flush(T0)
    owners = {one.name: one.stat().st_uid for one in tmp_path.iterdir()}
    history.close()
    assert owners == dict.fromkeys(("h.db", "h.db-wal", "h.db-shm", "h.db.lock"), 1234)


def test_the_second_recorder_is_told_who_the_first_is(tmp_path):
    path = str(tmp_path / "h.db")
    history = open_history(path)
    with pytest.raises(Locked) as refused:
        open_history(path)
    assert refused.value.pid == os.getpid()
    assert str(os.getpid()) in str(refused.value)
    history.close()
    open_history(path).close()


def test_who_only_asks_for_the_recorder_keeps_nobody_from_recording(tmp_path):
    path = str(tmp_path / "h.db")
    open_history(path).close()
    with Path(f"{path}.lock").open("rb") as asking:
        fcntl.flock(asking, fcntl.LOCK_SH)
        timer = threading.Timer(0.002, fcntl.flock, (asking, fcntl.LOCK_UN))
        timer.start()
        open_history(path).close()
        timer.join()
    assert holder(path) is None


def test_a_reader_needs_no_lock_and_sees_what_is_not_committed(tmp_path):
    path = str(tmp_path / "h.db")
    history = open_history(path, commit_every=5)
    mine, other = open_archive(path, history), open_archive(path)
    for second in range(8):
        history.write(frame(T0 + second, second * 10.0))
    whole = tuple(second * 10.0 for second in range(8))
    assert mine.window([BUSY], T0, T0 + 8, 8).series[BUSY].average == whole
    assert other.window([BUSY], T0, T0 + 8, 8).series[BUSY].average == (
        *whole[:5],
        None,
        None,
        None,
    )  # committed with the fifth
    assert mine.frame(T0 + 7).snapshot.time == T0 + 7
    history.close()
    assert other.window([BUSY], T0, T0 + 8, 8).series[BUSY].average == whole
    assert mine.window([BUSY], T0, T0 + 8, 8).series[BUSY].average == whole
    mine.close()
    other.close()


def test_no_sample_is_seen_twice_or_missed_while_it_is_committed_and_sealed(tmp_path):
    path = str(tmp_path / "h.db")
    history = open_history(path, commit_every=3)
    archive = open_archive(path, history)
    for second in range(1500):
        history.write(frame(T0 + second, 50.0, processes=(process(cpu_seconds=second),)))
        if second % 50 == 49 or second % 601 == 0:
            with archive._view() as view:
                times = [time for chunk in view.chunks(0, 1 << 60) for time in chunk.times]
            assert times == [1000 * (T0 + at) for at in range(second + 1)]
    archive.close()
    history.close()


def test_a_reader_in_another_thread_never_misses_a_sample_nor_sees_one_twice(tmp_path):
    path = str(tmp_path / "h.db")
    history = open_history(path, commit_every=2)
    archive = open_archive(path, history)
    written = 0
    looks: list[tuple[int, list[int], int]] = []

    def look():
        while written < 4000:
            least = written
            with archive._view() as view:
                times = [time // 1000 - T0 for chunk in view.chunks(0, 1 << 60) for time in chunk.times]
            looks.append((least, times, written))

    reader = threading.Thread(target=look)
    reader.start()
    for second in range(4000):
        history.write(frame(T0 + second, 50.0))
        written = second + 1
    reader.join(timeout=60)
    archive.close()
    history.close()
    assert len(looks) > 10
    for least, times, most in looks:
        assert times == list(range(len(times)))
        assert least <= len(times) <= most + 1


@pytest.mark.parametrize("back", [1.2, 30.0, 1800.0])
def test_a_clock_that_steps_back_loses_no_sample(tmp_path, back):
    path = tmp_path / "h.db"
    first = [frame(T0 + second, 20.0) for second in range(1000)]
    then = [frame(T0 + 1000 - back + second, 60.0) for second in range(1500)]
    record(path, first + then)
    archive = open_archive(str(path))
    with archive._view() as view:
        assert sum(len(chunk.times) for chunk in view.chunks(0, 1 << 60)) == 2500
    db = sqlite3.connect(path)
    rolled = db.execute("SELECT sum(n), sum(busy_percent_sum), count(DISTINCT segment) FROM tier_cpu_1m").fetchone()
    unfinished = (T0 + 1000 - back + 1500) % 60
    db.close()
    assert rolled[2] == 2
    assert 2500 - rolled[0] <= unfinished + 6
    with archive._view() as view:
        hours = read_grid(view, [BUSY], Grid("1h", T0 // 3600 * 3600 - 3600, 3 * 3600, 1)).series[BUSY]
    assert hours.average == (pytest.approx((1000 * 20.0 + 1500 * 60.0) / 2500),)
    assert (hours.minimum, hours.maximum) == ((20.0,), (60.0,))
    archive.close()


WRITER = """
import sys
from recorded import T0, frame, process
from tuimon.history import open_history
history = open_history(sys.argv[1], commit_every=5)
second = int(sys.argv[2])
while True:
    history.write(frame(T0 + second, second % 100, processes=(process(cpu_seconds=second),)))
    print(second, flush=True)
    second += 1
"""


def test_kill_9_in_the_midst_loses_ten_seconds_at_most(tmp_path):
    path = str(tmp_path / "h.db")
    said: list[int] = []
    times: list[int] = []
    for round_ in range(4):
        start = said[-1] + 20 if said else 0  # time has passed
        child = python(WRITER, path, str(start))
        while not said or said[-1] < start + 650 + 77 * round_:
            line = child.stdout.readline()
            assert line, child.stderr.read()
            said.append(int(line))
        child.send_signal(signal.SIGKILL)
        said += map(int, child.stdout.read().split())  # not communicate(): it forgets what readline() has read ahead
        child.communicate(timeout=20)
        archive = open_archive(path)
        with archive._view() as view:
            times = [time // 1000 - T0 for chunk in view.chunks(0, 1 << 60) for time in chunk.times]
        archive.close()
        assert len(times) == len(set(times))
        missing = set(said) - set(times)
        assert not [second for second in missing if start <= second < said[-1] - 10]
        assert len(missing) <= 10 * (round_ + 1)
    db = sqlite3.connect(path)
    assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    db.close()
    history = open_history(path)
    history.write(frame(T0 + said[-1] + 3600))
    history.close()
    db = sqlite3.connect(path)
    assert db.execute("SELECT sum(n) FROM tier_cpu_1m").fetchone()[0] == len(times)
    db.close()


def test_sigterm_of_a_program_that_closes_loses_nothing(tmp_path):
    path = str(tmp_path / "h.db")
    code = (
        "import signal\n"
        "def stop(*_): history.close(); print('closed', flush=True); raise SystemExit\n"
        "signal.signal(signal.SIGTERM, stop)\n"
        + WRITER.replace("second += 1", "second += 1; __import__('time').sleep(.02)")
    )
    child = python(code, path, "0")
    second = 0
    while second < 13:
        second = int(child.stdout.readline())
    child.terminate()
    out = child.stdout.read().split()
    child.communicate(timeout=20)
    assert out[-1] == "closed"
    written = int(out[-2]) if len(out) > 1 else second
    assert len(samples(path)) >= written + 1


def test_a_file_of_another_machine_is_refused(tmp_path):
    path = str(tmp_path / "h.db")
    open_history(path, machine_id="one").close()
    with pytest.raises(HistoryError, match="belongs to machine one, this is two"):
        open_history(path, machine_id="two")
    open_history(path, machine_id="one").close()


def test_a_file_from_the_future_is_refused_and_left_alone(tmp_path):
    path = tmp_path / "h.db"
    record(path, [frame(T0)])
    db = sqlite3.connect(path)
    db.execute("PRAGMA user_version = 7")
    db.close()
    before = path.read_bytes()
    for attempt in (lambda: open_history(str(path)), lambda: open_archive(str(path)).spans()):
        with pytest.raises(HistoryError, match=r"newer tuimon \(format 7"):
            attempt()
    assert path.read_bytes()[100:] == before[100:]


def test_somebody_elses_database_is_refused(tmp_path):
    path = tmp_path / "h.db"
    db = sqlite3.connect(path)
    db.execute("CREATE TABLE precious (x)")
    db.commit()
    db.close()
    before = path.read_bytes()
    for _ in range(2):  # a first try must not leave anything that makes it look like a history
        with pytest.raises(HistoryError, match="not a history"):
            open_history(str(path))
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_is_no_database_is_refused_and_not_moved(tmp_path):
    path = tmp_path / "thesis.txt"
    path.write_text("In the beginning " * 400)
    for _ in range(2):
        with pytest.raises(HistoryError, match="is not a history of tuimon: choose another file with --history"):
            open_history(str(path))
    assert path.read_text() == "In the beginning " * 400
    assert list(tmp_path.iterdir()) == [path]


def test_a_damaged_file_is_moved_aside_at_the_start(tmp_path):
    path = tmp_path / "h.db"
    open_history(str(path)).close()
    path.write_bytes(b"this was a database once" * 400)
    history = open_history(str(path))
    assert "damaged" in history.status().reason
    history.write(frame(T0))
    history.close()
    assert len(samples(path)) == 1
    aside = [one for one in tmp_path.iterdir() if ".damaged-" in one.name]
    assert len(aside) == 1
    assert aside[0].read_bytes().startswith(b"this was a database")


@pytest.mark.parametrize("begun", ["", "PRAGMA journal_mode = WAL"])
def test_a_start_that_was_killed_before_it_had_tables_is_made_good(tmp_path, begun):
    path = tmp_path / "h.db"
    path.touch()
    db = sqlite3.connect(path)
    db.execute(begun)
    db.close()
    record(path, [frame(T0)])
    assert len(samples(path)) == 1
    assert sorted(one.name for one in tmp_path.iterdir()) == ["h.db", "h.db.lock"]


def test_a_clock_that_is_a_year_ahead_for_a_while_costs_no_history(tmp_path):
    path = tmp_path / "h.db"
    day = [frame(T0 + second) for second in range(1300)]
    ahead = [frame(T0 + 366 * 86400 + second) for second in range(400)]
    then = [frame(T0 + 2000 + second) for second in range(700)]
    record(path, [*day, *ahead, *then])
    archive = open_archive(str(path))
    with archive._view() as view:
        assert sum(len(chunk.times) for chunk in view.chunks(0, 1 << 60)) == 2400
    assert None not in archive.window([BUSY], T0, T0 + 1300, 1300).series[BUSY].average
    archive.close()


def test_two_damages_in_one_second_are_both_kept(tmp_path):
    names = set()
    for content in (b"one", b"two"):
        (tmp_path / "h.db").write_bytes(content)
        names.add(move_aside(str(tmp_path / "h.db"), now=T0))
    assert {Path(name).read_bytes() for name in names} == {b"one", b"two"}


def test_damage_after_an_unclean_stop_is_found_in_the_background(tmp_path):
    path = tmp_path / "h.db"
    record(path, [frame(T0 + second, second % 100) for second in range(3000)])
    db = sqlite3.connect(path)
    page = db.execute("SELECT rootpage FROM sqlite_master WHERE name = 'block'").fetchone()[0]
    db.execute("UPDATE meta SET value = 0 WHERE key = 'clean'")
    db.commit()
    db.close()
    with path.open("r+b") as file:
        file.seek((page - 1) * 4096)
        file.write(b"\xff" * 4096)
    history = open_history(str(path))
    archive = open_archive(str(path), history)
    assert len(archive.spans()) == 1
    deadline = time.monotonic() + 20
    while not history._damage and time.monotonic() < deadline:
        time.sleep(0.01)
    history.write(frame(T0 + 4000, 42.0))
    assert "damaged" in history.status().reason
    history.write(frame(T0 + 4001, 43.0))
    assert archive.window([BUSY], T0 + 4000, T0 + 4002, 2).series[BUSY].average == (42.0, 43.0)
    archive.close()
    history.close()
    assert len(samples(path)) == 2
    assert list(tmp_path.glob("h.db.damaged-*"))


FULL = """
import resource, sys
from recorded import BUSY, T0, frame
from tuimon.history import open_archive, open_history
path = sys.argv[1]
history = open_history(path)
archive = open_archive(path, history)
size = 0
for second in range(300):
    history.write(frame(T0 + second, 10.0))
assert history.status().reason == ""
_, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (8192, hard))  # no file may grow past this any more
for second in range(300, 700):
    history.write(frame(T0 + second, 20.0))
full = history.status()
assert full.mode == "here" and "memory" in full.reason, full
window = archive.window([BUSY], T0 + 100, T0 + 700, 600)
assert None not in window.series[BUSY].average
resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
for second in range(700, 720):
    history.write(frame(T0 + second, 30.0))
assert history.status().reason == "", history.status()
history.close()
print("done")
"""


def test_a_full_disk_is_said_and_nothing_is_lost_when_there_is_room_again(tmp_path):
    path = str(tmp_path / "h.db")
    child = python(FULL, path)
    out, errors = child.communicate(timeout=60)
    assert out == "done\n", errors
    archive = open_archive(path)
    assert None not in archive.window([BUSY], T0, T0 + 720, 720).series[BUSY].average
    archive.close()


def test_memory_is_bounded_while_nothing_can_be_written(tmp_path, monkeypatch):
    monkeypatch.setattr("tuimon.history.writer.MAX_UNSAVED", 100)
    path = str(tmp_path / "h.db")
    history = open_history(path)
    history.write(frame(T0))
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")  # somebody holds the file
    history._db.execute("PRAGMA busy_timeout = 1")
    for second in range(1, 151):
        history.write(frame(T0 + second))
    assert len(history._samples) <= 105
    assert "samples are lost" in history.status().reason
    other.execute("ROLLBACK")
    other.close()
    history.write(frame(T0 + 160))
    assert history.status().reason == ""
    history.close()


def test_names_that_come_and_go_while_nothing_can_be_written_are_forgotten_with_their_samples(tmp_path, monkeypatch):
    monkeypatch.setattr("tuimon.history.writer.MAX_UNSAVED", 100)
    path = str(tmp_path / "h.db")
    history = open_history(path)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    history._db.execute("PRAGMA busy_timeout = 1")
    for second in range(400):
        links = (f.Network(f"veth{second}", receive_bytes_per_second=1600.0),)
        history.write(Frame(Snapshot(T0 + second, 1.0, network=links)))
    held = len(history._registry.layouts), sum(name.startswith("veth") for _, name in history._registry.devices)
    assert max(held) <= 111, "a hundred samples are held, and those since the last look"
    other.execute("ROLLBACK")
    other.close()
    history.close()
    archive = open_archive(path)
    last = SeriesKey("network", "veth399", "receive_bytes_per_second")
    assert archive.window([last], T0 + 399, T0 + 400, 1).series[last].average == (1600.0,)
    archive.close()


def test_a_frame_that_cannot_be_taken_stops_nothing(tmp_path):
    history = open_history(str(tmp_path / "h.db"))
    history.write(frame(T0, float("nan")))
    history.write(frame(T0 + 1, float("inf")))
    history.write(frame(T0 + 2, 1e300))
    history.write(frame(T0 + 3, 5.0))
    archive = open_archive(history.path, history)
    values = archive.window([BUSY], T0, T0 + 4, 4).series[BUSY].average
    assert values == (None, None, None, 5.0)
    archive.close()
    history.close()


def test_rare_commits_as_of_a_fill_leave_no_more_to_seal_than_frequent_ones(tmp_path):
    path = tmp_path / "h.db"
    frames = (frame(T0 + at, at % 100, processes=(process(cpu_seconds=at),)) for at in range(7200))
    record(path, frames, commit_every=600.0)
    db = sqlite3.connect(path)
    assert db.execute("SELECT sum(count) FROM live").fetchone()[0] <= 1200
    assert db.execute("SELECT sum(count) FROM batch").fetchone()[0] >= 6000
    assert db.execute("SELECT sum(count) FROM process_block WHERE level = 5").fetchone()[0] >= 1200
    assert db.execute("SELECT max(time) FROM tier_cpu_1m").fetchone()[0] >= T0 + 6540
    db.close()


def test_devices_that_come_and_go_reuse_their_layouts_and_leave_gaps(tmp_path):
    path = tmp_path / "h.db"
    disks = [{"sda": 1.0}, {"sda": 1.0, "sdb": 2.0}]
    record(path, [frame(T0 + second, 5.0, disks[second % 2]) for second in range(700)])
    db = sqlite3.connect(path)
    assert db.execute("SELECT count(*) FROM layout").fetchone() == (2,)
    db.close()
    archive = open_archive(str(path))
    sdb = SDA._replace(device="sdb")
    assert archive.window([sdb], T0, T0 + 10, 10).series[sdb].average == (None, 2.0) * 5
    assert archive.frame(T0 + 8).snapshot.value(sdb) is None
    assert archive.frame(T0 + 9).snapshot.value(sdb) == 2.0
    archive.close()


def test_series_are_bounded_and_that_is_said(tmp_path):
    history = open_history(str(tmp_path / "h.db"))
    many = {f"sd{number}": 1.0 for number in range(400)}
    history.write(frame(T0, 5.0, many))
    assert len(history._layout.series) <= 2000
    assert "left out" in history.status().reason
    history.write(frame(T0 + 1, 5.0))
    assert history.status().reason == ""
    history.close()


def test_an_unreadable_folder_is_one_line(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(HistoryError, match="cannot be recorded into"):
        open_history(str(tmp_path / "file" / "h.db"))
    with pytest.raises(HistoryError, match="there is no history"):
        open_archive(str(tmp_path / "none.db")).spans()


def test_a_copy_on_a_read_only_folder_can_be_read(tmp_path):
    path = tmp_path / "h.db"
    record(path, [frame(T0 + second) for second in range(20)])
    folder = tmp_path / "ro"
    folder.mkdir()
    shutil.copy(path, folder / "h.db")
    folder.chmod(0o500)
    archive = open_archive(str(folder / "h.db"))
    assert len(archive.spans()) == 1
    archive.close()
    folder.chmod(0o700)


def test_no_tick_encodes_more_than_sixteen_series(tmp_path):
    history = open_history(str(tmp_path / "h.db"))
    disks = {f"sd{number}": 1.0 for number in range(40)}
    waiting = [0]
    for second in range(1280):
        history.write(frame(T0 + second, 5.0, disks))
        sealing = history._housekeeping._sealing
        waiting.append(len(sealing._waiting) if sealing else 0)
    steps = [before - after for before, after in pairwise(waiting) if after < before]
    assert len(steps) > 10
    assert max(steps) <= 16
    history.close()
    db = sqlite3.connect(history.path)
    assert db.execute("SELECT count(*) FROM block").fetchone()[0] == 2 * len(history._layout.series)
    db.close()


def test_an_alert_that_becomes_critical_is_kept_as_critical_with_the_event_that_says_so(tmp_path):
    mild = Alert("fs", "warning", SDA, 90.0, 85.0, ">", T0 + 1, T0 + 3, "fs")
    worse = replace(mild, severity="critical")
    happened = {3: Event(T0 + 3, "alert_raised", "high", mild), 6: Event(T0 + 6, "alert_escalated", "higher", worse)}
    path = str(tmp_path / "h.db")
    with closing(open_history(path, commit_every=2.0)) as history:  # the row is written before it becomes critical
        for second in range(12):
            alerts = () if second < 3 else (mild,) if second < 6 else (worse,)
            history.write(frame(T0 + second, alerts=alerts, events=(happened[second],) if second in happened else ()))
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("SELECT severity FROM alerts").fetchall() == [("critical",)]
        assert [kind for (kind,) in db.execute("SELECT kind FROM events WHERE alert = 1 ORDER BY id")] == [
            "alert_raised", "alert_escalated"
        ]  # fmt: skip
    with closing(open_archive(path)) as archive:
        assert [alert.severity for alert in archive.frame(T0 + 9).alerts] == ["critical"]
        (resumed,) = open_alerts(archive.events(T0, T0 + 100))
        assert resumed.severity == "critical"
