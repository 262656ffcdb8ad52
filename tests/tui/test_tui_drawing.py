"""Drawing: every screen is exactly as large as its terminal, whatever the machine and whatever the names."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from strategies import frames

from tuimon.collectors.simulated import SCENARIOS, open_simulated
from tuimon.config.private import Remembered
from tuimon.model.catalogue import FAMILIES
from tuimon.model.families import Core, Cpu
from tuimon.model.metric import SeriesKey
from tuimon.model.snapshot import Alert, Fault, Frame, Snapshot
from tuimon.tui import page
from tuimon.tui.braille import CELLS, area, bar, nice_top, spark
from tuimon.tui.filterprompt import FilterPrompt
from tuimon.tui.panels import PANELS
from tuimon.tui.panels.cpu import core_strip
from tuimon.tui.style import Row, cells, fit, right
from tuimon.tui.table import Table
from tuimon.tui.table.arrangement import VIEWS
from tuimon.tui.view import View


def typing(text: str) -> FilterPrompt:
    prompt = FilterPrompt(None, Remembered())
    prompt.paste(text, ())
    return prompt


def flat(_key, n):
    return [i % 97 + 0.5 for i in range(n)]


def shown(row: Row) -> str:
    return "".join(text for text, _ in row)


def check_size(drawn: page.Page, width: int, height: int) -> None:
    assert len(drawn.rows) == height
    for row in drawn.rows:
        assert cell_len(shown(row)) == width, shown(row)


@settings(max_examples=60)
@given(
    frames(),
    st.integers(1, 260),
    st.integers(1, 70),
    st.booleans(),
    st.builds(
        page.Wish,
        enlarged=st.sampled_from(["", "processes", *PANELS]),
        notice=st.just("read me"),
        prompt=st.none()
        | st.builds(typing, st.text(max_size=40) | st.sampled_from(["cpuu > 5", "user = ", "漢" * 200])),
    ),
)
def test_every_row_is_as_wide_as_the_terminal(frame, width, height, ascii_only, wish):
    view = View(frame, flat, half=True, ascii_only=ascii_only, focus="cpu")
    table = Table()
    table.update(frame.snapshot.processes, frame.snapshot.time)
    drawn = page.draw(view, table, wish, width, height)
    check_size(drawn, width, height)
    if ascii_only:
        assert all(shown(row).isascii() for row in drawn.rows)


@pytest.mark.parametrize("scenario", SCENARIOS)
@pytest.mark.parametrize(("width", "height"), [(200, 50), (120, 40), (80, 24), (40, 12)])
def test_a_real_looking_machine_fits_and_shows_what_matters(scenario, width, height):
    machine = open_simulated(scenario, 1)
    machine.sample()
    frame = Frame(machine.sample())
    table = Table()
    table.update(frame.snapshot.processes, frame.snapshot.time)
    drawn = page.draw(View(frame, flat), table, page.Wish(), width, height)
    check_size(drawn, width, height)
    text = "\n".join(shown(row) for row in drawn.rows)
    assert frame.snapshot.host.name in text
    assert "LIVE" in text
    assert "PID" in text
    busiest = max(frame.snapshot.processes, key=lambda p: p.cpu_percent or 0)
    assert str(busiest.pid) in text


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize(("width", "height"), [(200, 50), (120, 40), (80, 24), (40, 12)])
def test_each_arrangement_of_the_processes_fits_and_says_what_it_is(view, width, height):
    machine = open_simulated("busy", 1)
    machine.sample()
    frame = Frame(machine.sample())
    for enlarged in ("", "processes"):
        table = Table()
        table.update(frame.snapshot.processes, frame.snapshot.time, 8)
        table.set_view(view)
        table.move(1)
        table.follow()
        table.freeze()
        drawn = page.draw(View(frame, flat), table, page.Wish(enlarged=enlarged), width, height)
        check_size(drawn, width, height)
        text = "\n".join(shown(row) for row in drawn.rows)
        assert "FROZEN" in text, "however small the screen"
        if not enlarged and width >= 120:
            assert view == "list" or {"tree": "tree"}.get(view, f"{view}s") in text
        assert ("▾" in text or "▸" in text) == (view != "list")


def test_a_panel_with_nothing_to_show_gives_its_room_away():
    machine = open_simulated("calm", 1)
    machine.sample()
    snapshot = machine.sample()
    bare = dataclasses.replace(snapshot, disk=(), network=())
    drawn = page.draw(View(Frame(bare), flat), Table(), page.Wish(), 200, 50)
    names = {area.name for area in drawn.areas}
    assert names == {"cpu", "memory", "storage", "processes"}
    storage = next(area for area in drawn.areas if area.name == "storage")
    assert (storage.left, storage.right) == (0, 200)


@given(
    st.lists(st.none() | st.floats(0, 1e12), max_size=300),
    st.integers(1, 120),
    st.integers(1, 20),
    st.floats(0.1, 1e12),
    st.booleans(),
)
def test_an_area_is_a_rectangle_of_braille_and_never_floats(values, width, height, top, half):
    rows = area(values, width, height, top, "cpu", half=half)
    assert len(rows) == height
    columns = ["".join(column) for column in zip(*(shown(row) for row in rows), strict=True)]
    assert len(columns) == width
    for column in columns:
        assert set(column) <= set(CELLS)
        filled = [char != CELLS[0] for char in column]
        assert filled == sorted(filled), "a filled cell above an empty one"


def test_gaps_are_blank_and_zeros_are_not():
    row = shown(area([0.0, 0.0, None, None, 100.0, 100.0], 3, 1, 100, "cpu")[0])
    assert row == "⣀⠀⣿"


def test_the_chart_moves_by_whole_cells():
    values = [float(i) for i in range(40)]
    full = shown(area(values[:20], 10, 1, 40, "cpu")[0])
    half = shown(area(values[:21], 10, 1, 40, "cpu", half=True)[0])
    again = shown(area(values[:22], 10, 1, 40, "cpu")[0])
    assert half[:-1] == full[1:]
    assert again[:-1] == half[:-1]


@given(st.floats(0, 1e15))
def test_the_top_of_a_scale_holds_the_highest_and_steps_1_2_5(highest):
    top = nice_top(highest)
    assert top >= highest
    assert f"{top:e}"[0] in "125"
    assert top <= max(1000, highest * 2.51)


@pytest.mark.parametrize("count", [1, 2, 8, 64, 96, 128, 192, 256])
@pytest.mark.parametrize("width", [36, 84, 116])
@pytest.mark.parametrize("rows", [1, 2, 3])
def test_every_core_is_in_the_strip(count, width, rows):
    cores = tuple(Core(str(i), busy_percent=100.0 if i == count - 1 else 0.0) for i in range(count))
    strip = core_strip(cores, width, rows, ascii_only=False)
    assert 1 <= len(strip) <= rows
    assert all(cells(shown(row)) <= width for row in strip)
    assert "█" in shown(strip[-1]), "the last core, the only busy one, is seen"


def test_a_machine_without_cores_has_no_strip():
    assert core_strip((), 80, 2, ascii_only=False) == []
    assert not PANELS["cpu"].present(Snapshot(0, cpu=Cpu()))


@given(st.text(max_size=50), st.integers(0, 40))
def test_fitted_text_takes_exactly_its_cells(text, width):
    text = "".join(char for char in text if char.isprintable())
    assert cell_len(fit(text, width)) == width
    if width:
        assert cell_len(right(text, width)) == width


@given(st.none() | st.floats(-1, 2), st.integers(0, 40))
def test_a_bar_takes_exactly_its_cells(share, width):
    assert sum(len(part) for part in bar(share, width)) == width


@given(st.lists(st.none() | st.floats(0, 1e9), max_size=50), st.integers(1, 40))
def test_a_spark_takes_exactly_its_cells(values, width):
    assert len(spark(values, width, 100)) == width


@pytest.mark.parametrize("collector", [*FAMILIES, "processes", "pipeline", "collector"])
def test_every_fault_is_told_on_the_screen(collector):
    broken = Snapshot(1e9, faults=(Fault(collector, "cannot be read", 1e9),))
    drawn = page.draw(View(Frame(broken), flat), Table(), page.Wish(), 200, 50)
    assert "cannot be read" in "\n".join(shown(row) for row in drawn.rows)


@pytest.mark.parametrize(("width", "height"), [(200, 50), (120, 40), (80, 24)])
def test_a_banner_does_not_move_the_table(width, height):
    machine = open_simulated("busy", 1)
    machine.sample()
    calm = Frame(machine.sample())
    series = SeriesKey("memory", "", "used_percent")
    alarmed = dataclasses.replace(calm, alerts=(Alert("memory", "critical", series, 95.0, 90.0, ">", 1e9, 1e9),))
    drawn = [page.draw(View(frame, flat), Table(), page.Wish(), width, height) for frame in (calm, alarmed)]
    assert drawn[0].title_row == drawn[1].title_row
    assert "CRITICAL" in shown(drawn[1].rows[1])


@pytest.mark.parametrize(("width", "height"), [(200, 50), (120, 40), (80, 24), (40, 12)])
def test_a_line_that_goes_by_itself_moves_nothing(width, height):
    machine = open_simulated("busy", 1)
    machine.sample()
    view, table = View(Frame(machine.sample()), flat), Table()
    timeline = [("-" * width, "")]
    wishes = (
        page.Wish(timeline=timeline),
        page.Wish(timeline=timeline, passing="signal TERM was sent to nginx (4312)"),
    )
    bare, told = [page.draw(view, table, wish, width, height) for wish in wishes]
    top, end = told.notice
    assert end == height
    assert told.rows[:top] == bare.rows[:top]
    assert "nginx" in "".join(map(shown, told.rows[top:]))
    assert [len(drawn.rows) for drawn in (bare, told)] == [height, height]
    assert told.areas == bare.areas
