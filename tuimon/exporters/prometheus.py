"""What Prometheus scrapes: a machine in node_exporter's names, and tuimon in its own."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Callable
from typing import Final

from tuimon.exporters.exposition import CONTENT_TYPE, Page, labelled
from tuimon.exporters.node_hardware import tell_hardware
from tuimon.exporters.node_kernel import tell_kernel
from tuimon.exporters.node_network import tell_network
from tuimon.exporters.node_storage import tell_storage
from tuimon.exporters.own_metrics import tell_own
from tuimon.exporters.snapshot_readings import readings_of
from tuimon.model.readings import Readings
from tuimon.model.snapshot import Frame, Snapshot

__all__ = ["CONTENT_TYPE", "Scrapes", "exposition"]
_QUICK: Final = 4
"""How hard gzip tries: the page changes each second, and is read by one or two."""


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


class Scrapes:
    """Makes the page of a frame when it is asked for, once: whoever asks for the same tick gets the same bytes.

    `read` reads what only exporters want of the machine, beside a snapshot of it; None where nothing can. Any thread
    may ask.
    """

    def __init__(self, read: Callable[[Snapshot], Readings] | None = None) -> None:
        self._read = read
        self._lock = threading.Lock()
        self._made: tuple[int, float, bytes] | None = None
        self._packed: tuple[bytes, bytes] | None = None

    def page(self, frame: Frame) -> bytes:
        """Return the page of a frame, in UTF-8."""
        with self._lock:
            return self._page(frame)

    def packed(self, frame: Frame) -> bytes:
        """Return the same, packed with gzip."""
        with self._lock:
            page = self._page(frame)
            if self._packed is None or self._packed[0] is not page:
                self._packed = page, gzip.compress(page, _QUICK, mtime=0)
            return self._packed[1]

    def _page(self, frame: Frame) -> bytes:
        tick, time = frame.tick, frame.snapshot.time
        if self._made is None or self._made[:2] != (tick, time):
            readings = None if self._read is None else self._read(frame.snapshot)
            self._made = tick, time, exposition(frame, readings).encode("utf-8", "replace")
        return self._made[2]
