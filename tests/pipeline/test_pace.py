"""When samples are due."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tuimon.pipeline.clock import Pace, SystemClock


@given(st.floats(1, 60), st.floats(0, 1e6), st.lists(st.floats(0, 200), max_size=50))
def test_samples_are_never_sooner_than_due_nor_later_than_they_must(interval: float, begun: float, takes: list[float]):
    now = begun
    pace = Pace.begin(now, interval, 0.15)
    for index, taken in enumerate(takes):
        due = pace.due
        now = max(now, due) + taken
        pace = pace.after(now)
        assert pace.due >= now
        step = (0.15, interval - 0.15)[index] if index < 2 else interval
        assert pace.due == max(due + step, now)


def test_an_interval_as_short_as_the_first_pair_has_no_first_pair():
    pace = Pace.begin(10.0, 0.1, 0.15)
    assert pace.after(10.0) == Pace(10.1, 0.1)


def test_the_system_clock_goes_on():
    clock = SystemClock()
    assert clock.monotonic() <= clock.monotonic()
    assert clock.now() > 1_700_000_000
