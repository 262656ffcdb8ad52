"""The stream of another tuimon, opened as a WebSocket."""

from __future__ import annotations

import json
import logging
from contextlib import ExitStack
from typing import Final
from urllib.parse import urlencode

from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus, WebSocketException
from websockets.sync.client import ClientConnection, connect

from tuimon.sources.remote.address import Address
from tuimon.sources.remote.faults import BROKE_OFF, RemoteError, no_tuimon, refusal, unreachable
from tuimon.sources.remote.line import AGENT, Json, context_of, headers_of

logging.getLogger("websockets").addHandler(logging.NullHandler())  # what it says has no place on the screen
OPEN_SECONDS: Final = 10.0
LARGEST: Final = 32 << 20
"""Bytes of a message: the table of some ten thousand processes."""


class Messages:
    """What the stream sends, one message after the other."""

    def __init__(self, address: Address, since: float | None = None) -> None:
        """Open it; what came after `since` (epoch seconds) comes first. Raises RemoteError."""
        self._address = address
        asked = {"processes": "all"} | ({} if since is None else {"since": f"{since:.3f}"})
        self._socket = _connected(address, f"{address.stream}?{urlencode(asked)}")

    def next(self, seconds: float) -> Json:
        """Return the next message, parsed. Raises RemoteError where none comes any more, or not for so long."""
        try:
            return json.loads(self._socket.recv(timeout=seconds))
        except TimeoutError:
            raise RemoteError(f"{self._address.url}: it is silent", "it is silent") from None
        except ConnectionClosed as error:
            why = (error.rcvd.reason if error.rcvd else "") or BROKE_OFF
            raise RemoteError(f"{self._address.url}: {why}", why) from None
        except (ValueError, RecursionError, OSError) as error:
            raise unreachable(self._address, error) from error

    def close(self) -> None:
        """Close it, from any thread and without waiting for the other side."""
        self._socket.close_socket()


def _connected(address: Address, url: str) -> ClientConnection:
    try:
        return ExitStack().enter_context(
            connect(  # to be entered, newer editions say; it is left by `close`
                url,
                ssl=context_of(address),
                additional_headers=headers_of(address),
                user_agent_header=AGENT,
                compression="deflate",  # a sixth of the bytes over a slow link, made once over there
                proxy=None,
                open_timeout=OPEN_SECONDS,
                close_timeout=1.0,
                ping_interval=None,  # a sample that does not come says more than a ping that does
                max_size=LARGEST,
            )
        )
    except InvalidStatus as error:
        answer = error.response
        raise refusal(address, answer.status_code, _document(answer.body), answer.headers.get("location", "")) from None
    except InvalidHandshake as error:
        broken = isinstance(error.__cause__, (EOFError, OSError))
        raise (unreachable(address, error) if broken else no_tuimon(address)) from error
    except (WebSocketException, OSError) as error:
        raise unreachable(address, error) from error


def _document(body: bytes | bytearray | None) -> object:
    try:
        found: object = json.loads(body or b"")
    except (ValueError, RecursionError):
        return None
    return found
