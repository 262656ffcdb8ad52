"""Block devices: bytes, operations, busy time and latency."""

from __future__ import annotations

from collections.abc import Callable

from tuimon.model.families import Disk
from tuimon.model.metric import SeriesKey
from tuimon.model.snapshot import Snapshot
from tuimon.model.units import compact_rate, duration, percent, rate
from tuimon.tui.box import box, whole
from tuimon.tui.braille import area, nice_top
from tuimon.tui.style import Row, fit_end
from tuimon.tui.view import View


def present(snapshot: Snapshot) -> bool:
    """Whether there is anything to show."""
    return bool(snapshot.disk) or any(fault.collector == "disk" for fault in snapshot.faults)


def total(disks: tuple[Disk, ...], name: str) -> float | None:
    """Return the sum of one metric over the devices, None where none knows it."""
    known = [value for disk in disks if (value := getattr(disk, name)) is not None]
    return sum(known) if known else None


def keys(disks: tuple[Disk, ...]) -> list[SeriesKey]:
    """Return the series of the panel's chart: reads and writes of every device."""
    return [SeriesKey("disk", d.device, f"{way}_bytes_per_second") for d in disks for way in ("read", "write")]


def draw(view: View, width: int, height: int) -> list[Row]:
    """Return the panel: rates, a chart, the busiest devices."""
    disks = view.snapshot.disk
    lines = _busiest(disks, max(1, min(len(disks), (height - 4) // 2)))
    return _draw(view, width, height, [_line(disk, width - 4) for disk in lines], len(lines))


def enlarged(view: View, width: int, height: int) -> list[Row]:
    """Return the panel over the whole screen: every device in a table."""
    disks = _busiest(view.snapshot.disk, max(1, height - (10 if height >= 20 else 6)))
    head: Row = [(f"{'device':<16}{'read/s':>9}{'write/s':>9}{'reads/s':>9}{'writes/s':>9}{'busy %':>8}", "label")]
    head.append((f"{'latency':>10}{'queue':>7}", "label"))
    return _draw(view, width, height, [head, *[_table(disk) for disk in disks]], len(disks))


def _busiest(disks: tuple[Disk, ...], count: int) -> list[Disk]:
    """Return the devices to show: all in their order, or the busiest of too many, still in their order."""
    if len(disks) <= count:
        return list(disks)
    chosen = sorted(disks, key=lambda d: d.busy_percent or 0, reverse=True)[: max(0, count)]
    return [disk for disk in disks if disk in chosen]


def _draw(view: View, width: int, height: int, lines: list[Row], listed: int) -> list[Row]:
    disks, inner = view.snapshot.disk, width - 4
    body: list[Row] = [[(" ", ""), *rates(view, inner)]]
    rows = height - 3 - len(lines)
    top = 0.0
    if rows > 0:
        values = view.total(keys(disks), 2 * inner)
        top = nice_top(max((v for v in values if v is not None), default=0))
        chart = area(
            values, inner, rows, top, "disk", half=view.half, cursor=view.cursor(inner), ascii_only=view.ascii_only
        )
        body.extend([[(" ", ""), *row] for row in chart])
    body.extend([[(" ", ""), *line] for line in lines])
    count = counted(listed, len(disks), "device")
    scale = f" · top {rate(top)}" if top else ""
    focus = view.focus == "disk"
    figure: Row = [(count + scale if width >= len("Disk" + count + scale) + 8 else count, "label")]
    return box([("Disk", "title")], figure, body, width, height, focus=focus, ascii_only=view.ascii_only)


def counted(listed: int, count: int, what: str) -> str:
    """Return how many there are, and how many of them are listed where that is not all: `3 of 40 devices`."""
    return (f"{listed} of " if listed < count else "") + f"{count} {what}{'s' if count != 1 else ''}"


def rates(view: View, width: int) -> Row:
    """Return what is read and written in all."""
    if fault := view.fault("disk"):
        return [(f"! {fault}", "warning")]
    disks = view.snapshot.disk
    labels = ("read ", "   write ") if width >= 32 else ("r ", "  w ")
    return [
        (labels[0], "label"),
        (f"{rate(total(disks, 'read_bytes_per_second')):>9}", "disk"),
        (labels[1], "label"),
        (f"{rate(total(disks, 'write_bytes_per_second')):>9}", "disk"),
    ]


def operations(disk: Disk) -> float | None:
    """Return the reads and writes completed a second."""
    if disk.reads_per_second is None or disk.writes_per_second is None:
        return None
    return disk.reads_per_second + disk.writes_per_second


def _latency(disk: Disk) -> str:
    """Return the latency in words; a dash where there was no IO to have one."""
    return "-" if disk.latency_seconds is None and operations(disk) == 0 else duration(disk.latency_seconds)


def _line(disk: Disk, width: int) -> Row:
    name = max(6, min(14, width - 28))
    parts: list[Row] = [
        [(fit_end(disk.device, name), "text")],
        [(" busy", "label"), (f"{percent(disk.busy_percent, 0):>4} %", "value")],
        [(f"{compact_rate(operations(disk)):>5}", "value"), (" iops", "label")],
        [(f" {_latency(disk):>6}", "value")],
    ]
    return whole(parts, width)


def _table(disk: Disk) -> Row:
    column: Callable[[float | None], str] = lambda value: f"{compact_rate(value):>9}"  # noqa: E731  one format, four columns
    queue = percent(disk.queue_length, 1)
    return [
        (fit_end(disk.device, 15) + " ", "text"),
        (column(disk.read_bytes_per_second) + column(disk.write_bytes_per_second), "value"),
        (column(disk.reads_per_second) + column(disk.writes_per_second), "value"),
        (f"{percent(disk.busy_percent):>8}{_latency(disk):>10}{queue:>7}", "value"),
    ]
