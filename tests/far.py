"""A tuimon that serves, as a child of its own, and the long way to it: a relay that is slow, counts, and can be cut."""

from __future__ import annotations

import contextlib
import os
import re
import select
import socket
import struct
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent.parent
QUICK = ROOT / "tests" / "api" / "quick_server.py"


class FarServer:
    """`tuimon --serve` of a simulated machine that takes a sample each `interval` seconds, recorded into `history`."""

    def __init__(
        self, interval: float = 0.1, history: str = "", token: str = "", arguments: tuple[str, ...] = ()
    ) -> None:
        environ = {name: value for name, value in os.environ.items() if name != "TUIMON_TOKEN"}
        environ |= {"PYTHONPATH": str(ROOT)} | ({"TUIMON_TOKEN": token} if token else {})
        usual = (str(QUICK), str(interval), history)
        self.process = subprocess.Popen(
            [sys.executable, *(arguments or usual)],
            cwd=ROOT,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        said = self.process.stderr.readline()
        found = re.search(r"https?://\S+?(?=[,;])", said)
        assert found, said
        self.url = found[0]
        self.port = urlsplit(self.url).port

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(30)
        self.process.stderr.close()

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(30)


class Relay:
    """Takes bytes to a port and back, each `one_way` seconds late; counts the requests for each path."""

    def __init__(self, port: int, one_way: float = 0.0) -> None:
        self.target = port
        self.one_way = one_way
        self.requests: Counter[str] = Counter()
        self.connections = 0
        self._open: set[socket.socket] = set()
        self._is_cut = False
        self._is_silent = False
        self._ended = False
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def asked(self) -> int:
        """How many requests went through, the stream's aside."""
        return sum(count for path, count in self.requests.items() if not path.endswith("/stream"))

    def cut(self) -> None:
        """Break all connections off, and each that is made from now on."""
        self._is_cut = True
        with self._lock:
            broken, self._open = self._open, set()
        for one in broken:
            _reset(one)

    def fall_silent(self) -> None:
        """Let nothing through any more, as a cable that was pulled out does; connections stay open."""
        self._is_silent = True

    def mend(self) -> None:
        self._is_cut = self._is_silent = False

    def close(self) -> None:
        self._ended = True
        self.cut()
        self._listener.close()

    def _accept(self) -> None:
        while not self._ended:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            if self._is_cut:
                _reset(near)
                continue
            try:
                far = socket.create_connection(("127.0.0.1", self.target))
            except OSError:
                _reset(near)
                continue
            self.connections += 1
            with self._lock:
                self._open |= {near, far}
            for here, there, counts in ((near, far, True), (far, near, False)):
                here.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                threading.Thread(target=self._carry, args=(here, there, counts), daemon=True).start()

    def _carry(self, here: socket.socket, there: socket.socket, counts: bool) -> None:
        late: list[tuple[float, bytes]] = []
        with contextlib.suppress(OSError, ValueError):
            while True:
                wait = max(0.0, late[0][0] - time.monotonic()) if late else 0.5
                if select.select([here], [], [], wait)[0]:
                    data = here.recv(65536)
                    if counts:
                        self._count(data)
                    late.append((time.monotonic() + self.one_way, data))
                while late and late[0][0] <= time.monotonic():
                    _, data = late.pop(0)
                    if not data:
                        raise OSError
                    if not self._is_silent:
                        there.sendall(data)
        for one in (here, there):
            with self._lock:
                self._open.discard(one)
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def _count(self, data: bytes) -> None:
        for found in re.finditer(rb"^(?:GET|POST) (\S+)", data, re.MULTILINE):
            self.requests[found[1].decode().partition("?")[0]] += 1


def _reset(one: socket.socket) -> None:
    with contextlib.suppress(OSError):
        one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        one.shutdown(socket.SHUT_RDWR)
    one.close()
