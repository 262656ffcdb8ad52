"""Holding a process so that what is done to it is done to no other.

The pid is opened first (pidfd_open(2)), its start time is read after that. If the start time is the one wanted, the
pidfd is that process and stays it, even if the process ends and its pid is given away in the same instant: a signal
through it reaches that process or nobody. Kernels before 5.3 have no pidfds; then the same check comes right before
kill(2), and a window of some microseconds remains.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from typing import Final, Self

from tuimon.collectors.linux.start import start_of

_ROUNDS: Final = 10
"""How often threads are looked for that came meanwhile; each of them was made like the one that made it."""


class Gone(Exception):  # noqa: N818  no fault, a state that callers act on
    """The process has ended."""


class Replaced(Exception):  # noqa: N818  as above
    """The process has ended, and its pid is another one's."""


class Grip:
    """One process, held from here on. Raises Gone and Replaced; `start` is in ticks since the boot."""

    def __init__(self, pid: int, start: int) -> None:
        self.pid = pid
        self._start = start
        self._pidfd = -1
        self._folder = -1
        try:
            self._open()
        except BaseException:
            self.release()
            raise

    def _open(self) -> None:
        try:
            self._pidfd = pidfd_of(self.pid)
            self._folder = os.open(f"/proc/{self.pid}", os.O_RDONLY | os.O_DIRECTORY)
            found = start_of(self._folder)
        except (ProcessLookupError, FileNotFoundError):
            raise Gone from None
        if found != self._start:
            raise Replaced

    @property
    def alive(self) -> bool:
        """Whether its pid is still its own."""
        try:
            return start_of(self._folder) == self._start
        except OSError:
            return False

    def send(self, number: int) -> None:
        """Send it a signal. Raises Gone, and OSError as kill(2)."""
        try:
            if self._pidfd >= 0:
                signal.pidfd_send_signal(self._pidfd, number)
            else:
                os.kill(self.pid, number)
        except ProcessLookupError:
            raise Gone from None

    def each_thread(self, change: Callable[[int], None]) -> None:
        """Change all of its threads, by calls that take a thread's id. Raises Gone, and OSError as `change` does.

        Such calls know no pidfd. A thread is looked for right before its call, and the process right after the last
        one: as long as it is there, its pid was nobody else's.
        """
        done: set[int] = set()
        for _ in range(_ROUNDS):
            fresh = self._threads() - done
            if not fresh:
                break
            for tid in sorted(
                fresh, key=lambda tid: (tid != self.pid, tid)
            ):  # the first one first: it is refused, or all are
                self._change_thread(tid, change)
            done |= fresh
        if not self.alive:
            raise Gone

    def _threads(self) -> set[int]:
        try:
            fd = os.open("task", os.O_RDONLY | os.O_DIRECTORY, dir_fd=self._folder)
        except (ProcessLookupError, FileNotFoundError):
            raise Gone from None
        try:
            return set(map(int, os.listdir(fd)))
        finally:
            os.close(fd)

    def _change_thread(self, tid: int, change: Callable[[int], None]) -> None:
        try:
            os.stat(f"task/{tid}", dir_fd=self._folder)
            change(tid)
        except (ProcessLookupError, FileNotFoundError):
            if tid == self.pid:
                raise Gone from None

    def release(self) -> None:
        """Let go of it."""
        for fd in (self._pidfd, self._folder):
            if fd >= 0:
                os.close(fd)
        self._pidfd = self._folder = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


def pidfd_of(pid: int) -> int:
    """Return a pidfd; -1 where this kernel or sandbox has none. Raises ProcessLookupError where there is no process."""
    try:
        return os.pidfd_open(pid)
    except (ProcessLookupError, AttributeError) as error:
        if isinstance(error, AttributeError):
            return -1
        raise
    except OSError:
        return -1
