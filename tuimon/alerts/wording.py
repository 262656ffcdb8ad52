"""What an alert's event says, in a line of plain text."""

from __future__ import annotations

from tuimon.model.catalogue import BY_NAME
from tuimon.model.snapshot import Alert
from tuimon.model.units import UNKNOWN, size, span

_UNITS = {"percent": " %", "celsius": " °C", "rpm": " rpm", "watts": " W", "per_second": "/s", "seconds": " s"}


def raised_text(alert: Alert, for_seconds: float) -> str:
    """Return `CPU 91.2 % > 80 % for 1 min`; a device is named after its label."""
    limit = quantity(alert, alert.threshold, whole=True)
    lasted = f" for {span(for_seconds)}" if for_seconds else ""
    return f"{subject(alert)} {quantity(alert, alert.value)} {alert.comparison} {limit}{lasted}"


def cleared_text(alert: Alert, now: float, reason: str = "") -> str:
    """Return `CPU back to 41.0 % after 6 min`, or why there is nothing to be back to."""
    after = f"after {span(max(now - alert.raised_at, 0))}"
    if reason or alert.value is None:
        return f"{subject(alert)} cleared {after}: {reason or 'value unknown'}"
    return f"{subject(alert)} back to {quantity(alert, alert.value)} {after}"


def subject(alert: Alert) -> str:
    """Return what an alert is about: its label, and the device."""
    return f"{alert.label or alert.rule} {alert.series.device}".rstrip()


def quantity(alert: Alert, value: float | None, *, whole: bool = False) -> str:
    """Return a value with the unit of the alert's metric; `…` when unknown."""
    if value is None:
        return UNKNOWN
    metric = BY_NAME.get((alert.series.family, alert.series.metric))
    unit = metric.unit if metric else "count"
    if unit in ("bytes", "bytes_per_second"):
        return size(value) + ("/s" if unit == "bytes_per_second" else "")
    digits = f"{value:g}" if whole else f"{value:.1f}"
    return digits + _UNITS.get(unit, "")
