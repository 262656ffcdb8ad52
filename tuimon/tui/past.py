"""Reading the recent past for the charts, off the screen's thread."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Final

from tuimon.model.metric import SeriesKey
from tuimon.model.snapshot import Snapshot, Window
from tuimon.protocols import Archive
from tuimon.tui.panels import cpu, disk, memory, network

LOG: Final = logging.getLogger(__name__)
KEPT: Final = 600
"""Samples behind the charts: two a cell, on terminals of up to 300 columns of chart."""


def charted(snapshot: Snapshot) -> list[SeriesKey]:
    """Return the series that the overview's charts show."""
    return [cpu.BUSY, memory.USED, *disk.keys(snapshot.disk), *network.keys(snapshot.network)]


def read_recent(
    open_archive: Callable[[], Archive | None],
    snapshot: Snapshot,
    interval: float,
    deliver: Callable[[Window | None], None],
) -> None:
    """Read what went before a snapshot in a thread of its own; `deliver` gets it there, None where nothing is."""

    def read() -> None:
        try:
            archive = open_archive()
            if archive is None:
                deliver(None)
                return
            try:
                deliver(archive.window(charted(snapshot), snapshot.time - KEPT * interval, snapshot.time, KEPT))
            finally:
                archive.close()
        except Exception:
            LOG.exception("the recent past could not be read")

    threading.Thread(target=read, name="tuimon-reader", daemon=True).start()
