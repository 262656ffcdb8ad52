"""The dashboard under keys and mouse, with a simulated machine behind it."""

from __future__ import annotations

import pytest
from textual import events

from tuimon.protocols import Ability
from tuimon.tui.help import help_rows
from tuimon.tui.keys import KEYS
from tuimon.tui.style import THEMES, row_width


def text_of(app) -> str:
    return "\n".join("".join(text for text, _ in row) for row in app.desk.page.rows)


async def test_it_draws_real_data_and_leaves_on_q(dashboard):
    async with dashboard() as (app, pilot):
        assert "web-1" in text_of(app)
        await pilot.press("q")
        await pilot.pause()
    assert app.return_value == 0


async def test_every_key_of_the_table_has_an_action(dashboard):
    async with dashboard() as (app, _pilot):
        for key in KEYS:
            name, _, rest = key.action.partition("(")
            assert callable(getattr(app, f"action_{name}")), key.action
            if name in {"desk", "table"}:
                whose = app.desk if name == "desk" else app.desk.hands
                assert callable(getattr(whose, rest.split("'")[1])), key.action


async def test_arrows_select_and_escape_deselects(dashboard):
    async with dashboard() as (app, pilot):
        await pilot.press("down", "down", "j", "k")
        assert app.desk.table.selected is not None
        assert any(style == "select" for row in app.desk.page.rows for _, style in row)
        await pilot.press("escape")
        assert app.desk.table.selected is None


async def test_typing_a_filter_leaves_its_letters_alone(dashboard):
    async with dashboard() as (app, pilot):
        await pilot.press("slash", *"postgres q"[:8])
        assert app.desk.typing
        assert app.desk.table.words == "postgres"
        assert 0 < len(app.desk.table.shown) < len(app.frame.snapshot.processes)
        await pilot.press("backspace", "enter")
        assert not app.desk.typing
        assert app.desk.table.words == "postgre"
        assert "postgre" in text_of(app)
        await pilot.press("escape")
        assert app.desk.table.words == ""


async def test_the_selected_process_and_not_the_selected_row_survives_a_sort(dashboard):
    async with dashboard() as (app, pilot):
        await pilot.press("down", "down")
        chosen = app.desk.table.selected
        await pilot.press("s", "s", "r", "S")
        assert app.desk.table.selected == chosen


async def test_a_panel_is_enlarged_and_put_back_by_key(dashboard):
    async with dashboard() as (app, pilot):
        seen = set()
        for _ in range(6):
            await pilot.press("tab")
            seen.add(app.desk.focus)
            await pilot.press("m")
            assert [area.name for area in app.desk.page.areas] == [app.desk.focus]
            await pilot.press("m")
            assert len(app.desk.page.areas) == 6
        assert seen == {"cpu", "memory", "disk", "network", "storage", "processes"}


async def test_a_click_on_a_title_enlarges_and_puts_back(dashboard):
    async with dashboard() as (app, pilot):
        area = next(a for a in app.desk.page.areas if a.name == "disk")
        await pilot.click(offset=(area.left + 3, area.top))
        assert app.desk.enlarged == "disk"
        area = app.desk.page.areas[0]
        await pilot.click(offset=(area.left + 60, area.top))
        assert app.desk.enlarged == ""


async def test_a_click_on_a_column_sorts_and_on_a_row_selects(dashboard):
    async with dashboard() as (app, pilot):
        placed = next(p for p in app.desk.table.placed if p.column.name == "rss_bytes")
        await pilot.click(offset=(app.desk.page.title_left + placed.start + 1, app.desk.page.title_row))
        assert app.desk.table.sort.name == "rss_bytes"
        third = app.desk.table.shown[app.desk.table.offset + 2].identity
        await pilot.click(offset=(20, app.desk.page.title_row + 3))
        assert app.desk.table.selected == third


async def test_a_click_on_the_footer_does_what_its_key_does(dashboard):
    async with dashboard() as (app, pilot):
        start, _, key = next(place for place in app.desk.page.keys if place[2].word == "reverse")
        before = app.desk.table.descending
        await pilot.click(offset=(start, 39))
        await pilot.pause()
        assert key.word == "reverse"
        assert app.desk.table.descending is not before


async def test_help_names_every_key_and_any_size_can_read_it(dashboard):
    for size in ((120, 40), (40, 12)):
        async with dashboard(size) as (app, pilot):
            await pilot.press("question_mark")
            seen = [text_of(app)]
            for _ in range(40):
                await pilot.press("pagedown")
                seen.append(text_of(app))
            told = " ".join("".join(line.strip(" │╭╮╰╯─") + " " for line in page.split("\n")) for page in seen)
            keys = [key for key in app.desk.keys if key.needs is None]
            assert {key.shown for key in keys if key.shown not in told} == set()
            if size[0] == 120:
                assert {key.help for key in keys if key.help not in told} == set()
            await pilot.press("escape")
            assert not app.desk.asking


def test_the_help_has_all_words_at_any_width():
    for width in (10, 20, 36, 60, 100):
        rows = help_rows(frozenset(Ability), KEYS, width)
        assert max(map(row_width, rows)) <= width
        told = "".join(text for row in rows for text, _ in row).replace(" ", "")
        assert {key.help for key in KEYS if key.help.replace(" ", "") not in told} == set()


async def test_the_palette_offers_the_key_table_and_does_what_is_chosen(dashboard):
    async with dashboard() as (app, pilot):
        await pilot.press("ctrl+p")
        offered = {key.help for key in app.desk.over.dialog.found}
        assert offered == {key.help for key in KEYS if key.action != "desk('palette')" and key.needs is None}
        await pilot.press(*"theme")
        assert "next colour theme" in text_of(app)
        await pilot.press("enter")
        await pilot.pause()
        assert app.canvas.theme.name == list(THEMES)[1]
        before = app.desk.table.descending
        await pilot.press("ctrl+p", *"reverse")
        x, y = next((line.index("reverse the order"), y) for y, line in enumerate(text_of(app).split("\n"))
                    if "reverse the order" in line)  # fmt: skip
        await pilot.click(offset=(x, y))
        await pilot.pause()
        assert app.desk.table.descending is not before
        await pilot.press("ctrl+p", *"n0thing", "enter")
        assert "nothing is called so" in text_of(app)
        await pilot.press("escape")
        assert not app.desk.asking


async def test_frames_go_on_under_the_help(dashboard):
    async with dashboard() as (app, pilot):
        await pilot.press("question_mark")
        tick = app.frame.tick
        for _ in range(100):
            await pilot.pause(0.05)
            if app.frame.tick > tick:
                break
        assert app.frame.tick > tick


@pytest.mark.parametrize("size", [(1, 1), (2, 40), (300, 3), (20, 5), (300, 90)])
async def test_sizes_that_nobody_has_are_survived(dashboard, size):
    async with dashboard(size) as (app, pilot):
        assert len(app.desk.page.rows) == size[1]
        for other in ((80, 24), (7, 60), (200, 50), size):
            await pilot.resize_terminal(*other)
            await pilot.pause()
            assert len(app.desk.page.rows) == other[1]


async def test_themes_go_round(dashboard):
    async with dashboard() as (app, pilot):
        seen = []
        for _ in THEMES:
            seen.append(app.canvas.theme.name)
            await pilot.press("T")
        assert seen == list(THEMES)
        assert app.canvas.theme.name == seen[0]


async def test_the_notice_goes_with_escape(dashboard):
    async with dashboard(notice="recording stops when this is closed") as (app, pilot):
        assert "recording stops when this is closed" in text_of(app)
        await pilot.press("escape")
        assert "recording stops when this is closed" not in text_of(app)


async def test_the_source_is_told_which_processes_are_seen(dashboard):
    async with dashboard() as (app, _pilot):
        told, _ = app.session.source._pipeline._looked_at
        assert set(told) == set(app.desk.table.visible)


async def test_bits_and_bytes(dashboard):
    async with dashboard((200, 50)) as (app, pilot):
        assert "bit/s" not in text_of(app)
        await pilot.press("b")
        assert "bit/s" in text_of(app)


async def test_a_source_that_falls_silent_is_not_called_live(dashboard, monkeypatch):
    monkeypatch.setattr("tuimon.tui.app.SILENCE", 0.2)
    async with dashboard() as (app, pilot):
        app.session.source.stop()
        app._heard_at -= 60
        app._listen_for_silence()
        assert "STALE 1 min" in text_of(app)
        assert "LIVE" not in text_of(app)
        await pilot.pause()


async def test_letters_typed_right_after_the_slash_are_the_filters(dashboard):
    async with dashboard() as (app, pilot):
        sort = app.desk.table.sort
        for key in ("slash", "s", "s", "h", "d"):
            app.canvas.post_message(events.Key(key, "/" if key == "slash" else key))
        await pilot.pause()
        assert app.desk.table.words == "sshd"
        assert app.desk.table.sort is sort


async def test_ascii_is_ascii_in_the_help_too(dashboard):
    async with dashboard(ascii_only=True) as (app, pilot):
        assert text_of(app).isascii()
        await pilot.press("question_mark")
        await pilot.pause()
        strips = app.screen._compositor.render_strips()
        assert all(strip.text.isascii() for strip in strips), [s.text for s in strips if not s.text.isascii()]
