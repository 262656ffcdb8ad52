"""From text with escape sequences to runs of (text, style name)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from tuimon.tui.style import Row

SGR: Final = re.compile("\x1b\\[([0-9;]*)m")


def rows(text: str, names: Mapping[int, str]) -> list[Row]:
    """Return each line of a text as runs: the foreground colour, a number of 256, names the style.

    Colours without a name, backgrounds and attributes are passed over; what is drawn has a style of the theme or none.
    """
    style = ""
    known: dict[tuple[str, str], str] = {}
    found: list[Row] = []
    for line in text.split("\n"):
        row: Row = []
        for place, part in enumerate(SGR.split(line)):
            if place % 2:
                before = style
                style = known.get((part, before), UNKNOWN)
                if style is UNKNOWN:
                    style = known[part, before] = _style(part, before, names)
            elif part and row and row[-1][1] == style:
                row[-1] = (row[-1][0] + part, style)
            elif part:
                row.append((part, style))
        found.append(row)
    return found


UNKNOWN: Final = "unknown"


def _style(codes: str, before: str, names: Mapping[int, str]) -> str:
    """Return the style after a sequence of codes."""
    numbers = [int(code) if code else 0 for code in codes.split(";")]
    style = before
    while numbers:
        code = numbers.pop(0)
        if code in (38, 48) and numbers[:1] == [5]:
            if code == 38 and len(numbers) > 1:
                style = names.get(numbers[1], "")
            del numbers[:2]
        elif code in (0, 39):
            style = ""
    return style


def put(row: Row, at: int, text: str, style: str) -> Row:
    """Return a row of narrow characters with a text over its cells from one on; what is outside is left away."""
    found: Row = []
    x = 0
    end = at + len(text)
    for part, name in row:
        before, after = part[: max(0, at - x)], part[max(0, end - x) :]
        if before:
            found.append((before, name))
        if x <= at < x + len(part):
            found.append((text, style))
        if after:
            found.append((after, name))
        x += len(part)
    return found


def character(row: Row, at: int) -> str:
    """Return the character in a cell of a row of narrow characters, '' outside of it."""
    for part, _ in row:
        if at < len(part):
            return part[at]
        at -= len(part)
    return ""
