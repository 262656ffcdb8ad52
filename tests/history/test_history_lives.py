"""Lifetimes of processes: each is there with its names, and what has gone leaves nothing behind in memory or log."""

from __future__ import annotations

import sqlite3
import tracemalloc
from pathlib import Path

import pytest
from recorded import T0, frame, process, record

from tuimon.history import open_archive, open_history
from tuimon.history.lives import MOST_WAITING, Lives
from tuimon.history.store import open_writer
from tuimon.history.texts import MOST_CHARACTERS, NEWEST

MINUTE = 60_000


@pytest.fixture
def db(tmp_path):
    connection = open_writer(str(tmp_path / "h.db"))
    yield connection
    connection.close()


def commit(db, lives):
    db.execute("BEGIN IMMEDIATE")
    lives.save(db)
    db.execute("COMMIT")
    lives.saved()


def named(db):
    """Return the processes as plain SQLite shows them: pid, name, command, whether it lives."""
    return db.execute("SELECT pid, name, command, last_seen IS NULL FROM processes ORDER BY id").fetchall()


def test_who_came_and_went_between_two_commits_is_one_row_with_both_ends(db):
    lives = Lives(db, 0)
    lives.take((process(1), process(2)), 1000, thorough=True)
    lives.take((process(1),), 3000, thorough=True)
    before = db.total_changes
    commit(db, lives)
    assert db.execute("SELECT pid, first_seen, last_seen FROM life").fetchall() == [(1, 1000, None), (2, 1000, 1000)]
    texts = db.execute("SELECT count(*) FROM text").fetchone()[0]
    assert db.total_changes - before == 2 + texts


def test_a_process_that_a_row_names_is_written_with_it_and_no_other(db):
    lives = Lives(db, 0)
    commit(db, lives)
    lives.take((process(1), process(2)), 1000, thorough=True)
    lives.number(process(2))
    commit(db, lives)
    assert [row[0] for row in named(db)] == [2]
    assert set(lives.unsaved) == {1}
    lives.take((process(1), process(2)), MINUTE, thorough=True)
    commit(db, lives)
    assert sorted(row[0] for row in named(db)) == [1, 2]
    assert not lives.unsaved


def test_one_that_was_written_early_is_renamed_and_ended_later(db):
    lives = Lives(db, 0)
    commit(db, lives)
    lives.take((process(1),), 1000, thorough=True)
    lives.number(process(1))
    commit(db, lives)
    lives.number(process(1, name="execed", command="other --now"))
    commit(db, lives)
    assert named(db) == [(1, "execed", "other --now", 1)]
    lives.take((), 2000, thorough=True)
    lives.finish()
    commit(db, lives)
    assert db.execute("SELECT last_seen, ranked FROM life").fetchall() == [(0 + 1000, 1)]


def test_what_was_not_committed_is_written_again(db):
    lives = Lives(db, 0)
    lives.take((process(1),), 1000, thorough=True)
    db.execute("BEGIN IMMEDIATE")
    lives.save(db)
    db.execute("ROLLBACK")
    commit(db, lives)
    assert named(db) == [(1, "p1", "/bin/p1 --run", 1)]


def test_command_lines_of_the_gone_are_not_remembered(db):
    lives = Lives(db, 0)

    def churn(minutes: range) -> None:
        for minute in minutes:
            crowd = tuple(
                process(pid, started_at=minute + pid / 1e4, command=f"{minute} {pid} {'x' * 4000}")
                for pid in range(500)
            )
            lives.take(crowd, minute * MINUTE, thorough=True)
            lives.take((), minute * MINUTE + 1, thorough=True)
            commit(db, lives)

    churn(range(2))
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        churn(range(2, 12))
        grown = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    assert grown < 4 * MOST_CHARACTERS  # 1 MiB; 20 of command lines went by


def test_a_file_that_cannot_be_written_does_not_make_the_gone_pile_up(db):
    lives = Lives(db, 0)
    for second in range(MOST_WAITING // 100 + 50):
        lives.take(tuple(process(pid, started_at=float(second)) for pid in range(100)), second * 1000, thorough=True)
        if second == 0:
            lives.number(process(7, started_at=0.0))  # a row names it
    assert len(lives.unsaved) <= MOST_WAITING + 200
    commit(db, lives)
    assert db.execute("SELECT count(*) FROM life WHERE ranked = 1 AND started_at = 0").fetchone() == (1,)


def test_a_command_line_that_comes_back_is_kept_once_an_hour_and_never_lost(tmp_path):
    history = open_history(str(tmp_path / "h.db"))
    for minute in range(0, 26 * 60, 10):
        when = T0 + 60 * minute
        history.write(frame(when, processes=(process(1), process(100 + minute, started_at=when, command="cron job"))))
        history.write(frame(when + 1, processes=(process(1),)))
    history.close()
    db = sqlite3.connect(tmp_path / "h.db")
    assert all(command in {"cron job", "/bin/p1 --run"} for _, _, command, _ in named(db))
    assert db.execute("SELECT count(*) FROM text WHERE value = 'cron job'").fetchone()[0] <= 30
    db.close()


def test_a_file_with_an_index_of_texts_goes_on_to_have_each_once(tmp_path):
    path = str(tmp_path / "h.db")
    open_history(path).close()
    db = sqlite3.connect(path)
    db.executescript("DROP TABLE text; CREATE TABLE text (id INTEGER PRIMARY KEY, value TEXT UNIQUE);")
    db.execute("INSERT INTO text VALUES (1, 'old')")
    db.executemany("INSERT INTO text VALUES (?, ?)", [(2 + at, f"between {at}") for at in range(NEWEST + 5)])
    db.commit()
    record(path, [frame(T0, processes=(process(1, name="old", command="old"), process(2, command="new")))])
    assert db.execute("SELECT count(*) FROM text WHERE value IN ('old', 'new')").fetchone() == (2,)
    assert [row[1:3] for row in named(db)] == [("old", "old"), ("p2", "new")]
    db.close()


def test_new_command_lines_are_written_side_by_side(tmp_path):
    """Each in a page of its own, as an index would have it, would be 4 KiB for a hundred bytes."""
    path = str(tmp_path / "h.db")
    history = open_history(path)
    log = Path(f"{path}-wal")
    crowd = [
        process(10 + n, started_at=float(n), command=f"/bin/sh -c {n * 7919 % 10007:x} {'-' * 60}") for n in range(3000)
    ]
    sizes = []
    for second in range(0, 360, 10):
        history.write(frame(T0 + second, processes=tuple(crowd[second * 8 : second * 8 + 80])))
        sizes.append(log.stat().st_size)
    history.close()
    assert (sizes[-1] - sizes[5]) / 30 < 14 * 4096  # thirty commits, each of 80 new processes: 12 KB of text
    archive = open_archive(path)
    found = archive.frame(T0 + 350)
    archive.close()
    assert found is not None
    assert {one.command for one in found.snapshot.processes} <= {one.command for one in crowd[2800:2880]}
