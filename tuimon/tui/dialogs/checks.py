"""Several of a numbered list: the processors that a process may run on."""

from __future__ import annotations

from collections.abc import Collection

from tuimon.model.action import ranges
from tuimon.tui.dialogs.shape import Button, Drawn, Said, Spot, framed
from tuimon.tui.style import Row


class Checks:
    """Numbers 0 to count - 1, each of which is on or off. Its answer is a tuple of those that are on."""

    def __init__(self, title: str, count: int, on: Collection[int]) -> None:
        self.title = title
        self.count = count
        self.on = set(on)
        self.at = min(self.on, default=0)
        self._cell = len(str(count - 1)) + 5
        self._across = 1
        self._first = 0
        self._shown = 1

    def draw(self, width: int, height: int, *, ascii_only: bool) -> Drawn:
        """Return it as a box that fits into so many cells and rows."""
        self._across = max(1, min(self.count, 16, (width - 4) // self._cell))
        lines = -(-self.count // self._across)
        self._shown = max(1, min(lines, height - 4))
        self._first = max(0, min(self._first, self.at // self._across, lines - self._shown))
        self._first = max(self._first, self.at // self._across - self._shown + 1)
        rows: list[Row] = [[(f"on: {ranges(tuple(self.on)) or 'none'}", "value")]]
        spots: list[Spot] = []
        for y in range(self._first, self._first + self._shown):
            numbers = range(y * self._across, min(self.count, (y + 1) * self._across))
            rows.append([self._check(number) for number in numbers])
            spots += [Spot(len(rows) - 1, i * self._cell, (i + 1) * self._cell, n) for i, n in enumerate(numbers)]
        more = f"{lines} rows" if self._shown < lines else ""
        return framed(self.title, rows, spots, self._buttons(), (width, height), more=more, ascii_only=ascii_only)

    def _check(self, number: int) -> tuple[str, str]:
        text = f"[{'x' if number in self.on else ' '}] {number}".ljust(self._cell)
        return text, "select" if number == self.at else "bright" if number in self.on else "dim"

    def _buttons(self) -> list[Button]:
        return [
            Button("enter", "Enter", tuple(sorted(self.on)) or Said.NOTHING, chosen=bool(self.on)),
            Button("a", "All", "all"),
            Button("n", "None", "none"),
            Button("escape", "Esc", Said.CLOSE),
        ]

    def press(self, key: str, character: str | None) -> object:
        """Take a key: arrows move, Space turns one on or off."""
        steps = {"right": 1, "left": -1, "down": self._across, "up": -self._across, "tab": 1, "shift+tab": -1}
        if key == "escape":
            return Said.CLOSE
        if key == "enter":
            return tuple(sorted(self.on)) or Said.NOTHING
        if key in steps:
            if 0 <= self.at + steps[key] < self.count:
                self.at += steps[key]
        elif key == "space":
            self.on ^= {self.at}
        elif character in {"a", "n"}:
            return self.click("all" if character == "a" else "none")
        return Said.NOTHING

    def click(self, answer: object) -> object:
        """Turn one on or off, or press a button."""
        if isinstance(answer, int):
            self.at = answer
            self.on ^= {answer}
        elif isinstance(answer, str):
            self.on = set(range(self.count)) if answer == "all" else set()
        else:
            return answer
        return Said.NOTHING

    def scroll(self, rows: int) -> None:
        """Scroll by rows of numbers."""
        self.press("down" if rows > 0 else "up", None)
