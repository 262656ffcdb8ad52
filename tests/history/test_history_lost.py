"""A history that is removed, moved, replaced or overwritten while it is recorded: noticed with the next commit."""

from __future__ import annotations

import os
import shutil
import sqlite3
from pathlib import Path

import pytest
from children import all_times, integrity
from recorded import BUSY, T0, frame, process, record

from tuimon.history import History, Locked, open_archive, open_history
from tuimon.history.lock import recorder_of
from tuimon.model.snapshot import Event
from tuimon.pipeline.recording import Recording


def begun(path: Path, seconds: int = 95) -> History:
    """Return a history into which was recorded for some seconds, and is."""
    history = open_history(str(path), machine_id="this")
    for second in range(seconds):
        history.write(frame(T0 + second, 20.0, processes=(process(cpu_seconds=second),)))
    return history


def go_on(history: History, start: int = 95, end: int = 130) -> None:
    for second in range(start, end):
        history.write(frame(T0 + second, 30.0, processes=(process(cpu_seconds=second),)))


def seconds_in(path) -> list[int]:
    return [ms // 1000 - T0 for ms in all_times(path)]


def files(path: Path) -> list[str]:
    return sorted(one.name for one in path.parent.iterdir())


def test_a_history_that_is_removed_is_begun_anew_with_what_is_held(tmp_path):
    path = tmp_path / "state" / "h.db"
    history = begun(path)
    archive = open_archive(str(path), history)
    assert archive.window([BUSY], T0, T0 + 95, 95).series[BUSY].average == (20.0,) * 95
    for side in path.parent.glob("h.db*"):
        if not side.name.endswith(".lock"):
            side.unlink()
    go_on(history)
    assert history.status().reason == "the history was removed while it was recorded: a new one was begun"
    assert archive.window([BUSY], T0 + 90, T0 + 130, 40).series[BUSY].average == (20.0,) * 5 + (30.0,) * 35
    archive.close()
    history.close()
    assert seconds_in(path) == list(range(90, 130))
    assert integrity(path) == "ok"


def test_a_folder_that_is_removed_is_made_again(tmp_path):
    path = tmp_path / "state" / "h.db"
    history = begun(path)
    shutil.rmtree(path.parent)
    go_on(history)
    history.close()
    assert seconds_in(path) == list(range(90, 130))


def test_a_history_that_is_moved_is_whole_where_it_is(tmp_path):
    path, old = tmp_path / "h.db", tmp_path / "old.db"
    history = begun(path)
    path.rename(old)  # and not what is beside it, as logrotate would
    go_on(history)
    history.close()
    assert seconds_in(old) == list(range(90))
    assert seconds_in(path) == list(range(90, 130))
    assert integrity(old) == integrity(path) == "ok"


def test_a_history_put_in_the_place_is_gone_on_with(tmp_path):
    path, kept = tmp_path / "h.db", tmp_path / "kept.db"
    record(kept, [frame(T0 - 500 + second, 10.0) for second in range(100)], machine_id="this")
    history = begun(path)
    kept.replace(path)
    go_on(history)
    history.close()
    assert history.status().reason == "another file was put in the place of the history: recording goes on in it"
    assert seconds_in(path) == [*range(-500, -400), *range(90, 130)]
    assert integrity(path) == "ok"


def test_what_is_newer_than_now_is_gone_on_with_in_a_new_segment(tmp_path):
    path, kept = tmp_path / "h.db", tmp_path / "kept.db"
    record(kept, [frame(T0 + 500 + second, 10.0) for second in range(100)], machine_id="this")
    history = begun(path)
    kept.replace(path)
    go_on(history)
    history.close()
    assert seconds_in(path) == [*range(500, 600), *range(90, 130)]
    db = sqlite3.connect(path)
    assert [row[0] for row in db.execute("SELECT segment FROM span ORDER BY id")] == [1, 2]
    db.close()


@pytest.mark.parametrize("what", ["nonsense", "another machine's", "another program's"])
def test_what_cannot_be_recorded_into_is_moved_out_of_the_way(tmp_path, what):
    path, other = tmp_path / "h.db", tmp_path / "other"
    if what == "nonsense":
        other.write_bytes(b"no database " * 999)
    elif what == "another machine's":
        record(other, [frame(T0)], machine_id="that")
    else:
        db = sqlite3.connect(other)
        db.execute("CREATE TABLE precious (x)")
        db.commit()
        db.close()
    before = other.read_bytes()
    history = begun(path)
    other.replace(path)
    go_on(history)
    history.close()
    reason = history.status().reason
    assert reason.startswith("another file that cannot be used (")
    assert reason.endswith("and a new one was begun")
    (aside,) = tmp_path.glob("h.db.refused-*")
    assert str(aside) in reason
    assert aside.read_bytes()[100:] == before[100:]
    assert seconds_in(path) == list(range(90, 130))


@pytest.mark.parametrize("what", ["nothing", "nonsense", "another history"])
def test_a_history_that_is_overwritten_is_begun_anew_and_nothing_mixed(tmp_path, what):
    path, other = tmp_path / "h.db", tmp_path / "other"
    if what == "another history":
        record(other, [frame(T0 - 5000 + second, 10.0) for second in range(1500)], machine_id="this")
    else:
        other.write_bytes(b"" if what == "nothing" else b"no database " * 999)
    history = begun(path)
    archive = open_archive(str(path), history)
    archive.spans()
    shutil.copyfile(other, path)
    go_on(history)
    assert history.status().reason.startswith("the history was overwritten while it was recorded: it was moved to ")
    assert archive.window([BUSY], T0 + 90, T0 + 130, 40).series[BUSY].average == (20.0,) * 5 + (30.0,) * 35
    archive.close()
    history.close()
    assert seconds_in(path) == list(range(90, 130))
    assert integrity(path) == "ok"
    (aside,) = (one for one in tmp_path.glob("h.db.overwritten-*") if not one.name.endswith(("-wal", "-shm")))
    assert aside.read_bytes() == other.read_bytes()


@pytest.mark.parametrize("side", ["-wal", "-shm"])
def test_a_log_that_is_removed_costs_nothing(tmp_path, side):
    path = tmp_path / "h.db"
    history = begun(path)
    archive = open_archive(str(path), history)
    archive.spans()
    Path(f"{path}{side}").unlink()
    go_on(history)
    assert history.status().reason == ""
    assert seconds_in(path) == list(range(130))  # to others too
    archive.close()
    history.close()
    assert seconds_in(path) == list(range(130))
    assert integrity(path) == "ok"


def test_who_writes_into_the_history_meanwhile_does_no_harm(tmp_path):
    path = tmp_path / "h.db"
    history = begun(path)
    db = sqlite3.connect(path)
    db.execute("CREATE TABLE mine (x)")
    db.commit()
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    db.close()
    go_on(history)
    history.close()
    assert history.status().reason == ""
    assert seconds_in(path) == list(range(130))


def test_alerts_and_events_go_on_in_the_new_file(tmp_path):
    path = tmp_path / "h.db"
    history = begun(path, 92)
    history.write(frame(T0 + 92, 20.0, events=(Event(T0 + 92, "fault", "what was not stored"),)))
    for side in tmp_path.glob("h.db*"):
        if not side.name.endswith(".lock"):
            side.unlink()
    go_on(history, 93)
    history.close()
    archive = open_archive(str(path))
    assert [event.text for event in archive.events(T0, T0 + 200)] == ["what was not stored"]
    assert len(archive.spans()) == 1
    assert [one.name for one in archive.frame(T0 + 129).snapshot.processes] == ["p10"]
    archive.close()


def test_while_there_is_no_place_for_it_what_is_sampled_is_held(tmp_path):
    path = tmp_path / "state" / "h.db"
    history = begun(path)
    shutil.rmtree(path.parent)
    path.parent.write_text("in the way")
    go_on(history)
    assert history.status().reason.startswith("File exists: what is sampled is kept in memory")
    path.parent.unlink()
    go_on(history, 130, 150)
    assert history.status().reason == "the history was removed while it was recorded: a new one was begun"
    history.close()
    assert seconds_in(path) == list(range(90, 150))


def test_a_lock_that_is_removed_is_taken_again(tmp_path):
    path = tmp_path / "h.db"
    history = begun(path)
    Path(f"{path}.lock").unlink()
    assert recorder_of(str(path)) is None
    go_on(history)
    assert recorder_of(str(path)).pid == os.getpid()
    assert history.status().reason == ""
    history.close()
    assert seconds_in(path) == list(range(130))


def test_who_took_the_place_of_a_removed_lock_records_and_the_first_stands_by(tmp_path):
    path = tmp_path / "h.db"
    first = begun(path)
    recording = Recording(lambda: open_history(str(path), machine_id="this"))
    recording.sink = first
    Path(f"{path}.lock").unlink()
    second = open_history(str(path), machine_id="this")
    for at in range(95, 110):
        recording.hold(frame(T0 + at))
        recording.open(T0 + at, 0.0)
        recording.write()
    assert recording.status.mode == "other"
    second.write(frame(T0 + 111))
    second.close()
    recording.open(T0 + 112, 0.0)
    recording.hold(frame(T0 + 112))
    recording.write()
    recording.close()
    assert seconds_in(path) == [*range(90), 111, 112]
    assert integrity(path) == "ok"


def test_what_is_wrong_is_told_to_who_asks_for_the_recorder(tmp_path):
    path = tmp_path / "h.db"
    history = begun(path)
    path.unlink()
    go_on(history)
    told = recorder_of(str(path))
    assert (told.brief, told.trouble) == (
        "begun anew",
        "the history was removed while it was recorded: a new one was begun",
    )
    with pytest.raises(Locked) as refused:
        open_history(str(path))
    assert (refused.value.brief, refused.value.warning) == (told.brief, told.trouble)
    history.close()
    assert recorder_of(str(path)) is None
