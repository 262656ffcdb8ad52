"""`tuimon record` as a process of its own: killed, under a clock that steps, asleep, in a time namespace, under sudo."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from children import all_times, child, integrity
from desks import Desk, until
from stepping import SteppedClock

from tuimon.history import HistoryError, open_archive
from tuimon.history.moments import rows_between
from tuimon.model.metric import SeriesKey
from tuimon.model.snapshot import Event

ROOT = Path(__file__).resolve().parents[2]
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="namespaces and other users need root")
BUSY = SeriesKey("cpu", "", "busy_percent")


def samples(path: str) -> list[tuple[int, float, float | None]]:
    """Return (segment, time, how busy the CPU was) of all samples, in the order they were taken."""
    archive = open_archive(path)
    with archive._view() as view:
        series = view.series()[BUSY]
        found = []
        for chunk in view.chunks(0, 1 << 60):
            steps, base = chunk.offsets(series)
            found += [
                (chunk.segment, at / 1000, None if step < 0 else (step + base) / 10)
                for at, step in zip(chunk.times, steps, strict=True)
            ]
    archive.close()
    return found


def events(path: str) -> list[Event]:
    archive = open_archive(path)
    found = archive.events(0, time.time() * 2)
    archive.close()
    return list(found)


def taken(desk: Desk, more_than: int) -> int:
    """Wait until more than so many samples are stored; return how many are."""

    def count() -> int:
        try:
            found = len(all_times(desk.path))
        except HistoryError:  # it is only being made
            return 0
        return found if found > more_than else 0

    return until(count, f"more than {more_than} samples", 40)


def test_six_that_are_killed_have_all_but_the_last_ten_seconds(tmp_path):
    chance = random.Random(5)
    desks = []
    for at in range(6):
        (tmp_path / str(at)).mkdir()
        desks.append(Desk(tmp_path / str(at)))
    try:
        victims = [one.start() for one in desks]
        for one in desks:
            one.wait_for_recorder()
        ends = sorted((time.monotonic() + chance.uniform(2, 14), at) for at in range(6))
        killed = {}
        for end, at in ends:
            time.sleep(max(0.0, end - time.monotonic()))
            victims[at].kill()
            killed[at] = time.time()
        for at, desk in enumerate(desks):
            times = all_times(desk.path)
            assert killed[at] - times[-1] / 1000 <= 11.5  # ten, and the time from one sample to the next
            archive = open_archive(desk.path)
            with archive._view() as view:
                assert killed[at] - rows_between(view, 5, 0, 1 << 60)[-1][0] / 1000 <= 16.5
            archive.close()
            assert integrity(desk.path) == "ok"
            again = desk.start()
            until(
                lambda desk=desk, times=times: len(all_times(desk.path)) > len(times), "a sample of the next recorder"
            )
            again.terminate()
            assert again.wait(20) == 0
            assert set(times) <= set(all_times(desk.path))
    finally:
        for desk in desks:
            desk.close()


def test_a_clock_that_steps_loses_no_sample_and_makes_no_rate_up(desk, tmp_path):
    clock = SteppedClock(tmp_path)
    one = desk.start(env={**os.environ, **clock.environment})
    desk.wait_for_recorder()
    count = taken(desk, 0)
    for offset in ("-1800", "+3600"):
        clock.step(offset)
        count = taken(desk, count + 1)
    one.terminate()
    assert one.wait(20) == 0
    found = samples(desk.path)
    times = [at for _, at, _ in found]
    assert [segment for segment, _, _ in found] == sorted(segment for segment, _, _ in found)
    assert {segment for segment, _, _ in found} == {1, 2}
    steps = [round(after - before) for before, after in pairwise(times)]
    far = [step for step in steps if abs(step) > 60]
    assert [round(step, -2) for step in far] == [-1800, 5400]
    assert all(0 <= step <= 6 for step in steps if step not in far)  # none is missing
    known = [busy for _, _, busy in found if busy is not None]
    assert len(known) >= len(found) - 1  # rates go by the clock that does not step
    assert all(0 <= busy <= 100 for busy in known)
    assert [event.text for event in events(desk.path) if event.kind == "clock_step"] == [
        "the clock went back 30 min",
        "the clock went forward 1 h 30 min, or the machine slept",
    ]
    archive = open_archive(desk.path)
    assert len(archive.spans()) == 3
    archive.close()


def test_a_recorder_that_slept_leaves_a_gap_and_no_rate_over_it(desk, tmp_path):
    clock = SteppedClock(tmp_path)
    one = desk.start(env={**os.environ, **clock.environment})
    desk.wait_for_recorder()
    count = taken(desk, 0)
    one.send_signal(signal.SIGSTOP)
    clock.step("+7200")  # to the program the machine slept: the clock went on, and nothing else did
    time.sleep(7.5)
    one.send_signal(signal.SIGCONT)
    taken(desk, count)
    time.sleep(2.5)  # some more
    one.terminate()
    assert one.wait(20) == 0
    found = samples(desk.path)
    (after,) = [at for at in range(1, len(found)) if found[at][1] - found[at - 1][1] > 7000]
    assert found[after][2] is None
    assert found[after + 1][2] is not None
    assert {segment for segment, _, _ in found} == {1}
    (said,) = [event for event in events(desk.path) if event.kind == "clock_step"]
    assert "or the machine slept" in said.text
    archive = open_archive(desk.path)
    assert len(archive.spans()) == 2
    archive.close()


@as_root
@pytest.mark.root
def test_processes_are_the_same_where_the_boot_seems_longer_ago(desk):
    known = 0
    with subprocess.Popen(["sleep", "30"]) as sleeper:
        for words in ((), ("unshare", "--time", "--boottime", "500000", "--monotonic", "500000", "--fork")):
            one = subprocess.Popen(
                [*words, sys.executable, "-m", "tuimon", "record", *desk.options], cwd=ROOT, stdin=subprocess.DEVNULL
            )
            taken(desk, known)
            os.kill(desk.recorder(), signal.SIGTERM)
            assert one.wait(20) == 0
            known = len(all_times(desk.path))
        sleeper.kill()
    with contextlib.closing(sqlite3.connect(desk.path)) as db:
        boots = [at for (at,) in db.execute("SELECT booted_at FROM host ORDER BY id")]
        assert round(boots[0] - boots[1], -1) == 500_000  # and so says the kernel there
        lives = db.execute(
            "SELECT pid, count(*) FROM life WHERE pid IN (1, ?, ?) GROUP BY pid", (os.getpid(), sleeper.pid)
        )
        assert dict(lives.fetchall()) == {1: 1, os.getpid(): 1, sleeper.pid: 1}


USER = 12345
AS_USER = """
import os, sys
from recorded import frame
from tuimon.history import open_history
path, other, user = sys.argv[1:]

def record(path):
    history = open_history(path)
    history.write(frame(2e9))
    history.close()
    return history.status()

record(other)  # what it takes is imported: the user may not read this Python
os.setgroups([])
os.setresgid(int(user), int(user), int(user))
os.setresuid(int(user), int(user), int(user))
print(record(path).reason or "it is recorded")
"""


@pytest.fixture
def home() -> Iterator[Path]:
    """Give a home of a user that has no name, where that user may go."""
    with tempfile.TemporaryDirectory() as folder:
        os.chown(folder, USER, USER)
        yield Path(folder)


@as_root
@pytest.mark.root
def test_under_sudo_what_is_made_in_a_users_home_is_the_users(home, tmp_path):
    places = {"HOME": str(home), "XDG_STATE_HOME": "", "XDG_RUNTIME_DIR": ""}
    sudo = {**os.environ, **places, "SUDO_UID": str(USER), "SUDO_GID": str(USER)}
    words = [sys.executable, "-m", "tuimon", "record", "--detach"]
    done = subprocess.run(words, cwd=ROOT, env=sudo, capture_output=True, text=True, check=True, timeout=60)
    made = {one.name: one for one in home.rglob("*")}
    assert {Path(name).suffix for name in made} >= {".db", ".db-wal", ".db-shm", ".lock", ".log"}, done.stdout
    assert {one.lstat().st_uid for one in made.values()} == {USER}
    subprocess.run([*words[:4], "stop"], cwd=ROOT, env=sudo, capture_output=True, check=True, timeout=60)
    (history,) = home.rglob("*.db")
    as_user = child(AS_USER, str(history), str(tmp_path / "mine.db"), str(USER))
    assert as_user.communicate(timeout=20) == ("it is recorded\n", "")
    assert {one.lstat().st_uid for one in home.rglob("*")} == {USER}
