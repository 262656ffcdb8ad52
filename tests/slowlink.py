"""tuimon behind a link on which every byte is late: a pseudo-terminal, a delay each way, and a terminal at the far end."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path

import pyte

BEGINS, ENDS = b"\x1b[?2026h", b"\x1b[?2026l"
"""Round each drawing, for a terminal that says that it shows one at a time (synchronized output)."""
ASKED, ANSWER = b"\x1b[?2026$p", b"\x1b[?2026;2$y"


class SlowLink:
    """A terminal of so many cells whose bytes need `one_way` seconds to the program, and as many back."""

    def __init__(self, cols: int, rows: int, home: Path, *arguments: str, one_way: float = 0.1) -> None:
        self.one_way = one_way
        self.received = b""
        self.sent = 0
        self._up: deque[tuple[float, bytes]] = deque()
        self._down: deque[tuple[float, bytes]] = deque()
        self._screen = pyte.Screen(cols, rows)
        self._stream = pyte.ByteStream(self._screen)
        self._seen = b""
        self.pid, self._fd = pty.fork()
        if self.pid == 0:
            environment = os.environ | {"TERM": "xterm-256color", "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8",
                                        "HOME": str(home), "XDG_STATE_HOME": str(home / "state")}  # fmt: skip
            for name in ("COLUMNS", "LINES"):
                environment.pop(name, None)
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", rows, cols, 0, 0))
            os.execve(sys.executable, [sys.executable, "-m", "tuimon", *arguments], environment)  # noqa: S606  a pseudo-terminal needs a fork

    def press(self, keys: bytes) -> None:
        """Send keys on their way."""
        self._up.append((time.monotonic() + self.one_way, keys))

    def screen(self) -> list[str]:
        """Return what the terminal shows now."""
        return list(self._screen.display)

    def cells(self) -> list[tuple[int, dict[int, pyte.screens.Char]]]:
        """Return the cells of each row that something was written to."""
        return [(y, dict(row)) for y, row in sorted(self._screen.buffer.items())]

    @property
    def drawings(self) -> list[bytes]:
        """The drawings that have arrived whole, each with its bytes."""
        return [part.split(ENDS)[0] for part in self.received.split(BEGINS)[1:]]

    def go_on(self, seconds: float = 0.05) -> None:
        """Let bytes travel for so long."""
        end = time.monotonic() + seconds
        while (now := time.monotonic()) < end:
            while self._up and self._up[0][0] <= now:
                os.write(self._fd, self._up.popleft()[1])
            while self._down and self._down[0][0] <= now:
                self._arrive(self._down.popleft()[1])
            due = [queue[0][0] for queue in (self._up, self._down) if queue]
            if select.select([self._fd], [], [], max(0.0, min([end, *due]) - now))[0]:
                self._read()

    def _read(self) -> None:
        try:
            data = os.read(self._fd, 65536)
        except OSError:
            return
        self.sent += len(data)
        self._down.append((time.monotonic() + self.one_way, data))

    def _arrive(self, data: bytes) -> None:
        self.received += data
        self._stream.feed(data)
        asked, self._seen = (self._seen + data).count(ASKED), data[-len(ASKED) + 1 :]
        if asked:
            self.press(ANSWER)

    @property
    def quiet(self) -> bool:
        """Whether nothing is under way."""
        return not self._up and not self._down

    def wait_until(self, seen: Callable[[list[str]], bool], seconds: float = 30) -> list[str]:
        """Let bytes travel until the screen is as wanted."""
        end = time.monotonic() + seconds
        while not seen(self.screen()):
            if time.monotonic() > end:
                raise AssertionError("it never showed that:\n" + "\n".join(self.screen()))
            self.go_on(0.02)
        return self.screen()

    def close(self) -> None:
        """End the program."""
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self._fd)
