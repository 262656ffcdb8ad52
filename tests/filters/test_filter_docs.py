"""docs/filters.md says what the code does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tools.docs import FILTER_VALUES
from tuimon.filters import Filter, parser, understood
from tuimon.filters.fields import FIELDS
from tuimon.filters.patterns import PatternError, pattern

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "filters.md").read_text(encoding="utf-8")
EXAMPLES = [line.strip() for line in PAGE.partition("## Words")[0].splitlines() if line.startswith("    ")]
INLINE = [
    code
    for code in re.findall(r"`([^`\n]+)`", re.sub(r"(?s)<!-- (\w+): begin -->.*?<!-- \1: end -->", "", PAGE))
    if re.match(r"[a-z]+ (?:[<>=~!]|in )", code)
]


@pytest.mark.parametrize("text", [*EXAMPLES, *INLINE])
def test_every_filter_of_the_page_is_understood(text):
    assert isinstance(understood(text), Filter), understood(text)


def test_there_are_examples():
    assert len(EXAMPLES) >= 5
    assert len(INLINE) >= 5


def test_the_grammar_is_the_parsers():
    rules = [
        line.strip()
        for line in (parser.__doc__ or "").splitlines()
        if re.match(r" *(?:filter|any|all|one|comparison) +=", line)
    ]
    assert len(rules) == 5
    assert all(rule in PAGE for rule in rules)


def test_every_field_and_every_kind_of_value_is_told():
    for field in FIELDS.values():
        assert all(f"`{name}`" in PAGE for name in field.names)
    assert {field.kind for field in FIELDS.values()} <= set(FILTER_VALUES)


def test_the_page_promises_no_more_of_regular_expressions_than_is_true():
    table = PAGE.partition("## Regular expressions")[2].partition("Back references")[0]
    for code in re.findall(r"`([^`]+)`", table):
        for one in code.split(" "):
            text = f"a{one}" if re.fullmatch(r"[*+?]|\{.*\}", one) else one
            if text != "~":
                pattern(text)
    for refused in (r"(a)\1", "(?=a)", "(?!a)", "(?<=a)"):
        with pytest.raises(PatternError):
            pattern(refused)
