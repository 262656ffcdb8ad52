"""The two lines in which a filter is typed: what is wrong or what could follow, and the filter with its cursor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tuimon.tui.style import Row, between, cells, cut, padded, row_width

if TYPE_CHECKING:
    from tuimon.tui.filterprompt import FilterPrompt

KEYS: Final = "Enter keeps  Esc clears  Tab completes  ↑ earlier "
START: Final = " / "


def rows(prompt: FilterPrompt, shown: int, width: int) -> list[Row]:
    """Return the lines, each of exactly so many cells; `shown` is how many processes pass."""
    return [_said(prompt, width), _typed(prompt, shown, width)]


def _said(prompt: FilterPrompt, width: int) -> Row:
    """Return what is wrong, else what could follow, else the keys."""
    mistake = prompt.mistake
    offered = prompt.offered.candidates
    if mistake is not None and not (mistake.incomplete or prompt.refused):
        return padded([(" ! ", "warning"), (mistake.line, "text")], width, "column")
    if mistake is not None and (prompt.refused or not offered):
        sign = (" ! ", "warning") if prompt.refused else ("   ", "dim")
        return padded([sign, (mistake.line if prompt.refused else mistake.message, "text")], width, "dim")
    if offered:
        return _candidates(prompt, width)
    return padded([("   ", "dim"), (KEYS, "dim")], width, "dim")


def _candidates(prompt: FilterPrompt, width: int) -> Row:
    """Return candidates, from the chosen one's neighbours on; what does not fit is cut."""
    offered = prompt.offered.candidates
    first, room = max(0, prompt.chosen), width - 4
    while first > 0 and sum(cells(one) + 2 for one in offered[first - 1 : prompt.chosen + 1]) <= room:
        first -= 1
    row: Row = [(" … " if first else "   ", "dim")]
    for at, one in enumerate(offered[first:], first):
        row += [(one, "select" if at == prompt.chosen else "label"), ("  ", "dim")]
        if row_width(row) > width:
            return padded(cut(row, width), width, "dim")
    return padded(row, width, "dim")


def _typed(prompt: FilterPrompt, shown: int, width: int) -> Row:
    """Return the filter, scrolled so that its cursor is seen, and how many processes pass."""
    text, cursor = prompt.line.text, prompt.line.cursor
    count: Row = [(f" {shown} shown ", "dim")] if width >= 60 else []
    room = max(1, width - row_width(count) - len(START) - 1)
    start = 0
    while start < cursor and cells(text[start : cursor + 1]) > room:
        start += 1
    row: Row = [(" … " if start else START, "key")]
    row += [(part, style) for style, part in _runs(text, start, _wrong(prompt), cursor)]
    if cursor == len(text):
        row.append(("▏", "key"))
    return between(row, count, width)


def _wrong(prompt: FilterPrompt) -> range:
    """Return the places of what is wrong in the text."""
    mistake = prompt.mistake
    if mistake is None or (mistake.incomplete and not prompt.refused):
        return range(0)
    return range(mistake.position, mistake.position + mistake.length)


def _runs(text: str, start: int, wrong: range, cursor: int) -> list[tuple[str, str]]:
    """Return the text from a place on as (style, run): plain, wrong, or under the cursor."""
    runs: list[tuple[str, str]] = []
    for at in range(start, len(text)):
        style = "select" if at == cursor else "warning" if at in wrong else "bright"
        if runs and runs[-1][0] == style:
            runs[-1] = (style, runs[-1][1] + text[at])
        else:
            runs.append((style, text[at]))
    return runs
