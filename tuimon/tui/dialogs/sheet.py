"""A sheet: tables on tabs, one row of which is chosen; its answer is the answer of that row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from tuimon.tui.dialogs.shape import Button, Drawn, Said, Spot, framed
from tuimon.tui.style import Row, cells, fit, right


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a table: its cells, and the answer that it is; none: it can only be looked at."""

    cells: tuple[str, ...]
    answer: object = None


@dataclass(frozen=True, slots=True)
class Tab:
    """A table: its name, its titles (those that begin with # are of numbers), its rows, what is said of none.

    `spare` are the columns that give way where there is no room, the first first: a number is shown whole or not.
    """

    name: str
    titles: tuple[str, ...]
    lines: tuple[Line, ...]
    empty: str = "nothing"
    spare: tuple[int, ...] = ()


TURN: Final = "tab "
LEAST_LAST: Final = 8
"""Cells that the last column has at least, as long as others can give way."""
SHORTEST: Final = 4


def _taken(widths: Sequence[int]) -> int:
    """Return the cells of all columns but the last, with the gaps behind them."""
    return sum(width + 2 for width in widths[:-1] if width)


class Sheet:
    """Tables on tabs. Left, right and Tab turn over; the last column takes what room is left."""

    def __init__(self, title: str, tabs: Sequence[Tab], *, about: str = "", at: int = 0) -> None:
        self.title = title
        self.tabs = tuple(tabs)
        self.about = about
        self.tab = at
        self.at = 0
        self._first = 0
        self._shown = 1

    @property
    def _lines(self) -> tuple[Line, ...]:
        return self.tabs[self.tab].lines

    def draw(self, width: int, height: int, *, ascii_only: bool) -> Drawn:
        """Return it as a box that fits into so many cells and rows."""
        inner = width - 4
        head: list[Row] = [[(fit(self.about, inner), "text")]] if self.about and height >= 10 else []
        spots: list[Spot] = []
        if len(self.tabs) > 1:
            row, spots = self._turns(inner, len(head))
            head.append(row)
        widths = self._widths(inner)
        head.append([(self._text(tuple(t.removeprefix("#") for t in self.tabs[self.tab].titles), widths), "column")])
        self._shown = max(1, height - len(head) - 4)
        self._first = max(0, min(self._first, self.at, max(0, len(self._lines) - self._shown)))
        self._first = max(self._first, self.at - self._shown + 1)
        body = self._lines[self._first : self._first + self._shown]
        rows = [self._row(line, place, widths, inner) for place, line in enumerate(body, self._first)]
        spots += [Spot(len(head) + y, 0, inner, self._first + y) for y in range(len(rows))]
        if not rows:
            rows = [[(fit(self.tabs[self.tab].empty, inner), "dim")]]
        more = (
            f"{self._first + 1}-{self._first + len(body)} of {len(self._lines)}" if len(self._lines) > len(body) else ""
        )
        buttons = [Button("enter", "Enter", "chosen")] if self._can_be_chosen else []
        buttons.append(Button("escape", "Esc", Said.CLOSE))
        return framed(self.title, [*head, *rows], spots, buttons, (width, height), more=more, ascii_only=ascii_only)

    @property
    def _can_be_chosen(self) -> bool:
        return any(line.answer is not None for line in self._lines)

    def _turns(self, width: int, y: int) -> tuple[Row, list[Spot]]:
        """Return the names of the tabs, the one that is open marked, and where each is."""
        row: Row = []
        spots: list[Spot] = []
        x = 0
        for place, tab in enumerate(self.tabs):
            text = f"[{tab.name}]" if place == self.tab else f" {tab.name} "
            if x + cells(text) > width:
                break
            row += [(text, "bright" if place == self.tab else "key"), (" ", "")]
            spots.append(Spot(y, x, x + cells(text), f"{TURN}{place}"))
            x += cells(text) + 1
        return row, spots

    def _widths(self, inner: int) -> list[int]:
        """Return the widths of the columns, 0 for one that gives way."""
        tab = self.tabs[self.tab]
        columns = zip(tab.titles, *(line.cells for line in tab.lines), strict=True) if tab.lines else zip(tab.titles)
        widths = [max(cells(text.removeprefix("#")) for text in column) for column in columns]
        for spare in tab.spare:
            if _taken(widths) + LEAST_LAST <= inner:
                break
            widths[spare] = 0
        while _taken(widths) + LEAST_LAST > inner and max(widths[:-1]) > SHORTEST:
            widths[widths.index(max(widths[:-1]))] -= 1
        widths[-1] = max(0, inner - _taken(widths))
        return widths

    def _text(self, texts: Sequence[str], widths: Sequence[int]) -> str:
        titles = self.tabs[self.tab].titles
        shown = [
            right(text, width) if title.startswith("#") else fit(text, width)
            for text, title, width in zip(texts, titles, widths, strict=True)
            if width
        ]
        return "  ".join(shown)

    def _row(self, line: Line, place: int, widths: Sequence[int], inner: int) -> Row:
        return [(fit(self._text(line.cells, widths), inner), "select" if place == self.at else "text")]

    def press(self, key: str, character: str | None) -> object:
        """Take a key."""
        del character
        if key == "escape":
            return Said.CLOSE
        if key == "enter":
            return self._answer()
        if key in {"left", "right", "tab", "shift+tab"}:
            return self._turn((self.tab + (-1 if key in {"left", "shift+tab"} else 1)) % len(self.tabs))
        far = len(self._lines)
        steps = {
            "down": 1,
            "up": -1,
            "j": 1,
            "k": -1,
            "pagedown": self._shown,
            "pageup": -self._shown,
            "home": -far,
            "end": far,
        }
        self.at = max(0, min(self.at + steps.get(key, 0), far - 1))
        return Said.NOTHING

    def _turn(self, to: int) -> object:
        self.tab, self.at, self._first = to, 0, 0
        return Said.NOTHING

    def _answer(self) -> object:
        answer = self._lines[self.at].answer if self._lines else None
        return Said.NOTHING if answer is None else answer

    def click(self, answer: object) -> object:
        """Take a click: on a tab, on a row (once to choose it, again for its answer), on a button."""
        if isinstance(answer, str) and answer.startswith(TURN):
            return self._turn(int(answer.removeprefix(TURN)))
        if isinstance(answer, int):
            again, self.at = answer == self.at, answer
            return self._answer() if again else Said.NOTHING
        return self._answer() if answer == "chosen" else answer

    def scroll(self, rows: int) -> None:
        """Move by so many rows."""
        self.press("down" if rows > 0 else "up", None)
