"""Requests for the newest frame, answered where they are parsed: no task, no scope, one write.

What is not plain (a problem, a page of another server, a body, an answer still under way, a client that does not read) goes
the usual way, through the guard and the app, and is answered the same. docs/decisions/0028-answered-at-once.md
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any, Final, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from tuimon.api.problems import Problem, not_yet

LOG: Final = logging.getLogger(__name__)
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
SPARE: Final = 64
"""Connections beyond the limit that are listened to until they ask, to be told so; more are told at once."""
SILENCE: Final = 60.0
"""Seconds between two lines of the log about that."""


def _nothing(*_: object) -> None:
    """Have nothing ready."""


class Plain(HttpToolsProtocol):
    """uvicorn's protocol with that shortcut, for an app with `at_once`; it waits for no client that does not ask."""

    said_until = 0.0
    """When a line of the log may tell again that there are too many connections, by the clock of the event loop."""

    def __init__(self, *arguments: Any, **options: Any) -> None:  # noqa: ANN401  those of uvicorn's
        super().__init__(*arguments, **options)
        self.at_once: Ready = getattr(self.app, "at_once", _nothing)
        self.most = self.limit_concurrency
        self.limit_concurrency = None  # uvicorn would refuse those as well that are let in
        self._too_many = False
        self._in_head = self._in_body = False
        self._head = self._got = 0
        self._patience: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn's
        """Begin to wait for a request."""
        super().connection_made(transport)
        beyond = 0 if self.most is None else len(self.connections) - self.most
        self._too_many = beyond > 0
        if beyond > SPARE:
            self._refuse(self._full())
        else:
            self._patience = self.loop.call_later(HEAD_SECONDS, self._give_up)

    def data_received(self, data: bytes) -> None:
        """Read on; a head that is too long, or too long in coming, ends the connection."""
        self._got = len(data)
        self._head += self._got
        super().data_received(data)
        if not self._in_head or self.transport.is_closing():
            return
        if self._head > MOST_HEAD:
            self._refuse(Problem(431, f"the headers of a request are more than {MOST_HEAD} bytes"))
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
        begun = self._in_body and self.cycle.response_started
        if (self._in_head or self._in_body) and not begun:
            what = "head" if self._in_head else "body"
            self._refuse(Problem(408, f"the {what} of a request did not come within {HEAD_SECONDS:g} s"))
        else:
            self.transport.close()

    def _be_patient(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def _is_beyond(self) -> bool:
        """Return whether this one came when there were too many, and there still are."""
        self._too_many = self._too_many and self.most is not None and len(self.connections) > self.most
        return self._too_many

    def _full(self) -> Problem:
        if self.loop.time() >= Plain.said_until:
            Plain.said_until = self.loop.time() + SILENCE
            LOG.warning("%s connections are open, as many as serve.connections allows: more are turned away", self.most)
        return not_yet(f"{self.most} connections are open already; serve.connections allows more", 10)

    def _refuse(self, problem: Problem) -> None:
        """Answer with what is wrong, and close."""
        if not self.transport.is_closing():
            self.transport.write(problem.wire(self.server_state.default_headers))
            self.transport.close()

    def send_400_response(self, msg: str) -> None:
        """Answer what is no HTTP."""
        self._refuse(Problem(400, msg))

    def handle_websocket_upgrade(self) -> None:
        """Go on as a WebSocket, unless that was refused."""
        if not self.transport.is_closing():
            super().handle_websocket_upgrade()

    def on_headers_complete(self) -> None:
        """Answer a request whose headers are read, or begin to."""
        self._in_head = False
        self._be_patient()
        if self._is_beyond():
            self._refuse(self._full())
        if self.transport.is_closing():
            self.cycle = cast("RequestResponseCycle", ANSWERED)
            return
        whole = self._ready()
        if whole is None:
            super().on_headers_complete()
            self._await_body()
            return
        self.cycle = cast("RequestResponseCycle", ANSWERED)
        self.transport.write(whole)
        self.server_state.total_requests += 1
        self._unset_keepalive_if_required()
        self.timeout_keep_alive_task = self.loop.call_later(self.timeout_keep_alive, self.timeout_keep_alive_handler)

    def _await_body(self) -> None:
        self._in_body = any(name == b"content-length" and value != b"0" for name, value in self.headers)
        if self._in_body:
            self._patience = self.loop.call_later(HEAD_SECONDS, self._give_up)

    def on_message_complete(self) -> None:
        """Take note that all of a request is there."""
        if self._in_body:
            self._in_body = False
            self._be_patient()
        super().on_message_complete()

    def _ready(self) -> bytes | None:
        parser = self.parser
        free = self.cycle is None or self.cycle.response_complete
        if not (free and parser.get_method() == b"GET" and parser.should_keep_alive()):
            return None
        if self.pipeline or self.flow.write_paused or self.expect_100_continue or parser.should_upgrade():
            return None
        if parser.get_http_version() != "1.1" or self.transport.is_closing():
            return None
        return self.at_once(self.url, self.headers, self.server_state.default_headers)
