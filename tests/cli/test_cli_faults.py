"""A disk that is full and one that is read-only, for real: a line, an exit code, and what was there is there still."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
pytestmark = [
    pytest.mark.root,
    pytest.mark.skipif(os.geteuid() != 0, reason="mounting needs root"),
]


def on_a_tmpfs(folder: Path, options: str, *commands: str) -> list[str]:
    """Run shell commands with a tmpfs of its own over a folder; return the lines of their output."""
    script = "\n".join([f"mount -t tmpfs -o {options} tmpfs {shlex.quote(str(folder))}", *commands])
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", script], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    return (done.stdout + done.stderr).splitlines()


def tuimon(*arguments: str) -> str:
    return shlex.join([sys.executable, "-m", "tuimon", *arguments]) + ' 2>&1; echo "= $?"'


def test_an_export_to_a_full_disk_leaves_the_file_that_was_there(filled, tmp_path):
    target = tmp_path / "out.csv"
    found = on_a_tmpfs(
        tmp_path,
        "size=200k",
        f"echo before > {target}",
        tuimon("export", "--history", filled, "--step", "1", "--output", str(target)),
        f"cat {target}; ls -A {tmp_path}",
    )
    assert found == [f"tuimon: {target}: cannot be written: No space left on device", "= 1", "before", "out.csv"]


def test_a_history_on_a_full_disk_is_one_line(tmp_path):
    found = on_a_tmpfs(
        tmp_path, "size=100k", tuimon("fill", "calm", "--span", "1 min", "--history", str(tmp_path / "h.db"))
    )
    assert found[0].startswith(f"tuimon: {tmp_path}/h.db: cannot be opened: ")
    assert found[1:] == ["= 1"]


def test_a_read_only_disk_is_one_line_for_every_command(filled, tmp_path):
    found = on_a_tmpfs(
        tmp_path,
        "ro",
        tuimon("fill", "calm", "--span", "1 min", "--history", str(tmp_path / "h.db")),
        tuimon("config", "init", "--config", str(tmp_path / "c.yaml")),
        tuimon("export", "--history", filled, "--output", str(tmp_path / "o.csv")),
        tuimon("doctor", "--history", str(tmp_path / "h.db")),
    )
    assert found[:6] == [
        f"tuimon: {tmp_path}/h.db: cannot be recorded into: Read-only file system",
        "= 1",
        f"tuimon: {tmp_path}/c.yaml cannot be written: Read-only file system",
        "= 1",
        f"tuimon: {tmp_path}/o.csv: cannot be written: Read-only file system",
        "= 1",
    ]
    assert f"FAIL  history      {tmp_path}/h.db (not there yet): its filesystem is read-only" in found
    assert found[-1] == "= 1"
