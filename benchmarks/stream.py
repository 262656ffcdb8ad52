"""What a thousand clients of the stream cost a server: CPU seconds a second, bytes of memory a client.

    python -m benchmarks.stream [--clients 1000] [--seconds 20] [--families cpu,memory] [--slow 0]

The server runs as a process of its own with a simulated machine of `--scenario`; the clients are bare sockets that
throw away what they read, so that they cost this machine as little as they can. `--slow` of them read nothing at all.
"""

from __future__ import annotations

import argparse
import base64
import os
import re
import selectors
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.proctree import cpu_seconds
from benchmarks.row import Row

BAR = 40.0
MOST_KILOBYTES = 30
MOST_MEBIBYTES = 100
"""Of memory, whatever clients do not read: a client is held at most so many bytes."""


@dataclass(frozen=True, slots=True)
class Case:
    """What is measured; `slow` of the clients never read, `families` is '' for all of them."""

    clients: int = 1000
    slow: int = 0
    seconds: float = 20.0
    families: str = ""
    processes: str = "top"
    scenario: str = "busy"
    small: bool = False
    """They take compressed messages, as browsers do."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What came of it; memory in bytes."""

    idle: float
    used: float
    frames_a_second: float
    bytes_a_frame: float
    before: int
    after: int

    @property
    def milliseconds(self) -> float:
        """CPU of the clients, in ms a second."""
        return 1000 * (self.used - self.idle)


def run(*, quick: bool = False) -> list[Row]:
    """A thousand that read; then as many of which half never do."""
    seconds = 5.0 if quick else 20.0
    browsers = cost(Case(seconds=seconds, small=True))
    all_read = cost(Case(seconds=seconds))
    half_read = cost(Case(slow=500, seconds=seconds))
    name = "stream: 1,000 clients at 1 Hz"
    grown = (half_read.after - half_read.before) / 2**20
    return [
        Row(
            f"{name}, compressed as browsers have it",
            browsers.milliseconds,
            "ms CPU a second",
            BAR,
            note=_sent(browsers),
        ),
        Row(f"{name}, not compressed", all_read.milliseconds, "ms CPU a second", BAR, note=_sent(all_read)),
        Row(f"{name}: memory of each", (all_read.after - all_read.before) / 1e6, "kB", MOST_KILOBYTES),
        Row(f"{name}, half of which never read", half_read.milliseconds, "ms CPU a second", BAR),
        Row(f"{name}, half of which never read: memory", grown, "MiB", MOST_MEBIBYTES, note="beyond that of none"),
    ]


def _sent(cost: Cost) -> str:
    return f"{cost.frames_a_second:,.0f} frames a second of {cost.bytes_a_frame:,.0f} bytes"


def cost(case: Case) -> Cost:
    """Serve them by a process of its own and measure it."""
    with tempfile.TemporaryDirectory() as folder:
        server, port = begin(folder, case.scenario)
        try:
            return measure(server.pid, port, case)
        finally:
            server.terminate()
            server.wait(20)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clients", type=int, default=1000)
    parser.add_argument("--slow", type=int, default=0, help="how many of them never read")
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--families", default="", help="only these")
    parser.add_argument("--processes", default="top", choices=["top", "all", "none"])
    parser.add_argument("--scenario", default="busy")
    parser.add_argument("--small", action="store_true", help="they take compressed messages, as browsers do")
    case = Case(**vars(parser.parse_args()))
    found = cost(case)
    print(f"clients                     {case.clients} ({case.slow} never read)")
    print(f"bytes a frame               {found.bytes_a_frame:,.0f}")
    print(f"frames received a second    {found.frames_a_second:,.0f}")
    print(f"CPU without clients         {1000 * found.idle:.1f} ms a second")
    print(f"CPU with clients            {1000 * found.used:.1f} ms a second")
    print(f"CPU of the clients          {found.milliseconds:.1f} ms a second (bar: {BAR:.0f})")
    print(f"memory                      {found.before / 1e6:.1f} MB before, {found.after / 1e6:.1f} MB with them")
    print(f"memory a client             {(found.after - found.before) / case.clients / 1000:.1f} kB")


def begin(folder: str, scenario: str) -> tuple[subprocess.Popen[str], int]:
    server = subprocess.Popen(
        [sys.executable, "-m", "tuimon", "--serve", "--port", "0", "--simulate", scenario, "--no-record",
         "--history", f"{folder}/none.db", "--log", f"{folder}/log"],
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"TUIMON_SERVE_CONNECTIONS": "5000", "TUIMON_SERVE_STREAMS": "5000"},
    )  # fmt: skip
    said = server.stderr.readline()
    return server, int(re.search(r":(\d+)", said)[1])


def measure(pid: int, port: int, case: Case) -> Cost:
    time.sleep(5)
    idle, before = cpu_of(pid, case.seconds), memory_of(pid)
    query = f"processes={case.processes}" + (f"&families={case.families}" if case.families else "")
    clients = [connect(port, query, small=case.small) for _ in range(case.clients)]
    readers = Readers(clients[case.slow :])
    readers.read(5.0)
    count = readers.frames
    began = time.monotonic()
    used, received = cpu_of(pid, case.seconds, readers.read), readers.frames - count
    rate = received / (time.monotonic() - began)
    found = Cost(idle, used, rate, readers.bytes / max(1, readers.frames), before, memory_of(pid))
    for one in clients:
        one.close()
    return found


def connect(port: int, query: str, *, small: bool = False) -> socket.socket:
    one = socket.create_connection(("127.0.0.1", port))
    key = base64.b64encode(os.urandom(16)).decode()
    offer = "sec-websocket-extensions: permessage-deflate; client_max_window_bits\r\n" if small else ""
    one.sendall(
        f"GET /api/v1/stream?{query} HTTP/1.1\r\nhost: localhost\r\nupgrade: websocket\r\nconnection: upgrade\r\n"
        f"sec-websocket-version: 13\r\nsec-websocket-key: {key}\r\n{offer}\r\n".encode()
    )
    answer = b""
    while b"\r\n\r\n" not in answer:  # byte by byte: what follows is the first frame's
        answer += one.recv(1)
    if b" 101 " not in answer:
        sys.exit(answer.decode())
    one.settimeout(0)
    return one


class Readers:
    """Reads what the server sends and counts the messages by their lengths."""

    def __init__(self, sockets: list[socket.socket]) -> None:
        self.frames = 0
        self.bytes = 0
        self._left = dict.fromkeys(sockets, 0)
        self._held = dict.fromkeys(sockets, b"")
        self._selector = selectors.DefaultSelector()
        for one in sockets:
            self._selector.register(one, selectors.EVENT_READ)

    def read(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            for key, _ in self._selector.select(left):
                self._take(key.fileobj, key.fileobj.recv(1 << 20))

    def _take(self, one: socket.socket, data: bytes) -> None:
        self.bytes += len(data)
        data = self._held[one] + data
        at = self._left[one]
        while at + 10 <= len(data):
            head, length, begin = data[at], data[at + 1], 2
            if length >= 126:
                begin = 4 if length == 126 else 10
                length = int.from_bytes(data[at + 2 : at + begin])
            self.frames += head in (0x81, 0xC1)  # a text; the same compressed
            at += begin + length
        self._left[one] = max(0, at - len(data))
        self._held[one] = data[at:] if at < len(data) else b""


def cpu_of(pid: int, seconds: float, meanwhile=time.sleep) -> float:
    before, began = cpu_seconds(pid), time.monotonic()
    meanwhile(seconds)
    return (cpu_seconds(pid) - before) / (time.monotonic() - began)


def memory_of(pid: int) -> int:
    found = re.search(r"^Pss:\s+(\d+) kB", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.MULTILINE)
    return int(found[1]) * 1024


if __name__ == "__main__":
    main()
