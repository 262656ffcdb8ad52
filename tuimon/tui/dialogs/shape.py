"""What a dialog looks like: a box with rows, some of which can be clicked, and buttons at its foot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Final, NamedTuple, Protocol

from tuimon.tui.box import box
from tuimon.tui.style import Row, cells, fit, padded, row_width


class Said(Enum):
    """An answer that is no choice."""

    NOTHING = "it stays open"
    CLOSE = "it is closed without a choice"


class Spot(NamedTuple):
    """Cells of a drawn box that can be clicked: row, first cell, cell past the last, and the answer that it is."""

    y: int
    left: int
    right: int
    answer: object


@dataclass(frozen=True, slots=True)
class Drawn:
    """A drawn dialog: its rows, all of one width, and what in it can be clicked."""

    rows: list[Row]
    spots: list[Spot] = field(default_factory=list)

    @property
    def width(self) -> int:
        """Its width in cells."""
        return row_width(self.rows[0]) if self.rows else 0


class Dialog(Protocol):
    """Asks something. Each method gives an answer: Said.NOTHING, Said.CLOSE, or what was chosen."""

    def draw(self, width: int, height: int, *, ascii_only: bool) -> Drawn:
        """Return it as a box that fits into so many cells and rows."""

    def press(self, key: str, character: str | None) -> object:
        """Take a key."""

    def click(self, answer: object) -> object:
        """Take a click on a spot that was drawn with this answer."""

    def scroll(self, rows: int) -> None:
        """Scroll by so many rows."""


@dataclass(frozen=True, slots=True)
class Button:
    """A button: its key, its words, its answer, and whether Enter presses it now."""

    key: str
    words: str
    answer: object
    chosen: bool = False


LEAST: Final = 24


def framed(
    title: str, body: Sequence[Row], spots: Sequence[Spot], buttons: Sequence[Button], size: tuple[int, int], *,
    more: str = "", ascii_only: bool = False, style: str = "title",
) -> Drawn:  # fmt: skip
    """Return a box of rows with buttons below; `spots` are those of the rows, their cells counted from the inside.

    `size` is the room there is. `more` stands in the frame where there are rows that are not shown.
    """
    room, height = size
    inner = max([row_width(row) for row in body] + [cells(title) + cells(more) + 6, _buttons_width(buttons), LEAST - 4])
    width = min(room, inner + 4)
    rows: list[Row] = [[(" ", ""), *padded(row, width - 4), (" ", "")] for row in body]
    shifted = [Spot(spot.y + 1, spot.left + 2, min(spot.right, width - 4) + 2, spot.answer) for spot in spots]
    if buttons:
        if len(rows) + 4 <= height:
            rows.append([(" " * (width - 2), "")])
        line, places = button_line(buttons, width - 4)
        rows.append([(" ", ""), *padded(line, width - 4), (" ", "")])
        shifted += [Spot(len(rows), spot.left + 2, spot.right + 2, spot.answer) for spot in places]
    figure: Row = [(more, "dim")] if more else []
    shown = box([(fit(title, min(cells(title), width - 6)), style)], figure, rows, width, min(height, len(rows) + 2),
                focus=True, ascii_only=ascii_only)  # fmt: skip
    return Drawn(shown, shifted)


def _buttons_width(buttons: Sequence[Button]) -> int:
    return sum(cells(button.words) + 6 for button in buttons)


def button_line(buttons: Sequence[Button], width: int) -> tuple[Row, list[Spot]]:
    """Return the buttons in one row, the one that Enter presses marked, and where each is."""
    row: Row = []
    spots: list[Spot] = []
    x = 0
    for button in buttons:
        text = f"[>{button.words}<]" if button.chosen else f"[ {button.words} ]"
        if x + cells(text) > width:
            break
        row += [(text, "select.bright" if button.chosen else "key"), ("  ", "")]
        spots.append(Spot(0, x, x + cells(text), button.answer))
        x += cells(text) + 2
    return row, spots
