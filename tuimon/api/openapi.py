"""The contract itself: OpenAPI 3.1, made from the endpoints and the catalogue."""

from __future__ import annotations

from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from tuimon import __version__
from tuimon.api.contract import answers
from tuimon.api.examples import EXAMPLES
from tuimon.api.schemas import schemas

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
NEVER_SAME: Final = ("/health", "/export")
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
