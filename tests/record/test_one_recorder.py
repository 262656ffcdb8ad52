"""One recorder a file, as real processes: many at once, locks that lie, locks of other containers, locks removed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from desks import ROOT, until

from tuimon.history import Locked, open_archive, open_history
from tuimon.history.lock import recorder_of

MANY = 20


def status(desk) -> dict:
    done = desk.run("status", "--json")
    found = json.loads(done.stdout)
    assert done.returncode == (found["state"] != "recording")
    return found


def open_files(pid: int) -> list[str]:
    return [str(fd.readlink()) for fd in Path(f"/proc/{pid}/fd").iterdir() if fd.is_symlink()]


def integrity(path: str) -> str:
    import sqlite3

    db = sqlite3.connect(path)
    try:
        return db.execute("PRAGMA integrity_check").fetchone()[0]
    finally:
        db.close()


def test_of_many_that_start_at_once_exactly_one_records(desk):
    many = [desk.start() for _ in range(MANY)]
    until(lambda: sum(one.poll() is not None for one in many) == MANY - 1, f"the end of {MANY - 1}", 120)
    (winner,) = [one for one in many if one.poll() is None]
    assert desk.recorder() == winner.pid
    for one in many:
        if one is not winner:
            said = one.stderr.read()
            assert one.returncode == 1
            assert said.startswith(f"tuimon: {desk.path} is being recorded by ")
            assert said.count("\n") == 1
    winner.terminate()
    assert winner.wait(30) == 0
    assert integrity(desk.path) == "ok"


def test_of_many_that_wait_one_follows_the_other(desk):
    first = desk.start()
    desk.wait_for_recorder()
    waiting = [desk.start("--wait") for _ in range(3)]
    for one in waiting:
        assert "waiting for it to end" in one.stderr.readline()
    seen = [first.pid]
    for _ in waiting:
        os.kill(seen[-1], signal.SIGKILL)
        seen.append(desk.wait_for_recorder(other_than=seen[-1]))
    assert sorted(seen) == sorted([first.pid, *(one.pid for one in waiting)])


def test_who_only_waited_ends_at_a_signal_as_if_it_had_recorded(desk):
    desk.start()
    desk.wait_for_recorder()
    waiting = desk.start("--wait")
    waiting.stderr.readline()
    waiting.terminate()
    assert waiting.wait(20) == 0


def test_who_waits_detached_lets_the_shell_go_and_takes_over(desk):
    first = desk.start()
    pid = desk.wait_for_recorder()
    done = desk.run("--detach", "--wait")
    assert done.returncode == 0
    assert done.stdout.startswith("waiting: process ")
    assert f"is being recorded by process {pid}" in done.stdout
    first.kill()
    second = desk.wait_for_recorder(other_than=pid)
    assert f"waiting: process {second}, as " in done.stdout
    assert desk.run("stop").returncode == 0


@pytest.mark.parametrize("said", [b"", b"nonsense", b"pid=1 by=record", b"\xff\xfe", b"4194303 record 1.0", b"pid=x"])
def test_what_a_lock_file_says_locks_nothing(desk, said):
    Path(f"{desk.path}.lock").write_bytes(said)
    assert status(desk)["state"] == "nobody"
    assert desk.run("stop").stderr == f"tuimon: nobody records into {desk.path}\n"
    one = desk.start()
    assert desk.wait_for_recorder() == one.pid


def test_a_lock_that_is_a_link_is_not_followed(desk):
    precious = desk.folder / "precious"
    precious.write_text("keep me")
    Path(f"{desk.path}.lock").symlink_to(precious)
    done = desk.run()
    assert done.returncode == 1
    assert done.stderr == f"tuimon: {desk.path}: cannot be recorded into: {desk.path}.lock is a symbolic link\n"
    assert precious.read_text() == "keep me"


def test_a_pid_that_is_of_somebody_else_is_not_ended(desk):
    """The lock is held by a process that says that it is this test's sleeper."""
    sleeper = subprocess.Popen(["sleep", "600"])
    desk.started.append(sleeper)
    history = open_history(desk.path, by="record")
    Path(f"{desk.path}.lock").write_text(f"pid={sleeper.pid} by=record since=1.0")
    done = desk.run("stop")
    assert done.returncode == 1
    assert (
        done.stderr
        == f"tuimon: {desk.path} is being recorded by process {sleeper.pid}, which is no tuimon of this machine\n"
    )
    assert sleeper.poll() is None
    history.close()


def test_a_recorder_in_another_pid_namespace_is_one_like_any_other(desk):
    """As in a container that shares the folder: its pid means nothing here, or somebody else."""
    if os.geteuid() != 0:
        pytest.skip("only root can make a pid namespace")
    inside = subprocess.Popen(
        [
            "unshare",
            "--pid",
            "--fork",
            "--kill-child",
            "--mount-proc",
            sys.executable,
            "-m",
            "tuimon",
            "record",
            *desk.options,
        ],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
    )
    desk.started.append(inside)
    until(lambda: recorder_of(desk.path), "a recorder")
    assert desk.recorder() == 1
    found = status(desk)
    assert found["state"] == "recording"
    assert (found["recorder"]["user"], found["recorder"]["same_pid_namespace"]) == (None, False)
    assert "process 1 of another container, in the background" in desk.run("status").stdout
    refused = desk.run("stop")
    assert refused.returncode == 1
    assert "process 1 of another container, which cannot be reached from here: stop it there" in refused.stderr
    assert "process 1 of another container" in desk.run().stderr
    follower = desk.start("--wait")
    assert "process 1 of another container; waiting" in follower.stderr.readline()
    inside.kill()
    until(lambda: desk.recorder() == follower.pid, "the one that waited")


def test_a_recorder_that_stores_nothing_is_said_to(desk):
    one = desk.start()
    desk.wait_for_recorder()
    until(lambda: status(desk)["state"] == "recording" and status(desk)["history"]["newest_at"], "a sample")
    one.send_signal(signal.SIGSTOP)
    assert status(desk)["state"] == "recording"
    then = time.time() - 100
    for side in ("", "-wal"):
        os.utime(f"{desk.path}{side}", (then, then))
    lock = Path(f"{desk.path}.lock")
    lock.write_text(
        " ".join(f"since={then}" if word.startswith("since=") else word for word in lock.read_text().split())
    )
    found = status(desk)
    assert found["state"] == "stalled"
    assert found["notes"] == ["nothing was stored for 1 min: see the log of the recorder, or have it begin again"]


def test_a_lock_that_is_removed_is_made_again(desk):
    one = desk.start("--interval", "1")
    pid = desk.wait_for_recorder()
    Path(f"{desk.path}.lock").unlink()
    assert until(desk.recorder, "the lock, anew", 40) == pid
    assert desk.run().stderr.startswith(f"tuimon: {desk.path} is being recorded by process {pid}; ")
    one.terminate()
    assert one.wait(20) == 0


def test_who_lost_the_lock_to_another_ends_without_writing(tmp_path, make_frame):
    path = str(tmp_path / "h.db")
    first = open_history(path, commit_every=5)
    first.write(make_frame(0))
    first.flush(0.0)
    Path(f"{path}.lock").unlink()
    second = open_history(path, commit_every=5)
    first.write(make_frame(1))
    with pytest.raises(Locked, match=f"process {os.getpid()}"):
        first.flush(1.0)
    first.write(make_frame(2))
    first.close()
    second.write(make_frame(3))
    second.close()
    archive = open_archive(path)
    with archive._view() as view:
        assert sum(len(chunk.times) for chunk in view.chunks(0, 1 << 60)) == 2
    archive.close()
    assert recorder_of(path) is None


def test_a_headless_recorder_that_lost_the_lock_stands_by_and_takes_over_again(desk):
    one = desk.start()
    until(lambda: status(desk)["history"]["newest_at"], "a sample")
    Path(f"{desk.path}.lock").unlink()
    other = open_history(desk.path)
    assert desk.recorder() == os.getpid()
    until(lambda: desk.path not in open_files(one.pid), "that it lets go of the file with its next commit")
    assert one.poll() is None
    assert desk.recorder() == os.getpid()
    other.close()
    until(lambda: desk.recorder() == one.pid, "the first one again")
    one.terminate()
    assert one.wait(20) == 0
    assert integrity(desk.path) == "ok"
