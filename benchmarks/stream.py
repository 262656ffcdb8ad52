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
from pathlib import Path

BAR_MILLISECONDS = 40.0
TICKS = os.sysconf("SC_CLK_TCK")


def main() -> None:
    options = parsed()
    with tempfile.TemporaryDirectory() as folder:
        server, port = begin(folder, options.scenario)
        try:
            measure(server.pid, port, options)
        finally:
            server.terminate()
            server.wait(20)


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clients", type=int, default=1000)
    parser.add_argument("--slow", type=int, default=0, help="how many of them never read")
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--families", default="", help="only these")
    parser.add_argument("--processes", default="top", choices=["top", "all", "none"])
    parser.add_argument("--scenario", default="busy")
    return parser.parse_args()


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


def measure(pid: int, port: int, options: argparse.Namespace) -> None:
    time.sleep(5)
    idle, before = cpu_of(pid, options.seconds), memory_of(pid)
    query = f"processes={options.processes}" + (f"&families={options.families}" if options.families else "")
    clients = [connect(port, query) for _ in range(options.clients)]
    readers = Readers(clients[options.slow :])
    readers.read(5.0)
    count = readers.frames
    began = time.monotonic()
    used, received = cpu_of(pid, options.seconds, readers.read), readers.frames - count
    took = time.monotonic() - began
    after = memory_of(pid)
    one = readers.bytes / max(1, readers.frames)
    print(f"clients                     {options.clients} ({options.slow} never read), {query}")
    print(f"bytes a frame               {one:,.0f}")
    print(f"frames received a second    {received / took:,.0f}")
    print(f"CPU without clients         {1000 * idle:.1f} ms a second")
    print(f"CPU with clients            {1000 * used:.1f} ms a second")
    print(f"CPU of the clients          {1000 * (used - idle):.1f} ms a second (bar: {BAR_MILLISECONDS:.0f})")
    print(f"memory                      {before / 1e6:.1f} MB before, {after / 1e6:.1f} MB with them")
    print(f"memory a client             {(after - before) / options.clients / 1000:.1f} kB")


def connect(port: int, query: str) -> socket.socket:
    one = socket.create_connection(("127.0.0.1", port))
    key = base64.b64encode(os.urandom(16)).decode()
    one.sendall(
        f"GET /api/v1/stream?{query} HTTP/1.1\r\nhost: localhost\r\nupgrade: websocket\r\nconnection: upgrade\r\n"
        f"sec-websocket-version: 13\r\nsec-websocket-key: {key}\r\n\r\n".encode()
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
            self.frames += head == 0x81
            at += begin + length
        self._left[one] = max(0, at - len(data))
        self._held[one] = data[at:] if at < len(data) else b""


def cpu_of(pid: int, seconds: float, meanwhile=time.sleep) -> float:
    before, began = ticks_of(pid), time.monotonic()
    meanwhile(seconds)
    return (ticks_of(pid) - before) / TICKS / (time.monotonic() - began)


def ticks_of(pid: int) -> int:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def memory_of(pid: int) -> int:
    found = re.search(r"^Pss:\s+(\d+) kB", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.MULTILINE)
    return int(found[1]) * 1024


if __name__ == "__main__":
    main()
