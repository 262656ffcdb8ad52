"""What is wrong with a request, as RFC 9457 has it: a JSON document that names the parameter and what was expected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

from starlette.responses import Response
from starlette.types import Send

from tuimon.api.headers import HARDENED
from tuimon.model.text import harmless
from tuimon.model.wire import to_json

MEDIA_TYPE: Final = "application/problem+json"


class Problem(Exception):  # noqa: N818  it is an answer
    """An answer that is not what was asked for. `parameter`, `expected` and `nearest` say how to mend a request."""

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        parameter: str = "",
        expected: str = "",
        nearest: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.parameter = parameter
        self.expected = expected
        self.nearest = nearest
        self.headers = dict(headers or {})

    def document(self) -> dict[str, Any]:
        """Return it as RFC 9457 writes it; members that say nothing are left out."""
        members = {
            "type": "about:blank",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": harmless(self.detail, 400),
            "parameter": harmless(self.parameter, 80),
            "expected": self.expected,
            "nearest": self.nearest,
        }
        return {name: value for name, value in members.items() if value != ""}

    def body(self) -> bytes:
        """Return the document as bytes."""
        return to_json(self.document()).encode()

    def response(self) -> Response:
        """Return it as what an endpoint answers."""
        headers = {"cache-control": "no-store", **self.headers}
        return Response(self.body(), self.status, headers=headers, media_type=MEDIA_TYPE)

    def wire(self, lines: Sequence[tuple[bytes, bytes]] = ()) -> bytes:
        """Return it as RFC 9112 has it, the last answer of a connection; `lines` are the server's own headers."""
        body = self.body()
        headers = [*lines, *self._lines(body), (b"connection", b"close")]
        parts = [part for name, value in headers for part in (name, b": ", value, b"\r\n")]
        first = f"HTTP/1.1 {self.status} {HTTPStatus(self.status).phrase}\r\n".encode()
        return b"".join([first, *parts, b"\r\n", body])

    def _lines(self, body: bytes) -> list[tuple[bytes, bytes]]:
        return [
            (b"content-type", MEDIA_TYPE.encode()),
            (b"content-length", str(len(body)).encode()),
            (b"cache-control", b"no-store"),
            *((name.encode(), value.encode()) for name, value in self.headers.items()),
            *HARDENED,
        ]

    async def reject(self, send: Send) -> None:
        """Send it in the place of a WebSocket."""
        await self.send(send, answer="websocket.http.response")

    async def send(self, send: Send, answer: str = "http.response") -> None:
        """Send it as an answer of its own."""
        body = self.body()
        await send({"type": f"{answer}.start", "status": self.status, "headers": self._lines(body)})
        await send({"type": f"{answer}.body", "body": body})


def not_yet(detail: str, seconds: int = 1) -> Problem:
    """Return the answer to what cannot be answered now, but soon can."""
    return Problem(503, detail, headers={"retry-after": str(seconds)})
