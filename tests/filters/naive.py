"""A second reading of the filter language, written for the tests: slow, plain, with three values all the way."""

from __future__ import annotations

import re
from datetime import UTC

from hypothesis import strategies as st

from tuimon.filters import values
from tuimon.filters.conditions import Among, And, Compare, Not, Or, Unknown, Word, both, either
from tuimon.filters.fields import AGE, FIELDS
from tuimon.model.times import TimeError, parse_time

PATTERNS = ["a", "^a", "b$", "a.*b", "(ab|cd)+", "[0-9]{2,3}", r"\d", r"\bx", "x?y*", "[^a-f ]"]
PHRASES = ["2h ago", "yesterday", "14:30", "2026-11-24", "@1795491152", "yesterday 03:12", "90 min ago"]


def value_of(process, field, now):
    return now - process.started_at if field == AGE else getattr(process, field)


def truth(condition, process, now):
    """True, False, or None where that cannot be told."""
    if isinstance(condition, Word):
        word = condition.text.casefold()
        texts = (process.name, process.command, process.user, str(process.pid))
        return any(word in text.casefold() for text in texts)
    if isinstance(condition, Not):
        found = truth(condition.of, process, now)
        return None if found is None else not found
    if isinstance(condition, (And, Or)):
        found = [truth(part, process, now) for part in condition.parts]
        decisive = isinstance(condition, Or)
        if decisive in found:
            return decisive
        return None if None in found else not decisive
    value = value_of(process, condition.field, now)
    if isinstance(condition, Unknown):
        return value is None
    if value is None:
        return None
    if isinstance(condition, Among):
        return any(compare(condition.field, "=", value, one, now) for one in condition.values)
    return compare(condition.field, condition.operator, value, condition.value, now)


def compare(field, operator, left, right, now):
    kind = FIELDS[field].kind
    if kind is values.TEXT:
        if operator.endswith("~"):
            return (re.search(right, left, re.IGNORECASE) is not None) is (operator == "~")
        left, right = left.casefold(), right.casefold()
    if kind is values.MOMENT:
        try:
            right = parse_time(right, now=now, tz=UTC).epoch
        except TimeError:
            right = 0.0
    if operator in {"<", "<=", ">", ">="}:
        return {"<": left < right, "<=": left <= right, ">": left > right, ">=": left >= right}[operator]
    return (left == right) is (operator == "=")


NUMBERS = (
    st.integers(-20, 10**15)
    | st.floats(0, 1e12).map(lambda number: round(number, 3))
    | st.floats(0, 1).map(lambda number: round(number, 9))
)
TEXTS = st.text(max_size=12) | st.sampled_from(
    ["root", "and", "NOT", "unknown", 'a"b', "it's", "'\"", "a b", "(", "a,b", "\\", ""]
)


def values_of(kind):
    if kind is values.TEXT:
        return TEXTS
    if kind is values.STATE:
        return st.sampled_from("RSDZTtIXP")
    if kind is values.SWITCH:
        return st.booleans()
    if kind is values.MOMENT:
        return st.sampled_from(PHRASES)
    return NUMBERS.map(float) if kind is not values.DURATION else NUMBERS.map(abs).map(float)


@st.composite
def leaves(draw):
    if draw(st.integers(0, 3)) == 0:
        return Word(draw(TEXTS))
    field = FIELDS[draw(st.sampled_from(sorted(FIELDS)))]
    choice = draw(st.integers(0, 5))
    if choice == 0:
        return Unknown(field.name)
    if choice == 1 and field.kind.listed:
        return Among(field.name, tuple(draw(st.lists(values_of(field.kind), min_size=1, max_size=4))))
    operator = draw(st.sampled_from(field.kind.operators))
    if operator.endswith("~"):
        return Compare(field.name, operator, draw(st.sampled_from(PATTERNS)))
    return Compare(field.name, operator, draw(values_of(field.kind)))


def conditions():
    """Whatever can be asked."""
    several = lambda one: st.lists(one, min_size=2, max_size=4)  # noqa: E731  used twice, here
    return st.recursive(
        leaves(), lambda one: one.map(Not) | several(one).map(both) | several(one).map(either), max_leaves=12
    )
