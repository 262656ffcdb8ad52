"""docs/alerts.md says what the default rules are."""

from __future__ import annotations

import re
from pathlib import Path

from tuimon.alerts.rules import DEFAULT_RULES
from tuimon.model.catalogue import BY_NAME
from tuimon.model.units import span

PAGE = Path(__file__).parents[2] / "docs" / "alerts.md"


def test_the_table_of_rules_is_the_rules():
    rows = re.findall(r"^\| `([a-z-]+)` \| `(\w+)\.(\w+)` ([<>]) (\d+)(.*)$", PAGE.read_text(), re.MULTILINE)
    assert len(rows) == len(DEFAULT_RULES)
    for rule, (name, family, metric, comparison, threshold, rest) in zip(DEFAULT_RULES, rows, strict=True):
        assert (name, family, metric, comparison) == (rule.name, rule.family, rule.metric, rule.comparison)
        assert float(threshold) == rule.threshold
        back = "<" if comparison == ">" else ">"
        critical = f"; critical from {comparison} {rule.critical:g}" if rule.critical is not None else ""
        cells = [cell.strip() for cell in rest.strip(" |").split("|")]
        assert cells[-4:] == [
            span(rule.for_seconds),
            f"{back} {rule.clear:g}",
            span(rule.clear_for_seconds),
            rule.severity + critical,
        ]


def test_each_default_rule_is_about_a_metric_of_the_catalogue():
    assert all((rule.family, rule.metric) in BY_NAME for rule in DEFAULT_RULES)
