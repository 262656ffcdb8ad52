"""Rows of the table as text: titles, and the lines that are seen. A row is made anew only when something in it changed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import zip_longest
from typing import Final

from tuimon.model.columns import TREND
from tuimon.tui.braille import ASCII_BLOCKS, BLOCKS
from tuimon.tui.style import Row, cells, fit, right
from tuimon.tui.table import trend
from tuimon.tui.table.columns import Column, Placed, Terms
from tuimon.tui.table.line import Key, Line
from tuimon.tui.table.order import Sorting

ARROWS: Final = ("▲", "▼")
SECOND_ARROWS: Final = ("△", "▽")
ASCII_ARROWS: Final = ("^", "v")
FOLDS: Final = {"open": "▾ ", "folded": "▸ ", "": ""}
ASCII_FOLDS: Final = {"open": "- ", "folded": "+ ", "": ""}
NAMING: Final = ("command", "name", "container", "cgroup", "user", "pid")
"""Columns that can name a line; the first of them that is shown has the lines of the tree."""
PRODUCT: Final = ("pid", "name", "command")
"""Columns that are bright in the line of a group."""


def arrow(by: Sorting, column: Column, *, ascii_only: bool) -> str:
    """Return the mark of a column that the rows are ordered by, '' of any other."""
    if column.name == by.column.name:
        return (ASCII_ARROWS if ascii_only else ARROWS)[by.descending]
    if column.name == by.second.name and not ascii_only:
        return SECOND_ARROWS[by.second.descending]
    return ""


def title_of(column: Column, terms: Terms) -> str:
    """Return a column's title; that of CPU says what it is in percent of."""
    return "MACH%" if column.name == "cpu_percent" and terms.cores != 1.0 else column.title


def titles(placed: Sequence[Placed], by: Sorting, width: int, terms: Terms, *, ascii_only: bool) -> Row:
    """Return the row of titles in exactly so many cells.

    The mark of the order stands in the gap behind its title; that of the second key before it, where the next title
    begins right there.
    """
    row: Row = [(" ", "column")]
    for one, after in zip_longest(placed, placed[1:]):
        mark, title = arrow(by, one.column, ascii_only=ascii_only), title_of(one.column, terms)
        style = "column.sorted" if one.column.name == by.column.name else "column"
        if one.column.left and mark and cells(title) < one.width:
            row += [(fit(title + mark, one.width), style), (" ", "column")]
            continue
        if mark in SECOND_ARROWS and not one.column.left and _touches(after, terms) and cells(title) < one.width:
            row += [(right(mark + title, one.width), style), (" ", "column")]
            continue
        title = fit(title, one.width) if one.column.left else right(title, one.width)
        row += [(title, style), (mark or " ", style if mark else "column")]
    used = sum(cells(text) for text, _ in row)
    if used > width:
        row.pop()
        used -= 1
    return [*row, (" " * max(0, width - used), "column")]


def _touches(one: Placed | None, terms: Terms) -> bool:
    """Return whether a column's title begins in its first cell."""
    return one is not None and (one.column.left or cells(title_of(one.column, terms)) >= one.width)


class Drawer:
    """Draws lines, and remembers how they were drawn."""

    def __init__(self) -> None:
        self.kept: dict[Key, tuple[Line, str, Row]] = {}
        self._for: object = None

    def begin(self, width: int, placed: tuple[Placed, ...], terms: Terms, room: int) -> None:
        """Say what the next lines are drawn for; what was drawn for something else is forgotten, and so is too much."""
        if self._for != (width, placed, terms) or len(self.kept) > 4 * room + 64:
            self.kept.clear()
        self._for = (width, placed, terms)

    def row(self, line: Line, placed: Sequence[Placed], width: int, terms: Terms, lately: str) -> Row:
        """Return the row of a line; `lately` is its trend."""
        kept = self.kept.get(line.key)
        if kept is not None and kept[1] == lately and kept[0].process is line.process and _same(kept[0], line):
            return kept[2]
        row = formatted(line, placed, width, terms, lately)
        self.kept[line.key] = (line, lately, row)
        return row


def _same(one: Line, other: Line) -> bool:
    return one[3:] == other[3:]


def named_by(placed: Sequence[Placed]) -> str:
    """Return the column that names a line, and has the lines of the tree: the command, or what stands for it."""
    names = [one.column.name for one in placed]
    return next((name for name in NAMING if name in names), "")


def texts(line: Line, placed: Sequence[Placed], terms: Terms, lately: str) -> list[str]:
    """Return the cells of a line, each of exactly the width of its column."""
    naming = named_by(placed)
    counted = any(one.column.name == "pid" for one in placed)
    found = []
    for one in placed:
        if one.column.name == naming:
            text = (
                line.stem + mark(line, ascii_only=terms.ascii_only) + called(line, one.column, terms, counted=counted)
            )
        else:
            text = cell(line, one.column, terms, lately)
        found.append(fit(text, one.width) if one.column.left else right(text, one.width))
    return found


def cell(line: Line, column: Column, terms: Terms, lately: str) -> str:
    """Return what stands in a cell."""
    if column.name == TREND:
        return lately
    if is_group(line):
        if column.name == "pid":
            return line.label
        if column.name in {"name", "command"}:
            return str(line.key[1])
        if column.name in line.blank:
            return ""
    return column.text(line.process, terms)


def called(line: Line, column: Column, terms: Terms, *, counted: bool) -> str:
    """Return what a line is called; with how many it stands for, unless that is `counted` in the place of the pid."""
    if is_group(line):
        return str(line.key[1]) if counted else f"{line.key[1]} {line.label}"
    text = column.text(line.process, terms)
    return f"({line.label}) {text}" if line.label else text


def mark(line: Line, *, ascii_only: bool) -> str:
    """Return the mark of a line that can be folded or opened."""
    return (ASCII_FOLDS if ascii_only else FOLDS)[line.fold]


def is_group(line: Line) -> bool:
    """Return whether a line stands for a group."""
    return isinstance(line.key[0], str)


def plain(line: Line, placed: Sequence[Placed], width: int, terms: Terms, lately: str) -> str:
    """Return a line as one text of exactly so many cells."""
    return fit(" " + " ".join(texts(line, placed, terms, lately)), width)


def formatted(line: Line, placed: Sequence[Placed], width: int, terms: Terms, lately: str) -> Row:
    """Return a line as a row of exactly so many cells."""
    active = bool(line.process.cpu_percent) and not line.context
    row: Row = []
    text, style = " ", "text" if active else "dim"
    for one, shown in zip(placed, texts(line, placed, terms, lately), strict=True):
        wanted = style_of_cell(one.column.name, line, active=active)
        if wanted != style:
            row.append((text, style))
            text, style = "", wanted
        text += shown + " "
    row.append((text, style))
    used = sum([cells(part) for part, _ in row])
    if used > width:
        row[-1] = (row[-1][0][: width - used], row[-1][1])
    elif used < width:
        row.append((" " * (width - used), style))
    return row


def style_of_cell(column: str, line: Line, *, active: bool) -> str:
    """Return the style of a cell: bright where something happens."""
    if column in {"cpu_percent", TREND} and active:
        return "cpu" if (line.process.cpu_percent or 0) >= 1 else "text"
    if column in PRODUCT and is_group(line):
        return "bright" if active else "text"
    if column == "command":
        return "value" if active else "dim"
    return "text" if active else "dim"


def marked(row: Row, sign: str, style: str) -> Row:
    """Return a row with a sign in its first cell, which is a blank."""
    (text, first), *rest = row
    return [(sign, first if first == "select" else style), (text[1:], first), *rest]


def lately_of(line: Line, of: trend.Trend, placed: Collection[Placed], *, ascii_only: bool) -> str:
    """Return the trend of a line, '' where nobody sees it."""
    if not any(one.column.name == TREND for one in placed):
        return ""
    return trend.drawn(of.of(line.members), ASCII_BLOCKS if ascii_only else BLOCKS)
