"""The help: every key and what the mouse does, from the one table. A dialog like the others."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Final

from tuimon.protocols import Ability
from tuimon.tui.dialogs.shape import Button, Drawn, Said, Spot, framed
from tuimon.tui.keys import GROUPS, KEYS, MOUSE, TYPING, Key, offered, on_charts
from tuimon.tui.style import Row, cells, fit, padded, wrapped

BESIDE: Final = 18
"""Cells of what is pressed, where that stands beside what it does."""
NARROW: Final = 14
"""The same on a narrow screen."""
WIDEST: Final = 104
READING: Final = (
    "Sizes by 1024 (KiB, K in tables), rates by 1000 (kB/s).",
    "CPU% of a process is of one core, or of the machine: the table's title says which.",
    "TREND is its CPU of the last minute, 6 s a cell, full at one core.",
    "… not known yet   denied: not permitted, run as root   ! warning   ▲ critical",
)


def sections(abilities: Collection[Ability], keys: Sequence[Key] = KEYS) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Give what the help tells: a title, and what is done (a key, a click) with what comes of it."""
    for group, title in GROUPS.items():
        yield title, [(key.shown, key.help) for key in offered(abilities, keys) if key.group == group]
    yield "On the History screen", on_charts(keys)
    yield "While a filter is typed", list(TYPING)
    yield "Mouse", list(MOUSE)
    yield "How to read it", [("", line) for line in READING]


def help_rows(abilities: Collection[Ability], keys: Sequence[Key], width: int) -> list[Row]:
    """Return the help in rows of at most so many cells."""
    rows: list[Row] = []
    for title, told in sections(abilities, keys):
        rows += [[]] if rows else []
        rows.append([(fit(title, min(width, cells(title))), "title")])
        for what, does in told:
            rows += _entry(what, does, width)
    return rows


def _entry(what: str, does: str, width: int) -> list[Row]:
    """Return what is pressed beside what it does; where it is too long for that, above it."""
    beside = 2 if not what or width < 2 * NARROW else BESIDE if width >= 60 else NARROW
    lines: list[Row] = [[(" " * beside, ""), (line, "text")] for line in wrapped(does, max(1, width - beside))]
    if not what:
        return lines
    if cells(what) + 3 <= beside:
        return [[(fit(f"  {what}", beside), "key"), *lines[0][1:]], *lines[1:]]
    return [*([(f"  {line}", "key")] for line in wrapped(what, max(1, width - 2))), *lines]


class Help:
    """The help over the screen. What is no key to scroll with and closes no other dialog either does nothing."""

    def __init__(self, abilities: Collection[Ability] = (), keys: Sequence[Key] = KEYS) -> None:
        self._abilities = frozenset(abilities)
        self._keys = tuple(keys)
        self._closing = {"escape", "q", "enter"} | {
            name for key in keys if key.action == "desk('show_help')" for name in key.names
        }
        self._first = 0
        self._shown = 1
        self._rows = 1

    def draw(self, width: int, height: int, *, ascii_only: bool) -> Drawn:
        """Return it as a box that fits into so many cells and rows."""
        inner = max(1, min(width - 4, WIDEST))
        rows = help_rows(self._abilities, self._keys, inner)
        self._rows, self._shown = len(rows), max(1, min(len(rows), height - 3))
        self.scroll(0)
        last = self._first + self._shown
        more = f"{self._first + 1}-{last} of {len(rows)}" if self._shown < len(rows) else ""
        body = [padded(row, inner) for row in rows[self._first : last]]
        spots = [Spot(y, 0, inner, Said.CLOSE) for y in range(len(body))]
        buttons = [Button("escape", "Esc", Said.CLOSE)]
        return framed("tuimon: keys", body, spots, buttons, (width, height), more=more, ascii_only=ascii_only)

    def press(self, key: str, character: str | None) -> object:
        """Take a key: most scroll."""
        del character
        page, far = self._shown, self._rows
        steps = {"down": 1, "j": 1, "up": -1, "k": -1, "pagedown": page, "space": page, "pageup": -page}
        self.scroll(steps.get(key) or {"home": -far, "end": far}.get(key, 0))
        return Said.CLOSE if key in self._closing else Said.NOTHING

    def click(self, answer: object) -> object:
        """Close it, wherever it was clicked."""
        return answer

    def scroll(self, rows: int) -> None:
        """Scroll the rows."""
        self._first = max(0, min(self._first + rows, self._rows - self._shown))
