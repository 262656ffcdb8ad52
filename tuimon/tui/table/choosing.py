"""Dialogs of the table: which column to sort by, and which columns to show, in which order, how wide."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from tuimon.model.columns import WIDEST, about
from tuimon.tui.dialogs.menu import RULE, Item, Menu
from tuimon.tui.dialogs.shape import Button, Drawn, Said, Spot, framed
from tuimon.tui.style import Row, cells, fit, right
from tuimon.tui.table.columns import COLUMNS, Chosen, Column, chosen
from tuimon.tui.table.order import Sorting
from tuimon.tui.table.table import Table

THEN: Final = "then"
REVERSE: Final = "reverse"
SAVE: Final = "save"


def table_menu(table: Table, keys: Mapping[str, str]) -> Menu:
    """Return a menu of what can be done to the table; its answer is ("view", which), or the name of a method of Hands.

    `keys` are action -> the key that does it.
    """
    items = [Item(name, "now" if table.view == name else "", words, ("view", name)) for name, words in _VIEWS]
    frozen, followed = table.frozen_at is not None, table.following is not None
    others = (
        ("go on" if frozen else "freeze", "show the newest again" if frozen else "stand still", "freeze"),
        ("let go" if followed else "follow", "the selected process: it stays in sight", "follow"),
        ("core %" if table.by_machine else "machine %", "what CPU is in percent of", "toggle_cpu"),
        ("fold all", "and open all again", "fold_all"),
        ("order anew", "the tree, by the values of now", "reorder"),
        ("sort by…", "any column, and by which one then", "sort_menu"),
        ("columns…", "which ones, in which order, how wide", "columns"),
        *((("everybody", "take the filter away", "unfilter"),) if table.words else ()),
    )
    items.append(RULE)
    items += [Item(words, keys.get(f"table('{method}')", ""), about_, method) for words, about_, method in others]
    return Menu("Processes", items, next(i for i, (name, _) in enumerate(_VIEWS) if name == table.view))


_VIEWS: Final = (
    ("list", "a line for each process"),
    ("tree", "each below its parent"),
    ("program", "in groups by program, with sums"),
    ("user", "in groups by user"),
    ("container", "in groups by container, service or session"),
)


def sort_menu(by: Sorting, *, ascii_only: bool) -> Menu:
    """Return a menu of all columns to sort by; its answer is a column, THEN, or REVERSE."""
    way = ("v" if by.descending else "^") if ascii_only else ("▼" if by.descending else "▲")
    marks = {by.second.name: "2nd", by.column.name: way}
    items = [Item(column.short, marks.get(column.name, ""), about(column.name), column) for column in COLUMNS]
    items += [RULE, Item("reverse", "", "the order turned round", REVERSE)]
    items.append(Item("then by…", "", f"what are equal in {by.column.short} are in the order of another", THEN))
    return Menu("Sort by", items, COLUMNS.index(_known(by.column)))


def then_menu(by: Sorting) -> Menu:
    """Return a menu of the second key; its answer is a column, or THEN for the one that goes with the first."""
    items = [Item("auto", "now" if by.then is None else "", f"{by.column.short} goes with another by itself", THEN)]
    items += [
        Item(
            column.short,
            "now" if by.then is not None and column.name == by.then.name else "",
            about(column.name),
            column,
        )
        for column in COLUMNS
        if column.name != by.column.name
    ]
    at = next((i for i, item in enumerate(items) if item.beside), 0)
    return Menu(f"Equal in {by.column.short}: then by", items, at)


def _known(column: Column) -> Column:
    return next(one for one in COLUMNS if one.name == column.name)


class ColumnList:
    """All columns: those that are shown in their order, then the others. What is done to them is seen at once.

    `apply` shows columns in the table. The answer of the dialog is SAVE, where `saves` says that they can be kept.
    """

    def __init__(self, shown: Sequence[Chosen], apply: Callable[[tuple[Chosen, ...]], None], *, saves: bool) -> None:
        self.at = 0
        self._apply = apply
        self._saves = saves
        self._first = 0
        self._room = 1
        self._take(shown)

    def _take(self, shown: Sequence[Chosen]) -> None:
        names = {one.column.name for one in shown}
        self.rows = [*shown, *(Chosen(one, one.width) for one in COLUMNS if one.name not in names)]
        self.count = len(shown)  # of which so many are shown

    @property
    def shown(self) -> tuple[Chosen, ...]:
        """The columns that are shown now."""
        return tuple(self.rows[: self.count])

    # Drawing

    def draw(self, width: int, height: int, *, ascii_only: bool) -> Drawn:
        """Return it as a box that fits into so many cells and rows."""
        self._room = max(1, min(len(self.rows), height - 4))
        self._first = max(0, min(self._first, self.at, len(self.rows) - self._room))
        self._first = max(self._first, self.at - self._room + 1)
        last = self._first + self._room
        inner = min(width - 4, 74)
        rows = [self._row(i, inner) for i in range(self._first, last)]
        spots = [Spot(y, 0, 4, ("toggle", self._first + y)) for y in range(len(rows))]
        spots += [Spot(y, 4, inner, ("go", self._first + y)) for y in range(len(rows))]
        more = f"{self._first + 1}-{last} of {len(self.rows)}" if self._room < len(self.rows) else ""
        return framed(
            "Columns",
            rows,
            spots,
            self._buttons(width),
            (width, height),
            more=more,
            ascii_only=ascii_only,
        )

    def _row(self, place: int, width: int) -> Row:
        one = self.rows[place]
        on = place < self.count
        size = str(one.width) if one.width else "rest"
        parts = (f"[{'x' if on else ' '}] ", fit(one.column.short, 10), right(size, 5), f"  {about(one.column.name)}")
        if place == self.at:
            return [(fit("".join(parts), width), "select")]
        styles = ("key", "bright", "value", "text") if on else ("dim", "text", "dim", "dim")
        used = sum(cells(part) for part in parts[:3])
        return [*zip(parts[:3], styles[:3], strict=True), (fit(parts[3], width - used), styles[3])]

    def _buttons(self, width: int) -> list[Button]:
        """Return the buttons; on a narrow screen their keys alone, and the way out before what is seldom wanted."""
        up, down = ("Up <", "Down >") if width >= 64 else ("<", ">")
        found = [
            Button("<", up, ("move", -1)),
            Button(">", down, ("move", 1)),
            Button("-", "-", ("width", -1)),
            Button("+", "+", ("width", 1)),
            Button("escape", "Esc", Said.CLOSE),
        ]
        found += [Button("w", "Save w", SAVE)] if self._saves else []
        return [*found, Button("d", "Defaults d", ("default", 0))]

    # Keys and clicks

    def press(self, key: str, character: str | None) -> object:
        """Take a key: Space shows or hides, < and > move, - and + change the width."""
        steps = {"down": 1, "up": -1, "j": 1, "k": -1, "pagedown": self._room, "pageup": -self._room}
        steps |= {"home": -len(self.rows), "end": len(self.rows)}
        if key in {"escape", "enter", "c"}:
            return Said.CLOSE
        if key == "w" and self._saves:
            return SAVE
        if key in steps:
            self.at = max(0, min(self.at + steps[key], len(self.rows) - 1))
        elif key == "space":
            self._toggle(self.at)
        elif key in {"shift+up", "shift+down"} or character in {"<", ">"}:
            self._move(-1 if key == "shift+up" or character == "<" else 1)
        elif character in {"+", "=", "-"}:
            self._widen(-1 if character == "-" else 1)
        elif key == "d":
            self._default()
        return Said.NOTHING

    def click(self, answer: object) -> object:
        """Do what was clicked."""
        if not isinstance(answer, tuple):
            return answer
        what, number = answer
        if what in {"toggle", "go"}:
            self.at = number
            if what == "toggle":
                self._toggle(number)
        elif what == "move":
            self._move(number)
        elif what == "width":
            self._widen(number)
        else:
            self._default()
        return Said.NOTHING

    def scroll(self, rows: int) -> None:
        """Go up or down by a row."""
        self.press("down" if rows > 0 else "up", None)

    def _toggle(self, place: int) -> None:
        """Show a column, before the one that takes what is left; or hide it. One always stays."""
        one = self.rows[place]
        if place >= self.count:
            last = self.rows[self.count - 1]
            to = self.count - 1 if last.width == 0 and one.width else self.count
            self.rows.insert(to, self.rows.pop(place))
            self.count, self.at = self.count + 1, to
        elif self.count > 1:
            self.rows.insert(self.count - 1, self.rows.pop(place))
            self.count -= 1
            self.at = self.count
        self._apply(self.shown)

    def _move(self, way: int) -> None:
        to = self.at + way
        if self.at < self.count and 0 <= to < self.count:
            self.rows[self.at], self.rows[to] = self.rows[to], self.rows[self.at]
            self.at = to
            self._apply(self.shown)

    def _widen(self, way: int) -> None:
        one = self.rows[self.at]
        now = one.width or one.column.width
        if self.at < self.count and now:
            self.rows[self.at] = Chosen(one.column, max(1, min(WIDEST, now + way)))
            self._apply(self.shown)

    def _default(self) -> None:
        self._take(chosen())
        self.at = min(self.at, len(self.rows) - 1)
        self._apply(self.shown)
