"""A signal never reaches another process than the one that was chosen, however fast pids are given away anew.

btop#846 and htop#1719: the list moved, or a pid was reused, between the choice and the signal.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
pytestmark = [
    pytest.mark.root,
    pytest.mark.skipif(os.getuid() != 0 and not os.environ.get("CI"), reason="makes a pid namespace"),
]


def race(tmp_path, how, processes):
    limit = Path("/proc/sys/kernel/pid_max").read_text()
    done = subprocess.run(
        ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc", sys.executable, HERE / "race.py", how,
         str(processes), tmp_path / "received"],
        capture_output=True, text=True, timeout=240, check=False, env={**os.environ, "PYTHONPATH": str(HERE.parents[1])},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert Path("/proc/sys/kernel/pid_max").read_text() == limit
    found = json.loads(done.stdout)
    assert found["born"] == processes
    assert found["pids"] <= 400
    return found


def test_no_signal_reaches_a_wrong_process_of_ten_thousand(tmp_path):
    found = race(tmp_path, "actor", 10_000)
    assert found["wrong"] == 0
    assert found["results"]["done"] > 100
    assert found["received"] > 100
    assert found["results"]["replaced"] > 100
    assert found["results"]["gone"] > 100
    assert set(found["results"]) <= {"done", "replaced", "gone"}


def test_signals_by_pid_alone_would_reach_wrong_ones(tmp_path):
    assert race(tmp_path, "pid", 1_000)["wrong"] > 10
