"""Hints are said once, and only where they help."""

from __future__ import annotations

import dataclasses
import subprocess
import sys

import pytest

from tuimon.config.hints import SLOW, once, slow_link
from tuimon.config.looks import colours, theme_of
from tuimon.config.settings import Settings

SSH = {"SSH_CONNECTION": "10.0.0.1 2222 10.0.0.2 22"}


def test_a_slow_link_is_spoken_of_once_and_only_over_ssh(tmp_path):
    home = {"XDG_STATE_HOME": str(tmp_path)}
    assert slow_link(Settings(), home) == ""
    assert slow_link(Settings(), home | SSH) == SLOW
    assert slow_link(Settings(), home | SSH) == ""
    low = dataclasses.replace(Settings(), ui=dataclasses.replace(Settings().ui, low_bandwidth=True))
    other = {"XDG_STATE_HOME": str(tmp_path / "other")}
    assert slow_link(low, other | SSH) == ""
    assert (tmp_path / "tuimon" / "hints").stat().st_mode & 0o777 == 0o600


def test_what_cannot_be_remembered_is_not_said_each_time(tmp_path):
    (tmp_path / "file").write_text("")
    assert not once("x", {"XDG_STATE_HOME": str(tmp_path / "file" / "below")})


@pytest.mark.parametrize(
    ("environ", "theme"),
    [
        ({"TERM": "xterm-256color"}, "tuimon-dark"),
        ({"TERM": "xterm", "COLORTERM": "truecolor"}, "tuimon-dark"),
        ({}, "monochrome"),
        ({"TERM": "xterm-256color", "NO_COLOR": "1"}, "monochrome"),
    ],
)
def test_a_terminal_gets_no_more_colours_than_it_has(environ, theme):
    assert theme_of(Settings(), environ) == theme
    assert colours(environ) >= 0


ASKS = "import os; from tuimon.config.looks import colours; print(colours(os.environ))"


@pytest.mark.parametrize(("term", "count"), [("xterm", 8), ("linux", 8), ("vt100", 0), ("no-such-terminal", 8)])
def test_terminfo_says_how_many_colours_there_are(term, count):
    done = subprocess.run([sys.executable, "-c", ASKS], env={"TERM": term}, capture_output=True, text=True, check=True)
    assert int(done.stdout) == count
