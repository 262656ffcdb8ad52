"""What every Source promises, whatever machine is behind it."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from far import FarServer

from tuimon.collectors import open_collector
from tuimon.collectors.simulated import open_simulated
from tuimon.model.snapshot import Frame, Snapshot
from tuimon.pipeline.loop import Pipeline
from tuimon.protocols import Ability, Source
from tuimon.sources.live import LiveSource
from tuimon.sources.remote.address import address_of
from tuimon.sources.remote.source import RemoteSource

PATIENCE = 30.0
"""Seconds after which a frame that does not come is a failure, on however busy a machine."""
PATIENT: Any = {"interval": PATIENCE, "cadences": {"io": 5 * PATIENCE, "idle": 20 * PATIENCE}}
"""A part of a sample may take as long as the interval of its collector; processes are read in turns as at a second."""


def simulated() -> Source:
    return LiveSource(Pipeline(open_simulated("calm", 1, interval=0.02), interval=0.02))


def live() -> Source:
    return LiveSource(Pipeline(open_collector(**PATIENT), interval=0.1), frozenset({Ability.SIGNAL}))


def live_and_portable() -> Source:
    return LiveSource(Pipeline(open_collector(portable=True, **PATIENT), interval=0.1))


SAMPLERS: dict[str, Callable[[], Source]] = {
    "simulated": simulated,
    "live": live,
    "live and portable": live_and_portable,
}
"""Those that take the samples themselves, from their start on."""


@pytest.fixture(scope="module")
def server() -> Iterator[FarServer]:
    one = FarServer(0.1)
    yield one
    one.end()


@pytest.fixture(params=[*SAMPLERS, "remote"])
def source(request: pytest.FixtureRequest) -> Iterator[Source]:
    if request.param == "remote":
        made: Source = RemoteSource(address_of(request.getfixturevalue("server").url), interval=0.1)
    else:
        made = SAMPLERS[request.param]()
    yield made
    made.stop()


class Seen:
    """A subscriber that keeps what it is given, and in which thread."""

    def __init__(self, source: Source) -> None:
        self.threads: set[int] = set()
        self._frames: queue.SimpleQueue[Frame] = queue.SimpleQueue()
        self.unsubscribe = source.subscribe(self)

    def __call__(self, frame: Frame) -> None:
        self.threads.add(threading.get_ident())
        self._frames.put(frame)

    def next(self, count: int) -> list[Frame]:
        return [self._frames.get(timeout=PATIENCE) for _ in range(count)]

    def waiting(self) -> int:
        return self._frames.qsize()


def test_before_the_start_there_is_no_frame(source: Source):
    seen = Seen(source)
    assert source.newest() is None
    assert seen.waiting() == 0


def test_frames_are_counted_without_a_hole_and_time_goes_on(source: Source):
    seen = Seen(source)
    source.start()
    frames = seen.next(5)
    assert [frame.tick for frame in frames] == list(range(frames[0].tick, frames[0].tick + 5))
    times = [frame.snapshot.time for frame in frames]
    assert times == sorted(times)
    assert len(set(times)) == 5


@pytest.mark.parametrize("source", SAMPLERS, indirect=True)
def test_the_first_sample_of_all_has_no_other_before_it(source: Source):
    seen = Seen(source)
    source.start()
    assert seen.next(1)[0].snapshot.elapsed is None


def test_a_sample_without_one_before_it_knows_no_rates_and_the_second_does(source: Source):
    seen = Seen(source)
    source.start()
    first, second = (frame.snapshot for frame in seen.next(2))
    if first.elapsed is None:
        know_no_rates(first)
    assert second.elapsed is not None
    assert second.cpu.busy_percent is not None


def know_no_rates(first: Snapshot) -> None:
    assert first.cpu.busy_percent is None
    assert all(disk.read_bytes_per_second is None for disk in first.disk)
    assert all(link.receive_bytes_per_second is None for link in first.network)
    assert all(process.cpu_percent is None for process in first.processes)


def test_a_frame_shows_a_machine(source: Source):
    seen = Seen(source)
    source.start()
    snapshot = seen.next(1)[0].snapshot
    assert snapshot.host.name
    assert snapshot.host.cores >= 1
    assert snapshot.memory.total_bytes
    assert snapshot.processes
    assert len({process.identity for process in snapshot.processes}) == len(snapshot.processes)


def test_each_subscriber_is_given_the_same_frames_in_the_sources_own_thread(source: Source):
    one, other = Seen(source), Seen(source)
    source.start()
    mine, theirs = one.next(3), other.next(3)
    assert all(frame is same for frame, same in zip(mine, theirs, strict=True))
    assert one.threads == other.threads
    assert one.threads.isdisjoint({threading.get_ident()})


def test_newest_is_at_least_as_new_as_what_was_seen(source: Source):
    seen = Seen(source)
    source.start()
    frame = seen.next(2)[-1]
    newest = source.newest()
    assert newest is not None
    assert newest.tick >= frame.tick


def test_who_unsubscribes_is_given_no_more(source: Source):
    leaver, stayer = Seen(source), Seen(source)
    source.start()
    leaver.next(1)
    leaver.unsubscribe()
    leaver.unsubscribe()
    stayer.next(stayer.waiting() + 1)
    before = leaver.waiting()
    stayer.next(3)
    assert leaver.waiting() == before


def test_a_subscriber_that_fails_does_not_disturb_the_others(source: Source):
    def broken(_: Frame) -> None:
        raise ValueError("broken screen")

    source.subscribe(broken)
    seen = Seen(source)
    source.start()
    assert len(seen.next(3)) == 3


def test_any_pids_may_be_looked_at_whether_they_live_or_not(source: Source):
    seen = Seen(source)
    source.look_at([1, 2**22 + 5])
    source.start()
    seen.next(1)
    source.look_at([])
    for frame in seen.next(2):
        assert frame.snapshot.processes
        assert not [fault for fault in frame.snapshot.faults if fault.collector in ("processes", "collector")]


def test_after_stop_nothing_comes_and_stopping_twice_is_fine(source: Source):
    seen = Seen(source)
    source.start()
    seen.next(2)
    source.stop()
    left = seen.waiting()
    newest = source.newest()
    source.stop()
    source.start()
    assert seen.waiting() == left
    assert source.newest() is newest
    assert not [thread for thread in threading.enumerate() if thread.ident in seen.threads]


def test_abilities_are_declared(source: Source):
    assert isinstance(source.abilities, frozenset)
    assert all(isinstance(ability, Ability) for ability in source.abilities)
