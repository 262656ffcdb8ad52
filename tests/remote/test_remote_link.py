"""A link that breaks: said, tried again, and caught up with; a server that was restarted meanwhile."""

from __future__ import annotations

import queue
from collections.abc import Callable, Iterator

import pytest
from far import FarServer, Relay
from terminals import eventually

from tuimon.history import open_archive
from tuimon.model.snapshot import Frame
from tuimon.sources.remote.address import address_of
from tuimon.sources.remote.patience import FIRST, LONGEST, Backoff
from tuimon.sources.remote.source import RemoteSource

INTERVAL = 0.1
PATIENCE = 40.0


@pytest.fixture
def history(tmp_path, own_home) -> str:
    del own_home
    return str(tmp_path / "far.db")


@pytest.fixture
def server(history) -> Iterator[FarServer]:
    one = FarServer(INTERVAL, history)
    yield one
    one.end()


@pytest.fixture
def relay(server) -> Iterator[Relay]:
    one = Relay(server.port)
    yield one
    one.close()


class Watched:
    """A source and all the frames that it published, in their order."""

    def __init__(self, url: str) -> None:
        self.source = RemoteSource(address_of(url), interval=INTERVAL)
        self.frames: list[Frame] = []
        self._news: queue.SimpleQueue[Frame] = queue.SimpleQueue()
        self.source.subscribe(self._take)
        self.source.start()

    def _take(self, frame: Frame) -> None:
        self.frames.append(frame)
        self._news.put(frame)

    def more(self, count: int = 5) -> None:
        for _ in range(count):
            self._news.get(timeout=PATIENCE)

    def until(self, seen: Callable[[], bool]) -> None:
        eventually(seen, PATIENCE, lambda: str(self.source.link))

    @property
    def times(self) -> list[float]:
        return [frame.snapshot.time for frame in self.frames]


@pytest.fixture
def watched(relay) -> Iterator[Watched]:
    one = Watched(relay.url)
    yield one
    one.source.stop()


def recorded(history: str, start: float, end: float) -> list[float]:
    """Return the moments that were recorded between two."""
    archive = open_archive(history)
    found, at = [], start
    while (after := archive.neighbours(at)[1]) is not None and after < end:
        found.append(after)
        at = after
    archive.close()
    return found


def test_a_link_that_was_cut_is_said_and_resumed_without_a_gap(server, relay, watched, history):
    watched.more(10)
    relay.cut()
    watched.until(lambda: watched.source.link.lost)
    assert "it is tried again until it answers" in watched.source.link.line
    before = watched.times[-1]
    tried = relay.connections
    eventually(lambda: _moved(history, before, 15), PATIENCE, lambda: "the other side records no more")
    relay.mend()
    watched.until(lambda: not watched.source.link.lost)
    watched.more(10)
    line = watched.source.link.line
    assert "answers again after" in line
    assert "read from its history" in line
    assert relay.connections == tried + 1
    watched.source.stop()
    server.end()
    times = [round(time, 3) for time in watched.times]
    assert times == sorted(set(times)), "in their order, and none twice"
    missed = recorded(history, before + 0.001, times[-3])
    assert len(missed) > 15
    assert [time for time in missed if round(time, 3) not in times] == []
    assert [frame.tick for frame in watched.frames] == list(range(1, len(times) + 1))


def _moved(history: str, since: float, count: int) -> bool:
    return len(recorded(history, since, since + 1e6)) >= count


def test_a_server_that_was_killed_and_comes_again_is_shown_again(server, relay, watched, history):
    watched.more(10)
    server.kill()
    watched.until(lambda: watched.source.link.lost)
    count = len(watched.frames)
    again = FarServer(INTERVAL, history)
    try:
        relay.target = again.port
        watched.until(lambda: not watched.source.link.lost)
        watched.more(20)
        times = watched.times
        assert times == sorted(times)
        assert len(watched.frames) > count + 10
        newest = watched.frames[-1]
        assert newest.snapshot.complete
        assert newest.snapshot.cpu.busy_percent is not None
        assert newest.recorder.by == "serve"
    finally:
        watched.source.stop()
        again.end()


def test_a_link_on_which_nothing_comes_any_more_is_given_up_and_begun_anew(relay, watched, monkeypatch):
    monkeypatch.setattr("tuimon.sources.remote.source.SILENCE", 1.0)
    watched.more(15)
    relay.fall_silent()
    watched.until(lambda: watched.source.link.lost)
    assert "it is silent" in watched.source.link.line
    relay.cut()
    relay.mend()
    watched.until(lambda: not watched.source.link.lost)
    watched.more(5)


def test_stopping_does_not_wait_for_a_link_that_is_lost(relay, watched):
    watched.more(2)
    relay.cut()
    watched.until(lambda: watched.source.link.lost)
    watched.source.stop()
    assert watched.source._thread is not None
    assert not watched.source._thread.is_alive()


def test_who_tries_again_waits_longer_each_time_and_never_longer_than_a_bound():
    longest = Backoff(max)
    waits = [longest.next() for _ in range(12)]
    assert waits[:3] == [FIRST, 2 * FIRST, 4 * FIRST]
    assert max(waits) == waits[-1] == LONGEST
    longest.reset()
    assert longest.next() == FIRST
    many = {Backoff().next() for _ in range(50)}
    assert len(many) > 10, "not all at once"
    assert all(FIRST / 2 <= one <= FIRST for one in many)
