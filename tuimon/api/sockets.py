"""WebSockets to which bytes are written that were made once for all of them.

uvicorn's own way makes a frame for each message of each client, and wakes a task of each; a thousand clients that are
sent the same each second cost four times as much that way. docs/decisions/0032-sockets-written-past-asgi.md
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, Protocol, cast

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.protocol import State

OUTLET: Final = "tuimon.outlet"
"""The extension of a WebSocket's ASGI scope that holds its Outlet."""


class Outlet(Protocol):
    """What a WebSocket is written to with; `on_drained` is called when it can take more after it could not."""

    on_drained: Callable[[], None]

    def put(self, data: bytes) -> bool:
        """Write a message that `message` made; return whether it was taken: a slow client takes none for now."""


def message(text: bytes) -> bytes:
    """Return a text message as it goes over the wire from a server (RFC 6455, 5.2)."""
    return Frame(Opcode.TEXT, text).serialize(mask=False)


class Socket(WebSocketsSansIOProtocol):
    """A WebSocket of uvicorn's that is an Outlet as well, and says so in its scope."""

    on_drained: Callable[[], None] = staticmethod(lambda: None)

    def handle_connect(self, event: Request) -> None:
        """Begin the handshake."""
        super().handle_connect(event)
        if not self.close_sent:
            extensions = cast("dict[str, Any]", self.scope["extensions"])
            extensions[OUTLET] = self  # the task that reads it has not begun

    def put(self, data: bytes) -> bool:
        """Write a message that is made already, unless the client has not taken what it was sent before."""
        if not self.writable.is_set() or self.disconnected or self.close_sent or self.transport.is_closing():
            return False
        if self.conn.state is not State.OPEN:
            return False
        self.transport.write(data)
        return True

    def resume_writing(self) -> None:
        """Take messages again."""
        super().resume_writing()
        self.on_drained()
