"""What a client wants of a stream: which families, which processes, from when on."""

from __future__ import annotations

import time
from collections.abc import Iterable
from datetime import UTC
from typing import Final, Literal, NamedTuple, get_args
from urllib.parse import parse_qsl

from tuimon.api.parameters import choice
from tuimon.api.problems import Problem
from tuimon.model.catalogue import FAMILIES
from tuimon.model.times import ACCEPTED, TimeError, parse_time

Who = Literal["top", "all", "none"]
WHO: Final = get_args(Who)
PARAMETERS: Final = ("families", "processes", "since", "token")
MOST_PARAMETERS: Final = 40
LONGEST: Final = 2000
"""Characters of a query string, the token aside."""


class Choice(NamedTuple):
    """What is sent of each frame; `families` is None for all of them."""

    families: frozenset[str] | None = None
    processes: Who = "top"


EVERYTHING: Final = Choice()
"""What `/metrics/current` gives."""


class Asked(NamedTuple):
    """A client's wish; `since` are epoch seconds: it has what came until then."""

    choice: Choice = EVERYTHING
    since: float | None = None


def asked(query: bytes, last_id: bytes = b"") -> Asked:
    """Return what a query string asks for; `last_id` is what a browser that comes again says it had. Raises Problem."""
    given = _given(query)
    families = [one for text in given.get("families", ()) for one in text.split(",") if one]
    if unknown := next((one for one in families if one not in FAMILIES), None):
        raise _no_choice("families", unknown, FAMILIES)
    who = given.get("processes", ["top"])[0]
    if who not in WHO:
        raise _no_choice("processes", who, WHO)
    since = given.get("since", [last_id.decode("latin-1")])[0]
    chosen = frozenset(families) if "families" in given else None
    return Asked(Choice(chosen, who), _moment(since) if since else None)  # type: ignore[arg-type] # it is one of WHO


def _given(query: bytes) -> dict[str, list[str]]:
    """Return the values of each parameter; all but `families` have one."""
    try:
        pairs = parse_qsl(query.decode("ascii"), keep_blank_values=True, max_num_fields=MOST_PARAMETERS)
    except ValueError:
        raise Problem(422, "the query string is no text, or has too many parameters") from None
    given: dict[str, list[str]] = {}
    for name, value in pairs:
        if name not in PARAMETERS:
            raise _unknown(name)
        if name in given and name != "families":
            raise Problem(422, f"{name} is given twice", parameter=name, expected="one value")
        if len(value) > LONGEST or not value.isprintable():
            raise Problem(422, f"{name} is too long, or no text", parameter=name, expected="a short text")
        given.setdefault(name, []).append(value)
    return given


def _unknown(name: str) -> Problem:
    return choice(name[:80], name, PARAMETERS, detail=f"'{name[:80]}' is not a parameter of the stream")


def _no_choice(parameter: str, wrong: str, known: Iterable[str]) -> Problem:
    return choice(parameter, wrong, known, detail=f"{parameter}: '{wrong[:80]}' is none of those that there are")


def _moment(text: str) -> float:
    try:
        return parse_time(text[:100], now=time.time(), tz=UTC).epoch
    except TimeError as error:
        raise Problem(422, str(error), parameter="since", expected=ACCEPTED) from None
