"""Named styles, so that drawing is pure text: a row is runs of (text, style name)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from rich.cells import cell_len, chop_cells, set_cell_size
from rich.style import Style

Run = tuple[str, str]
Row = list[Run]

NARROW: Final = re.compile(
    "[\x20-\x7e\u00b0\u00b7\u2014\u2026\u2190-\u2193\u2500-\u259f\u25a0-\u25ff\u2800-\u28ff⏎◉●◀]*"
)
"""What is drawn here, a cell each: Rich keeps each text that it measures, and a chart is another one with each sample."""

LEVELS: Final = 6
"""Steps of a family's colour from the foot of a chart to its top."""


@dataclass(frozen=True, slots=True)
class Theme:
    """Colours by name: (foreground, attributes), numbers of the 256-colour palette, on one background.

    The palette of 256 is understood by every terminal of today and costs half the bytes of 24-bit colour.
    """

    name: str
    background: str
    colours: dict[str, tuple[str, str]]
    backgrounds: dict[str, str]
    dark: bool = True


def _ramp(family: str, numbers: tuple[int, ...]) -> dict[str, tuple[str, str]]:
    return {f"{family}.{level}": (str(number), "") for level, number in enumerate(numbers)}


_DARK: Final[dict[str, tuple[str, str]]] = {
    "": ("250", ""),
    "text": ("250", ""),
    "bright": ("255", "bold"),
    "dim": ("244", ""),
    "faint": ("239", ""),
    "border": ("238", ""),
    "border.focus": ("109", ""),
    "title": ("254", "bold"),
    "label": ("244", ""),
    "value": ("254", ""),
    "header": ("250", ""),
    "header.bright": ("255", "bold"),
    "header.dim": ("245", ""),
    "header.live": ("114", "bold"),
    "header.rec": ("174", ""),
    "header.warning": ("214", "bold"),
    "past": ("182", ""),
    "past.bright": ("225", "bold"),
    "past.dim": ("139", ""),
    "past.live": ("225", "bold"),
    "past.rec": ("174", ""),
    "past.warning": ("214", "bold"),
    "border.past": ("133", ""),
    "cursor": ("53", "bold"),
    "cpu": ("79", ""),
    "memory": ("140", ""),
    "disk": ("179", ""),
    "network": ("74", ""),
    "other": ("109", ""),
    "warning": ("214", "bold"),
    "critical": ("203", "bold"),
    "tag": ("214", "bold"),
    "select": ("255", ""),
    "select.bright": ("255", "bold"),
    "column": ("245", ""),
    "column.sorted": ("255", "bold"),
    "key": ("109", "bold"),
    "keytext": ("245", ""),
    **_ramp("cpu", (30, 36, 37, 43, 79, 122)),
    **_ramp("memory", (60, 61, 97, 98, 140, 183)),
    **_ramp("disk", (94, 136, 137, 172, 179, 222)),
    **_ramp("network", (24, 25, 31, 32, 74, 117)),
}
_LIGHT: Final[dict[str, tuple[str, str]]] = {
    "": ("236", ""),
    "text": ("236", ""),
    "bright": ("232", "bold"),
    "dim": ("243", ""),
    "faint": ("250", ""),
    "border": ("250", ""),
    "border.focus": ("25", ""),
    "title": ("232", "bold"),
    "label": ("243", ""),
    "value": ("232", ""),
    "header": ("236", ""),
    "header.bright": ("232", "bold"),
    "header.dim": ("241", ""),
    "header.live": ("28", "bold"),
    "header.rec": ("131", ""),
    "header.warning": ("130", "bold"),
    "past": ("90", ""),
    "past.bright": ("53", "bold"),
    "past.dim": ("96", ""),
    "past.live": ("53", "bold"),
    "past.rec": ("131", ""),
    "past.warning": ("130", "bold"),
    "border.past": ("133", ""),
    "cursor": ("231", "bold"),
    "cpu": ("29", ""),
    "memory": ("91", ""),
    "disk": ("130", ""),
    "network": ("25", ""),
    "other": ("25", ""),
    "warning": ("130", "bold"),
    "critical": ("160", "bold"),
    "tag": ("130", "bold"),
    "select": ("255", ""),
    "select.bright": ("255", "bold"),
    "column": ("240", ""),
    "column.sorted": ("232", "bold"),
    "key": ("25", "bold"),
    "keytext": ("240", ""),
    **_ramp("cpu", (115, 79, 73, 36, 30, 23)),
    **_ramp("memory", (183, 182, 140, 134, 97, 54)),
    **_ramp("disk", (222, 215, 179, 173, 136, 94)),
    **_ramp("network", (153, 117, 74, 68, 31, 24)),
}
_BOLD: Final = {"tag", "title", "bright", "warning", "critical", "key", "column.sorted"}

THEMES: Final[dict[str, Theme]] = {
    "tuimon-dark": Theme(
        "tuimon-dark", "234", _DARK, {"header": "236", "select": "24", "column": "236", "past": "53", "cursor": "219"}
    ),
    "tuimon-light": Theme(
        "tuimon-light",
        "231",
        _LIGHT,
        {"header": "254", "select": "25", "column": "254", "past": "225", "cursor": "90"},
        dark=False,
    ),
    "monochrome": Theme(
        "monochrome",
        "default",
        {name: ("default", "bold" if name in _BOLD or name.startswith("header.") else "") for name in _DARK}
        | {name: ("default", "reverse bold") for name in _DARK if name == "cursor" or name.startswith("past")}
        | {"select": ("default", "reverse"), "select.bright": ("default", "reverse bold")}
        | dict.fromkeys(("faint", "border"), ("default", "dim")),
        {},
    ),
}


def style_of(theme: Theme, name: str) -> Style:
    """Return the Rich style of a name; unknown names are plain text."""
    colour, attributes = theme.colours.get(name) or theme.colours[""]
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
