"""What Prometheus scrapes: a page made at most once a tick, when somebody asks, and in a thread of its own."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
from typing import Final

from starlette.types import Receive, Scope, Send

from tuimon.api.newest import Current, Encode, Newest
from tuimon.api.problems import not_yet
from tuimon.model.snapshot import Frame

TEXT: Final = b"text/plain; version=0.0.4; charset=utf-8"
PATIENCE_SECONDS: Final = 8.0
"""Less than the ten seconds that Prometheus waits by default."""
LOG: Final = logging.getLogger(__name__)


class Scrape:
    """Serves the page of the newest frame, as a plain ASGI app.

    `made` counts how often one was made. Making one reads the machine: a driver that does not answer then keeps a thread waiting, and whoever scrapes is told
    so, but it holds up no other request.
    """

    def __init__(self, newest: Newest, encode: Encode, run: str) -> None:
        self.made = 0
        self._newest = newest
        self._encode = encode
        self._run = run
        self._page: tuple[Frame | None, Current] = None, Current(lambda: None, encode, run, TEXT)
        self._making: asyncio.Future[None] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with the page of the newest frame."""
        frame = self._newest()
        if frame is not None and frame is not self._page[0] and not await self._make(frame):
            await not_yet("the machine does not answer, for longer than a scrape may take", 15).send(send)
            return
        await self._page[1](scope, receive, send)

    async def _make(self, frame: Frame) -> bool:
        """Have the page made of a frame or of a newer one; return whether that came about in time."""
        making = self._making
        if making is None or making.done():
            making = self._making = asyncio.get_running_loop().create_future()
            work = threading.Thread(target=self._show, args=(frame, making), name="tuimon-scrape", daemon=True)
            work.start()
        try:
            await asyncio.wait_for(asyncio.shield(making), PATIENCE_SECONDS)
        except TimeoutError:
            LOG.warning("metrics: not made within %g s", PATIENCE_SECONDS)
            return False
        return True

    def _show(self, frame: Frame, making: asyncio.Future[None]) -> None:
        """Make the page of a frame, packed too, then let it be seen."""
        error: Exception | None = None
        try:
            current = Current(lambda: frame, self._encode, self._run, TEXT)
            current.zipped()
            self.made += 1
            self._page = frame, current
        except Exception as what:
            error = what
        with contextlib.suppress(RuntimeError):  # the loop has ended meanwhile
            making.get_loop().call_soon_threadsafe(_tell, making, error)


def _tell(making: asyncio.Future[None], error: Exception | None) -> None:
    """Tell those who wait what came of it."""
    if making.done():
        return
    if error is None:
        making.set_result(None)
    else:
        making.set_exception(error)
