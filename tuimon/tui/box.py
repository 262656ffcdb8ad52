"""Frames round panels."""

from __future__ import annotations

from tuimon.tui.style import Row, cells, cut, padded, row_width

ROUND = "╭╮╰╯─│"
PLAIN = "++++-|"


def box(
    title: Row, figure: Row, body: list[Row], width: int, height: int, *, focus: bool = False, ascii_only: bool = False
) -> list[Row]:
    """Return a panel of exactly so many cells and rows: title on the left, its biggest figure on the right."""
    marks = PLAIN if ascii_only else ROUND
    style = "border.focus" if focus else "border"
    inner = width - 2
    lines = [_top(title, figure, width, style, marks)]
    side = (marks[5], style)
    for y in range(height - 2):
        row = padded(body[y], inner) if y < len(body) else [(" " * inner, "")]
        lines.append([side, *row, side])
    lines.append([(marks[2] + marks[4] * inner + marks[3], style)])
    return lines[:height]


def _top(title: Row, figure: Row, width: int, style: str, marks: str) -> Row:
    left: Row = [(f"{marks[0]}{marks[4]} ", style), *title, (" ", style)]
    end: Row = [(" ", style), *figure, (f" {marks[4]}{marks[1]}", style)] if figure else [(marks[4] + marks[1], style)]
    room = width - row_width(left) - row_width(end)
    if room < 0:
        end, room = [(marks[4] + marks[1], style)], width - row_width(left) - 2
    if room < 0:
        left = [left[0], *cut(title, max(0, width - 6)), (" ", style)] if width > 8 else []
        room = width - row_width(left) - 2
    if not left:
        return padded([(marks[0] + marks[4] * (width - 2) + marks[1], style)], width, style)
    return [*left, (marks[4] * room, style), *end]


def beside(parts: list[tuple[list[Row], int]], gap: int = 0) -> list[Row]:
    """Return panels side by side; each comes with its width, and all have the same height."""
    space: Row = [(" " * gap, "")] if gap else []
    rows: list[Row] = []
    for y in range(max(len(lines) for lines, _ in parts)):
        row: Row = []
        for i, (lines, width) in enumerate(parts):
            if i:
                row.extend(space)
            row.extend(lines[y] if y < len(lines) else [(" " * width, "")])
        rows.append(row)
    return rows


def labelled(pairs: list[tuple[str, str]], width: int, gap: str = "   ") -> Row:
    """Return `label value` pairs in one row, as many as fit whole."""
    row: Row = []
    used = 0
    for label, value in pairs:
        need = cells(label) + 1 + cells(value) + (len(gap) if row else 0)
        if used + need > width:
            break
        row += [(gap, "")] if row else []
        row += [(label + " ", "label"), (value, "value")]
        used += need
    return row


def whole(parts: list[Row], width: int) -> Row:
    """Return as many parts as fit whole, in their order."""
    row: Row = []
    used = 0
    for part in parts:
        used += row_width(part)
        if used > width:
            break
        row += part
    return row
