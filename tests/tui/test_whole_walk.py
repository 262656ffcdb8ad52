"""Everything that the process table and the screens around it offer, in one walk: with keys only, then with the mouse only.

On real processes, started for it, in a real terminal; what is done to them is looked up in the kernel.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys

import psutil
import pytest
from rich.cells import cell_len
from terminals import eventually

STRANGER = 54321
SLEEPER = "import time; print(flush=True); time.sleep(180)"


@pytest.fixture
def sleepers():
    """Three processes whose command lines end with a word that nobody else's has."""
    started = [subprocess.Popen([sys.executable, "-ISc", SLEEPER, "w7lker"], stdout=subprocess.PIPE) for _ in range(3)]
    for one in started:
        one.stdout.readline()
    yield sorted(started, key=lambda one: one.pid)
    for one in started:
        one.kill()
        one.wait()
        one.stdout.close()


@pytest.fixture
def strangers():
    """Three processes of a user whom nobody else is."""
    started = [subprocess.Popen(["sleep", "180"], user=STRANGER) for _ in range(3)]
    yield sorted(started, key=lambda one: one.pid)
    for one in started:
        one.kill()
        one.wait()


def click(one, text, *, button=0, offset=0, times=1, last=False):
    """Click where a text stands on the screen, the first or the last time."""
    lines = one.wait_for(text)
    y = [y for y, line in enumerate(lines) if text in line][-1 if last else 0]
    x = cell_len(lines[y][: lines[y].index(text)]) + offset
    for _ in range(times):
        one.type(f"\x1b[<{button};{x + 1};{y + 1}M\x1b[<{button};{x + 1};{y + 1}m")


def gone(one, text):
    one.wait_until(lambda lines: not any(text in line for line in lines), what=f"no {text!r}")


def pids(lines):
    """The pids of the table's rows, from above."""
    first = next((y for y, line in enumerate(lines) if " PID" in line), len(lines))
    found = [re.match(r"[│* ]*(\d+) ", line) for line in lines[first + 1 :] if "┃" not in line]
    return [int(one[1]) for one in found if one]


def shows(one, wanted, what):
    one.wait_until(lambda lines: pids(lines) == wanted, what=what)


def started(terminal):
    """A dashboard with settings of its own, which records; the line that says so is put away."""
    one = terminal(160, 50, start=False)
    (one.home / "c.yaml").write_text("table:\n  columns: [pid, user, state, cpu, mem, rss, command]\n")
    one.run("--config", str(one.home / "c.yaml"))
    one.wait_for("LIVE")
    one.wait_for("rec while open")
    one.wait_for("First run")
    return one


def with_keys(one, what, deed):
    """Choose from the menu of a process by typing, and say yes to what it asks."""
    one.send("K")
    one.wait_for("TERM")
    one.type(what)
    one.send("Enter")
    deed()


def colours(one):
    return set(re.findall(r"\x1b\[[\d;]*m", one.picture()))


def keys_filter(one, everyone):
    """A filter: completed, mended, kept."""
    one.send("/")
    one.type("comm")
    one.send("Tab")
    one.wait_for("/ command")
    one.type("> 5")
    one.wait_for(" ! ")
    one.send("C-u")
    one.type("cmd ~ w7lk")
    one.wait_for("3 shown")
    one.send("Enter")
    one.wait_until(lambda lines: sorted(pids(lines)) == everyone, what="the three and nobody else")


def keys_columns(one):
    """Columns: one taken away, one moved, one made wider, kept in the settings."""
    one.send("c")
    one.wait_for("[x] user")
    one.send("Down", "Space", "Home", ">", "Home")
    one.type("+")
    one.send("w")
    one.wait_for("kept in")
    one.send("Escape")
    gone(one, "kept in")
    assert re.search(r"columns:.*state:2.*pid.*cpu.*command", (one.home / "c.yaml").read_text().replace("\n", " "))
    assert "user" not in (one.home / "c.yaml").read_text().split("columns", 1)[1].split("sort", 1)[0]
    one.send("c")
    one.wait_for("[x] pid")
    one.send("d", "Enter")
    one.wait_until(lambda lines: any(" PID USER" in line for line in lines), what="the usual columns")


def keys_order(one, everyone):
    """Order: by any column, turned round, and by which one then."""
    one.send("O")
    one.wait_for("Sort by")
    one.type("pid")
    one.send("Enter")
    shows(one, everyone, "the smallest pid first")
    one.send("r")
    shows(one, everyone[::-1], "the largest pid first")
    one.send("O")
    one.wait_for("Sort by")
    one.send("End", "Enter")
    one.wait_for("Equal in pid: then by")
    one.type("rss")
    one.send("Enter")
    one.wait_until(lambda lines: any("▽RSS" in line or "RSS▽" in line for line in lines), what="the second key")


def keys_trees(one, everyone):
    """Tree and groups, folded and opened."""
    one.send("t", "Home", "*")
    one.wait_for("▸")
    one.send("*")
    gone(one, "▸")
    one.send("t", "G")
    one.wait_for("×3")
    one.send("Home", "Right")
    one.wait_until(lambda lines: sorted(pids(lines)) == everyone, what="the group open")
    one.send("G", "G", "G", "Home")
    gone(one, "×3")


def keys_still(one, everyone):
    """Freeze, follow."""
    one.send("f")
    one.wait_for("FROZEN")
    one.send("f")
    gone(one, "FROZEN")
    shows(one, everyone[::-1], "the largest pid first again")
    one.send("Home", "F")
    one.wait_for("follow")
    one.send("F")
    gone(one, "follow")


def keys_details(one):
    """Details, part by part."""
    one.send("Home", "Enter")
    for part in ("Summary", "Threads", "Files", "Sockets", "Environment", "Limits", "Family"):
        one.wait_for(f"[{part}")
        one.send("Right")
    one.send("z")
    one.send("Escape")
    gone(one, " Environment ")


def keys_acting(one, everyone):
    """What can be done to it."""
    victim = psutil.Process(everyone[-1])
    with_keys(one, "st", lambda: one.wait_for(f"Send STOP to python ({victim.pid})?"))
    one.send("Enter")
    eventually(lambda: victim.status() == "stopped", 10, one.text)
    one.wait_for("STOP sent")
    with_keys(one, "cont", lambda: one.wait_for(f"Send CONT to python ({victim.pid})?"))
    one.send("Enter")
    eventually(lambda: victim.status() == "sleeping", 10, one.text)
    with_keys(one, "ni", lambda: one.wait_for("Nice value"))
    one.type("7")
    one.send("Enter")
    one.wait_for("Set nice 7")
    one.send("y")
    eventually(lambda: victim.nice() == 7, 10, one.text)
    with_keys(one, "io", lambda: one.wait_for("IO priority of all threads"))
    one.type("idle")
    one.send("Enter")
    one.wait_for(f"({victim.pid})?")
    one.send("y")
    eventually(lambda: victim.ionice().ioclass == psutil.IOPRIO_CLASS_IDLE, 10, one.text)
    with_keys(one, "pro", lambda: one.wait_for("Processors of all threads"))
    one.send("n", "Space", "Enter")
    one.wait_for(f"({victim.pid})?")
    one.send("y")
    eventually(lambda: len(victim.cpu_affinity()) == 1, 10, one.text)


def keys_tagged(one, everyone, sleepers):
    """Two that are tagged."""
    one.send("End", "Space", "Up", "Space")
    one.wait_for("2 tagged")
    one.send("K")
    one.wait_for("TERM")
    one.send("Enter")
    one.wait_for("Send TERM to 2 processes?")
    one.send("Enter")
    for sleeper in sleepers[:2]:
        assert sleeper.wait(10) == -signal.SIGTERM
    shows(one, everyone[2:], "the third alone")
    for hidden in ("have ended", "filter: cmd"):
        one.send("Escape")
        gone(one, hidden)


def keys_looks(one):
    """Colours, help, palette."""
    before = colours(one)
    one.send("T")
    eventually(lambda: colours(one) != before, 10, one.text)
    one.send("?")
    one.wait_for("tuimon: keys")
    one.send("Escape")
    gone(one, "tuimon: keys")
    one.send("C-p")
    one.type("theme")
    one.wait_for("1 of 1")
    one.send("Enter")
    gone(one, "What to do")


def keys_time(one, sleepers):
    """History and back, the past and back."""
    one.send("h")
    one.wait_for(" History ")
    one.send("Escape")
    gone(one, " History ")
    one.send(",")
    one.wait_for("◀")
    one.send("L")
    one.wait_for("● LIVE")
    one.send("q")
    assert one.wait_for_prompt() == 0
    assert sleepers[2].poll() is None


def test_with_keys_only(terminal, sleepers):
    everyone = [victim.pid for victim in sleepers]
    one = started(terminal)
    one.send("Escape")
    gone(one, "First run")
    keys_filter(one, everyone)
    keys_columns(one)
    keys_order(one, everyone)
    keys_trees(one, everyone)
    keys_still(one, everyone)
    keys_details(one)
    keys_acting(one, everyone)
    keys_tagged(one, everyone, sleepers)
    keys_looks(one)
    keys_time(one, sleepers)


def hide(one):
    """Click away what is said of an action: rows stand still again."""
    click(one, "Esc hides", offset=1)
    gone(one, "Esc hides")


def choose(one, item):
    """Choose from the menu that a right click on the titles opens."""
    click(one, " PID", button=2, offset=1)
    one.wait_for("[ Esc ]")
    click(one, item)


def mouse_filter(one, everyone):
    """A filter, clicked together, kept by a click elsewhere."""
    click(one, "/ filter", last=True)
    click(one, "  user  ", offset=2, last=True)
    one.wait_for("/ user")
    click(one, "  =  ", offset=2, last=True)
    one.wait_for("/ user =")
    click(one, f" {STRANGER} ", offset=1, last=True)
    one.wait_for(f"/ user = {STRANGER}")
    click(one, "CPU")
    one.wait_for(f"filter: user = {STRANGER}")
    one.wait_until(lambda lines: sorted(pids(lines)) == everyone, what="the three and nobody else")


def mouse_order(one, everyone):
    """Order by a title, turned round by another click; and by which column then."""
    click(one, " PID ", offset=2)
    shows(one, everyone, "the smallest pid first")
    click(one, " PID", offset=2)
    shows(one, everyone[::-1], "the largest pid first")
    choose(one, "sort by…")
    click(one, "then by…")
    one.wait_for("Equal in pid: then by")
    click(one, "rss ")
    gone(one, "Equal in")


def mouse_columns(one):
    """Columns."""
    choose(one, "columns…")
    click(one, "[x] user")
    one.wait_for("[ ] user")
    click(one, "[ Up < ]")
    click(one, "[ + ]")
    click(one, "Save w")
    one.wait_for("kept in")
    click(one, "Esc hides")
    choose(one, "columns…")
    click(one, "Defaults d")
    click(one, "[ Esc ]")
    one.wait_for("USER")


def mouse_trees(one, everyone):
    """Tree, groups, freeze, follow."""
    choose(one, "tree ")
    click(one, "▾")
    click(one, "▸")
    choose(one, "program")
    one.wait_for("×")
    choose(one, "list ")
    gone(one, "×")
    choose(one, "freeze")
    one.wait_for("FROZEN")
    choose(one, "go on")
    gone(one, "FROZEN")
    row = f" {everyone[-1]} "
    click(one, row, offset=2)
    choose(one, "follow")
    one.wait_for("follow")
    choose(one, "let go")


def mouse_details(one, everyone):
    """Details."""
    row = f" {everyone[-1]} "
    click(one, row, offset=2, times=2)
    one.wait_for("[Summary]")
    click(one, "Limits", offset=1)
    one.wait_for("open files")
    click(one, "Esc back", last=True)
    gone(one, "[Limits")


def mouse_acting(one, everyone):
    """What can be done to it."""
    victim = psutil.Process(everyone[-1])
    row = f" {victim.pid} "
    for item, deed in (("STOP", "Send STOP"), ("CONT", "Send CONT")):
        click(one, row, button=2, offset=2)
        click(one, item)
        one.wait_for(f"{deed} to sleep ({victim.pid})?")
        click(one, f">{deed}", offset=2)
        state = "stopped" if item == "STOP" else "sleeping"
        eventually(lambda state=state: victim.status() == state, 10, one.text)
        hide(one)
    click(one, row, button=2, offset=2)
    click(one, "nice…")
    one.wait_for("Nice value")
    click(one, "when nobody else wants to run")
    click(one, ">Set nice 19", offset=2)
    eventually(lambda: victim.nice() == 19, 10, one.text)
    hide(one)
    click(one, row, button=2, offset=2)
    click(one, "io priority…")
    click(one, "when nobody else uses the disk")
    click(one, "[>", offset=3)
    eventually(lambda: victim.ionice().ioclass == psutil.IOPRIO_CLASS_IDLE, 10, one.text)
    hide(one)
    click(one, row, button=2, offset=2)
    click(one, "processors…")
    click(one, "[ None ]")
    click(one, "[ ] 0", offset=1)
    click(one, "Enter", offset=1)
    one.wait_for(f"({victim.pid})?")
    click(one, "[>", offset=3)
    eventually(lambda: victim.cpu_affinity() == [0], 10, one.text)
    hide(one)


def mouse_tagged(one, everyone, strangers):
    """Tags, in the first cell of a row."""
    for pid in everyone[:2]:
        lines = one.wait_for(f" {pid} ")
        y, line = next((y, line) for y, line in enumerate(lines) if f" {pid} " in line)
        first = 3 if line.startswith("│") else 1
        one.type(f"\x1b[<0;{first};{y + 1}M\x1b[<0;{first};{y + 1}m")
    one.wait_for("2 tagged")
    click(one, "K signal", last=True)
    click(one, "TERM")
    one.wait_for("Send TERM to 2 processes?")
    click(one, ">Send TERM", offset=2)
    for stranger in strangers[:2]:
        assert stranger.wait(10) == -signal.SIGTERM
    one.wait_for("have ended")
    click(one, "Esc hides", offset=1)
    gone(one, "have ended")


def mouse_around(one, strangers):
    """The filter away; help, palette with a theme, History and the past, each there and back."""
    choose(one, "everybody")
    gone(one, "filter: user")
    click(one, "? help", last=True)
    one.wait_for("tuimon: keys")
    click(one, "this help")
    gone(one, "tuimon: keys")
    before = colours(one)
    click(one, "Ctrl-P more", last=True)
    click(one, "next colour theme")
    eventually(lambda: colours(one) != before, 10, one.text)
    gone(one, "What to do")
    click(one, "h history", last=True)
    one.wait_for(" History ")
    click(one, "Esc back", last=True)
    gone(one, " History ")
    click(one, ", back", last=True)
    one.wait_for("◀")
    click(one, "L live", last=True)
    one.wait_for("● LIVE")
    click(one, "q quit", last=True)
    assert one.wait_for_prompt() == 0
    assert strangers[2].poll() is None


@pytest.mark.root
@pytest.mark.skipif(os.getuid() != 0 and not os.environ.get("CI"), reason="starts processes as another user")
def test_with_the_mouse_only(terminal, strangers):
    everyone = [victim.pid for victim in strangers]
    one = started(terminal)
    click(one, "Esc hides", offset=1)
    gone(one, "First run")
    mouse_filter(one, everyone)
    mouse_order(one, everyone)
    mouse_columns(one)
    mouse_trees(one, everyone)
    mouse_details(one, everyone)
    mouse_acting(one, everyone)
    mouse_tagged(one, everyone, strangers)
    mouse_around(one, strangers)
