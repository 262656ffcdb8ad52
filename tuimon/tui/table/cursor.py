"""Where the user is among the lines: what is selected, and which lines are on the screen."""

from __future__ import annotations

from tuimon.tui.table.line import Key, Lines


class Cursor:
    """A selection that stays on its line, and that line on its row of the screen, while lines come, go and change places."""

    def __init__(self) -> None:
        self.key: Key | None = None
        self.at = 0
        self.offset = 0
        self.height = 1

    def settle(self, lines: Lines) -> None:
        """Find the selected line again among new ones. Where it is gone, nothing is selected."""
        place = None if self.key is None else lines.place(self.key)
        if place is None:
            self.key = None
        else:
            if self.offset <= self.at < self.offset + self.height:
                self.offset += place - self.at
            self.at = place
        self.clamp(lines)

    def clamp(self, lines: Lines) -> None:
        """Keep within the lines that there are."""
        self.offset = max(0, min(self.offset, len(lines) - self.height))
        self.at = max(0, min(self.at, len(lines) - 1))

    def to_top(self) -> None:
        """Begin at the top again, unless something is selected: then that stays in sight."""
        if self.key is None:
            self.offset = self.at = 0

    def move(self, lines: Lines, rows: int) -> None:
        """Move the selection by so many rows; the first move selects the row that is on top."""
        if not len(lines):
            return
        if self.key is None and not self.offset <= self.at < self.offset + self.height:
            self.at = self.offset
        elif self.key is not None:
            self.at += rows
        self.select(lines, max(0, min(self.at, len(lines) - 1)))

    def select(self, lines: Lines, place: int) -> None:
        """Select a line, and have it on the screen."""
        self.at, self.key = place, lines.key(place)
        self.show(place)

    def show(self, place: int) -> None:
        """Scroll as little as it takes to have a line on the screen."""
        if place < self.offset:
            self.offset = place
        elif place >= self.offset + self.height:
            self.offset = place - self.height + 1

    def scroll(self, lines: Lines, rows: int) -> None:
        """Scroll without moving the selection."""
        self.offset += rows
        self.clamp(lines)
