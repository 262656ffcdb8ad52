"""From what fires to what is to be told: one raise, one clear, again where a rule says so. Pure but for its memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import NamedTuple

from tuimon.config.targetkinds import WrittenTarget
from tuimon.model.metric import SeriesKey
from tuimon.model.rule import Rule
from tuimon.model.snapshot import Alert, Event, Severity
from tuimon.notices.hours import quiet_until

Key = tuple[str, SeriesKey]


class Told(NamedTuple):
    """What was told of an alert: when last, and how severe it was."""

    at: float
    severity: Severity


class Wanted(NamedTuple):
    """A notice that is wanted: of which alert, to whom, and not before when."""

    what: str
    alert: Alert
    target: str
    due_at: float
    key: Key
    is_quiet: bool


@dataclass(slots=True)
class Telling:
    """What was told so far. Somebody who is silenced hears nothing; who acknowledged is not told again."""

    targets: Sequence[WrittenTarget]
    tz: tzinfo | None = None
    told: dict[Key, Told] = field(default_factory=dict)

    def know(self, alerts: Iterable[Alert], before: float) -> None:
        """Take the alerts that were raised before a moment as told: by the program that ran before."""
        for alert in alerts:
            if alert.raised_at <= before:
                self.told[alert.rule, alert.series] = Told(before, alert.severity)

    def wanted(
        self, rules: dict[str, Rule], alerts: Sequence[Alert], events: Sequence[Event], now: float
    ) -> Iterator[Wanted]:
        """Yield what is to be told after a frame."""
        for event in events:
            if event.kind == "alert_cleared" and event.alert is not None:
                yield from self._cleared(rules, event.alert, now)
        for alert in alerts:
            if alert.state == "silenced":
                continue
            key, rule = (alert.rule, alert.series), rules.get(alert.rule)
            what = self._due(self.told.get(key), rule, alert, now)
            if alert.state == "acknowledged" and key not in self.told:
                self.told[key] = Told(now, alert.severity)
            elif what and alert.state == "firing":
                self.told[key] = Told(now, alert.severity)
                yield from self._to(rule, alert, what, now)

    @staticmethod
    def _due(before: Told | None, rule: Rule | None, alert: Alert, now: float) -> str:
        if before is None:
            return "raised"
        if alert.severity == "critical" and before.severity != "critical":
            return "raised"
        repeat = rule.repeat_seconds if rule else 0.0
        return "still" if repeat and now - before.at >= repeat else ""

    def _cleared(self, rules: dict[str, Rule], alert: Alert, now: float) -> Iterator[Wanted]:
        if self.told.pop((alert.rule, alert.series), None) is not None:
            yield from self._to(rules.get(alert.rule), alert, "cleared", now)

    def _to(self, rule: Rule | None, alert: Alert, what: str, now: float) -> Iterator[Wanted]:
        until = quiet_until(rule.quiet, now, self.tz) if rule else None
        for target in self.targets:
            if alert.severity in target.severities and (not rule or not rule.targets or target.name in rule.targets):
                due = now if until is None else until
                yield Wanted(what, alert, target.name, due, (alert.rule, alert.series), until is not None)
