"""The coarse tiers are exact sums of the samples, gaps included, however often they are made."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from recorded import BUSY, SDA, SDB, T0, frame, record

from tuimon.history import open_archive, open_history, rollup
from tuimon.history.windowread import read_grid
from tuimon.history.windows import Grid, choose, slices

WIDTHS = {"1m": 60, "5m": 300, "1h": 3600}

# (seconds to the next sample, busy in tenths or None, whether sdb is there)
steps = st.tuples(st.sampled_from([1, 1, 1, 7, 20, 61, 400]), st.one_of(st.none(), st.integers(0, 1000)), st.booleans())


def frames_of(made):
    time = T0
    for seconds, tenths, both in made:
        busy = None if tenths is None else tenths / 10
        yield frame(time, busy, {"sda": busy, "sdb": 2.0} if both else {"sda": busy})
        time += seconds


def reckon(frames, key, width):
    """Return {bucket: (n, sum, min, max)} in tenths, the slow way."""
    found = defaultdict(list)
    for one in frames:
        value = one.snapshot.value(key)
        if value is not None:
            found[int(one.snapshot.time) // width * width].append(round(value * 10))
    return {at: (len(v), sum(v), min(v), max(v)) for at, v in found.items()}


def rows(path, family, metric, tier, device=""):
    db = sqlite3.connect(path)
    ids = [0] if not device else [r[0] for r in db.execute("SELECT id FROM device WHERE name = ?", (device,))]
    found = {}
    for id_ in ids:
        sql = (
            f"SELECT time, sum(coalesce({metric}_n, n)), sum({metric}_sum), min({metric}_min), max({metric}_max) "  # noqa: S608  names of this test
            f"FROM tier_{family}_{tier} WHERE device = ? GROUP BY time"
        )
        found.update({row[0]: row[1:] for row in db.execute(sql, (id_,)) if row[1]})
    db.close()
    return found


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(steps, min_size=2, max_size=40))
def test_every_tier_has_the_samples_sums(tmp_path_factory, made):
    path = str(tmp_path_factory.mktemp("h") / "h.db")
    frames = list(frames_of(made))
    record(path, [*frames, frame(frames[-1].snapshot.time + 3700, None, {})])
    for key in (BUSY, SDA, SDB):
        for tier, width in WIDTHS.items():
            assert rows(path, key.family, key.metric, tier, key.device) == reckon(frames, key, width), (key, tier)


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(steps, min_size=2, max_size=40), st.data())
def test_a_second_run_after_a_crash_counts_nothing_twice(tmp_path_factory, made, data):
    path = str(tmp_path_factory.mktemp("h") / "h.db")
    frames = list(frames_of(made))
    record(path, frames)
    before = {tier: rows(path, "cpu", "busy_percent", tier) for tier in WIDTHS}
    history = open_history(path)
    tier = data.draw(st.sampled_from(sorted(WIDTHS)))
    history._db.execute("UPDATE tier SET done = 0 WHERE name = ?", (tier,))  # as if it had not been rolled yet
    registry = history._registry
    for _ in range(2):
        history._db.execute("BEGIN")
        now = int(frames[-1].snapshot.time)
        minutes = rollup.Minutes()
        minutes.reckon(history._db, history._segment, now, registry.layouts, registry.devices)
        minutes.store(history._db)
        rollup.finish(history._db, history._segment, registry.layouts, registry.devices)
        history._db.execute("COMMIT")
    history.close()
    for tier, width in WIDTHS.items():
        after = rows(path, "cpu", "busy_percent", tier)
        assert after == reckon(frames, BUSY, width)
        assert before[tier].items() <= after.items()


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(steps, min_size=2, max_size=40), st.sampled_from(["1s", "1m", "5m", "1h"]))
def test_a_window_is_the_same_from_every_tier_to_the_newest_sample(tmp_path_factory, made, tier):
    path = str(tmp_path_factory.mktemp("h") / "h.db")
    frames = list(frames_of(made))
    history = open_history(path, commit_every=30)
    archive = open_archive(path, history)
    for one in frames:
        history.write(one)
    first = T0 // 3600 * 3600
    count = int(frames[-1].snapshot.time - first) // 3600 + 1
    with archive._view() as view:
        window = read_grid(view, [BUSY], Grid(tier, first, 3600, count))
    expected = reckon(frames, BUSY, 3600)
    points = window.series[BUSY]
    for at, time in enumerate(window.times):
        n, total, low, high = expected.get(int(time), (0, 0, None, None))
        assert points.average[at] == (pytest.approx(total / n / 10) if n else None)
        assert points.minimum[at] == (None if low is None else low / 10)
        assert points.maximum[at] == (None if high is None else high / 10)
    history.close()
    archive.close()


def test_a_gap_is_a_gap_in_every_tier(tmp_path):
    path = tmp_path / "h.db"
    times = [*range(T0, T0 + 7200), *range(T0 + 4 * 3600, T0 + 5 * 3600)]
    record(path, [frame(time) for time in times], commit_every=600)
    archive = open_archive(str(path))
    for points, tier in ((18_000, "1s"), (300, "1m"), (60, "5m"), (5, "1h")):
        window = archive.window([BUSY], T0, T0 + 5 * 3600, points)
        assert window.tier == tier
        assert len(window.times) <= points
        known = [time for time, v in zip(window.times, window.series[BUSY].average, strict=True) if v is not None]
        recorded = {int(time // window.step * window.step) for time in times}
        assert set(known) == recorded
    assert [(span.start, span.end) for span in archive.spans()] == [(T0, T0 + 7199), (T0 + 14400, T0 + 17999)]
    archive.close()


kept = st.fixed_dictionaries({tier: st.integers(0, 2_000_000_000) for tier in ("1s", "1m", "5m", "1h")})


@given(kept, st.floats(1e6, 2e9), st.floats(0.5, 4e7), st.integers(2, 2000))
def test_a_grid_covers_the_window_in_no_more_steps_than_asked(kept_from, start, length, points):
    end = start + length
    grid = choose(kept_from, start, end, points)
    assert grid.first <= start
    assert grid.end >= end
    assert grid.steps <= points or grid.step >= length
    assert grid.first % grid.step == 0


@given(st.lists(st.integers(0, 60_000), min_size=1, max_size=60).map(sorted), st.integers(1, 7), st.integers(1, 59))
def test_slices_hold_each_sample_once_but_for_steps_that_had_none(times, step, cut):
    grid = Grid("1s", 0, step, 60 // step + 1)
    whole = slices(times, grid, [times[0]])
    parts = slices(times[:cut], grid, [times[0]])
    parts += [
        (at, first + cut, past + cut)
        for at, first, past in slices(times[cut:], grid, [times[0]], times[cut - 1] if times[cut:] else None)
    ]
    covered = defaultdict(set)
    for at, first, past in parts:
        covered[at].update(range(first, past))
    assert covered == {at: set(range(first, past)) for at, first, past in whole}
    own = {at: [i for i in held if times[i] // (1000 * step) == at] for at, held in covered.items()}
    for at, held in covered.items():
        assert len(held) == len(own[at]) or (not own[at] and len(held) == 1)
    assert all(a[0] < b[0] for a, b in pairwise(whole))
