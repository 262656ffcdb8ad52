"""Metrics over a span, columnar: the times once, then for each series its averages, minima and maxima."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Final

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from tuimon.api.contract import answers
from tuimon.api.parameters import (
    Family,
    From,
    Points,
    Span,
    Step,
    To,
    choice,
    nearest,
    only_known,
    span_of,
    steps_of,
)
from tuimon.api.problems import Problem
from tuimon.api.writing import FRESH, OLD, answer_bytes, numbers
from tuimon.model.catalogue import BY_NAME, FAMILIES, RECORDED, WITH_DEVICES, find
from tuimon.model.metric import SeriesKey
from tuimon.model.selection import ACCEPTED, UnknownMetric, select
from tuimon.model.snapshot import Window
from tuimon.model.wire import to_json

if TYPE_CHECKING:
    from tuimon.api.reading import Reader
    from tuimon.protocols import Archive

MOST_KEYS: Final = 400
_WHOLE: Final = re.compile(r"(\w+)\.(\w+)(?:\[(.*)\])?", re.DOTALL)
SETTLED: Final = 120.0
"""Seconds after which a span that is over is taken for finished."""


def routes(reader: Reader) -> APIRouter:
    """Return the endpoints."""
    router = APIRouter(dependencies=[Depends(only_known)], tags=["series"])

    @router.get("/series", **answers("Series", 404), summary="Several metrics of any families")
    async def series(
        *,
        request: Request,
        metric: Annotated[
            list[str], Query(max_length=100, description=f"What is wanted: {ACCEPTED}. May be given again.")
        ] = [],  # noqa: B006  FastAPI copies it
        key: Annotated[
            list[str],
            Query(
                max_length=MOST_KEYS,
                description="One series by its whole name, disk.busy_percent[sda]: `null` where it was not recorded.",
            ),
        ] = [],  # noqa: B006  as above
        start: From = None,
        to: To = None,
        points: Points = None,
        step: Step = None,
    ) -> Response:
        """Series of one span in equal steps, from the finest tier that fits the step; `null` where nothing is known."""
        span = span_of(start, to)
        names = [part for one in metric for part in one.split(",") if part]
        exact = [_exact(one) for one in key]
        if not (names or exact):
            raise Problem(422, "metric must be given", parameter="metric", expected=ACCEPTED)

        def read(archive: Archive) -> Response:
            named = _named(names, archive, span) if names else ()
            keys = tuple(dict.fromkeys((*named, *exact)))
            return _answer(request, archive, span, keys, points=points, step=step)

        return await reader.ask(read)

    @router.get(
        "/metrics/{family}", **answers("Series", 404), summary="The metrics of one family", name="metrics of a family"
    )
    async def family_series(
        *,
        request: Request,
        family: Family,
        start: From = None,
        to: To = None,
        points: Points = None,
        step: Step = None,
        metric: Annotated[
            list[str],
            Query(max_length=100, description="Only these of its metrics; all that are recorded if not given."),
        ] = [],  # noqa: B006  FastAPI copies it
        device: Annotated[
            list[str], Query(max_length=200, description="Only these of its devices; all if not given.")
        ] = [],  # noqa: B006  as above
    ) -> Response:
        """Series of a family, one a metric and device, in equal steps; `null` where nothing is known."""
        if family not in FAMILIES:
            raise choice("family", family, FAMILIES, status=404)
        span = span_of(start, to)
        _check_metrics(family, metric)
        return await reader.ask(
            lambda archive: _answer(
                request,
                archive,
                span,
                _of_family(archive, span, family, metric, device),
                points=points,
                step=step,
                family=family,
            )
        )

    return router


def _check_metrics(family: str, wanted: Sequence[str]) -> None:
    known = [one.name for one in RECORDED[family]]
    for name in wanted:
        if (family, name) in BY_NAME and name not in known:
            said = f"{family}.{name} is a total, and totals are not recorded; its rate is"
            raise Problem(422, said, parameter="metric", expected=f"one of {', '.join(known)}")
        if name not in known:
            raise choice("metric", name, known)


def _of_family(
    archive: Archive, span: Span, family: str, metrics: Sequence[str], devices: Sequence[str]
) -> tuple[SeriesKey, ...]:
    """Return the series of a family that are meant."""
    if family not in WITH_DEVICES:
        if devices:
            raise Problem(422, f"{family} has no devices", parameter="device", expected="no device")
        names = metrics or [one.name for one in RECORDED[family]]
        return tuple(SeriesKey(family, "", name) for name in names)
    keys = [key for key in archive.keys(span.start, span.end) if key.family == family]
    there = sorted({key.device for key in keys})
    for device in devices:
        if device not in there:
            said = f"nothing was recorded of {family} '{device[:80]}' in this span"
            otherwise = "a span in which it was recorded"
            raise choice("device", device, there, status=404, detail=said, otherwise=otherwise)
    return select(
        [f"{family}.{name}" for name in metrics] or [family],
        [key for key in keys if not devices or key.device in devices],
    )


def _exact(name: str) -> SeriesKey:
    """Return the series that a whole name means, whether it was recorded or not. Raises Problem."""
    found = _WHOLE.fullmatch(name)
    key = SeriesKey(found[1], found[3] or "", found[2]) if found else None
    known = key is not None and any(one.name == key.metric for one in RECORDED.get(key.family, ()))
    if key is None or not known or bool(key.device) is not (key.family in WITH_DEVICES):
        raise Problem(
            422,
            f"'{name[:80]}' is not the whole name of a recorded series",
            parameter="key",
            expected="cpu.busy_percent, or disk.busy_percent[sda] of a family with devices",
        )
    return key


def _named(names: Sequence[str], archive: Archive, span: Span) -> tuple[SeriesKey, ...]:
    """Return the series that are named; those without devices also where nothing was recorded of them."""
    single = [SeriesKey(one.family, "", one.name) for ms in RECORDED.values() for one in ms if not one.devices]
    try:
        return select(names, dict.fromkeys([*single, *archive.keys(span.start, span.end)]))
    except UnknownMetric as error:
        raise Problem(
            422,
            str(error),
            parameter="metric",
            expected=ACCEPTED,
            nearest=nearest(error.wrong, error.known) if error.known else "",
        ) from None


def _answer(
    request: Request,
    archive: Archive,
    span: Span,
    keys: Sequence[SeriesKey],
    *,
    points: int | None,
    step: float | None,
    family: str = "",
) -> Response:
    count = steps_of(span, points, step, len(keys))
    window = archive.window(keys, span.start, span.end, count)
    over = span.end < time.time() - SETTLED
    return answer_bytes(request, columns(window, keys, family).encode(), cache=OLD if over else FRESH)


def columns(window: Window, keys: Sequence[SeriesKey], family: str = "") -> str:
    """Return a window as the API writes it."""
    head = to_json(
        {
            **({"family": family} if family else {}),
            "from": window.start,
            "to": window.end,
            "step_seconds": window.step,
            "tier": window.tier,
        }
    )
    series = ",".join(_series(window, key) for key in keys)
    return f'{head[:-1]},"time":{numbers(window.times)},"series":[{series}]}}'


def _series(window: Window, key: SeriesKey) -> str:
    head = to_json(
        {
            "name": str(key),
            "family": key.family,
            "metric": key.metric,
            "device": key.device or None,
            "unit": find(key).unit,
        }
    )
    points = window.series[key]
    average = numbers(points.average)
    same = points.minimum is points.average and points.maximum is points.average
    low, high = (average, average) if same else (numbers(points.minimum), numbers(points.maximum))
    return f'{head[:-1]},"avg":{average},"min":{low},"max":{high}}}'
