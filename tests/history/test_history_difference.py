"""What was different between two moments, and which processes came and went, from a recorded history."""

from __future__ import annotations

import pytest
from recorded import BUSY, T0, frame, process, record

from tuimon.history import open_archive, open_history
from tuimon.pipeline.differing import difference

LENGTH = 3600


def happened():
    """An hour: CPU swings between 10 and 14 %, and is at 90 % from minute 50 on; one process ends, one begins, one grows."""
    for second in range(LENGTH):
        processes = [
            process(1, ppid=0),
            process(50, rss_bytes=(1 << 20) * (1 + second // 60), cpu_seconds=second * 0.2),
        ]
        if second < 1800:
            processes.append(process(60, cpu_seconds=second * 0.1))
        if second >= 2400:
            processes.append(process(70, cpu_seconds=second * 0.3, cpu_percent=80.0))
        if 2000 <= second < 2010:
            processes.append(process(80))
        busy = 90.0 if second >= 3000 else 10.0 + 4 * (second // 60 % 2)
        yield frame(T0 + second, busy, {"sda": float(second % 7)}, processes=tuple(processes))


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    path = str(tmp_path_factory.mktemp("difference") / "h.db")
    record(path, list(happened()))
    found = open_archive(path)
    yield found
    found.close()


def test_an_unusual_change_is_first_and_weighed_against_the_usual_ones(archive):
    found = difference(archive, T0 + 600, T0 + 3300)
    first = found.changes[0]
    assert first.key == BUSY
    assert first.before == pytest.approx(12, abs=1)
    assert first.after == pytest.approx(90, abs=1)
    assert found.reference is not None


def test_the_order_of_the_two_moments_does_not_matter(archive):
    assert difference(archive, T0 + 600, T0 + 3300) == difference(archive, T0 + 3300, T0 + 600)


def test_an_ordinary_change_is_ordinary(archive):
    found = difference(archive, T0 + 630, T0 + 690)
    change = next((change for change in found.changes if change.key == BUSY), None)
    assert change is not None
    assert change.unusual_percent is not None
    assert change.unusual_percent < 90


def test_processes_that_came_went_and_grew(archive):
    found = difference(archive, T0 + 600, T0 + 3300)
    assert [life.pid for life in found.appeared] == [70]
    assert [life.pid for life in found.vanished] == [60]
    assert found.grown[0].pid == 50
    assert found.grown[0].rss_growth_bytes == pytest.approx(45 << 20, rel=0.05)


def test_who_came_and_went_between_is_in_the_lifetimes(archive):
    between = archive.lifetimes(T0 + 1990, T0 + 2020)
    assert [life.pid for life in between] == [80]
    assert between[0].ended_at == pytest.approx(T0 + 2009)


def test_two_moments_that_are_one_differ_in_nothing(archive):
    found = difference(archive, T0 + 600, T0 + 600)
    assert found.changes == ()
    assert found.appeared == found.vanished == ()


def test_what_was_not_recorded_is_left_out(tmp_path):
    path = str(tmp_path / "h.db")
    record(path, [frame(T0 + second) for second in range(60)])
    archive = open_archive(path)
    found = difference(archive, T0 - 5000, T0 + 30)
    assert found.changes == ()
    assert found.grown == ()
    archive.close()


def test_a_process_that_is_not_in_the_file_yet_is_known(tmp_path):
    path = str(tmp_path / "h.db")
    history = open_history(path, commit_every=1e9)
    for second in range(20):
        late = (process(99, started_at=T0 + 10.0),) if second >= 10 else ()
        history.write(frame(T0 + second, processes=(process(1, ppid=0), *late)))
    archive = open_archive(path, history)
    assert [life.pid for life in archive.lifetimes(T0 + 5, T0 + 19)] == [99]
    archive.close()
    history.close()
