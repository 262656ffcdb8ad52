"""The log: private, bounded, shared, without secrets, and no reason to stop."""

from __future__ import annotations

import itertools
import logging
import os
import re
import shlex
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest
from terminals import eventually

from tuimon.cli import log, main
from tuimon.config.settings import Log

ROOT = Path(__file__).resolve().parents[2]
HASTE = re.compile(r" took |recovered|the same \d+ more")
"""What a machine that is too busy adds."""
LIMIT = 64 * 1024
OTHER = 4242
LINES = """
import logging, sys
from pathlib import Path
from tuimon.cli import log
from tuimon.config.settings import Log
log.start(Log(path=sys.argv[1], size_cap=64 * 1024))
for number in range(int(sys.argv[3])):
    logging.getLogger("tuimon.test").warning("%s %06d %s", sys.argv[2], number, "x" * 100)
"""


def started(path: Path, **changes) -> logging.Logger:
    log.start(Log(path=str(path), **changes))
    return logging.getLogger("tuimon.test")


def test_there_is_no_log_until_there_is_something_to_say(tmp_path):
    path = tmp_path / "deep" / "er" / "log"
    logger = started(path)
    logger.debug("not said")
    assert not path.parent.exists()
    logger.info("said")
    assert "INFO tuimon.test: said\n" in path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize(("level", "count"), [("error", 1), ("warning", 2), ("info", 3), ("debug", 4)])
def test_a_level_says_how_much(tmp_path, level, count):
    logger = started(tmp_path / "log", level=level)
    for number, say in enumerate((logger.error, logger.warning, logger.info, logger.debug)):
        say("line %d", number)
    assert len((tmp_path / "log").read_text().splitlines()) == count


def test_it_stays_below_its_size_and_the_newest_lines_are_there(tmp_path):
    path = tmp_path / "log"
    logger = started(path, size_cap=LIMIT)
    for number in range(3000):
        logger.warning("line %06d %s", number, "x" * 80)
    there = sorted(tmp_path.iterdir())
    assert [one.name for one in there] == ["log", "log.1", "log.2", "log.3"]
    assert sum(one.stat().st_size for one in there) <= LIMIT + 4 * 200
    assert all(stat.S_IMODE(one.stat().st_mode) == 0o600 for one in there)
    lines = [line for one in reversed(log.files(path)) for line in one.read_text().splitlines()]
    numbers = [int(line.split("line ")[1][:6]) for line in lines]
    assert numbers == list(range(numbers[0], 3000))
    assert len(numbers) > 300


def test_several_processes_share_it_line_by_line(tmp_path):
    path = tmp_path / "log"
    writers = [
        subprocess.Popen([sys.executable, "-c", LINES, str(path), name, "600"], cwd=ROOT) for name in ("one", "two")
    ]
    assert [one.wait(60) for one in writers] == [0, 0]
    lines = [line for one in reversed(log.files(path)) if one.exists() for line in one.read_text().splitlines()]
    assert all(line.endswith(" " + "x" * 100) and len(line) > 140 for line in lines)
    for name in ("one", "two"):
        numbers = [int(line.split(f" {name} ")[1][:6]) for line in lines if f" {name} " in line]
        assert all(before < after for before, after in itertools.pairwise(numbers))
    assert len(list(tmp_path.iterdir())) <= 4


def test_what_comes_again_and_again_is_counted(tmp_path):
    path = tmp_path / "log"
    logger = started(path)
    for _ in range(50):
        logger.warning("the disk is gone")
    logger.warning("something else")
    lines = path.read_text().splitlines()
    assert len(lines) == 3
    assert lines[1].endswith("the same 49 more times")
    logger.warning("something else")
    logging.getLogger("tuimon").handlers[0].close()
    assert path.read_text().splitlines()[3].endswith("the same 1 more times")


def test_nobody_else_is_sent_elsewhere_by_a_link(tmp_path):
    (tmp_path / "precious").write_text("untouched")
    (tmp_path / "log").symlink_to(tmp_path / "precious")
    started(tmp_path / "log").error("trouble")
    assert (tmp_path / "precious").read_text() == "untouched"


def test_secrets_and_control_characters_do_not_get_into_it(tmp_path):
    path = tmp_path / "log"
    started(path).error("calling \x1b[2J https://me:hunter2@example.org with --password=hunter3")
    try:
        int("password=hunter4")
    except ValueError as error:
        written = log.write_failure(error, ["--connect", "https://me:hunter5@example.org"])
    assert written == str(path)
    text = path.read_text()
    assert "hunter" not in text
    assert "\x1b" not in text
    assert "Traceback" in text


def test_where_it_is_can_be_set_and_an_option_wins(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("TUIMON_LOG_PATH", str(tmp_path / "set"))
    main(["doctor"])
    assert re.search(rf" log          {tmp_path}/set \(.*\), level info", capsys.readouterr().out)
    main(["doctor", "--log", str(tmp_path / "given"), "--log-level", "error"])
    assert f" log          {tmp_path}/given (not there yet), level error" in capsys.readouterr().out


def test_a_level_that_is_none_has_its_choices(capsys):
    assert main(["show", "--log-level", "loud"]) == 2
    assert capsys.readouterr().err == ("tuimon: --log-level: expected one of error, warning, info, debug, got 'loud'\n")


def recorded(folder: Path, *options: str, until: str, count: int, then: float = 0.0) -> list[str]:
    """Record until a text is so often in the log, and some seconds more; return its lines, without those of haste."""
    path = folder / "log"
    command = [
        sys.executable,
        "-m",
        "tuimon",
        "record",
        "--history",
        str(folder / "h.db"),
        "--log",
        str(path),
        *options,
    ]
    recorder = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL)
    eventually(lambda: path.exists() and path.read_text().count(until) >= count, 60, lambda: f"{until!r} in the log")
    time.sleep(then)
    recorder.send_signal(signal.SIGTERM)
    assert recorder.wait(30) == 0
    return [line for line in path.read_text().splitlines() if not HASTE.search(line)]


def test_a_recorder_says_when_it_begins_and_ends_and_nothing_in_between(tmp_path):
    lines = recorded(tmp_path, until="recording into", count=1, then=3)
    told = [line.split(": ", 1)[1] for line in lines]
    assert told[0].startswith("tuimon 0.1.0, Python 3.")
    assert told[1:] == [f"recording into {tmp_path / 'h.db'}", "recording ended: SIGTERM"]


def test_at_the_level_of_debugging_each_sample_has_a_line(tmp_path):
    lines = recorded(tmp_path, "--log-level", "debug", until=" DEBUG tuimon.pipeline.loop: frame ", count=3)
    frames = [line for line in lines if " frame " in line]
    assert f": frame {len(frames) - 1}: " in frames[-1]


@pytest.mark.root
@pytest.mark.skipif(os.geteuid() != 0, reason="mounting needs root")
def test_a_full_disk_under_the_log_stops_nothing(tmp_path):
    full = tmp_path / "full"
    full.mkdir()
    line = shlex.join([sys.executable, "-c", LINES, str(full / "log"), "one", "600"])
    script = f"mount -t tmpfs -o size=8k tmpfs {full}; {line} 2>&1; echo = $?; stat -c %s {full}/log"
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", script], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.splitlines()[0] == "= 0"
    assert int(done.stdout.splitlines()[1]) >= 4096


@pytest.mark.root
@pytest.mark.skipif(os.geteuid() != 0, reason="giving files away needs root")
def test_under_sudo_the_log_belongs_to_whose_home_it_is_in(tmp_path, monkeypatch):
    home = tmp_path / "home"
    home.mkdir()
    os.chown(home, OTHER, OTHER)
    monkeypatch.setenv("SUDO_UID", str(OTHER))
    monkeypatch.setenv("SUDO_GID", str(OTHER))
    path = home / ".local" / "state" / "tuimon" / "log"
    logger = started(path, size_cap=LIMIT)
    for number in range(300):
        logger.warning("line %06d %s", number, "x" * 80)
    made = [*path.parent.iterdir(), path.parent, path.parents[1], path.parents[2]]
    assert len(made) >= 5
    assert {one.stat().st_uid for one in made} == {OTHER}
