"""What tuimon says of itself: what fires, how recording goes, what it costs, and what no node_exporter tells."""

from __future__ import annotations

import platform
from typing import Final

from tuimon import __version__
from tuimon.exporters.exposition import Kind, Page, joined, labelled
from tuimon.model.catalogue import METRICS
from tuimon.model.metric import Metric
from tuimon.model.readings import Readings
from tuimon.model.snapshot import Alert, Frame, Recorder, Snapshot

_SEVERITIES: Final = ("info", "warning", "critical")
_OWN: Final[dict[str, tuple[str, Kind, str]]] = {
    "cpu_seconds": ("process_cpu_seconds_total", "counter", "Total user and system CPU time spent in seconds."),
    "start_time": (
        "process_start_time_seconds", "gauge", "Start time of the process since unix epoch in seconds."),
    "virtual_bytes": ("process_virtual_memory_bytes", "gauge", "Virtual memory size in bytes."),
    "virtual_max_bytes": (
        "process_virtual_memory_max_bytes", "gauge", "Maximum amount of virtual memory available in bytes."),
    "resident_bytes": ("process_resident_memory_bytes", "gauge", "Resident memory size in bytes."),
    "open_fds": ("process_open_fds", "gauge", "Number of open file descriptors."),
    "max_fds": ("process_max_fds", "gauge", "Maximum number of open file descriptors."),
}  # fmt: skip
_TOLD: Final = {
    "self": ("cpu_percent", "memory_bytes", "tick_seconds"),
    "system": ("processes", "threads", "zombies"),
    "cpu": ("limit_cores", "limit_used_percent", "limit_throttled_percent"),
    "memory": ("arc_bytes", "limit_bytes", "limit_used_bytes"),
    "filesystem": ("stale_seconds",),
}
"""What of the catalogue has no name in node_exporter's dialect."""


def tell_own(page: Page, frame: Frame, readings: Readings) -> None:
    """Add what is tuimon's own."""
    for name, value in readings.own:
        page.one(*_OWN[name], value)
    about = "A metric with a constant '1' value labeled by version and Python's version."
    build = page.family("tuimon_build_info", "gauge", about)
    build.add(labelled(version=__version__, python=platform.python_version()), 1)
    snapshot = frame.snapshot
    page.one("tuimon_sample_time_seconds", "gauge", "When the newest sample was taken, in unixtime.", snapshot.time)
    page.one("tuimon_samples_total", "counter", "Samples taken since this tuimon was started.", frame.tick + 1)
    _tell_alerts(page, (*frame.alerts, *frame.pending))
    _tell_recorder(page, frame.recorder)
    _tell_faults(page, snapshot)
    _tell_catalogue(page, snapshot)


def _tell_alerts(page: Page, alerts: tuple[Alert, ...]) -> None:
    about = "How many alerts fire that nobody has acknowledged or silenced, by severity."
    firing = page.family("tuimon_alerts_firing", "gauge", about)
    for severity in _SEVERITIES:
        found = sum(alert.severity == severity and alert.state == "firing" for alert in alerts)
        firing.add(labelled(severity=severity), found)
    states = page.family("tuimon_alerts", "gauge", "Alerts, with the labels that Prometheus gives its ALERTS.")
    values = page.family("tuimon_alert_value", "gauge", "What the rule judges, in the unit of its metric.")
    thresholds = page.family("tuimon_alert_threshold", "gauge", "Beyond which the rule raises the alert, in that unit.")
    since = page.family("tuimon_alert_start_time_seconds", "gauge", "Since when the condition holds, in unixtime.")
    raised = page.family("tuimon_alert_raised_time_seconds", "gauge", "When the alert was raised, in unixtime.")
    for alert in alerts:
        series = alert.series
        named = [("alertname", alert.rule), ("metric", f"{series.family}.{series.metric}"), ("device", series.device)]
        labels = joined(named)
        state = "pending" if alert.state == "pending" else "firing"
        said = [("alertstate", state), ("severity", alert.severity), ("handled", handled_of(alert))]
        states.add(joined([*named, *said]), 1)
        values.add(labels, alert.value)
        thresholds.add(labels, alert.threshold)
        since.add(labels, alert.since)
        if state == "firing":
            raised.add(labels, alert.raised_at)


def handled_of(alert: Alert) -> str:
    """Return what a person has said to an alert: "acknowledged", "silenced" or ''."""
    return alert.state if alert.state in {"acknowledged", "silenced"} else ""


def _tell_recorder(page: Page, recorder: Recorder | None) -> None:
    if recorder is None:
        return
    about = "Who records: 'here' this tuimon, 'other' another one, 'off' nobody; 1 for the mode in force."
    modes = page.family("tuimon_recorder_mode", "gauge", about)
    for mode in ("here", "other", "off"):
        modes.add(labelled(mode=mode), int(recorder.mode == mode))
    page.one("tuimon_history_size_bytes", "gauge", "Size of the history file.", recorder.bytes)
    page.one("tuimon_sample_interval_seconds", "gauge", "Time between two samples.", recorder.interval)
    about = "Samples that wait in memory for a file that cannot be written."
    page.one("tuimon_recorder_held_samples", "gauge", about, recorder.held)
    about = "Samples that were dropped since they had waited for too long."
    page.one("tuimon_recorder_lost_samples_total", "counter", about, recorder.lost)


def _tell_faults(page: Page, snapshot: Snapshot) -> None:
    page.one(
        "tuimon_collector_faults", "gauge", "How many parts of a sample could not be collected.", len(snapshot.faults)
    )
    since = page.family(
        "tuimon_collector_fault_start_time_seconds", "gauge", "Since when a part cannot be collected, in unixtime."
    )
    for fault in snapshot.faults:
        since.add(labelled(collector=fault.collector), fault.since)


def _tell_catalogue(page: Page, snapshot: Snapshot) -> None:
    for family, names in _TOLD.items():
        for metric in METRICS[family]:
            if metric.name in names:
                _tell_metric(page, metric, snapshot.family(family))


def _tell_metric(page: Page, metric: Metric, values: tuple[object, ...]) -> None:
    """Add a metric of the catalogue; percents are told as a ratio, as Prometheus wants them."""
    name, ratio = metric.name, metric.unit == "percent"
    name = f"{name.removesuffix('_percent')}_ratio" if ratio else name
    family = page.family(f"tuimon_{metric.family}_{name}", "gauge", metric.help)
    for one in values:
        value = getattr(one, metric.name)
        labels = labelled(device=getattr(one, "device", "")) if metric.devices else ""
        family.add(labels, value / 100 if ratio and value is not None else value)
