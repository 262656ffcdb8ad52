"""`/api/v1/stream`: each frame as it comes, over a WebSocket or as server-sent events.

A client that cannot keep up misses frames, and is sent the newest one when it can take it: nothing is kept for it. The
source is listened to only while there is a client.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing, suppress
from dataclasses import dataclass
from typing import Final

from starlette.types import Receive, Scope, Send

from tuimon.api.problems import Problem, not_yet
from tuimon.api.sockets import OUTLET
from tuimon.api.streamasked import Asked, asked
from tuimon.api.streambytes import Tick, event
from tuimon.api.streamclients import Client, EventClient, SocketClient
from tuimon.api.streammissed import Ask, Missed, Past
from tuimon.model.snapshot import Frame
from tuimon.model.wire import to_json
from tuimon.protocols import Source

LOG: Final = logging.getLogger(__name__)
MOST: Final = 1000
"""Clients at a time."""
TURN: Final = 50
"""Clients that are written to before others are answered."""
MOST_SAID: Final = 20
"""Messages of a client between two frames: it has nothing to say."""
TOO_MUCH: Final = 1008
QUIET: Final = 15.0
"""Seconds without a frame after which an event stream says that it is still there: proxies close what is silent."""
HELLO: Final = b"retry: 2000\n\n"
"""Has a browser that lost its stream come again after so many milliseconds."""
RECENT: Final = 3.0
"""Intervals by which what is recorded may be ahead of the newest frame."""
HEADERS: Final = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),  # nginx would wait for more
]


@dataclass(frozen=True, slots=True)
class Feed:
    """What the stream is made of.

    `usual` makes the bytes of a frame that `/metrics/current` has, `commands` says whether command lines are shown,
    `ask` asks the past for what a client missed, in the thread that reads it.
    """

    source: Source
    usual: Callable[[Frame], bytes]
    commands: Callable[[], bool]
    ask: Ask
    interval: float = 1.0


class Stream:
    """Serves the stream to at most so many clients, as a plain ASGI app."""

    def __init__(self, feed: Feed, most: int = MOST) -> None:
        self.most = most
        self.clients: set[Client] = set()
        self.tick: Tick | None = None
        self._feed = feed
        self._news = asyncio.Event()
        self._unsubscribe: Callable[[], None] | None = None
        self._spreading: asyncio.Task[None] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one client until it leaves."""
        is_socket = scope["type"] == "websocket"
        if is_socket:
            await receive()
        try:
            wish = self._admit(scope)
        except Problem as problem:
            await (problem.reject(send) if is_socket else problem.send(send))
            return
        if is_socket:
            await self._serve_socket(scope, wish, receive, send)
        elif scope["method"] == "HEAD":
            await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
            await _write(send, b"", more=False)
        else:
            await self._serve_events(wish, receive, send)

    def _admit(self, scope: Scope) -> Asked:
        headers = dict(scope["headers"])
        accept = headers.get(b"accept", b"*/*")
        if scope["type"] == "http" and not any(one in accept for one in (b"text/event-stream", b"*/*", b"text/*")):
            expected = "text/event-stream, or a WebSocket"
            raise Problem(406, "the stream is no document", parameter="Accept", expected=expected)
        wish = asked(scope["query_string"], headers.get(b"last-event-id", b""))
        if len(self.clients) >= self.most:
            raise not_yet(f"{self.most} streams are open already; serve.streams allows more", 10)
        return wish

    def restart(self, reason: str = "the server ends") -> None:
        """Have all clients come again: the server ends, or others are let in than before."""
        self.tick = None
        for client in tuple(self.clients):
            client.end(reason)

    # -- the frames ---------------------------------------------------------------------------------------------------

    def _enter(self, client: Client) -> None:
        self.clients.add(client)
        if self._unsubscribe is None:
            loop = asyncio.get_running_loop()
            self._unsubscribe = self._feed.source.subscribe(lambda _: _tell(loop, self._news.set))
            self._spreading = loop.create_task(self._spread())

    def _leave(self, client: Client) -> None:
        self.clients.discard(client)
        if self.clients or self._unsubscribe is None:
            return
        self._unsubscribe()
        self._unsubscribe = self.tick = None
        if self._spreading is not None:
            self._spreading.cancel()

    def _go_live(self, client: Client) -> None:
        """Let a client have the frames from now on, and the newest at once."""
        client.live = True
        tick = self._newest()
        if tick is not None:
            client.offer(tick)

    def _newest(self) -> Tick | None:
        frame = self._feed.source.newest()
        if frame is None or (self.tick is not None and self.tick.frame is frame):
            return self.tick
        followed = any(client.choice.processes == "all" for client in self.clients)
        before = self.tick.frame if followed and self.tick is not None else None
        self.tick = Tick(frame, before, commands=self._feed.commands(), usual=self._feed.usual)
        return self.tick

    async def _spread(self) -> None:
        """Offer each frame to all clients; other requests are answered in between."""
        while True:
            await self._news.wait()
            self._news.clear()
            try:
                if (tick := self._newest()) is not None:
                    for number, client in enumerate(tuple(self.clients), 1):
                        client.offer(tick)
                        if number % TURN == 0:
                            await asyncio.sleep(0)
            except Exception:
                LOG.exception("a frame could not be sent to the streams")

    async def _missed(self, client: Client) -> AsyncGenerator[Past | bytes, None]:
        """Yield what a client missed, as it is recorded; where that is not all, a message that says so."""
        if not client.after:
            return
        missed = Missed(self._feed.ask, client.after, self._feed.interval, lambda frame: self._past(client, frame))
        try:
            await missed.begin()
            if missed.skipped is not None:
                yield _skipped(*missed.skipped, "too long ago: /api/v1/frames and /api/v1/series have it")
            async with aclosing(missed.frames()) as found:
                async for some in found:
                    for one in some:
                        client.after = one.time
                        yield one
        except Problem as problem:
            yield _skipped(missed.until, None, problem.detail)

    def _past(self, client: Client, frame: Frame) -> bytes:
        return Tick(frame, None, commands=self._feed.commands()).text(client.choice)

    # -- WebSockets ---------------------------------------------------------------------------------------------------

    async def _serve_socket(self, scope: Scope, wish: Asked, receive: Receive, send: Send) -> None:
        outlet = scope["extensions"][OUTLET]
        client = SocketClient(wish, RECENT * self._feed.interval, outlet, send, lambda: self.tick)
        self._enter(client)
        try:
            await send({"type": "websocket.accept"})
            async with aclosing(self._missed(client)) as missed:
                async for one in missed:
                    if client.over:
                        break
                    text = one.text if isinstance(one, Past) else one
                    await send({"type": "websocket.send", "text": text.decode()})
            self._go_live(client)
            await self._listen(client, receive, send)
        finally:
            self._leave(client)

    async def _listen(self, client: SocketClient, receive: Receive, send: Send) -> None:
        """Hear when a client leaves; what it says is passed over, unless it says too much."""
        while (await receive())["type"] != "websocket.disconnect":
            client.said += 1
            if client.said > MOST_SAID and not client.over:
                await send({"type": "websocket.close", "code": TOO_MUCH, "reason": "this stream takes no messages"})
                return

    # -- server-sent events -------------------------------------------------------------------------------------------

    async def _serve_events(self, wish: Asked, receive: Receive, send: Send) -> None:
        client = EventClient(wish, RECENT * self._feed.interval)
        self._enter(client)
        listening = asyncio.create_task(_until_gone(client, receive))
        try:
            await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
            await _write(send, HELLO)
            async with aclosing(self._missed(client)) as missed:
                async for one in missed:
                    if client.reason:
                        break
                    await _write(send, event(*one) if isinstance(one, Past) else b"event: skipped\ndata: %b\n\n" % one)
            self._go_live(client)
            await self._send_events(client, send)
            ended = to_json({"reason": client.reason}).encode()
            await _write(send, b"event: end\ndata: %b\n\n" % ended, more=False)
        finally:
            listening.cancel()
            self._leave(client)

    async def _send_events(self, client: EventClient, send: Send) -> None:
        while not client.reason:
            with suppress(TimeoutError):
                async with asyncio.timeout(QUIET):
                    await client.news.wait()
            silent = not client.news.is_set()
            client.news.clear()
            tick = self.tick
            if tick is not None and client.lacks(tick):
                data = tick.event(client.choice, client.had)
                client.had = tick.number
                await _write(send, data)
            elif silent:
                await _write(send, b":\n\n")


async def _until_gone(client: EventClient, receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    client.end("gone")


async def _write(send: Send, body: bytes, *, more: bool = True) -> None:
    await send({"type": "http.response.body", "body": body, "more_body": more})


def _skipped(start: float, end: float | None, reason: str) -> bytes:
    return to_json({"skipped": {"from": start, "to": end, "reason": reason}}).encode()


def _tell(loop: asyncio.AbstractEventLoop, tell: Callable[[], None]) -> None:
    with suppress(RuntimeError):  # the loop has ended
        loop.call_soon_threadsafe(tell)
