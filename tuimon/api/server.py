"""The event loop of the API: uvicorn in the main thread, ended by SIGTERM or SIGINT, told by SIGHUP to read anew."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import socket
import ssl
from collections.abc import Callable, Generator, Sequence
from typing import Final

import uvicorn
from starlette.types import ASGIApp

from tuimon.api.protocol import Plain
from tuimon.api.sockets import Socket

LOG: Final = logging.getLogger(__name__)
KEEP_ALIVE_SECONDS: Final = 75
"""A connection that asks nothing more is closed after so long: longer than proxies keep theirs."""
PING_SECONDS: Final = 20.0
"""A WebSocket is asked whether its client is still there after so long, and given up after as long without an answer."""
DRAIN_SECONDS: Final = 5
"""Answers that are under way at the end have so long."""


class TlsError(Exception):
    """A certificate or a key that cannot be used; the message is one line."""


class Tls:
    """The certificate of the API. Raises TlsError."""

    def __init__(self, certificate: str, key: str) -> None:
        self._files = certificate, key
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.read()

    def read(self) -> None:
        """Read the files again: connections from now on are shown the new certificate."""
        certificate, key = self._files
        for path in self._files:
            if not os.access(path, os.R_OK):
                raise TlsError(f"{path}: cannot be read")
        try:
            self.context.load_cert_chain(certificate, key)
        except (ssl.SSLError, OSError) as error:
            reason = getattr(error, "reason", None) or error.strerror
            raise TlsError(f"{certificate} and {key} are no certificate with its key (PEM): {reason}") from None


class Server(uvicorn.Server):
    """A server that ends quietly; it calls `ready` once it answers, `reload` on SIGHUP, `ending` before it ends."""

    def __init__(
        self, config: uvicorn.Config, ready: Callable[[], None], reload: Callable[[], None], ending: Callable[[], None]
    ) -> None:
        super().__init__(config)
        self._ready = ready
        self._reload = reload
        self._ending = ending

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to answer."""
        await super().startup(sockets)
        self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let what is under way come to its end; what would never end by itself is told to."""
        self._ending()
        await super().shutdown(sockets)

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Take the signals that end it or have it read its settings again, as long as it serves."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._end)
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # nohup(1)
            loop.add_signal_handler(signal.SIGHUP, self._hang_up, _has_terminal())
        yield

    def _end(self) -> None:
        self.force_exit = self.should_exit  # asked a second time, it waits for nobody
        self.should_exit = True

    def _hang_up(self, had_terminal: bool) -> None:  # noqa: FBT001  a signal's handler takes positions
        """Read the settings again; where the terminal has gone that it was started in, end."""
        if had_terminal and not _has_terminal():
            self._end()
            return
        self._reload()


def _has_terminal() -> bool:
    """Return whether this process has a terminal that could hang up."""
    with contextlib.suppress(OSError):
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY))
        return True
    return False


def serve(
    app: ASGIApp,
    sockets: Sequence[socket.socket],
    *,
    tls: Tls | None = None,
    connections: int = 2000,
    ready: Callable[[], None] = lambda: None,
    reload: Callable[[], None] = lambda: None,
    ending: Callable[[], None] = lambda: None,
) -> None:
    """Serve until a signal ends it; what is under way is answered first."""
    _log_with_us()
    config = uvicorn.Config(
        app,
        loop="asyncio",
        http=Plain,
        ws=Socket,
        ws_per_message_deflate=False,
        ws_max_size=MOST_MESSAGE,
        ws_ping_interval=PING_SECONDS,
        ws_ping_timeout=PING_SECONDS,
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        limit_concurrency=connections,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=DRAIN_SECONDS,
    )
    config.load()
    if tls is not None:
        config.ssl = tls.context
    Server(config, ready, reload, ending).run(list(sockets))


MOST_MESSAGE: Final = 64 * 1024
"""Bytes that a client of a stream may say at once."""


def _log_with_us() -> None:
    """Have the libraries' warnings go where tuimon's own go: never to a terminal."""
    ours = logging.getLogger("tuimon")
    for name in ("uvicorn", "asyncio", "websockets"):
        theirs = logging.getLogger(name)
        theirs.handlers[:] = ours.handlers
        theirs.setLevel(logging.WARNING)
        theirs.propagate = False
