"""The dialog that is open, laid over the screen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from tuimon.tui.dialogs.shape import Dialog, Said, Spot
from tuimon.tui.patch import spread
from tuimon.tui.plain import plain_row
from tuimon.tui.style import Row

MARGIN: Final = 2
"""Cells of the screen that stay in sight on each side of a dialog, where there is room."""


class Over:
    """At most one dialog. `answered` gets what was chosen in it, once it is closed."""

    def __init__(self) -> None:
        self.dialog: Dialog | None = None
        self._answered: Callable[[object], None] | None = None
        self._left = 0
        self._top = 0
        self._bottom = 0
        self._right = 0
        self._spots: list[Spot] = []

    def open(self, dialog: Dialog, answered: Callable[[object], None] | None = None) -> None:
        """Open a dialog, in the place of one that is open."""
        self.dialog, self._answered = dialog, answered

    def close(self) -> None:
        """Close it without an answer."""
        self.dialog = self._answered = None

    def draw(self, rows: list[Row], width: int, height: int, *, ascii_only: bool) -> list[Row]:
        """Return a screen with the dialog over its middle."""
        if self.dialog is None:
            return rows
        margin = MARGIN if width >= 60 else 0
        drawn = self.dialog.draw(width - 2 * margin, height - (MARGIN if height >= 20 else 0), ascii_only=ascii_only)
        self._left = (width - drawn.width) // 2
        self._top = (height - len(drawn.rows)) // 2
        self._right, self._bottom = self._left + drawn.width, self._top + len(drawn.rows)
        self._spots = drawn.spots
        box = [plain_row(row) for row in drawn.rows] if ascii_only else drawn.rows
        return laid_over(rows, box, self._left, self._top)

    def press(self, key: str, character: str | None) -> None:
        """Give the dialog a key."""
        if self.dialog is not None:
            self._take(self.dialog.press(key, character))

    def click(self, x: int, y: int) -> None:
        """Click somewhere on the screen: outside of the dialog closes it."""
        if self.dialog is None:
            return
        if not (self._left <= x < self._right and self._top <= y < self._bottom):
            self.close()
            return
        at = (x - self._left, y - self._top)
        hit = next((spot for spot in self._spots if spot.y == at[1] and spot.left <= at[0] < spot.right), None)
        if hit is not None:
            self._take(self.dialog.click(hit.answer))

    def scroll(self, rows: int) -> None:
        """Scroll within the dialog."""
        if self.dialog is not None:
            self.dialog.scroll(rows)

    def _take(self, answer: object) -> None:
        if answer is Said.NOTHING:
            return
        answered = self._answered
        self.close()
        if answer is not Said.CLOSE and answered is not None:
            answered(answer)


def laid_over(rows: list[Row], box: list[Row], left: int, top: int) -> list[Row]:
    """Return rows with a box over them, whose first cell is at (left, top)."""
    shown = list(rows)
    for y, line in enumerate(box, top):
        if 0 <= y < len(shown):
            width = sum(len(spread([run])[0]) for run in line)
            shown[y] = [*part(shown[y], 0, left), *line, *part(shown[y], left + width, None)]
    return shown


def part(row: Row, start: int, end: int | None) -> Row:
    """Return the cells [start, end) of a row; half of a wide character is a blank."""
    chars, styles = spread(row)
    end = len(chars) if end is None else end
    found: Row = []
    for i in range(start, min(end, len(chars))):
        char = chars[i]
        if char == "":  # the second half of a wide one
            char = " " if i == start else ""
        elif i + 1 < len(chars) and chars[i + 1] == "" and i + 1 >= end:
            char = " "
        if found and found[-1][1] == styles[i]:
            found[-1] = (found[-1][0] + char, styles[i])
        else:
            found.append((char, styles[i]))
    return found
