"""The contract itself: OpenAPI 3.1, made from the endpoints and the catalogue."""

from __future__ import annotations

from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from tuimon import __version__
from tuimon.api.contract import answers
from tuimon.api.examples import EXAMPLES
from tuimon.api.guard import STREAM
from tuimon.api.schemas import schemas
from tuimon.api.streamasked import WHO
from tuimon.model.catalogue import FAMILIES
from tuimon.model.times import ACCEPTED

DESCRIPTION: Final = """\
What tuimon sees of one machine, now and in the past.

Times are epoch seconds in UTC; parameters take ISO 8601 as well, and phrases such as `2h ago`, understood in UTC. What is
not known is `null`, never 0. A field's name carries its unit. Errors are problem documents (RFC 9457) that name the
parameter, what was expected and the nearest valid value."""
TAGS: Final = [
    {"name": "now", "description": "the newest sample"},
    {"name": "series", "description": "metrics over a span"},
    {"name": "processes", "description": "who runs, who ran, who used it"},
    {"name": "past", "description": "recorded moments, what is recorded, exports"},
    {"name": "alerts", "description": "what fires and what happened"},
]
PLAIN: Final = {
    "/api/v1/metrics/current": (
        "The newest snapshot",
        "Frame",
        "now",
        "The top processes by CPU, memory and IO; an ETag a sample.",
    ),
    "/api/v1/health": (
        "Whether tuimon works",
        "Health",
        "now",
        "No token needed; 503 where no samples are taken any more.",
    ),
    "/api/v1/catalogue": (
        "Every metric and field",
        "Catalogue",
        "now",
        "Units, kinds, help: what the other answers are made of.",
    ),
}
"""Paths that FastAPI does not know -> (summary, schema, tag, description)."""

IF_NONE_MATCH: Final = {
    "name": "If-None-Match",
    "in": "header",
    "required": False,
    "schema": {"type": "string"},
    "description": "the ETag of what you have",
}
NEVER_SAME: Final = ("/health", "/export", "/stream")
"""Answers without an ETag."""


def contract(app: FastAPI) -> dict[str, Any]:
    """Return the OpenAPI document."""
    found = get_openapi(
        title="tuimon",
        version=__version__,
        openapi_version="3.1.0",
        description=DESCRIPTION,
        tags=TAGS,
        routes=app.routes,
    )
    paths: dict[str, Any] = {}
    for path, (summary, schema, tag, text) in PLAIN.items():
        paths[path] = {"get": _plain(path, summary, schema, tag, text)}
    paths |= {path: dict(one) for path, one in sorted(found["paths"].items())}
    paths |= {STREAM: {"get": _stream()}, "/metrics": {"get": _page()}}
    for path, one in paths.items():
        if "get" in one and not path.endswith(NEVER_SAME):
            one["get"] = _conditional(one["get"])
    for path, example in EXAMPLES.items():
        (operation,) = paths[path].values()
        operation["responses"]["200"]["content"]["application/json"]["example"] = example
    found["paths"] = paths
    found["components"] = {
        "schemas": schemas(),
        "securitySchemes": {
            "token": {"type": "http", "scheme": "bearer", "description": "--token-file, or TUIMON_TOKEN"}
        },
    }
    found["security"] = [{"token": []}, {}]
    return found


def _conditional(get: dict[str, Any]) -> dict[str, Any]:
    """Return a description of what is read with its ETag."""
    same = {"304": {"description": "The same as what If-None-Match names."}}
    return {
        **get,
        "parameters": [*get.get("parameters", ()), IF_NONE_MATCH],
        "responses": dict(sorted((get["responses"] | same).items())),
    }


def _stream() -> dict[str, Any]:
    made = answers("", 406, media_types=("text/event-stream",))
    responses = {str(status): one for status, one in made["responses"].items()}
    responses["200"] = {
        "description": "Events: `data` is a Frame as JSON, `id` its moment; an event `skipped` says what was left out, `end` why it ends.",
        "content": {"text/event-stream": {"schema": {"type": "string", "contentMediaType": "application/json"}}},
    }
    responses["101"] = {"description": "A WebSocket, to who asks for one: each message is a Frame as JSON."}
    families = {"type": "array", "items": {"type": "string", "enum": list(FAMILIES)}}
    return {
        "tags": ["now"],
        "summary": "Each frame as it comes",
        "description": "Server-sent events, or a WebSocket where the request asks for an upgrade: the newest frame at once,"
        " then one a sample, without an end. Who cannot keep up is sent the newest one when it can take it.",
        "operationId": "stream",
        "parameters": [
            _query("families", families, "only these, with commas between them", style="form", explode=False),
            _query(
                "processes",
                {"type": "string", "enum": list(WHO)},
                "the busiest; all, as a table that follows the one before; none",
            ),
            _query("since", {"type": "string"}, f"what was recorded after it comes first: {ACCEPTED}"),
            _query("token", {"type": "string"}, "the token, for browsers, which can give a stream no header"),
        ],
        "responses": responses,
    }


def _page() -> dict[str, Any]:
    responses = {str(status): one for status, one in answers("", media_types=("text/plain",))["responses"].items()}
    return {
        "tags": ["now"],
        "summary": "The page for Prometheus",
        "description": "The newest sample in node_exporter's names and labels, and tuimon's own; made at most once a sample.",
        "operationId": "prometheus",
        "parameters": [],
        "responses": responses,
    }


def _query(name: str, schema: dict[str, Any], text: str, **more: object) -> dict[str, Any]:
    return {"name": name, "in": "query", "schema": schema, "description": text, **more}


def _plain(path: str, summary: str, schema: str, tag: str, text: str) -> dict[str, Any]:
    responses = {str(status): one for status, one in answers(schema)["responses"].items()}
    if path.endswith("health"):
        del responses["401"]
        responses["503"] = {**responses["200"], "description": "No samples are taken any more."}
    name = path.rpartition("/")[2]
    return {
        "tags": [tag],
        "summary": summary,
        "description": text,
        "operationId": name,
        "parameters": [],
        "responses": responses,
    }
