"""The details in a real terminal, of real processes: with keys only, with the mouse only, and where nobody answers."""

from __future__ import annotations

import os
import re
import sys
import time
from pathlib import Path

import pytest
from rich.cells import cell_len
from terminals import children, eventually

SECRETS = {"API_TOKEN": "hunter2", "COLOUR": "blue", "PATH": os.environ["PATH"]}
CLOCK = re.compile(r"LIVE (\d\d:\d\d:\d\d)")


def click(one, text, offset=0, times=1):
    """Click where a text stands on the screen."""
    lines = one.wait_for(text)
    y = next(y for y, line in enumerate(lines) if text in line)
    x = cell_len(lines[y][: lines[y].index(text)]) + offset
    for _ in range(times):
        one.type(f"\x1b[<0;{x + 1};{y + 1}M\x1b[<0;{x + 1};{y + 1}m")


def narrowed(terminal, word, pid, cols, rows):
    """A dashboard that shows only one process, not chosen yet."""
    one = terminal(cols, rows, "--no-record")
    one.wait_for("LIVE")
    one.send("/")
    one.type(word)
    one.send("Enter")
    one.wait_until(lambda lines: listed(lines) == [pid], what="the process and nobody else")
    return one


def listed(lines):
    first = next((y for y, line in enumerate(lines) if " PID " in line), len(lines))
    rows = [line.strip("│╭╮╰╯─* ") for line in lines[first + 1 :] if "┃" not in line]
    return [int(row.split()[0]) for row in rows if row[:1].isdigit()]


@pytest.mark.parametrize(("cols", "rows"), [(120, 40), (40, 12)])
def test_with_keys_only(terminal, child, tmp_path, cols, rows):
    process = child("import threading; threading.Thread(target=time.sleep, args=(99,), daemon=True).start()",
                    "d1tail", "--password=hunter2", env=SECRETS, cwd=tmp_path)  # fmt: skip
    one = narrowed(terminal, "d1tail", process.pid, cols, rows)
    assert "hunter2" not in one.text()
    one.send("Down", "Enter")
    one.wait_for("[Summary]")
    one.wait_until(lambda lines: any("command" in line for line in lines), what="the command line")
    for _ in range(12):
        if "hunter2" not in one.text():  # to its owner as it is, some lines further down on a small screen
            one.send("Down")
            time.sleep(0.2)
    one.wait_for("hunter2")
    one.send("Right")
    one.wait_until(lambda lines: sum(" python" in line and " S " in line for line in lines) >= 2, what="two threads")
    one.send("Right", "Right", "Right")
    one.wait_for("[Environment")
    one.wait_until(lambda lines: any("API_TO" in line and "***" in line for line in lines), what="a masked secret")
    assert "hunter2" not in one.text()
    assert "blue" in one.text()
    one.send("Right")
    one.wait_until(lambda lines: any("LIMIT" in line for line in lines), what="the limits")
    one.send("Right")
    one.wait_for("[Family")
    one.send("Up", "Enter")
    one.wait_for(f" {os.getpid()} ")
    one.send("BSpace")
    one.wait_until(lambda lines: any(f" {process.pid} python" in line for line in lines[:4]), what="the way back")
    one.send("Escape")
    one.wait_until(lambda lines: not any("[Family" in line for line in lines), what="the table again")
    one.send("q")
    assert one.wait_for_prompt() == 0


@pytest.mark.parametrize(("cols", "rows"), [(120, 40), (80, 24)])
def test_with_the_mouse_only(terminal, child, tmp_path, cols, rows):
    log = tmp_path / "a-log"
    process = child(f"keep = open({str(log)!r}, 'w')", "d2tail", env=SECRETS)
    one = narrowed(terminal, "d2tail", process.pid, cols, rows)
    click(one, f" {process.pid} ", offset=2, times=2)
    one.wait_for("[Summary]")
    click(one, "Files", offset=1)
    one.wait_for("a-log")
    click(one, "Environment", offset=1)
    one.wait_for("COLOUR")
    click(one, "Limits", offset=1)
    one.wait_for("open files")
    click(one, "Family", offset=1)
    one.wait_for(f" {os.getpid()} ")
    click(one, f" {os.getpid()} ", offset=2)
    one.wait_until(lambda lines: any(f" {os.getpid()} " in line for line in lines[:3]), what="the parent")
    click(one, "Esc back")
    one.wait_until(lambda lines: not any("[" in line for line in lines), what="the table again")
    click(one, f" {process.pid} ", offset=2)
    click(one, "Enter details")
    one.wait_for("[Summary]")


def test_one_that_ends_is_said_to_have_ended(terminal, child):
    process = child("", "d3tail")
    one = narrowed(terminal, "d3tail", process.pid, 120, 40)
    one.send("Down", "Enter")
    one.wait_for("program")
    process.kill()
    process.wait()
    one.wait_for("it has ended, before")
    assert "d3tail" in one.text()
    one.send("K")
    one.wait_for("it has ended: nothing can be done to it")


def test_the_helper_ends_with_the_details_and_with_the_program(terminal, child):
    process = child("", "d4tail")
    one = narrowed(terminal, "d4tail", process.pid, 120, 40)
    before = children(one.pid)
    one.send("Down", "Enter")
    one.wait_for("program")
    assert len(set(children(one.pid)) - set(before)) == 1
    one.send("Escape")
    assert eventually(lambda: children(one.pid) == before, 10, lambda: "the end of the helper")
    one.send("Enter")
    one.wait_for("program")
    helpers = eventually(lambda: set(children(one.pid)) - set(before), 10, lambda: "a helper")
    one.send("q")
    assert one.wait_for_prompt() == 0
    assert eventually(
        lambda: not [p for p in helpers if Path(f"/proc/{p}").exists()], 5, lambda: "the end of the helper"
    )


@pytest.fixture
def stuck_tree(tmp_path):
    """A recorded machine with one process, two files of which nobody ever answers for: pipes without a writer."""
    proc = tmp_path / "tree/proc"
    (proc / "77").mkdir(parents=True)
    (proc / "stat").write_text(
        "cpu  1 1 1 1 0 0 0 0 0 0\ncpu0 1 1 1 1 0 0 0 0 0 0\nctxt 5\nbtime 1700000000\nprocesses 9\n"
    )
    (proc / "meminfo").write_text("MemTotal: 8000000 kB\nMemFree: 1000000 kB\nMemAvailable: 5000000 kB\n")
    numbers = " ".join(["0"] * 28)
    (proc / "77/stat").write_text(f"77 (stuck) S 1 1 1 0 -1 0 1 0 0 0 5 5 0 0 20 0 1 0 900 1000 10 {numbers}")
    (proc / "77/cmdline").write_bytes(b"/bin/stuck\0--for-ever\0")
    for name in ("smaps_rollup", "environ"):
        os.mkfifo(proc / "77" / name)
    return tmp_path / "tree"


def test_a_process_that_cannot_be_looked_into_delays_no_frame_and_no_quit(terminal, stuck_tree):
    one = terminal(120, 40, "--root", str(stuck_tree), "--no-record")
    one.wait_for("/bin/stuck")
    one.send("Down", "Enter")
    one.wait_for("[Summary]")
    seen, pressed = set(), 0
    lines, began = one.screen(), time.monotonic()
    while not any("no answer: within 2 s" in line for line in lines):
        one.send("Right", "Left")  # keys are answered meanwhile
        lines = one.wait_for("[Summary]")
        seen.update(CLOCK.findall(lines[0]))
        pressed += 1
        assert time.monotonic() - began < 20, "it was never said that there is no answer"
    assert pressed >= 2
    assert len(seen) >= 2
    assert "--for-ever" in one.text()
    one.send("q")
    began = time.monotonic()
    assert one.wait_for_prompt() == 0
    assert time.monotonic() - began < 5


@pytest.mark.root
@pytest.mark.skipif(os.getuid() != 0 and not os.environ.get("CI"), reason="mounts")
def test_a_helper_that_cannot_even_be_killed_does_not_keep_the_program(terminal, stuck_tree, tmp_path):
    """A file of the process is on a filesystem that takes each question and never answers: the helper waits for ever."""
    stuck = tmp_path / "stuck"
    stuck.mkdir()
    (stuck_tree / "proc/77/limits").symlink_to(stuck / "limits")
    one = terminal(120, 40, start=False)
    options = ["--root", str(stuck_tree), "--no-record"]
    script = Path(__file__).parents[1] / "collectors/stuck_fuse.py"
    one.run("taken", str(stuck), sys.executable, "-m", "tuimon", *options, extra="unshare --mount", script=script)
    one.wait_for("/bin/stuck")
    one.send("Down", "Enter", "Left", "Left")
    one.wait_for("[Limits")
    one.wait_for("no answer: within 2 s")
    one.send("Left")
    one.wait_for("[Environment")
    one.send("q")
    assert one.wait_for_prompt() == 0
