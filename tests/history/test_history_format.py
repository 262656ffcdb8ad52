"""A stranger reads a history by docs/history-format.md alone: SQLite, zlib, struct, and nothing of tuimon below the line."""

from __future__ import annotations

import random
import re
import sqlite3
import struct
import zlib
from pathlib import Path

import pytest
from recorded import T0, frame, process, record

from tuimon.model.metric import SeriesKey
from tuimon.model.snapshot import Alert, Event

PAGE = Path(__file__).resolve().parents[2] / "docs" / "history-format.md"
ALERT = Alert("cpu", "warning", SeriesKey("cpu", "", "busy_percent"), 90.0, 80.0, ">", T0 + 20.0, T0 + 30.0, "CPU high")


@pytest.fixture(scope="module")
def made():
    noise = random.Random(5)
    frames = []
    for second in range(1500):
        busy = None if second % 97 == 0 else round(noise.uniform(0, 100), 1)
        disks = {"sda": float(second % 7), "nvme0n1": None} | ({"sdb": 3.5} if 500 < second < 900 else {})
        processes = [process(10, cpu_seconds=round(second * 0.25, 2), rss_bytes=(1 << 20) + 4096 * (second % 50))]
        if second % 200 < 100:
            processes.append(process(20 + second // 200, read_bytes_per_second=256.0 * second))
        events = (Event(T0 + 30.0, "alert_raised", "CPU high", ALERT),) if second == 30 else ()
        alerts = (ALERT,) if 30 <= second < 50 else ()
        one = frame(
            T0 + second + noise.randrange(-3, 4) / 1000,
            busy,
            disks,
            processes=tuple(processes),
            events=events,
            alerts=alerts,
        )
        frames.append(one)
    return frames


@pytest.fixture(scope="module")
def db(made, tmp_path_factory):
    path = tmp_path_factory.mktemp("format") / "h.db"
    record(path, made, machine_id="abc")
    found = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    yield found
    found.close()


# ---- the stranger ----------------------------------------------------------------------------------------------------


def varint(data, at):
    n = shift = 0
    while True:
        byte = data[at]
        at += 1
        n += (byte % 128) << shift
        shift += 7
        if byte < 128:
            return (n // 2 if n % 2 == 0 else -(n + 1) // 2), at


def elements(shuffled, count, width, signed):
    letter = {1: "b", 2: "h", 4: "i", 8: "q"}[width]
    plain = bytes(shuffled[plane * count + at] for at in range(count) for plane in range(width))
    return list(struct.unpack(f"<{count}{letter if signed else letter.upper()}", plain))


def block(data, count):
    flags = data[0]
    if flags & 32:
        return [None if flags & 8 else varint(data, 1)[0]] * count
    base, at = varint(data, 1)
    width = (1, 2, 4, 8)[flags & 3]
    n = count - 1 if flags & 4 else count
    body = b""
    for _ in range(width - 1):
        length, at = varint(data, at)
        body += zlib.decompress(data[at : at + length], -15) if length else data[at : at + n]
        at += length or n
    body += data[at:] if flags & 16 else zlib.decompress(data[at:], -15)
    if flags & 4:
        values = [base]
        for difference in elements(body, count - 1, width, signed=True):
            values.append(values[-1] + difference)
        return values
    found = elements(body, count, width, signed=False)
    return [None if value == 0 else base + value - 1 for value in found] if flags & 8 else [base + v for v in found]


def hot_row(data, count):
    width, letter = (8, "q") if len(data) == 8 * count else (4, "i")
    nothing = -(1 << (8 * width - 1))
    return [None if value == nothing else value for value in struct.unpack(f"<{count}{letter}", data)]


def columns(data):
    raw = zlib.decompress(data, -15)
    found, at = [], 0
    while at < len(raw):
        count, at = varint(raw, at)
        width = (1, 2, 4, 8)[raw[at]]
        found.append(elements(raw[at + 1 : at + 1 + count * width], count, width, signed=True))
        at += 1 + count * width
    return found


def read_samples(db):
    """Return {time in ms: {(family, device, metric): value}} of everything in the finest tier."""
    series = {
        row[0]: (row[1:4], row[4]) for row in db.execute("SELECT id, family, device, metric, resolution FROM series")
    }
    layouts = {
        id_: [int(part) for part in text.split(",")] for id_, text in db.execute("SELECT id, series FROM layout")
    }
    found = {}
    for start, layout, count, packed in db.execute("SELECT start, layout, count, samples FROM live"):
        numbers = layouts[layout]
        raw = zlib.decompress(packed, -15)
        ahead, rows = struct.unpack(f"<{count}i", raw[: 4 * count]), raw[4 * count :]
        width = len(rows) // count
        for at in range(count):
            values = hot_row(rows[at * width : (at + 1) * width], len(numbers))
            found[start + ahead[at]] = {
                series[n][0]: None if v is None else v * series[n][1] for n, v in zip(numbers, values, strict=True)
            }
    for batch, count, packed in db.execute("SELECT id, count, times FROM batch"):
        times = block(packed, count)
        for time in times:
            found[time] = {}
        for id_, data in db.execute(
            "SELECT id, data FROM block WHERE id >= ? AND id < ?", (batch << 20, (batch + 1) << 20)
        ):
            key, resolution = series[id_ - (batch << 20)]
            for time, value in zip(times, block(data, count), strict=True):
                found[time][key] = None if value is None else value * resolution
    return found


def read_processes(db, level):
    """Return {time in ms: [(life, cpu, cpu_time, rss, virtual, threads, nice, priority, state, read, write)]}."""
    found = {}
    for start, data in db.execute("SELECT start, processes FROM live"):
        at = 0
        while at < len(data):
            of_level, at = varint(data, at)
            ahead, at = varint(data, at)
            length, at = varint(data, at)
            if of_level == level:
                found[start + ahead] = list(zip(*columns(data[at : at + length]), strict=True))
            at += length
    for (data,) in db.execute("SELECT data FROM process_block WHERE level = ?", (level,)):
        steps, places, lives, *fields = columns(data)
        times, time = [], 0
        for step in steps:
            time += step
            times.append(time)
            found[time] = []
        life = place = 0
        entry = []
        for at, ahead in enumerate(lives):
            life += ahead
            place = places[at] if ahead else place + places[at]
            values = [field[at] for field in fields]
            if not ahead:
                ms = times[place] - times[place - places[at]]
                values[0] += (10_000 * values[1] + ms // 2) // ms - entry[0]
                values = [a + b for a, b in zip(entry, values, strict=True)]
            entry = values
            found[times[place]].append((life, *entry))
    return found


# ---- what it finds ---------------------------------------------------------------------------------------------------


def test_every_sample_is_found_with_every_number(db, made):
    found = read_samples(db)
    assert db.execute("SELECT count(*) FROM batch").fetchone()[0] >= 2
    assert db.execute("SELECT sum(count) FROM live").fetchone()[0] >= 100
    assert sorted(found) == [round(one.snapshot.time * 1000) for one in made]
    for one in made:
        values = found[round(one.snapshot.time * 1000)]
        for device, busy in ((disk.device, disk.busy_percent) for disk in one.snapshot.disk):
            assert values["disk", device, "busy_percent"] == (None if busy is None else pytest.approx(busy, abs=0.05))
        busy = one.snapshot.cpu.busy_percent
        assert values["cpu", "", "busy_percent"] == (None if busy is None else pytest.approx(busy, abs=0.05))
        assert values["memory", "", "total_bytes"] == 1 << 30
        assert values.get(("disk", "sdb", "busy_percent")) == (3.5 if len(one.snapshot.disk) == 3 else None)


def test_a_minute_is_the_sum_of_its_samples(db):
    step = dict(db.execute("SELECT family || '.' || name, resolution FROM metric"))["cpu.busy_percent"]
    samples = read_samples(db)
    rows = db.execute(
        "SELECT time, n, busy_percent_n, busy_percent_sum, busy_percent_min, busy_percent_max FROM tier_cpu_1m"
    )
    for time, n, known, total, low, high in rows.fetchall():
        inside = [values["cpu", "", "busy_percent"] for at, values in samples.items() if time <= at / 1000 < time + 60]
        present = [round(value / step) for value in inside if value is not None]
        assert n == len(inside)
        assert (n if known is None else known) == len(present)
        assert (total, low, high) == (sum(present), min(present), max(present))


def test_processes_are_found_with_their_names(db, made):
    lives = {
        row[0]: row[1:]
        for row in db.execute(
            "SELECT l.id, l.pid, l.started_at, n.value, c.value FROM life l "
            "JOIN text n ON n.id = l.name JOIN text c ON c.id = l.command"
        )
    }
    rows = read_processes(db, 5)
    assert db.execute("SELECT count(*) FROM process_block").fetchone()[0] >= 2
    by_time = {round(one.snapshot.time * 1000): one.snapshot for one in made}
    assert len(rows) >= 1500 // 5
    for time, entries in rows.items():
        wanted = {p.pid: p for p in by_time[time].processes}
        assert {lives[entry[0]][0] for entry in entries} == set(wanted)
        for life, cpu, cpu_time, rss, _virtual, threads, nice, priority, state, read, write in entries:
            pid, started_at, name, command = lives[life]
            one = wanted[pid]
            assert (started_at, name, command) == (one.started_at, one.name, one.command)
            if pid == 10 and time > round(made[4].snapshot.time * 1000):
                assert abs(cpu - 250) <= 3  # a quarter of a core
            assert (cpu_time / 100, rss * 1024) == (one.cpu_seconds, one.rss_bytes)
            assert (threads, nice, priority, chr(state)) == (one.threads, one.nice, one.priority, one.state)
            assert (None if read == -1 else read * 256) == one.read_bytes_per_second
            assert (None if write == -1 else write * 256) == one.write_bytes_per_second
    assert len(read_processes(db, 60)) >= 1500 // 60


def test_alerts_events_and_the_host_are_rows(db):
    assert db.execute("SELECT rule, raised_at, cleared_at > ? FROM alert", (T0 + 49,)).fetchall() == [
        ("cpu", T0 + 30.0, 1)
    ]
    assert db.execute("SELECT kind, text, alert FROM event").fetchall() == [("alert_raised", "CPU high", 1)]
    assert db.execute("SELECT name, cores FROM host").fetchall() == [("web1", 4)]
    assert dict(db.execute("SELECT key, value FROM meta WHERE key NOT IN ('sealed', 'file')")) == {
        "machine_id": "abc",
        "clean": 1,
    }


def test_the_page_names_every_table_and_column(db):
    text = PAGE.read_text(encoding="utf-8")
    for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'tier_%'"):
        assert re.search(rf"`{name}[`.]", text), name
    for table in ("series", "layout", "hot", "batch", "block", "span"):
        for row in db.execute(f"PRAGMA table_info({table})").fetchall():
            assert f"`{row[1]}`" in text, (table, row[1])
    assert f"0x{db.execute('PRAGMA application_id').fetchone()[0]:X}" in text
    assert f"format {db.execute('PRAGMA user_version').fetchone()[0]}" in text
