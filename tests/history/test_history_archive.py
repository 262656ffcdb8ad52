"""The contract of an Archive. Whatever answers for the past is given the same frames and passes the same tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from far import FarServer
from recorded import BUSY, HOST, SDA, T0, USED, frame, process

from tuimon.history import open_archive, open_history
from tuimon.model import families as f
from tuimon.model.metric import SeriesKey
from tuimon.model.snapshot import Alert, Event
from tuimon.protocols import Archive
from tuimon.sources.remote.address import address_of
from tuimon.sources.remote.archive import RemoteArchive
from tuimon.sources.remote.line import Line

ALERT = Alert("cpu", "warning", BUSY, 90.0, 80.0, ">", T0 + 20.0, T0 + 30.0, "CPU high")
TOKEN = "a-token-of-the-tests-0123456789"
PAUSE = 120  # after the first 100 samples
LENGTH = 100


def happened():
    """A machine of 100 s, a gap, 100 s more: an alert, a disk that is pulled out, a process that ends."""
    frames = []
    for second in range(LENGTH):
        processes = [
            process(1, ppid=0, cpu_seconds=1.0),
            process(10, cpu_seconds=second * 0.5, rss_bytes=1 << (20 + second // 50)),
        ]
        if 40 <= second < 60:
            processes.append(process(11, ppid=10, cpu_seconds=(second - 40) * 0.9, state="R", cpu_percent=90.0))
        events = []
        if second == 30:
            events.append(Event(T0 + 30.0, "alert_raised", "CPU above 80 %", ALERT))
        if second == 50:
            events.append(Event(T0 + 50.0, "alert_cleared", "CPU fine", ALERT))
        frames.append(
            frame(
                T0 + second,
                90.0 if 20 <= second < 50 else 10.0,
                {"sda": 1.0, "sdb": 2.0} if second < 80 else {"sda": 1.0},
                processes=tuple(processes),
                alerts=(ALERT,) if 30 <= second < 50 else (),
                events=tuple(events),
                filesystem=(f.Filesystem("/", used_percent=41.5, used_bytes=4096, fstype="ext4", block_device="sda1"),),
            )
        )
    frames += [frame(T0 + LENGTH + PAUSE + second, 30.0) for second in range(LENGTH)]
    return frames


@pytest.fixture(scope="module", params=["committed", "with the writer's memory", "sealed", "remote"])
def archive(request, tmp_path_factory) -> Iterator[Archive]:
    path = str(tmp_path_factory.mktemp("archive") / "h.db")
    history = open_history(path, commit_every=1e9 if "memory" in request.param else 5.0)
    for one in happened():
        history.write(one)
    if request.param == "sealed":
        end = T0 + 1300.0
        for second in range(1300):
            history.write(frame(end + second, None, {}))
        history.flush(end + 1360)
        assert history._db.execute("SELECT count(*) FROM batch").fetchone()[0] >= 1
        assert history._db.execute("SELECT count(*) FROM process_block WHERE level = 5").fetchone()[0] >= 1
    held: Callable[[], Archive] = lambda: open_archive(path, history)  # noqa: E731  one line is all it is
    if "memory" not in request.param:
        history.close()
        held = lambda: open_archive(path)  # noqa: E731  as above
    server = None
    if request.param == "remote":
        server = FarServer(token=TOKEN, arguments=("-m", "tuimon", "--serve", "--port", "0", "--simulate", "calm", "--no-record",
                                                   "--history", path))  # fmt: skip
        line = Line(address_of(server.url, token=TOKEN))
        held = lambda: RemoteArchive(line)  # noqa: E731  as above
    found = held()
    yield found
    found.close()
    found.close()
    history.close()
    if server is not None:
        line.close()
        server.end()


def test_the_tables_of_a_span_are_those_of_its_frames(archive):
    tables = list(archive.processes(T0 - 10, T0 + LENGTH + 10))
    assert [table.time for table in tables] == [T0 + second for second in range(0, LENGTH, 5)]
    for table in tables:
        frame_then = archive.frame(table.time)
        assert frame_then is not None
        assert table.processes == frame_then.snapshot.processes
    assert [one.pid for one in tables[9].processes] == [1, 10, 11]


def test_a_span_of_tables_has_its_start_and_not_its_end(archive):
    assert [table.time - T0 for table in archive.processes(T0 + 10, T0 + 20)] == [10, 15]
    assert [table.time - T0 for table in archive.processes(T0 + 10.1, T0 + 20.1)] == [15, 20]
    assert list(archive.processes(T0 + LENGTH, T0 + LENGTH + PAUSE)) == []
    assert list(archive.processes(T0 + 20, T0 + 10)) == []


def test_it_is_an_archive(archive):
    assert isinstance(archive, Archive)


def test_a_window_has_equal_steps_and_gaps_are_none(archive):
    window = archive.window([BUSY, SDA], T0, T0 + 2 * LENGTH + PAUSE, 320)
    assert window.step == 1
    assert len(window.times) == 320
    assert window.times[0] == T0
    busy = window.series[BUSY].average
    assert busy[:20] == (10.0,) * 20
    assert busy[20:50] == (90.0,) * 30
    assert busy[LENGTH : LENGTH + PAUSE] == (None,) * PAUSE
    assert busy[-LENGTH:] == (30.0,) * LENGTH
    assert window.series[BUSY].minimum == window.series[BUSY].maximum == busy


def test_a_coarser_window_keeps_spikes(archive):
    window = archive.window([BUSY], T0, T0 + 100, 2)
    points = window.series[BUSY]
    assert window.step >= 50
    assert points.maximum[0] == 90.0
    assert points.minimum[0] == 10.0
    assert len(points.average) == len(window.times)


def test_a_series_that_never_was_is_none_all_along(archive):
    never = SeriesKey("disk", "nvme9", "busy_percent")
    window = archive.window([never, BUSY], T0, T0 + 100, 100)
    assert set(window.series[never].average) == {None}
    assert None not in window.series[BUSY].average


def test_a_window_outside_of_what_is_recorded_is_empty(archive):
    window = archive.window([BUSY], T0 - 10_000, T0 - 9_000, 50)
    assert set(window.series[BUSY].average) == {None}
    assert archive.frame(T0 - 10_000) is None


@pytest.mark.parametrize("second", [0, 25, 45.4, 79, 99])
def test_a_frame_is_what_was_recorded_of_that_moment(archive, second):
    found = archive.frame(T0 + second)
    want = happened()[int(second)].snapshot
    assert found.snapshot.time == want.time
    assert found.snapshot.host == HOST
    assert found.snapshot.cpu.busy_percent == want.cpu.busy_percent
    assert found.snapshot.cpu.cores == HOST.cores
    assert found.snapshot.memory == want.memory
    assert found.snapshot.disk == want.disk
    assert found.snapshot.filesystem[0].fstype == "ext4"
    assert found.snapshot.filesystem[0].used_percent == 41.5
    assert found.snapshot.pressure is None
    assert not found.snapshot.complete


def test_a_frame_has_the_processes_of_its_moment(archive):
    names = {one.name: one for one in archive.frame(T0 + 52).snapshot.processes}
    assert set(names) == {"p1", "p10", "p11"}
    assert names["p11"].ppid == 10
    assert names["p11"].state == "R"
    assert names["p10"].command == "/bin/p10 --run"
    assert names["p10"].rss_bytes == 2 << 20
    assert names["p10"].write_bytes_per_second == 2560.0
    assert names["p10"].read_bytes_per_second is None
    assert names["p10"].started_at == 1010.0
    assert {one.name for one in archive.frame(T0 + 70).snapshot.processes} == {"p1", "p10"}


def test_alerts_are_read_as_they_fired(archive):
    assert archive.frame(T0 + 29).alerts == ()
    (alert,) = archive.frame(T0 + 30).alerts
    assert alert == ALERT
    assert len(archive.frame(T0 + 49).alerts) == 1
    assert archive.frame(T0 + 50).alerts == ()


def test_events_are_oldest_first_and_carry_their_alert(archive):
    kinds = [(event.time, event.kind) for event in archive.events(T0, T0 + 1000)]
    assert kinds == [(T0 + 30.0, "alert_raised"), (T0 + 50.0, "alert_cleared")]
    assert [event.alert for event in archive.events(T0, T0 + 1000)] == [ALERT, ALERT]
    assert archive.events(T0 + 31, T0 + 50) == ()
    assert [event.kind for event in archive.frame(T0 + 30).events] == ["alert_raised"]
    assert archive.frame(T0 + 31).events == ()


def test_in_a_gap_the_newest_frame_answers_for_a_moment_only(archive):
    assert archive.frame(T0 + LENGTH + 2).snapshot.time == T0 + LENGTH - 1
    assert archive.frame(T0 + LENGTH + PAUSE - 1) is None


def test_spans_leave_the_gap_out(archive):
    spans = [(span.start, span.end) for span in archive.spans() if span.end < T0 + 600]
    assert spans == [(T0, T0 + LENGTH - 1), (T0 + LENGTH + PAUSE, T0 + 2 * LENGTH + PAUSE - 1)]
    assert {span.tier for span in archive.spans()} == {"1s"}


def test_keys_are_those_of_the_span(archive):
    keys = archive.keys(T0, T0 + 100)
    assert {BUSY, USED, SDA, SDA._replace(device="sdb")} <= set(keys)
    later = archive.keys(T0 + LENGTH + PAUSE, T0 + 2 * LENGTH + PAUSE)
    assert BUSY in later
    assert SDA._replace(device="sdb") not in later
    assert archive.keys(T0 - 10_000, T0 - 9_000) == ()
    assert len(set(keys)) == len(keys)


def test_usage_names_who_used_the_span_the_biggest_first(archive):
    used = archive.usage(T0, T0 + 100)
    assert [one.name for one in used] == ["p10", "p11", "p1"]
    assert used[0].cpu_seconds == pytest.approx(47.5, abs=0.6)  # rows at 0, 5, ... 95
    assert used[1].cpu_seconds == pytest.approx(13.5, abs=0.6)
    assert used[0].share_percent == pytest.approx(100 * used[0].cpu_seconds / (4 * 100), rel=0.01)
    assert used[0].rss_growth_bytes == 1 << 20
    assert used[0].rss_peak_bytes == 2 << 20
    assert used[0].write_bytes == pytest.approx(2560.0 * 95, rel=0.06)
    assert archive.usage(T0 - 10_000, T0 - 9_000) == ()
