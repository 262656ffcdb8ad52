"""What people have said, laid on what fires. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from tuimon.model.alerting import Mark
from tuimon.model.alertwords import subject
from tuimon.model.metric import SeriesKey
from tuimon.model.snapshot import Alert, Event
from tuimon.model.units import span


def marked(alert: Alert, marks: Sequence[Mark], now: float) -> Alert:
    """Return an alert with the state that people gave it: silenced goes before acknowledged."""
    if not marks:
        return alert
    silence = silence_of(alert.rule, alert.series, marks, now)
    if silence is not None:
        return replace(alert, state="silenced", until=silence.until, said_by=silence.by, said_at=silence.made_at)
    about = [m for m in marks if m.word != "silence" and m.is_about(alert.rule, alert.series)]
    newest = max(about, key=lambda mark: mark.made_at, default=None)
    if newest is not None and newest.word == "acknowledge" and newest.made_at >= alert.raised_at:
        return replace(alert, state="acknowledged", said_by=newest.by, said_at=newest.made_at)
    return alert


def marked_anew(alert: Alert, marks: Sequence[Mark], now: float) -> Alert:
    """Return an alert as people see it by now, whatever they had said to it before."""
    return marked(replace(alert, state="firing", until=None, said_by="", said_at=None), marks, now)


def silence_of(rule: str, series: SeriesKey, marks: Iterable[Mark], now: float) -> Mark | None:
    """Return the silence that a rule's alerts of a series are under, None where there is none."""
    about = [mark for mark in marks if mark.word != "acknowledge" and mark.is_about(rule, series)]
    newest = max(about, key=lambda mark: mark.made_at, default=None)
    is_on = newest is not None and newest.word == "silence" and newest.until is not None and now < newest.until
    return newest if is_on else None


def said(marks: Sequence[Mark], before: Sequence[Mark], firing: Iterable[Alert], now: float) -> Iterator[Event]:
    """Yield an event for each alert that something new was said to."""
    new = [mark for mark in marks if mark not in before]
    for alert in firing:
        for mark in new:
            if mark.is_about(alert.rule, alert.series):
                yield _event(mark, alert, now)


def _event(mark: Mark, alert: Alert, now: float) -> Event:
    by = f" by {mark.by}" if mark.by else ""
    if mark.word == "silence":
        lasting = f" for {span(max(0.0, (mark.until or now) - mark.made_at))}"
        return Event(now, "alert_silenced", f"{subject(alert)} silenced{by}{lasting}", alert)
    word = "acknowledged" if mark.word == "acknowledge" else "speaks again, as asked for"
    return Event(now, "alert_acknowledged", f"{subject(alert)} {word}{by}", alert)
