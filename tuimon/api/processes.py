"""Processes: the table now or then, one of them with its life, who used a span."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC
from operator import attrgetter
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from fastapi import APIRouter, Depends, Path, Query, Request
from starlette.responses import Response

from tuimon.api.contract import answers
from tuimon.api.looking import costly
from tuimon.api.newest import named_only
from tuimon.api.parameters import At, From, Time, To, choice, only_known, span_of
from tuimon.api.problems import Problem, not_yet
from tuimon.api.writing import answer
from tuimon.filters import Mistake, understood
from tuimon.model.process import ALIASES, COSTLY, DERIVED_HELP, PROCESS_HELP, Process
from tuimon.model.snapshot import Frame
from tuimon.model.times import format_utc
from tuimon.model.wire import object_of

if TYPE_CHECKING:
    from tuimon.api.looking import Looking
    from tuimon.api.reading import Reader
    from tuimon.protocols import Archive

FIELDS: Final = (*PROCESS_HELP, *DERIVED_HELP)
LIMIT: Final = 100
MOST: Final = 100_000
DAY: Final = 86400.0
TEXTS: Final = frozenset({"name", "command", "user", "state", "cgroup", "container"})
UPWARDS: Final = TEXTS | {"pid", "ppid", "nice", "priority", "started_at", "processor"}
"""What is sorted from the smallest on, if nothing else is asked for."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Which processes are wanted, in which order and shape."""

    filter: str
    sort: str
    descending: bool
    limit: int
    fields: tuple[str, ...]
    by_columns: bool


def moment(newest: Callable[[], Frame | None], archive: Archive | None, at: float | None) -> Frame:
    """Return the newest frame, or what was recorded of a moment. Raises Problem."""
    frame = newest()
    if at is None or (frame is not None and at >= frame.snapshot.time):
        if frame is None:
            raise not_yet("the first sample is being taken")
        return frame
    found = archive.frame(at) if archive is not None else None
    if found is None:
        raise _nothing_of(at, archive)
    return found


def _nothing_of(at: float, archive: Archive | None) -> Problem:
    spans = archive.spans() if archive is not None else ()
    held = f"from {format_utc(spans[0].start)} to {format_utc(spans[-1].end)}" if spans else ""
    said = f"nothing was recorded of {format_utc(at)}"
    near = min((min(max(at, span.start), span.end) for span in spans), key=lambda one: abs(one - at), default=None)
    return Problem(
        404,
        f"{said}; {'the history reaches ' + held if held else 'the history is empty'}",
        parameter="at",
        expected=f"a moment {held}" if held else "",
        nearest="" if near is None else format_utc(near),
    )


def routes(
    newest: Callable[[], Frame | None], reader: Reader, shows_commands: Callable[[], bool], looking: Looking
) -> APIRouter:
    """Return the endpoints; `shows_commands` says whether command lines may be seen."""
    router = APIRouter(dependencies=[Depends(only_known)], tags=["processes"])

    async def at_moment(at: float | None) -> Frame:
        frame = newest()
        if at is None or (frame is not None and at >= frame.snapshot.time):
            return moment(newest, None, None)
        return await reader.ask(lambda archive: moment(newest, archive, at))

    @router.get("/metrics/processes", **answers("Processes", 404), summary="The process table, now or then")
    async def table(
        *,
        request: Request,
        at: At = None,
        sort: Annotated[str, Query(description="A field, by its name or a short one: cpu, mem, rss, io, pid.")] = "cpu",
        order: Annotated[
            Literal["asc", "desc"] | None, Query(description="Largest first if not given, texts from A.")
        ] = None,
        limit: Annotated[
            int, Query(ge=0, le=MOST, description="How many at the most; 0: only how many there are.")
        ] = LIMIT,
        filter: Annotated[  # noqa: A002  the name of the parameter
            str, Query(description="Which ones, as in `cpu > 5 and user = root` (docs/filters.md).")
        ] = "",
        fields: Annotated[
            str,
            Query(
                description="Only these fields, commas between them; all if not given. PSS, swap, open files, cgroup and "
                "container are costly: they are read of those that are named here, or sorted by, and else null."
            ),
        ] = "",
        layout: Annotated[
            Literal["objects", "columns"], Query(description="An object a process, or a list a field.")
        ] = "objects",
    ) -> Response:
        """All processes of the newest sample; of the past those that were recorded: the busiest and their ancestors."""
        field = field_of(sort, "sort")
        asked = Asked(
            filter=filter,
            sort=field,
            descending=order == "desc" or (not order and field not in UPWARDS),
            limit=limit,
            fields=tuple(field_of(one.strip(), "fields") for one in fields.split(",") if one.strip()) or FIELDS,
            by_columns=layout == "columns",
        )
        frame = await at_moment(at)
        wanted = costly((*(asked.fields if fields else ()), field))
        if wanted and frame is newest():
            pids = await reader.do(lambda: candidates(frame, asked, commands=shows_commands()))
            frame = await looking.at(frame, pids, wanted)
        return await reader.do(lambda: answer(request, chosen(frame, asked, commands=shows_commands())))

    @router.get("/processes/usage", **answers("UsageList", 404), summary="Who used a span")
    async def usage(
        *,
        request: Request,
        start: From = None,
        to: To = None,
        limit: Annotated[int, Query(ge=1, le=MOST, description="How many at the most.")] = LIMIT,
    ) -> Response:
        """Processes by the CPU time they used in a span, the most first, as far as it was recorded."""
        span = span_of(start, to)

        def read(archive: Archive) -> Response:
            found = archive.usage(span.start, span.end)
            rows = [_without(object_of(one), shown=shows_commands()) for one in found[:limit]]
            return answer(request, {"from": span.start, "to": span.end, "total": len(found), "processes": rows})

        return await reader.ask(read)

    @router.get("/processes/{pid}", **answers("OneProcess", 404), summary="One process and its life")
    async def one(
        *,
        request: Request,
        pid: Annotated[int, Path(ge=0, le=2**31 - 1, description="Its process id.")],
        start: Annotated[
            Time | None, Query(description="When it was started: a pid is used again; the newest if not given.")
        ] = None,
        at: At = None,
    ) -> Response:
        """A process as it is, or was at a moment; `life` is what the history knows of it, null where nothing."""
        frame = newest()
        live = at is None or (frame is not None and at >= frame.snapshot.time)
        found = _find(frame, pid, start) if live and frame is not None else None
        end = time.time() + 1 if at is None else at + 1

        def read(archive: Archive | None) -> Response:
            past = (
                archive.process(pid, start or (found.started_at if found else None), end - DAY, end)
                if archive
                else None
            )
            row = found or (past.rows[-1][1] if past and past.rows and not live else None)
            if row is None and past is None:
                raise Problem(404, f"there is no process {pid}, and none is recorded", parameter="pid")
            shown = shows_commands()
            return answer(
                request,
                {
                    "pid": pid,
                    "started_at": row.started_at if row else past.started_at if past else None,
                    "running": found is not None,
                    "process": _without(_object(row, FIELDS), shown=shown) if row else None,
                    "life": _without(object_of(past.life), shown=shown) if past else None,
                },
            )

        try:
            return await reader.ask(read)
        except Problem as problem:
            if found is None or problem.status != 404:
                raise
            return await reader.do(lambda: read(None))  # there is no history: the process is there all the same

    return router


def field_of(name: str, parameter: str) -> str:
    """Return the field that a name or a short name means. Raises Problem."""
    field = ALIASES.get(name.lower(), name.lower())
    if field not in FIELDS:
        problem = choice(parameter, name, [*FIELDS, *ALIASES])
        problem.detail = f"'{name[:80]}' is not a field of a process"
        raise problem
    return field


def chosen(frame: Frame, asked: Asked, *, commands: bool) -> dict[str, Any]:
    """Return the processes of a frame that were asked for. Raises Problem where the filter is not understood."""
    snapshot = frame.snapshot
    passing = _passing(frame, asked, commands=commands)
    passing = in_order(passing, asked.sort, descending=asked.descending)[: asked.limit]
    total = len(snapshot.processes)
    head = {"time": snapshot.time, "complete": snapshot.complete, "total": total, "count": len(passing)}
    if asked.by_columns:
        return head | {"processes": {name: [_get(name)(one) for one in passing] for name in asked.fields}}
    return head | {"processes": [_object(one, asked.fields) for one in passing]}


def candidates(frame: Frame, asked: Asked, *, commands: bool) -> list[int]:
    """Return the pids of those that are probably meant; the largest where the order is not known yet. Raises Problem."""
    unknown = asked.sort in (*COSTLY, "container")
    passing = _passing(frame, asked, commands=commands)
    found = in_order(passing, "rss_bytes" if unknown else asked.sort, descending=unknown or asked.descending)
    return [one.pid for one in (found if unknown else found[: asked.limit])]


def _passing(frame: Frame, asked: Asked, *, commands: bool) -> list[Process]:
    everyone = frame.snapshot.processes
    if not commands:  # before the filter: what is not shown is not searched either
        everyone = named_only(everyone)
    return _filtered(everyone, asked.filter, frame.snapshot.time)


def _filtered(processes: Sequence[Process], text: str, now: float) -> list[Process]:
    if not text.strip():
        return list(processes)
    found = understood(text, UTC)
    if isinstance(found, Mistake):
        raise Problem(
            422,
            f"filter: {found.line}",
            parameter="filter",
            expected=" or ".join(found.expected[:12]),
            nearest=found.nearest,
        )
    return found.passing(processes, now)


def in_order(processes: Sequence[Process], field: str, *, descending: bool) -> list[Process]:
    """Return processes sorted by a field, what is not known last; those that are equal by pid."""
    read = _get(field)
    by_pid = sorted(processes, key=attrgetter("pid"))
    known = [one for one in by_pid if read(one) is not None]
    key: Callable[[Process], Any] = (lambda one: read(one).lower()) if field in TEXTS else read
    known.sort(key=key, reverse=descending)
    return [*known, *(one for one in by_pid if read(one) is None)]


def _get(field: str) -> Callable[[Process], Any]:
    return attrgetter(field)


def _object(process: Process, fields: Sequence[str]) -> dict[str, Any]:
    return {name: getattr(process, name) for name in fields}


def _without(found: dict[str, Any], *, shown: bool) -> dict[str, Any]:
    return found if shown else found | {"command": ""}


def _find(frame: Frame | None, pid: int, started_at: float | None) -> Process | None:
    """Return a process of the newest frame; its start need only be known to the second."""
    for process in frame.snapshot.processes if frame else ():
        if process.pid == pid and (started_at is None or abs(process.started_at - started_at) <= 1):
            return process
    return None
