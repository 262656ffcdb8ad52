"""Process tables one after the other, over what is sealed, hot, dropped and stepped back."""

from __future__ import annotations

import pytest
from recorded import T0, frame, process, record

from tuimon.history import open_archive, store, tables
from tuimon.history.prune import drop_processes

HOUR = 3600


def busy(seconds, first=T0):
    """Frames of a machine of three processes, one of which grows."""
    return [
        frame(
            first + at,
            processes=tuple(process(pid, cpu_seconds=at / pid, rss_bytes=(pid + at) << 20) for pid in (1, 2, 3)),
        )
        for at in range(seconds)
    ]


@pytest.fixture(scope="module")
def hour(tmp_path_factory):
    path = str(tmp_path_factory.mktemp("tables") / "h.db")
    record(path, busy(HOUR))
    return path


def test_an_hour_is_complete_and_in_order_wherever_its_rows_are(hour):
    archive = open_archive(hour)
    found = list(archive.processes(T0, T0 + HOUR))
    assert [table.time for table in found] == [T0 + at for at in range(0, HOUR, 5)]
    for table in found[::50]:
        assert table.processes == archive.frame(table.time).snapshot.processes
    archive.close()


def test_no_read_lasts_while_a_table_is_in_use(hour):
    archive = open_archive(hour)
    found = archive.processes(T0, T0 + HOUR)
    next(found)
    assert archive._db.in_transaction is False
    archive.close()


def test_where_the_finest_are_dropped_a_minute_each_is_left(tmp_path):
    path = tmp_path / "h.db"
    record(path, busy(HOUR))
    db = store.open_writer(str(path))
    drop_processes(db, 5, T0 + HOUR / 2)
    first = db.execute("SELECT min(start) FROM process_block WHERE level = 5").fetchone()[0] // 1000
    db.close()
    archive = open_archive(str(path))
    found = [table.time for table in archive.processes(T0, T0 + HOUR)]
    assert T0 + 600 < first < T0 + HOUR
    assert found == [*range(T0, first, 60), *range(first, T0 + HOUR, 5)]
    archive.close()


def test_what_was_recorded_twice_because_the_clock_went_back_is_there_twice(tmp_path):
    path = tmp_path / "h.db"
    record(path, [*busy(100), *busy(100, T0 + 50)])
    archive = open_archive(str(path))
    times = [table.time - T0 for table in archive.processes(T0, T0 + 200)]
    assert times == sorted([*range(0, 100, 5), *range(50, 150, 5)])
    archive.close()


def test_a_year_without_a_row_is_passed_over_at_once(tmp_path, monkeypatch):
    path = tmp_path / "h.db"
    record(path, [*busy(10), *busy(10, T0 + 365 * 24 * HOUR)])
    reads = []
    read = tables.read
    monkeypatch.setattr(tables, "read", lambda *asked: reads.append(asked) or read(*asked))
    archive = open_archive(str(path))
    assert len(list(archive.processes(0, T0 + 2 * 365 * 24 * HOUR))) == 4
    assert len(reads) <= 5
    archive.close()
