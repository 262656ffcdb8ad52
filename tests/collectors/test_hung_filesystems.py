"""Beside filesystems that never answer: nothing piles up, nothing is late, nothing is left. All mounts are real."""

from __future__ import annotations

import fcntl
import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from terminals import descendants, eventually

from tuimon.collectors.asker import A_SERVER, LIMIT

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
HOWS = ("silent", "taken")
KINDS = ("linux", "portable")

pytestmark = [
    pytest.mark.root,
    pytest.mark.skipif(os.getuid() != 0 and not os.environ.get("CI"), reason="mounts in a namespace of its own"),
]


def mounts(folder, count):
    made = [folder / f"silent{number}" for number in range(count)]
    for one in made:
        one.mkdir()
    return ":".join(map(str, made))


def started(how, folders, *program):
    """Return the words that run a program beside mounts that do not answer."""
    return ["unshare", "--mount", sys.executable, str(HERE / "stuck_fuse.py"), how, folders, *map(str, program)]


def beside(how, folders, program, *arguments):
    """Run a program beside mounts that do not answer; return what it says."""
    done = subprocess.run(
        started(how, folders, sys.executable, HERE / program, folders, *arguments),
        capture_output=True, text=True, timeout=100, check=False, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    if done.returncode == 77:
        pytest.skip(f"no FUSE here: {done.stderr}")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def state(pid):
    """The state of a process, '' when it is gone; one that nobody has reaped is gone."""
    try:
        found = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return ""
    return "" if found in "ZX" else found


def askers(pid):
    """The processes that ask filesystems for a tuimon."""
    found = []
    for child in descendants(pid):
        try:
            if b"answerer.py" in Path(f"/proc/{child}/cmdline").read_bytes():
                found.append(child)
        except OSError:
            continue
    return found


@pytest.mark.parametrize("how", HOWS)
@pytest.mark.parametrize("count", [1, 10])
def test_over_an_hour_nothing_piles_up_and_the_age_grows(tmp_path, how, count):
    folders = mounts(tmp_path, count)
    seen = beside(how, folders, "watch_hour.py")
    assert len(seen["started"]) == min(count, LIMIT)
    assert {tuple(one) for one in seen["counts"]} == {tuple(seen["counts"][0])}
    threads, children, _ = seen["counts"][0]
    assert (threads, children) == (1, min(count, LIMIT))
    assert seen["asked_here"] == []  # never by the process that draws
    for minute, ages in zip((10, 20, 30, 40, 50, 60), seen["stale"], strict=True):
        assert len(ages) == count
        assert ages == pytest.approx([minute * 60] * count, abs=30)
    assert "/" in seen["others"]
    assert not [name for name in seen["held"] if not name.startswith(("pipe:", "/dev/null"))]
    assert seen["locked"] == []
    assert seen["left"] <= seen["counts"][0][2] - 2 * min(count, LIMIT)
    # The mounts ended with the namespace; nothing of it is left.
    eventually(lambda: not any(map(state, seen["started"])), 10, lambda: str(seen["started"]))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("how", "count", "most"), [("silent", 1, 1), ("taken", 3, 3), ("taken@filer", 6, A_SERVER)])
def test_no_sample_is_late_and_those_that_hang_are_told(tmp_path, kind, how, count, most):
    seen = beside(how, mounts(tmp_path, count), "watch_stuck.py", kind, "stays")
    assert seen["shown"] == [[True, None]] * count
    assert "/" in seen["others"]
    assert (seen["faults"], seen["overruns"]) == ([], 0)
    assert most <= seen["told"][0] <= most + 1  # each is asked once, and not again; one more for others of this machine
    assert seen["most"] <= most + 1
    assert set(seen["sessions"]) == {True}
    assert not any("pts" in name or "tty" in name or "fuse" in name for name in seen["held"])


@pytest.mark.parametrize("kind", KINDS)
def test_one_that_answers_again_is_fresh_and_one_that_is_detached_is_forgotten(tmp_path, kind):
    """Its last numbers stay while it does not answer; who waited for it ends, if the kernel lets it, and blocks nobody."""
    seen = beside("late", mounts(tmp_path, 1), "watch_stuck.py", kind, "back")
    assert seen["shown"] == [[True, None]]
    fresh, old, left, instead = seen["told"]
    assert fresh == [600 * 4096, 1000 * 4096, pytest.approx(600 / 900 * 100)]
    assert old == fresh[:2]
    assert left <= 1
    assert instead == ["tmpfs", 1 << 20]
    assert (seen["faults"], seen["overruns"]) == ([], 0)
    assert max(age for age in seen["ages"] if age is not None) > 0


def goes_on(path):
    """Whether a recording has its ticks: the first two samples are 150 ms apart, the others a second.

    A busy machine may take some; one that waits 3 s for a mount every 5 s takes more than half, one that waits on takes all.
    """
    with sqlite3.connect(path) as db:
        count, start, end = db.execute('SELECT sum(count), min(start), max("end") FROM hot').fetchone()
    missed = round((end - start - 150) / 1000) + 2 - count
    return missed * 3 <= count


def unlocked(path):
    """Take every lock of a history, and give them back."""
    for file in (path, *path.parent.glob(f"{path.name}*lock*")):
        with file.open("rb") as opened:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)


@pytest.mark.parametrize("how", HOWS)
def test_a_recorder_misses_no_tick_and_a_signal_leaves_no_process_and_no_lock(tmp_path, how):
    path, log = tmp_path / "h.db", tmp_path / "log"
    program = [sys.executable, "-m", "tuimon", "record", "--history", path, "--log", log]
    with subprocess.Popen(started(how, mounts(tmp_path, 3), *program), cwd=ROOT) as outer:
        try:
            stuck = eventually(
                lambda: len(found := askers(outer.pid)) == 3 and found, 40, lambda: "three that are stuck"
            )
            (recorder,) = [one for one in descendants(outer.pid) if one not in stuck]
            os.kill(recorder, signal.SIGSTOP)  # between two looks it could end before its threads are counted
            threads = len(list(Path(f"/proc/{recorder}/task").iterdir()))
            os.kill(recorder, signal.SIGCONT)
            os.kill(recorder, signal.SIGTERM)
            assert outer.wait(40) == 0
        finally:
            outer.kill()
    assert threads <= 3
    unlocked(path)
    eventually(lambda: not any(map(state, stuck)), 10, lambda: f"{stuck} are left")
    assert goes_on(path)


def shown_time(lines):
    """The time of the frame that is shown, '' while none is or it is not live."""
    found = re.search(r"LIVE (\d\d:\d\d:\d\d)", lines[0] if lines else "")
    return found[1] if found else ""


WAITING = 'shift; "$@"; touch quit; while [ ! -e go ]; do sleep 0.05; done'


@pytest.mark.parametrize("how", HOWS)
def test_quitting_the_dashboard_leaves_no_process_and_no_lock(terminal, tmp_path, how):
    one = terminal(120, 40, start=False)
    folder = mounts(tmp_path, 1)
    program = [sys.executable, "-m", "tuimon", "--history", str(one.home / "h.db")]
    shell = ["sh", "-c", WAITING, "sh", "-", *program]
    one.run(how, folder, *shell, extra="unshare --mount", script=HERE / "stuck_fuse.py")
    one.wait_for("! stale", 40)
    for _ in range(3):  # the screen goes on
        before = shown_time(one.screen())
        one.wait_until(lambda lines, before=before: shown_time(lines) not in {"", before}, 20, "a newer frame")
    pid = one.pid
    (stuck,) = askers(pid)
    one.send("q")
    eventually((one.home / "quit").exists, 20, one.text)  # while the mount is as dead as ever
    assert state(pid) == ""
    if how == "silent":
        eventually(lambda: not state(stuck), 5, lambda: f"{stuck} is left")
    else:  # the kernel lets nobody end it; it holds nothing, and is killed as soon as the mount is gone
        assert state(stuck) in {"D", ""}
    unlocked(one.home / "h.db")
    (one.home / "go").touch()
    assert one.wait_for_prompt() == 0
    eventually(lambda: not state(stuck), 10, lambda: f"{stuck} is left")
    assert descendants(one.shell) == []


@pytest.mark.parametrize(
    ("columns", "rows", "words"),
    [(200, 50, "not answering · stale"), (120, 40, "! stale"), (80, 24, "! 2 stale"), (40, 12, "! fs")],
)
def test_each_size_of_screen_tells_of_them(terminal, tmp_path, columns, rows, words):
    one = terminal(columns, rows, start=False)
    program = [sys.executable, "-m", "tuimon", "--no-record"]
    one.run("taken", mounts(tmp_path, 2), *program, extra="unshare --mount", script=HERE / "stuck_fuse.py")
    one.wait_until(lambda lines: sum(line.count(words) for line in lines) == (2 if columns >= 100 else 1), 40, words)
    one.send("q")
    assert one.wait_for_prompt() == 0
