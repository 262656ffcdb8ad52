"""The charts of one process: CPU, memory and io, in boxes or as one line. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final, NamedTuple

from tuimon.model.process import Process
from tuimon.model.times import format_duration
from tuimon.model.units import compact_rate, percent, rate, size
from tuimon.tui.box import beside, box
from tuimon.tui.braille import area, nice_top, spark
from tuimon.tui.detail.course import Course
from tuimon.tui.style import Row, padded

SPANS: Final = (0.0, 600.0, 3600.0, 6 * 3600.0, 86400.0)
"""Seconds that the charts show at least; 0: a sample a step, as far back as there is room."""
Values = Sequence[float | None]


class Scale(NamedTuple):
    """The time that charts show: up to `end` (epoch seconds), so many cells of two steps, `span` seconds at least."""

    end: float
    cells: int
    span: float
    interval: float

    @property
    def step(self) -> float:
        """Seconds of one step."""
        return max(self.interval, self.span / (2 * self.cells))

    @property
    def reach(self) -> float:
        """Seconds that are shown."""
        return 2 * self.cells * self.step

    @property
    def half(self) -> bool:
        """Whether the newest step is the first of its cell: charts then move by whole cells."""
        return int(self.end // self.step) % 2 == 0


class Chart(NamedTuple):
    """One chart: family of its colours, its title, its figure, values from left to right, and the top of its scale."""

    family: str
    title: str
    figure: str
    values: Values
    top: float
    shown_top: str


def charts(course: Course, process: Process | None, scale: Scale) -> list[Chart]:
    """Return the three charts, two values a cell."""
    cpu, memory, read, written = course.columns(2 * scale.cells, scale.end, scale.step)
    io = [_sum(pair) for pair in zip(read, written, strict=True)]
    return [
        Chart("cpu", "CPU", f"{percent(process.cpu_percent if process else None)} % of a core", cpu, *cpu_top(cpu)),
        Chart("memory", "Memory", _memory(process), memory, *memory_top(memory)),
        Chart("disk", "IO", _io(process), io, *io_top(io)),
    ]


def _sum(pair: tuple[float | None, ...]) -> float | None:
    known = [value for value in pair if value is not None]
    return sum(known) if known else None


def _memory(process: Process | None) -> str:
    if process is None:
        return percent(None)
    share = f" · {percent(process.memory_percent)} %" if process.memory_percent is not None else ""
    return f"{size(process.rss_bytes)}{share}"


def _io(process: Process | None) -> str:
    read, written = (process.read_bytes_per_second, process.write_bytes_per_second) if process else (None, None)
    return f"r {compact_rate(read)} w {compact_rate(written)}"


def highest(values: Values) -> float:
    """Return the highest value that is known, 0 without any."""
    return max((value for value in values if value is not None), default=0.0)


def cpu_top(values: Values) -> tuple[float, str]:
    """Return the top of a scale of CPU: one core, or twice as many until all fits."""
    top = 100.0
    while highest(values) > top * 1.02:
        top *= 2
    return top, f"{top:.0f} %"


def memory_top(values: Values) -> tuple[float, str]:
    """Return the top of a scale of bytes: a power of two."""
    top = float(1 << max(20, math.ceil(math.log2(max(1.0, highest(values))))))
    return top, size(top)


def io_top(values: Values) -> tuple[float, str]:
    """Return the top of a scale of bytes a second."""
    top = nice_top(highest(values))
    return top, rate(top)


def boxes(found: list[Chart], width: int, height: int, scale: Scale, *, ascii_only: bool) -> list[Row]:
    """Return the charts side by side, in boxes; the first one names the span of all."""
    each = [width // 3, width // 3, width - 2 * (width // 3)]
    parts = []
    for number, (chart, wide) in enumerate(zip(found, each, strict=True)):
        last = f" {format_duration(round(scale.reach))}" if number == 0 and wide >= 30 else ""
        top = f" top {chart.shown_top}" if wide >= 50 else ""
        title: Row = [(chart.title, "title"), (last + top, "label")]
        rows = area(
            chart.values[-2 * (wide - 4) :],
            wide - 4,
            height - 2,
            chart.top,
            chart.family,
            half=scale.half,
            ascii_only=ascii_only,
        )
        body: list[Row] = [[(" ", ""), *row] for row in rows]
        parts.append((box(title, [(chart.figure, chart.family)], body, wide, height, ascii_only=ascii_only), wide))
    return beside(parts)


def line(found: list[Chart], width: int, *, ascii_only: bool) -> Row:
    """Return the charts in one row: what they are, the newest figure, and a small chart where there is room."""
    room = max(0, (width - 54) // 3) if width >= 60 else 0
    row: Row = [(" ", "")]
    for chart, label in zip(found, ("cpu", "mem", "io"), strict=True):
        figure = chart.figure.removesuffix(" of a core").partition(" · ")[0]
        row += [(f"{label} ", "label"), (figure, chart.family), (" ", "")]
        if room:
            row.append((spark(_by_cell(chart.values, room), room, chart.top, ascii_only=ascii_only), chart.family))
        row.append((" ", ""))
    return padded(row, width)


def _by_cell(values: Values, cells: int) -> list[float | None]:
    """Return the highest of each two values, as many as there are cells."""
    pairs = list(zip(values[::2], values[1::2], strict=False))[-cells:]
    return [max((value for value in pair if value is not None), default=None) for pair in pairs]
