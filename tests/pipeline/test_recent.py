"""The rings of the newest values."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuimon.model.families import Cpu, Disk
from tuimon.model.metric import SeriesKey
from tuimon.model.snapshot import Points, Snapshot, Window
from tuimon.pipeline.recent import Recent

BUSY = SeriesKey("cpu", "", "busy_percent")
SDA = SeriesKey("disk", "sda", "read_bytes_per_second")
SDB = SeriesKey("disk", "sdb", "read_bytes_per_second")
BEGUN = 1_800_000_000.25


def recent(capacity: int = 6, interval: float = 1.0, *keys: SeriesKey) -> Recent:
    made = Recent(capacity, interval)
    for key in keys or (BUSY,):
        made.follow(key)
    return made


def at(second: float, busy: float | None, *disks: Disk) -> Snapshot:
    return Snapshot(BEGUN + second, 1.0, cpu=Cpu(busy), disk=disks)


def window(start: float, step: float, *values: float | None, key: SeriesKey = BUSY) -> Window:
    times = tuple(start + step * i for i in range(len(values)))
    return Window(start, start + step * len(values), step, "1s", times, {key: Points(values, values, values)})


def test_values_come_newest_last_and_padded_to_the_length_asked_for():
    kept = recent()
    for second in range(3):
        kept.append(at(second, float(second)))
    assert kept.column(BUSY, 2) == [1, 2]
    assert kept.column(BUSY, 5) == [None, None, 0, 1, 2]
    assert kept.column(BUSY, 9) == [None] * 6 + [0, 1, 2]
    assert kept.column(SDA, 3) == [None] * 3


def test_the_ring_turns():
    kept = recent()
    for second in range(20):
        kept.append(at(second, float(second)))
    assert kept.column(BUSY, 6) == [14, 15, 16, 17, 18, 19]
    assert kept.column(BUSY, 4) == [16, 17, 18, 19]
    assert kept.column(BUSY, 8) == [None, None, 14, 15, 16, 17, 18, 19]


def test_a_gap_is_a_gap_as_long_as_it_lasted():
    kept = recent(8)
    for second in (0, 1, 4, 5):
        kept.append(at(second, 10.0 + second))
    assert kept.column(BUSY, 7) == [None, 10, 11, None, None, 14, 15]


def test_a_gap_longer_than_the_ring_leaves_nothing_of_before():
    kept = recent()
    for second in range(10):
        kept.append(at(second, 1.0))
    kept.append(at(36_000, 2.0))
    assert kept.column(BUSY, 6) == [None, None, None, None, None, 2]


def test_the_second_sample_of_the_first_pair_takes_the_place_of_the_first():
    kept = recent()
    kept.append(at(0, None))
    kept.append(at(0.15, 7.0))
    kept.append(at(1, 8.0))
    assert kept.column(BUSY, 3) == [None, 7, 8]


def test_a_clock_that_goes_back_goes_on_with_the_next_step():
    kept = recent()
    for second in (0, 1, 2, -1800, -1799):
        kept.append(at(second, float(second)))
    assert kept.column(BUSY, 6) == [None, 0, 1, 2, -1800, -1799]


def test_a_device_that_is_away_is_unknown_meanwhile():
    kept = recent(6, 1.0, SDA, SDB)
    kept.append(at(0, None, Disk("sda", 1.0), Disk("sdb", 2.0)))
    kept.append(at(1, None, Disk("sdb", 3.0)))
    kept.append(at(2, None, Disk("sda", 4.0), Disk("sdb", 5.0)))
    assert kept.column(SDA, 3) == [1, None, 4]
    assert kept.column(SDB, 3) == [2, 3, 5]


def test_a_device_that_is_away_leaves_nothing_of_the_turn_before():
    kept = recent(3, 1.0, SDA)
    for second in range(3):
        kept.append(at(second, None, Disk("sda", 1.0)))
    kept.append(at(3, None))
    assert kept.column(SDA, 3) == [1, 1, None]


def test_a_loop_that_drifts_against_the_wall_clock_has_neither_gaps_nor_lost_samples():
    kept = recent(4000)
    for index in range(4000):
        kept.append(at(index * 1.0005, float(index)))
    assert kept.column(BUSY, 4000) == list(range(4000))
    assert kept.steps == 3999


def test_a_series_followed_later_is_unknown_before_and_following_twice_forgets_nothing():
    kept = recent()
    kept.append(at(0, 1.0, Disk("sda", 1.0)))
    kept.follow(SDA)
    kept.append(at(1, 2.0, Disk("sda", 2.0)))
    kept.follow(BUSY)
    assert kept.column(BUSY, 2) == [1, 2]
    assert kept.column(SDA, 2) == [None, 2]


def test_a_chart_starts_filled_from_the_past_up_to_its_newest_sample():
    kept = recent()
    kept.append(at(0, None))
    kept.append(at(0.15, 50.0))
    kept.seed(window(BEGUN - 0.25 - 4, 1.0, 1.0, None, 3.0, 4.0, 99.0))
    assert kept.column(BUSY, 6) == [None, 1, None, 3, 4, 50]


def test_a_seed_before_the_first_sample_leaves_the_time_between_as_a_gap():
    kept = recent()
    kept.seed(window(BEGUN - 10.25, 1.0, 1.0, 2.0, 3.0))  # up to 7.25 s before
    assert kept.column(BUSY, 4) == [None, 1, 2, 3]
    kept.append(at(-4, 5.0))
    assert kept.column(BUSY, 6) == [2, 3, None, None, None, 5]


def test_a_coarser_window_fills_all_the_steps_that_it_covers():
    kept = recent()
    kept.append(at(0, 50.0))
    kept.seed(window(BEGUN - 6.25, 3.0, 1.0, 2.0))
    assert kept.column(BUSY, 6) == [1, 1, 2, 2, 2, 50]


def test_names_that_churn_for_ever_do_not_pile_up():
    kept = recent(5)
    for second in range(3000):
        key = SeriesKey("disk", f"loop{second}", "read_bytes_per_second")
        kept.follow(key)
        kept.append(at(second, 1.0, Disk(f"loop{second}", float(second))))
        assert kept.column(key, 1) == [second]
    assert len(kept._rings) <= 256 + 5
    assert kept.column(BUSY, 5) == [1.0] * 5
    assert kept.column(SeriesKey("disk", "loop2998", "read_bytes_per_second"), 3) == [None, 2998, None]


def test_an_empty_window_and_series_nobody_follows_change_nothing():
    kept = recent()
    kept.append(at(0, 50.0))
    kept.seed(window(BEGUN, 1.0))
    kept.seed(window(BEGUN - 3, 1.0, 9.0, 9.0, key=SDA))
    assert kept.column(BUSY, 2) == [None, 50]


@pytest.mark.parametrize("interval", [1.0, 5.0, 60.0])
@given(st.lists(st.floats(0, 0.3), min_size=2, max_size=100), st.floats(0, 1))
def test_lateness_of_the_loop_makes_no_false_gaps(interval: float, late: list[float], phase: float):
    kept = recent(200, interval)
    for index, share in enumerate(late):
        kept.append(at((index + phase + share) * interval, float(index)))
    assert kept.column(BUSY, len(late)) == list(range(len(late)))


@given(st.integers(1, 50), st.integers(0, 120), st.integers(0, 60))
def test_a_column_has_the_length_asked_for(capacity: int, samples: int, count: int):
    kept = recent(capacity)
    for index in range(samples):
        kept.append(at(index, float(index)))
    column = kept.column(BUSY, count)
    assert len(column) == count
    assert column == [float(i) if i >= 0 and samples - i <= capacity else None for i in range(samples - count, samples)]
