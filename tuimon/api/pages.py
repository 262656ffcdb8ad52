"""Pages for people: `/`, the contract to read and try at `/docs`. Nothing is fetched from anywhere else."""

from __future__ import annotations

from importlib.resources import files
from typing import Final

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from tuimon.api.problems import Problem

OWN: Final = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
SWAGGER: Final = OWN.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'")
"""The viewer of the contract styles its elements itself."""
ASSETS: Final = {
    "swagger-ui-bundle.js": "text/javascript; charset=utf-8",
    "swagger-ui.css": "text/css; charset=utf-8",
    "favicon.png": "image/png",
}
"""Files of the package fastapi-offline that are served."""
OURS: Final = {
    "page.js": "text/javascript; charset=utf-8",
    "page.css": "text/css; charset=utf-8",
    "docs.js": "text/javascript; charset=utf-8",
}
DAY: Final = "public, max-age=86400"
DOCS: Final = """\
<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>tuimon API</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="/assets/swagger-ui.css"><link rel="icon" href="/assets/favicon.png"></head>
<body><div id="swagger-ui"></div>
<script src="/assets/swagger-ui-bundle.js"></script><script src="/assets/docs.js"></script></body></html>
"""


def routes(app: FastAPI) -> list[Route]:
    """Return the pages of an app."""

    async def page(_: Request) -> Response:
        return HTMLResponse(_ours("page.html"), headers={"content-security-policy": OWN, "cache-control": "no-cache"})

    async def docs(_: Request) -> Response:
        return HTMLResponse(DOCS, headers={"content-security-policy": SWAGGER, "cache-control": "no-cache"})

    async def contract(_: Request) -> Response:
        return JSONResponse(app.openapi(), headers={"cache-control": "no-cache"})

    return [
        Route("/", page, methods=["GET"]),
        Route("/docs", docs, methods=["GET"]),
        Route("/openapi.json", contract, methods=["GET"]),
        Route("/assets/{name}", asset, methods=["GET"]),
    ]


async def asset(request: Request) -> Response:
    """Return a file that a page needs."""
    name: str = request.path_params["name"]
    if name in OURS:
        return Response(_ours(name), headers={"cache-control": "no-cache"}, media_type=OURS[name])
    if name in ASSETS:
        body = files("fastapi_offline").joinpath("static", name).read_bytes()
        return Response(body, headers={"cache-control": DAY}, media_type=ASSETS[name])
    raise Problem(404, f"there is nothing at {request.url.path}")


def _ours(name: str) -> bytes:
    return files("tuimon.api").joinpath("assets", name).read_bytes()
