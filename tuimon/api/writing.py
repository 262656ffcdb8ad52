"""Answers as bytes: JSON, compressed where that is asked for and worth it. Made in the reader's thread."""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from tuimon.api.newest import LEVEL, SMALL, takes_gzip
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
    """Return a body that is ready."""
    headers = {"cache-control": cache, "vary": "Accept-Encoding"}
    if len(body) > SMALL and takes_gzip(request.headers.get("accept-encoding", "").encode()):
        body = gzip.compress(body, LEVEL, mtime=0)
        headers["content-encoding"] = "gzip"
    return Response(body, status, headers, media_type)


def rounded(values: Sequence[float | None]) -> list[float | None]:
    """Return numbers without the digits that come of arithmetic: no metric is known to more than four decimals."""
    return [None if one is None else int(one) if one == int(one) else round(one, 4) for one in values]
