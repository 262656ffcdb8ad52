"""What recording takes, in counts that are the same on every machine: pages and rows a commit, bytes a day."""

from __future__ import annotations

import sqlite3
from collections import Counter
from pathlib import Path

from recorded import T0

from tuimon.collectors.simulated import open_simulated
from tuimon.history import open_history
from tuimon.model.snapshot import Frame

FRAME = 24 + 4096
WARM = 3600  # until the hot rows have all the pages that they will take
STRETCH = 1200


def commits_of(log: Path) -> list[list[int]]:
    """Return the pages of each transaction in a write-ahead log (sqlite.org/walformat.html)."""
    data = log.read_bytes()
    found: list[list[int]] = [[]]
    for at in range(32, len(data) - 23, FRAME):
        if data[at + 8 : at + 16] != data[16:24]:  # left over from before the log began anew
            break
        found[-1].append(int.from_bytes(data[at : at + 4], "big"))
        if int.from_bytes(data[at + 4 : at + 8], "big"):
            found.append([])
    return found[:-1]


def recorded(tmp_path) -> tuple[list[list[int]], Counter[str], float]:
    """Record a machine of 114 series; return the commits of twenty minutes, pages by table, and rows a sample."""
    path = str(tmp_path / "h.db")
    machine = open_simulated("busy", 1, start=float(T0))
    history = open_history(path)
    first = before = 0
    for second in range(1, WARM + STRETCH):
        if second == WARM:
            first, before = len(commits_of(Path(f"{path}-wal"))), history._db.total_changes
        history.write(Frame(machine.sample_at(float(T0 + second), 1.0), tick=second))
    rows = (history._db.total_changes - before) / STRETCH
    commits = commits_of(Path(f"{path}-wal"))[first:]
    reader = sqlite3.connect(path)
    names = dict(reader.execute("SELECT pageno, name FROM dbstat"))
    reader.close()
    history.close()
    return commits, Counter(names.get(page, "free") for commit in commits for page in commit), rows


def test_a_busy_machine_is_written_in_few_pages_and_most_commits_in_one(tmp_path):
    commits, pages, rows = recorded(tmp_path)
    assert 118 <= len(commits) <= 122  # every ten seconds
    assert sorted(map(len, commits))[len(commits) // 2] == 1
    assert pages["hot"] <= len(commits) + 1
    assert pages["life"] <= 0.8 * len(commits)
    assert pages["text"] <= 0.2 * len(commits)
    assert rows < 2
    assert sum(map(len, commits)) * FRAME * 86400 / STRETCH < 100e6  # 82 MB a day
