"""Asks statvfs in a process of its own, for filesystems that may never answer.

One process is asked about one path at a time. If it does not answer in time it is abandoned: nobody waits for it,
since it may be beyond any signal, and another one takes its place, up to a limit. It inherits no descriptor but its
two pipes, no terminal and no lock.
"""

from __future__ import annotations

import os
import signal
import sys
from collections import deque
from collections.abc import Iterable
from contextlib import suppress
from typing import Final

_PATIENCE: Final = 3.0
"""Seconds that one answer may take."""
_LIMIT: Final = 4
"""Processes at once, the stuck ones among them."""
_PROGRAM: Final = os.path.join(os.path.dirname(__file__), "answerer.py")
Answer = tuple[int, int, int, int, int, int] | int


class Answerer:
    """One process that answers; `path` is what it was asked last, None while it has nothing to do."""

    def __init__(self) -> None:
        question, self.questions = os.pipe()
        self.answers, answer = os.pipe()
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
            os.close(self.questions)
            os.close(self.answers)
            raise
        finally:
            for fd in (question, answer, null):
                os.close(fd)
        os.set_blocking(self.questions, False)
        os.set_blocking(self.answers, False)
        self.path: bytes | None = None
        self.asked_at = 0.0
        self._partial = b""

    def ask(self, path: bytes, now: float) -> None:
        """Put one question; raises OSError when the process is gone."""
        self.path, self.asked_at = path, now
        os.write(self.questions, path + b"\0")

    def answer(self) -> Answer | None:
        """Return the answer if it is there; raises OSError when the process is gone."""
        try:
            raw = os.read(self.answers, 4096)
        except BlockingIOError:
            return None
        if not raw:
            raise BrokenPipeError
        self._partial += raw
        if not self._partial.endswith(b"\n"):
            return None
        numbers = list(map(int, self._partial.split()))
        self._partial, self.path = b"", None
        if len(numbers) == 1:
            return numbers[0]
        size, blocks, free, available, files, files_free = numbers
        return size, blocks, free, available, files, files_free

    def end(self) -> None:
        """Have it end, now or whenever its question is answered; never wait for it."""
        os.close(self.questions)
        os.close(self.answers)
        with suppress(OSError):
            os.kill(self.pid, signal.SIGKILL)


class Asker:
    """Puts questions to one process, and to another when that one is stuck."""

    def __init__(self, patience: float = _PATIENCE, limit: int = _LIMIT) -> None:
        self._patience = patience
        self._limit = limit
        self._todo: deque[bytes] = deque()
        self._current: Answerer | None = None
        self._stuck: list[Answerer] = []
        self._ended: list[int] = []

    @property
    def busy(self) -> bool:
        """Whether an answer may come."""
        return bool(self._todo or self._stuck or (self._current and self._current.path is not None))

    @property
    def processes(self) -> tuple[int, ...]:
        """The processes that were started and have not ended, stuck ones first."""
        return tuple(one.pid for one in (*self._stuck, *filter(None, [self._current])))

    def ask(self, paths: Iterable[bytes]) -> None:
        """Ask about these paths, each unless it is being asked about already."""
        asked = {one.path for one in (*self._stuck, *filter(None, [self._current]))}
        self._todo.extend(path for path in paths if path not in asked and path not in self._todo)

    def answers(self, now: float) -> tuple[list[tuple[bytes, Answer]], list[bytes]]:
        """Return the answers that are there and the paths that are late, without waiting. `now` is monotonic."""
        self._reap()
        found: list[tuple[bytes, Answer]] = []
        late: list[bytes] = []
        for one in list(self._stuck):
            if self._listen(one, found) or one.path is None:
                self._stuck.remove(one)
                self._retire(one)
        while self._work(now, found):
            pass
        current = self._current
        if current is not None and current.path is not None and now - current.asked_at > self._patience:
            late.append(current.path)
            self._stuck.append(current)
            self._current = None
        return found, late

    def _work(self, now: float, found: list[tuple[bytes, Answer]]) -> bool:
        """Listen to the current process and give it its next question; say whether there may be more to do at once."""
        current = self._current
        if current is not None and current.path is not None:
            if self._listen(current, found):
                self._current = None
                self._retire(current)
            elif current.path is not None:
                return False
        if not self._todo:
            return False
        if self._current is None:
            if len(self._stuck) >= self._limit:
                self._todo.clear()
                return False
            self._current = Answerer()
        path = self._todo.popleft()
        try:
            self._current.ask(path, now)
        except OSError:
            self._retire(self._current)
            self._current = None
            return False
        return True

    @staticmethod
    def _listen(one: Answerer, found: list[tuple[bytes, Answer]]) -> bool:
        """Take an answer if there is one; say whether the process is gone."""
        path = one.path
        try:
            answer = one.answer()
        except OSError:
            return True
        if answer is not None and path is not None:
            found.append((path, answer))
        return False

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
