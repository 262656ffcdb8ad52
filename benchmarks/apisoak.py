"""Half an hour of a server that everybody uses: does it grow?

Clients that ask for the present, for all kinds of the past, for Prometheus' page and for exports; streams that come and
go, some without a word, some that never read; requests that are wrong. tuimon records meanwhile, in a process list of its own.
`python -m benchmarks.apisoak [--quick]` prints the rows.
"""

from __future__ import annotations

import contextlib
import http.client
import itertools
import json
import random
import socket
import struct
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from typing import Any

from benchmarks import space
from benchmarks.api import CURRENT, TOKEN, Served, tuimon
from benchmarks.row import Row
from benchmarks.soak import GROWTH, JITTER
from benchmarks.stream import connect
from benchmarks.watched import LOOKS, Look, Watched, look, watch

SECONDS, QUICK_SECONDS = 1800, 60
STREAMS = 30
"""Streams that are open at a time, about."""
PAST = (
    "/api/v1/metrics/cpu?from={ago}+min+ago&points=300",
    "/api/v1/metrics/disk?from={ago}+min+ago&points=100",
    "/api/v1/series?metric=memory.used_bytes,load&from={ago}+min+ago&step=10s",
    "/api/v1/metrics/processes?at={ago}+min+ago&limit=50",
    "/api/v1/snapshot?at={ago}+min+ago",
    "/api/v1/frames?from={ago}+min+ago&step=60s",
    "/api/v1/events?from={ago}+min+ago",
    "/api/v1/processes/usage?from={ago}+min+ago",
    "/api/v1/history",
    "/api/v1/catalogue",
)
WRONG = {
    f"{CURRENT}x": 404,
    "/api/v1/metrics/cpus": 404,
    "/api/v1/metrics/cpu?points=0": 422,
    "/api/v1/metrics/cpu?from=tomorrowish": 422,
    "/api/v1/stream?families=cpus": 422,
}
SEEN = frozenset({200, 304})
NOTHING_THERE = frozenset({200, 304, 404})
"""Of the past: a moment before the first may be asked for."""


@dataclass
class Said:
    """What was answered, and what was not as it should be."""

    answers: Counter[str] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)

    def take(self, kind: str, status: int, *, good: frozenset[int] = SEEN) -> None:
        """Count an answer."""
        self.answers[kind] += 1
        if status not in good:
            self.wrong[f"{kind} {status}"] += 1


class Crowd:
    """All the clients, each kind in a thread of its own, until `over` is set."""

    def __init__(self, served: Served) -> None:
        self.served = served
        self.said = Said()
        self.over = threading.Event()

    def kinds(self) -> tuple[Callable[[], None], ...]:
        """Return what each thread does."""
        return (*[self.present] * 4, self.past, self.prometheus, self.exports, self.mistaken, self.streams, self.rude)

    def present(self) -> None:
        """Ask for the newest ten times a second over one connection, compressed, with what one has."""
        asked = http.client.HTTPConnection("127.0.0.1", self.served.port, timeout=60)
        known = ""
        with contextlib.closing(asked):
            while not self.over.wait(0.1):
                headers = {**self.served.headers, "Accept-Encoding": "gzip", "If-None-Match": known}
                asked.request("GET", CURRENT, headers=headers)
                answer = asked.getresponse()
                answer.read()
                known = answer.headers["ETag"] or ""
                self.said.take("present", answer.status)

    def past(self) -> None:
        """Ask for this and that of the past, five times a second."""
        noise = random.Random(1)
        for path in itertools.cycle(PAST):
            if self.over.wait(0.2):
                return
            status = self.served.get(path.format(ago=noise.randint(1, 90)))
            self.said.take("past", status, good=NOTHING_THERE)

    def prometheus(self) -> None:
        """Scrape every five seconds."""
        while not self.over.wait(5):
            self.said.take("scrape", self.served.get("/metrics"))

    def exports(self) -> None:
        """Export every ten seconds; leave every second one in the middle of it."""
        for number in itertools.count():
            if self.over.wait(10):
                return
            path = f"/api/v1/export?format=csv&metric=cpu,memory,disk&from={1 + number % 15}+min+ago"
            if number % 2:
                self.said.take("export", self.served.get(path))
            else:
                self._leave_early(path)

    def _leave_early(self, path: str) -> None:
        asked = http.client.HTTPConnection("127.0.0.1", self.served.port, timeout=60)
        with contextlib.closing(asked):
            asked.request("GET", path, headers=self.served.headers)
            answer = asked.getresponse()
            answer.read(100)
            self.said.take("export, left early", answer.status)

    def mistaken(self) -> None:
        """Ask for what there is not, and without the token, twice a second."""
        stranger = Served(self.served.pid, self.served.port, CURRENT)
        for path, status in itertools.cycle([*WRONG.items(), ("", 401)]):
            if self.over.wait(0.5):
                return
            found = self.served.get(path) if path else stranger.get()
            self.said.take("mistaken", found, good=frozenset({status}))

    def streams(self) -> None:
        """Open two streams a second, of all kinds; the oldest leave, every third without a word."""
        choices = itertools.cycle(("processes=top", "processes=all", "processes=none&families=cpu,memory"))
        opened: list[socket.socket] = []
        while not self.over.wait(0.5):
            opened.append(connect(self.served.port, f"{next(choices)}&token={TOKEN}"))
            self.said.take("stream", 200)
            for number, one in enumerate(opened):
                if number % 10:  # the others never read
                    _drain(one)
            while len(opened) > STREAMS:
                _leave(opened.pop(0), rudely=len(opened) % 3 == 0)
        for one in opened:
            one.close()

    def rude(self) -> None:
        """Connect and say nothing, or half a request; then go."""
        held: list[socket.socket] = []
        for text in itertools.cycle((b"", b"GET /api/v1/health HT", b"\x16\x03\x01\x02", b"GET / HTTP/1.1\r\nhost:")):
            if self.over.wait(0.5):
                break
            one = socket.create_connection(("127.0.0.1", self.served.port))
            one.sendall(text)
            held.append(one)
            if len(held) > 5:
                _leave(held.pop(0), rudely=True)
        for one in held:
            one.close()


def _drain(one: socket.socket) -> None:
    with contextlib.suppress(BlockingIOError):
        while one.recv(1 << 20):
            pass


def _leave(one: socket.socket, *, rudely: bool) -> None:
    """Close a connection; rudely: with a reset in the place of an end."""
    if rudely:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    one.close()


def used(seconds: float) -> tuple[Watched, Said, Look]:
    """Have a server used for so long among a hundred sleepers; return what was seen, and what it has when all have left."""
    with space.sleepers(100), tuimon() as served:
        crowd = Crowd(served)
        with ThreadPoolExecutor(len(crowd.kinds())) as pool:
            working = [pool.submit(kind) for kind in crowd.kinds()]
            try:
                watched = watch(served.pid, seconds)
            finally:
                crowd.over.set()
        for one in working:
            one.result()
        time.sleep(12)  # a connection that has said nothing is closed after ten
        return watched, crowd.said, look(served.pid)


def rows(seconds: float, watched: Watched, said: Said, after: Look) -> list[Row]:
    """Return what is held against it."""
    name = f"api: {seconds / 60:.0f} min of all kinds of clients"
    private = ", ".join(f"{one.private:.1f}" for one in watched.looks[:: LOOKS // 10])
    answers = ", ".join(f"{count:,} {kind}" for kind, count in sorted(said.answers.items()))
    wrong = ", ".join(f"{count} {kind}" for kind, count in said.wrong.items())
    first = watched.looks[LOOKS // 3]
    return [
        Row(f"{name}: memory grown", watched.grown.private, "MiB", GROWTH, note=f"private MiB: {private}"),
        Row(f"{name}: memory (PSS)", watched.last.pss, "MiB", 70, note=f"{after.pss:.1f} when they had left"),
        Row(
            f"{name}: descriptors grown",
            max(0, watched.grown.descriptors - JITTER),
            "",
            0,
            note=f"{first.descriptors} and {watched.last.descriptors}; {after.descriptors} when they had left",
        ),
        Row(f"{name}: threads grown", watched.grown.threads, "", 0, note=f"{watched.last.threads} at the end"),
        Row(f"{name}: answers that were wrong", sum(said.wrong.values()), "", 0, note=wrong or answers),
        Row(f"{name}: CPU", watched.cpu_percent, "% of a core"),
    ]


def run(*, quick: bool = False) -> list[Row]:
    """Do it in a process list of its own."""
    job = {"seconds": QUICK_SECONDS if quick else SECONDS}
    return [Row(**one) for one in space.run_inside("apisoak", job)]


def main() -> None:
    if sys.argv[1:2] and sys.argv[1].startswith("{"):
        job: dict[str, Any] = json.loads(sys.argv[1])
        space.answer(job, [asdict(row) for row in rows(job["seconds"], *used(job["seconds"]))])
        return
    from benchmarks.table import table

    print(table(run(quick="--quick" in sys.argv[1:])))


if __name__ == "__main__":
    main()
