"""Each tier is kept as long as it should be, and the file never grows past its cap."""

from __future__ import annotations

import random
import sqlite3
from pathlib import Path

import pytest
from recorded import BUSY, T0, frame, process, record

from tuimon.history import HistoryError, Locked, Retention, open_archive, open_history, purge

SHORT = Retention(samples=1200, minutes=3600, five_minutes=7200, hours=4 * 3600, processes=1800, processes_minute=7200)
HOURS = 6 * 3600
LONG = 16 * 3600


@pytest.fixture(scope="module")
def long(tmp_path_factory):
    path = tmp_path_factory.mktemp("prune") / "h.db"
    times = [*range(0, HOURS - 5400, 5), *range(HOURS - 5400, HOURS)]
    frames = (frame(T0 + at, at / 600 % 100, processes=(process(cpu_seconds=at),), elapsed=5.0) for at in times)
    record(path, frames, retention=SHORT, interval=5.0)
    return str(path)


def oldest(path, sql):
    db = sqlite3.connect(path)
    found = db.execute(sql).fetchone()[0]
    db.close()
    return found


def test_each_tier_keeps_its_time_and_hardly_more(long):
    end = T0 + HOURS
    sealed_or_not = "SELECT min(start) / 1000 FROM (SELECT start FROM batch UNION ALL SELECT start FROM live)"
    assert end - 1200 - 1900 <= oldest(long, sealed_or_not) <= end - 1200  # what is to be sealed stays until it is
    for tier, seconds in (("1m", 3600), ("5m", 7200), ("1h", 4 * 3600)):
        first = oldest(long, f"SELECT min(time) FROM tier_cpu_{tier}")  # noqa: S608  a constant of this test
        assert end - seconds - 2 * 3600 - 60 <= first <= end - seconds + 3600, tier
    for level, seconds in ((5, 1800), (60, 7200)):
        first = oldest(long, f"SELECT min(start) / 1000 FROM process_block WHERE level = {level}")  # noqa: S608  as above
        assert end - seconds - 3600 - 60 * level <= first <= end - seconds + 3600, level
    assert oldest(long, "SELECT count(*) FROM block WHERE id >> 20 NOT IN (SELECT id FROM batch)") == 0


def test_processes_outlast_the_seconds_around_them(tmp_path):
    path = str(tmp_path / "h.db")
    span, kept = 5400, Retention(samples=300, processes=86400)
    frames = (frame(T0 + at, 5.0, processes=(process(cpu_seconds=at),)) for at in range(span))
    record(path, frames, retention=kept)
    db = sqlite3.connect(path)
    sealed = db.execute("SELECT sum(count) FROM process_block WHERE level = 5").fetchone()[0]
    assert sealed + db.execute("SELECT sum(count) FROM live").fetchone()[0] // 5 == span // 5
    db.close()


def test_a_window_of_long_ago_comes_from_the_tier_that_still_has_it(long):
    archive = open_archive(long)
    end = T0 + HOURS
    for back, tier in ((600, "1s"), (3000, "1m"), (7000, "5m"), (4 * 3600 - 300, "1h")):
        window = archive.window([BUSY], end - back, end - back + 100, 1000)
        assert window.tier == tier
        assert window.series[BUSY].average[0] == pytest.approx((HOURS - back) / 600 % 100, abs=3.1)
        found = archive.frame(end - back)
        assert found.snapshot.time <= end - back
        assert found.snapshot.cpu.busy_percent == pytest.approx((HOURS - back) / 600 % 100, abs=3.1)
    tiers = [span.tier for span in archive.spans()]
    assert tiers == ["1h", "5m", "1m", "1s"]
    archive.close()


def test_the_cap_is_hard_and_the_oldest_finest_data_pays(tmp_path):
    path = str(tmp_path / "h.db")
    cap = 1 << 20
    noise = random.Random(1)
    history = open_history(path, size_cap=cap, interval=5.0)
    biggest = 0
    for at in range(0, LONG, 5):
        disks = {f"sd{number}": noise.uniform(0, 100) for number in range(30)}
        history.write(frame(T0 + at, noise.uniform(0, 100), disks, elapsed=5.0))
        if at % 600 == 0:
            biggest = max(biggest, Path(path).stat().st_size)
    assert history.status().reason == ""
    archive = open_archive(path, history)
    spans = archive.spans()
    window = archive.window([BUSY], T0 + LONG - 300, T0 + LONG, 60)
    archive.close()
    history.close()
    assert biggest <= cap
    assert Path(path).stat().st_size <= cap
    assert spans[-1].tier == "1s"
    assert spans[-1].start > T0
    assert spans[-1].end == T0 + LONG - 5
    assert None not in window.series[BUSY].average


def test_processes_that_come_and_go_by_the_thousand_do_not_push_out_the_rest(tmp_path):
    path = str(tmp_path / "h.db")
    cap = 3 << 20
    history = open_history(path, size_cap=cap, interval=5.0)
    biggest = 0
    for at in range(0, 5400, 5):
        started = float(T0 + at)
        seen = [process(1, ppid=0, cpu_seconds=at)]
        for pid in range(100 + at * 4, 120 + at * 4):
            text = f"/usr/bin/cc --number={pid} {'x' * 300}"
            seen.append(process(pid, started_at=started, command=text, cpu_seconds=0.1, cpu_percent=pid % 7))
        history.write(frame(T0 + at, at % 97, elapsed=5.0, processes=tuple(seen)))
        biggest = max(biggest, Path(path).stat().st_size)
    archive = open_archive(path, history)
    busy = archive.window([BUSY], T0 + 5, T0 + 5400, 1079).series[BUSY].average
    tables = list(archive.processes(T0 + 4800, T0 + 5400))
    archive.close()
    history.close()
    assert history.status().reason == ""
    assert biggest <= cap
    assert list(busy) == [at % 97 for at in range(5, 5400, 5)]
    assert len(tables) == 120
    assert {len(table.processes) for table in tables} == {15}  # the top, all with their names
    assert oldest(path, "SELECT count(*) FROM life WHERE last_seen IS NULL") == 21
    assert oldest(path, "SELECT count(*) FROM text WHERE value LIKE '%--number=%'") < 5400 * 4


def test_purge_forgets_what_was_before_or_all(tmp_path):
    path = str(tmp_path / "h.db")
    record(path, [frame(T0 + at, 10.0, processes=(process(),)) for at in range(4000)])
    assert purge(path, before=T0 + 3000) >= 0
    archive = open_archive(path)
    assert archive.spans()[0].start == T0 + 3000
    assert archive.frame(T0 + 2000) is None
    assert archive.frame(T0 + 3500).snapshot.cpu.busy_percent == 10.0
    archive.close()
    assert purge(path) > 0
    assert not [one for one in tmp_path.iterdir() if one.suffix != ".lock"]
    with pytest.raises(HistoryError, match="no history"):
        purge(path)


def test_nothing_is_purged_under_a_recorder(tmp_path):
    path = str(tmp_path / "h.db")
    history = open_history(path)
    with pytest.raises(Locked):
        purge(path)
    history.close()


def test_purge_takes_what_was_before_out_of_every_batch_block_and_page(tmp_path):
    path = tmp_path / "h.db"
    frames = [
        frame(
            T0 + at, at % 50, processes=(process(), process(20 + at // 500, command=f"/bin/then --number={at // 500}"))
        )
        for at in range(4000)
    ]
    record(path, frames)
    purge(str(path), before=T0 + 2750)
    archive = open_archive(str(path))
    assert archive.spans()[0].start == T0 + 2750
    assert archive.frame(T0 + 2749) is None or archive.frame(T0 + 2749).snapshot.time >= T0 + 2700
    window = archive.window([BUSY], T0 + 2400, T0 + 4000, 1600)
    kept = [value for value in window.series[BUSY].average if value is not None]
    assert kept == [at % 50 for at in range(2750, 4000)]
    assert [table.time for table in archive.processes(T0, T0 + 4000)] == [T0 + at for at in range(2750, 4000, 5)]
    archive.close()
    content = path.read_bytes()
    assert [number for number in range(8) if f"--number={number}".encode() in content] == [5, 6, 7]
    assert oldest(path, "PRAGMA integrity_check") == "ok"
    record(path, [frame(T0 + at, at % 50) for at in range(4000, 4100)])
    assert oldest(path, "PRAGMA integrity_check") == "ok"
