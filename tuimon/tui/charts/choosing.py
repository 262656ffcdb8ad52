"""Choosing series by searching among all that are recorded."""

from __future__ import annotations

from collections.abc import Sequence

from tuimon.model.catalogue import find
from tuimon.model.metric import SeriesKey
from tuimon.tui.dialogs.searched import Searched
from tuimon.tui.dialogs.shape import Button, Drawn, Said, Spot, framed
from tuimon.tui.style import Row, cells, fit
from tuimon.tui.travel.sheets import named

DONE = "what is on is shown"


class Search(Searched[SeriesKey]):
    """A list that what is typed makes shorter. Its answer is a tuple of the series that are on, in order of choice."""

    def __init__(self, title: str, keys: Sequence[SeriesKey], on: Sequence[SeriesKey]) -> None:
        super().__init__()
        self.title = title
        self.keys = tuple(dict.fromkeys((*on, *keys)))
        self.on = list(on)
        self._toggled = False
        self._width = max((cells(named(key)) for key in self.keys), default=0)

    @property
    def found(self) -> list[SeriesKey]:
        """The series in whose names every typed word is."""
        words = self.typed.casefold().split("_")
        return [key for key in self.keys if all(word in f"{named(key)} {key}".casefold() for word in words)]

    def draw(self, width: int, height: int, *, ascii_only: bool) -> Drawn:
        """Return it as a box that fits into so many cells and rows."""
        room = max(1, height - 5)
        first, body = self.seen(room)
        inner = max(1, min(width - 4, self._width + 50))
        rows: list[Row] = [[("search ", "label"), (self.typed, "bright"), ("_" if ascii_only else "▏", "key")]]
        rows += [self._row(key, place, inner) for place, key in enumerate(body, first)]
        spots = [Spot(y + 1, 0, inner, first + y) for y in range(len(body))]
        rows += [[(" " * inner, "")]] * (min(room, len(self.keys)) - len(body))
        if not body:
            rows[1:2] = [[(fit("nothing recorded is called so", inner), "dim")]]
        buttons = [
            Button("enter", "Enter", DONE),
            Button("space", "Space", self.at),
            Button("escape", "Esc", Said.CLOSE),
        ]
        more = f"{len(self.on)} on, {len(self.found)} found"
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
        if key == "space":
            self._toggle(self.at)
        else:
            self.edit(key, character)
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
