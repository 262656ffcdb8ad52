"""Boxes over the screen: they fit every terminal, and keys and clicks choose the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuimon.tui.dialogs.ask import Ask
from tuimon.tui.dialogs.checks import Checks
from tuimon.tui.dialogs.menu import RULE, Item, Menu
from tuimon.tui.dialogs.over import Over, laid_over, part
from tuimon.tui.dialogs.shape import Button, Said
from tuimon.tui.patch import spread
from tuimon.tui.style import cells, row_width, wrapped

TEXTS = st.text(st.sampled_from("ab cé日本…·─"), max_size=30)
ROWS = st.lists(st.tuples(TEXTS, st.sampled_from(["", "text", "value"])), min_size=1, max_size=4)


def menu(n=12):
    return Menu(
        "Which?",
        [*(Item(f"item {i}", str(i), "about it", ("chosen", i)) for i in range(n)), RULE, Item("last", answer="last")],
    )


def opened(dialog, width=80, height=24):
    over, answers = Over(), []
    over.open(dialog, answers.append)
    rows = over.draw([[(" " * width, "")] for _ in range(height)], width, height, ascii_only=False)
    return over, answers, rows


def text_of(rows):
    return ["".join(text for text, _ in row) for row in rows]


def cell_of(rows, wanted):
    """The first cell in which a text stands on the screen."""
    for y, line in enumerate(text_of(rows)):
        if wanted in line:
            return cells(line[: line.index(wanted)]), y
    raise AssertionError(f"{wanted!r} is not shown in:\n" + "\n".join(text_of(rows)))


@given(ROWS, st.integers(-3, 70), st.integers(0, 70))
def test_a_part_of_a_row_has_the_cells_that_were_asked_for(row, start, end):
    start = max(0, start)
    whole = row_width(row)
    assert row_width(part(row, start, end)) == max(0, min(end, whole) - start)
    assert row_width(part(row, start, None)) == max(0, whole - start)


@given(ROWS, ROWS, st.integers(0, 20))
def test_what_is_laid_over_a_row_keeps_its_width_and_its_ends(row, box, left):
    width = row_width(row)
    if left + row_width(box) > width:
        return
    (shown,) = laid_over([row], [box], left, 0)
    assert row_width(shown) == width
    chars, under = spread(shown)[0], spread(row)[0]
    assert chars[left : left + row_width(box)] == spread(box)[0]
    assert chars[: max(0, left - 1)] == under[: max(0, left - 1)]


@given(st.integers(20, 220), st.integers(6, 60), st.integers(1, 60))
def test_a_menu_fits_every_terminal_and_shows_what_is_chosen(width, height, n):
    dialog = menu(n)
    dialog.at = n - 1
    _, _, rows = opened(dialog, width, height)
    assert len(rows) == height
    assert {row_width(row) for row in rows} == {width}
    assert any(style == "select" for row in rows for _, style in row)


@given(st.integers(24, 220), st.integers(6, 60), st.integers(1, 300))
def test_processors_fit_every_terminal(width, height, count):
    _, _, rows = opened(Checks("Processors", count, range(count)), width, height)
    assert len(rows) == height
    assert {row_width(row) for row in rows} == {width}


@pytest.mark.parametrize(("keys", "wanted"), [
    ([], ("chosen", 0)), (["down", "down"], ("chosen", 2)), (["end"], "last"), (["up"], ("chosen", 0)),
    (["end", "up"], ("chosen", 11)), (["7"], ("chosen", 7)), (["1", "1"], ("chosen", 11)), (["l"], "last"),
    (["pagedown", "home"], ("chosen", 0)), (["L", "A"], "last"),
])  # fmt: skip
def test_a_menu_by_keys(keys, wanted):
    over, answers, _ = opened(menu())
    for key in [*keys, "enter"]:
        over.press(key, key if len(key) == 1 else None)
    assert answers == [wanted]
    assert over.dialog is None


def test_a_menu_by_mouse():
    over, answers, rows = opened(menu())
    over.click(*cell_of(rows, "item 4"))
    assert answers == [("chosen", 4)]
    over, answers, rows = opened(menu())
    over.click(*cell_of(rows, "───"))
    over.click(*cell_of(rows, "Which?"))
    assert (answers, over.dialog is None) == ([], False)
    over.click(*cell_of(rows, "[ Enter ]"))
    assert answers == [("chosen", 0)]


@pytest.mark.parametrize("way", ["escape", "button", "outside"])
def test_leaving_chooses_nothing(way):
    over, answers, rows = opened(menu())
    if way == "escape":
        over.press("escape", None)
    else:
        over.click(*(cell_of(rows, "[ Esc ]") if way == "button" else (0, 0)))
    assert (answers, over.dialog) == ([], None)


def ask(chosen=0):
    rows = [[(f"row {i}", "")] for i in range(30)]
    return Ask("Sure?", rows, (Button("y", "Yes", "yes"), Button("n", "No", Said.CLOSE)), chosen=chosen)


@pytest.mark.parametrize(("keys", "wanted"), [
    (["enter"], ["yes"]), (["y"], ["yes"]), (["n"], []), (["escape"], []), (["tab", "enter"], []),
    (["tab", "tab", "enter"], ["yes"]), (["x", "enter"], ["yes"]),
])  # fmt: skip
def test_a_question_by_keys(keys, wanted):
    over, answers, _ = opened(ask())
    for key in keys:
        over.press(key, key if len(key) == 1 else None)
    assert (answers, over.dialog) == (wanted, None)


def test_a_question_whose_caution_chose_no_needs_more_than_enter():
    over, answers, _ = opened(ask(chosen=1))
    over.press("enter", None)
    assert (answers, over.dialog) == ([], None)


def test_a_question_by_mouse_and_its_rows_scroll():
    over, answers, rows = opened(ask(), height=12)
    assert "of 30" in "".join(text_of(rows))
    over.scroll(100)
    rows = over.draw(rows, 80, 12, ascii_only=False)
    cell_of(rows, "row 29")
    over.click(*cell_of(rows, "Yes"))
    assert answers == ["yes"]


def test_processors_by_keys_and_by_mouse():
    over, answers, rows = opened(Checks("Processors", 8, {0, 1, 2, 3}))
    for key in ("space", "right", "space"):
        over.press(key, None)
    over.click(*cell_of(rows, "] 6"))
    over.press("enter", None)
    assert answers == [(2, 3, 6)]


def test_no_processor_at_all_is_no_answer():
    over, answers, rows = opened(Checks("Processors", 8, {0}))
    over.press("n", "n")
    over.press("enter", None)
    assert (answers, over.dialog is None) == ([], False)
    over.click(*cell_of(rows, "All"))
    over.press("enter", None)
    assert answers == [tuple(range(8))]


@given(st.text(st.sampled_from("abc 日本"), max_size=80), st.integers(2, 30))
def test_wrapped_lines_fit_and_lose_nothing_but_spaces(text, width):
    lines = wrapped(text, width)
    assert all(cells(line) <= width for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


def test_a_terminal_without_unicode_gets_none():
    over = Over()
    over.open(menu())
    rows = over.draw([[(" " * 80, "")] for _ in range(24)], 80, 24, ascii_only=True)
    assert all(line.isascii() for line in text_of(rows))
