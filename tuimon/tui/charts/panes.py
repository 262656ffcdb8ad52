"""Which series share a chart, and how charts share the screen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from tuimon.model.catalogue import find
from tuimon.model.metric import SeriesKey
from tuimon.model.snapshot import Snapshot

Pane = tuple[SeriesKey, ...]
MOST_LINES: Final = 3
"""More lines in one chart cannot be told from each other."""
MOST_PANES: Final = 4
LEAST_ROWS: Final = 6
"""Rows of a chart with its title and axis."""
COLOURS: Final = ("cpu", "memory", "disk", "network")
KIN: Final = {"core": "cpu", "load": "cpu", "swap": "memory", "filesystem": "disk", "tcp": "network"}
"""Families that are drawn in the colour of another."""


def usual(snapshot: Snapshot) -> Pane:
    """Return what is shown where nothing was chosen: CPU, memory, the busiest disk and link of a machine."""
    keys = [SeriesKey("cpu", "", "busy_percent"), SeriesKey("memory", "", "used_percent")]
    if snapshot.disk:
        disk = max(snapshot.disk, key=lambda one: (one.read_bytes_total or 0) + (one.write_bytes_total or 0))
        keys += [SeriesKey("disk", disk.device, f"{way}_bytes_per_second") for way in ("read", "write")]
    if snapshot.network:
        link = max(snapshot.network, key=lambda one: (one.receive_bytes_total or 0) + (one.transmit_bytes_total or 0))
        keys += [SeriesKey("network", link.device, f"{way}_bytes_per_second") for way in ("receive", "transmit")]
    return tuple(keys)


def arranged(keys: Sequence[SeriesKey], most: int) -> list[Pane]:
    """Return the charts of some series: one for each unit and family; where there are too many, of a unit.

    None has more than three lines. There may be more charts than `most`.
    """
    panes: list[list[SeriesKey]] = []
    for key in keys:
        home = next((pane for pane in panes if len(pane) < MOST_LINES and _kin(pane[-1], key)), None)
        panes.append([key]) if home is None else home.append(key)
    while len(panes) > most and (pair := _pair(panes)) is not None:
        one, other = pair
        panes[one] += panes.pop(other)
    return [tuple(pane) for pane in panes]


def _kin(one: SeriesKey, other: SeriesKey) -> bool:
    return one.family == other.family and find(one).unit == find(other).unit


def _pair(panes: Sequence[Sequence[SeriesKey]]) -> tuple[int, int] | None:
    """Return the first two charts that can be one."""
    for one, pane in enumerate(panes):
        for other in range(one + 1, len(panes)):
            if len(pane) + len(panes[other]) <= MOST_LINES and find(pane[0]).unit == find(panes[other][0]).unit:
                return one, other
    return None


def room(height: int) -> int:
    """Return how many charts fit into so many rows."""
    return max(1, min(MOST_PANES, height // LEAST_ROWS))


def shared(count: int, height: int) -> list[int]:
    """Return the rows of each chart, together so many; the last has one more for the time, if there is one."""
    rows, left = divmod(height, count) if count else (0, 0)
    return [rows + (place >= count - left) for place in range(count)]


def colours(pane: Pane) -> list[str]:
    """Return a colour for each line, that of its family where no other line has it."""
    found: list[str] = []
    for key in pane:
        own = KIN.get(key.family, key.family)
        own = own if own in COLOURS else "other"
        found.append(own if own not in found else next(one for one in COLOURS if one not in found))
    return found
