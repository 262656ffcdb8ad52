"""The process table in a real terminal: everything with keys only, then with the mouse only; and real figures."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from rich.cells import cell_len
from terminals import eventually

BUSY = ("--simulate", "busy", "--no-record")


def click(one, text, button=0):
    """Click where a text stands on the screen."""
    lines = one.wait_for(text)
    y = next(y for y, line in enumerate(lines) if text in line)
    x = cell_len(lines[y][: lines[y].index(text)])
    one.type(f"\x1b[<{button};{x + 1};{y + 1}M")
    one.type(f"\x1b[<{button};{x + 1};{y + 1}m")


def choose(one, item):
    """Choose from the menu that a right click on the titles opens."""
    click(one, "PID", button=2)
    one.wait_for("[ Esc ]")
    click(one, item)


def pids(lines):
    """The pids of the table's rows, from above."""
    first = next((y for y, line in enumerate(lines) if " PID" in line), len(lines))
    found = [re.match(r"[│* ]*(\d+) ", line) for line in lines[first + 1 :] if "┃" not in line]
    return [int(one[1]) for one in found if one]


def wait_for_rates(one):
    """Wait for the second sample: before it nobody has a CPU percentage."""
    one.wait_until(
        lambda lines: any(re.search(r" [1-9]\d?\.\d ", line) for line in lines[-12:]), what="CPU percentages"
    )


@pytest.mark.parametrize(("cols", "rows"), [(160, 50), (80, 24), (40, 12)])
def test_with_keys_only(terminal, cols, rows):
    one = terminal(cols, rows, *BUSY)
    one.wait_for("LIVE")
    wait_for_rates(one)
    one.send("m")  # the processes alone
    # a column of its own
    one.send("c")
    one.wait_for("Columns")
    one.send("Down", "Space", "Home", "+", "Enter")
    one.wait_until(lambda lines: not any("USER" in line or "[x]" in line for line in lines), what="no column of users")
    # sort by any column, reverse, a second key
    one.send("O")
    one.wait_for("Sort by")
    one.type("pid")
    one.send("Enter")
    one.wait_until(lambda lines: (found := pids(lines))[:3] == sorted(found)[:3] == [1, 2, 3], what="the first pids")
    one.send("r")
    one.wait_until(lambda lines: (found := pids(lines)) == sorted(found, reverse=True) and found, what="the last pids")
    # tree: fold, open
    one.send("t")
    one.wait_for("▾")
    one.send("Home", "*")
    one.wait_for("▸")
    one.send("Home", "Right")
    one.wait_for("├─")
    # groups
    one.send("G")
    one.wait_for("×")
    one.send("G", "G", "G")
    one.wait_until(lambda lines: not any("×" in line or "▸" in line for line in lines), what="the list again")
    # freeze: it stands still
    one.send("f")
    one.wait_for("FROZEN")
    still = pids(one.screen())
    one.send("s")
    one.wait_for("FROZEN")
    one.send("S", "f")
    one.wait_until(lambda lines: not any("FROZEN" in line for line in lines), what="it going on")
    assert still
    # follow
    one.send("Home", "F")
    if cols >= 80:
        one.wait_for("follow")
    one.send("s", "s", "I")
    one.wait_for("MACH%")
    one.send("q")
    assert one.wait_for_prompt() == 0


@pytest.mark.parametrize(("cols", "rows"), [(160, 50), (80, 24), (40, 12)])
def test_with_the_mouse_only(terminal, cols, rows):
    one = terminal(cols, rows, *BUSY)
    one.wait_for("LIVE")
    wait_for_rates(one)
    click(one, "MEM%")
    one.wait_for("MEM%▼")
    click(one, "MEM%")
    one.wait_for("MEM%▲")
    choose(one, "tree ")
    one.wait_for("▾")
    click(one, "▾")
    one.wait_for("▸")
    click(one, "▸")
    one.wait_until(lambda lines: not any("▸" in line for line in lines), what="it open again")
    choose(one, "freeze")
    one.wait_for("FROZEN")
    choose(one, "go on")
    one.wait_until(lambda lines: not any("FROZEN" in line for line in lines), what="it going on")
    choose(one, "program")
    one.wait_for("×")
    choose(one, "list ")
    one.wait_until(lambda lines: not any("×" in line for line in lines), what="the list again")


def test_real_figures_of_a_real_process(terminal):
    program = "f = [open('/dev/null') for _ in range(60)]; x = bytearray(40 << 20); print(flush=True); import time; time.sleep(90)"
    command = [sys.executable, "-ISc", program, "w4lker"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        child.stdout.readline()
        one = terminal(160, 50, "--no-record", start=False)
        one.run("--no-record", extra="TUIMON_TABLE_COLUMNS=pid,pss,fds,swap,container,command:60")
        one.wait_for("LIVE")
        one.send("/")
        one.type("w4lker")
        one.send("Enter")

        def row():
            line = next((line for line in one.screen() if f" {child.pid} " in line), "")
            found = re.search(rf"{child.pid} +(\d+)M +(\d+) +(\S+) ", line)
            return found and (int(found[1]), int(found[2]), found[3])

        pss, files, swap = eventually(row, 20, one.text)
        assert 40 <= pss <= 60
        assert files == len(list(Path(f"/proc/{child.pid}/fd").iterdir()))
        assert swap == "0"
        child.kill()
        one.send("q")
        assert one.wait_for_prompt() == 0
