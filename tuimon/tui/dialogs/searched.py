"""A list of which typed letters leave a part: what is typed, which one is chosen, and what of it is seen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic, TypeVar

Item = TypeVar("Item")


class Searched(Generic[Item]):
    """The place in such a list; who owns it says what is found and what a chosen one means."""

    def __init__(self) -> None:
        self.typed = ""
        self.at = 0
        self._first = 0
        self._shown = 1

    @property
    def found(self) -> Sequence[Item]:
        """What the typed words leave."""
        raise NotImplementedError

    def seen(self, rows: int) -> tuple[int, Sequence[Item]]:
        """Return the place of the first one that is seen in so many rows, and those that are; the chosen one is among them."""
        found, self._shown = self.found, max(1, rows)
        self.at = max(0, min(self.at, len(found) - 1))
        self._first = max(0, min(self._first, self.at, len(found) - self._shown))
        self._first = max(self._first, self.at - self._shown + 1)
        return self._first, found[self._first : self._first + self._shown]

    def scroll(self, rows: int) -> None:
        """Choose one so many rows on."""
        self.at = max(0, min(self.at + rows, len(self.found) - 1))

    def edit(self, key: str, character: str | None) -> None:
        """Take a key: arrows choose, letters search."""
        far = len(self.found)
        steps = {"down": 1, "up": -1, "tab": 1, "shift+tab": -1, "pagedown": self._shown, "pageup": -self._shown}
        if moved := steps.get(key) or {"home": -far, "end": far}.get(key):
            self.scroll(moved)
        elif key == "backspace":
            self.typed = self.typed[:-1]
        elif key in {"ctrl+u", "ctrl+w"}:
            self.typed = ""
        elif character is not None and character.isprintable():
            self.typed, self.at = self.typed + character, 0
