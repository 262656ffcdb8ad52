"""What drawing is given: a frame, the recent past of its series, and how this terminal wants it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Final

from tuimon.model.metric import SeriesKey
from tuimon.model.snapshot import Alert, Frame, Snapshot
from tuimon.tui.style import Row

FAULTS: Final[dict[str, frozenset[str]]] = {
    "cpu": frozenset({"cpu", "core"}),
    "memory": frozenset({"memory", "swap"}),
    "disk": frozenset({"disk"}),
    "network": frozenset({"network", "tcp"}),
    "storage": frozenset({"filesystem", "load", "pressure", "sensor", "battery"}),
    "processes": frozenset({"processes", "system", "self", "pipeline", "collector"}),
}
"""Panel -> whose faults it tells; every family has one, and the loop itself is told of with the processes."""

Column = Callable[[SeriesKey, int], Sequence[float | None]]


@dataclass(frozen=True, slots=True)
class View:
    """One look at the machine.

    `silent` is for how many seconds no frame has come, 0 while they come. `column(key, n)` gives the newest n values of a series, the newest last. `half`: the newest sample is the first
    of its chart cell's two. `past` is the moment of the past that is looked at, None while live (epoch seconds), `now`
    that of the newest live sample; charts then end `future` steps after the moment, and `missing` says why there is
    nothing to show, while `machine` tells which panels there are. `replayed` names the file that is shown in the place
    of a machine, `place` where the machine is that is shown from afar, `landed` is the event that was gone to.
    """

    frame: Frame
    column: Column
    half: bool = False
    silent: float = 0.0
    tz: tzinfo | None = None
    ascii_only: bool = False
    network_bits: bool = False
    focus: str = ""
    past: float | None = None
    now: float = 0.0
    future: int = 0
    missing: str = ""
    machine: Snapshot | None = None
    replayed: str = ""
    landed: str = ""
    place: str = ""

    def cursor(self, width: int) -> int | None:
        """Return the cell of a chart of so many cells that the moment looked at is in, None while live."""
        return None if self.past is None else width - 1 - self.future // 2

    def trail(self, key: SeriesKey, n: int) -> Sequence[float | None]:
        """Return n values of a series that end with the moment shown."""
        return self.column(key, n + self.future)[:n] if self.future else self.column(key, n)

    @property
    def snapshot(self) -> Snapshot:
        """The machine as it was."""
        return self.frame.snapshot

    def alert(self, family: str, device: str = "") -> Alert | None:
        """Return what fires for a family's device, None where nothing does."""
        for alert in self.frame.alerts:
            if alert.series.family == family and alert.series.device == device:
                return alert
        return None

    def fault(self, panel: str) -> str:
        """Return why a panel's families could not be read, '' where they could."""
        for fault in self.snapshot.faults:
            if fault.collector in FAULTS[panel]:
                return fault.message if fault.collector == panel else f"{fault.collector}: {fault.message}"
        return ""

    def total(self, keys: Sequence[SeriesKey], n: int) -> Sequence[float | None]:
        """Return the sum of several series, unknown only where all are."""
        if len(keys) == 1:
            return self.column(keys[0], n)
        columns = [self.column(key, n) for key in keys]
        return [_sum(values) for values in zip(*columns, strict=True)] if columns else [None] * n


def _sum(values: tuple[float | None, ...]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def mark(alert: Alert | None, *, ascii_only: bool = False) -> Row:
    """Return the mark of an alert: a sign and a colour of its severity, nothing where there is none."""
    if alert is None:
        return []
    if alert.severity == "critical":
        return [("^" if ascii_only else "▲", "critical")]
    return [("!", "warning")]
