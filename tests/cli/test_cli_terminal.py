"""Terminals that are not as others: no screen, no characters but ASCII, errors that go to a file."""

from __future__ import annotations


def test_the_dashboard_is_drawn_when_its_errors_go_to_a_file(terminal):
    one = terminal(80, 24, start=False)
    modes = one.modes()
    one.run("--simulate", "calm", after="2> errors")
    one.wait_for("LIVE")
    one.send("q")
    assert one.wait_for_prompt() == 0
    assert one.modes() == modes
    assert (one.home / "errors").read_text() == ""


def test_a_terminal_that_only_prints_is_refused_with_what_prints(terminal):
    one = terminal(120, 24, start=False)
    one.run(extra="TERM=dumb")
    assert one.wait_for_prompt() == 2
    assert "tuimon: TERM is dumb, which has no screen to draw on; 'tuimon show --watch' prints" in one.text()


def test_the_locale_c_has_nothing_but_ascii_though_python_says_utf_8(terminal):
    one = terminal(120, 40, "--simulate", "calm", start=False)
    one.run("--simulate", "calm", extra="env -u LC_ALL -u LC_CTYPE LANG=C")
    one.wait_for("LIVE")
    assert one.text().isascii()
    one.send("q")
    assert one.wait_for_prompt() == 0
