"""The engine with its state: what the pipeline calls with each Snapshot."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tuimon.alerts.engine import State, evaluate, resume
from tuimon.alerts.rules import DEFAULT_RULES, Rule
from tuimon.model.metric import SeriesKey
from tuimon.model.snapshot import Alert, Event, Snapshot


class Watch:
    """Rules and how far each has come. Belongs to one thread."""

    def __init__(self, rules: Sequence[Rule] = DEFAULT_RULES) -> None:
        self.rules = tuple(rules)
        if len({rule.name for rule in self.rules}) < len(self.rules):
            raise ValueError("two rules have one name")
        self.state = State()

    def __call__(self, snapshot: Snapshot) -> tuple[tuple[Alert, ...], tuple[Event, ...]]:
        """Return what fires after a Snapshot, and what it raised and cleared."""
        self.state, firing, events = evaluate(self.rules, self.state, snapshot)
        return firing, events

    def resume(self, alerts: Iterable[Alert]) -> None:
        """Go on with alerts that the history holds open, as if the program had not stopped: no second raise."""
        resumed = resume(alerts)
        self.state = State(self.state.time, {**self.state.tracks, **resumed.tracks})


def open_alerts(events: Iterable[Event]) -> tuple[Alert, ...]:
    """Return the alerts that a history's events raised and did not clear, the newest one of each rule and series.

    Events are matched by when their alert was raised: after a step of the clock their order in time says nothing.
    """
    alerts = [(event.kind, event.alert) for event in events if event.alert is not None]
    cleared = {_identity(alert) for kind, alert in alerts if kind == "alert_cleared"}
    found: dict[tuple[str, SeriesKey], Alert] = {}
    for kind, alert in alerts:
        if kind == "alert_raised" and _identity(alert) not in cleared:
            found[alert.rule, alert.series] = alert
    return tuple(found.values())


def _identity(alert: Alert) -> tuple[str, SeriesKey, float]:
    return alert.rule, alert.series, alert.raised_at
