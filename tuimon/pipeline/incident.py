"""An incident: everything that an archive has of a span, gathered for a report."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from tuimon.model.catalogue import find
from tuimon.model.incident import Chart, Incident
from tuimon.model.metric import SeriesKey
from tuimon.model.snapshot import Host, Span
from tuimon.pipeline.differing import difference
from tuimon.protocols import Archive

POINTS: Final = 240
CHARTS: Final[tuple[tuple[str, str, tuple[str, ...]], ...]] = (
    ("CPU", "cpu", ("busy_percent", "iowait_percent", "steal_percent")),
    ("Memory", "memory", ("used_percent",)),
    ("Swap used", "swap", ("used_percent",)),
    ("Swapping", "swap", ("in_bytes_per_second", "out_bytes_per_second")),
    ("Load", "load", ("load1", "load15")),
    ("Pressure", "pressure", ("cpu_some_percent", "io_some_percent", "memory_some_percent")),
    ("Disk {device}: bytes", "disk", ("read_bytes_per_second", "write_bytes_per_second")),
    ("Disk {device}: busy", "disk", ("busy_percent",)),
    ("Network {device}", "network", ("receive_bytes_per_second", "transmit_bytes_per_second")),
    ("Filesystem {device}", "filesystem", ("used_percent",)),
)
"""What is charted, in this order: title, family, metrics; one a device where the family has devices."""
MOST_DEVICES: Final = 4
"""Of a family's devices so many are charted, those that moved most."""


def incident(archive: Archive, start: float, end: float, *, now: float) -> Incident:
    """Return what was recorded of a span (epoch seconds). Raises what the archive raises."""
    known = set(archive.keys(start, end))
    wanted = [key for key in sorted(known) if _charted(key)]
    window = archive.window(wanted, start, end, POINTS)
    moved = {key: _range(window.series[key].average) for key in wanted if key in window.series}
    frame = archive.frame(end) or archive.frame(start)
    return Incident(
        host=frame.snapshot.host if frame else Host(),
        start=start,
        end=end,
        made_at=now,
        window=window,
        charts=tuple(_charts(wanted, moved)),
        recorded=_within(archive.spans(), start, end),
        events=archive.events(start, end),
        usage=archive.usage(start, end),
        difference=difference(archive, start, end),
    )


def _within(spans: Sequence[Span], start: float, end: float) -> tuple[Span, ...]:
    """Return the recorded stretches of a span; those that are one stretch in two tiers are one."""
    found: list[Span] = []
    for span in spans:
        low, high = max(span.start, start), min(span.end, end)
        if low > high:
            continue
        if found and low <= found[-1].end:
            found[-1] = Span(found[-1].start, max(high, found[-1].end), found[-1].tier)
        else:
            found.append(Span(low, high, span.tier))
    return tuple(found)


def _charted(key: SeriesKey) -> bool:
    return any(key.family == family and key.metric in metrics for _, family, metrics in CHARTS)


def _range(values: Sequence[float | None]) -> float:
    known = [value for value in values if value is not None]
    return max(known) - min(known) if known else -1.0


def _charts(keys: Sequence[SeriesKey], moved: dict[SeriesKey, float]) -> list[Chart]:
    """Return the charts that there is something to show in."""
    found = []
    for title, family, metrics in CHARTS:
        of_family = [key for key in keys if key.family == family and key.metric in metrics and moved.get(key, -1) >= 0]
        devices = list(dict.fromkeys(key.device for key in of_family))
        devices.sort(key=lambda name: -max(moved[key] for key in of_family if key.device == name))
        for device in devices[:MOST_DEVICES]:
            chosen = [key for metric in metrics for key in of_family if (key.device, key.metric) == (device, metric)]
            found.append(Chart(title.format(device=device), find(chosen[0]).unit, tuple(chosen)))
    return found
