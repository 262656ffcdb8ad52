"""The command palette: every key of the table by what it does, made shorter by what is typed."""

from __future__ import annotations

from collections.abc import Sequence

from tuimon.tui.dialogs.shape import Button, Drawn, Said, Spot, framed
from tuimon.tui.keys import Key
from tuimon.tui.style import Row, between, cells, fit

CHOSEN = "the one that is chosen now"


class Palette:
    """A list of what can be done; its answer is the action of what was chosen."""

    def __init__(self, keys: Sequence[Key]) -> None:
        self.keys = tuple(keys)
        self.typed = ""
        self.at = 0
        self._first = 0
        self._shown = 1
        self._width = max((cells(key.help) + cells(key.shown) + 3 for key in keys), default=1)

    @property
    def found(self) -> list[Key]:
        """The keys of which every typed word is told; those whose own word begins so come first."""
        typed = self.typed.casefold()
        told = [(key, f"{key.word} {key.help} {key.shown}".casefold()) for key in self.keys]
        found = [key for key, text in told if all(word in text for word in typed.split())]
        return sorted(found, key=lambda key: not (typed and key.word.startswith(typed)))

    def draw(self, width: int, height: int, *, ascii_only: bool) -> Drawn:
        """Return it as a box that fits into so many cells and rows."""
        found = self.found
        self._shown = max(1, min(len(self.keys), height - 5))
        self.at = max(0, min(self.at, len(found) - 1))
        self._first = max(0, min(self._first, self.at, len(found) - self._shown))
        self._first = max(self._first, self.at - self._shown + 1)
        inner = max(1, min(width - 4, self._width))
        body = found[self._first : self._first + self._shown]
        rows: list[Row] = [[("do ", "label"), (self.typed, "bright"), ("_" if ascii_only else "▏", "key")]]
        rows += [_row(key, inner, chosen=place == self.at) for place, key in enumerate(body, self._first)]
        if not found:
            rows.append([(fit("nothing is called so", inner), "dim")])
        rows += [[(" " * inner, "")]] * (self._shown + 1 - len(rows))
        spots = [Spot(y, 0, inner, self._first + y - 1) for y in range(1, len(body) + 1)]
        buttons = [Button("enter", "Enter", CHOSEN), Button("escape", "Esc", Said.CLOSE)]
        more = f"{self.at + 1} of {len(found)}" if found else ""
        return framed("What to do", rows, spots, buttons, (width, height), more=more, ascii_only=ascii_only)

    def press(self, key: str, character: str | None) -> object:
        """Take a key: letters search, arrows choose, Enter does it."""
        if key == "escape":
            return Said.CLOSE
        if key == "enter":
            return self.click(CHOSEN)
        far = len(self.keys)
        steps = {"down": 1, "up": -1, "tab": 1, "shift+tab": -1, "pagedown": self._shown, "pageup": -self._shown}
        if moved := steps.get(key) or {"home": -far, "end": far}.get(key):
            self.scroll(moved)
        elif key == "backspace":
            self.typed = self.typed[:-1]
        elif key in {"ctrl+u", "ctrl+w"}:
            self.typed = ""
        elif character is not None and character.isprintable():
            self.typed, self.at = self.typed + character, 0
        return Said.NOTHING

    def click(self, answer: object) -> object:
        """Do what was clicked; Enter does what is chosen."""
        if answer == CHOSEN:
            answer = self.at
        if not isinstance(answer, int):
            return answer
        found = self.found
        return found[answer].action if answer < len(found) else Said.NOTHING

    def scroll(self, rows: int) -> None:
        """Move by so many."""
        self.at = max(0, min(self.at + rows, len(self.found) - 1))


def _row(key: Key, width: int, *, chosen: bool) -> Row:
    style = "select" if chosen else "text"
    return between([(key.help, style)], [(f" {key.shown}", "select" if chosen else "key")], width, style=style)
