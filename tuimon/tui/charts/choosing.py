"""Choosing series by searching among all that are recorded."""

from __future__ import annotations

from collections.abc import Sequence

from tuimon.model.catalogue import find
from tuimon.model.metric import SeriesKey
from tuimon.tui.dialogs.shape import Button, Drawn, Said, Spot, framed
from tuimon.tui.style import Row, cells, fit
from tuimon.tui.travel.sheets import named

DONE = "what is on is shown"


class Search:
    """A list that what is typed makes shorter. Its answer is a tuple of the series that are on, in order of choice."""

    def __init__(self, title: str, keys: Sequence[SeriesKey], on: Sequence[SeriesKey]) -> None:
        self.title = title
        self.keys = tuple(dict.fromkeys((*on, *keys)))
        self.on = list(on)
        self.typed = ""
        self.at = 0
        self._toggled = False
        self._first = 0
        self._shown = 1
        self._width = max((cells(named(key)) for key in self.keys), default=0)

    @property
    def found(self) -> list[SeriesKey]:
        """The series in whose names every typed word is."""
        words = self.typed.casefold().split("_")
        return [key for key in self.keys if all(word in f"{named(key)} {key}".casefold() for word in words)]

    def draw(self, width: int, height: int, *, ascii_only: bool) -> Drawn:
        """Return it as a box that fits into so many cells and rows."""
        found = self.found
        self._shown = max(1, height - 5)
        self.at = max(0, min(self.at, len(found) - 1))
        self._first = max(0, min(self._first, self.at, len(found) - self._shown))
        self._first = max(self._first, self.at - self._shown + 1)
        inner = max(1, min(width - 4, self._width + 50))
        rows: list[Row] = [[("search ", "label"), (self.typed, "bright"), ("▏", "key")]]
        body = found[self._first : self._first + self._shown]
        rows += [self._row(key, place, inner) for place, key in enumerate(body, self._first)]
        spots = [Spot(y + 1, 0, inner, self._first + y) for y in range(len(body))]
        rows += [[(" " * inner, "")]] * (min(self._shown, len(self.keys)) - len(body))
        if not found:
            rows[1:2] = [[(fit("nothing recorded is called so", inner), "dim")]]
        buttons = [
            Button("enter", "Enter", DONE),
            Button("space", "Space", self.at),
            Button("escape", "Esc", Said.CLOSE),
        ]
        more = f"{len(self.on)} on, {len(found)} found"
        return framed(self.title, rows, spots, buttons, (width, height), more=more, ascii_only=ascii_only)

    def _row(self, key: SeriesKey, place: int, width: int) -> Row:
        check = f"[{'x' if key in self.on else ' '}] "
        metric = find(key)
        name, about = fit(named(key), self._width), f"{metric.unit.replace('_', ' ')}: {metric.help}"
        if place == self.at:
            return [(fit(f"{check}{name}  {about}", width), "select")]
        room = width - 6 - self._width
        style = "bright" if key in self.on else "text"
        return [(fit(check + name, min(width, self._width + 4)), style), (fit(f"  {about}", room + 2), "dim")]

    def press(self, key: str, character: str | None) -> object:
        """Take a key: Space turns a series on or off, letters search."""
        if key == "escape":
            return Said.CLOSE
        if key == "enter":
            return self.click(DONE)
        steps = {"down": 1, "up": -1, "tab": 1, "shift+tab": -1, "pagedown": self._shown, "pageup": -self._shown}
        if key in steps:
            self.at = max(0, min(self.at + steps[key], len(self.found) - 1))
        elif key == "space":
            self._toggle(self.at)
        elif key == "backspace":
            self.typed = self.typed[:-1]
        elif key in {"ctrl+u", "ctrl+w"}:
            self.typed = ""
        elif character is not None and character.isprintable():
            self.typed, self.at = self.typed + character, 0
        return Said.NOTHING

    def _toggle(self, place: int) -> None:
        found = self.found
        if 0 <= place < len(found):
            self.at, self._toggled = place, True
            key = found[place]
            if key in self.on:
                self.on.remove(key)
            else:
                self.on.append(key)

    def click(self, answer: object) -> object:
        """Turn one on or off; Enter shows what is on, with the one that was searched for where none was turned on."""
        if answer == DONE:
            if not self._toggled and self.typed and self.found and self.found[self.at] not in self.on:
                self._toggle(self.at)
            return tuple(self.on) or Said.CLOSE
        if isinstance(answer, int):
            self._toggle(answer)
            return Said.NOTHING
        return answer

    def scroll(self, rows: int) -> None:
        """Move by so many rows."""
        self.press("down" if rows > 0 else "up", None)
