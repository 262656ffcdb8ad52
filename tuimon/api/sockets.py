"""WebSockets to which bytes are written that were made once for all of them.

uvicorn's own way makes a frame for each message of each client, and wakes a task of each; a thousand clients that are
sent the same each second cost four times as much that way. docs/decisions/0032-sockets-written-past-asgi.md
What is compressed is compressed once as well: no message builds on the one before. docs/decisions/0033-compressed-once.md
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import Any, Final, Protocol, cast

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.extensions.permessage_deflate import PerMessageDeflate, ServerPerMessageDeflateFactory
from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.protocol import State

OUTLET: Final = "tuimon.outlet"
"""The extension of a WebSocket's ASGI scope that holds its Outlet."""
LEVEL: Final = 4
WORTH_IT: Final = 1000
"""Bytes from which on a message is compressed."""
WINDOW: Final = 15
"""The usual window of deflate, in bits. A client that wants a smaller one is sent what is not compressed."""
COMPRESSED: Final = 0x40
"""The bit of a frame that says so."""
ALONE: Final = ServerPerMessageDeflateFactory(
    server_no_context_takeover=True, client_no_context_takeover=True, compress_settings={"level": LEVEL}
)
"""Compression in which each message stands alone: nothing is held for a client, and one text does for all."""


class Outlet(Protocol):
    """What a WebSocket is written to with; `on_drained` is called when it can take more after it could not.

    `small` says whether it takes messages that are compressed.
    """

    on_drained: Callable[[], None]
    small: bool

    def put(self, data: bytes) -> bool:
        """Write a message that `message` made; return whether it was taken: a slow client takes none for now."""


def message(text: bytes, *, small: bool = False) -> bytes:
    """Return a text message as it goes over the wire from a server (RFC 6455, 5.2), `small` compressed (RFC 7692, 7.2)."""
    if not small or len(text) < WORTH_IT:
        return Frame(Opcode.TEXT, text).serialize(mask=False)
    deflate = zlib.compressobj(LEVEL, wbits=-WINDOW)
    short = deflate.compress(text) + deflate.flush(zlib.Z_SYNC_FLUSH)
    made = bytearray(Frame(Opcode.TEXT, short.removesuffix(b"\0\0\xff\xff")).serialize(mask=False))
    made[0] |= COMPRESSED
    return bytes(made)


class Socket(WebSocketsSansIOProtocol):
    """A WebSocket of uvicorn's that is an Outlet as well, and says so in its scope."""

    on_drained: Callable[[], None] = staticmethod(lambda: None)
    small = False

    def __init__(self, *arguments: Any, **options: Any) -> None:  # noqa: ANN401  those of uvicorn's
        super().__init__(*arguments, **options)
        self.conn.available_extensions = [ALONE]

    def handle_connect(self, event: Request) -> None:
        """Begin the handshake."""
        super().handle_connect(event)
        agreed = [one for one in self.conn.extensions if isinstance(one, PerMessageDeflate)]
        self.small = any(one.local_max_window_bits == WINDOW for one in agreed)
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
