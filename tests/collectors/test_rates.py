from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from tuimon.collectors.rates import increase, rate, ratio, share
from tuimon.collectors.tick import Every, Parts, Tick, Ticker

TOTALS = st.integers(0, 2**64)
SECONDS = st.floats(0.05, 3600)


@given(TOTALS, st.integers(0, 2**40), SECONDS)
def test_a_rate_is_what_was_added_by_the_second(before, grown, elapsed):
    found = rate(before + grown, before, elapsed)
    assert found is not None
    assert math.isclose(found * elapsed, grown, rel_tol=1e-9, abs_tol=1e-9)


@given(TOTALS, st.integers(1, 2**64), SECONDS)
def test_a_counter_that_went_back_has_no_rate(now, lost, elapsed):
    assert rate(now, now + lost, elapsed) is None
    assert increase(now, now + lost) is None
    assert share(now, now + lost, elapsed) is None


@given(st.integers(0, 1000), st.integers(0, 1000), SECONDS)
def test_a_wrap_at_32_bits_has_no_rate(to_go, beyond, elapsed):
    before = 2**32 - 1 - to_go
    assert rate((before + to_go + 1 + beyond) % 2**32, before, elapsed) is None


@given(st.none() | TOTALS, st.none() | TOTALS, st.none() | st.floats(-10, 10))
def test_rates_are_unknown_or_finite_and_not_negative(now, before, elapsed):
    found = rate(now, before, elapsed)
    if now is None or before is None or not elapsed or elapsed <= 0:
        assert found is None
    else:
        assert found is None or found >= 0


@given(TOTALS, TOTALS, SECONDS)
def test_shares_stay_within_their_limit(now, before, elapsed):
    found = share(now, before, elapsed)
    assert found is None or 0 <= found <= 100


def test_a_ratio_of_nothing_is_unknown():
    assert ratio(1, 0) is None
    assert ratio(None, 5) is None
    assert ratio(1, 4) == 25


def ticker(readings, gap=8.0):
    source = iter(readings)
    return Ticker(gap, lambda: next(source))


def test_the_first_tick_has_no_elapsed_time_and_the_second_the_exact_one():
    made = ticker([(1000.0, 50.0, 0.0), (1000.2, 50.15, 0.0)])
    assert made.next().elapsed is None
    assert made.next().elapsed == 50.15 - 50.0


def test_after_a_gap_the_elapsed_time_is_unknown_once():
    made = ticker([(0, 10.0, 0), (9, 19.0, 0), (10, 20.0, 0)])
    assert [made.next().elapsed for _ in range(3)] == [None, None, 1.0]


def test_after_a_suspend_the_elapsed_time_is_unknown_once():
    made = ticker([(0, 10.0, 0.0), (3601, 11.0, 3600.0), (3602, 12.0, 3600.0)])
    assert [made.next().elapsed for _ in range(3)] == [None, None, 1.0]


def test_a_step_of_the_wall_clock_changes_the_time_and_nothing_else():
    made = ticker([(5000.0, 10.0, 0.0), (1400.0, 11.0, 0.0), (9000.0, 12.0, 0.0)])
    ticks = [made.next() for _ in range(3)]
    assert [tick.time for tick in ticks] == [5000.0, 1400.0, 9000.0]
    assert [tick.elapsed for tick in ticks] == [None, 1.0, 1.0]


def test_a_slow_part_is_due_at_once_and_then_at_its_own_pace():
    every = Every(5)
    due = [every.due(Tick(0, second + 0.003 * second, 1.0)) for second in range(100, 121)]
    assert due[0]
    assert 4 <= sum(due) <= 5
    assert Every(5, first=200).due(Tick(0, 100, None)) is False


def test_a_part_that_raises_is_a_fault_since_then_said_once_and_forgotten_when_it_works(caplog):
    caplog.set_level("INFO", "tuimon.collectors")
    parts = Parts(limit=1.0)
    broken = True

    def part(_tick):
        if broken:
            raise OSError(5, "Input/output error", "/proc/x\x1b[2J")
        return 42

    for second in range(3):
        assert parts.run("disk", Tick(1000.0 + second, second, 1.0), part, ()) == ()
    (fault,) = parts.faults()
    assert (fault.collector, fault.since) == ("disk", 1000.0)
    assert "Input/output error" in fault.message
    assert "\x1b" not in fault.message
    assert len(caplog.records) == 1
    broken = False
    assert parts.run("disk", Tick(1003.0, 3, 1.0), part, ()) == 42
    assert parts.faults() == ()
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]


def test_a_part_that_takes_too_long_is_a_fault_and_its_value_counts():
    parts = Parts(limit=-1.0)
    assert parts.run("sensor", Tick(1.0, 1, 1.0), lambda _tick: "late", "") == "late"
    assert parts.faults()[0].collector == "sensor"
