"""Lines that are remembered: privately, not too many, and never at the cost of who types them."""

from __future__ import annotations

import os
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuimon.config.private import LARGEST, MOST, Remembered, append, newest


def again(path) -> list[str]:
    found = Remembered(path)
    found.load()
    found.close()
    return found.lines


def test_lines_come_back_in_another_session_each_once_where_it_was_last(tmp_path):
    path = tmp_path / "state" / "tuimon" / "filters"
    one = Remembered(path)
    for line in ("a", "b", "a"):
        one.add(line)
    one.close()
    assert one.lines == ["b", "a"]
    assert again(path) == ["b", "a"]
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_two_sessions_add_to_one_file(tmp_path):
    path = tmp_path / "filters"
    one, other = Remembered(path), Remembered(path)
    one.add("a")
    one.close()
    other.add("b")
    other.close()
    assert again(path) == ["a", "b"]


def test_what_was_typed_before_the_file_was_read_is_newer(tmp_path):
    path = tmp_path / "filters"
    append(path, "old\n")
    one = Remembered(path)
    one.add("new")
    one.load()
    one.load()
    one.close()
    assert one.lines == ["old", "new"]
    assert path.read_text() == "old\nnew\n"


@pytest.mark.parametrize("kind", ["folder", "nowhere", "link", "unreadable"])
def test_a_file_that_cannot_be_used_is_no_fault(tmp_path, kind):
    path = tmp_path / "filters"
    if kind == "folder":
        path.mkdir()
    elif kind == "nowhere":
        path = tmp_path / "file" / "filters"
        (tmp_path / "file").touch()
    elif kind == "link":
        path.symlink_to(tmp_path / "target")
    else:
        path.write_bytes(b"\xff\xfe\x00\x1b[2J\nfine\n")
    one = Remembered(path)
    one.load()
    one.add("mine")
    one.close()
    assert one.lines[-1] == "mine"
    assert all(line.isprintable() for line in one.lines)
    assert not (tmp_path / "target").exists()


def test_a_pipe_in_the_files_place_does_not_stop_anybody(tmp_path):
    path = tmp_path / "filters"
    os.mkfifo(path)
    one = Remembered(path)
    one.load()
    one.add("mine")
    assert one.lines == ["mine"]
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    one.close()
    os.close(reader)


def test_a_disk_that_does_not_answer_is_waited_for_aside_and_not_for_ever(tmp_path, monkeypatch):
    stuck = threading.Event()
    monkeypatch.setattr("tuimon.config.private.PATIENCE", 0.05)
    monkeypatch.setattr(Remembered, "_write", lambda *_: stuck.wait())
    one = Remembered(tmp_path / "filters")
    one.add("a")
    one.add("b")
    one.close()
    assert one.lines == ["a", "b"]
    stuck.set()


def test_without_a_file_lines_are_remembered_for_the_session():
    one = Remembered()
    one.load()
    one.add("a")
    one.close()
    assert one.lines == ["a"]


def test_a_long_file_is_made_short_and_keeps_the_newest(tmp_path):
    path = tmp_path / "filters"
    append(path, "".join(f"filter number {at}\n" for at in range(LARGEST // 10)))
    found = again(path)
    assert len(found) == MOST
    assert found[-1] == f"filter number {LARGEST // 10 - 1}"
    assert path.read_text().splitlines() == found
    assert path.stat().st_mode & 0o777 == 0o600
    assert [file.name for file in tmp_path.iterdir()] == ["filters"]


@given(st.lists(st.text(max_size=5), max_size=200))
def test_the_newest_lines_each_once(lines):
    found = newest(lines)
    assert len(found) <= MOST
    assert len(set(found)) == len(found)
    assert all(line == line.strip() and line for line in found)
    assert newest([*found, *found]) == found
