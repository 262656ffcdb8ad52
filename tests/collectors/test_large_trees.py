"""The large machine that measurements use: all of it is seen, and it moves."""

from __future__ import annotations

import select
import subprocess
import sys
from pathlib import Path

from large_trees import LargeTree

SCRIPT = Path(__file__).parent / "large_trees.py"


def test_a_large_machine_is_seen_whole_and_time_goes_by_in_it(tmp_path):
    tree = LargeTree(tmp_path, processes=600, cores=256, disks=40, interfaces=30)
    collector = tree.collector()
    first = collector.sample()
    tree.second()
    seen = collector.sample()
    collector.close()
    assert first.faults == seen.faults == ()
    counts = [len(seen.family(name)) for name in ("core", "disk", "network", "filesystem")]
    assert counts == [256, 40, 30, 40]
    assert len(seen.processes) == 600
    assert {one.pid for one in seen.processes} - {one.pid for one in first.processes} == {1600, 1601, 1602}
    assert 20 < sum(bool(one.cpu_percent) for one in seen.processes) < 60
    assert 40 < seen.cpu.busy_percent < 60
    assert len({one.busy_percent for one in seen.core}) > 50
    assert len({one.receive_bytes_per_second for one in seen.network}) > 20
    assert len({one.write_bytes_per_second for one in seen.disk}) > 20


def test_another_process_can_let_time_go_by(tmp_path):
    arguments = ["--processes", "20", "--cores", "2", "--disks", "1", "--interfaces", "1", "--live", "1"]
    with subprocess.Popen(
        [sys.executable, SCRIPT, tmp_path, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        assert child.stdout.readline() == b"ready\n"
        stat = tmp_path / "proc/stat"
        before = stat.read_bytes()
        for _ in range(100):
            if stat.read_bytes() != before:
                break
            select.select([], [], [], 0.1)
        assert stat.read_bytes() != before
        child.communicate(timeout=20)
    assert child.returncode == 0
