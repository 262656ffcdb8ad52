"""Charts as SVG and as a line of blocks: the band from minimum to maximum, the average, gaps left open."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from datetime import tzinfo
from html import escape
from typing import Final

from tuimon.model.incident import Chart
from tuimon.model.snapshot import Event, Points, Window
from tuimon.model.times import aware
from tuimon.model.units import in_unit

WIDTH: Final = 860
HEIGHT: Final = 150
LEFT: Final = 76
BOTTOM: Final = 22
TOP: Final = 8
COLOURS: Final = ("#0f766e", "#b45309", "#6d28d9")
BLOCKS: Final = "▁▂▃▄▅▆▇█"
TICKS: Final = (
    1,
    5,
    10,
    30,
    60,
    300,
    600,
    1800,
    3600,
    2 * 3600,
    6 * 3600,
    12 * 3600,
    86400,
    7 * 86400,
    30 * 86400,
    90 * 86400,
)


def svg(chart: Chart, window: Window, events: Sequence[Event] = (), tz: tzinfo | None = None) -> str:
    """Return a chart as an SVG element that needs nothing from elsewhere."""
    found = [window.series[key] for key in chart.keys]
    top = scale_top(max((v for points in found for v in points.maximum if v is not None), default=0.0), chart.unit)
    plot = _Plot(window, top)
    box = f'viewBox="0 0 {WIDTH} {HEIGHT}" role="img" xmlns="http://www.w3.org/2000/svg"'
    parts = [f'<svg {box} aria-label="{escape(chart.title)}">', *_axes(plot, chart.unit, tz)]
    for points, colour in zip(found, COLOURS, strict=False):
        parts += _band(plot, points, colour) if len(found) == 1 else []
        parts += _line(plot, points.average, colour)
    parts += [_event(plot, event) for event in events if event.kind == "alert_raised"]
    return "".join([*parts, "</svg>"])


class _Plot:
    """Where a moment and a value are."""

    def __init__(self, window: Window, top: float) -> None:
        self.window = window
        self.top = top
        self.start = window.times[0] if window.times else window.start
        self.seconds = max(1.0, window.step * len(window.times))

    def x(self, time: float) -> float:
        return LEFT + (time - self.start) / self.seconds * (WIDTH - LEFT - 6)

    def y(self, value: float) -> float:
        return TOP + (1 - min(1.0, max(0.0, value / self.top))) * (HEIGHT - TOP - BOTTOM)


def scale_top(highest: float, unit: str) -> float:
    """Return the top of a scale: 100 for percentages, else the next of 1-2-5."""
    if unit == "percent" and highest <= 100:
        return 100.0
    if highest <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(highest))
    return next(step * power for step in (1, 2, 5, 10) if highest <= step * power)


def _axes(plot: _Plot, unit: str, tz: tzinfo | None) -> Iterator[str]:
    for share in (0.0, 0.5, 1.0):
        y = plot.y(plot.top * share)
        yield f'<line x1="{LEFT}" x2="{WIDTH - 6}" y1="{y:.1f}" y2="{y:.1f}" class="g"/>'
        label = escape(in_unit(plot.top * share, unit))
        yield f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{label}</text>'
    for time in ticks(plot.start, plot.seconds, tz):
        x = plot.x(time)
        yield f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{HEIGHT - BOTTOM}" class="g"/>'
        yield f'<text x="{x:.1f}" y="{HEIGHT - 6}" text-anchor="middle">{tick_label(time, plot.seconds, tz)}</text>'


def ticks(start: float, seconds: float, tz: tzinfo | None) -> list[float]:
    """Return round local times in a span, eight at the most."""
    step = next((step for step in TICKS if seconds / step <= 8), TICKS[-1])
    offset = aware(start, tz).utcoffset()
    shift = offset.total_seconds() if offset else 0.0
    first = math.ceil((start + shift) / step) * step - shift
    return [first + number * step for number in range(int((start + seconds - first) // step) + 1)]


def tick_label(time: float, seconds: float, tz: tzinfo | None) -> str:
    """Return how a tick is written in a span of this length."""
    form = "%H:%M:%S" if seconds < 600 else "%H:%M" if seconds < 2 * 86400 else "%d %b"
    return aware(time, tz).strftime(form)


def pieces(values: Sequence[float | None]) -> Iterator[tuple[int, list[float]]]:
    """Yield the stretches without a gap: the place of the first value, and the values."""
    held: list[float] = []
    for place, value in enumerate([*values, None]):
        if value is not None:
            held.append(value)
        elif held:
            yield place - len(held), held
            held = []


def _line(plot: _Plot, values: Sequence[float | None], colour: str) -> Iterator[str]:
    for first, piece in pieces(values):
        points = " ".join(f"{_middle(plot, first + ahead):.1f},{plot.y(v):.1f}" for ahead, v in enumerate(piece))
        if len(piece) == 1:
            x, y = points.split(",")
            yield f'<circle cx="{x}" cy="{y}" r="1.5" fill="{colour}"/>'
        else:
            yield f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="1.5"/>'


def _band(plot: _Plot, points: Points, colour: str) -> Iterator[str]:
    for first, highest in pieces(points.maximum):
        lowest = [value or 0.0 for value in points.minimum[first : first + len(highest)]]
        there = [f"{_middle(plot, first + ahead):.1f},{plot.y(value):.1f}" for ahead, value in enumerate(highest)]
        back = [f"{_middle(plot, first + ahead):.1f},{plot.y(value):.1f}" for ahead, value in enumerate(lowest)]
        yield f'<polygon points="{" ".join(there + back[::-1])}" fill="{colour}" fill-opacity="0.18"/>'


def _middle(plot: _Plot, place: int) -> float:
    return plot.x(plot.window.times[place] + plot.window.step / 2)


def _event(plot: _Plot, event: Event) -> str:
    x = plot.x(event.time)
    return (
        f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{HEIGHT - BOTTOM}" class="e">'
        f"<title>{escape(event.text)}</title></line>"
    )


def blocks(values: Sequence[float | None], top: float, width: int = 60) -> str:
    """Return values as a line of blocks for plain text, a gap as a dot."""
    if not values:
        return ""
    shown = []
    for place in range(min(width, len(values))):
        low, high = (at * len(values) // min(width, len(values)) for at in (place, place + 1))
        known = [value for value in values[low:high] if value is not None]
        shown.append(BLOCKS[max(0, min(7, round(max(known) / top * 8) - 1))] if known and top > 0 else "·")
    return "".join(shown)
