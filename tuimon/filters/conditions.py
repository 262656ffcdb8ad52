"""What a filter says, as values, and their canonical text. Parsing that text gives the same values again."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from tuimon.filters.fields import FIELDS
from tuimon.filters.values import Value

KEYWORDS: Final = frozenset({"and", "or", "not", "&&", "||"})
UNKNOWN: Final = "unknown"
_BARE: Final = re.compile(r"[\w./:@%+\-]+")
"""Texts that mean the same with quotes and without, wherever they stand."""


@dataclass(frozen=True, slots=True)
class Word:
    """A plain word: somewhere in the name, the command, the user or the pid."""

    text: str


@dataclass(frozen=True, slots=True)
class Compare:
    """A field compared with a value; `field` is the catalogue's name."""

    field: str
    operator: str
    value: Value


@dataclass(frozen=True, slots=True)
class Among:
    """A field that is one of several values."""

    field: str
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Unknown:
    """A field that is not known of a process. This one is always true or false."""

    field: str


@dataclass(frozen=True, slots=True)
class Not:
    """The contrary; what is unknown stays so."""

    of: Condition


@dataclass(frozen=True, slots=True)
class And:
    """All of these."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Any of these."""

    parts: tuple[Condition, ...]


Condition = Word | Compare | Among | Unknown | Not | And | Or


def both(parts: Sequence[Condition]) -> Condition:
    """Return a condition that asks for all; one inside another is the same as both in one."""
    flat = tuple(one for part in parts for one in (part.parts if isinstance(part, And) else (part,)))
    return flat[0] if len(flat) == 1 else And(flat)


def either(parts: Sequence[Condition]) -> Condition:
    """Return a condition that asks for any."""
    flat = tuple(one for part in parts for one in (part.parts if isinstance(part, Or) else (part,)))
    return flat[0] if len(flat) == 1 else Or(flat)


def show(condition: Condition) -> str:
    """Return the canonical text of a condition."""
    match condition:
        case Or(parts):
            return " or ".join(_within(part, Or) for part in parts)
        case And(parts):
            return _joined(parts)
        case Not(of):
            return f"not {_within(of, Not)}"
        case Word(text):
            return _word(text)
        case Unknown(field):
            return f"{FIELDS[field].shown} = {UNKNOWN}"
        case Compare(field, operator, value):
            return f"{FIELDS[field].shown} {operator} {_value(field, value)}"
        case Among(field, values):
            return f"{FIELDS[field].shown} in ({', '.join(_value(field, value) for value in values)})"


def _within(part: Condition, outer: type[Condition]) -> str:
    """Return a part's text, in brackets where it would fall apart without."""
    loose = {Or: (Or,), And: (Or, And), Not: (Or, And)}[outer]
    return f"({show(part)})" if isinstance(part, loose) else show(part)


def _joined(parts: Iterable[Condition]) -> str:
    """Return parts with `and` between them; plain words stand beside each other as they are typed."""
    text, before = "", None
    for part in parts:
        if before is not None:
            text += " " if isinstance(before, Word) and isinstance(part, Word) else " and "
        text += _within(part, And)
        before = part
    return text


def _word(text: str) -> str:
    return text if _BARE.fullmatch(text) and text.lower() not in KEYWORDS else quote(text)


def _value(field: str, value: Value) -> str:
    text = FIELDS[field].kind.show(value)
    return text if _BARE.fullmatch(text) and text.lower() not in {*KEYWORDS, UNKNOWN} else quote(text)


def quote(text: str) -> str:
    """Return a text in quotes; one of these quotes in it is doubled, and nothing else is special."""
    mark = "'" if '"' in text and "'" not in text else '"'
    return mark + text.replace(mark, mark * 2) + mark


def fields(condition: Condition) -> frozenset[str]:
    """Return the catalogue's names of what a condition looks at."""
    match condition:
        case And(parts) | Or(parts):
            return frozenset().union(*map(fields, parts))
        case Not(of):
            return fields(of)
        case Word(_):
            return frozenset({"name", "command", "user", "pid"})
        case Compare(field, _, _) | Among(field, _) | Unknown(field):
            return frozenset({field})
