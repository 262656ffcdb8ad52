"""The dashboard as a person meets it: typed at a shell's prompt in a real terminal, looked at, quit, killed."""

from __future__ import annotations

import os
import random
import signal
import time
from pathlib import Path

import pytest

SIZES = [(200, 50), (120, 40), (80, 24), (40, 12)]
CALM = ("--simulate", "calm", "--seed", "7")
CORNERS = "╭╮╰╯"
TUI_CRASHES = """
import sys
from tuimon.tui import page

draw, count = page.draw, 0

def fails_the_third_time(*arguments, **options):
    global count
    count += 1
    if count == 3:
        raise RuntimeError("made to fail")
    return draw(*arguments, **options)

page.draw = fails_the_third_time
from tuimon.cli import main
sys.exit(main(sys.argv[1:]))
"""
AROUND = """
stty -a > before
"$@"
status=$?
stty -a > after
exit $status
"""


def around(home: Path) -> str:
    """A prefix for the command that writes down the terminal's settings before and after it, with no shell editing."""
    (home / "around").write_text(AROUND)
    return "sh ./around"


def restored(one, modes) -> None:
    """The terminal is as it was: settings, screen, cursor, mouse."""
    assert (one.home / "after").read_text() == (one.home / "before").read_text()
    assert one.modes() == modes


def painted(one) -> list[str]:
    """The screen as soon as all of it is there: the first line and the last."""
    return one.wait_until(
        lambda lines: "LIVE" in lines[0] and lines[-1].startswith(" q "), what="the first line and the last"
    )


def corners(lines) -> set[tuple[int, int, str]]:
    return {(x, y, sign) for y, line in enumerate(lines) for x, sign in enumerate(line) if sign in CORNERS}


@pytest.mark.parametrize("arguments", [(), CALM], ids=["live", "simulated"])
@pytest.mark.parametrize(("cols", "rows"), SIZES)
def test_it_draws_and_quits_at_every_size(terminal, cols, rows, arguments):
    one = terminal(cols, rows, *arguments)
    lines = painted(one)
    assert len(lines) == rows
    assert sum(bool(line.strip()) for line in lines) > rows // 2
    assert "Traceback" not in one.text()
    one.send("q")
    assert one.wait_for_prompt() == 0
    assert not one.alive()


def test_the_first_line_says_which_machine_and_the_last_which_keys(terminal):
    lines = painted(terminal(120, 40))
    assert os.uname().nodename.partition(".")[0] in lines[0]
    assert "? help" in lines[-1]


def test_processes_that_run_are_on_the_screen(terminal):
    one = terminal(200, 50)
    one.wait_for("LIVE")
    one.send("/")
    one.type("bash")
    one.wait_until(lambda lines: any(f" {one.shell} " in line for line in lines), what="the shell it runs under")


def test_a_storm_of_sizes_ends_in_a_clean_screen(terminal):
    one = terminal(200, 50, *CALM)
    one.wait_for("LIVE")
    sizes = random.Random(1)
    for _ in range(40):
        one.resize(sizes.randint(10, 220), sizes.randint(3, 60))
        time.sleep(0.02)
    one.resize(120, 40)
    fresh = terminal(120, 40, *CALM)
    fresh.wait_for("LIVE")
    one.wait_until(
        lambda lines: len(wanted := corners(fresh.screen())) > 20 and corners(lines) == wanted,
        what="the panels of a fresh start at this size",
    )
    assert "Traceback" not in one.text()
    one.send("q")
    assert one.wait_for_prompt() == 0


@pytest.mark.parametrize("size", [(1, 1), (5, 2), (20, 5)], ids=str)
def test_a_terminal_too_small_to_say_anything_is_survived(terminal, size):
    one = terminal(80, 24)
    one.wait_for("LIVE")
    one.resize(*size)
    time.sleep(1.5)
    assert one.alive()
    one.resize(80, 24)
    one.wait_for("LIVE")


@pytest.mark.parametrize("key", ["q", "C-c"])
def test_a_key_quits_and_the_terminal_is_as_it_was(terminal, key):
    one = terminal(120, 40, start=False)
    modes = one.modes()
    one.run(extra=around(one.home))
    one.wait_for("LIVE")
    assert one.modes() != modes
    one.send(key)
    assert one.wait_for_prompt() == 0
    restored(one, modes)


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP", "SIGINT"])
def test_a_signal_quits_stores_everything_and_restores_the_terminal(terminal, name):
    one = terminal(120, 40, start=False)
    modes = one.modes()
    one.run(extra=around(one.home))
    one.wait_for("LIVE")
    os.kill(one.pid, signal.Signals[name])
    one.wait_for_prompt()
    restored(one, modes)
    assert "Traceback" not in one.text()


def test_ctrl_z_suspends_and_fg_brings_it_back(terminal):
    one = terminal(120, 40)
    modes = one.modes()
    one.wait_for("LIVE")
    one.send("C-z")
    one.wait_for_prompt()
    assert "Stopped" in one.text()
    assert one.alive()
    assert not one.alternate()
    one.type("fg")
    one.send("Enter")
    one.wait_until(lambda lines: one.alternate() and any("LIVE" in line for line in lines), what="the dashboard again")
    one.send("q")
    assert one.wait_for_prompt() == 0
    assert one.modes() == modes | {"alternate_on": "0"}


def test_a_crash_of_the_dashboard_says_so_in_a_line_and_restores_the_terminal(terminal):
    one = terminal(120, 40, start=False)
    modes = one.modes()
    script = one.home / "crashes.py"
    script.write_text(TUI_CRASHES)
    one.run(extra=around(one.home), script=script)
    assert one.wait_for_prompt(30) == 1
    restored(one, modes)
    assert "made to fail" in one.text()
    assert "Traceback" not in one.text()


def test_a_machine_that_cannot_be_read_is_a_fault_on_the_screen_not_an_end(terminal, tmp_path):
    empty = tmp_path / "nothing-here"
    (empty / "proc").mkdir(parents=True)
    one = terminal(120, 40, "--root", str(empty), "--no-record")
    one.wait_for("quit")
    time.sleep(2)
    assert one.alive()
    assert "Traceback" not in one.text()
    one.send("q")
    assert one.wait_for_prompt() == 0


def test_without_a_terminal_it_says_what_to_type_instead(terminal):
    one = terminal(120, 40, start=False)
    one.run(after="> nowhere")
    assert one.wait_for_prompt() == 2
    assert "tuimon show" in one.text()


def test_what_was_recorded_is_there_again(terminal):
    one = terminal(120, 40)
    one.wait_for("LIVE")
    time.sleep(2.5)
    one.send("q")
    assert one.wait_for_prompt() == 0
    one.run("history", "info")
    assert one.wait_for_prompt() == 0
    assert list(one.home.rglob("*.db"))
