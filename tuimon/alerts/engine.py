"""From one Snapshot to the next: which rules are pending, firing or clearing. Pure and deterministic.

Timers add up the monotonic `elapsed` of the samples, so that a step of the wall clock neither raises nor clears.
Over a gap and over such a step the running timers begin again; what fires goes on firing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal

from tuimon.alerts.rules import Rule
from tuimon.alerts.wording import cleared_text, raised_text
from tuimon.model.metric import SeriesKey
from tuimon.model.snapshot import Alert, Event, Snapshot

STEP_SECONDS: Final = 2.0
"""Wall time that differs from monotonic time by more than this between two samples was stepped, or slept over."""

TrackKey = tuple[str, SeriesKey]


@dataclass(frozen=True, slots=True)
class Track:
    """One rule on one series that is not at rest.

    `since` is when its condition began to hold (epoch seconds); `held` is for how many seconds the present phase's
    timer has run: towards raising while pending, towards clearing while clearing.
    """

    phase: Literal["pending", "firing", "clearing"]
    since: float
    held: float = 0.0
    alert: Alert | None = None


@dataclass(frozen=True, slots=True)
class State:
    """All that the engine carries from one Snapshot to the next. A series at rest has no track."""

    time: float | None = None
    tracks: Mapping[TrackKey, Track] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Step:
    """How one Snapshot moves the timers: by `seconds`, or not at all (None) when they must begin again."""

    time: float
    seconds: float | None


def evaluate(
    rules: Sequence[Rule], state: State, snapshot: Snapshot
) -> tuple[State, tuple[Alert, ...], tuple[Event, ...]]:
    """Return the state after a Snapshot, what fires now in the order of the rules, and what was raised or cleared."""
    step = Step(snapshot.time, None if _jumped(state, snapshot) else snapshot.elapsed)
    tracks: dict[TrackKey, Track] = {}
    events: list[Event] = []
    for rule in rules:
        for series, value in _readings(rule, snapshot, state):
            track = state.tracks.get((rule.name, series))
            if track is None and not _beyond(rule, value, rule.threshold):
                continue
            moved, event = _advance(rule, series, track, value, step)
            if moved is not None:
                tracks[rule.name, series] = moved
            if event is not None:
                events.append(event)
    if state.tracks:
        events.extend(_retired(rules, state, step))
    firing = tuple(track.alert for track in tracks.values() if track.alert is not None) if tracks else ()
    return State(snapshot.time, tracks), firing, tuple(events)


def resume(alerts: Iterable[Alert]) -> State:
    """Return the state of a program that begins with alerts still open in its history: firing, not raised again.

    Those whose rule is gone are cleared by the first evaluation, with that reason.
    """
    return State(None, {(a.rule, a.series): Track("firing", a.since, alert=a) for a in alerts})


class _Gone:
    """A device that was there and no longer is: not the same as a value that is unknown."""


GONE: Final = _Gone()
Reading = float | None | _Gone


def _jumped(state: State, snapshot: Snapshot) -> bool:
    if state.time is None or snapshot.elapsed is None:
        return True
    return abs(snapshot.time - state.time - snapshot.elapsed) > STEP_SECONDS


def _readings(rule: Rule, snapshot: Snapshot, state: State) -> Iterator[tuple[SeriesKey, Reading]]:
    """Yield each series of a rule with its value, then those it tracks whose device is gone."""
    seen: set[SeriesKey] = set()
    for item in snapshot.family(rule.family):
        series = SeriesKey(rule.family, getattr(item, "device", ""), rule.metric)
        seen.add(series)
        yield series, _value(item, rule.metric)
    if not state.tracks:
        return
    failed = any(fault.collector == rule.family for fault in snapshot.faults)
    for name, series in state.tracks:
        if name == rule.name and series not in seen:
            yield series, None if failed else GONE


def _value(item: Any, metric: str) -> float | None:  # noqa: ANN401  an item is any family's value
    """Return a metric that may be judged: not the old answer of a stale filesystem, not of one made to be full."""
    stale = getattr(item, "stale_seconds", None) is not None and metric != "stale_seconds"
    if stale or getattr(item, "read_only", False):
        return None
    value: float | None = getattr(item, metric)
    return value


def _beyond(rule: Rule, value: Reading, limit: float | None) -> bool:
    if value is None or limit is None or isinstance(value, _Gone):
        return False
    return value > limit if rule.comparison == ">" else value < limit


def _well(rule: Rule, value: Reading) -> bool:
    """Return whether a value asks for clearing: it is on the good side of the clear threshold, or its device is gone."""
    if isinstance(value, _Gone):
        return True
    if value is None:
        return False
    return value < rule.clear if rule.comparison == ">" else value > rule.clear


def _advance(
    rule: Rule, series: SeriesKey, track: Track | None, value: Reading, step: Step
) -> tuple[Track | None, Event | None]:
    if track is None or track.alert is None:
        return _towards_raising(rule, series, track, value, step)
    return _towards_clearing(rule, track, track.alert, value, step)


def _towards_raising(
    rule: Rule, series: SeriesKey, track: Track | None, value: Reading, step: Step
) -> tuple[Track | None, Event | None]:
    if value is None:
        return (None if step.seconds is None else track), None
    if not _beyond(rule, value, rule.threshold):
        return None, None
    if track is None or step.seconds is None:
        track = Track("pending", step.time)
    else:
        track = replace(track, held=track.held + step.seconds)
    if step.seconds is None or track.held < rule.for_seconds:
        return track, None
    alert = _alert(rule, series, _number(value), track.since, step.time)
    event = Event(step.time, "alert_raised", raised_text(alert, rule.for_seconds), alert)
    return Track("firing", track.since, alert=alert), event


def _towards_clearing(
    rule: Rule, track: Track, alert: Alert, value: Reading, step: Step
) -> tuple[Track | None, Event | None]:
    alert = _refreshed(rule, alert, value)
    if value is None:
        held = 0.0 if step.seconds is None else track.held
        return replace(track, held=held, alert=alert), None
    if not _well(rule, value):
        return Track("firing", track.since, alert=alert), None
    held = track.held + step.seconds if track.phase == "clearing" and step.seconds is not None else 0.0
    if step.seconds is None or held < rule.clear_for_seconds:
        return Track("clearing", track.since, held, alert), None
    gone = isinstance(value, _Gone)
    return None, Event(step.time, "alert_cleared", cleared_text(alert, step.time, "it is gone" if gone else ""), alert)


def _retired(rules: Sequence[Rule], state: State, step: Step) -> Iterator[Event]:
    """Yield the clearing of alerts whose rule is no longer there."""
    names = {rule.name for rule in rules}
    for (name, _), track in state.tracks.items():
        if name not in names and track.alert is not None:
            text = cleared_text(track.alert, step.time, "its rule is gone")
            yield Event(step.time, "alert_cleared", text, track.alert)


def _alert(rule: Rule, series: SeriesKey, value: float | None, since: float, now: float) -> Alert:
    severity = "critical" if _beyond(rule, value, rule.critical) else rule.severity
    return Alert(
        rule.name, severity, series, value, rule.threshold, rule.comparison, since, now, rule.label or rule.name
    )


def _refreshed(rule: Rule, alert: Alert, value: Reading) -> Alert:
    """Return an alert with its newest value, and critical from the moment that it is beyond that step."""
    severity = "critical" if _beyond(rule, value, rule.critical) else alert.severity
    number = _number(value)
    if number == alert.value and severity == alert.severity:
        return alert
    return replace(alert, value=number, severity=severity)


def _number(value: Reading) -> float | None:
    return None if isinstance(value, _Gone) else value
