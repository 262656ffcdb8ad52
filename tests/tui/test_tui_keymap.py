"""Keys that the user chose: what they do, what the footer and the help say, and what the settings refuse."""

from __future__ import annotations

import pytest

from tuimon.cli import main
from tuimon.config.settings import KEYS as SETTABLE
from tuimon.protocols import Ability
from tuimon.tui.help import help_rows
from tuimon.tui.keys import KEYS, footer_keys, keymap, pressed, words


def told(abilities, keys):
    return "\n".join("".join(text for text, _ in row) for row in help_rows(abilities, keys, 100))


def test_the_settings_know_every_key_of_the_table():
    assert list(SETTABLE) == [word for key in KEYS for word in words(key)]


def test_no_key_stands_in_the_table_twice():
    names = [name for key in KEYS for name in key.names]
    assert len(names) == len(set(names))


def test_every_way_to_write_a_key_is_one_that_it_has():
    for key in KEYS:
        assert {pressed(word) for word in words(key)} <= set(key.names), key.shown


@pytest.mark.parametrize(
    ("written", "name"),
    [("F5", "f5"), (",", "comma"), ("Ctrl-X", "ctrl+x"), ("PgDn", "pagedown"), ("q", "q"), ("Q", "Q"), ("↑", "up")],
)
def test_how_keys_are_written(written, name):
    assert pressed(written) == name


def test_a_key_that_was_given_something_to_do_stands_first():
    found = keymap(["F5 = .", "e = none", "/ = q"])
    step = next(key for key in found.keys if key.action == "desk('step', 1)")
    assert step.shown == "F5, ."
    assert "f5" in step.names
    assert not [key for key in found.keys if key.action == "take_away"]
    assert found.actions == {"f5": "desk('step', 1)", "e": "", "slash": "leave"}
    assert "/" not in [key.shown for key in footer_keys((), keys=found.keys)]
    assert "F5, ." in told((), found.keys)


def shown(keys, **screen):
    return [f"{key.shown.split(', ')[0]} {key.word}" for key in footer_keys(frozenset(Ability), keys=keys, **screen)]


def test_the_other_screens_offer_the_keys_that_the_user_chose():
    found = keymap(["F5 = /", "y = ←", "m = none", "Z = c", "F6 = →"]).keys
    offered = shown(found, charts=True)
    assert {"F5 metrics", "y earlier", "F6 later", "Z compare"} <= set(offered)
    assert not [one for one in offered if one.endswith(" extremes")]
    assert "y ← F6 → part" in shown(found, details=True)
    text = told((), found)
    assert "F5 /" in text
    assert "Z c" in text
    taken = keymap(["/ = q", "← = r"]).keys
    assert not [one for one in shown(taken, charts=True) if one.endswith((" metrics", " earlier"))]
    assert "→ part" in shown(taken, details=True)
    assert "g back" not in shown(keymap(["g = none"]).keys, charts=True)


async def test_the_history_screen_shows_and_does_what_the_user_chose(dashboard):
    async with dashboard((200, 50), keys=("y = c", "F8 = L")) as (app, pilot):
        await pilot.press("h")
        assert "y compare" in "".join(text for text, _ in app.desk.page.rows[-1])
        await pilot.press("y")
        assert app.desk.charts.days_back == 1


async def test_pressing_it_does_what_the_other_does(dashboard):
    async with dashboard(keys=("z = r", "r = none", "x = q")) as (app, pilot):
        before = app.desk.table.descending
        await pilot.press("r")
        assert app.desk.table.descending is before
        await pilot.press("z")
        assert app.desk.table.descending is not before
        await pilot.press("slash", "z", "enter")  # typed, not pressed
        assert app.desk.table.words == "z"
        await pilot.press("x")
        await pilot.pause()
    assert app.return_value == 0


def test_a_key_that_there_is_not_is_one_line(tmp_path, capsys):
    file = tmp_path / "c.yaml"
    file.write_text("ui:\n  keys: ['F5 = §']\n")
    assert main(["config", "check", "--config", str(file)]) == 2
    said = capsys.readouterr()
    text = said.out + said.err
    assert "ui.keys" in text
    assert "a key of the dashboard after '='" in text
