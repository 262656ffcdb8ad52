"""What becomes of a history: the arithmetic holds for any, and the forecast comes true for one that is recorded."""

from __future__ import annotations

import itertools
import math
import os
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from recorded import T0, frame, process, record

from tuimon.history import Retention, describe, open_archive, open_history, parts
from tuimon.history.outlook import NAMES, PAYERS, Part, look_ahead

HOUR = 3600
KEPT = Retention(samples=6 * HOUR, minutes=12 * HOUR, five_minutes=24 * HOUR, hours=48 * HOUR)


@st.composite
def histories(draw):
    """Parts that were recorded together: each reaches back as far as what was recorded, or as it is kept."""
    recorded = draw(st.floats(600, 1e7))
    found = []
    for name in (*PAYERS, *NAMES):
        kept = draw(st.floats(600, 1e8))
        seconds = min(recorded, kept)
        rate = draw(st.just(0.0) | st.floats(0.01, 1000))
        found.append(Part(name, 1, int(rate * seconds), 1.0, seconds, kept, rate))
    return (*found, Part("rest", 0, draw(st.integers(0, 10**6))))


@given(histories(), st.floats(0, 1e8), st.floats(0, 1e8))
def test_no_part_ever_takes_less_for_longer_or_more_than_when_full(found, one, other):
    for part in found:
        assert part.after(min(one, other)) <= part.after(max(one, other)) <= part.full * (1 + 1e-9) + 1
        assert part.after(0) == part.bytes


@given(histories(), st.integers(0, 10**10))
def test_the_cap_is_met_when_the_parts_fill_it_and_never_if_they_do_not(found, room):
    used = sum(part.bytes for part in found)
    outlook = look_ahead(found, used, used + room)
    full = sum(part.full for part in found)
    if outlook.reached_in is None:
        assert full <= used + room * (1 + 1e-6) + 1
    else:
        assert sum(part.after(outlook.reached_in) for part in found) == pytest.approx(used + room, rel=1e-6, abs=10)
        assert outlook.reached_in <= outlook.full_in + 1


@given(histories(), st.integers(0, 10**10))
def test_what_the_cap_leaves_fits_and_coarser_parts_pay_only_when_finer_ones_have_nothing_left(found, limit):
    outlook = look_ahead(found, sum(part.bytes for part in found), limit)
    by_name = {part.name: part for part in found}
    total = sum(
        part.full - part.rate * (part.kept - outlook.left.get(part.name, part.kept)) for part in found if part.rate
    )
    total += sum(part.full for part in found if not part.rate)
    emptied = all(outlook.left.get(name, 0) <= 1e-6 for name in PAYERS if by_name[name].rate)
    assert emptied or total <= limit * (1 + 1e-6) + 10
    paying = [outlook.left.get(name, math.inf) for name in PAYERS if by_name[name].rate]
    for finer, coarser in itertools.pairwise(paying):
        assert coarser == math.inf or finer <= 1e-6


def test_what_grows_no_more_has_no_growth():
    outlook = look_ahead((Part("samples", 10, 1000, 1.0, 100.0, 100.0, 10.0),), 1000, 10_000)
    assert (outlook.bytes_per_day, outlook.full_in, outlook.reached_in, outlook.left) == (0, 0, None, {})


def noisy(seconds, step=10):
    """A machine with much to record."""
    noise = random.Random(1)
    for at in range(0, seconds, step):
        disks = {f"sd{number}": noise.uniform(0, 100) for number in range(30)}
        seen = tuple(process(pid, cpu_seconds=at * noise.random()) for pid in range(10, 20))
        yield frame(T0 + at, noise.uniform(0, 100), disks, elapsed=float(step), processes=seen)


def test_the_forecast_of_the_first_hour_comes_true(tmp_path):
    path = str(tmp_path / "h.db")
    cap = 2 << 20
    history = open_history(path, size_cap=cap, interval=10.0, retention=KEPT)
    foretold = 0.0
    for one in noisy(9 * HOUR):
        history.write(one)
        at = one.snapshot.time - T0
        if at == HOUR:
            outlook = describe(path, KEPT, cap).outlook
            foretold = at + outlook.reached_in
        if foretold and at % 600 == 0 and describe(path, KEPT, cap).outlook.reached_in == 0:
            break
    history.close()
    assert at == pytest.approx(foretold, rel=0.2)
    assert outlook.left["samples"] < 1e-6
    assert "1h" not in outlook.left


def test_a_description_says_what_there_is(tmp_path):
    path = str(tmp_path / "h.db")
    times = [*range(T0, T0 + 1300), *range(T0 + 2000, T0 + 2700), *range(T0 + 5000, T0 + 5100)]
    record(path, [frame(time, time % 90, processes=(process(),)) for time in times], machine_id="abc")
    found = describe(path)
    assert found.machine_id == "abc"
    assert found.host == "web1"
    assert [(gap.start - T0, gap.end - T0) for gap in found.gaps] == [(1299, 2000), (2699, 5000)]
    assert found.seconds == 1299 + 699 + 99
    assert found.steps_back == 0
    assert found.recorder is None
    by_name = {part.name: part for part in found.parts}
    assert by_name["samples"].rows == len(times)
    assert by_name["samples"].since == T0
    assert by_name["samples"].seconds == found.seconds
    assert by_name["1m"].kept == 7 * 86400
    assert by_name["processes"].rows == len({time // 5 for time in times})
    assert 0 < found.bytes_per_value < 8
    assert sum(part.bytes for part in found.parts) <= found.bytes
    history = open_history(path, by="record")
    assert describe(path).recorder.pid == os.getpid()
    assert describe(path).recorder.by == "record"
    history.close()


def test_a_clock_that_went_back_makes_no_gap_of_what_was_recorded(tmp_path):
    path = str(tmp_path / "h.db")
    record(path, [frame(time) for time in [*range(T0, T0 + 100), *range(T0 + 50, T0 + 200)]])
    found = describe(path)
    assert found.gaps == ()
    assert found.steps_back == 1


def test_an_empty_history_has_a_description(tmp_path):
    path = str(tmp_path / "h.db")
    open_history(path).close()
    found = describe(path)
    assert (found.spans, found.gaps, found.outlook, found.seconds) == ((), (), None, 0)
    archive = open_archive(path)
    assert archive.spans() == ()
    archive.close()


def test_without_dbstat_sizes_are_estimated(tmp_path, monkeypatch):
    path = str(tmp_path / "h.db")
    record(path, noisy(HOUR), interval=10.0)
    known = {part.name: part for part in describe(path).parts}
    monkeypatch.setattr(parts, "_pages", lambda _: {})
    guessed = {part.name: part for part in describe(path).parts}
    for name in ("samples", "1m", "processes"):
        assert guessed[name].bytes == pytest.approx(known[name].bytes, rel=0.35), name
    assert describe(path).outlook.full_bytes > 0
