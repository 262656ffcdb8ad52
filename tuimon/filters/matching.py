"""From a condition to one function of a process.

Three values: what is asked of a value that is not known is neither true nor false, and so is its contrary. Only what is
true is shown. `not` is carried down to the comparisons first (De Morgan's laws hold with three values too); there "is
it certainly so" is a plain question, so the function made here never sees the third value.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import tzinfo
from typing import Any, Final, NamedTuple

from tuimon.filters import values
from tuimon.filters.conditions import Among, And, Compare, Condition, Not, Or, Unknown, Word
from tuimon.filters.fields import AGE, FIELDS, Reader
from tuimon.filters.patterns import pattern
from tuimon.filters.values import Value
from tuimon.model.process import Process
from tuimon.model.times import TimeError, parse_time

Test = Callable[[Process], bool]
"""Whether a process is certainly such."""

_CONTRARY: Final = {"=": "!=", "!=": "=", "<": ">=", ">=": "<", ">": "<=", "<=": ">", "~": "!~", "!~": "~"}


class When(NamedTuple):
    """When a condition is asked, for what depends on it: epoch seconds, and the zone of clock times."""

    now: float
    tz: tzinfo | None = None


def compiled(condition: Condition, when: When) -> Test:
    """Return the function that tells whether a process is certainly so."""
    return _test(condition, when, wanted=True)


def _test(condition: Condition, when: When, *, wanted: bool) -> Test:
    """Return the test for a condition being certainly true (`wanted`), or certainly false."""
    match condition:
        case Not(of):
            return _test(of, when, wanted=not wanted)
        case And(parts) | Or(parts):
            tests = [_test(part, when, wanted=wanted) for part in parts]
            return _all(tests) if isinstance(condition, And) is wanted else _any(tests)
        case Word(text):
            return _word(text.casefold(), wanted=wanted)
        case Unknown(field):
            read = _reader(field, when)
            return (lambda one: read(one) is None) if wanted else (lambda one: read(one) is not None)
        case Among(field, several):
            return _among(field, several, wanted=wanted)
        case Compare(field, said, value):
            return _compare(field, said if wanted else _CONTRARY[said], value, when)


def _all(tests: Sequence[Test]) -> Test:
    if len(tests) == 2:
        first, second = tests
        return lambda one: first(one) and second(one)

    def every(one: Process) -> bool:
        for test in tests:  # noqa: SIM110  a generator would cost as much as the tests
            if not test(one):
                return False
        return True

    return every


def _any(tests: Sequence[Test]) -> Test:
    if len(tests) == 2:
        first, second = tests
        return lambda one: first(one) or second(one)

    def some(one: Process) -> bool:
        for test in tests:  # noqa: SIM110  as above
            if test(one):
                return True
        return False

    return some


def _word(word: str, *, wanted: bool) -> Test:
    """Return the test for a plain word; who the process is, is known of each of them."""

    def has(one: Process) -> bool:
        return (
            word in one.command.casefold()
            or word in one.name.casefold()
            or word in one.user.casefold()
            or word in str(one.pid)
        )

    return has if wanted else lambda one: not has(one)


def _reader(field: str, when: When) -> Reader:
    """Return what takes a field's value out of a process."""
    if field == AGE:
        now = when.now
        return lambda one: now - one.started_at
    return FIELDS[field].read


def _among(field: str, several: Sequence[Value], *, wanted: bool) -> Test:
    read = _reader(field, when=When(0.0))
    if FIELDS[field].kind is values.TEXT:
        folded = frozenset(str(value).casefold() for value in several)
        if wanted:
            return lambda one: (value := read(one)) is not None and value.casefold() in folded
        return lambda one: (value := read(one)) is not None and value.casefold() not in folded
    known = frozenset(several)
    if wanted:
        return lambda one: read(one) in known
    return lambda one: (value := read(one)) is not None and value not in known


def _compare(field: str, said: str, value: Value, when: When) -> Test:
    read, kind = _reader(field, when), FIELDS[field].kind
    if kind is values.TEXT:
        return _compare_text(read, said, str(value))
    wanted = _moment(str(value), when) if kind is values.MOMENT else value
    return _COMPARED[said](read, wanted)


def _compare_text(read: Reader, said: str, text: str) -> Test:
    if said in {"=", "!="}:
        folded = text.casefold()
        if said == "=":
            return lambda one: (value := read(one)) is not None and value.casefold() == folded
        return lambda one: (value := read(one)) is not None and value.casefold() != folded
    search = pattern(text).search
    if said == "~":
        return lambda one: (value := read(one)) is not None and search(value)
    return lambda one: (value := read(one)) is not None and not search(value)


def _moment(phrase: str, when: When) -> float:
    """Return the moment that a phrase names; one before 1970 is before every process."""
    try:
        return parse_time(phrase, now=when.now, tz=when.tz).epoch
    except TimeError:
        return 0.0


_COMPARED: Final[dict[str, Callable[[Reader, Any], Test]]] = {
    "=": lambda read, wanted: lambda one: read(one) == wanted,
    "!=": lambda read, wanted: lambda one: (value := read(one)) is not None and value != wanted,
    "<": lambda read, wanted: lambda one: (value := read(one)) is not None and value < wanted,
    "<=": lambda read, wanted: lambda one: (value := read(one)) is not None and value <= wanted,
    ">": lambda read, wanted: lambda one: (value := read(one)) is not None and value > wanted,
    ">=": lambda read, wanted: lambda one: (value := read(one)) is not None and value >= wanted,
}
"""Operator -> what makes its test; written out, since a call for the comparison would cost as much again."""
