"""What `tuimon record` loads and reads, counted: a machine is looked at all day by it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TREES = ROOT / "tests" / "collectors"
MODULES = 250  # 215 when this was written
OF_SETUPTOOLS = {"_distutils_hack", "_virtualenv"}
NEEDLESS = {"asyncio", "subprocess", "http", "ssl", "email", "concurrent", "multiprocessing"}

WATCH = """
import os, signal, sys
from tuimon.history.writer import History
from tuimon.cli import main

committed = History.flush

def flush(history, now):
    done = committed(history, now)
    print(*sys.modules, sep="\\n", flush=True)
    os.kill(os.getpid(), signal.SIGTERM)
    History.flush = committed
    return done

History.flush = flush
sys.exit(main(sys.argv[1:]))
"""


def test_a_recorder_that_records_has_loaded_few_modules(desk):
    done = subprocess.run(
        [sys.executable, "-c", WATCH, "record", *desk.options],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    names = done.stdout.split()
    packages = {name.partition(".")[0] for name in names if not name.startswith("__")}
    assert "tuimon" in packages
    assert not packages - sys.stdlib_module_names - OF_SETUPTOOLS - {"tuimon"}
    assert not packages & NEEDLESS
    assert len(names) <= MODULES


def reads() -> int:
    """Return how often this process has called read(2) and its kin (proc(5))."""
    fields = dict(line.split(": ") for line in Path("/proc/self/io").read_text().splitlines())
    return int(fields["syscr"])


@pytest.fixture
def tree(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(TREES))
    from recorded_trees import Tree

    return Tree(tmp_path)


def test_a_sample_reads_one_file_a_process_and_some_forty_more(tree):
    crowd = 400
    for pid in range(100, 100 + crowd):
        tree.process(pid)
    collector = tree.collector()
    for _ in range(30):  # once round all slices
        collector.sample()
        tree.clock.advance()
    before = reads()
    mine = reads() - before  # what it takes to ask
    before = reads()
    for _ in range(20):
        collector.sample()
        tree.clock.advance()
    each = (reads() - before - mine) / 20
    collector.close()
    assert crowd < each < 1.15 * crowd + 40
