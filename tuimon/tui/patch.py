"""What changed between two drawings of a row, as the fewest bytes that make a terminal show it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from rich.cells import cell_len

from tuimon.tui.style import NARROW, Row, cells

GAP: Final = 5
"""Unchanged cells that are cheaper to write again than to jump over."""

Span = tuple[int, list[tuple[str, str]]]
"""(first cell, runs of (text, style)) to be written there."""


def spread(row: Row) -> tuple[list[str], list[str]]:
    """Return a row cell by cell: characters and styles. A wide character is followed by an empty cell."""
    chars: list[str] = []
    styles: list[str] = []
    for text, style in row:
        if text.isascii() or NARROW.fullmatch(text):
            chars.extend(text)
            styles.extend([style] * len(text))
        else:
            _spread_wide(text, style, chars, styles)
    return chars, styles


def _spread_wide(text: str, style: str, chars: list[str], styles: list[str]) -> None:
    for char in text:
        width = cell_len(char)
        if width == 0:
            if chars:
                chars[-1] += char
            continue
        chars.extend([char, ""] if width == 2 else [char])
        styles.extend([style] * width)


def changes(old: Row, new: Row) -> list[Span]:
    """Return what must be written, and where, to turn one row into another of the same width."""
    start = 0
    first = 0
    shorter = min(len(old), len(new))
    while first < shorter and old[first] == new[first]:
        start += cells(new[first][0])
        first += 1
    last = 0
    while last < shorter - first and old[-1 - last] == new[-1 - last]:
        last += 1
    before = spread(old[first : len(old) - last])
    after = spread(new[first : len(new) - last])
    return _spans(before, after, start)


def _spans(before: tuple[list[str], list[str]], after: tuple[list[str], list[str]], start: int) -> list[Span]:
    chars, styles = after
    differ = [
        i
        for i, (a, b, c, d) in enumerate(zip(before[0], chars, before[1], styles, strict=False))
        if a != b or (c != d and (a != " " or not _alike(c, d)))
    ]
    differ.extend(range(len(before[0]), len(chars)))
    spans: list[Span] = []
    at = 0
    while at < len(differ):
        first = last = differ[at]
        at += 1
        while at < len(differ) and differ[at] - last <= GAP:
            last = differ[at]
            at += 1
        while first > 0 and chars[first] == "":
            first -= 1
        if last + 1 < len(chars) and chars[last + 1] == "":
            last += 1
        spans.append((start + first, _runs(chars, styles, first, last)))
    return spans


def _alike(one: str, other: str) -> bool:
    """Whether two styles show a blank in the same way: by their background, named before the dot."""
    return BLANKS.get(one.split(".", 1)[0], "") == BLANKS.get(other.split(".", 1)[0], "")


BLANKS: Final = {"header": "header", "select": "select", "column": "column"}


def _runs(chars: list[str], styles: list[str], first: int, last: int) -> list[tuple[str, str]]:
    runs: list[tuple[str, str]] = []
    begin = first
    for i in range(first + 1, last + 1):
        if styles[i] != styles[begin]:
            runs.append(("".join(chars[begin:i]), styles[begin]))
            begin = i
    runs.append(("".join(chars[begin : last + 1]), styles[begin]))
    return runs


def sequence(lines: Iterable[tuple[int, list[Span]]], left: int, top: int, code: Callable[[str, str], str]) -> str:
    """Return the bytes that write spans of lines to a terminal whose canvas begins at a cell.

    `code(before, style)` gives the escape sequence from one style to the next, '' where there is none to send;
    `before` is '' after a reset.
    """
    out: list[str] = []
    style: str | None = None
    for y, spans in lines:
        for x, runs in spans:
            out.append(f"\x1b[{top + y + 1};{left + x + 1}H")
            for text, name in runs:
                if name != style:
                    out.append(code("reset" if style is None else style, name))
                    style = name
                out.append(text)
    if out:
        out.append("\x1b[0m")
    return "".join(out)
