"""What a scrape costs beside node_exporter's own: CPU milliseconds a page, both scraped in turns, as Prometheus does it.

`python -m benchmarks.scrape [--quick]` prints the rows. Both are asked for compressed text once a second, so that each
answer is a page of its own; what tuimon needs to record meanwhile is measured in the stretches between and taken off.
"""

from __future__ import annotations

import contextlib
import http.client
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from benchmarks.row import Row

ROUNDS = 9
SCRAPES = 8
"""A second apart, in a round of each."""


def spent(pid: int) -> float:
    """CPU seconds of all threads that a process had, ended ones among them."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    live = sum(int(task.read_text().split()[0]) for task in Path(f"/proc/{pid}/task").glob("*/schedstat"))
    ticks = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return live / 1e9 if live else ticks


def total(pid: int) -> float:
    """CPU seconds of a process by the kernel's exact sum, ended threads too."""
    with contextlib.suppress(OSError, AttributeError):
        return time.clock_gettime((~pid << 3) | 2)  # CPUCLOCK_SCHED of a process: clock_getcpuclockid(3)
    return spent(pid)


def get(port: int) -> int:
    """Scrape as Prometheus does; return how many bytes came."""
    asked = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    with contextlib.closing(asked):
        asked.request("GET", "/metrics", headers={"Accept": "text/plain;version=0.0.4", "Accept-Encoding": "gzip"})
        return len(asked.getresponse().read())


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


@contextlib.contextmanager
def running(command: list[str], port: int) -> Iterator[int]:
    """Run a server, answering; yield its pid."""
    with tempfile.TemporaryDirectory() as folder:
        environment = os.environ | {"XDG_STATE_HOME": folder}
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment)
        try:
            for _ in range(200):
                with contextlib.suppress(OSError):
                    get(port)
                    break
                time.sleep(0.1)
            yield process.pid
        finally:
            process.terminate()
            process.wait(30)


def scraped(pid: int, port: int, scrapes: int) -> float:
    """CPU seconds that a process needs for so many seconds with a scrape in each."""
    before = total(pid)
    for _ in range(scrapes):
        get(port)
        time.sleep(1.0)
    return total(pid) - before


def left_alone(pid: int, seconds: int) -> float:
    """CPU seconds that it needs when nobody asks."""
    before = total(pid)
    time.sleep(seconds)
    return total(pid) - before


def page_alone(rounds: int) -> tuple[float, int]:
    """CPU milliseconds of reading the machine and writing the page, without a server, and how long the page is."""
    from tuimon.collectors import open_collector, open_readout
    from tuimon.exporters.prometheus import exposition
    from tuimon.model.snapshot import Frame

    collector, readout = open_collector(off=["processes"]), open_readout()
    if readout is None:
        raise SystemExit("only on Linux")
    snapshot = collector.sample()
    costs = []
    size = 0
    for _ in range(rounds):
        began = time.process_time()
        size = len(exposition(Frame(snapshot), readout.read(snapshot)))
        costs.append(time.process_time() - began)
    collector.close()
    readout.close()
    return median(costs) * 1000, size


def run(*, quick: bool = False) -> list[Row]:
    """Measure both in turns."""
    rounds, scrapes = (3, 4) if quick else (ROUNDS, SCRAPES)
    made, size = page_alone(20 if quick else 200)
    theirs = shutil.which("prometheus-node-exporter") or shutil.which("node_exporter")
    ours, others = [], []
    with contextlib.ExitStack() as both:
        port = free_port()
        command = [sys.executable, "-m", "tuimon", "--serve", "--port", str(port)]
        pid = both.enter_context(running(command, port))
        their_port = free_port()
        if theirs:
            address = f"--web.listen-address=127.0.0.1:{their_port}"
            their_pid = both.enter_context(running([theirs, address, "--no-collector.systemd"], their_port))
        time.sleep(3)
        for _ in range(rounds):
            ours.append((scraped(pid, port, scrapes) - left_alone(pid, scrapes)) / scrapes * 1000)
            if theirs:
                others.append(scraped(their_pid, their_port, scrapes) / scrapes * 1000)
    bar = median(others) if others else None
    note = f"a page of {size:,} bytes; the median of {rounds} rounds in turns"
    peer = f"node_exporter {bar:.2f}" if bar is not None else ""
    return [
        Row("a scrape, over HTTP, compressed", median(ours), "ms CPU", bar, peer=peer, note=note),
        Row("a scrape: reading the machine, writing the page", made, "ms CPU", bar),
    ]


if __name__ == "__main__":
    for row in run(quick="--quick" in sys.argv):
        print(f"{row.name}: {row.value:.2f} {row.unit} (bar {row.bar}) {row.peer} {row.note}")
