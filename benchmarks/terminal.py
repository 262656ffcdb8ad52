"""A terminal that a program can be measured in: a pty that answers questions and keeps what it was sent."""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import select
import signal
import struct
import termios
import time
from dataclasses import dataclass

import pyte

from benchmarks import proctree

COLS, ROWS = 200, 50

QUESTION = re.compile(
    rb"\x1b\[(?P<csi>[?>=]?[0-9;]*\$?[cnptqu])"
    rb"|\x1b\](?P<osc>1[0-2]|4;\d+);\?(?:\x07|\x1b\\)"
    rb"|\x1bP(?P<dcs>[+$]q)[^\x1b]*\x1b\\"
)
UNFINISHED = re.compile(rb"\x1b[^\x1b]{0,64}\Z")
# What pyte does not read: strings (DCS, APC, PM, SOS), private CSI with < = >, CSI with intermediate bytes.
UNREADABLE = re.compile(rb"\x1b[PX^_].*?(?:\x1b\\|\x07)|\x1b\[[<=>][0-9;:]*[@-~]|\x1b\[[?0-9;:]*[ -/]+[@-~]", re.DOTALL)
REPEATED = re.compile(rb"([\x20-\x7e]|[\xc2-\xf4][\x80-\xbf]+)\x1b\[(\d+)b")  # REP: the character before, n times


def _size_report(kind: bytes) -> bytes:
    sizes = {b"14": (4, ROWS * 20, COLS * 10), b"16": (6, 20, 10), b"18": (8, ROWS, COLS)}
    return b"\x1b[%d;%d;%dt" % sizes[kind] if kind in sizes else b""


def reply(question: re.Match[bytes]) -> bytes:
    """Answer as an ordinary xterm would; nothing to what it does not know."""
    if colour := question["osc"]:
        return b"\x1b]" + colour + b";rgb:" + (b"ffff/ffff/ffff" if colour == b"10" else b"0000/0000/0000") + b"\x1b\\"
    if question["dcs"]:
        return b"\x1bP0" + question["dcs"][:1] + b"r\x1b\\"
    asked = question["csi"]
    if asked.startswith(b"?") and asked.endswith(b"$p"):  # DECRQM: synchronised output is there, in-band resize is not
        return b"\x1b[" + asked[:-2] + (b";0$y" if asked in (b"?2048$p", b"?2031$p") else b";2$y")
    if asked.endswith(b"t"):
        return _size_report(asked[:-1])
    known = {
        b"c": b"\x1b[?62;22c",
        b"0c": b"\x1b[?62;22c",
        b">c": b"\x1b[>41;380;0c",
        b">0c": b"\x1b[>41;380;0c",
        b"5n": b"\x1b[0n",
        b"6n": b"\x1b[1;1R",
        b">q": b"\x1bP>|bench(1)\x1b\\",
        b">0q": b"\x1bP>|bench(1)\x1b\\",
    }
    return known.get(asked, b"")


@dataclass(frozen=True, slots=True)
class Chunk:
    """What came in one read: when (monotonic seconds) and the CPU seconds its tree had used by then."""

    at: float
    cpu: float
    data: bytes


class Session:
    """A program in a terminal of its own. What it writes is kept, and read by an emulator only afterwards."""

    def __init__(self, argv: list[str], environment: dict[str, str]) -> None:
        self.chunks: list[Chunk] = []
        self.open = True
        self._pending = b""
        self._watch_cpu = True
        self._fd, slave = os.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLS, COLS * 10, ROWS * 20))
        self.began = time.monotonic()
        self.pid = os.fork()
        if self.pid == 0:
            _become(argv, environment, slave, self._fd)
        os.close(slave)

    def read(self, until: float) -> None:
        """Take what the program writes until a moment of the monotonic clock."""
        while self.open and (left := until - time.monotonic()) > 0:
            if not select.select([self._fd], [], [], left)[0]:
                continue
            data = b""
            with contextlib.suppress(OSError):  # EIO: the program closed its end
                data = os.read(self._fd, 1 << 16)
            self.open = bool(data)
            cpu = proctree.cpu_seconds(self.pid) if self._watch_cpu else 0.0
            self.chunks.append(Chunk(time.monotonic(), cpu, data))
            self._answer(data)

    def settle(self) -> None:
        """Stop reading CPU clocks at each chunk: from here on it would only cost."""
        self._watch_cpu = False

    def _answer(self, data: bytes) -> None:
        text = self._pending + data
        for question in QUESTION.finditer(text):
            os.write(self._fd, reply(question))
        unfinished = UNFINISHED.search(text)
        self._pending = b"" if unfinished is None or QUESTION.search(unfinished[0]) else unfinished[0]

    def end(self, key: bytes = b"q") -> str:
        """Quit by key, then by SIGTERM, then by SIGKILL; return what it took."""
        for how, act in (
            ("key", lambda: os.write(self._fd, key)),
            ("SIGTERM", lambda: os.kill(self.pid, signal.SIGTERM)),
            ("SIGKILL", lambda: os.kill(self.pid, signal.SIGKILL)),
        ):
            with contextlib.suppress(OSError):
                act()
            if self._gone(3):
                os.close(self._fd)
                return how
        raise RuntimeError(f"process {self.pid} outlived SIGKILL")

    def _gone(self, seconds: float) -> bool:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if os.waitpid(self.pid, os.WNOHANG)[0]:
                return True
            if self.open:
                self.read(time.monotonic() + 0.02)
            else:
                time.sleep(0.02)
        return False


def _become(argv: list[str], environment: dict[str, str], slave: int, master: int) -> None:
    """Turn a forked child into the program."""
    try:
        os.close(master)
        os.login_tty(slave)
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        os.execvpe(argv[0], argv, environment)
    finally:
        os._exit(127)


class Screen:
    """What a terminal shows after the bytes it was given."""

    def __init__(self) -> None:
        self._screen = pyte.Screen(COLS, ROWS)
        self._stream = pyte.ByteStream(self._screen)
        self._tail = b""

    def feed(self, data: bytes) -> None:
        """Take bytes in the order in which they were written."""
        text = UNREADABLE.sub(b"", self._tail + data)
        unfinished = UNFINISHED.search(text)
        cut = unfinished.start() if unfinished and not re.search(rb"[@-~]\Z", unfinished[0][2:]) else len(text)
        text, self._tail = text[:cut], text[cut:]
        self._stream.feed(REPEATED.sub(lambda found: found[1] * (int(found[2]) + 1), text))

    def lines(self) -> list[str]:
        """Return the screen as text."""
        return [line.rstrip() for line in self._screen.display]

    def cells(self) -> int:
        """Return how many cells are not blank."""
        return sum(1 for line in self._screen.buffer.values() for cell in line.values() if cell.data.strip())
