"""Asks statvfs in a process of its own, for filesystems that may never answer.

That process answers one question after the other. When one is not answered in time, the process is abandoned: nobody
waits for it, since it may be beyond any signal, and another one takes its place and its other questions, up to a limit.
It inherits no descriptor but its two pipes, no terminal and no lock.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
from collections import deque
from collections.abc import Iterable
from contextlib import suppress
from typing import Final

_LOG = logging.getLogger("tuimon.collectors")
_PATIENCE: Final = 3.0
"""Seconds that one answer may take."""
_LIMIT: Final = 4
"""Processes at once, the stuck ones among them."""
_PROGRAM: Final = os.path.join(os.path.dirname(__file__), "answerer.py")
Answer = tuple[int, int, int, int, int, int] | int


class Answerer:
    """One process that answers; `waiting` are its questions, the one it is at first, `since` when it came to that one."""

    def __init__(self) -> None:
        question, self._questions = os.pipe()
        self._answers, answer = os.pipe()
        null = os.open(os.devnull, os.O_WRONLY)
        try:
            self.pid = os.posix_spawn(
                sys.executable,
                [sys.executable, "-I", "-S", "-E", _PROGRAM],
                {"PATH": os.defpath},
                file_actions=[
                    (os.POSIX_SPAWN_DUP2, question, 0),
                    (os.POSIX_SPAWN_DUP2, answer, 1),
                    (os.POSIX_SPAWN_DUP2, null, 2),
                ],
                setsid=True,
                setsigmask=(),
                setsigdef=(signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGPIPE),
            )
        except OSError:
            os.close(self._questions)
            os.close(self._answers)
            raise
        finally:
            for fd in (question, answer, null):
                os.close(fd)
        os.set_blocking(self._questions, False)
        os.set_blocking(self._answers, False)
        self.waiting: deque[bytes] = deque()
        self.since = 0.0
        self._partial = b""

    def ask(self, path: bytes, now: float) -> None:
        """Put one more question; raises OSError when the process is gone, BlockingIOError when it has enough."""
        os.write(self._questions, path + b"\0")
        if not self.waiting:
            self.since = now
        self.waiting.append(path)

    def answers(self, now: float) -> list[tuple[bytes, Answer]]:
        """Return the answers that are there; raises OSError when the process is gone."""
        try:
            raw = os.read(self._answers, 65536)
        except BlockingIOError:
            return []
        if not raw:
            raise BrokenPipeError
        *lines, self._partial = (self._partial + raw).split(b"\n")
        if lines:
            self.since = now
        return [(self.waiting.popleft(), parse_answer(line)) for line in lines if self.waiting]

    def end(self) -> None:
        """Have it end, now or whenever it can; never wait for it."""
        os.close(self._questions)
        os.close(self._answers)
        with suppress(OSError):
            os.kill(self.pid, signal.SIGKILL)


def parse_answer(line: bytes) -> Answer:
    """Return the six numbers of one filesystem, or an errno."""
    numbers = list(map(int, line.split()))
    if len(numbers) == 1:
        return numbers[0]
    size, blocks, free, available, files, files_free = numbers
    return size, blocks, free, available, files, files_free


class Asker:
    """Puts questions to one process, and to another when that one is stuck."""

    def __init__(self, patience: float = _PATIENCE, limit: int = _LIMIT) -> None:
        self._patience = patience
        self._limit = limit
        self._todo: deque[bytes] = deque()
        self._current: Answerer | None = None
        self._stuck: list[Answerer] = []
        self._ended: list[int] = []
        self._refused = False

    @property
    def busy(self) -> bool:
        """Whether an answer may come."""
        return bool(self._todo or self._stuck or self._ended or (self._current and self._current.waiting))

    @property
    def processes(self) -> tuple[int, ...]:
        """The processes that are asked, stuck ones first."""
        return tuple(one.pid for one in (*self._stuck, *filter(None, [self._current])))

    def ask(self, paths: Iterable[bytes]) -> None:
        """Ask about these paths, each unless it is being asked about already."""
        asked = {path for one in (*self._stuck, *filter(None, [self._current])) for path in one.waiting}
        asked.update(self._todo)
        self._todo.extend(path for path in paths if path not in asked)

    def answers(self, now: float) -> tuple[list[tuple[bytes, Answer]], list[bytes]]:
        """Return the answers that are there and the paths that are late, without waiting. `now` is monotonic."""
        self._reap()
        found = [answer for one in list(self._stuck) for answer in self._listen_stuck(one, now)]
        current = self._current
        if current is not None:
            try:
                found += current.answers(now)
            except (OSError, ValueError):
                self._replace(current)
        return found, self._abandon(now) + self._put(now)

    def _listen_stuck(self, one: Answerer, now: float) -> list[tuple[bytes, Answer]]:
        """Hear whether one answers after all; then, or when it is gone, it is not needed any more."""
        try:
            found = one.answers(now)
        except (OSError, ValueError):
            found = []
        else:
            if not found:
                return []
        self._stuck.remove(one)
        self._retire(one)
        return found

    def _abandon(self, now: float) -> list[bytes]:
        """Leave the current process to itself if it waits for too long; return what it waits for."""
        current = self._current
        if current is None or not current.waiting or now - current.since <= self._patience:
            return []
        late = current.waiting.popleft()
        self._todo.extendleft(reversed(current.waiting))
        current.waiting = deque([late])
        self._stuck.append(current)
        self._current = None
        return [late]

    def _put(self, now: float) -> list[bytes]:
        """Put the questions that nobody was asked yet; return those that nobody can be asked."""
        while self._todo:
            current = self._current = self._current or self._start()
            if current is None:
                unasked = list(self._todo)
                self._todo.clear()
                return unasked
            try:
                current.ask(self._todo[0], now)
            except BlockingIOError:
                break
            except OSError:
                self._replace(current)
                break
            self._todo.popleft()
        return []

    def _start(self) -> Answerer | None:
        """Return a new process; None where there are enough, or where none can be had."""
        if len(self._stuck) >= self._limit:
            return None
        try:
            return Answerer()
        except OSError as error:
            if not self._refused:
                _LOG.warning("filesystem: no process to ask remote filesystems with: %s", error)
            self._refused = True
            return None

    def _replace(self, gone: Answerer) -> None:
        """Take the questions of a process that is gone, all but the one that it may have died of."""
        self._todo.extendleft(reversed(list(gone.waiting)[1:]))
        self._retire(gone)
        self._current = None

    def _retire(self, one: Answerer) -> None:
        one.end()
        self._ended.append(one.pid)

    def _reap(self) -> None:
        """Collect the processes that have ended, without waiting."""
        for pid in list(self._ended):
            try:
                done = os.waitpid(pid, os.WNOHANG)[0] == pid
            except ChildProcessError:
                done = True
            if done:
                self._ended.remove(pid)

    def close(self) -> None:
        """Let go of all processes. What is stuck is killed by the kernel once it can be."""
        for one in (*self._stuck, *filter(None, [self._current])):
            self._retire(one)
        self._stuck.clear()
        self._todo.clear()
        self._current = None
        self._reap()
