"""The processors: busy time as an area, where it went, each core, clock and temperature."""

from __future__ import annotations

from tuimon.model.families import Core
from tuimon.model.metric import SeriesKey
from tuimon.model.snapshot import Snapshot
from tuimon.model.units import hertz, percent
from tuimon.tui.box import box, labelled
from tuimon.tui.braille import area, block
from tuimon.tui.style import LEVELS, Row, padded, row_width
from tuimon.tui.view import FAULTS, View, mark

BUSY = SeriesKey("cpu", "", "busy_percent")
CELL = 10
"""Cells that a core takes with its number and its percentage."""


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
    return _draw(view, width, height, core_rows=3 if height >= 16 else 2 if height >= 9 else 1)


def enlarged(view: View, width: int, height: int) -> list[Row]:
    """Return the panel over the whole screen, with a row for every few cores."""
    inner = width - 4
    wanted = -(-len(view.snapshot.core) // max(1, inner // CELL))
    return _draw(view, width, height, core_rows=min(wanted, height // 2))


def _draw(view: View, width: int, height: int, *, core_rows: int) -> list[Row]:
    cpu, inner = view.snapshot.cpu, width - 4
    body: list[Row] = []
    if height >= 5:
        body.append([(" ", ""), *breakdown(view, inner)])
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
    return box(
        [("CPU", "title"), *_limit(view, width)], figure, body, width, height, focus=focus, ascii_only=view.ascii_only
    )


def _limit(view: View, width: int) -> Row:
    """Return how many cores the cgroup that tuimon runs in may use, where that is fewer than there are."""
    limit = view.snapshot.cpu.limit_cores
    if limit is None or width < 40:
        return []
    return [
        (" limit ", "label"),
        (f"{limit:.2g}" if limit < 10 else f"{limit:.0f}", "value"),
        (" core" if limit == 1 else " cores", "label"),
    ]


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


def core_strip(cores: tuple[Core, ...], width: int, rows: int, *, ascii_only: bool) -> list[Row]:
    """Return every core: number, block and percentage where there is room, else a block each, else groups."""
    if not cores or rows < 1:
        return []
    digits = len(cores[-1].device)
    cell = CELL - 1 + digits
    across = max(1, (width + 2) // cell)
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
    note = f" {len(cores)} cores"
    room = max(8, width - len(note) - 6)
    group = -(-len(cores) // (room * rows))
    shares = [_busiest(cores[i : i + group]) for i in range(0, len(cores), group)]
    lines: list[Row] = [
        [("".join([block(share, ascii_only=ascii_only) for share in shares[i : i + room]]), "cpu")]
        for i in range(0, len(shares), room)
    ]
    lines[-1].append((note + (f" /{group}" if group > 1 else ""), "label"))
    return lines


def _busiest(cores: tuple[Core, ...]) -> float | None:
    known = [core.busy_percent for core in cores if core.busy_percent is not None]
    return max(known) / 100 if known else None
