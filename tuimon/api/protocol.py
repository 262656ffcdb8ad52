"""Requests for the newest frame, answered where they are parsed: no task, no scope, one write.

What is not plain (a problem, a page of another server, a body, an answer still under way, a client that does not read) goes
the usual way, through the guard and the app, and is answered the same. docs/decisions/0028-answered-at-once.md
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Final, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

Ready = Callable[[bytes, list[tuple[bytes, bytes]], list[tuple[bytes, bytes]]], bytes | None]
"""What an app that has answers ready gives for (url, headers, the server's own headers): all of an answer, or None."""


class _Answered:
    """A cycle of request and answer that is over."""

    def __init__(self) -> None:
        self.response_complete = True
        self.keep_alive = True
        self.disconnected = False
        self.message_event = asyncio.Event()


ANSWERED: Final = _Answered()
MOST_HEAD: Final = 64 * 1024
"""Bytes of a request's line and headers, about: what came with the first packet counts whole."""
HEAD_SECONDS: Final = 10.0
"""A client has so long to say what it wants, from when it has connected or begun."""
TOO_LARGE: Final = b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


def _nothing(*_: object) -> None:
    """Have nothing ready."""


class Plain(HttpToolsProtocol):
    """uvicorn's protocol with that shortcut, for an app with `at_once`; it waits for no client that does not ask."""

    def __init__(self, *arguments: Any, **options: Any) -> None:  # noqa: ANN401  those of uvicorn's
        super().__init__(*arguments, **options)
        self.at_once: Ready = getattr(self.app, "at_once", _nothing)
        self._in_head = False
        self._head = self._got = 0
        self._patience: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn's
        """Begin to wait for a request."""
        super().connection_made(transport)
        self._patience = self.loop.call_later(HEAD_SECONDS, self._give_up)

    def data_received(self, data: bytes) -> None:
        """Read on; a head that is too long, or too long in coming, ends the connection."""
        self._got = len(data)
        self._head += self._got
        super().data_received(data)
        if not self._in_head or self.transport.is_closing():
            return
        if self._head > MOST_HEAD:
            self.transport.write(TOO_LARGE)
            self.transport.close()
        elif self._patience is None:
            self._patience = self.loop.call_later(HEAD_SECONDS, self._give_up)

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no longer."""
        self._be_patient()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        """Take note that a head has begun."""
        self._in_head, self._head = True, self._got
        super().on_message_begin()

    def _give_up(self) -> None:
        self._patience = None
        self.transport.close()

    def _be_patient(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def on_headers_complete(self) -> None:
        """Answer a request whose headers are read, or begin to."""
        self._in_head = False
        self._be_patient()
        whole = self._ready()
        if whole is None:
            super().on_headers_complete()
            return
        self.cycle = cast("RequestResponseCycle", ANSWERED)
        self.transport.write(whole)
        self.server_state.total_requests += 1
        self._unset_keepalive_if_required()
        self.timeout_keep_alive_task = self.loop.call_later(self.timeout_keep_alive, self.timeout_keep_alive_handler)

    def _ready(self) -> bytes | None:
        parser = self.parser
        free = self.cycle is None or self.cycle.response_complete
        if not (free and parser.get_method() == b"GET" and parser.should_keep_alive()):
            return None
        if self.pipeline or self.flow.write_paused or self.expect_100_continue or parser.should_upgrade():
            return None
        if parser.get_http_version() != "1.1" or self.transport.is_closing():
            return None
        if self.limit_concurrency is not None and len(self.connections) >= self.limit_concurrency:
            return None
        return self.at_once(self.url, self.headers, self.server_state.default_headers)
