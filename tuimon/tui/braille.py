"""Area charts in braille: two samples a cell across, four steps a cell up, drawn by table look-up."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from tuimon.tui.style import LEVELS, Row

_LEFT: Final = (0, 0x40, 0x44, 0x46, 0x47)
_RIGHT: Final = (0, 0x80, 0xA0, 0xB0, 0xB8)
CELLS: Final = tuple(chr(0x2800 + left + right) for left in _LEFT for right in _RIGHT)
"""Filled from the foot: index = 5 * left height + right height, heights 0 to 4."""

BLOCKS: Final = " ▁▂▃▄▅▆▇█"
ASCII_CELLS: Final = tuple(" .:|#"[max(a, b)] for a in range(5) for b in range(5))
ASCII_BLOCKS: Final = " .:-=+*#%"


def area(
    values: Sequence[float | None],
    width: int,
    height: int,
    top: float,
    family: str,
    *,
    half: bool = False,
    cursor: int | None = None,
    ascii_only: bool = False,
) -> list[Row]:
    """Return a filled chart of so many cells, the newest value at the right edge.

    `values` are the newest `2 * width` (older ones missing: None). `half`: the newest value is the first of its
    cell's two, so that the chart moves by whole cells. A recorded zero shows as one dot, a gap as nothing. `cursor` is
    the cell whose column is the moment that is looked at.
    """
    heights = _heights(values, width, height * 4, top, half=half)
    pairs = list(zip(heights[::2], heights[1::2], strict=True))
    lines = [_line(pairs, height - 1 - y, height, family, ascii_only=ascii_only) for y in range(height)]
    return lines if cursor is None or not 0 <= cursor < width else [_crossed(row, cursor, ascii_only) for row in lines]


def _crossed(row: Row, cursor: int, ascii_only: bool) -> Row:  # noqa: FBT001  only called above
    """Return a line of a chart with the cursor's column in it, which is seen without colours too."""
    ((text, style),) = row
    here = text[cursor]
    mark = ("|" if ascii_only else "│") if here in " \u2800" else here
    return [(text[:cursor], style), (mark, "cursor"), (text[cursor + 1 :], style)]


def _heights(values: Sequence[float | None], width: int, dots: int, top: float, *, half: bool) -> list[int]:
    scale = dots / top if top > 0 else 0
    drawn = [0 if v is None else max(1, min(dots, int(v * scale + 0.5))) for v in values[-(2 * width - half) :]]
    if half:
        drawn.append(0)
    return [0] * (2 * width - len(drawn)) + drawn


def _line(pairs: list[tuple[int, int]], floor: int, height: int, family: str, *, ascii_only: bool) -> Row:
    base = floor * 4
    steps = [0] * (base + 1) + [1, 2, 3] + [4] * (4 * (height - floor))
    glyphs = ASCII_CELLS if ascii_only else CELLS
    text = "".join([glyphs[steps[a] * 5 + steps[b]] for a, b in pairs])
    level = (floor * LEVELS) // height if height > 1 else LEVELS // 2
    return [(text, f"{family}.{level}")]


def spark(values: Sequence[float | None], width: int, top: float, *, ascii_only: bool = False) -> str:
    """Return a chart of one row, a sample a cell, the newest at the right."""
    blocks = ASCII_BLOCKS if ascii_only else BLOCKS
    shown = values[-width:]
    text = "".join(
        [" " if v is None else blocks[max(1, min(8, int(v / top * 8 + 0.5)))] if top > 0 else blocks[1] for v in shown]
    )
    return " " * (width - len(text)) + text


def bar(share: float | None, width: int, *, ascii_only: bool = False) -> tuple[str, str]:
    """Return the filled and the empty part of a bar, together so many cells."""
    full = 0 if share is None else max(0, min(width, round(share * width)))
    marks = ("#", "-") if ascii_only else ("█", "░")
    return marks[0] * full, marks[1] * (width - full)


def block(share: float | None, *, ascii_only: bool = False) -> str:
    """Return one cell filled by a share of 0 to 1; unknown is blank."""
    blocks = ASCII_BLOCKS if ascii_only else BLOCKS
    return " " if share is None else blocks[max(1, min(8, math.ceil(share * 8)))]


def nice_top(highest: float) -> float:
    """Return the top of a scale that steps 1-2-5, at least 1000 (a rate below is near nothing)."""
    if highest <= 1000:
        return 1000.0
    power = 10 ** math.floor(math.log10(highest))
    return next(float(step * power) for step in (1, 2, 5, 10) if highest <= step * power)
