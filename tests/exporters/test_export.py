"""What is exported can be read back, streams, and does no harm to a terminal or a spreadsheet."""

from __future__ import annotations

import csv
import io
import itertools
import json

import pytest
import strategies as own
from hypothesis import given
from hypothesis import strategies as st

from tuimon.exporters.rows import PROCESS_HEADER, process_rows, series_header, series_rows
from tuimon.exporters.write import CHUNK, WRITERS, to_csv, to_json, to_jsonl
from tuimon.model.metric import SeriesKey
from tuimon.model.process import LIVE_ONLY, ProcessTable
from tuimon.model.snapshot import Points, Window

BUSY = SeriesKey("cpu", "", "busy_percent")
READ = SeriesKey("disk", "sda", "read_bytes_per_second")


def window(start: float, busy: tuple, read: tuple, step: float = 1.0) -> Window:
    times = tuple(start + at * step for at in range(len(busy)))
    end = start + len(busy) * step
    series = {BUSY: Points(busy, busy, busy), READ: Points(read, read, tuple(r and r * 2 for r in read))}
    return Window(start, end, step, "1s", times, series)


def test_a_column_a_series_named_as_everywhere():
    assert series_header([BUSY, READ], spread=False) == (
        "time",
        "cpu.busy_percent",
        "disk.read_bytes_per_second[sda]",
    )


def test_with_a_spread_the_minimum_and_the_maximum_stand_beside_the_average():
    assert series_header([BUSY], spread=True) == (
        "time",
        "cpu.busy_percent",
        "cpu.busy_percent.min",
        "cpu.busy_percent.max",
    )
    rows = list(series_rows([window(0, (1.0,), (2.0,))], [READ], spread=True))
    assert rows == [(0.0, 2, 2, 4)]


def test_steps_of_which_nothing_was_recorded_have_no_row():
    rows = list(series_rows([window(0, (1.0, None, 3.0), (None, None, 5.0))], [BUSY, READ], spread=False))
    assert rows == [(0.0, 1, None), (2.0, 3, 5)]


def test_windows_that_overlap_give_each_moment_once():
    rows = series_rows([window(0, (1.0, 2.0), (1, 1)), window(1, (9.0, 3.0), (1, 1))], [BUSY], spread=False)
    assert list(rows) == [(0.0, 1), (1.0, 2), (2.0, 3)]


def test_numbers_lose_the_digits_of_arithmetic_but_not_their_worth():
    (row,) = series_rows([window(0, (0.1 + 0.2,), (123456789.0,))], [BUSY, READ], spread=False)
    assert row == (0.0, 0.3, 123456789)


def test_csv_says_times_in_utc_and_unknown_as_nothing():
    text = "".join(to_csv(("time", "a", "b"), [(1700000000.5, None, 2)]))
    assert text == "time,a,b\n2023-11-14T22:13:20.500Z,,2\n"


def test_json_is_columns_and_rows():
    assert json.loads("".join(to_json(("time", "a"), [(0, 1.5), (1, None)]))) == {
        "columns": ["time", "a"],
        "rows": [["1970-01-01T00:00:00Z", 1.5], ["1970-01-01T00:00:01Z", None]],
    }


def test_json_of_nothing_is_json():
    assert json.loads("".join(to_json(("time", "a"), []))) == {"columns": ["time", "a"], "rows": []}


def test_json_lines_are_objects():
    text = "".join(to_jsonl(("time", "a"), [(0, 1)]))
    assert [json.loads(line) for line in text.splitlines()] == [{"time": "1970-01-01T00:00:00Z", "a": 1}]


@pytest.mark.parametrize("name", ["=1+1", "+x", "-x", "@x", "=HYPERLINK(0)"])
def test_a_name_that_a_spreadsheet_would_run_is_quoted(name):
    text = "".join(to_csv(("name",), [(name,)]))
    assert next(csv.reader(io.StringIO(text.split("\n", 1)[1])))[0] == f"'{name}"


def test_a_negative_number_is_a_number_in_csv():
    assert "".join(to_csv(("nice",), [(-5,)])) == "nice\n-5\n"


@given(own.HOSTILE, st.sampled_from(sorted(WRITERS)))
def test_no_control_character_comes_through(name, form):
    text = "".join(WRITERS[form](("name", "user"), [(name, "root")]))
    assert all(letter == "\n" or letter.isprintable() or ord(letter) > 0x9F for letter in text)
    assert text.encode()


@given(st.lists(own.processes(), max_size=4, unique_by=lambda one: one.pid), st.sampled_from(["json", "jsonl"]))
def test_processes_come_back_as_they_were(processes, form):
    table = ProcessTable(1700000000.0, tuple(processes))
    text = "".join(WRITERS[form](PROCESS_HEADER, process_rows([table])))
    if form == "json":
        found = [dict(zip(PROCESS_HEADER, row, strict=True)) for row in json.loads(text)["rows"]]
    else:
        found = [json.loads(line) for line in text.splitlines()]
    assert [row["pid"] for row in found] == [one.pid for one in processes]
    assert [row["command"] for row in found] == [one.command for one in processes]
    assert all(row["time"] == "2023-11-14T22:13:20Z" and row["started_at"].endswith("Z") for row in found)


@given(st.lists(own.processes(own.HOSTILE), max_size=3, unique_by=lambda one: one.pid))
def test_csv_has_a_line_a_row_whatever_the_names(processes):
    text = "".join(to_csv(PROCESS_HEADER, process_rows([ProcessTable(5.0, tuple(processes))])))
    rows = list(csv.reader(io.StringIO(text)))
    assert [len(row) for row in rows] == [len(PROCESS_HEADER)] * (len(processes) + 1)
    assert len(text.splitlines()) == len(rows)


@given(own.processes())
def test_what_the_history_does_not_keep_is_no_column(process):
    (row,) = process_rows([ProcessTable(5.0, (process,))])
    shown = dict(zip(PROCESS_HEADER, row, strict=True))
    assert not LIVE_ONLY & shown.keys()
    assert {name: shown[name] for name in ("user", "state", "kernel")} == {
        "user": process.user,
        "state": process.state,
        "kernel": process.kernel,
    }


@given(own.processes())
def test_the_same_moment_is_exported_once(process):
    rows = process_rows([ProcessTable(time, (process,)) for time in (5.0, 5.0, 4.0, 6.0)])
    assert [row[0] for row in rows] == [5.0, 6.0]


@given(own.processes(), st.lists(st.floats(0, 1000), min_size=1).map(sorted), st.integers(1, 90))
def test_a_step_has_the_first_of_its_tables(process, times, step):
    rows = list(process_rows([ProcessTable(time, (process,)) for time in times], step))
    assert [row[0] for row in rows] == list({time // step: time for time in reversed(times)}.values())[::-1]


@pytest.mark.parametrize("form", sorted(WRITERS))
def test_a_writer_streams_a_chunk_at_a_time(form):
    taken = itertools.count()
    pieces = WRITERS[form](("time", "n"), ((at, next(taken)) for at in range(CHUNK * 10)))
    while "9" not in next(pieces):
        pass
    assert next(taken) <= CHUNK * 2
