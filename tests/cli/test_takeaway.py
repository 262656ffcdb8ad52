"""Taking a span away: a new private file each time, in the form that was asked for, whole or not at all."""

from __future__ import annotations

import csv
import json

import pytest

from tuimon.compose.takeaway import taker
from tuimon.history import open_archive
from tuimon.model.times import parse_time

END = parse_time("2026-11-20T12:00:00Z", now=0).epoch


@pytest.fixture
def take(filled, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return taker(lambda: open_archive(filled), None)


def test_tables_have_every_step_and_a_name_that_says_which(take, tmp_path):
    path = take("csv", END - 60, END, "")
    assert path.startswith(str(tmp_path / "tuimon-"))
    with open(path, encoding="utf-8") as file:  # noqa: PTH123  as csv wants it
        rows = list(csv.DictReader(file))
    assert 59 <= len(rows) <= 61
    assert "cpu.busy_percent.max" in rows[0]
    found = json.loads((tmp_path / take("json", END - 60, END, "")).read_text())
    assert len(found["rows"]) == len(rows)


def test_reports_come_as_a_page_and_as_markdown(take, tmp_path):
    assert (tmp_path / take("html", END - 300, END, "")).read_text().startswith("<!DOCTYPE html>")
    assert (tmp_path / take("markdown", END - 300, END, "")).read_text().startswith("# ")


def test_a_picture_is_the_text_that_was_given(take, tmp_path):
    assert (tmp_path / take("svg", END - 300, END, "<svg/>")).read_text() == "<svg/>"


def test_no_file_is_ever_replaced_and_all_are_private(take, tmp_path):
    paths = {take("svg", END - 300, END, f"<svg>{number}</svg>") for number in range(3)}
    assert len(paths) == 3
    assert {(tmp_path / path).stat().st_mode & 0o777 for path in paths} == {0o600}


def test_nothing_half_written_stays(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    take = taker(lambda: None, None)
    with pytest.raises(FileNotFoundError, match="nothing is recorded yet"):
        take("csv", END - 60, END, "")
    assert list(tmp_path.iterdir()) == []
