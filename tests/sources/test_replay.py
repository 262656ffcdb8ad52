"""A recording that is shown while it is still written."""

from __future__ import annotations

import queue
import time
from dataclasses import replace

from tuimon.collectors.simulated import open_simulated
from tuimon.history import open_archive, open_history
from tuimon.model.snapshot import Frame
from tuimon.sources.replay import ReplaySource


def test_it_goes_on_after_a_subscriber_that_failed_and_one_that_left_twice(tmp_path):
    path, begun = str(tmp_path / "h.db"), time.time() - 100
    snapshot = open_simulated("calm", 1).sample()

    def record(second: int) -> None:
        history = open_history(path)
        history.write(Frame(replace(snapshot, time=begun + second, elapsed=1.0)))
        history.close()

    def broken(_: Frame) -> None:
        raise ValueError("broken screen")

    record(0)
    source = ReplaySource(open_archive(path), path, 0.02)
    source.read()
    seen: queue.SimpleQueue[Frame] = queue.SimpleQueue()
    source.subscribe(broken)
    source.subscribe(seen.put)
    leave = source.subscribe(lambda _: None)
    leave()
    leave()
    source.start()
    for second in (1, 2, 3):
        record(second)
        assert seen.get(timeout=30).snapshot.time >= begun + second - 0.001
    source.stop()
