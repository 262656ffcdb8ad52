"""Copies of a history: consistent whatever happens to it meanwhile, private, and of a span nothing but that span."""

from __future__ import annotations

import itertools
import os
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from recorded import BUSY, SDA, SDB, T0, USED, frame, process, record

from tuimon.history import HistoryError, Retention, copying, describe, open_archive, open_history, store
from tuimon.history.copying import copy, copy_span
from tuimon.model.metric import SeriesKey
from tuimon.model.snapshot import Alert, Event

ROOT = Path(__file__).resolve().parents[2]
HOUR = 3600
ALERT = Alert("cpu", "warning", BUSY, 90.0, 80.0, ">", T0 + 5000.0, T0 + 5060.0, "CPU high")
PAUSE = (3000, 3500)
BACK = 5400
"""When the clock is set back by ten minutes."""
WRITER = """
import sys
sys.path[:0] = [{tests!r}, {root!r}]
from recorded import T0, frame, process
from tuimon.history import open_history
history = open_history(sys.argv[1])
for at in range(10**9):
    history.write(frame(T0 + at, at % 97, processes=tuple(process(pid, cpu_seconds=at) for pid in range(10, 40))))
    if at % 50 == 0:
        history.flush(T0 + at)
        print(at, flush=True)
"""


def made_up():
    """Two hours and a half: a gap, a disk that is pulled out, an alert, a clock that goes back, processes that come and go."""
    clock = [*range(PAUSE[0]), *range(PAUSE[1], BACK), *range(BACK - 600, 9000)]
    for number, at in enumerate(clock):
        second = number
        seen = [process(1, ppid=0, cpu_seconds=number / 10), process(10, cpu_seconds=number * 0.5)]
        if second % 500 < 100:
            pid = 1000 + second // 500
            seen.append(process(pid, command=f"/bin/visitor --number={pid}", cpu_seconds=(second % 500) * 0.9))
        on = 5060 <= at < 5200 and number < 5200
        events = [Event(T0 + float(at), "note", f"happened-{number}")] if number % 777 == 0 else []
        yield frame(
            T0 + at,
            float(number % 89),
            {"sda": 1.0, "sdb": number % 50} if number < 4000 else {"sda": number % 30},
            processes=tuple(seen),
            alerts=(ALERT,) if on else (),
            events=tuple(events),
        )


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    path = str(tmp_path_factory.mktemp("copy") / "h.db")
    record(path, made_up(), machine_id="abc")
    return path


@pytest.fixture(scope="module")
def old(tmp_path_factory):
    """A history of which the seconds and minutes of the first hours are gone; what is not sealed stays."""
    path = str(tmp_path_factory.mktemp("old") / "h.db")
    kept = Retention(
        samples=60, minutes=2 * HOUR, five_minutes=3 * HOUR, hours=100 * HOUR, processes=1800, processes_minute=HOUR
    )
    record(
        path,
        (frame(T0 + at, at / 100 % 100, elapsed=5.0) for at in range(0, 6 * HOUR, 5)),
        interval=5.0,
        retention=kept,
    )
    return path


def checked(path) -> sqlite3.Connection:
    db = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    return db


def rows(path):
    """All that a history holds, table by table, but for what names and marks the file."""
    db = checked(path)
    names = [
        row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'")
    ]
    found = {name: sorted(map(repr, db.execute(f"SELECT * FROM {name}"))) for name in names}  # noqa: S608  tables of the schema
    found["meta"] = [row for row in found["meta"] if "'file'" not in row and "'clean'" not in row]
    db.close()
    return found


def test_a_copy_has_all_of_it_and_nothing_beside_it(original, tmp_path):
    target = tmp_path / "copy.db"
    copy(original, str(target))
    assert rows(target) == rows(original)
    assert list(tmp_path.iterdir()) == [target]
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    db = checked(target)
    assert db.execute("PRAGMA journal_mode").fetchone() == ("delete",)
    assert dict(db.execute("SELECT key, value FROM meta"))["clean"] == 1
    assert "file" not in dict(db.execute("SELECT key, value FROM meta"))
    db.close()


def test_a_copy_goes_on_as_a_history_of_its_own(original, tmp_path):
    target = str(tmp_path / "copy.db")
    copy(original, target)
    history = open_history(target, machine_id="abc")
    history.write(frame(T0 + 10_000, 50.0))
    history.close()
    assert history.status().reason == ""
    assert describe(target).gaps[-1].end == T0 + 10_000


@pytest.mark.parametrize("span", [None, (T0, T0 + 600)], ids=["whole", "span"])
def test_what_is_there_is_not_overwritten_unless_forced(original, tmp_path, span):
    target = tmp_path / "copy.db"
    target.write_text("precious")
    make = (
        (lambda **how: copy_span(original, str(target), *span, **how))
        if span
        else (lambda **how: copy(original, str(target), **how))
    )
    with pytest.raises(HistoryError, match="is there already; --force replaces it"):
        make()
    assert target.read_text() == "precious"
    make(force=True)
    assert describe(str(target)).spans


def test_a_history_is_not_copied_onto_itself_nor_onto_one_that_is_recorded(original, tmp_path):
    with pytest.raises(HistoryError, match="is the history itself"):
        copy(original, original, force=True)
    busy = str(tmp_path / "busy.db")
    history = open_history(busy)
    with pytest.raises(HistoryError, match="is being recorded into"):
        copy(original, busy, force=True)
    history.close()
    with pytest.raises(HistoryError, match="cannot be written: No such file"):
        copy(original, str(tmp_path / "no" / "copy.db"))
    with pytest.raises(HistoryError, match="there is no history"):
        copy(str(tmp_path / "none.db"), str(tmp_path / "copy.db"))


# -- A span -----------------------------------------------------------------------------------------------------------

MOMENTS = st.integers(0, 9000)


@settings(max_examples=12)
@given(st.tuples(MOMENTS, st.integers(1, 4000)), st.lists(MOMENTS, min_size=5, max_size=5))
def test_a_span_shows_what_the_history_shows_of_it(original, tmp_path_factory, span, moments):
    start, end = T0 + span[0], T0 + span[0] + span[1]
    first, last = start // 60 * 60, -(-end // 60) * 60
    target = str(tmp_path_factory.mktemp("span") / "span.db")
    whole = open_archive(original)
    if not any(one.start < last and one.end >= first for one in whole.spans()):
        with pytest.raises(HistoryError, match="has nothing of this span"):
            copy_span(original, target, start, end)
        assert not Path(target).exists()
        whole.close()
        return
    copy_span(original, target, start, end)
    checked(target).close()
    part = open_archive(target)
    assert part.keys(first, last) == tuple(key for key in whole.keys(first, last) if key in part.keys(first, last))
    assert part.events(first, last) == whole.events(first, last)
    assert part.usage(first, last - 1) == whole.usage(first, last - 1)
    assert list(part.processes(0, T0 * 2)) == list(whole.processes(first, last))
    for moment in moments:
        at = T0 + moment + 0.5
        if first < at < last and (found := part.frame(at)) is not None:
            expected = whole.frame(at)
            assert found.snapshot.time == expected.snapshot.time
            assert found.snapshot.processes == expected.snapshot.processes
            assert found.snapshot.cpu == expected.snapshot.cpu
            assert found.alerts == expected.alerts
    for key, points in itertools.product((BUSY, USED, SDA, SDB), ((last - first), (last - first) // 60)):
        assert part.window([key], first, last, points).series == whole.window([key], first, last, points).series
    assert all(first <= one.start <= one.end < last for one in part.spans())
    part.close()
    whole.close()


@pytest.mark.parametrize("width", [300, 3600])
def test_the_rows_of_coarse_tiers_end_where_the_span_does(original, tmp_path, width):
    target = str(tmp_path / "span.db")
    start, end = T0 + 660, T0 + 2700
    copy_span(original, target, start, end)
    whole, part = open_archive(original), open_archive(target)
    bounds = (start // width * width, -(-end // width) * width)
    window = part.window([BUSY], *bounds, (bounds[1] - bounds[0]) // width)
    assert (window.step, window.tier) == (width, "5m" if width == 300 else "1h")
    for at, average in zip(window.times, window.series[BUSY].average, strict=True):
        first, past = max(start, int(at)), min(end, int(at) + width)
        seconds = whole.window([BUSY], first, past, past - first).series[BUSY].average
        values = [value for value in seconds if value is not None]
        assert average == pytest.approx(sum(values) / len(values))
    whole.close()
    part.close()


@pytest.mark.parametrize(("back", "tier"), [(2000, "1s"), (5000, "1m"), (9000, "5m"), (5 * HOUR, "1h")])
def test_of_long_ago_there_is_what_is_still_kept(old, tmp_path, back, tier):
    target = str(tmp_path / "span.db")
    start = T0 + 6 * HOUR - back
    copy_span(old, target, start, start + 1200)
    whole, part = open_archive(old), open_archive(target)
    found, expected = (one.window([BUSY], start, start + 1200, 1200) for one in (part, whole))
    assert found.tier == expected.tier
    assert (found.tier == tier) or back == 2000
    assert any(value is not None for value in found.series[BUSY].average)
    inside = slice(None) if tier in {"1s", "1m"} else slice(1, -1)
    assert found.series[BUSY].average[inside] == expected.series[BUSY].average[inside]
    moment = part.frame(start + 600)
    assert moment.snapshot.time == whole.frame(start + 600).snapshot.time
    whole.close()
    part.close()


def test_what_is_outside_of_a_span_is_nowhere_in_the_file(original, tmp_path):
    target = tmp_path / "span.db"
    copy_span(original, str(target), T0 + 1020, T0 + 1080)
    content = target.read_bytes()
    assert b"--number=1002" in content
    assert not [number for number in range(1000, 1020) if number != 1002 and f"--number={number}".encode() in content]
    assert b"happened-" not in content
    archive = open_archive(str(target))
    assert [(int(one.start), int(one.end)) for one in archive.spans()] == [(T0 + 1020, T0 + 1079)]
    assert archive.frame(T0 + 1200) is None
    archive.close()


@pytest.mark.parametrize("span", [None, (T0 + 1000, T0 + 1080)], ids=["whole", "span"])
def test_without_commands_there_is_none_in_the_file(original, tmp_path, span):
    target = tmp_path / "copy.db"
    if span:
        copy_span(original, str(target), *span, commands=False)
    else:
        copy(original, str(target), commands=False)
    assert b"--number" not in target.read_bytes()
    assert b"--run" not in target.read_bytes()
    archive = open_archive(str(target))
    found = archive.frame(T0 + 1050).snapshot.processes
    assert {(one.name, one.command) for one in found} == {("p1", ""), ("p10", ""), ("p1002", "")}
    archive.close()


def test_of_a_history_with_other_metrics_nothing_is_lost(original, tmp_path):
    source, target = str(tmp_path / "h.db"), str(tmp_path / "span.db")
    copy(original, source)
    with closing(sqlite3.connect(source)) as db:
        for tier in ("1m", "5m", "1h"):
            db.execute(f"DROP VIEW cpu_{tier}")
            db.execute(f"CREATE VIEW cpu_{tier} AS SELECT 1")
            for part in ("n", "sum", "min", "max"):
                db.execute(f"ALTER TABLE tier_cpu_{tier} DROP COLUMN steal_percent_{part}")
            db.execute(f"ALTER TABLE tier_cpu_{tier} ADD COLUMN future_sum INTEGER DEFAULT 7")
        db.execute("DELETE FROM metric WHERE family = 'cpu' AND name = 'steal_percent'")
        db.commit()
    copy_span(source, target, T0, T0 + 600)
    with closing(checked(target)) as db:
        assert set(db.execute("SELECT future_sum, steal_percent_sum FROM tier_cpu_1m")) == {(7, None)}
        assert len(db.execute("SELECT time, busy_percent_avg, steal_percent_avg FROM cpu_1m").fetchall()) == 10


# -- While it is recorded into ----------------------------------------------------------------------------------------


@pytest.fixture
def recorder(tmp_path):
    """Start a process that records as fast as it can; return it and the history."""
    path = str(tmp_path / "h.db")
    script = WRITER.format(tests=str(ROOT / "tests" / "history"), root=str(ROOT))
    one = subprocess.Popen([sys.executable, "-c", script, path], stdout=subprocess.PIPE, text=True)
    for _ in range(30):
        one.stdout.readline()
    drain = threading.Thread(target=one.stdout.read)
    drain.start()
    yield one, path
    one.kill()
    one.wait()
    drain.join()
    one.stdout.close()


def test_commits_made_meanwhile_neither_tear_a_copy_nor_begin_it_anew(recorder, tmp_path, monkeypatch):
    _, path = recorder
    monkeypatch.setattr(copying, "_PAGES", 8)
    newest = 0.0
    for number in range(5):
        told = []
        versions = sqlite3.connect(path)
        before = versions.execute("PRAGMA data_version").fetchone()
        copy(path, str(tmp_path / f"{number}.db"), progress=lambda *how, told=told: told.append(how))
        assert versions.execute("PRAGMA data_version").fetchone() != before
        versions.close()
        checked(tmp_path / f"{number}.db").close()
        assert [done for done, _ in told] == sorted(done for done, _ in told)
        assert len({total for _, total in told}) == 1
        assert len(told) == -(-told[0][1] // 8)
        end = max(one.end for one in describe(str(tmp_path / f"{number}.db")).spans)
        assert end > newest
        newest = end


def test_a_recorder_that_is_killed_meanwhile_takes_nothing_from_the_copy(recorder, tmp_path, monkeypatch):
    process_, path = recorder
    monkeypatch.setattr(copying, "_PAGES", 8)

    def kill(done, _):
        if done > 20:
            process_.send_signal(signal.SIGKILL)

    copy(path, str(tmp_path / "copy.db"), progress=kill)
    assert process_.wait() == -signal.SIGKILL
    checked(tmp_path / "copy.db").close()
    archive = open_archive(str(tmp_path / "copy.db"))
    end = archive.spans()[-1].end
    assert archive.frame(end).snapshot.cpu.busy_percent == (end - T0) % 97
    archive.close()
    open_history(path).close()


def test_a_copy_that_is_killed_leaves_no_file_of_that_name(original, tmp_path):
    target = tmp_path / "copy.db"
    script = (
        "import os, signal, sys\nfrom tuimon.history import copying\ncopying._PAGES = 8\n"
        "copying.copy(*sys.argv[1:], progress=lambda *_: os.kill(os.getpid(), signal.SIGKILL))"
    )
    done = subprocess.run([sys.executable, "-c", script, original, str(target)], cwd=ROOT, check=False)
    assert done.returncode == -signal.SIGKILL
    assert not target.exists()
    copy(original, str(target))
    assert list(tmp_path.iterdir()) == [target]


def test_a_span_is_copied_while_it_is_recorded(recorder, tmp_path):
    _, path = recorder
    for number in range(3):
        target = str(tmp_path / f"{number}.db")
        copy_span(path, target, T0 + 100, T0 + 1000)
        checked(target).close()
        archive = open_archive(target)
        window = archive.window([SeriesKey("cpu", "", "busy_percent")], T0 + 120, T0 + 900, 780)
        assert list(window.series[BUSY].average) == [at % 97 for at in range(120, 900)]
        archive.close()


@pytest.mark.root
@pytest.mark.skipif(os.geteuid() != 0, reason="mounting needs root")
@pytest.mark.parametrize("options", ["", f"--from @{T0} --to @{T0 + 9000}"], ids=["whole", "span"])
def test_a_full_disk_is_one_line_and_leaves_nothing(original, tmp_path, options):
    full = tmp_path / "full"
    full.mkdir()
    command = f"{sys.executable} -m tuimon history copy {full}/copy.db {options} --history {original} 2>&1"
    script = f"mount -t tmpfs -o size=100k tmpfs {full}; {command}; echo = $?; ls -A {full}"
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", script], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    line, code, *left = done.stdout.splitlines()
    assert line.startswith(f"tuimon: {full}/copy.db: cannot be written: ")
    assert code == "= 1"
    assert left == []


@pytest.mark.root
@pytest.mark.skipif(os.geteuid() != 0, reason="giving files away needs root")
def test_under_sudo_a_copy_belongs_to_whose_folder_it_is_in(original, tmp_path, monkeypatch):
    os.chown(tmp_path, 4242, 4242)
    monkeypatch.setenv("SUDO_UID", "4242")
    monkeypatch.setenv("SUDO_GID", "4242")
    copy(original, str(tmp_path / "copy.db"))
    assert (tmp_path / "copy.db").stat().st_uid == 4242


def test_a_folder_that_may_only_be_read_can_be_copied_from(original, tmp_path):
    folder = tmp_path / "ro"
    folder.mkdir()
    copy(original, str(folder / "h.db"))
    db = store.open_writer(str(folder / "h.db"))
    db.close()
    copy(str(folder / "h.db"), str(tmp_path / "again.db"))
    assert rows(tmp_path / "again.db") == rows(original)
