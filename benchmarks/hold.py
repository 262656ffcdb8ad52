"""The user's own targets: 500 connections for ten minutes, an average under 200 ms, collection under 5 % of a core.

Every connection asks once a second for the newest snapshot, is kept, and must be answered each time. Then wrk asks over as
many as fast as it is answered. `python -m benchmarks.hold [--quick]` prints the rows.
"""

from __future__ import annotations

import contextlib
import re
import selectors
import shutil
import socket
import statistics
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.api import CURRENT, Load, Served, tuimon
from benchmarks.proctree import cpu_seconds, memory
from benchmarks.row import Row

CONNECTIONS = 500
SECONDS, QUICK_SECONDS = 600, 30
PATIENCE = 10.0
"""Seconds for which the last answers are waited for."""
WATCHED = re.compile(r"/proc/\d+/")


@dataclass
class Held:
    """What came of many connections: seconds that each answer took, statuses, what was left out or lost."""

    took: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    asked: int = 0
    late: int = 0
    """Questions that were not asked since the one before was not answered yet."""
    lost: int = 0
    """Connections that the server ended."""
    open_at_once: int = 0
    """Descriptors of the server while all are connected."""

    @property
    def unanswered(self) -> int:
        """Questions without an answer."""
        return self.asked - sum(self.statuses.values())


class Connection:
    """One that is kept: asks, and reads one answer to its end."""

    def __init__(self, served: Served, path: str) -> None:
        self.socket = socket.create_connection(("127.0.0.1", served.port), 30)
        self.socket.settimeout(0)
        lines = "".join(f"{name}: {value}\r\n" for name, value in served.headers.items())
        self._question = f"GET {path} HTTP/1.1\r\nhost: localhost\r\n{lines}\r\n".encode()
        self._answer = b""
        self.sent_at = 0.0

    def ask(self) -> None:
        self.sent_at = time.monotonic()
        self.socket.send(self._question)

    def read(self) -> int:
        """Read on; return the status of an answer that is whole, 0 before, -1 where the connection has ended."""
        try:
            part = self.socket.recv(1 << 20)
        except ConnectionError:
            part = b""
        if not part:
            return -1
        self._answer += part
        head, found, body = self._answer.partition(b"\r\n\r\n")
        if not found:
            return 0
        length = next(int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        if len(body) < length:
            return 0
        self._answer = b""
        self.sent_at = 0.0
        return int(head.split(b" ", 2)[1])


def hold(served: Served, seconds: float, connections: int = CONNECTIONS, path: str = CURRENT) -> Held:
    """Keep so many connections for so long, each asking once a second; they are closed at the end."""
    held = Held()
    everyone = [Connection(served, path) for _ in range(connections)]
    with selectors.DefaultSelector() as selector:
        for one in everyone:
            selector.register(one.socket, selectors.EVENT_READ, one)
        began, number = time.monotonic(), 0
        while number < seconds * connections:
            _read(selector, held, began + number / connections - time.monotonic())
            while number < seconds * connections and began + number / connections <= time.monotonic():
                _ask(everyone[number % connections], held)
                number += 1
        until = time.monotonic() + PATIENCE
        while held.unanswered > held.lost and (left := until - time.monotonic()) > 0:
            _read(selector, held, left)
    held.open_at_once = descriptors(served.pid)
    for one in everyone:
        one.socket.close()
    return held


def _ask(one: Connection, held: Held) -> None:
    if one.sent_at:
        held.late += 1
    elif one.socket.fileno() >= 0:
        held.asked += 1
        one.ask()


def _read(selector: selectors.BaseSelector, held: Held, seconds: float) -> None:
    for key, _ in selector.select(max(0.0, seconds)):
        one: Connection = key.data
        sent_at = one.sent_at
        status = one.read()
        if status < 0:
            held.lost += 1
            selector.unregister(one.socket)
            one.socket.close()
        elif status:
            held.took.append(time.monotonic() - sent_at)
            held.statuses[status] += 1


def descriptors(pid: int) -> int:
    """Return how many descriptors a server has open, but those of the processes that it watches.

    These come and go with the machine's processes; `benchmarks.apisoak` counts them too, where nobody else's are seen.
    """
    found = 0
    for one in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(OSError):  # closed meanwhile
            found += WATCHED.match(str(one.readlink())) is None
    return found


def collecting(pid: int) -> float:
    """Return the CPU seconds of all threads of a server but the one that answers: they collect, record and watch."""
    tasks = [task for task in Path(f"/proc/{pid}/task").iterdir() if task.name != str(pid)]
    return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9


def kept(seconds: float) -> list[Row]:
    """The connections that ask once a second."""
    name = f"api: {CONNECTIONS} connections for {seconds / 60:g} min"
    with tuimon() as served:
        time.sleep(5)
        before, cpu, work, began = descriptors(served.pid), cpu_seconds(served.pid), collecting(served.pid), time.time()
        held = hold(served, seconds)
        lasted = time.time() - began
        whole = 100 * (cpu_seconds(served.pid) - cpu) / lasted
        collected = 100 * (collecting(served.pid) - work) / lasted
        after = memory(served.pid).pss
        time.sleep(3)
        left = descriptors(served.pid) - before
    took = sorted(held.took)
    bad = held.unanswered + held.lost + held.late + sum(held.statuses.values()) - held.statuses[200]
    said = f"{held.statuses[200]:,} answered, {held.lost} connections lost; {held.late} answers took over a second"
    return [
        Row(f"{name}, each asks once a second: average", 1000 * statistics.mean(took), "ms", 200),
        Row(f"{name}: p99", 1000 * took[int(0.99 * len(took))], "ms", 200, note="the client's own waits included"),
        Row(f"{name}: not answered as they should be", bad, "", 0, note=said),
        Row(f"{name}: collection", collected, "% of a core", 5, note=f"{whole:.1f} with the answers"),
        Row(f"{name}: memory", after, "MiB PSS", 70),
        Row(f"{name}: descriptors left", max(0, left), "", 0, note=f"{held.open_at_once} at once"),
    ]


def saturated(seconds: int) -> list[Row]:
    """The same number, asking as fast as they are answered."""
    with tuimon() as served:
        load = Load(served, seconds, CONNECTIONS)
        work, began = collecting(served.pid), time.monotonic()
        Load(served, seconds, CONNECTIONS)
        collected = 100 * (collecting(served.pid) - work) / (time.monotonic() - began)
    name = f"api: {CONNECTIONS} connections, saturated"
    return [
        Row(f"{name}: average", load.average, "ms", 200, note=f"{load.rate:,.0f} requests a second"),
        Row(f"{name}: p99", load.p99, "ms", 200),
        Row(f"{name}: answers that were none", load.bad, "", 0),
        Row(f"{name}: collection", collected, "% of a core", 5),
    ]


def run(*, quick: bool = False) -> list[Row]:
    """Hold them, then have them hurry."""
    rows = kept(QUICK_SECONDS if quick else SECONDS)
    return rows + saturated(5 if quick else 30) if shutil.which("wrk") else rows


def main() -> None:
    from benchmarks.table import table

    print(table(run(quick="--quick" in sys.argv[1:])))


if __name__ == "__main__":
    main()
