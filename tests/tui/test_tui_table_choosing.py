"""Choosing columns, an order and an arrangement, by keys and by clicks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from process_sets import process
from rich.cells import cell_len

from tuimon.config.load import load
from tuimon.config.looks import keeper
from tuimon.tui.dialogs.shape import Said
from tuimon.tui.table import BY_NAME, COLUMNS, Table, begin
from tuimon.tui.table.choosing import ColumnList, sort_menu, table_menu, then_menu
from tuimon.tui.table.columns import chosen
from tuimon.tui.table.hands import settings_of
from tuimon.tui.table.order import sorting

KEYS = [
    "down", "up", "j", "k", "home", "end", "pagedown", "pageup", "space", "shift+up", "shift+down", "<", ">", "+", "-", "d",
]  # fmt: skip


def listed(words=("pid", "cpu", "command")):
    applied = []
    return ColumnList(chosen(words), applied.append, saves=False), applied


def words(columns):
    return [str(one) for one in columns]


def press(dialog, *keys):
    return [dialog.press(key, key if len(key) == 1 else None) for key in keys][-1]


def test_a_column_is_shown_before_what_takes_the_rest_and_hidden_again():
    dialog, applied = listed()
    press(dialog, "down", "down", "down", "space")
    assert words(applied[-1]) == ["pid", "cpu", "ppid", "command"]
    press(dialog, "space")
    assert words(applied[-1]) == ["pid", "cpu", "command"]


def test_columns_are_moved_and_made_wider_and_put_back():
    dialog, applied = listed()
    press(dialog, ">", "+", "+")
    assert words(applied[-1]) == ["cpu", "pid:9", "command"]
    press(dialog, "shift+up", "-")
    assert words(applied[-1]) == ["pid:8", "cpu", "command"]
    press(dialog, "end", "home", "d")
    assert words(applied[-1]) == words(chosen())
    assert press(dialog, "enter") is Said.CLOSE
    assert press(dialog, "escape") is Said.CLOSE


@given(st.lists(st.sampled_from(KEYS), max_size=60), st.integers(24, 120), st.integers(6, 50))
def test_any_keys_leave_every_column_there_once_and_one_shown(keys, width, height):
    dialog, applied = listed()
    for key in keys:
        press(dialog, key)
        assert sorted(one.column.name for one in dialog.rows) == sorted(column.name for column in COLUMNS)
        assert 1 <= dialog.count <= len(COLUMNS)
    drawn = dialog.draw(width, height, ascii_only=False)
    assert len(drawn.rows) <= height
    assert {sum(cell_len(text) for text, _ in row) for row in drawn.rows} == {drawn.width}
    assert drawn.width <= width
    if applied:
        assert applied[-1] == dialog.shown


def spots_of(dialog, width=90, height=40):
    return {spot.answer: spot for spot in dialog.draw(width, height, ascii_only=True).spots}


def test_everything_can_be_clicked():
    dialog, applied = listed()
    spots = spots_of(dialog)
    for answer in (("toggle", 3), ("go", 0), ("move", 1), ("width", 1), ("default", 0)):
        assert answer in spots
        assert dialog.click(answer) is Said.NOTHING
    assert [words(one) for one in applied[:3]] == [
        ["pid", "cpu", "ppid", "command"],
        ["cpu", "pid", "ppid", "command"],
        ["cpu", "pid:8", "ppid", "command"],
    ]
    assert Said.CLOSE in spots


def test_the_menu_of_the_order_offers_every_column_and_a_second_key():
    menu = sort_menu(sorting(BY_NAME["cpu_percent"]), ascii_only=True)
    assert [item.answer for item in menu.items[: len(COLUMNS)]] == list(COLUMNS)
    assert menu.items[menu.at].answer is BY_NAME["cpu_percent"]
    assert {item.words: item.beside for item in menu.items if item.beside} == {"cpu": "v", "rss": "2nd"}
    offered = {item.answer for item in then_menu(sorting(BY_NAME["cpu_percent"])).items}
    assert BY_NAME["cpu_percent"] not in offered
    assert BY_NAME["user"] in offered


def test_the_menu_of_the_table_says_how_it_is():
    table = Table()
    table.update([process(1)], 5.0)
    table.set_view("tree")
    table.freeze()
    words_ = [item.words for item in table_menu(table, {}).items]
    assert "go on" in words_
    assert table_menu(table, {}).items[table_menu(table, {}).at].words == "tree"


# In the dashboard


def text_of(app) -> str:
    return "\n".join("".join(text for text, _ in row) for row in app.desk.page.rows)


def clicked(app, word):
    """Return where a word stands on the screen."""
    for y, line in enumerate(text_of(app).split("\n")):
        if word in line:
            return cell_len(line[: line.index(word)]), y
    raise AssertionError(f"{word!r} is not on the screen:\n{text_of(app)}")


@pytest.mark.parametrize("size", [(120, 40), (80, 24), (40, 12)])
async def test_by_keys_columns_sort_and_arrangement_are_chosen(dashboard, size):
    async with dashboard(size) as (app, pilot):
        table = app.desk.table
        await pilot.press("c", "down", "space")
        assert "user" not in words(table.columns)
        await pilot.press("escape", "O", *"pri", "enter")
        assert table.sort.name == "priority"
        await pilot.press("O", "end", "enter", *"user", "enter")
        assert (table.sort.name, table.sorting.second.name) == ("priority", "user")
        await pilot.press("v", *"tree", "enter")
        assert table.view == "tree"
        await pilot.press("v", *"fr", "enter")
        assert table.frozen_at is not None
        assert "FROZEN" in text_of(app)
        await pilot.press("f", "t", "G")
        assert (table.frozen_at, table.view) == (None, "program")
        await pilot.press("G", "G", "G")
        assert table.view == "list"
        assert "CPU%" in text_of(app)
        await pilot.press("I")
        assert "MACH%" in text_of(app)
        assert "CPU%" not in text_of(app)


@pytest.mark.parametrize("size", [(120, 40), (80, 24), (40, 12)])
async def test_by_mouse_alone_too(dashboard, size):
    async with dashboard(size) as (app, pilot):
        table = app.desk.table

        async def click(word, button=1):
            await pilot.click(offset=clicked(app, word), button=button)
            await pilot.pause()

        await click("PID", button=3)
        await click("tree ")
        assert table.view == "tree"
        mark = clicked(app, "▾")
        await pilot.click(offset=mark)
        assert table.arranged.folded
        await click("PID", button=3)
        await click("freeze")
        assert table.frozen_at is not None
        await click("PID", button=3)
        await click("go on")
        assert table.frozen_at is None
        await click("PID", button=3)
        for _ in range(len(table_menu(table, {}).items)):
            if "columns…" in text_of(app):
                break
            app.desk.scroll(3)
            app.desk.over.scroll(1)
            app.redraw()
        await click("columns…")
        await click("[x] user")
        assert "user" not in words(table.columns)
        await click("[ Esc ]")
        assert not app.desk.asking
        await click("CPU%")
        await click("CPU%")
        assert table.sort.name == "cpu_percent"


async def test_the_table_is_kept_as_it_is_for_the_next_session(dashboard, tmp_path):
    path = tmp_path / "config.yaml"
    async with dashboard((120, 40), keep=keeper(str(path))) as (app, pilot):
        await pilot.press("O", *"rss", "enter", "t", "I", "c", "down", "space", "w")
        for _ in range(100):
            await pilot.pause(0.05)
            if "kept in" in text_of(app):
                break
        assert "kept in" in text_of(app)
        wanted = words(app.desk.table.columns)
    kept = load(str(path), environ={}).settings.table
    assert list(kept.columns) == wanted
    assert "user" not in wanted
    assert (kept.sort, kept.then, kept.view, kept.cpu_of) == ("rss", "auto", "tree", "machine")
    again = begin(kept, tz=None, ascii_only=False)
    assert settings_of(again) == settings_of(app.desk.table)


async def test_where_nothing_can_be_kept_it_is_not_offered(dashboard):
    async with dashboard((120, 40)) as (app, pilot):
        await pilot.press("c")
        assert "Save" not in text_of(app)
        await pilot.press("w")
        assert app.desk.asking


async def test_a_followed_process_and_a_frozen_table_survive_the_ticks(dashboard):
    async with dashboard() as (app, pilot):
        table = app.desk.table
        await pilot.press("down", "down", "F", "t")
        chosen_ = table.following
        for _ in range(60):
            await pilot.pause(0.05)
            assert table.following == chosen_ == table.selected
        await pilot.press("f")
        tick = app.frame.tick
        rows = [row for row in app.desk.page.rows if any(style == "select" for _, style in row)]
        for _ in range(100):
            await pilot.pause(0.05)
            if app.frame.tick > tick + 1:
                break
        assert [row for row in app.desk.page.rows if any(style == "select" for _, style in row)] == rows


async def test_the_machine_is_asked_for_what_is_shown(dashboard):
    async with dashboard((160, 40)) as (app, pilot):
        assert app.desk.looked_at[1].shown == frozenset()
        await pilot.press("O", *"pss", "enter")
        assert app.session.source._pipeline._looked_at[1].everywhere == {"pss_bytes"}
        app.desk.table.show_columns(chosen(("pid", "fds", "command")))
        app._changed()
        assert app.session.source._pipeline._looked_at[1].shown == {"open_files"}
        app.desk.focus = "cpu"
        await pilot.press("m")
        assert app.desk.looked_at[0] == (), "nobody sees the processes"
