"""The rules in force: those that come with the program as the settings change them, and one's own."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from tuimon.model.rule import DEFAULT_RULES, Rule, unit_of

if TYPE_CHECKING:
    from tuimon.config.conditions import Condition
    from tuimon.config.rulekinds import WrittenRule
    from tuimon.config.settings import Alerts

OF_KEYS: Final = {
    "cpu-busy": "cpu",
    "memory-used": "memory",
    "memory-limit": "memory",
    "filesystem-used": "filesystem",
    "filesystem-inodes": "filesystem",
}
"""Rule that comes with the program -> the key under `alerts` that changes it."""
NEARER: Final = 0.05
"""By how much of the threshold the one back is on the calm side of it, where none is written."""


WHOLE: Final = frozenset({("process", "count"), ("process", "restarts"), ("process", "threads")})
"""What is counted in few whole numbers: there, one less is well again."""


class RuleError(ValueError):
    """A rule whose parts contradict each other; `number` is which of `alerts.rules` it is, from 1, on which `line`."""

    def __init__(self, number: int, line: int, message: str) -> None:
        super().__init__(message)
        self.number = number
        self.line = line


def rules_of(alerts: Alerts) -> tuple[Rule, ...]:
    """Return the rules in force. Raises RuleError."""
    rules = {rule.name: _keyed(rule, alerts) for rule in DEFAULT_RULES}
    off = {name for name, key in OF_KEYS.items() if not getattr(alerts, key).enabled}
    written: set[str] = set()
    for number, one in enumerate(alerts.rules, 1):
        if one.name in written:
            raise RuleError(number, one.line, f"a rule before it is called '{one.name}' too")
        written.add(one.name)
        rules[one.name] = _made(one, rules.get(one.name), number)
        (off.discard if one.enabled else off.add)(one.name)
    return tuple(rule for rule in rules.values() if rule.name not in off)


def _keyed(rule: Rule, alerts: Alerts) -> Rule:
    """Return a rule that comes with the program as `alerts.cpu` and its like change it."""
    if rule.name not in OF_KEYS:
        return rule
    wanted = getattr(alerts, OF_KEYS[rule.name])
    critical = rule.critical if rule.critical is None else max(rule.critical, wanted.above)
    return replace(rule, threshold=wanted.above, clear=wanted.clear, for_seconds=wanted.for_, critical=critical)


def _made(one: WrittenRule, before: Rule | None, number: int) -> Rule:
    given: dict[str, Any] = dict(one.fields)
    if one.condition is not None:
        given = _conditional(one.condition, given) | given
    try:
        return Rule(one.name, **given) if before is None else replace(before, **given)
    except ValueError:
        raise RuleError(number, one.line, _contradiction(one, before, given)) from None


def _conditional(condition: Condition, given: dict[str, Any]) -> dict[str, Any]:
    threshold = condition.threshold
    whole = condition.unit == "state" or (condition.family, condition.metric) in WHOLE
    nearer = 0.0 if whole else abs(threshold) * NEARER
    clear = threshold - nearer if condition.comparison == ">" else threshold + nearer
    parts = {
        name: getattr(condition, name)
        for name in ("family", "metric", "comparison", "threshold", "device", "also", "who", "together")
    }
    parts |= {"clear": clear, "within_seconds": condition.within_seconds, "critical": None}
    if condition.for_seconds is not None and "for_seconds" not in given:
        parts["for_seconds"] = condition.for_seconds
    elif condition.metric == "restarts":
        parts["for_seconds"] = 0.0
    return parts


def _contradiction(one: WrittenRule, before: Rule | None, given: dict[str, Any]) -> str:
    comparison = given.get("comparison") or (before.comparison if before else ">")
    threshold = given.get("threshold", before.threshold if before else 0.0)
    family, metric = (
        (one.condition.family, one.condition.metric)
        if one.condition
        else (before.family if before else "", before.metric if before else "")
    )
    from tuimon.config.quantities import show_quantity  # noqa: PLC0415  only a mistake needs it

    unit = unit_of(family, metric)
    most = "at most" if comparison == ">" else "at least"
    critical = given.get("critical", before.critical if before else None)
    if critical is not None and (critical < threshold if comparison == ">" else critical > threshold):
        least = "at least" if comparison == ">" else "at most"
        return f"critical: expected {least} {show_quantity(threshold, unit)}, got {show_quantity(critical, unit)}"
    clear = given.get("clear", before.clear if before else 0.0)
    return f"clear: expected {most} {show_quantity(threshold, unit)}, got {show_quantity(clear, unit)}"
