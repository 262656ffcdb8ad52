"""What an endpoint may answer, as the contract shows it."""

from __future__ import annotations

from typing import Any, Final

from starlette.responses import Response

from tuimon.api.problems import MEDIA_TYPE

WHY: Final = {
    400: "this is no HTTP request",
    401: "a token is needed, or this one is not the right one",
    403: "not shown without a token, or asked from the page of another server",
    404: "there is no such thing, or nothing was recorded of it",
    405: "not a method for this path",
    406: "the stream is no document: Accept must take text/event-stream",
    408: "a request, or its body, did not come within ten seconds",
    411: "a body must say how long it is",
    413: "the body is too large",
    415: "the body is not said to be JSON",
    421: "the Host header names another machine",
    422: "a parameter is wrong; `parameter`, `expected` and `nearest` say how to mend it",
    431: "the headers are too large",
    503: "not now: too much is asked at once, or the history cannot be read; `Retry-After` says when to ask again",
}
"""Status -> what it says. Each comes as a problem document."""
EVERYWHERE: Final = (400, 401, 403, 405, 408, 411, 413, 421, 422, 431, 503)


def problem(status: int) -> dict[str, Any]:
    """Return the description of a problem's answer."""
    return {
        "description": f"{WHY[status][0].upper()}{WHY[status][1:]}.",
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }


def answers(schema: str, *more: int, media_types: tuple[str, ...] = ("application/json",)) -> dict[str, Any]:
    """Return the part of an endpoint's declaration that says what it answers: a schema's name, or '' for text."""
    content = {
        kind: {
            "schema": {"$ref": f"#/components/schemas/{schema}"} if schema and "json" in kind else {"type": "string"}
        }
        for kind in media_types
    }
    found = {200: {"description": "What was asked for.", "content": content}}
    return {
        "responses": found | {status: problem(status) for status in sorted({*EVERYWHERE, *more})},
        "response_class": Response,
        "response_model": None,
    }
