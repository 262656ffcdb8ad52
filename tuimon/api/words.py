"""The bodies of what clients say to alerts: JSON, short, and refused with what was expected."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from fastapi import Request
from starlette.requests import ClientDisconnect

from tuimon.api.alertschemas import LONGEST_SILENCE
from tuimon.api.parameters import nearest
from tuimon.api.problems import Problem
from tuimon.model.text import harmless
from tuimon.model.times import TimeError, parse_duration

LONGEST: Final = {"rule": 200, "device": 4096, "by": 64}
"""Characters."""
NOBODY: Final = "API"
"""Who says it where nobody is named."""
LENGTHS: Final = "90s, 2h or 1d, from 1 s to 366 d"


class Word(NamedTuple):
    """What a client says: to which rule ('*': every one) and device (None: all), who, and for how long."""

    rule: str
    device: str | None
    by: str
    seconds: float | None


async def read_word(request: Request, word: str) -> Word:
    """Return what the body of a request says. Raises Problem."""
    given = _object(await _body(request))
    known = ("rule", "device", "by", *(("for",) if word == "silence" else ()))
    for name in given:
        if name not in known:
            close = nearest(name, known)
            raise _wrong(name, f"'{name[:80]}' is not known", f"one of {', '.join(known)}", close)
    rule, device = _text(given, "rule"), _text(given, "device")
    if rule is None:
        raise _wrong("rule", "rule must be given", "the name of a rule, or * for every rule")
    return Word(rule, device, _text(given, "by") or NOBODY, _seconds(given) if word == "silence" else None)


async def _body(request: Request) -> bytes:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise Problem(415, "what is said to alerts is JSON", parameter="Content-Type", expected="application/json")
    try:
        return await request.body()
    except ClientDisconnect:  # it left, or the protocol has told it that it took too long
        raise Problem(400, "the body did not come") from None


def _object(body: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        raise _wrong("", "the body is no JSON", 'an object, as {"rule": "cpu-busy"}') from None
    if not isinstance(found, dict):
        raise _wrong("", "the body is no JSON object", 'an object, as {"rule": "cpu-busy"}')
    return found


def _text(given: Mapping[str, Any], name: str) -> str | None:
    value = given.get(name)
    if name not in given:
        return None
    most = LONGEST[name]
    if not isinstance(value, str) or len(value) > most or harmless(value, most) != value:
        raise _wrong(name, f"{name} is no text, too long, or not printable", f"a text of at most {most} characters")
    return value


def _seconds(given: Mapping[str, Any]) -> float:
    value = given.get("for")
    if value is None:
        raise _wrong("for", "a silence has an end: for must be given", LENGTHS, "2h")
    try:
        found = parse_duration(value[:40]) if isinstance(value, str) else float(value)
    except (TimeError, TypeError, ValueError, OverflowError):
        raise _wrong("for", "for is no length of time", LENGTHS, "2h") from None
    if isinstance(value, bool) or not (math.isfinite(found) and 1 <= found <= LONGEST_SILENCE):
        raise _wrong("for", "for is too short, too long, or no number", LENGTHS, "2h")
    return found


def _wrong(name: str, detail: str, expected: str, close: str = "") -> Problem:
    return Problem(422, detail, parameter=name, expected=expected, nearest=close)
