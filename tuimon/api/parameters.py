"""The parameters of requests: how each is read, described and refused. FastAPI asks them; the contract shows them."""

from __future__ import annotations

import difflib
import math
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC
from typing import Annotated, Any, Final, NamedTuple
from weakref import WeakKeyDictionary

from fastapi import Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BeforeValidator, WithJsonSchema

from tuimon.api.problems import Problem
from tuimon.model.catalogue import FAMILIES
from tuimon.model.selection import ACCEPTED as METRICS
from tuimon.model.times import ACCEPTED, TimeError, format_duration, format_utc, parse_duration, parse_time

HOUR: Final = 3600.0
POINTS: Final = 300
MOST_POINTS: Final = 10_000
MOST_VALUES: Final = 400_000
"""Numbers in one answer: points, times three, times series."""
LONGEST_SPAN: Final = 20 * 366 * 86400.0
LONGEST_TEXT: Final = 2000


def _moment(text: object) -> float:
    try:
        return parse_time(str(text)[:100], now=time.time(), tz=UTC).epoch
    except TimeError as error:
        raise ValueError(str(error)) from None


def _length(text: object) -> float:
    try:
        return parse_duration(str(text)[:40])
    except TimeError as error:
        raise ValueError(str(error)) from None


Time = Annotated[
    float,
    BeforeValidator(_moment),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "format": "date-time"},
                {"type": "number", "minimum": 0, "maximum": 253402300000},
            ],
            "description": f"A moment in UTC: {ACCEPTED}.",
        }
    ),
]
Length = Annotated[
    float,
    BeforeValidator(_length),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "pattern": "^[1-9][0-9]{0,3} ?(s|min|h|d)$"},
                {"type": "number", "minimum": 1},
            ],
            "description": "A length of time: 90s, 10 min, 1h; a number alone is seconds.",
        }
    ),
]
NOW: Final = {"now": {"value": "now"}, "ISO 8601": {"value": "2026-11-24T14:30:00Z"}, "epoch": {"value": "1795530600"}}
EARLIER: Final = {
    "ago": {"value": "2h ago"},
    "ISO 8601": {"value": "2026-11-24T12:30:00Z"},
    "epoch": {"value": "1795523400"},
}
From = Annotated[
    Time | None,
    Query(alias="from", description="The first moment; an hour before `to` if not given.", openapi_examples=EARLIER),
]
To = Annotated[
    Time | None,
    Query(description="The moment after the last; now if not given.", openapi_examples=NOW),
]
At = Annotated[
    Time | None,
    Query(description="A moment of the past; now if not given.", openapi_examples=EARLIER),
]
Points = Annotated[
    int | None,
    Query(ge=1, le=MOST_POINTS, description=f"Steps at the most; {POINTS} if neither this nor `step` is given."),
]
Step = Annotated[Length | None, Query(description="The length of a step, in the place of `points`: 90s, 10 min, 1h.")]
Family = Annotated[str, WithJsonSchema({"type": "string", "enum": list(FAMILIES)})]


class Span(NamedTuple):
    """A span that was asked for, [start, end) in epoch seconds."""

    start: float
    end: float

    @property
    def seconds(self) -> float:
        """How long it is."""
        return self.end - self.start


def span_of(start: float | None, end: float | None, *, usual: float = HOUR) -> Span:
    """Return the span of a request; `usual` is how long it is where only its end is known. Raises Problem."""
    until = time.time() if end is None else end
    since = max(0.0, until - usual) if start is None else start
    if since >= until:
        said = f"from ({format_utc(since)}) must be before to ({format_utc(until)})"
        raise Problem(422, said, parameter="from", expected=f"a moment before {format_utc(until)}")
    if until - since > LONGEST_SPAN:
        longest = format_duration(LONGEST_SPAN)
        raise Problem(
            422, f"the span is longer than {longest}", parameter="from", expected=f"a span of at most {longest}"
        )
    return Span(since, until)


def steps_of(span: Span, points: int | None, step: float | None, series: int = 1) -> int:
    """Return in how many steps a span is answered. Raises Problem where the answer would be too large."""
    if points is not None and step is not None:
        raise Problem(422, "points and step exclude each other", parameter="step", expected="one of points and step")
    count = POINTS if points is None else points
    if step is not None:
        if step < 1:
            raise Problem(422, f"a step of {step:g} s", parameter="step", expected="at least 1 s", nearest="1s")
        count = math.ceil(span.seconds / step)
    most = min(MOST_POINTS, max(1, MOST_VALUES // (3 * max(series, 1))))
    if count <= most:
        return count
    said = f"{count} points of {series} series are too much for one answer"
    if step is not None:
        least = math.ceil(span.seconds / most)
        raise Problem(422, said, parameter="step", expected=f"at least {least} s for this span", nearest=f"{least}s")
    raise Problem(422, said, parameter="points", expected=f"at most {most} for so many series", nearest=str(most))


def choice(
    name: str, wrong: str, known: Iterable[str], *, status: int = 422, detail: str = "", otherwise: str = ""
) -> Problem:
    """Return what is said of a value that is none of the known ones; `otherwise` is what is expected where there are none."""
    choices = list(known)
    expected = f"one of {', '.join(choices)}" if choices else otherwise
    return Problem(
        status,
        detail or f"'{wrong[:80]}' is not {_article(name)} {name}",
        parameter=name,
        expected=expected if len(choices) <= 60 else "",
        nearest=nearest(wrong, choices),
    )


def _article(word: str) -> str:
    return "an" if word[:1] in "aeiou" else "a"


def nearest(wrong: str, known: Sequence[str]) -> str:
    """Return the known word that resembles a wrong one most, '' where none does."""
    found = difflib.get_close_matches(wrong[:80].lower(), known, n=1, cutoff=0.5)
    return found[0] if found else ""


async def only_known(request: Request) -> None:
    """Refuse parameters that an endpoint does not have, and those given twice that it takes once."""
    lists = _parameters_of(request.scope["route"])
    seen: set[str] = set()
    for name, value in request.query_params.multi_items():
        if name not in lists:
            raise Problem(
                422,
                f"'{name[:80]}' is not a parameter of {request.url.path}",
                parameter=name,
                expected=f"one of {', '.join(lists)}" if lists else "no parameters",
                nearest=nearest(name, list(lists)),
            )
        if name in seen and not lists[name]:
            raise Problem(422, f"{name} is given twice", parameter=name, expected="one value")
        if len(value) > LONGEST_TEXT or "\0" in value:
            raise Problem(422, f"{name} is too long, or no text", parameter=name, expected="a short text")
        seen.add(name)


def _parameters_of(route: APIRoute) -> dict[str, bool]:
    """Return the parameters of an endpoint, and whether each may be given again."""
    found = _PARAMETERS.get(route.endpoint)
    if found is None:
        found = {one.alias: "list" in str(one.field_info.annotation) for one in route.dependant.query_params}
        _PARAMETERS[route.endpoint] = found
    return found


_PARAMETERS: Final[WeakKeyDictionary[Callable[..., Any], dict[str, bool]]] = WeakKeyDictionary()
"""To write an annotation down takes longer than all else that is done with a parameter."""


def refused(error: RequestValidationError) -> Problem:
    """Return FastAPI's complaint about a parameter as a problem document."""
    first: Mapping[str, Any] = error.errors()[0]
    where = first["loc"]
    name = str(where[1]) if len(where) > 1 else ""
    context = first.get("ctx") or {}
    if isinstance(context.get("error"), ValueError):
        return Problem(422, str(context["error"]), parameter=name, expected=_EXPECTED.get(name, ""))
    given = str(first.get("input", ""))[:80]
    said = first["msg"].removeprefix("Input should be ")
    expected, close = said, ""
    if first["type"] in ("greater_than_equal", "less_than_equal"):
        bound = context.get("ge", context.get("le"))
        close = str(bound)
    elif first["type"].startswith("int_"):
        expected = "a whole number"
    elif first["type"].startswith("bool_"):
        expected = "true or false"
    elif first["type"] == "missing":
        return Problem(422, f"{name} must be given", parameter=name, expected=_EXPECTED.get(name, "a value"))
    elif first["type"] == "literal_error":
        known = [word.strip("'") for word in str(context["expected"]).replace(" or ", ", ").split(", ")]
        expected, close = f"one of {', '.join(known)}", nearest(given, known)
    return Problem(422, f"{name}: expected {expected}, got '{given}'", parameter=name, expected=expected, nearest=close)


_EXPECTED: Final = {
    "at": ACCEPTED,
    "from": ACCEPTED,
    "to": ACCEPTED,
    "start": ACCEPTED,
    "step": "90s, 10 min or 1h",
    "metric": METRICS,
}
