"""The program as a shell sees it: exit codes, one line, no traceback, a reader that goes away, Ctrl-C."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def test_the_version(tuimon):
    done = tuimon("--version")
    assert (done.returncode, done.stdout, done.stderr) == (0, "tuimon 0.1.0\n", "")


def test_the_version_needs_hardly_any_module():
    code = (
        "import sys; before = set(sys.modules); from tuimon.cli import main; main(['--version']);"
        "print(len(set(sys.modules) - before))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert int(done.stdout.split()[-1]) <= 5


def test_a_mistake_is_exit_code_2_and_nothing_on_standard_output(tuimon):
    done = tuimon("shwo")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "tuimon: 'shwo' is not a command; did you mean 'show'?\n"


def test_a_reader_that_goes_away_is_no_drama(filled):
    program = subprocess.Popen(
        [sys.executable, "-m", "tuimon", "export", "--history", filled, "--step", "1"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert program.stdout is not None
    assert program.stderr is not None
    assert program.stdout.readline().startswith(b"time,")
    program.stdout.close()
    assert program.wait(30) == 1
    assert program.stderr.read() == b""
    program.stderr.close()


@pytest.mark.parametrize("buffered", [True, False], ids=["buffered", "unbuffered"])
@pytest.mark.parametrize("command", ["export --step 1", "show", "history info", "--version", "--help", "config show"])
def test_standard_output_that_takes_nothing_is_one_line(filled, command, buffered):
    words = command.split()
    options = [] if words == ["--version"] else ["--history", filled]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "tuimon", *words, *options],
            cwd=ROOT,
            env=os.environ | {"PYTHONUNBUFFERED": "" if buffered else "1"},
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.stderr == "tuimon: standard output: No space left on device\n"
    assert done.returncode == 1


def test_ctrl_c_ends_quietly(tmp_path):
    script = tmp_path / "slow.py"
    script.write_text(
        "import sys, time\nfrom tuimon.cli import main, show\n"
        "def _frames(options, settings):\n    print('ready', flush=True)\n    time.sleep(60)\n"
        "show._frames = _frames\nsys.exit(main(['show']))\n"
    )
    program = subprocess.Popen(
        [sys.executable, str(script)],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert program.stdout is not None
    assert program.stdout.readline() == "ready\n"
    program.send_signal(signal.SIGINT)
    out, err = program.communicate(timeout=30)
    assert (program.returncode, out, err) == (130, "", "")


@pytest.mark.parametrize("where", ["given", "unwritable"])
def test_what_nobody_expected_is_one_line_and_the_log_has_the_rest(tmp_path, where):
    script = tmp_path / "broken.py"
    script.write_text(
        "import sys\nfrom tuimon.cli import main, show\n"
        "def _frames(options, settings):\n    raise RuntimeError('odd \\x1b[2J thing')\n"
        "show._frames = _frames\nsys.exit(main(sys.argv[1:]))\n"
    )
    log = tmp_path / "the.log" if where == "given" else tmp_path / "broken.py" / "the.log"
    done = subprocess.run(
        [sys.executable, str(script), "show", "--log", str(log)],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("tuimon: RuntimeError: odd �[2J thing")
    assert done.stderr.count("\n") == 1
    assert "\x1b" not in done.stderr
    if where == "given":
        assert f"details are in {log}" in done.stderr
        assert "Traceback" in log.read_text()
        assert "\x1b" not in log.read_text()
        assert log.stat().st_mode & 0o777 == 0o600
    else:
        assert "details" not in done.stderr


def test_an_encoding_without_dots_gets_marks(tuimon):
    done = tuimon("show", env=os.environ | {"PYTHONIOENCODING": "ascii"})
    assert done.returncode == 0
    assert done.stdout.isascii()


@pytest.mark.parametrize("command", ["show", "history path", "shwo", ""])
def test_closed_streams_are_no_fault(command, tmp_path):
    log = tmp_path / "log"
    line = f"{sys.executable} -m tuimon {command} --log {log} --log-level error <&- >&- 2>&-"
    done = subprocess.run(["sh", "-c", line], cwd=ROOT, check=False)
    assert done.returncode == (2 if command in {"shwo", ""} else 0)
    assert not log.exists()


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_a_signal_leaves_no_half_written_file(filled, tmp_path, name):
    script = tmp_path / "slow.py"
    script.write_text(
        "import sys, time\nfrom tuimon.cli import main, export\n"
        "def slow(header, rows):\n    yield 'begun'\n    print('ready', flush=True)\n    time.sleep(60)\n"
        "export.WRITERS['csv'] = slow\nsys.exit(main(sys.argv[1:]))\n"
    )
    target = tmp_path / "out.csv"
    program = subprocess.Popen(
        [sys.executable, str(script), "export", "--history", filled, "--output", str(target)],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert program.stdout is not None
    assert program.stdout.readline() == "ready\n"
    assert len(list(tmp_path.iterdir())) == 2
    program.send_signal(signal.Signals[name])
    out, err = program.communicate(timeout=30)
    assert (program.returncode, out, err) == (128 + signal.Signals[name], "", "")
    assert list(tmp_path.iterdir()) == [script]


def test_watching_is_a_line_each_interval_until_ctrl_c():
    program = subprocess.Popen(
        [sys.executable, "-m", "tuimon", "show", "--json", "--watch"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert program.stdout is not None
    frames = [json.loads(program.stdout.readline()) for _ in range(3)]
    program.send_signal(signal.SIGINT)
    _, err = program.communicate(timeout=30)
    assert (program.returncode, err) == (130, "")
    assert [frame["tick"] for frame in frames] == [0, 1, 2]
    assert frames[2]["elapsed_seconds"] >= 0.9
    assert frames[0]["cpu"]["busy_percent"] is not None
