"""`alerts.rules`: what can be written of a rule, and how each part is read."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from tuimon.config.conditions import Condition, parse_condition, show_condition
from tuimon.config.quantities import parse_quantity
from tuimon.config.records import Given, RecordError, unknown_field
from tuimon.model.rule import DEFAULT_RULES, SEVERITIES, Quiet, Rule, unit_of
from tuimon.model.text import harmless
from tuimon.model.times import TimeError, parse_duration

DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LONGEST_NAME: Final = 80
_CLOCK: Final = re.compile(r"(?:([a-z, -]+?)\s+)?(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})", re.IGNORECASE)
_BY_NAME: Final = {rule.name: rule for rule in DEFAULT_RULES}

FIELDS: Final = {
    "name": "what the rule is called; the name of one that comes with the program changes that one",
    "when": "its condition, such as 'memory.available_bytes < 500 MiB'",
    "enabled": "on or off",
    "for": "how long the condition must hold before it is raised (1 min)",
    "clear": "the threshold back (5 % on the calm side of the other one; where processes are counted, the same)",
    "recover": "how long it must be past that before it is cleared (30 s)",
    "severity": "info, warning or critical (warning)",
    "critical": "a second threshold, from which on it is critical",
    "repeat": "tell it again every so often while it lasts (never)",
    "quiet": "hours in which nothing is sent, such as 22:00-07:00 or 'sat, sun 00:00-24:00'",
    "targets": "names of those in notify.targets that are told (all)",
    "label": "what it is called in its line",
    "hint": "what a reader might do about it",
}
"""Key of a rule -> what it is for, with what holds where it is left out."""


@dataclass(frozen=True, slots=True)
class WrittenRule:
    """A rule as it was written: its name, whether it is watched, its condition if given, and fields of a Rule."""

    name: str
    enabled: bool = True
    condition: Condition | None = None
    fields: tuple[tuple[str, object], ...] = ()
    line: int = field(default=0, compare=False)  # of the file, 0 where it stands in none


class Rules:
    """Rules of one's own: a list of mappings, or of conditions alone."""

    many = True
    expected = "a list of rules, each a condition or a mapping of " + (", ".join(FIELDS))

    def parse(self, text: str) -> tuple[WrittenRule, ...]:
        """Return the rules of a text with `;` between their conditions."""
        return tuple(self.record({"": Given((part.strip(),), 0)}) for part in text.split(";") if part.strip())

    def show(self, value: object) -> str:
        """Return the names of the rules."""
        return "; ".join(one.name for one in value) if isinstance(value, tuple) else ""

    def record(self, fields: Mapping[str, Given]) -> WrittenRule:
        """Return one rule. Raises RecordError."""
        if "" in fields:
            text = fields[""].text
            condition = _checked("", parse_condition, text)
            return WrittenRule(harmless(text.strip(), LONGEST_NAME), condition=condition)
        for name in fields:
            if name not in FIELDS:
                raise unknown_field(name, list(FIELDS))
        return _rule(fields)


def _rule(given: Mapping[str, Given]) -> WrittenRule:
    name = harmless(given["name"].text.strip(), LONGEST_NAME) if "name" in given else ""
    condition = _checked("when", parse_condition, given["when"].text) if "when" in given else None
    if condition is None and name not in _BY_NAME:
        raise _without_condition(name)
    name = name or harmless(given["when"].text.strip(), LONGEST_NAME)
    family, metric = (condition.family, condition.metric) if condition else _about(_BY_NAME[name])
    unit = unit_of(family, metric)

    def amount(text: str) -> float:
        if unit == "state":
            raise ValueError("nothing: this condition holds or does not")
        return parse_quantity(text, unit)

    readers: dict[str, tuple[str, Callable[[str], object]]] = {
        "for": ("for_seconds", duration),
        "recover": ("clear_for_seconds", duration),
        "repeat": ("repeat_seconds", duration),
        "clear": ("clear", amount),
        "critical": ("critical", amount),
        "severity": ("severity", severity),
        "label": ("label", lambda text: harmless(text.strip(), 60)),
        "hint": ("hint", lambda text: harmless(text.strip(), 300)),
    }
    fields = [
        (attribute, _expecting(key, read, given[key].text))
        for key, (attribute, read) in readers.items()
        if key in given
    ]
    if "quiet" in given:
        fields.append(("quiet", tuple(_expecting("quiet", quiet_hours, text) for text in given["quiet"].texts)))
    if "targets" in given:
        words = given["targets"].text.split(",")
        fields.append(("targets", tuple(word.strip() for word in words if word.strip())))
    enabled = "enabled" not in given or bool(_expecting("enabled", switch, given["enabled"].text))
    return WrittenRule(name, enabled, condition, tuple(fields), min(one.line for one in given.values()))


def _about(rule: Rule) -> tuple[str, str]:
    return rule.family, rule.metric


def _without_condition(name: str) -> RecordError:
    import difflib  # noqa: PLC0415  only a mistake needs it

    near = difflib.get_close_matches(name, list(_BY_NAME), n=1) if name else []
    advice = f"; did you mean '{near[0]}', which comes with the program?" if near else ""
    return RecordError("when", f"a rule of one's own needs its condition{advice}")


def _checked(field: str, read: Callable[[str], Condition], text: str) -> Condition:
    try:
        return read(text)
    except ValueError as error:
        raise RecordError(field, harmless(str(error), 400)) from None


def _expecting(field: str, read: Callable[[str], object], text: str) -> object:
    try:
        return read(text)
    except ValueError as error:
        raise RecordError(field, f"expected {error}, got {harmless(text, 60)!r}") from None


def duration(text: str) -> float:
    """Return the seconds of a text. Raises ValueError with what is expected."""
    try:
        return parse_duration(text)
    except TimeError:
        raise ValueError("a length of time such as 30 s, 10 min or 2 h") from None


def severity(text: str) -> str:
    """Return a severity. Raises ValueError with what is expected."""
    word = text.strip().lower()
    if word not in SEVERITIES:
        raise ValueError(f"one of {', '.join(SEVERITIES)}")
    return word


def switch(text: str) -> bool:
    """Return whether a text says on. Raises ValueError with what is expected."""
    word = text.strip().lower()
    if word not in ("on", "off", "yes", "no", "true", "false"):
        raise ValueError("on or off")
    return word in ("on", "yes", "true")


def quiet_hours(text: str) -> Quiet:
    """Return hours such as `22:00-07:00` or `mon-fri 18:00-24:00`. Raises ValueError with what is expected."""
    expected = "hours such as 22:00-07:00 or 'sat, sun 00:00-24:00'"
    found = _CLOCK.fullmatch(text.strip())
    if found is None:
        raise ValueError(expected)
    start, end = int(found[2]) * 60 + int(found[3]), int(found[4]) * 60 + int(found[5])
    if max(start, end) > 24 * 60 or int(found[3]) > 59 or int(found[5]) > 59 or start == end:
        raise ValueError(expected)
    days: set[int] = set()
    for part in (found[1] or "").lower().replace(" ", "").split(","):
        first, _, last = part.partition("-")
        if part and (first not in DAYS or (last and last not in DAYS)):
            raise ValueError(f"{expected}; days are {', '.join(DAYS)}")
        if part:
            begin, until = DAYS.index(first), DAYS.index(last or first)
            days.update((begin + step) % 7 for step in range((until - begin) % 7 + 1))
    return Quiet(start, end, tuple(sorted(days)))


def show_quiet(quiet: Quiet) -> str:
    """Return quiet hours as the text that gives them."""
    days = ", ".join(DAYS[day] for day in quiet.days)
    hours = "-".join(f"{minute // 60:02}:{minute % 60:02}" for minute in (quiet.start, quiet.end))
    return f"{days} {hours}".strip()


__all__ = ["FIELDS", "Rules", "WrittenRule", "quiet_hours", "show_condition", "show_quiet"]
