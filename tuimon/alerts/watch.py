"""The engine with its state: what the pipeline calls with each Snapshot."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from tuimon.alerts.engine import Plan, Room, State, evaluate, pending, resume
from tuimon.alerts.forecast import Point, predicted
from tuimon.model.metric import SeriesKey
from tuimon.model.rule import DEFAULT_RULES, Rule
from tuimon.model.snapshot import Alert, Event, Snapshot

if TYPE_CHECKING:
    from tuimon.model.alerting import Mark, Standing


class Watch:
    """Rules and how far each has come. Belongs to one thread, but for `standing`, which any may ask."""

    def __init__(
        self, rules: Sequence[Rule] = DEFAULT_RULES, said: Callable[[], Sequence[Mark] | None] = lambda: None
    ) -> None:
        self.said = said
        self.state = State()
        self.firing: tuple[Alert, ...] = ()
        self._plan = Plan(())
        self.rules = tuple(rules)

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules in force; others may take their place between two samples.

        Those that stay keep how far they have come, what fired by one that is gone is cleared.
        """
        return self._plan.rules

    @rules.setter
    def rules(self, rules: Sequence[Rule]) -> None:
        if len({rule.name for rule in rules}) < len(rules):
            raise ValueError("two rules have one name")
        self._plan = Plan(rules)

    def __call__(self, snapshot: Snapshot) -> tuple[tuple[Alert, ...], tuple[Event, ...]]:
        """Return what fires after a Snapshot, and what it raised and cleared."""
        self.state, self.firing, events = evaluate(self._plan, self.state, snapshot, self.said())
        return self.firing, events

    @property
    def foretells(self) -> bool:
        """Whether a rule asks when a filesystem will be full: then `remember` is of use."""
        return bool(self._plan.forecasts)

    def resume(self, alerts: Iterable[Alert], marks: Sequence[Mark] = ()) -> None:
        """Go on with alerts that the history holds open, as if the program had not stopped: no second raise."""
        resumed = resume(alerts)
        tracks = {**self.state.tracks, **resumed.tracks}
        self.state = replace(self.state, tracks=tracks, marks=tuple(marks) or self.state.marks)

    def remember(self, room: Mapping[str, tuple[Point, ...]]) -> None:
        """Take what was available on each filesystem in the last day, for predictions; what is known here is newer."""
        merged = dict(self.state.room)
        for device, older in room.items():
            points = self.state.room[device].points if device in self.state.room else ()
            begun = points[0][0] if points else math.inf
            every = (*(point for point in older if point[0] < begun), *points)
            merged[device] = Room(every, predicted(every))
        self.state = replace(self.state, room=merged)

    def pending(self) -> tuple[Alert, ...]:
        """Return what holds, but has not done so for long enough."""
        tracks = self.state.tracks
        return pending(self.rules, self.state) if any(t.phase == "pending" for t in tracks.values()) else ()

    def standing(self) -> Standing:
        """Return how all rules stand now, by what people have said up to this moment."""
        from tuimon.alerts.marks import marked_anew  # noqa: PLC0415  only who asks needs them
        from tuimon.config.conditions import show_condition  # noqa: PLC0415  only who asks needs the language
        from tuimon.model.alerting import RuleState, Standing  # noqa: PLC0415  as above

        state, said = self.state, self.said()
        marks = state.marks if said is None else tuple(said)
        firing = tuple(marked_anew(alert, marks, state.time or 0.0) for alert in self.firing)
        waiting = pending(self.rules, state)
        fires, waits = {alert.rule for alert in firing}, {alert.rule for alert in waiting}
        rules = tuple(
            RuleState(
                rule.name,
                show_condition(rule),
                rule.severity,
                rule.for_seconds,
                rule.clear,
                "firing" if rule.name in fires else "pending" if rule.name in waits else "inactive",
                rule.hint,
                rule.label,
                rule.family,
                rule.metric,
                rule.clear_for_seconds,
                rule.repeat_seconds,
            )
            for rule in self.rules
        )
        return Standing(state.time or 0.0, rules, firing, waiting, marks)


def open_alerts(events: Iterable[Event]) -> tuple[Alert, ...]:
    """Return the alerts that a history's events raised and did not clear, the newest one of each rule and series.

    Events are matched by when their alert was raised: after a step of the clock their order in time says nothing.
    """
    alerts = [(event.kind, event.alert) for event in events if event.alert is not None]
    cleared = {_identity(alert) for kind, alert in alerts if kind == "alert_cleared"}
    found: dict[tuple[str, SeriesKey], Alert] = {}
    for kind, alert in alerts:
        if kind in ("alert_raised", "alert_escalated") and _identity(alert) not in cleared:
            found[alert.rule, alert.series] = alert
    return tuple(found.values())


def _identity(alert: Alert) -> tuple[str, SeriesKey, float]:
    return alert.rule, alert.series, alert.raised_at
