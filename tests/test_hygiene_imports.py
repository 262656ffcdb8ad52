"""What a start imports is counted: each heavy library would cost 100 ms and 20 MB before anything is drawn."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from far import FarServer

ROOT = Path(__file__).resolve().parent.parent
SLOW = {
    "fastapi",
    "uvicorn",
    "starlette",
    "pydantic",
    "apprise",
    "sqlite_utils",
    "plotext",
    "apscheduler",
    "requests",
    "urllib3",
    "websockets",
}
TEXTUAL = {"textual", "rich"}
NOT_FOR_A_WORD = {*SLOW, *TEXTUAL, "psutil", "sqlite3", "yaml", "asyncio"}

OTHERS = 205  # modules of others that the first paint needs; those of the standard library are not counted
OURS = 146  # our own: 115 before the table was many small modules and the screen could go back in time; a few more when the paint is late and the history is being opened already

WATCH = """
import os, sys
log = os.open({log!r}, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
sys.addaudithook(lambda event, args: event == "import" and os.write(log, args[0].encode() + b"\\n"))
{more}
from tuimon.cli import main
sys.exit(main(sys.argv[1:]))
"""
MARK_PAINT = """
from tuimon.pipeline.loop import Pipeline

painted = Pipeline.painted

def marked(pipeline):
    os.write(log, b"FIRST-PAINT\\n")
    painted(pipeline)

Pipeline.painted = marked
"""


def watched(folder: Path, more: str = "") -> tuple[Path, Path]:
    """Return a script that is tuimon and writes down the name of each module that it looks for, and its log."""
    log = folder / "imports"
    script = folder / "watched.py"
    script.write_text(WATCH.format(log=str(log), more=more))
    return script, log


@pytest.fixture
def before_paint(terminal):
    """Return the names of the modules that a dashboard looked for before its first paint."""

    def start(*arguments: str) -> list[str]:
        one = terminal(120, 40, start=False)
        script, log = watched(one.home, MARK_PAINT)
        one.run(*arguments, script=script)
        one.wait_for("LIVE")
        one.send("q")
        one.wait_for_prompt()
        before, mark, _ = log.read_text().partition("FIRST-PAINT\n")
        assert mark
        return before.split()

    return start


def imported(log: Path) -> list[str]:
    return log.read_text().split()


def packages(names: list[str]) -> set[str]:
    return {name.partition(".")[0] for name in names}


def run(script, *arguments):
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, script, *arguments], env=environment, capture_output=True, text=True, check=True, timeout=60
    )


def test_the_version_is_said_without_importing_what_it_does_not_need(tmp_path):
    script, log = watched(tmp_path)
    done = run(script, "--version")
    assert done.stdout.startswith("tuimon ")
    assert not packages(imported(log)) & NOT_FOR_A_WORD


def test_one_snapshot_is_shown_without_a_screen_or_a_database(tmp_path):
    script, log = watched(tmp_path)
    assert run(script, "show", "--json").stdout.startswith("{")
    assert not packages(imported(log)) & (SLOW | TEXTUAL | {"yaml", "sqlite3"})


def test_the_first_paint_waits_for_nothing_heavy(before_paint):
    names = before_paint()
    assert not packages(names) & (SLOW | {"psutil", "yaml"})
    assert "textual" in packages(names)
    assert not [name for name in names if name.startswith("tuimon.filters")], "nobody has typed one yet"


def test_the_first_paint_of_a_simulated_machine_reads_no_real_one(before_paint):
    names = before_paint("--simulate", "calm")
    assert not packages(names) & (SLOW | {"psutil", "yaml"})
    assert not [name for name in names if name.startswith("tuimon.collectors.linux")]


def test_the_dashboard_of_another_machine_imports_neither_a_server_nor_what_reads_a_machine(terminal):
    server = FarServer(0.5)
    try:
        one = terminal(120, 40, start=False)
        script, log = watched(one.home)
        one.run("--connect", server.url, script=script)
        one.wait_for("LIVE")
        one.send("q")
        one.wait_for_prompt()
    finally:
        server.end()
    names = imported(log)
    assert not packages(names) & ((SLOW | {"psutil", "yaml", "sqlite3"}) - {"urllib3", "websockets"})
    assert not [name for name in names if name.startswith("tuimon.collectors")]


def test_the_first_paint_keeps_to_its_number_of_modules(before_paint):
    found = {name for name in before_paint() if name.partition(".")[0] not in sys.stdlib_module_names}
    ours = {name for name in found if packages([name]) == {"tuimon"}}
    assert 100 < len(found - ours) <= OTHERS
    assert 50 < len(ours) <= OURS
