"""Reads of the past, aside: one thread with its own read-only connection. Nobody who asks for the present waits for it."""

from __future__ import annotations

import asyncio
import logging
import queue
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from typing import Any, Final, TypeVar

from tuimon.api.problems import Problem, not_yet
from tuimon.protocols import Archive

LOG: Final = logging.getLogger(__name__)
MOST_WAITING: Final = 64
"""Questions that wait for the reader; more are told to come back."""
LOOK_SECONDS: Final = 0.05
"""How often it is looked whether there is a past to read."""
T = TypeVar("T")

Work = Callable[[], object]


class Reader:
    """Does one thing after the other in a thread of its own, which ends with the program.

    `open_archive` is called in that thread, when first needed, and not before `is_ready` says yes; `seconds` is how long
    a question may take, the wait for others included.
    """

    def __init__(
        self, open_archive: Callable[[], Archive | None], seconds: float, is_ready: Callable[[], bool] = lambda: True
    ) -> None:
        self.seconds = seconds
        self._open = open_archive
        self._is_ready = is_ready
        self._archive: Archive | None = None
        self._queue: queue.Queue[Work | None] = queue.Queue(MOST_WAITING)
        self._thread: threading.Thread | None = None

    async def ask(self, read: Callable[[Archive], T]) -> T:
        """Return what is read of the past. Raises Problem."""
        await self._until_ready()
        return await self.do(lambda: read(self._opened()))

    async def _until_ready(self) -> None:
        """Wait until there is a past to read; the thread is free meanwhile. Raises Problem."""
        end = time.monotonic() + self.seconds
        while not self._is_ready():
            if time.monotonic() > end:
                raise not_yet("the past of the simulated machine is still being made up", 5)
            await asyncio.sleep(LOOK_SECONDS)

    async def do(self, work: Callable[[], T]) -> T:
        """Return what is made in the reader's thread: what takes too long for the event loop. Raises Problem."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[T] = loop.create_future()

        def run() -> None:
            if answer.cancelled():  # given up, or whoever asked has gone
                return
            try:
                found = work()
            except Exception as error:  # told to whoever asked
                _tell(loop, answer.set_exception, answer, error)
            else:
                _tell(loop, answer.set_result, answer, found)

        self._enqueue(run)
        try:
            return await asyncio.wait_for(answer, self.seconds)
        except TimeoutError:
            raise not_yet(
                f"this was not read within {self.seconds:g} s, the limit (serve.request_time); ask for less", 10
            ) from None
        except (Problem, StopIteration):
            raise
        except Exception as error:
            brief = getattr(error, "brief", "")  # one of the history's own
            LOG.exception("the history could not be read")
            raise not_yet(f"the history cannot be read now{f': {brief}' if brief else ''}", 10) from error

    async def stream(self, begin: Callable[[Archive], Iterator[str]]) -> AsyncIterator[bytes]:
        """Yield a long text as it is made, a piece at a time: other questions are answered between two pieces."""
        pieces = await self.ask(lambda archive: iter(begin(archive)))
        while (piece := await self.do(lambda: next(pieces, None))) is not None:
            yield piece.encode()

    def _opened(self) -> Archive:
        if self._archive is None:
            self._archive = self._open()
        if self._archive is None:
            raise Problem(404, "there is no history: nothing is recorded of this machine")
        return self._archive

    def _enqueue(self, work: Work) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="tuimon-reader", daemon=True)
            self._thread.start()
        try:
            self._queue.put_nowait(work)
        except queue.Full:
            raise not_yet(f"{MOST_WAITING} questions about the past wait already") from None

    def _run(self) -> None:
        while (work := self._queue.get()) is not None:
            work()
        if self._archive is not None:
            self._archive.close()

    def close(self, seconds: float = 2.0) -> None:
        """End the thread, unless a read holds it."""
        if self._thread is None:
            return
        with suppress(queue.Full):
            self._queue.put(None, timeout=seconds)
            self._thread.join(seconds)


def _tell(loop: asyncio.AbstractEventLoop, tell: Callable[[Any], None], answer: asyncio.Future[Any], what: Any) -> None:  # noqa: ANN401  whatever was read
    """Hand an answer over to the event loop, if anybody still waits there."""

    def hand() -> None:
        if not answer.done():
            tell(what)

    with suppress(RuntimeError):  # the loop has ended
        loop.call_soon_threadsafe(hand)
