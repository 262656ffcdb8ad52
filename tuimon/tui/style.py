"""Named styles, so that drawing is pure text: a row is runs of (text, style name)."""

from __future__ import annotations

import re
from typing import Final

from rich.cells import cell_len, chop_cells, set_cell_size
from rich.style import Style

from tuimon.tui.themes import LEVELS, LIKE, THEMES, Theme

__all__ = ["LEVELS", "THEMES", "Row", "Theme"]  # what is drawn needs them with the rest of this

Run = tuple[str, str]
Row = list[Run]

NARROW: Final = re.compile(
    "[\x20-\x7e\u00b0\u00b7\u2014\u2026\u2190-\u2193\u2500-\u259f\u25a0-\u25ff\u2800-\u28ff⏎◉●◀]*"
)
"""What is drawn here, a cell each: Rich keeps each text that it measures, and a chart is another one with each sample."""


def style_of(theme: Theme, name: str) -> Style:
    """Return the Rich style of a name; unknown names are plain text."""
    colour, attributes = theme.colours.get(name) or theme.colours.get(LIKE.get(name, ""), theme.colours[""])
    background = theme.backgrounds.get(name.split(".", 1)[0], theme.background)
    return Style.parse(f"{attributes} {_colour(colour)} on {_colour(background)}")


def _colour(number: str) -> str:
    return number if number == "default" else f"color({number})"


def cells(text: str) -> int:
    """Return how many terminal cells a text takes."""
    return len(text) if text.isascii() or NARROW.fullmatch(text) else cell_len(text)


def fit(text: str, width: int) -> str:
    """Return text in exactly so many cells, on the left; what does not fit ends with an ellipsis."""
    if width <= 0:
        return ""
    length = cells(text)
    if length <= width:
        return text + " " * (width - length)
    return set_cell_size(text, width - 1) + "…"


def fit_end(text: str, width: int) -> str:
    """Return a path in exactly so many cells, on the left; of what does not fit the end is kept: it tells more."""
    if cells(text) <= width or width <= 1:
        return fit(text, width)
    kept = text[-(width - 1) :]
    while cells(kept) > width - 1:
        kept = kept[1:]
    return fit("…" + kept, width)


def wrapped(text: str, width: int) -> list[str]:
    """Return text in lines of at most so many cells, broken at spaces where there are some."""
    lines: list[str] = []
    line = ""
    for word in text.split(" "):
        if cells(line) + cells(word) + 1 <= width and line:
            line += " " + word
            continue
        if line:
            lines.append(line)
        *whole, line = chop_cells(word, width) if cells(word) > width else [word]
        lines += whole
    return [*lines, line] if line or not lines else lines


def right(text: str, width: int) -> str:
    """Return text in exactly so many cells, on the right; what does not fit is cut and marked."""
    length = cells(text)
    return " " * (width - length) + text if length <= width else fit(text, width)


def row_width(row: Row) -> int:
    """Return how many cells a row takes."""
    return sum([cells(text) for text, _ in row])


def padded(row: Row, width: int, style: str = "") -> Row:
    """Return a row of exactly so many cells: filled on the right, or cut."""
    used = row_width(row)
    if used == width:
        return row
    if used < width:
        return [*row, (" " * (width - used), style)]
    return cut(row, width)


def cut(row: Row, width: int) -> Row:
    """Return the first cells of a row, its last kept run marked as cut."""
    kept: Row = []
    for text, style in row:
        room = width - row_width(kept)
        if room <= 0:
            break
        kept.append((text if cells(text) <= room else fit(text, room), style))
    return kept


def between(left: Row, right_: Row, width: int, fill: str = " ", style: str = "") -> Row:
    """Return a row with one part at its left end and one at its right; the left one gives way."""
    room = width - row_width(right_)
    if room < 0:
        return padded(cut(right_, width), width, style)
    used = row_width(left)
    if used > room:
        return padded([*cut(left, room), *right_], width, style)
    return [*left, (fill * (room - used), style), *right_]
