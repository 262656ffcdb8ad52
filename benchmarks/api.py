"""What `tuimon --serve` costs with no client and with many, and glances -w beside it where it is installed.

`python -m benchmarks.api [--quick]` prints the rows. wrk asks as fast as it is answered, over 100 kept connections: its
percentiles are those of a saturated server on a machine that it shares. tuimon shows its token, records and watches
meanwhile. Both servers are loaded in turns, so that what else the machine does meets them alike.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict

from benchmarks import space
from benchmarks.proctree import cpu_seconds, memory
from benchmarks.row import Row
from benchmarks.scrape import free_port

TOKEN = "a-token-of-the-benchmarks"  # noqa: S105  of nothing
CURRENT = "/api/v1/metrics/current"
DAY = "/api/v1/metrics/cpu?from=24h+ago&points=500"
CONNECTIONS = 100
PACE = 300
"""Requests a second of the clients that do not hurry."""
UNIT = {"us": 1e-3, "ms": 1.0, "s": 1e3}


class Served:
    """A running server."""

    def __init__(self, pid: int, port: int, path: str, token: str = "") -> None:
        self.pid = pid
        self.port = port
        self.path = path
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}

    def get(self, path: str = "") -> int:
        asked = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        with contextlib.closing(asked):
            asked.request("GET", path or self.path, headers=self.headers)
            answer = asked.getresponse()
            answer.read()
            return answer.status


@contextlib.contextmanager
def running(command: list[str], path: str, token: str = "") -> Iterator[Served]:
    """Run a server, answering."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="tuimon-bench-") as folder:
        environment = os.environ | {"XDG_STATE_HOME": folder} | ({"TUIMON_TOKEN": token} if token else {})
        words = [word.format(port=port) for word in command]
        with subprocess.Popen(
            words, cwd=space.ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as process:
            served = Served(process.pid, port, path, token)
            try:
                for _ in range(300):
                    with contextlib.suppress(OSError):
                        if served.get() == 200:
                            break
                    time.sleep(0.1)
                yield served
            finally:
                process.terminate()


def tuimon(*more: str) -> contextlib.AbstractContextManager[Served]:
    return running([sys.executable, "-m", "tuimon", "--serve", "--port", "{port}", *more], CURRENT, TOKEN)


def glances() -> contextlib.AbstractContextManager[Served]:
    found = os.environ.get("GLANCES") or shutil.which("glances") or ""
    return running([found, "-w", "-B", "127.0.0.1", "-p", "{port}", "-t", "1", "--disable-check-update"], "/api/4/cpu")


class Load:
    """What wrk said of a stretch, and what the server took for it."""

    def __init__(self, served: Served, seconds: int, connections: int = CONNECTIONS) -> None:
        headers = [word for name, value in served.headers.items() for word in ("-H", f"{name}: {value}")]
        url = f"http://127.0.0.1:{served.port}{served.path}"
        cpu, began = cpu_seconds(served.pid), time.monotonic()
        said = subprocess.run(
            ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s", "--latency", *headers, url],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        used, lasted = cpu_seconds(served.pid) - cpu, time.monotonic() - began
        requests = int(re.search(r"(\d+) requests in", said)[1])
        average = re.search(r"Latency\s+([\d.]+)(us|ms|s)", said).groups()
        number, unit = re.search(r"99%\s+([\d.]+)(us|ms|s)", said).groups()
        self.bad = sum(map(int, re.findall(r"Non-2xx or 3xx responses: (\d+)", said)))
        self.microseconds = 1e6 * used / max(requests, 1)
        self.rate = requests / lasted
        self.average = float(average[0]) * UNIT[average[1]]
        self.p99 = float(number) * UNIT[unit]


def paced(served: Served, seconds: float, workers: int = 10) -> list[float]:
    """Ask `PACE` times a second over some connections; return how many ms each took from when it was due."""
    began = time.monotonic() + 0.2

    def client(number: int) -> list[float]:
        took = []
        asked = http.client.HTTPConnection("127.0.0.1", served.port, timeout=30)
        with contextlib.closing(asked):
            asked.connect()
            for turn in range(int(seconds * PACE / workers)):
                due = began + (turn * workers + number) / PACE
                time.sleep(max(0.0, due - time.monotonic()))
                sent = time.monotonic()
                asked.request("GET", served.path, headers=served.headers)
                asked.getresponse().read()
                took.append(1000 * (time.monotonic() - sent))
        return took

    with ThreadPoolExecutor(workers) as pool:
        return [one for took in pool.map(client, range(workers)) for one in took]


def idle(served: Served, seconds: float) -> tuple[float, float]:
    """Return the CPU in percent of a core with no client, and the memory in MiB (PSS)."""
    time.sleep(5)
    before, began = cpu_seconds(served.pid), time.monotonic()
    time.sleep(seconds)
    percent = 100 * (cpu_seconds(served.pid) - before) / (time.monotonic() - began)
    return percent, memory(served.pid).pss


def headless(*, quick: bool) -> list[Row]:
    """With no client, among few and many processes; then with clients that do not hurry."""
    rows = []
    for sleepers, bar in ((100, 1.0), (1000, 1.5)):
        with space.sleepers(sleepers), tuimon() as served:
            percent, mebibytes = idle(served, 20 if quick else 40)
            name = f"api: no client, {sleepers:,} processes"
            peer = "netdata 1.1" if sleepers == 100 else ""
            rows.append(Row(name, percent, "% of a core", bar, peer=peer))
            rows.append(Row(f"{name}, memory", mebibytes, "MiB PSS", 60, peer="netdata 44" if peer else ""))
            if sleepers == 1000:
                took = sorted(paced(served, 10 if quick else 20))
                p99 = took[int(0.99 * len(took))]
                note = "the client's own waits included"
                rows.append(Row("api: p99 at 300 requests a second, 1,000 processes", p99, "ms", 3, note=note))
    return rows


def saturated(*, quick: bool) -> list[Row]:
    """The newest snapshot over 100 kept connections, and glances' /api/4/cpu in turns with it."""
    seconds, rounds = (3, 2) if quick else (8, 3)
    with contextlib.ExitStack() as stack:
        ours = stack.enter_context(tuimon())
        beside = bool(os.environ.get("GLANCES") or shutil.which("glances"))
        theirs = stack.enter_context(glances()) if beside else None
        loads = [(Load(ours, seconds), Load(theirs, seconds) if theirs else None) for _ in range(rounds)]
    mine = [one for one, _ in loads]
    others = [one for _, one in loads if one]
    peer = f"glances {statistics.median(one.microseconds for one in others):.0f}" if others else ""
    late = f"glances {statistics.median(one.p99 for one in others):.0f}" if others else ""
    rows = [
        Row(
            "api: the newest snapshot",
            statistics.median(one.microseconds for one in mine),
            "us CPU a request",
            80,
            peer=peer,
        ),
        Row("api: p99 while saturated", statistics.median(one.p99 for one in mine), "ms", 30, peer=late),
        Row("api: answers that were none", sum(one.bad for one in mine), "", 0),
    ]
    if others:
        share = statistics.median(other.rate / one.rate for one, other in zip(mine, others, strict=True))
        said = f"{mine[0].rate:,.0f} and {others[0].rate:,.0f} requests a second"
        rows.append(Row("api: requests of glances in the time of one", share, "", 0.1, note=said))
    return rows


def of_the_past(*, quick: bool) -> list[Row]:
    """A day in 500 points, and what asking for it all the time does to who asks for the present."""
    times = 100 if quick else 300
    with tuimon("--simulate", "busy") as served:
        wait_for(served, DAY)
        before, began = cpu_seconds(served.pid), time.monotonic()
        time.sleep(5)
        by_itself = (cpu_seconds(served.pid) - before) / (time.monotonic() - began)
        everything, one = (each(served, path, times, by_itself) for path in (DAY, f"{DAY}&metric=busy_percent"))
        ended = threading.Event()

        def ask_on() -> None:
            while not ended.is_set():
                served.get(DAY)

        asking = threading.Thread(target=ask_on)
        asking.start()
        took = sorted(paced(served, 5))
        ended.set()
        asking.join()
    p99 = took[int(0.99 * len(took))]
    return [
        Row("api: a day of one metric in 500 points", one, "ms CPU a request", 5),
        Row("api: a day of cpu in 500 points (11 metrics)", everything, "ms CPU a request"),
        Row("api: p99 of the newest snapshot while that is asked for all the time", p99, "ms"),
    ]


def each(served: Served, path: str, times: int, by_itself: float) -> float:
    """Return the ms of CPU of a request over a kept connection, less what the server needs `by_itself` a second."""
    asked = http.client.HTTPConnection("127.0.0.1", served.port, timeout=60)
    with contextlib.closing(asked):
        asked.connect()
        cpu, began = cpu_seconds(served.pid), time.monotonic()
        for _ in range(times):
            asked.request("GET", path, headers=served.headers)
            asked.getresponse().read()
        return 1000 * (cpu_seconds(served.pid) - cpu - by_itself * (time.monotonic() - began)) / times


def wait_for(served: Served, path: str, seconds: float = 120) -> None:
    """Wait until a path is answered: a past that is made up takes its time on a busy machine."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with contextlib.suppress(OSError):
            if served.get(path) == 200:
                return
        time.sleep(0.5)
    raise TimeoutError(path)


def run(quick: bool = False) -> list[Row]:  # noqa: FBT001, FBT002  as all benchmarks
    rows = [Row(**one) for one in space.run_inside("api", {"quick": quick})]
    if shutil.which("wrk"):
        rows += saturated(quick=quick)
    else:
        print("api: wrk is not installed: no load can be made", file=sys.stderr)
    return rows + of_the_past(quick=quick)


if __name__ == "__main__":
    if sys.argv[1:] and sys.argv[1].startswith("{"):
        job = json.loads(sys.argv[1])
        space.answer(job, [asdict(row) for row in headless(quick=job["quick"])])
        sys.exit()
    for row in run("--quick" in sys.argv):
        print(f"{row.name}: {row.value:.3f} {row.unit} (bar {row.bar}) {row.peer} {row.note} {row.verdict}")
