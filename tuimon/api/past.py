"""Moments of the past and what happened: snapshots, frames for stepping, what is recorded, events."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Final, get_args

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from tuimon.api.contract import answers
from tuimon.api.newest import without_commands
from tuimon.api.parameters import At, Length, Time, To, choice, only_known, span_of
from tuimon.api.problems import Problem
from tuimon.api.processes import moment
from tuimon.api.writing import FRESH, OLD, answer
from tuimon.model.snapshot import EventKind, Frame, Span
from tuimon.model.wire import TOP, encode_event, encode_frame, object_of

if TYPE_CHECKING:
    from tuimon.api.reading import Reader
    from tuimon.protocols import Archive

MOST_FRAMES: Final = 120
MOST_EVENTS: Final = 10_000
KINDS: Final = get_args(EventKind)
GAP: Final = 1.0
"""Seconds between two stretches that are no gap: what is recorded is known to the interval only."""


def routes(newest: Callable[[], Frame | None], reader: Reader, shows_commands: Callable[[], bool]) -> APIRouter:
    """Return the endpoints."""
    router = APIRouter(dependencies=[Depends(only_known)])

    def shown(frame: Frame, top: int | None = None) -> dict[str, Any]:
        return encode_frame(frame if shows_commands() else without_commands(frame), top)

    @router.get("/snapshot", **answers("Frame", 404), summary="A moment", tags=["past"])
    async def snapshot(*, request: Request, at: At = None) -> Response:
        """All that was recorded of a moment, its alerts included; the newest frame with all its processes without `at`."""
        frame = newest()
        if at is None or (frame is not None and at >= frame.snapshot.time):
            return await reader.do(lambda: answer(request, shown(moment(newest, None, None))))
        return await reader.ask(lambda archive: answer(request, shown(moment(newest, archive, at)), cache=OLD))

    @router.get("/frames", **answers("Frames", 404), summary="Several moments, for stepping", tags=["past"])
    async def frames(
        *,
        request: Request,
        start: Annotated[
            Time | None, Query(alias="from", description="The first moment; a minute before `to` if not given.")
        ] = None,
        to: To = None,
        step: Annotated[
            Length | None, Query(description="Time between two of them; what makes 60 if not given.")
        ] = None,
    ) -> Response:
        """The recorded moments at the beginning of each step, the busiest processes of each; none twice."""
        span = span_of(start, to, usual=60.0)
        every = max(1.0, span.seconds / 60) if step is None else step
        if every < 1 or span.seconds / every > MOST_FRAMES:
            least = max(1, -(-int(span.seconds) // MOST_FRAMES))
            raise Problem(
                422,
                f"more than {MOST_FRAMES} frames in one answer",
                parameter="step",
                expected=f"at least {least} s for this span",
                nearest=f"{least}s",
            )
        moments = [span.start + every * number for number in range(int(-(-span.seconds // every)))]

        def read(archive: Archive) -> Response:
            found = {one.snapshot.time: one for at in moments if (one := archive.frame(at)) is not None}
            encoded = [shown(found[at], TOP) for at in sorted(found)]
            body = {"from": span.start, "to": span.end, "step_seconds": every, "frames": encoded}
            return answer(request, body, cache=OLD if span.end < time.time() else FRESH)

        return await reader.ask(read)

    @router.get("/history", **answers("History", 404), summary="What is recorded", tags=["past"])
    async def history(request: Request) -> Response:
        """The stretches that are recorded, the gaps between them, and since when each tier is the finest there is."""

        def read(archive: Archive) -> Response:
            frame = newest()
            recorder = frame.recorder if frame else None
            return answer(request, what_is_recorded(archive.spans(), recorder.bytes if recorder else 0))

        return await reader.ask(read)

    @router.get("/events", **answers("Events", 404), summary="What happened", tags=["alerts"])
    async def events(
        *,
        request: Request,
        start: Annotated[
            Time | None, Query(alias="from", description="The first moment; a day before `to` if not given.")
        ] = None,
        to: To = None,
        kind: Annotated[str, Query(description=f"Only of this kind: {', '.join(KINDS)}.")] = "",
        limit: Annotated[
            int, Query(ge=1, le=MOST_EVENTS, description="How many at the most, the newest of them.")
        ] = 1000,
    ) -> Response:
        """What happened in a span, oldest first: alerts raised and cleared, recorders that came and went, faults."""
        if kind and kind not in KINDS:
            raise choice("kind", kind, KINDS)
        span = span_of(start, to, usual=86400.0)

        def read(archive: Archive) -> Response:
            found = [one for one in archive.events(span.start, span.end) if not kind or one.kind == kind]
            body = {
                "from": span.start,
                "to": span.end,
                "total": len(found),
                "events": [encode_event(one) for one in found[-limit:]],
            }
            return answer(request, body)

        return await reader.ask(read)

    return router


def what_is_recorded(spans: Sequence[Span], used_bytes: int) -> dict[str, Any]:
    """Return what is recorded: (spans, gaps, tiers, size)."""
    found = sorted(spans, key=lambda one: one.start)
    tiers: dict[str, float] = {}
    for one in found:
        tiers[one.tier] = min(one.start, tiers.get(one.tier, one.start))
    return {
        "start": found[0].start if found else None,
        "end": max(one.end for one in found) if found else None,
        "size_bytes": used_bytes,
        "tiers": [{"tier": tier, "since": since} for tier, since in tiers.items()],
        "spans": [object_of(one) for one in found],
        "gaps": _gaps(found),
    }


def _gaps(spans: Sequence[Span]) -> list[dict[str, float]]:
    gaps, until = [], spans[0].end if spans else 0.0
    for one in spans[1:]:
        if one.start > until + GAP:
            gaps.append({"start": until, "end": one.start})
        until = max(until, one.end)
    return gaps
