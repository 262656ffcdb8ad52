"""The processors: busy time as an area, where it went, each core, clock and temperature."""

from __future__ import annotations

from tuimon.model.families import Core
from tuimon.model.metric import SeriesKey
from tuimon.model.snapshot import Snapshot
from tuimon.model.units import hertz, percent
from tuimon.tui.box import box, labelled, whole
from tuimon.tui.braille import area, block
from tuimon.tui.style import LEVELS, Row, padded, row_width
from tuimon.tui.view import FAULTS, View, mark

BUSY = SeriesKey("cpu", "", "busy_percent")
LIMIT = SeriesKey("cpu", "", "limit_used_percent")
CELL = 10
"""Cells that a core takes with its number, of one digit, and its percentage."""


def present(snapshot: Snapshot) -> bool:
    """Whether there is anything to show."""
    return (
        snapshot.cpu.cores > 0
        or snapshot.cpu.busy_percent is not None
        or any(fault.collector in FAULTS["cpu"] for fault in snapshot.faults)
    )


def hottest(snapshot: Snapshot) -> float | None:
    """Return the temperature of the processor: the highest of its package's sensors, in degrees Celsius."""
    chips = ("coretemp", "k10temp", "zenpower", "cpu_thermal", "cpu-thermal", "acpitz", "soc")
    found = [
        s.temperature_celsius
        for s in snapshot.sensor
        if s.temperature_celsius is not None and s.device.lower().startswith(chips)
    ]
    return max(found, default=None)


def draw(view: View, width: int, height: int) -> list[Row]:
    """Return the panel."""
    return _draw(view, width, height, core_rows=max(1, min(3, (height + 2) // 5)))


def enlarged(view: View, width: int, height: int) -> list[Row]:
    """Return the panel over the whole screen, with a row for every few cores."""
    cores = view.snapshot.core
    wanted = -(-len(cores) // _across(cores, width - 4)[0]) if cores else 1
    return _draw(view, width, height, core_rows=max(1, min(wanted, height // 2)))


def _draw(view: View, width: int, height: int, *, core_rows: int) -> list[Row]:
    cpu, inner = view.snapshot.cpu, width - 4
    body: list[Row] = []
    if height >= 5:
        body.append([(" ", ""), *breakdown(view, inner)])
    if height >= 6 and cpu.limit_cores is not None:
        body.append([(" ", ""), *limit(view, inner)])
    load = _load(view) if width < 60 else []
    room = inner - row_width(load)
    cores = core_strip(view.snapshot.core, room, core_rows, ascii_only=view.ascii_only) if height >= 5 else []
    if cores and load:
        cores[-1] = [*padded(cores[-1], room), *load]
    rows = height - 2 - len(body) - len(cores)
    if rows > 0:
        values = view.column(BUSY, 2 * inner)
        chart = area(
            values, inner, rows, 100, "cpu", half=view.half, cursor=view.cursor(inner), ascii_only=view.ascii_only
        )
        body.extend([[(" ", ""), *row] for row in chart])
    body.extend([[(" ", ""), *row] for row in cores])
    figure: Row = [*mark(view.alert("cpu"), ascii_only=view.ascii_only), (f"{percent(cpu.busy_percent):>5} %", "cpu")]
    focus = view.focus == "cpu"
    return box([("CPU", "title")], figure, body, width, height, focus=focus, ascii_only=view.ascii_only)


def limit(view: View, width: int) -> Row:
    """Return how many cores the cgroup that tuimon runs in may use, how many it does, and how often it is held back."""
    cpu, wide = view.snapshot.cpu, width >= 44
    cores = cpu.limit_cores or 0
    held = cpu.limit_throttled_percent
    parts: list[Row] = [
        [("limit ", "label"), (f"{cores:.2g}" if cores < 10 else f"{cores:.0f}", "value")],
        [((" core" if cores == 1 else " cores") if wide else "", "label")],
        [("  used", "label"), (f"{percent(cpu.limit_used_percent, 0):>4} %", "value")],
        [("  throttled" if wide else "  held", "label"), (f"{percent(held, 0):>4} %", "warning" if held else "value")],
    ]
    return whole(parts if held is not None else parts[:3], width)


def _load(view: View) -> Row:
    """Return the load average, for screens that have no room for it elsewhere."""
    load = view.snapshot.load.load1
    return [] if load is None else [(" load ", "label"), (f"{load:5.2f}", "value")]


def breakdown(view: View, width: int) -> Row:
    """Return where the time went, in the order of what an administrator asks first."""
    cpu = view.snapshot.cpu
    if fault := view.fault("cpu"):
        return [(f"! {fault}", "warning")]
    pairs = [
        ("user", f"{percent(cpu.user_percent):>4}"),
        ("system", f"{percent(cpu.system_percent):>4}"),
        ("iowait", f"{percent(cpu.iowait_percent):>4}"),
        ("steal", f"{percent(cpu.steal_percent):>4}"),
    ]
    row = labelled(pairs, width, "  ")
    used = sum(len(text) for text, _ in row)
    if cpu.frequency_hertz is not None and used + 12 <= width:
        row.append((f"   {hertz(cpu.frequency_hertz)}", "value"))
        used += 12
    heat = hottest(view.snapshot)
    if heat is not None and used + 9 <= width:
        row.append((f"   {heat:3.0f} °C", "value"))
    return row


def _across(cores: tuple[Core, ...], width: int) -> tuple[int, int]:
    """Return how many cores with number and percentage go into a row, and how many digits their numbers have."""
    digits = len(cores[-1].device)
    return max(1, (width + 2) // (CELL - 1 + digits)), digits


def core_strip(cores: tuple[Core, ...], width: int, rows: int, *, ascii_only: bool) -> list[Row]:
    """Return every core: number, block and percentage where there is room, else a block each, else groups."""
    if not cores or rows < 1:
        return []
    across, digits = _across(cores, width)
    cell = CELL - 1 + digits
    if len(cores) <= across * rows:
        return [
            _trimmed(
                [run for core in cores[i : i + across] for run in _core(core, digits, cell, ascii_only=ascii_only)]
            )
            for i in range(0, len(cores), across)
        ]
    return _blocks(cores, width, rows, ascii_only=ascii_only)


def _core(core: Core, digits: int, cell: int, *, ascii_only: bool) -> Row:
    busy = core.busy_percent
    share = None if busy is None else busy / 100
    level = 0 if busy is None else min(LEVELS - 1, int(busy * LEVELS / 100))
    return [
        (f"{core.device:>{digits}} ", "label"),
        (block(share, ascii_only=ascii_only), f"cpu.{level}"),
        (f"{percent(busy, 0):>4}".ljust(cell - digits - 2), "value"),
    ]


def _trimmed(row: Row) -> Row:
    return [*row[:-1], (row[-1][0].rstrip(), row[-1][1])]


def _blocks(cores: tuple[Core, ...], width: int, rows: int, *, ascii_only: bool) -> list[Row]:
    """Return a block each core, or the busiest of so many together where there are more cores than cells."""
    count, wide = len(cores), width >= 60
    note = f" {count} cores" if wide else f" {count}"
    group = 1
    if count > width * rows - len(note):
        room = max(1, width * rows - len(note) - (len(" · busiest of each 999") if wide else len("/999")))
        group = -(-count // room)
        note += f" · busiest of each {group}" if wide else f"/{group}"
    shares = [_busiest(cores[i : i + group]) for i in range(0, count, group)]
    lines: list[Row] = [
        [("".join([block(share, ascii_only=ascii_only) for share in shares[i : i + width]]), "cpu")]
        for i in range(0, len(shares), width)
    ]
    if len(shares) - (len(lines) - 1) * width + len(note) <= width:
        lines[-1].append((note, "label"))
    return lines[:rows]


def _busiest(cores: tuple[Core, ...]) -> float | None:
    known = [core.busy_percent for core in cores if core.busy_percent is not None]
    return max(known) / 100 if known else None
