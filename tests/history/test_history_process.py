"""One process over a span, out of all rows: sealed, hot, held, dropped and stepped back."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from recorded import T0, frame, process, record

from tuimon.history import open_archive, open_history, store
from tuimon.history.prune import drop_processes

HOUR = 3600


def moment(at, first=T0):
    """Three processes, one of which grows, one of which is replaced by another with its pid after 20 minutes."""
    reused = process(
        3, cpu_seconds=at / 3, started_at=1003.0 if at < 1200 else 5000.0, name="old" if at < 1200 else "new"
    )
    return frame(
        first + at, processes=(*(process(p, cpu_seconds=at / p, rss_bytes=(p + at) << 20) for p in (1, 2)), reused)
    )


@pytest.fixture(scope="module")
def hour(tmp_path_factory):
    path = str(tmp_path_factory.mktemp("process") / "h.db")
    record(path, [moment(at) for at in range(HOUR)])
    return path


def naive(archive, pid, started_at, start, end):
    tables = archive.processes(start, end)
    return [(t.time, p) for t in tables for p in t.processes if (p.pid, p.started_at) == (pid, started_at)]


@settings(max_examples=30)
@given(st.integers(-100, HOUR + 100), st.integers(1, HOUR), st.sampled_from([(1, 1001.0), (3, 1003.0), (3, 5000.0)]))
def test_its_rows_are_those_of_the_tables(hour, first, length, identity):
    archive = open_archive(hour)
    start, end = T0 + first, T0 + first + length
    found = archive.process(*identity, start, end)
    rows = list(found.rows) if found else []
    assert rows == naive(archive, *identity, start, end)
    archive.close()


def test_who_it_was_is_told_with_its_rows(hour):
    archive = open_archive(hour)
    old = archive.process(3, 1003.0, T0, T0 + HOUR)
    assert (old.life.name, old.life.ended_at, old.step) == ("old", T0 + 1199, 5)
    assert old.rows[-1][0] == T0 + 1195
    newest = archive.process(3, None, T0, T0 + HOUR)
    assert (newest.started_at, newest.life.name) == (5000.0, "new")
    assert archive.process(3, None, T0, T0 + 600).life.name == "old"
    assert archive.process(99, None, T0, T0 + HOUR) is None
    assert archive.process(3, 1004.0, T0, T0 + HOUR) is None
    archive.close()


def test_a_long_span_is_answered_by_the_minute(hour):
    archive = open_archive(hour)
    found = archive.process(1, 1001.0, T0 - 3 * HOUR, T0 + HOUR)
    assert found.step == 60
    assert [time for time, _ in found.rows] == [T0 + 60 * n for n in range(60)]
    archive.close()


def test_what_the_writer_still_holds_is_seen(tmp_path):
    history = open_history(str(tmp_path / "h.db"))
    archive = open_archive(str(tmp_path / "h.db"), history)
    for at in range(4):
        history.write(moment(at))
    found = archive.process(1, 1001.0, T0, T0 + 10)
    assert [time for time, _ in found.rows] == [T0]
    assert found.rows[0][1].memory_percent == pytest.approx(100 * (1 << 20) / (1 << 30))
    archive.close()
    history.close()


def test_where_the_finest_are_dropped_a_minute_each_is_left(tmp_path):
    path = tmp_path / "h.db"
    record(path, [moment(at) for at in range(HOUR)])
    db = store.open_writer(str(path))
    drop_processes(db, 5, T0 + 2 * HOUR)
    db.close()
    archive = open_archive(str(path))
    found = archive.process(1, 1001.0, T0, T0 + 1200)
    assert found.step == 60
    assert len(found.rows) == 20
    archive.close()


def test_one_that_was_never_among_the_busiest_has_a_life_and_no_rows(tmp_path):
    path = tmp_path / "h.db"
    idle = process(500, cpu_percent=0.0, cpu_seconds=0.0, rss_bytes=0)
    many = tuple(process(p, cpu_seconds=p * 1.0, rss_bytes=p << 20) for p in range(1, 200))
    record(path, [frame(T0 + at, processes=(*many, idle)) for at in range(30)])
    archive = open_archive(str(path))
    found = archive.process(500, None, T0, T0 + 30)
    assert (found.life.name, found.rows) == ("p500", ())
    archive.close()
