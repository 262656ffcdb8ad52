"""A question with rows that say what it is about, and buttons; also used to tell what came of something."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tuimon.tui.dialogs.shape import Button, Drawn, Said, framed
from tuimon.tui.style import Row


class Ask:
    """Rows and buttons. `letters` are keys that press a button at once; Enter presses the one that is chosen."""

    def __init__(
        self, title: str, rows: Sequence[Row], buttons: Sequence[Button], *, style: str = "title", chosen: int = 0
    ) -> None:
        self.title = title
        self.rows = list(rows)
        self.buttons = tuple(buttons)
        self.style = style
        self.at = chosen
        self._first = 0
        self._shown = 1

    def draw(self, width: int, height: int, *, ascii_only: bool) -> Drawn:
        """Return it as a box that fits into so many cells and rows."""
        self._shown = max(1, min(len(self.rows), height - 3))
        self.scroll(0)
        last = self._first + self._shown
        more = f"{self._first + 1}-{last} of {len(self.rows)}" if self._shown < len(self.rows) else ""
        buttons = [replace(button, chosen=i == self.at) for i, button in enumerate(self.buttons)]
        return framed(
            self.title, self.rows[self._first : last], (), buttons, (width, height), more=more, ascii_only=ascii_only,
            style=self.style,
        )  # fmt: skip

    def press(self, key: str, character: str | None) -> object:
        """Take a key."""
        if key == "escape":
            return Said.CLOSE
        if key == "enter":
            return self.buttons[self.at].answer
        if key in {"left", "right", "tab", "shift+tab"}:
            self.at = (self.at + (-1 if key in {"left", "shift+tab"} else 1)) % len(self.buttons)
        elif key in {"down", "up", "pagedown", "pageup"}:
            self.scroll((1 if key.endswith("down") else -1) * (self._shown if key.startswith("page") else 1))
        else:
            return next((button.answer for button in self.buttons if button.key == character), Said.NOTHING)
        return Said.NOTHING

    def click(self, answer: object) -> object:
        """Press the button that was clicked."""
        return answer

    def scroll(self, rows: int) -> None:
        """Scroll the rows."""
        self._first = max(0, min(self._first + rows, len(self.rows) - self._shown))
