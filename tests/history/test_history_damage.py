"""Damage: of one block, it is a line and the rest is shown; of the file, it is moved aside and a new one begun."""

from __future__ import annotations

import random
import sqlite3

import pytest
from children import all_times
from recorded import BUSY, T0, frame, record

from tuimon.history import HistoryError, open_archive, open_history


def test_a_damaged_block_is_one_line_and_what_is_around_it_is_shown(tmp_path):
    path = tmp_path / "h.db"
    noise = random.Random(4)
    record(path, [frame(T0 + second, noise.uniform(0, 100)) for second in range(2000)])
    db = sqlite3.connect(path)
    first = db.execute("SELECT min(id) >> 20 FROM block").fetchone()[0]
    for id_, data in db.execute("SELECT id, data FROM block WHERE id >> 20 = ?", (first,)).fetchall():
        db.execute("UPDATE block SET data = ? WHERE id = ?", (data[:5] + noise.randbytes(50), id_))
    db.commit()
    db.close()
    archive = open_archive(str(path))
    with pytest.raises(HistoryError, match=r"h\.db: a part of it is damaged and cannot be shown"):
        archive.window([BUSY], T0, T0 + 300, 300)
    with pytest.raises(HistoryError, match="damaged"):
        archive.frame(T0 + 100)
    assert None not in archive.window([BUSY], T0 + 1300, T0 + 1900, 600).series[BUSY].average
    assert None not in archive.window([BUSY], T0, T0 + 1900, 30).series[BUSY].average[:30]  # the minutes are whole
    archive.close()


def test_damage_of_hot_rows_is_noticed_and_a_new_file_begun(tmp_path):
    path = tmp_path / "h.db"
    record(path, [frame(T0 + second) for second in range(300)])
    db = sqlite3.connect(path)
    db.execute("UPDATE hot SET samples = randomblob(200)")
    db.execute("UPDATE tier SET done = 0")
    db.commit()
    db.close()
    history = open_history(str(path))
    for second in range(300, 400):
        history.write(frame(T0 + second))
    assert "the history was damaged" in history.status().reason
    assert ".damaged-" in history.status().reason
    history.close()
    assert [ms // 1000 - T0 for ms in all_times(path)][-30:] == list(range(370, 400))
    assert len(list(tmp_path.glob("h.db.damaged-*"))) == 1
