"""Beside filesystems that never answer: nothing piles up, nothing is late, nothing is left. All mounts are real."""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from terminals import descendants, eventually

HERE = Path(__file__).parent
LIMIT = 4  # processes that may be stuck at once
HOWS = ("silent", "taken")

pytestmark = [
    pytest.mark.root,
    pytest.mark.skipif(os.getuid() != 0 and not os.environ.get("CI"), reason="mounts in a namespace of its own"),
]


def mounts(folder, count):
    made = [folder / f"silent{number}" for number in range(count)]
    for one in made:
        one.mkdir()
    return ":".join(map(str, made))


def beside(how, folders, program):
    """Run a program beside mounts that never answer; return what it says."""
    done = subprocess.run(
        ["unshare", "--mount", sys.executable, HERE / "stuck_fuse.py", how, folders, sys.executable, HERE / program, folders],
        capture_output=True, text=True, timeout=100, check=False, env={**os.environ, "PYTHONPATH": str(HERE.parent.parent)},
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


@pytest.mark.parametrize("how", HOWS)
@pytest.mark.parametrize("count", [1, 6])
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
        assert ages == pytest.approx([minute * 60] * count, abs=20)
    assert "/" in seen["others"]
    assert not [name for name in seen["held"] if not name.startswith(("pipe:", "/dev/null"))]
    assert seen["locked"] == []
    assert seen["left"] <= seen["counts"][0][2] - 2 * min(count, LIMIT)
    # The mounts ended with the namespace; nothing of it is left.
    eventually(lambda: not any(map(state, seen["started"])), 10, lambda: str(seen["started"]))


@pytest.mark.parametrize("how", HOWS)
def test_no_sample_is_late_and_none_is_skipped(tmp_path, how):
    folder = mounts(tmp_path, 1)
    seen = beside(how, folder, "watch_stuck.py")
    assert seen["shown"] == [[folder, True, None]]
    assert "/" in seen["others"]
    assert seen["faults"] == []
    assert seen["overruns"] == 0
    assert seen["stuck"] == 1  # it is asked once, and not again while it does not answer
    assert seen["sessions"] == [True]
    assert not any("pts" in name or "tty" in name or "fuse" in name for name in seen["descriptors"])


WAITING = 'shift; "$@"; touch quit; while [ ! -e go ]; do sleep 0.05; done'


@pytest.mark.parametrize("how", HOWS)
def test_quitting_the_dashboard_leaves_no_process_and_no_lock(terminal, tmp_path, how):
    one = terminal(120, 40, start=False)
    folder = mounts(tmp_path, 1)
    program = [sys.executable, "-m", "tuimon", "--history", str(one.home / "h.db")]
    shell = ["sh", "-c", WAITING, "sh", "-", *program]
    one.run(how, folder, *shell, extra="unshare --mount", script=HERE / "stuck_fuse.py")
    one.wait_for("not answering", 40)
    pid = one.pid
    stuck = [child for child in descendants(pid) if b"answerer.py" in Path(f"/proc/{child}/cmdline").read_bytes()]
    assert len(stuck) == 1
    one.send("q")
    eventually((one.home / "quit").exists, 20, one.text)  # while the mount is as dead as ever
    assert state(pid) == ""
    if how == "silent":
        eventually(lambda: not state(stuck[0]), 5, lambda: f"{stuck} is left")
    else:  # the kernel lets nobody end it; it holds nothing, and is killed as soon as the mount is gone
        assert state(stuck[0]) in {"D", ""}
    with (one.home / "h.db").open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    for lock in one.home.glob("h.db*lock*"):
        with lock.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    (one.home / "go").touch()
    assert one.wait_for_prompt() == 0
    eventually(lambda: not state(stuck[0]), 10, lambda: f"{stuck} is left")
    assert descendants(one.shell) == []
