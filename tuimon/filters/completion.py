"""What could be typed next: from a text and a cursor to candidates, by what the parser looks for at that place."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from tuimon.filters import values
from tuimon.filters.conditions import KEYWORDS, quote
from tuimon.filters.fields import BY_NAME, FIELDS, Field
from tuimon.filters.parser import Place, places
from tuimon.filters.values import Kind
from tuimon.model.process import Process

MOST: Final = 40
"""Candidates that are offered at a time."""
_TYPED: Final = re.compile(r"[^\s(),=<>!~\"']*\Z")
_QUOTE: Final = re.compile(r"[\"']")
_PLAIN: Final = re.compile(r"[\w./:@%+\-]+")
_DIGITS: Final = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+) ?(?=([A-Za-z%/]*)\Z)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Completion:
    """What may stand in the place of [start, end) of the text; the likeliest first, each as it is to be inserted."""

    start: int
    end: int
    candidates: tuple[str, ...]

    @property
    def common(self) -> str:
        """What all candidates begin with."""
        if not self.candidates:
            return ""
        first, last = min(self.candidates), max(self.candidates)
        same = next((at for at, letter in enumerate(first) if last[at : at + 1] != letter), len(first))
        return first[:same]


def complete(text: str, cursor: int, processes: Iterable[Process] = ()) -> Completion:
    """Return what could stand at a cursor; `processes` are where the values of texts are taken from."""
    before = text[:cursor]
    found = _TYPED.search(before)
    start = found.start() if found else cursor
    head = before[:start]
    if head.endswith(("'", '"')) and len(_QUOTE.findall(head)) % 2:
        start, head = start - 1, head[:-1]
    typed = before[start:]
    if units := _units(text, cursor):
        return units
    wanted_here = sorted(places(head), key=lambda place: place.what != "close")
    offered = dict.fromkeys(one for place in wanted_here for one in _offers(place, processes))
    wanted = typed.lower().lstrip("\"'")
    fitting = [one for one in offered if one.lower().lstrip("\"'").startswith(wanted)]
    return _fitting(start, cursor, typed, [one for one in fitting if not _has_shorter(one, fitting)])


def _has_shorter(name: str, offered: list[str]) -> bool:
    """Return whether a name is a field's and the one it is known by is offered too."""
    field = BY_NAME.get(name)
    return field is not None and name != field.shown and field.shown in offered


def _fitting(start: int, cursor: int, typed: str, candidates: list[str]) -> Completion:
    """Return candidates for what is typed; what stands there already needs no offer."""
    return Completion(start, cursor, () if candidates == [typed] else tuple(candidates[:MOST]))


def _units(text: str, cursor: int) -> Completion | None:
    """Return the units that may follow a number which ends at the cursor."""
    before = text[:cursor]
    for place in places(before):
        if place.what != "unit" or place.field is None:
            continue
        number = _DIGITS.match(before, place.start)
        if number is None:
            continue
        typed = before[number.end() :]
        kinds: list[Kind] = [place.field.kind, *([values.SIZE] if place.field.in_bytes else [])]
        fitting = [unit for kind in kinds for unit in kind.units if unit.lower().startswith(typed.lower())]
        return _fitting(number.end(), cursor, typed, fitting)
    return None


def _offers(place: Place, processes: Iterable[Process]) -> Iterator[str]:
    """Yield what may stand at a place."""
    if place.what in {"condition", "more"}:
        if place.what == "more":
            yield from ("and", "or")
        yield from (field.shown for field in FIELDS.values())
        yield "not"
        yield from BY_NAME
    elif place.what == "operator" and place.field is not None:
        yield from place.field.kind.operators
        if place.field.kind.listed:
            yield "in"
    elif place.what in {"value", "item"} and place.field is not None:
        yield from _values(place.field, processes)
        if place.what == "value" and place.operator in {"=", "!="}:
            yield "unknown"
    elif place.what == "close":
        yield ")"


def _values(field: Field, processes: Iterable[Process]) -> Iterator[str]:
    """Yield values of a field: the words of its kind, or what processes have now, the most frequent first."""
    if field.kind is not values.TEXT:
        yield from field.kind.offered
        return
    counted = Counter(value for one in processes if (value := field.read(one)) and value.isprintable())
    for value, _ in counted.most_common(MOST):
        yield value if _PLAIN.fullmatch(value) and value.lower() not in KEYWORDS else quote(value)
