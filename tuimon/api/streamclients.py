"""Who listens to the stream: what each was sent, and how it is sent more without waiting for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from starlette.types import Send

from tuimon.api.sockets import Outlet
from tuimon.api.streamasked import Asked
from tuimon.api.streambytes import Tick

SAME: Final = 0.001
"""Seconds: the history keeps times to the millisecond."""
RESTART: Final = 1012
"""The code of a WebSocket's end that means: come again (RFC 6455, 7.4)."""


class Client:
    """One that is sent frames once it is `live`; until then it is sent what it missed."""

    def __init__(self, wish: Asked, recent: float) -> None:
        self.choice = wish.choice
        self.live = False
        self.had: int | None = None
        """The tick that it was sent last."""
        self.after = wish.since or 0.0
        """The moment of the frame that it had before those of now; 0: none."""
        self._recent = recent

    def lacks(self, tick: Tick) -> bool:
        """Return whether it has not got a frame yet.

        A frame that is much older than what it has comes of a clock that was put back: that one it lacks.
        """
        if self.had is not None:
            return tick.number != self.had
        return not -SAME <= self.after - tick.frame.snapshot.time <= self._recent

    def offer(self, tick: Tick) -> None:
        """Send a frame, or leave it out for a client that has not taken the one before. Never waits."""
        raise NotImplementedError

    def end(self, reason: str) -> None:
        """Say that there will be no more, and why."""
        raise NotImplementedError


class SocketClient(Client):
    """One at a WebSocket."""

    def __init__(
        self, wish: Asked, recent: float, outlet: Outlet, send: Send, newest: Callable[[], Tick | None]
    ) -> None:
        super().__init__(wish, recent)
        self.said = 0
        """Its messages since the last frame."""
        self.left_out = 0
        """Frames that it could not take since the last one that it took."""
        self.over = False
        self._outlet = outlet
        self._send = send
        self._newest = newest
        self._ending: asyncio.Task[None] | None = None
        outlet.on_drained = self._drained

    def offer(self, tick: Tick) -> None:
        """Write a frame."""
        self.said = 0
        if not (self.live and self.lacks(tick)):
            return
        if self._outlet.put(tick.message(self.choice, self.had, small=self._outlet.small)):
            self.had = tick.number
            self.left_out = 0
        else:
            self.left_out += 1

    def _drained(self) -> None:
        tick = self._newest()
        if tick is not None and self.left_out:
            self.offer(tick)

    def end(self, reason: str) -> None:
        """Close it."""
        self.over = True
        self._ending = asyncio.get_running_loop().create_task(self._close(reason))

    async def _close(self, reason: str) -> None:
        with suppress(OSError, RuntimeError):  # it has gone by itself
            await self._send({"type": "websocket.close", "code": RESTART, "reason": reason})


class EventClient(Client):
    """One of server-sent events: a task of its own sends the newest frame when the one before is sent."""

    def __init__(self, wish: Asked, recent: float) -> None:
        super().__init__(wish, recent)
        self.news = asyncio.Event()
        self.reason = ""
        """Why it is sent no more, '' while it is."""

    def offer(self, tick: Tick) -> None:  # noqa: ARG002  it takes the newest that there is by then
        """Say that there is a frame."""
        self.news.set()

    def end(self, reason: str) -> None:
        """Have the answer come to its end."""
        self.reason = reason
        self.news.set()
