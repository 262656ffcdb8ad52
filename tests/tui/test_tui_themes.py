"""Every screen at every size in every theme: whole rows, styles that are there, nothing told by colour alone."""

from __future__ import annotations

import itertools
import re

import pytest
from rich.color import ColorType

from tuimon.config.settings import THEMES as SETTABLE
from tuimon.tui.style import row_width, style_of
from tuimon.tui.themes import THEMES

SIZES = ((200, 50), (120, 40), (80, 24), (40, 12))


def luminance(colour) -> float:
    parts = [part / 255 for part in colour.get_truecolor()]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(theme, name) -> float:
    style = style_of(theme, name)
    low, high = sorted((luminance(style.color), luminance(style.bgcolor)))
    return (high + 0.05) / (low + 0.05)


def test_the_settings_offer_every_theme():
    assert set(SETTABLE) == set(THEMES)


def test_every_theme_has_every_style():
    names = {frozenset(theme.colours) for theme in THEMES.values()}
    assert len(names) == 1


def test_high_contrast_is_that():
    theme = THEMES["high-contrast"]
    low = {name for name in theme.colours if contrast(theme, name) < 7}
    assert low <= {"faint"}  # the empty part of a bar


@pytest.mark.parametrize("name", ["tuimon-dark", "tuimon-light", "colour-blind"])
def test_what_is_to_be_read_can_be_read(name):
    theme = THEMES[name]
    read = (
        "text",
        "bright",
        "value",
        "title",
        "label",
        "warning",
        "critical",
        "header",
        "past",
        "keytext",
        "key",
        "dim",
        "select",
    )
    assert {style: round(contrast(theme, style), 1) for style in read if contrast(theme, style) < 4.0} == {}


def test_eight_colours_and_none_are_no_more_than_that():
    for style in (style_of(THEMES["eight-colours"], name) for name in THEMES["eight-colours"].colours):
        assert style.color.type is ColorType.DEFAULT or style.color.number < 8
        assert style.bgcolor.type is ColorType.DEFAULT
    for style in (style_of(THEMES["monochrome"], name) for name in THEMES["monochrome"].colours):
        assert style.color.type is ColorType.DEFAULT


def test_a_warning_and_a_critical_alert_differ_without_colours():
    theme = THEMES["monochrome"]
    assert style_of(theme, "select") != style_of(theme, "text")
    assert style_of(theme, "cursor") != style_of(theme, "cpu.1")
    assert style_of(theme, "past") != style_of(theme, "header")


@pytest.mark.parametrize("size", SIZES)
async def test_every_screen_is_whole_in_every_theme(dashboard, size):
    async with dashboard(size, scenario="memory-leak") as (app, pilot):
        for theme, keys in itertools.product(THEMES.values(), ((), ("down",), ("m",), ("slash", "a"))):
            app.canvas.set_theme(theme)
            await pilot.press(*keys)
            rows = app.desk.page.rows
            assert len(rows) == size[1]
            assert {row_width(row) for row in rows} == {size[0]}
            unknown = {style for row in rows for _, style in row if style not in theme.colours}
            assert unknown == set()
            await pilot.press("escape", "escape")
            if keys == ("m",):
                await pilot.press("1")
        picture = app.export_screenshot()
        assert re.search(r"<svg", picture)
        assert "\u0000" not in picture


@pytest.mark.parametrize("name", sorted(THEMES))
def test_extremes_and_what_was_before_are_quieter_than_the_line_they_are_around(name):
    colours = THEMES[name].colours
    for family in ("cpu", "memory", "disk", "network"):
        assert colours[f"{family}.band"] != colours[family]
        assert colours["ghost"] != colours[family]
