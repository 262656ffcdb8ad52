"""A menu: one of a list, by arrows and Enter, by typing what an item begins with, or by a click."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tuimon.tui.dialogs.shape import Button, Drawn, Said, Spot, framed
from tuimon.tui.style import Row, cells, fit


@dataclass(frozen=True, slots=True)
class Item:
    """One item: what it is called, a word beside it, what it is for, and the answer that it is; no answer: a rule."""

    words: str
    beside: str = ""
    about: str = ""
    answer: object = None


RULE = Item("")
CHOSEN = "the item that is chosen now"


class Menu:
    """A list of which one is chosen."""

    def __init__(self, title: str, items: Sequence[Item], at: int = 0) -> None:
        self.title = title
        self.items = tuple(items)
        self.at = at
        self._first = -1  # not drawn yet: the one that is chosen comes into the middle
        self._shown = 1
        self._typed = ""
        self._words = max(cells(item.words) for item in self.items)
        self._beside = max(cells(item.beside) for item in self.items)

    def draw(self, width: int, height: int, *, ascii_only: bool) -> Drawn:
        """Return it as a box that fits into so many cells and rows."""
        self._shown = max(1, min(len(self.items), height - 3))
        self._keep_in_sight()
        inner = min(width - 4, max(self._words + self._beside + 3 + cells(item.about) for item in self.items))
        last = self._first + self._shown
        rows = [self._row(i, inner, ascii_only=ascii_only) for i in range(self._first, last)]
        spots = [
            Spot(y, 0, inner, self._first + y)
            for y in range(len(rows))
            if self.items[self._first + y].answer is not None
        ]
        more = f"{self._first + 1}-{last} of {len(self.items)}" if self._shown < len(self.items) else ""
        buttons = [Button("enter", "Enter", CHOSEN), Button("escape", "Esc", Said.CLOSE)]
        return framed(self.title, rows, spots, buttons, (width, height), more=more, ascii_only=ascii_only)

    def _row(self, place: int, width: int, *, ascii_only: bool) -> Row:
        item = self.items[place]
        if item.answer is None:
            return [(("-" if ascii_only else "─") * width, "faint")]
        words, beside = fit(item.words, self._words), fit(item.beside, self._beside)
        gap = " " if self._beside else ""
        if place == self.at:
            return [(fit(f"{words} {beside}{gap} {item.about}", width), "select")]
        return [(words, "bright"), (f" {beside}{gap}", "dim"), (f" {item.about}", "text")]

    def _keep_in_sight(self) -> None:
        if self._first < 0:
            self._first = self.at - self._shown // 2
        self._first = max(0, min(self._first, self.at, len(self.items) - self._shown))
        self._first = max(self._first, self.at - self._shown + 1)

    def press(self, key: str, character: str | None) -> object:
        """Take a key."""
        if key == "escape":
            return Said.CLOSE
        if key == "enter":
            return self.items[self.at].answer
        steps = {"down": 1, "up": -1, "tab": 1, "shift+tab": -1, "pagedown": self._shown, "pageup": -self._shown}
        far = len(self.items)
        moved = steps.get(key) or {"home": -far, "end": far}.get(key)
        if moved:
            self._typed = ""
            self.move(moved)
        elif character is not None and character.isprintable():
            self._find(character)
        return Said.NOTHING

    def move(self, rows: int) -> None:
        """Go some items on or back; rules are passed over."""
        way = 1 if rows > 0 else -1
        at = max(0, min(self.at + rows, len(self.items) - 1))
        while 0 <= at < len(self.items) and self.items[at].answer is None:
            at += way
        if 0 <= at < len(self.items):
            self.at = at

    def _find(self, character: str) -> None:
        """Go to the first item that begins with what was typed, by its name or by the word beside it."""
        for typed in (self._typed + character, character):
            wanted = typed.casefold()
            for i, item in enumerate(self.items):
                if item.answer is not None and (
                    item.words.casefold().startswith(wanted) or item.beside.casefold().startswith(wanted)
                ):
                    self.at, self._typed = i, typed
                    return

    def click(self, answer: object) -> object:
        """Choose the item that was clicked."""
        if isinstance(answer, int):
            self.at = answer
            return self.items[answer].answer
        return self.items[self.at].answer if answer == CHOSEN else answer

    def scroll(self, rows: int) -> None:
        """Move by so many items."""
        self.move(1 if rows > 0 else -1)
