"""Many connections that are kept, and a past that is read meanwhile: everybody is answered, nothing is left."""

from __future__ import annotations

import threading
import time

import pytest
from servers import TOKEN, Served

from benchmarks.hold import Connection, Held, descriptors, hold

CONNECTIONS = 500
DAY = "/api/v1/metrics/cpu?from=2026-11-20T11:40:00Z&to=2026-11-20T12:00:00Z&points=500"


class Asked:
    """A server as the benchmark asks it."""

    def __init__(self, served: Served) -> None:
        self.pid = served.process.pid
        self.port = int(served.port)
        self.headers = {"Authorization": f"Bearer {TOKEN}"}


def test_five_hundred_connections_are_held_and_each_is_answered_each_time(simulated):
    asked = Asked(simulated)
    before = descriptors(asked.pid)
    held = hold(asked, 3, CONNECTIONS)
    assert held.open_at_once >= before + CONNECTIONS
    assert (held.lost, held.unanswered) == (0, 0)
    assert held.asked + held.late == 3 * CONNECTIONS
    assert held.statuses == {200: held.asked}
    assert held.asked >= 2 * CONNECTIONS, "most of them in time, on whatever machine"
    for _ in range(200):
        if descriptors(asked.pid) <= before:
            break
        time.sleep(0.05)
    assert descriptors(asked.pid) <= before, "nothing stays open"


@pytest.mark.parametrize("path", ["/api/v1/metrics/current", "/api/v1/health"])
def test_nobody_who_asks_for_the_present_waits_for_who_asks_for_the_past(simulated, path):
    """Between two answers about the past many about the present are given: they are not in one queue."""
    asked = Asked(simulated)
    began, over = threading.Event(), threading.Event()
    past = Held()

    def read_on() -> None:
        waiting = [Connection(asked, DAY) for _ in range(20)]
        for one in waiting:
            one.socket.settimeout(60)
            one.ask()
        began.set()
        for one in waiting:
            while not (status := one.read()):
                pass
            past.statuses[status] += 1
            one.socket.close()
        over.set()

    reading = threading.Thread(target=read_on)
    reading.start()
    began.wait(20)
    present = 0
    while not over.is_set():
        assert simulated.get(path).status == 200
        present += 1
    reading.join()
    assert past.statuses == {200: 20}
    assert present >= 3, "answered before all twenty of the past were"
