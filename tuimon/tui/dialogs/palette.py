"""The command palette: every key of the table by what it does, made shorter by what is typed."""

from __future__ import annotations

from collections.abc import Sequence

from tuimon.tui.dialogs.searched import Searched
from tuimon.tui.dialogs.shape import Button, Drawn, Said, Spot, framed
from tuimon.tui.keys import Key
from tuimon.tui.style import Row, between, cells, fit

CHOSEN = "the one that is chosen now"


class Palette(Searched[Key]):
    """A list of what can be done; its answer is the action of what was chosen."""

    def __init__(self, keys: Sequence[Key]) -> None:
        super().__init__()
        self.keys = tuple(keys)
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
        room = max(1, min(len(self.keys), height - 5))
        first, body = self.seen(room)
        inner = max(1, min(width - 4, self._width))
        rows: list[Row] = [[("do ", "label"), (self.typed, "bright"), ("_" if ascii_only else "▏", "key")]]
        rows += [_row(key, inner, chosen=place == self.at) for place, key in enumerate(body, first)]
        if not body:
            rows.append([(fit("nothing is called so", inner), "dim")])
        rows += [[(" " * inner, "")]] * (room + 1 - len(rows))
        spots = [Spot(y, 0, inner, first + y - 1) for y in range(1, len(body) + 1)]
        buttons = [Button("enter", "Enter", CHOSEN), Button("escape", "Esc", Said.CLOSE)]
        more = f"{self.at + 1} of {len(self.found)}" if body else ""
        return framed("What to do", rows, spots, buttons, (width, height), more=more, ascii_only=ascii_only)

    def press(self, key: str, character: str | None) -> object:
        """Take a key: letters search, arrows choose, Enter does it."""
        if key == "escape":
            return Said.CLOSE
        if key == "enter":
            return self.click(CHOSEN)
        self.edit(key, character)
        return Said.NOTHING

    def click(self, answer: object) -> object:
        """Do what was clicked; Enter does what is chosen."""
        if answer == CHOSEN:
            answer = self.at
        if not isinstance(answer, int):
            return answer
        found = self.found
        return found[answer].action if answer < len(found) else Said.NOTHING


def _row(key: Key, width: int, *, chosen: bool) -> Row:
    style = "select" if chosen else "text"
    return between([(key.help, style)], [(f" {key.shown}", "select" if chosen else "key")], width, style=style)
