"""A patch makes a terminal show what a full drawing shows: tried on a terminal emulator."""

from __future__ import annotations

import pyte
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.color import ColorSystem

from tuimon.tui.canvas import Codes
from tuimon.tui.patch import changes, sequence
from tuimon.tui.style import THEMES, fit, style_of

WIDTH, HEIGHT = 40, 4
STYLES = ["", "cpu", "dim", "select", "header", "header.bright", "column.sorted", "warning", "key"]
TEXTS = st.text(st.sampled_from("ab 1.|│█⣿漢字…▲"), max_size=12)


@st.composite
def rows(draw):
    row = []
    left = WIDTH
    for text in draw(st.lists(TEXTS, max_size=8)):
        piece = fit(text, min(left, draw(st.integers(0, 12))))
        if piece:
            row.append((piece, draw(st.sampled_from(STYLES))))
        left = WIDTH - sum(cell_len(text) for text, _ in row)
    if left:
        row.append((" " * left, draw(st.sampled_from(STYLES))))
    return row


class Console:
    _color_system = ColorSystem.EIGHT_BIT


def full(screen_rows, codes):
    out = ["\x1b[2J"]
    for y, row in enumerate(screen_rows):
        out.append(f"\x1b[{y + 1};1H" + "".join(codes("reset", name) + text for text, name in row))
    return "".join(out)


def cells_of(screen):
    return [[screen.buffer[y][x] for x in range(WIDTH)] for y in range(HEIGHT)]


def seen(cell):
    """A cell as it looks: a blank shows its background only."""
    return (cell.bg, cell.reverse) if cell.data in (" ", "") else cell


@given(st.lists(rows(), min_size=HEIGHT, max_size=HEIGHT), st.lists(rows(), min_size=HEIGHT, max_size=HEIGHT))
def test_a_patched_terminal_looks_like_a_fresh_one(old, new):
    codes = Codes(THEMES["tuimon-dark"], Console())
    patched, fresh = pyte.Screen(WIDTH, HEIGHT), pyte.Screen(WIDTH, HEIGHT)
    for screen in (patched, fresh):
        screen.reset_mode(pyte.modes.DECAWM)
    stream = pyte.Stream(patched)
    stream.feed(full(old, codes))
    spans = [(y, changes(a, b)) for y, (a, b) in enumerate(zip(old, new, strict=True)) if a != b]
    stream.feed(sequence(spans, 0, 0, codes))
    pyte.Stream(fresh).feed(full(new, codes))
    for y, (a, b) in enumerate(zip(cells_of(patched), cells_of(fresh), strict=True)):
        assert [seen(c) for c in a] == [seen(c) for c in b], f"row {y}: {new[y]}"


@given(rows())
def test_nothing_changed_sends_nothing(row):
    codes = Codes(THEMES["tuimon-dark"], Console())
    assert sequence([(0, changes(row, row))], 0, 0, codes) == ""


def test_one_digit_costs_a_few_bytes():
    codes = Codes(THEMES["tuimon-dark"], Console())
    old = [("cpu ", "label"), ("12.3", "value"), (" of a long line that stays as it is", "text")]
    new = [("cpu ", "label"), ("12.4", "value"), (" of a long line that stays as it is", "text")]
    sent = sequence([(9, changes(old, new))], 0, 0, codes)
    assert len(sent) < 45
    assert sent.count("4") >= 1


def test_styles_are_sent_only_when_they_change():
    codes = Codes(THEMES["tuimon-dark"], Console())
    assert codes("cpu", "cpu") == ""
    assert codes("text", "") == "", "two names of one look"
    assert "48;5" not in codes("cpu", "dim"), "the background is the same: only the colour of the text is sent"


def test_every_style_of_every_theme_can_be_made():
    for theme in THEMES.values():
        for name in theme.colours:
            assert style_of(theme, name) is not None
