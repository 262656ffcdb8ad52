"""What the page about removing tuimon says is all there is: after its commands nothing is left in a home."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def commands(page: str, heading: str) -> str:
    """Return the commands under a heading of a page."""
    text = (ROOT / "docs" / page).read_text(encoding="utf-8").partition(f"## {heading}\n")[2].partition("\n## ")[0]
    return "\n".join(re.findall(r"^ {4}(.+)$", text, re.MULTILINE))


def files(home: Path) -> set[str]:
    own = ("tmux", ".bash")
    return {str(one.relative_to(home)) for one in home.rglob("*") if one.is_file() and not one.name.startswith(own)}


def test_the_commands_of_the_page_leave_nothing_behind(terminal):
    one = terminal(120, 40, start=False)
    shell = one.home / "bin" / "tuimon"
    shell.parent.mkdir()
    shell.write_text(f'#!/bin/sh\nexec {sys.executable} -m tuimon "$@"\n')
    shell.chmod(0o755)
    environment = os.environ | {
        "HOME": str(one.home),
        "XDG_STATE_HOME": "",
        "XDG_CONFIG_HOME": "",
        "PATH": f"{shell.parent}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
    }

    def run(command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(["sh", "-c", command], env=environment, capture_output=True, text=True, check=False)

    before = files(one.home)
    one.run(extra="env -u XDG_STATE_HOME -u XDG_CONFIG_HOME")
    one.wait_for("LIVE")
    one.send("/")
    one.type("bash")
    one.send("Enter")
    time.sleep(1.5)
    one.send("q")
    assert one.wait_for_prompt() == 0
    assert run("tuimon config init").returncode == 0
    assert run("tuimon record --detach --log-level debug").returncode == 0
    written = files(one.home) - before
    assert {name.rpartition("/")[0] for name in written} == {".local/state/tuimon", ".config/tuimon"}
    assert {"tuimon.log", "config.yaml"} < {name.rpartition("/")[2] for name in written}
    done = run(commands("uninstalling.md", "One user's tuimon"))
    assert files(one.home) == before, done.stderr
    assert run("tuimon record status").returncode == 1
