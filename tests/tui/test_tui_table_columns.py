"""Columns: how cells read, that widths never jump, what gives way on a narrow screen, and the trend."""

from __future__ import annotations

import itertools
from datetime import UTC

import pytest
from hypothesis import given
from hypothesis import strategies as st
from process_sets import SAMPLES, process
from rich.cells import cell_len

from tuimon.config.kinds import Columns
from tuimon.config.settings import Table as TableSettings
from tuimon.model.columns import DEFAULT, FIELDS, SHORT, about, column_of
from tuimon.model.process import COSTLY
from tuimon.tui.braille import ASCII_BLOCKS, BLOCKS
from tuimon.tui.table import BY_NAME, COLUMNS, Table, begin, place
from tuimon.tui.table.columns import Terms, chosen, share
from tuimon.tui.table.line import Line
from tuimon.tui.table.trend import CELLS, KEPT, SECONDS, Trend, drawn

ALL = tuple(SHORT.values())


PLAIN = Terms()


def cells_of(one, *names, terms=PLAIN):
    return [BY_NAME[column_of(name)].text(one, terms) for name in names]


def test_every_column_that_the_settings_know_is_drawn_and_told():
    assert tuple(column.name for column in COLUMNS) == FIELDS
    assert all(about(name) for name in FIELDS)
    assert [column_of(column.short) for column in COLUMNS] == list(FIELDS)
    assert [column.name for column in COLUMNS if column.costs] == [
        "pss_bytes",
        "swap_bytes",
        "open_files",
        "container",
        "cgroup",
    ]
    assert {field for column in COLUMNS for field in column.costs} == COSTLY


def test_unknown_and_not_permitted_are_told_apart():
    one = process(1, None)
    assert cells_of(one, "cpu", "pss", "fds", "read", "io", "minflt", "container") == ["…"] * 7
    denied = process(1, None, denied=True)
    assert cells_of(denied, "pss", "fds", "read", "io") == ["denied"] * 4
    assert cells_of(denied, "minflt", "processor", "container") == ["…"] * 3
    assert cells_of(process(1, 0.0, read_bytes_per_second=0.0), "cpu", "read", "io") == ["0.0", "0", "0"]


def test_cpu_is_of_one_core_or_of_the_machine():
    one = process(1, 250.0)
    assert cells_of(one, "cpu") == ["250.0"]
    assert cells_of(one, "cpu", terms=Terms(cores=8)) == ["31.2"]
    table = Table()
    table.update([one], 600.0, 8)
    for title, text in (("CPU%", "250.0"), ("MACH%", "31.2")):
        assert title in "".join(part for part, _ in table.titles(40))
        assert text in "".join(part for part, _ in table.rows(40, 1)[0])
        table.toggle_cpu()


@pytest.mark.parametrize(("value", "text"), [(0.04, "0.0"), (9999.94, "9999.9"), (25600.0, "25600"), (None, "…")])
def test_a_percentage_gives_up_its_decimal_before_a_digit(value, text):
    assert share(value) == text


def test_a_start_is_a_time_today_and_a_date_before():
    noon = 1_795_521_600.0  # 2026-11-24 12:00 UTC
    terms = Terms(tz=UTC, day="2026-11-24")
    starts = (noon, noon - 86400, noon - 400 * 86400)
    assert [cells_of(process(1, started=at), "started", terms=terms)[0] for at in starts] == [
        "12:00:00",
        "11-23",
        "2025",
    ]


WIDE = st.builds(
    process,
    pid=st.integers(1, 2**22),
    ppid=st.integers(0, 2**22),
    started=st.floats(1e9, 4e9),
    cpu=st.none() | st.floats(0, 51_200),
    cpu_seconds=st.floats(0, 8e9),
    rss_bytes=st.integers(0, 2**50),
    virtual_bytes=st.integers(0, 2**60),
    memory_percent=st.none() | st.floats(0, 100),
    threads=st.integers(1, 2**22),
    nice=st.integers(-20, 19),
    priority=st.integers(-100, 39),
    processor=st.none() | st.integers(0, 8191),
    read_bytes_per_second=st.none() | st.floats(0, 1e12),
    minor_faults_per_second=st.none() | st.floats(0, 1e9),
    open_files=st.none() | st.integers(0, 2**30),
    denied=st.booleans(),
)


@given(WIDE)
def test_no_value_of_a_real_process_is_wider_than_its_column(one):
    for column in COLUMNS:
        if column.width and not column.left:
            assert cell_len(column.text(one, Terms(tz=UTC))) <= column.width, column.name


@given(st.integers(1, 400), st.lists(st.sampled_from(ALL), max_size=20))
def test_columns_fit_their_width_and_do_not_overlap(width, words):
    placed = place(chosen(tuple(words)), width)
    assert all(one.start + one.width <= width for one in placed if one.start + 1 < width)
    for one, after in itertools.pairwise(placed):
        assert one.start + one.width + 1 == after.start


@given(st.integers(40, 400))
def test_what_one_cannot_do_without_stays(width):
    names = [one.column.name for one in place(chosen(), width)]
    assert {"pid", "cpu_percent", "command"} <= set(names)


def test_wider_screens_show_more_and_nothing_twice():
    counts = [len(place(chosen(), width)) for width in range(40, 250)]
    assert counts[-1] == len(DEFAULT)
    assert counts[0] >= 4
    shown = [one.column.short for one in place(chosen(), 116)]
    assert "trend" in shown, "at 120 columns there is a trend"


@given(SAMPLES, SAMPLES)
def test_widths_do_not_depend_on_what_is_shown(first, second):
    table = Table(chosen(ALL))
    table.update(first, 100.0)
    table.rows(300, 20)
    before = table.placed
    table.update(second, 101.0)
    table.rows(300, 20)
    assert table.placed == before


def test_columns_are_those_of_the_settings_in_their_order_and_as_wide():
    words = Columns().parse("command:30, PID, rss_bytes, User:12, pid")
    assert words == ("command:30", "pid", "rss", "user:12", "pid")
    table = begin(TableSettings(columns=words), tz=UTC, ascii_only=False)
    assert [str(one) for one in table.columns] == ["command:30", "pid", "rss", "user:12"]
    assert [(one.start, one.width) for one in place(table.columns, 100)] == [(1, 30), (32, 7), (40, 6), (47, 12)]


def test_a_table_begins_as_the_settings_have_it():
    table = begin(
        TableSettings(sort="rss", then="pid", view="tree", cpu_of="machine", columns=()), tz=UTC, ascii_only=True
    )
    assert (table.sort.name, table.sorting.second.name, table.descending) == ("rss_bytes", "pid", True)
    assert (table.view, table.by_machine, table.ascii_only) == ("tree", True, True)
    assert tuple(str(one) for one in table.columns) == DEFAULT


def marked(column, mark, text):
    return f"{column.title}{mark}" in text or f"{mark}{column.title}" in text


def test_the_titles_mark_the_order_and_cut_no_title():
    table = Table(chosen(ALL))
    for column in COLUMNS:
        table.order_by(table.sorting)
        table.sort_by(column)
        text = "".join(part for part, _ in table.titles(420))
        assert marked(column, "▼" if table.descending else "▲", text)
        assert all(one.title in text for one in COLUMNS)
        assert marked(table.sorting.second, "▽" if table.sorting.second.descending else "△", text)


def test_the_mark_of_the_order_keeps_two_titles_apart():
    table = Table()
    text = "".join(part for part, _ in table.titles(76))
    assert " ▽RSS COMMAND" in text
    assert "CPU%▼" in text


# The trend


def line_of(*members):
    return Line(members[0].identity, members[0], members)


def test_a_trend_is_the_last_minute_with_the_newest_at_the_right():
    trend = Trend()
    for second in range(CELLS * SECONDS):
        trend.note([process(1, float(second // SECONDS)), process(2, 0.0)], 600.0 + second)
    assert trend.of([process(1)]) == [float(cell) for cell in range(CELLS)]
    assert trend.of([process(2)]) == [0.0] * CELLS
    assert trend.minute()[1, 1.0] == sum(range(CELLS))
    trend.note([process(1, 50.0)], 600.0 + CELLS * SECONDS)
    assert trend.of([process(1)])[-2:] == [9.0, 50.0]


def test_a_trend_is_blank_before_the_process_was_there_and_where_nobody_looked():
    trend = Trend()
    trend.note([process(1, 5.0)], 600.0)
    trend.note([process(1, 5.0), process(2, 7.0, started=629.0)], 630.0)
    assert trend.of([process(1)])[-6:] == [5.0, None, None, None, None, 5.0]
    assert trend.of([process(2, started=629.0)])[-6:] == [None] * 5 + [7.0]


def test_a_look_into_the_past_and_back_loses_nothing_and_counts_nothing_twice():
    trend = Trend()
    for now in (600.0, 600.0, 601.0, 660.0):
        trend.note([process(1, 8.0)], now)
    assert trend.of([process(1)])[-1] == 8.0
    for now in (50.0, 49.0, 50.0):
        trend.note([process(1, 2.0)], now)
    assert [value for value in trend.of([process(1)]) if value is not None] == [2.0]
    trend.note([process(1, 4.0)], 661.0)
    assert trend.of([process(1)])[-1] == 6.0
    assert len(trend._cells) == 3


def test_what_was_seen_long_ago_is_forgotten():
    trend = Trend()
    for now in range(0, 100_000, 50):
        trend.note([process(1, 8.0)], float(now))
    assert len(trend._cells) <= KEPT


def test_trends_of_several_are_added():
    trend = Trend()
    crowd = [process(pid, 1.0) for pid in range(1, 30)]
    trend.note(crowd, 600.0)
    assert trend.of(crowd)[-1] == 29.0
    assert trend.of([*crowd, *[process(pid) for pid in range(30, 90)]])[-1] == 29.0


def test_a_trend_costs_only_those_that_used_something():
    trend = Trend()
    for second in range(200):
        trend.note([process(pid, 1.0 if pid < 20 else 0.0) for pid in range(1, 1000)], 600.0 + second)
    assert sum(len(cell.sums) for cell in trend._cells.values()) == 19 * KEPT


@given(st.lists(st.none() | st.floats(0, 1e5), min_size=1, max_size=20), st.sampled_from([BLOCKS, ASCII_BLOCKS]))
def test_a_trend_takes_a_cell_each_and_a_zero_is_seen(values, blocks):
    text = drawn(values, blocks)
    assert len(text) == len(values)
    assert all((char == " ") == (value is None) for char, value in zip(text, values, strict=True))


def test_a_frozen_table_has_a_frozen_trend():
    table = Table()
    table.update([process(1, 100.0)], 600.0)
    table.freeze()
    before = table.rows(160, 3)
    for second in range(1, 30):
        table.update([process(1, 0.0)], 600.0 + second)
    assert table.rows(160, 3) == before
    table.freeze()
    assert table.rows(160, 3) != before
