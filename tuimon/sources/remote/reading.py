"""Answers about the past, as another tuimon gives them, made into the values that travel. Raises RemoteError."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Final, TypeVar, get_args

from tuimon.model.catalogue import BY_NAME
from tuimon.model.difference import Lifetime
from tuimon.model.metric import SeriesKey
from tuimon.model.process import ProcessPast, ProcessTable
from tuimon.model.processwire import Table, rows_of
from tuimon.model.snapshot import Event, Points, Span, Tier, Usage, Window
from tuimon.model.wire import WireError, build, decode_event
from tuimon.sources.remote.arriving import Frames, knows_event
from tuimon.sources.remote.chain import Block
from tuimon.sources.remote.faults import RemoteError
from tuimon.sources.remote.line import Json

T = TypeVar("T")
TIERS: Final[tuple[Tier, ...]] = get_args(Tier)


def read(what: Callable[[Json], T], document: object) -> T:
    """Return what is made of an answer."""
    try:
        return what(document)
    except (WireError, KeyError, TypeError, ValueError, AttributeError, IndexError, OverflowError) as error:
        raise RemoteError(f"what the other tuimon says of the past is not understood: {error}") from error


def block_of(document: Json) -> Block:
    """Return moments in a row."""
    reading = Frames()
    frames = tuple(replace(reading.read(one), recorder=None, tick=0) for one in document["frames"])
    return Block(
        float(document["at"]), _maybe(document["found"]), _maybe(document["before"]), _maybe(document["after"]), frames
    )


def window_of(document: Json, keys: Sequence[SeriesKey]) -> Window:
    """Return a window; a series that is not in it was never recorded."""
    times = tuple(float(one) for one in document["time"])
    found = {
        SeriesKey(one["family"], one["device"] or "", one["metric"]): Points(
            *(_column(one[name], len(times)) for name in ("avg", "min", "max"))
        )
        for one in document["series"]
    }
    never = Points(*((None,) * len(times) for _ in range(3)))
    tier = next((one for one in TIERS if one == document["tier"]), TIERS[-1])
    start, end, step = (float(document[name]) for name in ("from", "to", "step_seconds"))
    return Window(start, end, step, tier, times, {key: found.get(key, never) for key in keys})


def _column(values: Json, length: int) -> tuple[float | None, ...]:
    if len(values) != length or not all(one is None or isinstance(one, (int, float)) for one in values):
        raise WireError("series: expected a number a step")
    return tuple(values)


def keys_of(document: Json) -> tuple[SeriesKey, ...]:
    """Return series, without those of metrics that only a newer tuimon has."""
    found = (SeriesKey(one["family"], one["device"] or "", one["metric"]) for one in document["series"])
    return tuple(key for key in found if (key.family, key.metric) in BY_NAME)


def spans_of(document: Json) -> tuple[Span, ...]:
    """Return what is recorded."""
    return tuple(build(Span, one, "spans") for one in document["spans"] if one["tier"] in TIERS)


def events_of(document: Json) -> tuple[Event, ...]:
    """Return what happened, without what only a newer tuimon knows."""
    return tuple(decode_event(one) for one in document["events"] if knows_event(one))


def usage_of(document: Json) -> tuple[Usage, ...]:
    """Return who used a span."""
    return tuple(build(Usage, one, "processes") for one in document["processes"])


def lifetimes_of(document: Json) -> tuple[Lifetime, ...]:
    """Return who came and went."""
    return tuple(build(Lifetime, one, "processes") for one in document["processes"])


def tables_of(document: Json) -> Iterable[ProcessTable]:
    """Return process tables."""
    table = Table()
    found = []
    for number, one in enumerate(document["tables"]):
        table.take(one["processes"], number)
        found.append(ProcessTable(float(one["time"]), table.processes))
    return found


def past_of(document: Json) -> ProcessPast:
    """Return the course of a process."""
    rows = zip(document["time"], rows_of(document["processes"]), strict=True)
    return ProcessPast(
        pid=int(document["pid"]),
        started_at=float(document["started_at"]),
        life=build(Lifetime, document["life"], "life"),
        step=float(document["step_seconds"]),
        rows=tuple((float(time), process) for time, process in rows),
    )


def _maybe(value: Json) -> float | None:
    return None if value is None else float(value)
