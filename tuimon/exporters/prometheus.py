"""What Prometheus scrapes: a machine in node_exporter's names, and tuimon in its own."""

from __future__ import annotations

from tuimon.exporters.exposition import Page, labelled
from tuimon.exporters.node_hardware import tell_hardware
from tuimon.exporters.node_kernel import tell_kernel
from tuimon.exporters.node_network import tell_network
from tuimon.exporters.node_storage import tell_storage
from tuimon.exporters.own_metrics import tell_own
from tuimon.exporters.snapshot_readings import readings_of
from tuimon.model.readings import Readings
from tuimon.model.snapshot import Frame


def exposition(frame: Frame, readings: Readings | None = None) -> str:
    """Return the page of a frame; without readings it has what the frame's snapshot knows."""
    readings = readings or readings_of(frame.snapshot)
    page = Page()
    tell_kernel(page, readings)
    tell_network(page, readings)
    tell_storage(page, readings)
    tell_hardware(page, readings)
    _tell_parts(page, readings)
    tell_own(page, frame, readings)
    return page.text()


def _tell_parts(page: Page, readings: Readings) -> None:
    about = "node_exporter: Duration of a collector scrape."
    durations = page.family("node_scrape_collector_duration_seconds", "gauge", about)
    successes = page.family("node_scrape_collector_success", "gauge", "node_exporter: Whether a collector succeeded.")
    for part in readings.parts:
        labels = labelled(collector=part.name)
        durations.add(labels, round(part.seconds, 9))
        successes.add(labels, int(part.found))
    about = "1 if there was an error opening or reading a file, 0 otherwise"
    page.one("node_textfile_scrape_error", "gauge", about, 0)  # none is read, so none failed: dashboards show that
