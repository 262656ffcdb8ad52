"""Answers as bytes: JSON, compressed where that is asked for and worth it. Made in the reader's thread."""

from __future__ import annotations

import gzip
import hashlib
import math
import threading
from collections.abc import Iterable
from http import HTTPStatus
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from tuimon.api.newest import LEVEL, SMALL, is_in, takes_gzip
from tuimon.model.wire import to_json

FRESH: Final = "private, no-cache"
OLD: Final = "private, max-age=60"
"""Of what is over: it will not change but by growing coarser."""


def answer(request: Request, value: object, *, status: int = 200, cache: str = FRESH) -> Response:
    """Return a value as JSON."""
    return answer_bytes(request, to_json(value).encode(), status=status, cache=cache)


def answer_bytes(
    request: Request, body: bytes, *, status: int = 200, cache: str = FRESH, media_type: str = "application/json"
) -> Response:
    """Return a body that is ready, or that a client has it already: its ETag is that of its content."""
    digest = hashlib.blake2b(body, digest_size=12).digest()
    etag = f'W/"{digest.hex()}"'
    headers = {"cache-control": cache, "vary": "Accept-Encoding"}
    if status == HTTPStatus.OK and request.method == "GET":
        headers["etag"] = etag
        if is_in(etag.encode(), request.headers.get("if-none-match", "").encode("latin-1")):
            return Response(None, HTTPStatus.NOT_MODIFIED, headers)
    if len(body) > SMALL and takes_gzip(request.headers.get("accept-encoding", "").encode("latin-1")):
        body = ZIPPED.of(digest, body)
        headers["content-encoding"] = "gzip"
    return Response(body, status, headers, media_type)


class Zipped:
    """Compresses answers, each once while it is among the last `most_bytes` of them. Any thread may ask."""

    def __init__(self, most_bytes: int = 1 << 20) -> None:
        self.made = 0
        self._left = self._most = most_bytes
        self._found: dict[bytes, bytes] = {}
        self._mutex = threading.Lock()

    def of(self, digest: bytes, body: bytes) -> bytes:
        """Return a body as gzip; `digest` names its content."""
        found = self._found.get(digest)
        if found is None:
            found = gzip.compress(body, LEVEL, mtime=0)
            with self._mutex:
                self._keep(digest, found)
        return found

    def _keep(self, digest: bytes, found: bytes) -> None:
        self.made += 1
        if digest in self._found or len(found) > self._most:
            return
        self._found[digest] = found
        self._left -= len(found)
        while self._left < 0:
            self._left += len(self._found.pop(next(iter(self._found))))


ZIPPED: Final = Zipped()


class _Texts(dict[float | None, str]):
    """Numbers as they are written: in a series most come again and again, and to find one takes a tenth of the time."""

    def __missing__(self, value: float | None) -> str:
        if len(self) >= MOST_TEXTS:
            self.clear()
        text = self[value] = _text(value)
        return text


def numbers(values: Iterable[float | None]) -> str:
    """Return a JSON array of numbers, without the digits that come of arithmetic: no metric has over four decimals."""
    return f"[{','.join(map(_TEXTS.__getitem__, values))}]"


def _text(value: float | None) -> str:
    if value is None or not math.isfinite(value):
        return "null"
    whole = int(value)
    return str(whole) if whole == value else repr(round(value, 4))


MOST_TEXTS: Final = 10_000
_TEXTS: Final = _Texts()
