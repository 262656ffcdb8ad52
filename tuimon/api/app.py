"""The app: every path that is answered, behind the guard."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from fastapi import APIRouter, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Route, WebSocketRoute
from starlette.types import ASGIApp

from tuimon import __version__
from tuimon.api import alerts, export, moments, pages, past, processes, recorded, series
from tuimon.api.access import Access
from tuimon.api.alerts import Alerting
from tuimon.api.catalogue import catalogue
from tuimon.api.export import Export, Exporter
from tuimon.api.guard import STREAM, Guard
from tuimon.api.health import health
from tuimon.api.looking import Looking
from tuimon.api.newest import Current, frame_bytes
from tuimon.api.openapi import contract
from tuimon.api.parameters import refused
from tuimon.api.problems import Problem
from tuimon.api.reading import Reader
from tuimon.api.scrape import Scrape
from tuimon.api.stream import Feed, Stream
from tuimon.api.writing import OLD, answer_bytes
from tuimon.model.snapshot import Frame
from tuimon.model.wire import to_json
from tuimon.protocols import Archive, Source

ROOT: Final = "/api/v1"
REQUEST_SECONDS: Final = 30.0


def nothing(_: Archive, __: Export) -> Iterator[str]:
    """Export nothing."""
    return iter(())


@dataclass(frozen=True, slots=True)
class Served:
    """What the API answers from.

    `source` gives the newest frame; `open_archive` the past (None: there is none), called in the reader's thread once it
    `is_ready` to be read; `export` writes it down. `expose` makes the page that Prometheus reads, called in a thread of
    its own. `alerting` is what is asked of the rules, and told. A question about the past is given up after
    `request_seconds`.
    """

    source: Source
    open_archive: Callable[[], Archive | None] = lambda: None
    is_ready: Callable[[], bool] = lambda: True
    export: Exporter = nothing
    expose: Callable[[Frame], bytes] | None = None
    alerting: Alerting | None = None
    interval: float = 1.0
    started_at: float = 0.0
    request_seconds: float = REQUEST_SECONDS


class App:
    """The API as an ASGI app (`guard`), and what a running one is told."""

    def __init__(self, served: Served, access: Access) -> None:
        self.served = served
        self.run = os.urandom(4).hex()
        self.reader = Reader(served.open_archive, served.request_seconds, served.is_ready)
        self.current = Current(served.source.newest, self._frame, self.run)
        self.web = FastAPI(
            title="tuimon", version=__version__, openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False
        )
        self.web.openapi = self._contract  # type: ignore[method-assign] # the way that FastAPI documents
        self._openapi: dict[str, Any] = {}
        hot: dict[str, ASGIApp] = {f"{ROOT}/metrics/current": self.current}
        self.scrape = None if served.expose is None else Scrape(served.source.newest, served.expose, self.run)
        if self.scrape is not None:
            hot["/metrics"] = self.scrape
        self.guard = Guard(self.web, access, hot)
        feed = Feed(served.source, self._usual, lambda: self.access.full, self.reader.ask, served.interval)
        self.stream = Stream(feed)
        self._add_routes(hot)
        self.web.add_exception_handler(Problem, _problem)
        self.web.add_exception_handler(HTTPException, _http_problem)
        self.web.add_exception_handler(RequestValidationError, _parameter_problem)

    def _add_routes(self, hot: dict[str, ASGIApp]) -> None:
        routes = self.web.router.routes
        routes.extend(Route(path, served, methods=["GET"]) for path, served in hot.items())
        routes.append(Route(f"{ROOT}/health", self._health, methods=["GET"]))
        routes += [Route(STREAM, self.stream, methods=["GET"]), WebSocketRoute(STREAM, self.stream)]
        routes.append(Route(f"{ROOT}/catalogue", self._catalogue, methods=["GET"]))
        newest, full = self.served.source.newest, lambda: self.access.full
        looking = Looking(self.served.source)
        for router in (
            recorded.routes(self.reader, full),  # before one process: its paths look like one
            processes.routes(newest, self.reader, full, looking),  # before the families: its table looks like one
            series.routes(self.reader),
            alerts.routes(newest, self.served.alerting, self.reader, full),
            past.routes(newest, self.reader, full),
            moments.routes(self.reader, full),
            export.routes(self.reader, self.served.export, full),
        ):
            self._include(router)
        routes.extend(pages.routes(self.web))

    def _include(self, router: APIRouter) -> None:
        self.web.include_router(router, prefix=ROOT)

    @property
    def access(self) -> Access:
        """Who may read what, now."""
        return self.guard.access

    def allow(self, access: Access) -> None:
        """Let others in than before, from now on."""
        changed = access != self.guard.access
        self.guard.access = access
        self.current.forget()
        if changed:
            self.stream.restart("others are let in than before")

    def _usual(self, frame: Frame) -> bytes:
        made = self.current.plain()
        return made.body if made is not None and made.frame is frame else self._frame(frame)

    def close(self) -> None:
        """Let go of the past."""
        self.reader.close()

    def _contract(self) -> dict[str, Any]:
        if not self._openapi:
            self._openapi = contract(self.web)
        return self._openapi

    def _frame(self, frame: Frame) -> bytes:
        return frame_bytes(frame, commands=self.access.full)

    async def _health(self, request: Request) -> Response:
        served = self.served
        status, found = health(
            served.source.newest(),
            now=time.time(),
            started_at=served.started_at,
            interval=served.interval,
            targets=served.alerting.targets() if served.alerting else (),
            names=self.access.knows(request.headers.get("authorization", "").encode("latin-1")),
        )
        return Response(to_json(found), status, {"cache-control": "no-store"}, "application/json")

    async def _catalogue(self, request: Request) -> Response:
        return answer_bytes(request, catalogue(), cache=OLD)


async def _problem(_: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)  # noqa: S101  it is registered for this one
    return error.response()


async def _parameter_problem(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101  as above
    return refused(error).response()


async def _http_problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101  as above
    known = {404: f"there is nothing at {request.url.path}", 405: f"{request.method} is not for {request.url.path}"}
    return Problem(error.status_code, known.get(error.status_code, str(error.detail)), headers=error.headers).response()
