"""The panels of the overview: pure functions from a View to rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tuimon.model.snapshot import Snapshot
from tuimon.tui.panels import cpu, disk, memory, network, storage
from tuimon.tui.style import Row
from tuimon.tui.view import View

Draw = Callable[[View, int, int], list[Row]]


@dataclass(frozen=True, slots=True)
class Panel:
    """A panel: its name, whether a machine has anything for it, and how it is drawn, small and enlarged."""

    name: str
    present: Callable[[Snapshot], bool]
    draw: Draw
    enlarged: Draw


PANELS: dict[str, Panel] = {
    panel.name: panel
    for panel in (
        Panel("cpu", cpu.present, cpu.draw, cpu.enlarged),
        Panel("memory", memory.present, memory.draw, memory.draw),
        Panel("disk", disk.present, disk.draw, disk.enlarged),
        Panel("network", network.present, network.draw, network.enlarged),
        Panel("storage", storage.present, storage.draw, storage.draw),
    )
}
