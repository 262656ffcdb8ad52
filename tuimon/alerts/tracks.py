"""How one rule on one series moves from a sample to the next: pending, firing, clearing, at rest. Pure."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Final, Literal, NamedTuple

from tuimon.alerts import forecast
from tuimon.alerts.readings import Value
from tuimon.model.metric import SeriesKey
from tuimon.model.rule import Rule
from tuimon.model.snapshot import Alert, Event


class Track(NamedTuple):
    """One rule on one series that is not at rest.

    `since` is when its condition began to hold (epoch seconds); `held` is for how many seconds the present phase's
    timer has run: towards raising while pending, towards clearing while clearing.
    """

    phase: Literal["pending", "firing", "clearing"]
    since: float
    held: float = 0.0
    alert: Alert | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """How one Snapshot moves the timers: by `seconds`, or not at all (None) when they must begin again."""

    time: float
    seconds: float | None


class _Gone:
    """A device that was there and no longer is: not the same as a value that is unknown."""


GONE: Final = _Gone()
Reading = float | None | _Gone


def beyond(rule: Rule, value: Reading, limit: float | None) -> bool:
    """Return whether a value is on the bad side of a limit of its rule."""
    if value is None or limit is None or isinstance(value, _Gone):
        return False
    return value > limit if rule.comparison == ">" else value < limit


def _well(rule: Rule, value: Reading) -> bool:
    """Return whether a value asks for clearing: it is on the good side of the clear threshold, or its device is gone.

    Where both thresholds are one, what is not beyond it is well.
    """
    if value is None or isinstance(value, _Gone):
        return value is not None
    if value == rule.clear:
        return rule.clear == rule.threshold
    return value < rule.clear if rule.comparison == ">" else value > rule.clear


def towards_raising(
    rule: Rule, series: SeriesKey, track: Track | None, value: Reading, step: Step, *, detail: str
) -> tuple[Track | None, Event | None]:
    """Return the next track of what does not fire yet, None: at rest, and the event if it is raised now."""
    if value is None:
        return (None if step.seconds is None else track), None
    if not beyond(rule, value, rule.threshold):
        return None, None
    if track is None or step.seconds is None:
        track = Track("pending", step.time)
    else:
        track = Track("pending", track.since, track.held + step.seconds)
    if step.seconds is None or track.held < rule.for_seconds:
        return track, None
    alert = made(rule, series, _number(value), track.since, step.time, detail=detail)
    from tuimon.model.alertwords import raised_text  # noqa: PLC0415  all is well at most starts

    event = Event(step.time, "alert_raised", raised_text(alert, rule.for_seconds), alert)
    return Track("firing", track.since, alert=alert), event


def going_on(rule: Rule, track: Track, value: Value) -> Track | None:
    """Return the next track of what fires and is neither better nor worse, None where more is to be looked at.

    All that fires takes this way at most ticks, and all may fire at once.
    """
    alert = track.alert
    if alert is None or value is None or track.phase != "firing" or rule.also:
        return None
    if not (value > rule.clear if rule.comparison == ">" else value < rule.clear):
        return None
    if rule.critical is not None and alert.severity != "critical" and beyond(rule, value, rule.critical):
        return None
    return track if value == alert.value else _track(Track, ("firing", track.since, 0.0, with_value(alert, value)))


def towards_clearing(
    rule: Rule, track: Track, alert: Alert, value: Reading, step: Step, *, joined: bool = True, detail: str = ""
) -> tuple[Track | None, Event | None]:
    """Return the next track of what fires, None: it is cleared, and the event if it cleared or became critical."""
    before = alert.severity
    alert = _refreshed(rule, alert, value, detail, worsens=step.seconds is not None)
    if alert.severity != before:
        return Track("firing", track.since, 0.0, alert), _escalated(alert, step.time)
    if value is None:
        held = 0.0 if step.seconds is None else track.held
        return Track(track.phase, track.since, held, alert), None
    if joined and not _well(rule, value):
        unchanged = alert is track.alert and track.phase == "firing"
        return track if unchanged else Track("firing", track.since, 0.0, alert), None
    held = track.held + step.seconds if track.phase == "clearing" and step.seconds is not None else 0.0
    if step.seconds is None or held < rule.clear_for_seconds:
        return Track("clearing", track.since, held, alert), None
    reason = (
        "it is gone" if isinstance(value, _Gone) else "" if value != forecast.NEVER else "it does not grow any more"
    )
    return None, cleared(alert, step.time, reason)


def cleared(alert: Alert, now: float, reason: str) -> Event:
    """Return the event that an alert is over; `reason` where its value does not tell."""
    from tuimon.model.alertwords import cleared_text  # noqa: PLC0415  all is well at most starts

    return Event(now, "alert_cleared", cleared_text(alert, now, reason), alert)


def _escalated(alert: Alert, now: float) -> Event:
    from tuimon.model.alertwords import escalated_text  # noqa: PLC0415  all is well at most starts

    return Event(now, "alert_escalated", escalated_text(alert, now), alert)


def made(rule: Rule, series: SeriesKey, value: float | None, since: float, now: float, *, detail: str = "") -> Alert:
    """Return the alert of a rule about a series, whose condition began to hold at `since`."""
    severity = "critical" if beyond(rule, value, rule.critical) else rule.severity
    label = rule.label or rule.name
    return Alert(
        rule.name,
        severity,
        series,
        value,
        rule.threshold,
        rule.comparison,
        since,
        now,
        label,
        detail=detail,
        hint=rule.hint,
    )


def _refreshed(rule: Rule, alert: Alert, value: Reading, detail: str = "", *, worsens: bool = True) -> Alert:
    """Return an alert with its newest value, and critical from the moment that it is beyond that step."""
    critical = worsens and rule.critical is not None and beyond(rule, value, rule.critical)
    severity = "critical" if critical else alert.severity
    number = None if value == forecast.NEVER else _number(value)
    if number == alert.value and severity == alert.severity:
        return alert
    if severity == alert.severity and not detail:
        return with_value(alert, number)
    return replace(alert, severity=severity, value=number, detail=detail or alert.detail)


def with_value(alert: Alert, value: float | None) -> Alert:
    """Return an alert with another value: set field by field, which takes two thirds of the time of its own maker."""
    other, a = _new(Alert), alert
    _rule(other, a.rule)
    _severity(other, a.severity)
    _series(other, a.series)
    _value(other, value)
    _threshold(other, a.threshold)
    _comparison(other, a.comparison)
    _since(other, a.since)
    _raised_at(other, a.raised_at)
    _label(other, a.label)
    _state(other, a.state)
    _until(other, a.until)
    _detail(other, a.detail)
    _hint(other, a.hint)
    _said_by(other, a.said_by)
    _said_at(other, a.said_at)
    return other


_new: Final = object.__new__
_track: Final = tuple.__new__
(_rule, _severity, _series, _value, _threshold, _comparison, _since, _raised_at, _label, _state, _until, _detail, _hint,
 _said_by, _said_at) = (vars(Alert)[one.name].__set__ for one in fields(Alert))  # fmt: skip


def _number(value: Reading) -> float | None:
    return None if isinstance(value, _Gone) else value
