"""The two lines in which a filter is typed: what is wrong or what could follow, and the filter with its cursor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tuimon.tui.style import Row, between, cells, padded, row_width

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
    if mistake is not None and (prompt.refused or not mistake.incomplete):
        return padded([(" ! ", "warning"), (mistake.line, "text")], width, "dim")
    if prompt.offered.candidates:
        return _candidates(prompt, width)
    return padded([("   ", "dim"), (KEYS if mistake is None else mistake.message, "dim")], width, "dim")


def _candidates(prompt: FilterPrompt, width: int) -> Row:
    """Return the candidates that fit; one more that is cut says that there are others."""
    placed = _placed(prompt, width)
    row: Row = [(" … " if placed[0][0] else "   ", "dim")]
    for at, one in placed:
        row += [(one, "select" if at == prompt.chosen else "label"), ("  ", "dim")]
    return padded(row, width, "dim")


def _placed(prompt: FilterPrompt, width: int) -> list[tuple[int, str]]:
    """Return the candidates from the chosen one's neighbours on, as far as there is room, with their numbers."""
    offered = prompt.offered.candidates
    first, room = max(0, prompt.chosen), width - 4
    while first > 0 and sum(cells(one) + 2 for one in offered[first - 1 : prompt.chosen + 1]) <= room:
        first -= 1
    end = first
    while end < len(offered) and (end == first or sum(cells(one) + 2 for one in offered[first:end]) < room):
        end += 1
    return list(enumerate(offered[first:end], first))


def candidate_at(prompt: FilterPrompt, x: int, width: int) -> int | None:
    """Return the number of the candidate in a cell of the upper line, None where there is none."""
    mistake = prompt.mistake
    if not prompt.offered.candidates or (mistake is not None and (prompt.refused or not mistake.incomplete)):
        return None
    start = len(START)
    for at, one in _placed(prompt, width):
        if start <= x < start + cells(one):
            return at
        start += cells(one) + 2
    return None


def cursor_at(prompt: FilterPrompt, shown: int, x: int, width: int) -> int:
    """Return the place in the text that is in a cell of the lower line."""
    text = prompt.line.text
    place, right = _scrolled(prompt, shown, width), len(START)
    while place < len(text) and right + cells(text[place]) <= x:
        right += cells(text[place])
        place += 1
    return place


def _typed(prompt: FilterPrompt, shown: int, width: int) -> Row:
    """Return the filter, scrolled so that its cursor is seen, and how many processes pass."""
    text, cursor, start = prompt.line.text, prompt.line.cursor, _scrolled(prompt, shown, width)
    row: Row = [(" … " if start else START, "key")]
    row += [(part, style) for style, part in _runs(text, start, _wrong(prompt), cursor)]
    if cursor == len(text):
        row.append(("▏", "key"))
    return between(row, _count(shown, width), width)


def _count(shown: int, width: int) -> Row:
    return [(f" {shown} shown ", "dim")] if width >= 60 else []


def _scrolled(prompt: FilterPrompt, shown: int, width: int) -> int:
    """Return the first place of the text that is shown, so that the cursor is."""
    text, cursor = prompt.line.text, prompt.line.cursor
    room = max(1, width - row_width(_count(shown, width)) - len(START) - 1)
    start = 0
    while start < cursor and cells(text[start : cursor + 1]) > room:
        start += 1
    return start


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
