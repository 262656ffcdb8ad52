"""What is said of an alert, in a line of plain text."""

from __future__ import annotations

from typing import Final

from tuimon.model.rule import unit_of
from tuimon.model.snapshot import Alert
from tuimon.model.units import UNKNOWN, duration, rate, size, span

_UNITS: Final = {"percent": " %", "celsius": " °C", "rpm": " rpm", "watts": " W", "per_second": "/s"}
SAID: Final = {
    ("process", "missing"): "is not running",
    ("collector", "failing"): "is at fault",
    ("recorder", "failing"): "cannot be written",
    ("filesystem", "stale_seconds"): "does not answer",
    ("filesystem", "full_in_seconds"): "full in",
    ("memory", "oom_kills_per_second"): "a process",
}
"""What is said in place of a value that only tells whether something is so."""


def raised_text(alert: Alert, for_seconds: float) -> str:
    """Return `CPU 91.2 % > 80 % for 1 min`; a device is named after its label."""
    lasted = f" for {span(for_seconds)}" if for_seconds else ""
    return f"{stated(alert)}{lasted}"


def stated(alert: Alert) -> str:
    """Return an alert without how long it has lasted: `CPU 91.2 % > 80 %`, `collector disk is at fault`."""
    key = alert.series.family, alert.series.metric
    detail = f" ({alert.detail})" if alert.detail else ""
    if key in SAID:
        value = f" {quantity(alert, alert.value)}" if key[1] == "full_in_seconds" else ""
        return f"{subject(alert)} {SAID[key]}{value}{detail}"
    limit = quantity(alert, alert.threshold, whole=True)
    return f"{subject(alert)} {quantity(alert, alert.value)} {alert.comparison} {limit}{detail}"


def escalated_text(alert: Alert, now: float) -> str:
    """Return `filesystem / 96.2 % > 85 %, critical after 6 min`."""
    return f"{stated(alert)}, critical after {span(max(now - alert.raised_at, 0))}"


def cleared_text(alert: Alert, now: float, reason: str = "") -> str:
    """Return `CPU back to 41.0 % after 6 min`, or why there is nothing to be back to."""
    after = f"after {span(max(now - alert.raised_at, 0))}"
    if reason or alert.value is None:
        return f"{subject(alert)} cleared {after}: {reason or 'value unknown'}"
    if (alert.series.family, alert.series.metric) in SAID:
        return f"{subject(alert)} is well again {after}"
    return f"{subject(alert)} back to {quantity(alert, alert.value)} {after}"


def subject(alert: Alert) -> str:
    """Return what an alert is about: its label, and the device."""
    return f"{alert.label or alert.rule} {alert.series.device}".rstrip()


def quantity(alert: Alert, value: float | None, *, whole: bool = False) -> str:
    """Return a value with the unit of the alert's metric; `…` when unknown."""
    if value is None:
        return UNKNOWN
    unit = unit_of(alert.series.family, alert.series.metric)
    if unit == "bytes":
        return size(value)
    if unit == "bytes_per_second":
        return rate(value)
    if unit == "seconds":
        return span(value) if value >= 60 else duration(value)
    if unit == "count" or whole:
        return f"{value:g}" + _UNITS.get(unit, "")
    return f"{value:.1f}" + _UNITS.get(unit, "")
