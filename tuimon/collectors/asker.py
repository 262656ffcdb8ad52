"""Asks statvfs in a process of its own, for filesystems that may never answer.

That process answers one question after the other. When one takes long, the process is set aside with it: nobody waits
for it, since it may be beyond any signal, and another one takes its place and its other questions, up to a limit. Two
that are stuck on one server answer for all that comes from there. A process inherits no descriptor but its two pipes,
no terminal and no lock.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
from collections import Counter, deque
from collections.abc import Collection, Iterable
from contextlib import suppress
from typing import Final, NamedTuple

_LOG = logging.getLogger("tuimon.collectors")
PATIENCE: Final = 3.0
"""Seconds after which a filesystem is said not to answer."""
LIMIT: Final = 8
"""Processes at once, the stuck ones among them and those that were killed and cannot end."""
A_SERVER: Final = 2
"""Of these, stuck on one server: what else comes from there is not asked as long as they are."""
_HASTE: Final = 4
"""A process is set aside when a part of the patience is over: one in so many."""
_COMING: Final = 10
"""A process that is being started has so many times the patience: on a busy machine that takes its time."""
_PROGRAM: Final = os.path.join(os.path.dirname(__file__), "answerer.py")
Answer = tuple[int, int, int, int, int, int] | int


class Question(NamedTuple):
    """Which filesystem is asked: a path, what is mounted there (it can change), and the server that has to answer."""

    path: bytes
    mounted: bytes
    server: bytes


class Answerer:
    """One process that answers; `waiting` are its questions, the one it is at first, `since` when it came to that one.

    `told`: that this one does not answer was told.
    """

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
        except (OSError, NotImplementedError):
            os.close(self._questions)
            os.close(self._answers)
            raise
        finally:
            for fd in (question, answer, null):
                os.close(fd)
        os.set_blocking(self._questions, False)
        os.set_blocking(self._answers, False)
        self.waiting: deque[Question] = deque()
        self.since = 0.0
        self.told = False
        self._there = False
        self._partial = b""

    def ask(self, question: Question, now: float) -> None:
        """Put one more question; raises OSError when the process is gone, BlockingIOError when it has enough."""
        os.write(self._questions, question.path + b"\0")
        if not self.waiting:
            self.since = now
        self.waiting.append(question)

    def waits(self, now: float) -> float:
        """Return for how many seconds it has been at its question; one that is only coming counts slowly."""
        return (now - self.since) / (1 if self._there else _COMING) if self.waiting else 0.0

    def answers(self, now: float) -> list[tuple[Question, Answer]]:
        """Return the answers that are there; raises OSError when the process is gone."""
        try:
            raw = os.read(self._answers, 65536)
        except BlockingIOError:
            return []
        if not raw:
            raise BrokenPipeError
        *lines, self._partial = (self._partial + raw).split(b"\n")
        if not lines:
            return []
        self.since = now
        if not self._there:
            self._there = True
            del lines[0]
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
    """Puts questions to one process, and to others when that one is stuck."""

    def __init__(self, patience: float = PATIENCE, limit: int = LIMIT) -> None:
        self._patience = patience
        self._limit = limit
        self._todo: deque[Question] = deque()
        self._current: Answerer | None = None
        self._aside: list[Answerer] = []
        self._ended: list[int] = []
        self._refused = False

    @property
    def busy(self) -> bool:
        """Whether an answer may come."""
        return bool(self._todo or self._aside or self._ended or (self._current and self._current.waiting))

    @property
    def processes(self) -> tuple[int, ...]:
        """The processes that are asked, those set aside first."""
        return tuple(one.pid for one in self._all())

    def _all(self) -> list[Answerer]:
        return [*self._aside, *filter(None, [self._current])]

    def ask(self, questions: Iterable[Question]) -> None:
        """Put these questions, each unless it is being asked already."""
        asked = {question for one in self._all() for question in one.waiting}
        asked.update(self._todo)
        self._todo.extend(question for question in questions if question not in asked)

    def only(self, there: Collection[Question]) -> None:
        """Forget what is asked about anything but these: it was unmounted, lazily perhaps."""
        self._todo = deque(question for question in self._todo if question in there)
        for one in [one for one in self._aside if one.waiting[0] not in there]:
            self._aside.remove(one)
            self._retire(one)

    def answers(self, now: float) -> tuple[list[tuple[Question, Answer]], list[Question]]:
        """Return the answers that are there and the questions that are late, without waiting. `now` is monotonic."""
        self._reap()
        found = [answer for one in list(self._aside) for answer in self._hear_aside(one, now)]
        current = self._current
        if current is not None:
            try:
                found += current.answers(now)
            except (OSError, ValueError):
                self._replace(current)
            else:
                self._set_aside(current, now)
        return found, [*self._late(now), *self._put(now)]

    def _hear_aside(self, one: Answerer, now: float) -> list[tuple[Question, Answer]]:
        """Hear whether one answers after all; then, or when it is gone, it is not needed any more."""
        try:
            found = one.answers(now)
        except (OSError, ValueError):
            found = []
        else:
            if not found:
                return []
        self._aside.remove(one)
        self._retire(one)
        return found

    def _set_aside(self, current: Answerer, now: float) -> None:
        """Leave the current process to its question if it takes long over it; the others are put to another one."""
        if current.waits(now) <= self._patience / _HASTE:
            return
        slow = current.waiting.popleft()
        self._todo.extendleft(reversed(current.waiting))
        current.waiting = deque([slow])
        self._aside.append(current)
        self._current = None

    def _late(self, now: float) -> list[Question]:
        late = [one for one in self._aside if not one.told and one.waits(now) > self._patience]
        for one in late:
            one.told = True
        return [one.waiting[0] for one in late]

    def _put(self, now: float) -> list[Question]:
        """Put the questions that nobody was asked yet; return those that nobody can be asked."""
        unasked: list[Question] = []
        later: deque[Question] = deque()
        stuck = Counter(one.waiting[0].server for one in self._aside)
        hopeless = all(one.told for one in self._aside)
        while self._todo:
            question = self._todo.popleft()
            current = None
            if stuck[question.server] < A_SERVER:
                current = self._current = self._current or self._start()
            if current is None:
                (unasked if hopeless else later).append(question)
            elif not self._asked(current, question, now):
                later.append(question)
                break
        self._todo.extendleft(reversed(later))
        return unasked

    def _asked(self, current: Answerer, question: Question, now: float) -> bool:
        try:
            current.ask(question, now)
        except BlockingIOError:
            return False
        except OSError:
            self._replace(current)
            return False
        return True

    def _start(self) -> Answerer | None:
        """Return a new process; None where there are enough, or where none can be had."""
        if len(self._aside) + len(self._ended) >= self._limit:
            return None
        try:
            return Answerer()
        except (OSError, NotImplementedError) as error:
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
        for one in self._all():
            self._retire(one)
        self._aside.clear()
        self._todo.clear()
        self._current = None
        self._reap()
