"""The past of another machine: the same answers as those of its file, and few questions over a long way."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
from far import FarServer, Relay
from hypothesis import given, settings
from hypothesis import strategies as st

from tuimon.cli import main
from tuimon.history import open_archive
from tuimon.model.metric import SeriesKey
from tuimon.model.snapshot import Event, Frame, Points, Snapshot
from tuimon.protocols import Archive
from tuimon.sources.remote.address import address_of
from tuimon.sources.remote.archive import RemoteArchive
from tuimon.sources.remote.chain import Block, Chain
from tuimon.sources.remote.faults import RemoteError
from tuimon.sources.remote.line import Line
from tuimon.sources.remote.reading import events_of
from tuimon.tui.past import charted
from tuimon.tui.travel.reader import PastReader
from tuimon.tui.travel.sight import Sight
from tuimon.tui.travel.traveller import Traveller

END = 1_795_176_000.0
START = END - 1200.0
TOKEN = "a-token-of-the-tests-0123456789"
ONE_WAY = 0.1
"""Seconds that a byte needs: 200 ms there and back."""


@pytest.fixture(scope="module")
def file(tmp_path_factory, own_home) -> str:
    del own_home
    path = str(tmp_path_factory.mktemp("far") / "far.db")
    assert main(["fill", "cpu-spike", "--span", "20 min", "--until", "2026-11-20T12:00:00Z", "--history", path]) == 0
    return path


@pytest.fixture(scope="module")
def server(file) -> Iterator[FarServer]:
    arguments = ("-m", "tuimon", "--serve", "--port", "0", "--simulate", "calm", "--no-record", "--history", file)
    one = FarServer(token=TOKEN, arguments=arguments)
    yield one
    one.end()


@pytest.fixture(scope="module")
def local(file) -> Iterator[Archive]:
    one = open_archive(file)
    yield one
    one.close()


@pytest.fixture(scope="module")
def remote(server) -> Iterator[RemoteArchive]:
    line = Line(address_of(server.url, token=TOKEN))
    one = RemoteArchive(line, lambda: END)
    yield one
    one.close()
    line.close()


@pytest.fixture
def far_away(server) -> Iterator[tuple[RemoteArchive, Relay]]:
    """Return the archive over a way of 200 ms there and back, and the relay that counts what is asked."""
    relay = Relay(server.port, ONE_WAY)
    line = Line(address_of(relay.url, token=TOKEN))
    one = RemoteArchive(line, lambda: END)
    yield one, relay
    one.close()
    line.close()
    relay.close()


MOMENTS = st.floats(START - 30, END + 30).map(lambda at: round(at, 3)) | st.integers(int(START), int(END)).map(float)
SERIES = (
    SeriesKey("cpu", "", "busy_percent"),
    SeriesKey("memory", "", "used_bytes"),
    SeriesKey("disk", "nvme0n1", "busy_percent"),
    SeriesKey("disk", "a, strange [one]", "busy_percent"),
)


@settings(max_examples=15)
@given(MOMENTS)
def test_a_moment_is_the_same_from_afar(local, remote, at):
    assert in_order(remote.frame(at)) == in_order(local.frame(at))
    assert remote.neighbours(at) == local.neighbours(at)


@settings(max_examples=40)
@given(st.integers(0, 1100), st.integers(1, 600), st.integers(1, 300))
def test_a_window_is_the_same_from_afar_whether_it_is_cut_out_of_a_wider_one_or_not(
    local, remote, first, length, points
):
    start, end = START + first, START + first + length
    there, here = (one.window(SERIES, start, end, points) for one in (remote, local))
    assert (there.start, there.end, there.step, there.tier, there.times) == (
        here.start,
        here.end,
        here.step,
        here.tier,
        here.times,
    )
    assert list(there.series) == list(here.series)
    for key in SERIES:
        assert same(there.series[key], here.series[key])


def same(there: Points, here: Points) -> bool:
    """Compare numbers as far as they are sent: four decimals."""
    columns = zip(
        (there.average, there.minimum, there.maximum), (here.average, here.minimum, here.maximum), strict=True
    )
    return all([*one] == pytest.approx([*other], abs=6e-5) for one, other in columns)


def in_order(frame: Frame | None) -> Frame | None:
    """Return a frame with its processes by pid: their order is nobody's promise."""
    if frame is None:
        return None
    return replace(frame, snapshot=replace(frame.snapshot, processes=tuple(sorted(frame.snapshot.processes))))


def test_all_else_is_the_same_from_afar(local, remote):
    span = START + 100, END - 50
    assert remote.spans() == tuple(sorted(local.spans(), key=lambda one: one.start))
    assert remote.keys(*span) == local.keys(*span)
    assert remote.events(START, END) == local.events(START, END)
    assert local.events(START, END)
    assert remote.usage(*span) == local.usage(*span)
    assert remote.lifetimes(*span) == local.lifetimes(*span)
    there, here = ([(table.time, sorted(table.processes)) for table in one.processes(*span)] for one in (remote, local))
    assert there == here
    assert len(here) > 100
    for process in local.frame(END - 300).snapshot.processes[:5]:
        asked = process.pid, process.started_at, *span
        assert remote.process(*asked) == local.process(*asked)
        assert local.process(*asked).rows
    assert remote.process(2**22, None, *span) is None
    for call in (remote.events, remote.usage, remote.keys, remote.lifetimes):
        assert call(END, START) == ()


# -- over a long way --------------------------------------------------------------------------------------------------


class Walk:
    """A traveller and its reader over an archive, as the dashboard has them."""

    def __init__(self, archive: Archive, newest: Frame) -> None:
        self.answers: list[object] = []
        self.reader = PastReader(lambda: archive, self.answers.append, ahead=False)
        self.traveller = Traveller(ask=self.reader.ask)
        self.traveller.follow(newest, tuple(charted(newest.snapshot)))

    def until_there(self) -> Sight:
        end = time.monotonic() + 20
        while self.traveller.waiting:
            assert time.monotonic() < end
            while self.answers:
                self.traveller.take(self.answers.pop(0))
            time.sleep(0.001)
        return self.traveller.sight

    def press(self, way: int) -> Sight:
        self.traveller.step(way)
        return self.until_there()


def settle(relay: Relay) -> int:
    """Wait until nothing is asked for any more; return how much was."""
    before, quiet = relay.asked, 0
    while quiet < 12:
        time.sleep(0.05)
        quiet = quiet + 1 if relay.asked == before else 0
        before = relay.asked
    return before


def test_sixty_steps_cost_few_requests_and_are_answered_from_memory(far_away, local):
    archive, relay = far_away
    walk = Walk(archive, local.frame(END - 1))
    walk.traveller.go(END - 400.0)
    walk.until_there()
    begun = settle(relay)
    assert begun <= 6, relay.requests
    seen = [walk.traveller.sight.time]
    for _ in range(60):
        before = relay.asked
        walk.traveller.step(-1)
        walk.until_there()
        seen.append(walk.traveller.sight.time)
        assert relay.asked - before <= 2, "a step waits for nothing: what is asked meanwhile is for later ones"
    assert seen == [END - 400.0 - step for step in range(61)]
    assert settle(relay) <= begun + 6, relay.requests
    for _ in range(60):
        walk.press(1)
    assert walk.traveller.sight.time == END - 400.0
    assert settle(relay) <= begun + 6, "the way back is known"
    assert in_order(walk.traveller.sight.frame) == in_order(local.frame(END - 400.0))
    walk.reader.close()


def test_a_step_does_not_wait_for_the_way_there_and_back(far_away, local):
    archive, relay = far_away
    walk = Walk(archive, local.frame(END - 1))
    walk.traveller.go(END - 500.0)
    walk.until_there()
    settle(relay)
    relay.one_way = 5.0  # from here on nobody may wait for an answer
    for way in (-1, -1, -1, 1, -1, -1):
        walk.press(way)
    walk.traveller.skip(-60)
    assert walk.until_there().time == END - 564.0
    relay.one_way = 0.0
    walk.reader.close()


def test_where_the_link_is_gone_the_reason_is_said_and_what_is_known_stays(far_away, local):
    archive, relay = far_away
    archive.frame(END - 500.0)
    settle(relay)
    relay.cut()
    assert in_order(archive.frame(END - 501.0)) == in_order(local.frame(END - 501.0))
    with pytest.raises(RemoteError, match="the connection broke off"):
        archive.frame(END - 1100.0)
    relay.mend()
    assert in_order(archive.frame(END - 1100.0)) == in_order(local.frame(END - 1100.0))


# -- the chain --------------------------------------------------------------------------------------------------------


def frames(*moments: float) -> list[Frame]:
    return [Frame(Snapshot(time=moment, elapsed=1.0)) for moment in moments]


def test_what_lies_between_two_known_moments_is_known_and_what_does_not_is_not():
    chain = Chain()
    chain.add(Block(12.0, 12.0, 9.0, 14.0, frames(10.0, 11.0, 12.0, 13.0)))
    assert chain.frame(11.5)[1].snapshot.time == 11.0
    assert chain.frame(13.5)[1].snapshot.time == 13.0
    assert chain.frame(14.0) == (False, None)
    assert chain.frame(9.5) == (False, None)
    assert chain.neighbours(10.0) == (True, (9.0, 11.0))
    assert chain.neighbours(10.5) == (True, (10.0, 11.0))
    assert chain.neighbours(14.0)[0] is False
    assert chain.ahead(11.0, -1, 50) == (1, 10.0)
    assert chain.ahead(11.0, 1, 50) == (2, 13.0)


def test_at_the_end_of_the_history_more_may_come_and_at_its_beginning_not():
    chain = Chain()
    chain.add(Block(12.0, 12.0, None, None, frames(11.0, 12.0)))
    assert chain.frame(12.0)[0]
    assert chain.frame(12.4)[0] is False
    assert chain.neighbours(12.0)[0] is False
    assert chain.neighbours(11.0) == (True, (None, 12.0))
    assert chain.ahead(12.0, -1, 50) == (1, None)


def test_a_moment_in_a_gap_is_answered_only_where_it_was_asked_for():
    chain = Chain()
    chain.add(Block(100.0, None, 10.0, 200.0, []))
    assert chain.frame(100.0) == (True, None)
    assert chain.frame(101.0) == (False, None)


def test_only_so_many_frames_are_kept():
    chain = Chain(most=50)
    for first in range(0, 200, 10):
        moments = [float(first + more) for more in range(10)]
        chain.add(Block(moments[0], moments[0], first - 1.0, first + 10.0, frames(*moments)))
    assert len(chain) == 50
    assert chain.frame(199.0)[0]
    assert chain.frame(0.0)[0] is False


def test_events_of_a_kind_that_is_not_known_are_left_out():
    known = {"time": 1.0, "kind": "boot", "text": "x", "alert": None, "more": 1}
    assert events_of({"events": [known, known | {"kind": "eclipse"}]}) == (Event(1.0, "boot", "x"),)


# -- coarse tiers -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def old(tmp_path_factory, own_home) -> Iterator[tuple[Archive, RemoteArchive, Line]]:
    """Return three hours of which only the last minutes have samples: their file, and the same from afar."""
    del own_home
    folder = tmp_path_factory.mktemp("old")
    path, config = str(folder / "old.db"), folder / "config.yaml"
    config.write_text("history:\n  retention:\n    samples: 10 min\n")
    words = ("fill", "calm", "--span", "3 h", "--interval", "15", "--until", "2026-11-20T12:00:00Z", "--history", path)
    assert main([*words, "--config", str(config)]) == 0
    arguments = ("-m", "tuimon", "--serve", "--port", "0", "--simulate", "calm", "--no-record", "--history", path)
    server = FarServer(token=TOKEN, arguments=arguments)
    line, here = Line(address_of(server.url, token=TOKEN)), open_archive(path)
    there = RemoteArchive(line, lambda: END)
    yield here, there, line
    there.close()
    here.close()
    line.close()
    server.end()


def test_steps_through_a_coarse_tier_are_the_same_from_afar_and_cost_few_questions(old):
    here, there, line = old
    newest = here.frame(END - 1)
    walks = [Walk(one, newest) for one in (here, there)]
    for walk in walks:
        walk.traveller.go(END - 4500.0)
    for count in range(40):
        sights = [walk.press(-1) for walk in walks]
        assert sights[0].time == sights[1].time
        assert in_order(sights[0].frame) == in_order(sights[1].frame)
        assert (sights[0].before, sights[0].after) == (sights[1].before, sights[1].after)
        windows = [sight.window for sight in sights]
        assert windows[0].times == windows[1].times, count
        for key in windows[0].series:
            assert same(windows[1].series[key], windows[0].series[key]), (count, key)
    assert windows[0].step >= 60, "or it would be no coarse tier"
    assert line.asked <= 12
    for walk in walks:
        walk.reader.close()
