"""What else the history knows, for who asks much of it: which series, who came and went, tables, the course of a process."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Any, Final

from fastapi import APIRouter, Depends, Path, Query, Request
from starlette.responses import Response

from tuimon.api.contract import answers
from tuimon.api.newest import named_only
from tuimon.api.parameters import From, Time, To, only_known, span_of
from tuimon.api.problems import Problem
from tuimon.api.processes import MOST as MOST_PROCESSES
from tuimon.api.writing import answer
from tuimon.model.process import Process, ProcessPast, ProcessTable
from tuimon.model.processwire import columns_of, encode_following
from tuimon.model.wire import Json, object_of

if TYPE_CHECKING:
    from tuimon.api.reading import Reader
    from tuimon.model.difference import Lifetime
    from tuimon.protocols import Archive

TABLES: Final = 60
MOST_TABLES: Final = 720
DAY: Final = 86400.0


def routes(reader: Reader, shows_commands: Callable[[], bool]) -> APIRouter:
    """Return the endpoints."""
    router = APIRouter(dependencies=[Depends(only_known)])

    @router.get("/keys", **answers("Keys", 404), summary="Which series were recorded", tags=["series"])
    async def keys(*, request: Request, start: From = None, to: To = None) -> Response:
        """The series that were recorded in a span, to the minute, in the order of the catalogue."""
        span = span_of(start, to)

        def read(archive: Archive) -> Response:
            found = [
                {"name": str(key), "family": key.family, "metric": key.metric, "device": key.device or None}
                for key in archive.keys(span.start, span.end)
            ]
            return answer(request, {"from": span.start, "to": span.end, "series": found})

        return await reader.ask(read)

    @router.get("/processes/lifetimes", **answers("Lifetimes", 404), summary="Who came and went", tags=["processes"])
    async def lifetimes(
        *,
        request: Request,
        start: From = None,
        to: To = None,
        limit: Annotated[int, Query(ge=1, le=MOST_PROCESSES, description="How many at the most.")] = 1000,
    ) -> Response:
        """The processes that were started or ended in a span, the newest first: all of them, however short they lived."""
        span = span_of(start, to)

        def read(archive: Archive) -> Response:
            found = archive.lifetimes(span.start, span.end)
            rows = [_life(one, shown=shows_commands()) for one in found[:limit]]
            return answer(request, {"from": span.start, "to": span.end, "total": len(found), "processes": rows})

        return await reader.ask(read)

    @router.get(
        "/processes/tables", **answers("Tables", 404), summary="The process tables of a span", tags=["processes"]
    )
    async def tables(
        *,
        request: Request,
        start: From = None,
        to: To = None,
        limit: Annotated[int, Query(ge=1, le=MOST_TABLES, description="How many at the most.")] = TABLES,
    ) -> Response:
        """The process tables that were recorded in a span, oldest first, the first whole, then what became different.

        `next` is the moment of the first one that had no room in this answer, null where there is none.
        """
        span = span_of(start, to)

        def read(archive: Archive) -> Response:
            found = list(islice(archive.processes(span.start, span.end), limit + 1))
            more = found[limit].time if len(found) > limit else None
            body = {
                "from": span.start,
                "to": span.end,
                "next": more,
                "tables": _tables(found[:limit], shown=shows_commands()),
            }
            return answer(request, body)

        return await reader.ask(read)

    @router.get(
        "/processes/{pid}/past", **answers("ProcessPast", 404), summary="The course of one process", tags=["processes"]
    )
    async def past(
        *,
        request: Request,
        pid: Annotated[int, Path(ge=0, le=2**31 - 1, description="Its process id.")],
        started: Annotated[
            Time | None,
            Query(alias="start", description="When it was started: a pid is used again; the newest if not given."),
        ] = None,
        start: Annotated[
            Time | None, Query(alias="from", description="The first moment; a day before `to` if not given.")
        ] = None,
        to: To = None,
    ) -> Response:
        """What was recorded of a process over a span, as columns; `life` is how long it was seen.

        Its moments are `step_seconds` apart where it was among the busiest each time; where they are further apart it was
        not, and nothing is known.
        """
        span = span_of(start, time.time() + 1 if to is None else to, usual=DAY)

        def read(archive: Archive) -> Response:
            found = archive.process(pid, started, span.start, span.end)
            if found is None:
                raise Problem(404, f"nothing is recorded of a process {pid}", parameter="pid")
            return answer(request, _past(found, shown=shows_commands()))

        return await reader.ask(read)

    return router


def _life(life: Lifetime, *, shown: bool) -> Json:
    return object_of(life) | ({} if shown else {"command": ""})


def _bare(processes: Sequence[Process], *, shown: bool) -> Sequence[Process]:
    return processes if shown else named_only(processes)


def _tables(found: Sequence[ProcessTable], *, shown: bool) -> list[dict[str, Any]]:
    encoded = encode_following(((_bare(one.processes, shown=shown), False) for one in found), 0)
    return [{"time": one.time, "processes": table} for one, table in zip(found, encoded, strict=True)]


def _past(found: ProcessPast, *, shown: bool) -> dict[str, Any]:
    return {
        "pid": found.pid,
        "started_at": found.started_at,
        "life": _life(found.life, shown=shown),
        "step_seconds": found.step,
        "time": [moment for moment, _ in found.rows],
        "processes": columns_of(_bare([process for _, process in found.rows], shown=shown)),
    }
