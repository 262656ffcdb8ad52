"""`/api/v1/export`: the recorded past as a file, streamed a piece at a time. Only to whom shows the token."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Final, Literal

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response, StreamingResponse

from tuimon.api.contract import answers
from tuimon.api.parameters import From, Step, To, nearest, only_known, span_of
from tuimon.api.problems import Problem
from tuimon.model.metric import SeriesKey
from tuimon.model.selection import ACCEPTED, UnknownMetric, select
from tuimon.model.times import format_utc

if TYPE_CHECKING:
    from tuimon.api.reading import Reader
    from tuimon.protocols import Archive

TYPES: Final = {"csv": "text/csv; charset=utf-8", "json": "application/json", "jsonl": "application/jsonl"}


@dataclass(frozen=True, slots=True)
class Export:
    """What is to be written: a form, a span, and series in steps of so many seconds (None: as kept), or processes."""

    form: str
    start: float
    end: float
    keys: tuple[SeriesKey, ...] = ()
    processes: bool = False
    step: float | None = None


Exporter = Callable[["Archive", Export], Iterator[str]]
"""Writes an export piece by piece; yields nothing where nothing was recorded."""


def routes(reader: Reader, export: Exporter, allowed: Callable[[], bool]) -> APIRouter:
    """Return the endpoint; `allowed` says whether exports are served."""
    router = APIRouter(dependencies=[Depends(only_known)], tags=["past"])

    @router.get(
        "/export",
        **answers("Export", 404, media_types=("text/csv", "application/json", "application/jsonl")),
        summary="The recorded past as a file",
    )
    async def exported(
        *,
        request: Request,  # noqa: ARG001  the check of parameters looks at it
        format: Annotated[Literal["csv", "json", "jsonl"], Query(description="How it is written.")] = "csv",  # noqa: A002  the name of the parameter
        start: From = None,
        to: To = None,
        metric: Annotated[list[str], Query(max_length=100, description=f"Only what is named: {ACCEPTED}.")] = [],  # noqa: B006  FastAPI copies it
        processes: Annotated[bool, Query(description="The recorded processes in the place of metrics.")] = False,
        step: Step = None,
    ) -> Response:
        """Rows in the order of time, as they are read; times are ISO 8601 in UTC. With the token only."""
        if not allowed():
            raise Problem(403, "exports are served with a token only: start tuimon with --token-file FILE")
        if processes and metric:
            raise Problem(422, "processes and metric exclude each other", parameter="metric", expected="one of them")
        span = span_of(start, to)
        names = [part for one in metric for part in one.split(",") if part]

        def begin(archive: Archive) -> Iterator[str]:
            keys = () if processes else _keys(archive, names, span.start, span.end)
            return export(archive, Export(format, span.start, span.end, keys, processes, step))

        pieces = reader.stream(begin)
        first = await anext(pieces, None)
        if first is None:
            raise Problem(404, f"nothing was recorded from {format_utc(span.start)} to {format_utc(span.end)}")

        async def body() -> AsyncIterator[bytes]:
            yield first
            async for piece in pieces:
                yield piece

        name = f"tuimon-{format_utc(span.start // 1)}-{format_utc(span.end // 1)}.{format}".replace(":", "")
        headers = {"cache-control": "no-store", "content-disposition": f'attachment; filename="{name}"'}
        return StreamingResponse(body(), headers=headers, media_type=TYPES[format])

    return router


def _keys(archive: Archive, names: list[str], start: float, end: float) -> tuple[SeriesKey, ...]:
    try:
        keys = select(names, archive.keys(start, end))
    except UnknownMetric as error:
        close = nearest(error.wrong, error.known) if error.known else ""
        raise Problem(422, str(error), parameter="metric", expected=ACCEPTED, nearest=close) from None
    if not keys:
        raise Problem(404, "none of these metrics was recorded in this span", parameter="metric" if names else "from")
    return keys
