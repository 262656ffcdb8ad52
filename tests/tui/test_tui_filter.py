"""Typing a filter: editing, completion, history, and a last good filter that stays in force."""

from __future__ import annotations

import string

import pytest
import strategies as own
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tuimon.config.private import Remembered
from tuimon.filters import understood
from tuimon.model.process import Process
from tuimon.tui.filterline import LONGEST, Line, edited, inserted, line
from tuimon.tui.filterprompt import FilterPrompt
from tuimon.tui.promptlines import rows

ROOTS = tuple(
    Process(pid, 1.0, 0, name, f"/bin/{name}", user, "S", 1.0, 0.0, 0, 0, 0.0, 1, 0, 20, None, None, False)
    for pid, name, user in ((1, "init", "root"), (2, "postgres", "postgres"), (3, "postgres", "postgres"))
)
KEYS = ["left", "right", "home", "end", "ctrl+a", "ctrl+e", "ctrl+b", "ctrl+f", "ctrl+left", "ctrl+right", "backspace",
        "delete", "ctrl+d", "ctrl+h", "ctrl+k", "ctrl+u", "ctrl+w"]  # fmt: skip
TYPED = st.sampled_from([*KEYS, "f5", *string.ascii_lowercase[:4], "space", "(", "漢", "\x1b"])


def character(key: str) -> str | None:
    return " " if key == "space" else key if len(key) == 1 else None


def prompt(text: str = "", *earlier: str) -> FilterPrompt:
    remembered = Remembered()
    for one in earlier:
        remembered.add(one)
    found = FilterPrompt(None, remembered)
    found.paste(text, ROOTS)
    return found


def press(one: FilterPrompt, *keys: str) -> bool:
    return [one.press(key, character(key), ROOTS) for key in keys][-1]


def text_of(one: FilterPrompt, width: int = 80) -> list[str]:
    return ["".join(text for text, _ in row) for row in rows(one, 3, width)]


@pytest.mark.parametrize(
    ("keys", "text", "cursor"),
    [
        (["home", "x"], "xab cd", 1),
        (["ctrl+a", "delete"], "b cd", 0),
        (["left", "backspace"], "ab d", 3),
        (["ctrl+left", "ctrl+k"], "ab ", 3),
        (["ctrl+w"], "ab ", 3),
        (["ctrl+w", "ctrl+w"], "", 0),
        (["ctrl+left", "ctrl+left", "ctrl+right", "y"], "aby cd", 3),
        (["left", "left", "ctrl+u"], "cd", 0),
        (["home", "left", "end", "right", "f5"], "ab cd", 5),
    ],
)
def test_a_line_is_edited_as_in_a_shell(keys, text, cursor):
    at = line("ab cd")
    for key in keys:
        at = edited(at, key, character(key))
    assert at == Line(text, cursor)


@given(st.lists(TYPED, max_size=40))
def test_any_keys_leave_the_cursor_in_a_text_that_can_be_shown(keys):
    at = line("a b")
    for key in keys:
        at = edited(at, key, character(key))
        assert 0 <= at.cursor <= len(at.text)
        assert at.text.isprintable()


def test_a_line_has_an_end():
    assert len(inserted(inserted(Line(), "x" * (LONGEST + 5)), "y").text) == LONGEST


def test_the_last_filter_that_was_understood_stays_in_force():
    one = prompt("user = root")
    assert one.found.canonical == "user = root"
    press(one, *" and (")
    assert one.mistake is not None
    assert one.found.canonical == "user = root"
    press(one, *"cpu > 0)")
    assert one.mistake is None
    assert one.found.canonical == "user = root and cpu > 0%"


def test_a_word_that_becomes_a_field_or_a_keyword_is_taken_back():
    one = prompt("user = root")
    for typed, found in (
        (" an", "user = root and an"),
        ("d", "user = root"),
        (" cpu", "user = root and cpu"),
        (">", "user = root"),
    ):
        press(one, *typed)
        assert one.found.canonical == found
    press(one, "5", "0", "x")
    assert one.found.canonical == "user = root and cpu > 50%", "a comparison is not"


def test_what_is_wrong_is_said_while_it_is_typed_and_what_is_only_begun_is_no_mistake():
    one = prompt("cpuu > 5")
    assert text_of(one)[0].strip() == "! at character 1: 'cpuu' is not a field; did you mean cpu?"
    assert ("cpuu", "warning") in rows(one, 3, 80)[1]
    one = prompt("cpu >")
    assert text_of(one)[0].strip() == "expected a percentage such as 5 or 5%"
    assert not any(style == "warning" for row in rows(one, 3, 80) for _, style in row)


def test_enter_keeps_what_is_understood_and_only_that():
    one = prompt("cpu >")
    assert press(one, "enter")
    assert "! at character 6: expected a percentage" in text_of(one)[0]
    press(one, "space", "5", "space")
    assert not press(one, "enter")
    assert one.found.text == "cpu > 5"
    assert one._remembered.lines == ["cpu > 5"]


def test_an_empty_line_is_no_filter_and_escape_neither():
    one = prompt("root")
    press(one, "ctrl+u")
    assert one.found is None
    assert not press(one, "enter")
    assert one._remembered.lines == []
    one = prompt("root")
    assert not press(one, "escape")
    assert one.found is None


def test_it_begins_with_the_filter_that_is_in_force():
    one = FilterPrompt(understood("root"), Remembered())
    press(one, "x")
    assert one.line == line("rootx")


def test_tab_completes_what_can_only_be_one_and_what_all_have_in_common():
    one = prompt("us")
    press(one, "tab")
    assert one.line == line("user ")
    press(one, "=", "space", "p")
    assert "postgres" in text_of(one)[0]
    press(one, "tab")
    assert one.line == line("user = postgres ")
    assert [process.pid for process in one.found.passing(ROOTS, 0.0)] == [2, 3]


def test_tab_again_and_again_goes_through_the_candidates_and_shift_tab_back():
    one = prompt("user =")
    press(one, "space")
    seen = []
    for _ in range(4):
        press(one, "tab")
        seen.append(one.line.text)
    assert seen == ["user = postgres", "user = root", "user = unknown", "user = postgres"]
    assert ("postgres", "select") in rows(one, 3, 80)[0]
    press(one, "shift+tab")
    assert one.line.text == "user = unknown"
    assert one.found.canonical == "user = unknown"
    press(one, "space", "a", "n", "tab")
    assert one.line.text == "user = unknown and "
    first = prompt("user =")
    press(first, "space")
    press(first, "shift+tab")
    assert first.line.text == "user = unknown"


def test_tab_completes_before_the_cursor_and_leaves_what_is_behind_it():
    one = prompt("us = root")
    press(one, "home", "right", "right", "tab")
    assert one.line == Line("user = root", 4)


def test_tab_where_nothing_can_follow_changes_nothing():
    one = prompt("cpuu > 5 and us")
    press(one, "tab", "tab")
    assert one.line == line("cpuu > 5 and us")


def test_up_and_down_walk_through_earlier_filters_and_back_to_what_was_being_typed():
    one = prompt("dra", "first", "second", "third")
    press(one, "up", "up")
    assert one.line == line("second")
    assert one.found.canonical == "second"
    press(one, "up", "up", "up")
    assert one.line == line("first")
    press(one, "down", "down", "down", "down")
    assert one.line == line("dra")
    press(one, "up", "x", "down", "up")
    assert one.line == line("third"), "what was changed is what is being typed"


def test_pasted_text_is_one_harmless_line():
    one = prompt()
    one.paste("cpu > 5\n and\t\x1b[2J root", ROOTS)
    assert one.line.text.isprintable()
    assert "\x1b" not in one.line.text
    assert one.line.text.startswith("cpu > 5 and ")


@given(
    st.lists(TYPED | st.sampled_from(["tab", "shift+tab", "up", "down", "enter", "cpu ", "> ", '"', "and ", "user = "]), max_size=20),
    st.lists(own.processes(own.HOSTILE), max_size=3),
    st.integers(1, 140),
)  # fmt: skip
def test_any_keys_keep_two_lines_of_exactly_the_terminals_width(keys, processes, width):
    one = prompt("", "user = root", "漢字 " * 20)
    for key in keys:
        if len(key) > 1 and key[-1] in ' "':
            one.paste(key, processes)
        else:
            one.press(key, character(key), processes)
        for row in rows(one, 3, width):
            assert sum(cell_len(text) for text, _ in row) == width
        assert 0 <= one.line.cursor <= len(one.line.text)
        assert one.mistake is not None or one.found is None or one.found.text.strip() == one.line.text.strip()


@pytest.mark.parametrize("width", [20, 40, 80])
def test_the_cursor_is_seen_however_long_the_filter_is(width):
    one = prompt("x" * 30 + "abc" + "y" * 150)
    assert "▏" in text_of(one, width)[1]
    press(one, "home")
    assert text_of(one, width)[1].startswith(" / x")
    for _ in range(30):
        press(one, "right")
    assert any(style == "select" and text == "a" for text, style in rows(one, 3, width)[1])


def test_a_click_takes_a_candidate_or_moves_the_cursor():
    one = prompt("user =")
    press(one, "space")
    x = text_of(one)[0].index("root")
    one.click(x - 1, 0, 80, ROOTS, 3)
    assert one.line == line("user = "), "between two"
    one.click(x + 3, 0, 80, ROOTS, 3)
    assert one.line == line("user = root ")
    one.click(text_of(one)[1].index("root"), 1, 80, ROOTS, 3)
    assert one.line == Line("user = root ", 7)
    one.click(79, 1, 80, ROOTS, 3)
    assert one.line == line("user = root ")
    wrong = prompt("cpuu > 5")
    wrong.click(5, 0, 80, ROOTS, 3)
    assert wrong.line == line("cpuu > 5"), "a mistake is no candidate"


async def test_the_prompt_under_the_mouse(dashboard):
    async with dashboard((100, 30), filters=Remembered()) as (app, pilot):
        await pilot.press("slash", "k", "e")
        await pilot.click(offset=(4, 28))
        assert app.desk.prompt.line.text == "kernel "
        row = "".join(text for text, _ in app.desk.page.rows[28])
        await pilot.click(offset=(row.index("!="), 28))
        row = "".join(text for text, _ in app.desk.page.rows[28])
        await pilot.click(offset=(row.index("no"), 28))
        await pilot.press("enter")
        assert app.desk.table.words == "kernel != no"
        assert all(process.kernel for process in app.desk.table.shown)


async def test_the_prompt_on_the_dashboard(dashboard):
    async with dashboard(filters=Remembered()) as (app, pilot):
        everyone = len(app.frame.snapshot.processes)
        await pilot.press("slash", *["u", "s", "tab", "=", "space", "r", "o", "tab"])
        assert app.desk.table.words == "user = root "
        shown = len(app.desk.table.shown)
        assert 0 < shown < everyone
        assert all(process.user == "root" for process in app.desk.table.shown)
        await pilot.press(*"and", "space", *"cpuu>1")
        text = "\n".join("".join(part for part, _ in row) for row in app.desk.page.rows)
        assert "'cpuu' is not a field; did you mean cpu?" in text
        assert len(app.desk.table.shown) == shown
        await pilot.press("enter")
        assert app.desk.typing
        await pilot.press(*["backspace"] * 10, "enter")
        assert not app.desk.typing
        assert app.desk.table.words == "user = root"
        await pilot.press("slash", "ctrl+u", "up")
        assert app.desk.prompt.line.text == "user = root"
        await pilot.press("escape")
        assert not app.desk.typing
        assert len(app.desk.table.shown) == len(app.frame.snapshot.processes)


@pytest.mark.parametrize("size", [(1, 1), (3, 2), (40, 12), (80, 24), (200, 50)])
async def test_the_prompt_at_any_size(dashboard, size):
    async with dashboard(size) as (app, pilot):
        await pilot.press("slash", *"cp", "tab")
        assert len(app.desk.page.rows) == size[1]
        assert all(sum(cell_len(text) for text, _ in row) == size[0] for row in app.desk.page.rows)


def test_filters_are_kept_from_one_session_to_the_next(terminal):
    one = terminal(100, 30, "--simulate", "calm")
    one.wait_for("LIVE")
    one.type("/")
    one.wait_for("Enter keeps")
    one.type("user = root")
    one.wait_for("/ user = root")
    one.send("Enter")
    one.wait_for("filter: user = root")
    one.send("q")
    one.wait_for_prompt()
    kept = one.home / "state" / "tuimon" / "filters"
    assert kept.read_text() == "user = root\n"
    assert kept.stat().st_mode & 0o777 == 0o600
    one.run("--simulate", "calm")
    one.wait_for("LIVE")
    one.type("/")
    one.wait_for("Enter keeps")
    one.send("Up")
    one.wait_for("/ user = root")
    one.send("Enter")
    one.wait_for("filter: user = root")
    one.send("q")
    assert one.wait_for_prompt() == 0
