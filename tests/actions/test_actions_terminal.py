"""In a real terminal, on real processes: with keys only, then with the mouse only."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from rich.cells import cell_len
from terminals import eventually

SLEEPER = "import time; print(flush=True); time.sleep(120)"


@pytest.fixture
def victims():
    """Start sleepers whose command lines end with a word of the test's."""
    started = []

    def start(word, count=1):
        for _ in range(count):
            one = subprocess.Popen([sys.executable, "-ISc", SLEEPER, word], stdout=subprocess.PIPE)
            started.append(one)
            assert one.stdout.readline() == b"\n"
        return started[-count:]

    yield start
    for one in started:
        one.kill()
        one.wait()
        one.stdout.close()


def click(one, text, button=0, offset=0):
    """Click where a text stands on the screen."""
    lines = one.wait_for(text)
    y = next(y for y, line in enumerate(lines) if text in line)
    x = cell_len(lines[y][: lines[y].index(text)]) + offset
    one.type(f"\x1b[<{button};{x + 1};{y + 1}M")
    one.type(f"\x1b[<{button};{x + 1};{y + 1}m")


def narrowed(terminal, word, pids, cols, rows):
    """A dashboard that shows only the processes of a word, none of them chosen yet."""
    one = terminal(cols, rows, "--no-record")
    one.wait_for("LIVE")
    one.send("/")
    one.type(word)
    one.send("Enter")
    one.wait_until(lambda lines: set(listed(lines)) == set(pids), what="the victims and nobody else")
    return one


def rows_of(lines):
    """The rows of the process table."""
    first = next((y for y, line in enumerate(lines) if " PID " in line), len(lines))
    return [line for line in lines[first + 1 :] if line.strip("│╭╮╰╯─* ")[:1].isdigit() and "┃" not in line]


def listed(lines):
    return [int(line.strip("│* ").split()[0]) for line in rows_of(lines)]


@pytest.mark.parametrize(("cols", "rows"), [(120, 40), (40, 12)])
def test_with_keys_only(terminal, victims, cols, rows):
    (victim,) = victims("v1ctim")
    one = narrowed(terminal, "v1ctim", [victim.pid], cols, rows)
    one.send("Down", "K")
    one.wait_for("TERM")
    one.type("st")
    one.send("Enter")
    one.wait_for(f"Send STOP to python ({victim.pid})?")
    one.send("Enter")
    assert eventually(lambda: psutil.Process(victim.pid).status() == "stopped", 10, one.text)
    one.wait_for("i signal STOP sent")
    one.send("K")
    one.wait_for("TERM")
    one.type("ni")
    one.send("Enter")
    one.wait_for("Nice value")
    one.type("11")
    one.send("Enter")
    one.wait_for(f"Set nice 11 of python ({victim.pid})?")
    one.send("y")
    assert eventually(lambda: psutil.Process(victim.pid).nice() == 11, 10, one.text)
    one.wait_for("i nice 11 set")
    one.send("K")
    one.wait_for("TERM")
    one.type("k")
    one.send("Enter")
    one.wait_for(f"Send KILL to python ({victim.pid})?")
    one.send("y")
    assert victim.wait(10) == -signal.SIGKILL
    one.send("q")
    assert one.wait_for_prompt() == 0


def test_tagged_processes_with_keys_only(terminal, victims):
    several = victims("v2ctim", 3)
    one = narrowed(terminal, "v2ctim", [victim.pid for victim in several], 120, 40)
    one.send("Down", "Space", "Down", "Space")
    one.wait_for("2 tagged")
    one.send("K", "Enter")
    one.wait_for("Send TERM to 2 processes?")
    one.send("Enter")
    one.wait_for("all 2 processes have ended")
    assert eventually(lambda: sum(victim.poll() == -signal.SIGTERM for victim in several) == 2, 10, one.text)
    assert sum(victim.poll() is None for victim in several) == 1


@pytest.mark.parametrize(("cols", "rows"), [(120, 40), (80, 24), (40, 12)])
def test_with_the_mouse_only(terminal, victims, cols, rows):
    (victim,) = victims("v3ctim")
    one = narrowed(terminal, "v3ctim", [victim.pid], cols, rows)
    click(one, f" {victim.pid} ", button=2, offset=1)
    click(one, "STOP")
    one.wait_for(f"Send STOP to python ({victim.pid})?")
    click(one, ">Send STOP")
    assert eventually(lambda: psutil.Process(victim.pid).status() == "stopped", 10, one.text)
    click(one, f" {victim.pid} ", offset=1)
    click(one, "K")  # the footer's
    click(one, "KILL")
    one.wait_for(f"Send KILL to python ({victim.pid})?")
    click(one, ">Send KILL")
    assert victim.wait(10) == -signal.SIGKILL


def test_one_that_ended_meanwhile_gets_nothing_and_it_is_said(terminal, victims):
    (victim,) = victims("v4ctim")
    one = narrowed(terminal, "v4ctim", [victim.pid], 120, 40)
    one.send("Down", "K", "Enter")
    one.wait_for(f"Send TERM to python ({victim.pid})?")
    victim.kill()
    victim.wait()
    one.wait_for("it has ended meanwhile")
    one.send("Enter")
    one.wait_for("it has ended; nothing was sent")
    one.send("Enter")
    one.wait_until(lambda lines: not any("nothing was sent" in line for line in lines))


def test_tuimon_itself_is_warned_of(terminal):
    one = terminal(120, 40, "--no-record")
    one.wait_for("LIVE")
    one.send("/")
    one.type(f"pid = {one.pid}")
    one.send("Enter")
    one.wait_until(lambda lines: listed(lines) == [one.pid], what="itself and nobody else")
    one.send("Down", "K", "Enter")
    one.wait_for("this is the tuimon that you look at")
    one.send("Enter")
    one.wait_until(lambda lines: not any("Send TERM" in line for line in lines))
    assert one.alive()


@pytest.mark.root
@pytest.mark.skipif(os.getuid() != 0 and not os.environ.get("CI"), reason="becomes another user")
def test_who_may_not_is_told_the_remedy(terminal, victims):
    (victim,) = victims("v5ctim")
    one = terminal(120, 40, start=False)
    for folder in (one.home, *one.home.parents):
        if folder not in (Path("/tmp"), Path("/")):  # however deep the workers of the tests lie
            folder.chmod(0o777)
    one.run("--no-record", extra="setpriv --reuid=65534 --regid=65534 --clear-groups")
    one.wait_for("LIVE")
    one.send("/")
    one.type("v5ctim")
    one.send("Enter")
    one.wait_until(lambda lines: listed(lines) == [victim.pid], what="the victim and nobody else")
    one.send("Down", "K")
    one.wait_for("KILL")
    one.type("k")
    one.send("Enter")
    one.wait_for(f"Send KILL to python ({victim.pid})?")
    one.send("y")
    one.wait_for(f"sudo kill -KILL {victim.pid}, or grant CAP_KILL")
    assert victim.poll() is None


def test_a_read_only_dashboard_offers_nothing(terminal, victims):
    (victim,) = victims("v6ctim")
    one = terminal(120, 40, start=False)
    (one.home / "c.yaml").write_text("ui:\n  read_only: true\n")
    one.run("--no-record", "--config", str(one.home / "c.yaml"))
    lines = one.wait_for("LIVE")
    assert "signal" not in lines[-1]
    one.send("Down", "K")
    one.wait_for("read-only: ui.read_only")
    one.wait_until(lambda lines: not any("read-only" in line for line in lines))
    one.send("C-p")
    one.type("signal")
    one.wait_for("nothing is called so")
    assert victim.poll() is None
