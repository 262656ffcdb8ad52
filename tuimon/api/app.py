"""The app: every path that is answered, behind the guard."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from fastapi import FastAPI, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from tuimon import __version__
from tuimon.api.access import Access
from tuimon.api.guard import Guard
from tuimon.api.health import health
from tuimon.api.newest import Current, frame_bytes
from tuimon.api.problems import Problem
from tuimon.api.scrape import Scrape
from tuimon.model.snapshot import Frame
from tuimon.model.wire import to_json
from tuimon.protocols import Archive, Source

ROOT: Final = "/api/v1"


@dataclass(frozen=True, slots=True)
class Served:
    """What the API answers from.

    `source` gives the newest frame, `open_archive` the past (None: there is none), called in the reader's thread.
    `expose` makes the page that Prometheus reads, called in a thread of its own.
    """

    source: Source
    open_archive: Callable[[], Archive | None] = lambda: None
    expose: Callable[[Frame], bytes] | None = None
    interval: float = 1.0
    started_at: float = 0.0


class App:
    """The API as an ASGI app (`guard`), and what a running one is told."""

    def __init__(self, served: Served, access: Access) -> None:
        self.served = served
        self.run = os.urandom(4).hex()
        self.current = Current(served.source.newest, self._frame, self.run)
        self.web = FastAPI(title="tuimon", version=__version__, openapi_url=None, docs_url=None, redoc_url=None)
        hot: dict[str, ASGIApp] = {f"{ROOT}/metrics/current": self.current}
        self.scrape = None if served.expose is None else Scrape(served.source.newest, served.expose, self.run)
        if self.scrape is not None:
            hot["/metrics"] = self.scrape
        self.guard = Guard(self.web, access, hot)
        self.web.router.routes.extend(Route(path, served, methods=["GET"]) for path, served in hot.items())
        self.web.add_api_route(f"{ROOT}/health", self._health, methods=["GET", "HEAD"], response_class=Response)
        self.web.add_exception_handler(Problem, _problem)
        self.web.add_exception_handler(HTTPException, _http_problem)

    @property
    def access(self) -> Access:
        """Who may read what, now."""
        return self.guard.access

    def allow(self, access: Access) -> None:
        """Let others in than before, from now on."""
        self.guard.access = access
        self.current.forget()

    def _frame(self, frame: Frame) -> bytes:
        return frame_bytes(frame, commands=self.access.full)

    async def _health(self) -> Response:
        served = self.served
        status, answer = health(
            served.source.newest(), now=time.time(), started_at=served.started_at, interval=served.interval
        )
        return Response(to_json(answer), status, {"cache-control": "no-store"}, "application/json")


async def _problem(_: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)  # noqa: S101  it is registered for this one
    return error.response()


async def _http_problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101  as above
    known = {404: f"there is nothing at {request.url.path}", 405: f"{request.method} is not for {request.url.path}"}
    return Problem(error.status_code, known.get(error.status_code, str(error.detail)), headers=error.headers).response()
