"""The History screen: its pure parts on their own, then over a recorded machine, drawn by plotext."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from replayed import dashboard, text_of, until

from tuimon.collectors.simulated import open_simulated
from tuimon.history import open_archive, open_history
from tuimon.model.catalogue import RECORDED, find
from tuimon.model.metric import SeriesKey
from tuimon.model.snapshot import Event, Frame
from tuimon.tui.charts import ink, panes, scale
from tuimon.tui.charts.choosing import Search
from tuimon.tui.charts.question import Plot
from tuimon.tui.dialogs.shape import Said
from tuimon.tui.style import row_width
from tuimon.tui.travel.reader import answer
from tuimon.tui.travel.timeline import Timeline

CPU = SeriesKey("cpu", "", "busy_percent")
USED = SeriesKey("memory", "", "used_percent")
BYTES = SeriesKey("memory", "", "used_bytes")
EVERY = [
    SeriesKey(metric.family, "one" if metric.devices else "", metric.name)
    for metrics in RECORDED.values()
    for metric in metrics
]
T0 = 1_700_000_000.0


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    """A history: 10 minutes in which CPU goes from 0 to 99 and back, a gap of 10, 20 minutes more; an alert-like event."""
    path = str(tmp_path_factory.mktemp("charts") / "h.db")
    history = open_history(path)
    snapshot = open_simulated("busy", 3).sample()
    start = time.time() - 2700
    for second in range(1800):
        at = start + second + (600 if second >= 600 else 0)
        events = (Event(at, "fault", "something broke"),) if second == 1000 else ()
        cpu = replace(snapshot.cpu, busy_percent=float(second % 100))
        history.write(Frame(replace(snapshot, time=at, elapsed=1.0, cpu=cpu, processes=()), (), events))
    history.close()
    return path, start


# -- text with escape sequences ---------------------------------------------------------------------------------------

RUNS = st.lists(
    st.tuples(st.text("abc ⠁⠃│", min_size=1, max_size=5), st.sampled_from(["", "cpu", "memory", "label"])), max_size=6
)
NUMBERS = {"cpu": 20, "memory": 21, "label": 22}


def written(row) -> str:
    return "".join(
        f"\x1b[0m\x1b[38;5;{NUMBERS[name]}m\x1b[48;5;15m{text}" if name else f"\x1b[0m{text}" for text, name in row
    )


def spread(row):
    return [(character, name) for text, name in row for character in text]


@given(st.lists(RUNS, min_size=1, max_size=4))
def test_what_is_written_with_escapes_is_read_as_the_same_runs(drawn):
    text = "\x1b[0m\n".join(map(written, drawn))
    found = ink.rows(text, {number: name for name, number in NUMBERS.items()})
    assert [spread(row) for row in found] == [spread(row) for row in drawn]
    assert all(one[1] != other[1] for row in found for one, other in itertools.pairwise(row))


@given(st.text("0123456789;m\x1b[ab", max_size=30))
def test_any_text_is_read(text):
    assert "".join(part for row in ink.rows(text, {}) for part, _ in row) == ink.SGR.sub("", text).replace("\n", "")


@given(RUNS, st.integers(-3, 40), st.text("xyz", min_size=1, max_size=4))
def test_what_is_put_over_a_row_changes_nothing_beside_it(row, at, text):
    before, after = spread(row), spread(ink.put(row, at, text, "cursor"))
    if 0 <= at < len(before):
        assert after[:at] == before[:at]
        assert after[at : at + len(text)] == [(character, "cursor") for character in text]
        assert after[at + len(text) :] == before[at + len(text) :]


# -- axes -------------------------------------------------------------------------------------------------------------


@given(st.floats(1e-6, 1e15), st.sampled_from(sorted({find(key).unit for key in EVERY})))
def test_nothing_is_above_the_top_and_the_top_is_not_far_above(highest, unit):
    top = scale.top(highest, unit)
    assert highest <= top * (1 + 1e-9)
    assert top <= max(highest * 2.6, scale.LEAST.get(unit, 0.0))


@given(
    st.floats(0, 2e9, allow_subnormal=False),
    st.floats(60, 400 * 86400),
    st.integers(1, 20),
    st.sampled_from(["UTC", "Asia/Kathmandu", "Europe/Berlin"]),
)
def test_marks_are_inside_in_order_and_not_too_many(start, length, most, zone):
    found = [at for at, _ in scale.marks(start, start + length, most, ZoneInfo(zone))]
    assert all(start <= at < start + length for at in found)
    assert found == sorted(set(found))
    assert len(found) <= most + 2


def test_marks_are_whole_hours_and_midnights_of_the_zone_on_a_day_of_25_hours_too():
    zone = ZoneInfo("Europe/Berlin")
    start = datetime(2026, 10, 24, 22, tzinfo=UTC).timestamp()
    words = [word for _, word in scale.marks(start, start + 25 * 3600, 9, zone)]
    assert words == ["Oct 25", "03:00", "06:00", "09:00", "12:00", "15:00", "18:00", "21:00"]
    assert scale.days_before(start + 86400, 1, zone) == start - 3600  # 23:00 that day, 23:00 the day before


# -- which series share a chart ---------------------------------------------------------------------------------------


@given(st.lists(st.sampled_from(EVERY), unique=True, max_size=12), st.integers(1, 4))
def test_every_series_is_in_one_chart_of_its_unit_with_no_more_than_three(keys, most):
    found = panes.arranged(keys, most)
    assert sorted(key for pane in found for key in pane) == sorted(keys)
    for pane in found:
        assert len(pane) <= panes.MOST_LINES
        assert len({find(key).unit for key in pane}) == 1
        assert len(set(panes.colours(pane))) == len(pane)


@given(st.integers(1, 4), st.integers(8, 60))
def test_charts_share_all_rows(count, height):
    assert sum(panes.shared(count, height)) == height


# -- the span that is shown -------------------------------------------------------------------------------------------


def test_panning_moves_the_span_and_it_stays_there_until_the_cursor_goes_somewhere():
    line = Timeline(span=1)
    line.place(60, T0, None)
    end = line.end
    line.pan(-1, T0, None)
    assert line.place(60, T0, None) is not None
    assert line.end == pytest.approx(end - 900, abs=line.cell)
    assert line.place(60, T0 + 100, None) is None
    line.zoom(1)
    line.place(60, T0, None)
    assert line.start < end - 900 < line.end
    for _ in range(30):
        line.pan(1, T0, None)
        line.place(60, T0, None)
    assert line.held is None
    assert line.start <= T0 < line.end


# -- the search -------------------------------------------------------------------------------------------------------


def test_typed_words_search_and_enter_adds_what_was_found():
    search = Search("Metrics", EVERY, [CPU])
    for letter in "memory":
        search.press(letter, letter)
    assert all("memory" in str(key) for key in search.found)
    chosen = search.found[search.at]
    assert search.press("enter", None) == (CPU, chosen)


def test_space_turns_several_on_and_off_and_a_click_too():
    search = Search("Metrics", [CPU, USED, BYTES], [CPU])
    search.press("space", " ")
    search.press("down", None)
    search.press("space", " ")
    assert search.click(2) is Said.NOTHING
    assert search.press("enter", None) == (USED, BYTES)
    assert search.press("escape", None) is Said.CLOSE


@given(st.text(max_size=8), st.integers(24, 120), st.integers(8, 50))
def test_a_search_fits_whatever_is_typed(typed, width, height):
    search = Search("Metrics", EVERY, [CPU])
    for letter in typed:
        search.press("any", letter)
    drawn = search.draw(width, height, ascii_only=False)
    assert len(drawn.rows) <= height
    assert {row_width(row) for row in drawn.rows} == {drawn.width}
    assert drawn.width <= width


# -- charts of a history ----------------------------------------------------------------------------------------------


def plotted(path, start, end, charts=((CPU, USED), (BYTES,)), **more):
    archive = open_archive(path)
    found = answer(archive, Plot(start, end, charts, (9, 10)[-len(charts) :], 100, **more), [])
    archive.close()
    return found


@pytest.mark.parametrize("ascii_only", [False, True])
def test_a_gap_is_a_gap_and_what_happened_is_marked(recorded, ascii_only):
    path, start = recorded
    found = plotted(path, start, start + 2400, ascii_only=ascii_only)
    assert [len(chart) for chart in found.charts] == [9, 10]
    assert {row_width(row) for chart in found.charts for row in chart} == {100}
    for chart in found.charts:
        inside = [
            ink.character(row, found.left + cell)
            for row in chart[:8]
            for cell in range(found.cells * 27 // 100, found.cells * 48 // 100)
        ]
        assert set(inside) <= {" ", "\u2800"}
        drawn = {ink.character(row, found.left + cell) for row in chart[:8] for cell in range(found.cells // 5)}
        assert drawn - {" ", "\u2800"}
    axis = "".join(text for text, _ in found.charts[0][-1])
    assert axis.index("*" if ascii_only else "◆") == found.left + int(1600 / 2400 * found.cells)
    if ascii_only:
        assert all(character.isascii() for chart in found.charts for row in chart for character, _ in spread(row))


def test_a_line_is_where_its_values_are(recorded):
    path, start = recorded
    found = plotted(path, start, start + 99, charts=((CPU,),), bands=False)
    rows = found.charts[0][:8]
    for cell in range(5, found.cells - 5, 7):
        height = next(y for y, row in enumerate(rows) if (spread(row)[found.left + cell])[1] == "cpu")
        assert height == pytest.approx(8 - 8 * (cell / found.cells), abs=1.5)


def test_a_comparison_is_drawn_beside_and_extremes_around(recorded):
    path, start = recorded
    alone = plotted(path, start, start + 2400, bands=False)
    styles = {style for chart in alone.charts for row in chart for _, style in row}
    assert not {"ghost", "cpu.band"} & styles
    both = plotted(path, start + 86400, start + 86400 + 2400, days_back=1, tz=UTC)
    assert both.back == pytest.approx(86400)
    assert "ghost" in {style for chart in both.charts for row in chart for _, style in row}
    assert "cpu.band" in {style for row in plotted(path, start, start + 2400).charts[0] for _, style in row}


class Counted:
    """An archive that counts what it is asked."""

    def __init__(self, archive) -> None:
        self._archive = archive
        self.asked = []

    def __getattr__(self, name) -> Callable[..., object]:
        def ask(*arguments):
            self.asked.append(name)
            return getattr(self._archive, name)(*arguments)

        return ask


def test_a_redraw_reads_each_span_once_and_no_more_steps_than_there_are_dots(recorded):
    path, start = recorded
    for days_back, reads in ((0, ["window", "events"]), (7, ["window", "window", "events"])):
        archive = Counted(open_archive(path))
        plot = Plot(start, start + 2400, ((CPU, USED), (BYTES,)), (9, 10), 100, days_back=days_back, tz=UTC)
        found = answer(archive, plot, [])
        assert archive.asked == reads
        assert 0 < len(found.window.times) <= 2 * found.cells
        archive.close()


# -- the dashboard ----------------------------------------------------------------------------------------------------


def drawn(app) -> bool:
    charts = app.desk.charts
    return charts is not None and charts.shown is not None and charts.shown.plot == charts.asked


@pytest.mark.parametrize("size", [(200, 50), (120, 40), (80, 24), (40, 12), (20, 6)])
@pytest.mark.parametrize("ascii_only", [False, True])
async def test_every_row_has_the_width_of_the_screen(recorded, size, ascii_only):
    path, start = recorded
    async with dashboard(path, size=size, ascii_only=ascii_only, at=start + 500) as (app, pilot):
        await pilot.press("h")
        if size != (20, 6):
            await until(pilot, lambda: drawn(app))
            app.redraw()
            assert "cpu busy" in text_of(app)
            assert any(style == "cursor" for row in app.desk.page.rows for _, style in row)
        assert len(app.desk.page.rows) == size[1]
        assert {row_width(row) for row in app.desk.page.rows} == {size[0]}
        assert not ascii_only or text_of(app).isascii()


def begun(app) -> bool:
    """Whether the charts show the hour that the recorded three quarters of one need, and nothing more is asked for."""
    line = app.desk.travel.timeline
    plot = app.desk.charts.shown.plot if drawn(app) else None
    return plot is not None and plot.end - plot.start == 3600 and line.known and line.is_read


async def test_keys_open_move_compare_and_leave(recorded):
    path, _ = recorded
    async with dashboard(path) as (app, pilot):
        await pilot.press("3")
        await until(pilot, lambda: begun(app))
        first = app.desk.charts.shown.plot
        assert "tier " in text_of(app)
        await pilot.press("plus", "left")
        await until(pilot, lambda: drawn(app) and app.desk.charts.shown.plot != first)
        plot = app.desk.charts.shown.plot
        assert plot.end - plot.start == 600
        assert plot.end < first.end
        await pilot.press("c", "m")
        await until(pilot, lambda: drawn(app) and app.desk.charts.shown.plot.days_back == 1)
        assert "a day before" in text_of(app)
        assert not app.desk.charts.shown.plot.bands
        await pilot.press("s", "K", "t")  # the table's: they do nothing here
        await pilot.press("escape")
        assert "Processes" in text_of(app)
        await pilot.press("p")
        assert app.desk.enlarged == "processes"


async def test_metrics_are_chosen_by_searching(recorded):
    path, _ = recorded
    async with dashboard(path) as (app, pilot):
        await pilot.press("h", "slash")
        await until(pilot, lambda: app.desk.asking)
        await pilot.press(*"load1", "enter")
        await until(pilot, lambda: drawn(app))
        assert SeriesKey("load", "", "load1") in app.desk.charts.keys
        await until(pilot, lambda: "load" in text_of(app))


async def test_a_click_on_a_chart_goes_there_and_its_values_are_told(recorded):
    path, start = recorded
    async with dashboard(path, at=start + 550) as (app, pilot):
        app.desk.travel.timeline.span = 1
        app.desk.travel.timeline.known = False
        await pilot.press("h")
        await until(pilot, lambda: drawn(app))
        shown = app.desk.charts.shown
        cell = int((start + 300 - shown.plot.start) / 3600 * shown.cells)
        await pilot.click(offset=(shown.left + cell, app.desk.page.body[0] + 5))
        assert app.desk.travel.at == pytest.approx(start + 300, abs=3600 / shown.cells)
        app.redraw()
        point = shown.window.series[CPU].average[int((app.desk.travel.at - shown.window.times[0]) // shown.window.step)]
        assert f"cpu busy {point:.1f} %" in text_of(app)
        assert app.desk.charts.asked.start == shown.plot.start  # the span stays


async def test_questions_that_were_superseded_are_never_drawn(recorded):
    path, _ = recorded
    async with dashboard(path) as (app, pilot):
        await pilot.press("h")
        await until(pilot, lambda: begun(app))
        before = app.past.answered
        await pilot.press(*["minus", "plus"] * 10, "plus")
        await until(pilot, lambda: drawn(app))
        assert app.past.answered - before <= 42  # a chart and a timeline a key at most; the last is what is shown
        assert app.desk.charts.shown.plot.end - app.desk.charts.shown.plot.start == 600


async def test_a_tick_asks_for_nothing_as_long_as_there_is_nothing_new_to_draw(recorded):
    path, _ = recorded
    async with dashboard(path) as (app, pilot):
        await pilot.press("h")
        await until(pilot, lambda: drawn(app))
        asked, tick = app.past.answered, app.frame.tick
        await until(pilot, lambda: app.frame.tick >= tick + 3)
        assert app.past.answered <= asked + 1
