"""Sheets: who used a span, what is different; by keys and by mouse, at any size."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuimon.model.difference import Change, Difference, Growth, Lifetime
from tuimon.model.metric import SeriesKey
from tuimon.model.snapshot import Usage
from tuimon.tui.dialogs.shape import Said
from tuimon.tui.dialogs.sheet import Line, Sheet, Tab
from tuimon.tui.style import row_width
from tuimon.tui.travel import sheets

T0 = 1_700_000_000.0
BUSY = SeriesKey("cpu", "", "busy_percent")


def used(pid: int, **changes) -> Usage:
    given_ = {"cpu_seconds": 1.0, "rss_growth_bytes": 0, "read_bytes": 0.0, "write_bytes": 0.0} | changes
    return Usage(
        pid=pid, started_at=T0, name=f"p{pid}", user="root", command="", rss_peak_bytes=1, share_percent=1.0, **given_
    )


def text(drawn) -> str:
    return "\n".join("".join(part for part, _ in row) for row in drawn.rows)


USAGE = [used(1, cpu_seconds=9.0), used(2, rss_growth_bytes=1 << 30), used(3, write_bytes=5e9)]


@pytest.mark.parametrize(("by", "first"), [("cpu", "p1"), ("memory", "p2"), ("disk", "p3"), ("load", "p1")])
def test_the_culprit_of_an_alert_is_in_the_first_row(by, first):
    sheet = sheets.users(USAGE, T0, T0 + 300, None, by=by)
    lines = text(sheet.draw(110, 30, ascii_only=False)).splitlines()
    titles = next(at for at, line in enumerate(lines) if "PID" in line)
    assert f"[{first}]" in lines[titles + 1]


def test_keys_turn_tabs_choose_rows_and_answer():
    sheet = sheets.users([used(1, cpu_seconds=9.0), used(2)], T0, T0 + 300, None)
    sheet.draw(100, 30, ascii_only=False)
    assert sheet.press("down", None) is Said.NOTHING
    assert sheet.press("enter", None) == (2, T0)
    sheet.press("right", None)
    assert sheet.press("enter", None) is Said.NOTHING  # nobody grew
    assert sheet.press("escape", None) is Said.CLOSE


def test_clicks_turn_tabs_choose_rows_and_answer():
    sheet = sheets.users([used(1, cpu_seconds=9.0), used(2, rss_growth_bytes=5)], T0, T0 + 300, None)
    drawn = sheet.draw(100, 30, ascii_only=False)
    tabs = [spot for spot in drawn.spots if isinstance(spot.answer, str) and spot.answer.startswith("tab ")]
    assert len(tabs) == 3
    sheet.click(tabs[1].answer)
    drawn = sheet.draw(100, 30, ascii_only=False)
    assert "[by memory growth]" in text(drawn)
    row = next(spot for spot in drawn.spots if spot.answer == 0 and isinstance(spot.answer, int))
    assert sheet.click(row.answer) == (2, T0)


def test_what_is_different_tells_of_metrics_and_processes():
    life = Lifetime(7, T0, 1, "new", "root", "/bin/new --fast", T0, None)
    found = Difference(
        T0, T0 + 60, (Change(BUSY, 5.0, 95.0, 2.0, 99.5),), (life,), (), (Growth(9, T0, "leaky", "app", 1, 1 << 30, 1.0, 2.0),),
        (T0 - 86400, T0),
    )  # fmt: skip
    sheet = sheets.different(found, None)
    shown = text(sheet.draw(110, 20, ascii_only=False))
    assert "cpu busy" in shown
    assert "95.0 %" in shown
    sheet.press("right", None)
    assert "leaky" in text(sheet.draw(110, 20, ascii_only=False))
    sheet.press("right", None)
    assert "/bin/new --fast" in text(sheet.draw(110, 20, ascii_only=False))
    sheet.press("right", None)
    assert "nothing" in text(sheet.draw(110, 20, ascii_only=False))


@given(
    width=st.integers(24, 220),
    height=st.integers(6, 60),
    rows=st.lists(st.tuples(st.text(max_size=30), st.integers(0, 10**12).map(str)), max_size=40),
    steps=st.lists(st.sampled_from(["down", "up", "pagedown", "end", "home", "tab"]), max_size=8),
)
def test_any_sheet_fits_into_its_room_and_keeps_its_row_in_sight(width, height, rows, steps):
    lines = tuple(Line((number, name.replace("\n", " "), "x" * 50), place) for place, (name, number) in enumerate(rows))
    sheet = Sheet("A title that is rather long", [Tab("one", ("#N", "NAME", "REST"), lines), Tab("two", ("A",), ())])
    for step in ["", *steps]:
        sheet.press(step, None)
        drawn = sheet.draw(width, height, ascii_only=False)
        assert len(drawn.rows) <= height
        assert {row_width(row) for row in drawn.rows} == {drawn.width}
        assert drawn.width <= width
        if sheet.tab == 0 and rows:
            assert any(style == "select" for row in drawn.rows for _, style in row)
