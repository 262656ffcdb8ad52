"""docs/alerts.md says what the default rules are, and what can be written of a rule."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tuimon.config import targetkinds
from tuimon.config.conditions import parse_condition, show_condition
from tuimon.config.load import load
from tuimon.config.quantities import show_quantity
from tuimon.config.rulebook import rules_of
from tuimon.config.rulekinds import FIELDS
from tuimon.model.catalogue import BY_NAME
from tuimon.model.rule import DEFAULT_RULES, WATCHED, Rule, unit_of
from tuimon.model.units import span

PAGE = Path(__file__).parents[2].joinpath("docs", "alerts.md").read_text(encoding="utf-8")
OWN, ELSEWHERE = (
    PAGE.partition(f"## {title}\n")[2].partition("\n## ")[0]
    for title in ("Rules of one's own", "Telling people elsewhere")
)


def row(rule: Rule) -> str:
    unit = unit_of(rule.family, rule.metric)
    clear = "" if unit == "state" else show_quantity(rule.clear, unit)
    critical = "" if rule.critical is None else f"; critical beyond {show_quantity(rule.critical, unit)}"
    lasting = span(rule.for_seconds) if rule.for_seconds else "at once"
    cells = (f"`{rule.name}`", f"`{show_condition(rule)}`", lasting, clear, span(rule.clear_for_seconds))
    return f"| {' | '.join(cells)} | {rule.severity}{critical} |"


def test_the_table_of_rules_is_the_rules():
    rows = re.findall(r"^\| `[a-z-]+` \| `[^`]+` \|.*$", PAGE, re.MULTILINE)
    assert rows[: len(DEFAULT_RULES)] == [row(rule) for rule in DEFAULT_RULES]


def test_each_default_rule_is_about_something_that_is_known():
    assert all((rule.family, rule.metric) in {*BY_NAME, *WATCHED} for rule in DEFAULT_RULES)


def test_each_key_of_a_rule_is_explained():
    explained = dict(re.findall(r"^\| `([a-z]+)` \| ([^|]+) \|$", OWN, re.MULTILINE))
    assert {key: explained.get(key) for key in FIELDS} == FIELDS


def test_each_key_of_a_target_and_each_field_of_a_template_is_explained():
    explained = dict(re.findall(r"^\| `([a-z_]+)` \| ([^|]+) \|$", ELSEWHERE, re.MULTILINE))
    assert explained == {**targetkinds.FIELDS, **targetkinds.WORDS}


@pytest.mark.parametrize("text", re.findall(r"^\| `([^`]+)` \| [A-Z]", OWN, re.MULTILINE))
def test_each_condition_of_the_page_is_understood(text):
    assert parse_condition(text)


def test_the_example_of_a_configuration_is_one(tmp_path):
    (example,) = re.findall(r"^    alerts:\n(?:(?:     .*)?\n)+", PAGE, re.MULTILINE)
    path = tmp_path / "config.yaml"
    path.write_text(example)
    assert len(rules_of(load(str(path), environ={}).settings.alerts)) > len(DEFAULT_RULES)
