"""The process table: what is shown of a sample, in which arrangement, and where the user is in it.

It is given processes and a moment, of now or of the past, and asks for nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import tzinfo
from typing import TYPE_CHECKING

from tuimon.model.process import COSTLY, Process, Wanted
from tuimon.model.times import aware
from tuimon.tui.style import Row, cells
from tuimon.tui.table import drawing
from tuimon.tui.table.arrangement import GROUPINGS, Arrangement
from tuimon.tui.table.columns import Chosen, Column, Placed, Terms, chosen, place
from tuimon.tui.table.cursor import Cursor
from tuimon.tui.table.line import Identity, Key, Line, Lines
from tuimon.tui.table.order import Sorting, sorting
from tuimon.tui.table.trend import Trend

if TYPE_CHECKING:
    from tuimon.filters import Filter


class Table:
    """What the user sees of the processes, and where the user is in it."""

    def __init__(self, columns: tuple[Chosen, ...] | None = None) -> None:
        self.columns = columns or chosen()
        self.arranged = Arrangement()
        self.by_machine = False
        self.filter: Filter | None = None
        self.tagged: set[Identity] = set()
        self.following: Identity | None = None
        self.ended: Identity | None = None  # who was followed until it ended
        self.frozen_at: float | None = None
        self.placed: tuple[Placed, ...] = ()
        self.tz: tzinfo | None = None
        self.ascii_only = False
        self.now = 0.0
        self.cores = 1
        self.cursor = Cursor()
        self.trend = Trend()
        self._still: Trend | None = None
        self._drawer = drawing.Drawer()
        self._newest: tuple[Sequence[Process], float, int] | None = None
        self._all: Sequence[Process] = ()
        self._passed: Sequence[Process] = ()

    # What is shown

    def update(self, processes: Sequence[Process], now: float = 0.0, cores: int = 1) -> None:
        """Take the processes of a moment; the selected one stays where it is on the screen. Frozen: not shown yet."""
        self.trend.note(processes, now)
        if self.frozen_at is not None:
            self._newest = processes, now, cores
            return
        self._take(processes, now, cores)
        self._arrange()

    def _take(self, processes: Sequence[Process], now: float, cores: int) -> None:
        self._all, self.now, self.cores = processes, now, max(1, cores)
        self._filter()

    def _filter(self) -> None:
        self._passed = self._all if self.filter is None else self.filter.passing(self._all, self.now)
        self.arranged.take(self._all, self._passed, self.now, filtered=self.filter is not None)
        if self.tagged:
            self.tagged &= {process[:2] for process in self._all}

    def _arrange(self) -> None:
        """Put what passes the filter in lines, and find the selection again."""
        self.cursor.settle(self._put_in_lines())
        if self.following is not None:
            self._keep_following()

    def _put_in_lines(self) -> Lines:
        return self.arranged.arrange((self._still or self.trend).minute)

    @property
    def lines(self) -> Lines:
        """The lines that the processes are arranged in."""
        return self.arranged.lines

    @property
    def view(self) -> str:
        """How they are arranged: list, tree, or the name of a way to group them."""
        return self.arranged.view

    @property
    def sorting(self) -> Sorting:
        """What the rows are ordered by."""
        return self.arranged.sorting

    @property
    def everyone(self) -> Sequence[Process]:
        """The processes of the moment, whether they pass the filter or not."""
        return self._all

    @property
    def shown(self) -> Sequence[Process]:
        """The processes that pass the filter, in the order of the lines."""
        return self.lines.shown

    @property
    def passed(self) -> int:
        """How many processes pass the filter."""
        return len(self._passed)

    @property
    def words(self) -> str:
        """The filter's text, '' where there is none."""
        return "" if self.filter is None else self.filter.text

    # Where the user is

    @property
    def selected(self) -> Key | None:
        """What tells the selected line from the others: a process's identity, or a group's name."""
        return self.cursor.key

    @property
    def line(self) -> Line | None:
        """The selected line."""
        place_ = None if self.cursor.key is None else self.lines.place(self.cursor.key)
        return None if place_ is None else self.lines.line(place_)

    @property
    def chosen(self) -> list[Process]:
        """The processes that something would be done to: all that are tagged, else the selected one or group."""
        if self.tagged:
            return [process for process in self._all if process[:2] in self.tagged]
        line = self.line
        if line is None:
            return []
        return list(line.members) if drawing.is_group(line) else [p for p in line.members if p[:2] == line.key]

    @property
    def offset(self) -> int:
        """Which line is the first on the screen."""
        return self.cursor.offset

    @property
    def height(self) -> int:
        """How many lines the screen has room for."""
        return self.cursor.height

    def move(self, rows: int) -> None:
        """Move the selection by so many rows; the first move selects the row that is on top."""
        self.cursor.move(self.lines, rows)
        self._follow_selection()

    def edge(self, way: int) -> None:
        """Go to the top (-1) or the bottom (1)."""
        if len(self.lines):
            self.cursor.select(self.lines, 0 if way < 0 else len(self.lines) - 1)
            self._follow_selection()

    def scroll(self, rows: int) -> None:
        """Scroll without moving the selection."""
        self.cursor.scroll(self.lines, rows)

    def click(self, row: int, x: int = -1) -> bool:
        """Select the line in a row of the body; on its mark, fold it or open it, and return True for that."""
        place_ = self.cursor.offset + row
        if row < 0 or place_ >= len(self.lines):
            return False
        self.cursor.select(self.lines, place_)
        self._follow_selection()
        line = self.lines.line(place_)
        folds = bool(line.fold) and self._is_mark(line, x)
        if folds:
            self._set_fold(line, folded=line.fold == "open")
        return folds

    def _is_mark(self, line: Line, x: int) -> bool:
        names = drawing.named_by(self.placed)
        start = next((one.start for one in self.placed if one.column.name == names), None)
        return start is not None and 0 <= x - start - cells(line.stem) < 2

    def find(self, identity: Identity) -> bool:
        """Select a process by (pid, started at), if it is there; neither a filter nor a fold hides it."""
        found = next((one[:2] for one in self._all if same(one[:2], identity)), None)
        if found is None:
            return False
        if self.filter is not None and not any(one[:2] == found for one in self._passed):
            self.set_filter(None)
        if self.lines.place(found) is None:
            self.arranged.uncover(found)
            self._put_in_lines()
        place_ = self.lines.place(found)
        if place_ is not None:
            self.cursor.select(self.lines, place_)
            self._follow_selection()
        return place_ is not None

    def clear_selection(self) -> None:
        """Select nothing, and follow nothing."""
        self.cursor.key = self.following = self.ended = None

    def tag(self) -> None:
        """Tag what is selected, or take its tag away, and go to the next line."""
        line = self.line
        if line is None:
            return
        whom = {process[:2] for process in line.members} if drawing.is_group(line) else {line.process[:2]}
        self.tagged = self.tagged - whom if whom <= self.tagged else self.tagged | whom
        self.move(1)

    # Following one process

    def follow(self) -> None:
        """Keep the selected process on the screen whatever happens, or no longer."""
        line, self.ended = self.line, None
        if self.following is not None or line is None or drawing.is_group(line):
            self.following = None
        else:
            self.following = line.process[:2]
            self._arrange()

    def _follow_selection(self) -> None:
        """Follow another one: the user has gone to it."""
        self.ended = None
        if self.following is not None and self.cursor.key is not None and self.cursor.key != self.following:
            self.following = None

    def _keep_following(self) -> None:
        identity = self.following
        if identity is None or not any(process[:2] == identity for process in self._all):
            self.following, self.ended = None, identity
            return
        if self.lines.place(identity) is None:
            self.arranged.uncover(identity)
            self._put_in_lines()
        place_ = self.lines.place(identity)
        if place_ is not None:
            self.cursor.select(self.lines, place_)

    # Order

    @property
    def sort(self) -> Column:
        """The column that the rows are ordered by."""
        return self.sorting.column

    @property
    def descending(self) -> bool:
        """Whether the biggest comes first."""
        return self.sorting.descending

    def click_title(self, x: int) -> None:
        """Sort by the column whose title is there; by the same one again: reverse."""
        for one in self.placed:
            if one.start <= x <= one.start + one.width:
                self.sort_by(one.column)
                return

    def sort_by(self, column: Column) -> None:
        """Order by a column; by the same one again: reverse."""
        if column.name == self.sorting.column.name:
            self.reverse()
        else:
            self.order_by(sorting(column))

    def order_by(self, by: Sorting) -> None:
        """Order by one column, then by another."""
        self.arranged.sorting = by
        self._rearranged()

    def then_by(self, column: Column | None) -> None:
        """Order those that are equal by another column; None: by the one that goes with the first."""
        self.order_by(replace(self.sorting, then=column))

    def step_sort(self, way: int) -> None:
        """Order by the next (1) or the previous (-1) column that is seen."""
        columns = [one.column for one in self.placed] or [one.column for one in self.columns]
        names = [column.name for column in columns]
        at = names.index(self.sort.name) if self.sort.name in names else -way if way > 0 else 0
        self.order_by(sorting(columns[(at + way) % len(columns)]))

    def reverse(self) -> None:
        """Turn the order round."""
        self.order_by(replace(self.sorting, descending=not self.sorting.descending))

    def reorder(self) -> None:
        """Put the tree in order anew, by the values of now."""
        self._rearranged()

    def set_filter(self, wanted: Filter | None) -> None:
        """Show only processes that pass a filter, all for None."""
        self.filter = None if wanted is None or wanted.condition is None else wanted
        self._filter()
        self.cursor.to_top()
        self._arrange()

    def _rearranged(self) -> None:
        self.arranged.forget_order()
        self.cursor.to_top()
        self._arrange()

    # Arrangement

    def set_view(self, view: str) -> None:
        """Arrange the processes as a list, as a tree, or in groups by something."""
        self.arranged.set_view(view)
        self.cursor.to_top()
        self._arrange()

    def toggle_tree(self) -> None:
        """Show the tree, or the list again."""
        self.set_view("list" if self.view == "tree" else "tree")

    def next_grouping(self) -> None:
        """Group by program, then by user, then by container, then not."""
        ways = [*GROUPINGS]
        at = ways.index(self.view) if self.view in ways else -1
        self.set_view(ways[at + 1] if at + 1 < len(ways) else "list")

    def fold(self, way: int) -> None:
        """Fold the selected line (-1) or open it (1); where there is nothing to do, go up to its parent, or down."""
        line = self.line
        if line is None:
            return
        if way < 0 and line.fold != "open":
            self._to_parent(line)
        elif way > 0 and line.fold != "folded":
            if line.fold == "open":
                self.move(1)
        else:
            self._set_fold(line, folded=way < 0)

    def _to_parent(self, line: Line) -> None:
        parent = self.lines.above(line.key)
        place_ = None if parent is None else self.lines.place(parent)
        if place_ is not None:
            self.cursor.select(self.lines, place_)
            self._follow_selection()

    def _set_fold(self, line: Line, *, folded: bool) -> None:
        self.arranged.set_fold(line, folded=folded)
        self._refold()

    def fold_all(self) -> None:
        """Fold everything that is open; where all is folded, open everything."""
        self.arranged.fold_all()
        self._refold()

    def _refold(self) -> None:
        """Show what is folded and open now; a selection that is folded away goes to what stands for it."""
        before = self.cursor.key
        self._put_in_lines()
        while before is not None and self.lines.place(before) is None:
            before = self.lines.above(before)
        self.cursor.key = before
        self._arrange()

    # Standing still

    def freeze(self) -> None:
        """Stand still at this moment, or go on with the newest."""
        if self.frozen_at is None:
            self.frozen_at, self._still = self.now, self.trend.copy()
        else:
            self.thaw()

    def thaw(self) -> None:
        """Go on with the newest."""
        if self.frozen_at is None:
            return
        self.frozen_at = self._still = None
        if self._newest is not None:
            self._take(*self._newest)
            self._newest = None
        self._arrange()

    def show_columns(self, columns: tuple[Chosen, ...]) -> None:
        """Show other columns."""
        self.columns = columns

    def toggle_cpu(self) -> None:
        """Show CPU of one core, or of the whole machine."""
        self.by_machine = not self.by_machine

    # Drawing

    @property
    def terms(self) -> Terms:
        """How values are written now."""
        day = f"{aware(self.now, self.tz):%Y-%m-%d}"
        return Terms(float(self.cores) if self.by_machine else 1.0, self.tz, day, self.ascii_only)

    def titles(self, width: int, *, ascii_only: bool = False) -> Row:
        """Return the row of column titles, those that rows are ordered by marked, in exactly so many cells."""
        self.placed = place(self.columns, width)
        return drawing.titles(self.placed, self.sorting, width, self.terms, ascii_only=ascii_only)

    def rows(self, width: int, height: int) -> list[Row]:
        """Return the rows that are seen, each of exactly so many cells."""
        self.cursor.height = max(1, height)
        self.cursor.clamp(self.lines)
        self.placed = place(self.columns, width)
        terms = self.terms
        self._drawer.begin(width, self.placed, terms, self.height)
        last = min(len(self.lines), self.offset + height)
        return [self._row(self.lines.line(at), width, terms) for at in range(self.offset, last)]

    def _row(self, line: Line, width: int, terms: Terms) -> Row:
        lately = drawing.lately_of(line, self._still or self.trend, self.placed, ascii_only=self.ascii_only)
        if line.key == self.cursor.key:
            text = drawing.plain(line, self.placed, width, terms, lately)
            row: Row = [(text, "select")]
        else:
            row = self._drawer.row(line, self.placed, width, terms, lately)
        if self.tagged and not self.tagged.isdisjoint(process[:2] for process in line.members):
            return drawing.marked(row, "*", "tag")
        return row

    # What must be read for it

    @property
    def hidden(self) -> int:
        """How many of the chosen columns have no room."""
        return len(self.columns) - len(self.placed)

    @property
    def visible(self) -> list[int]:
        """The pids that are on the screen."""
        last = min(len(self.lines), self.offset + self.height)
        keys = [self.lines.key(at) for at in range(self.offset, last)]
        return [key[0] for key in keys if isinstance(key[0], int)]

    @property
    def wanted(self) -> Wanted:
        """Which costly fields it shows of those on the screen, and which it needs of all."""
        shown = frozenset[str]().union(*(one.column.costs for one in self.placed))
        fields = frozenset[str]() if self.filter is None else self.filter.fields
        everywhere = self.arranged.costs | (fields & COSTLY) | ({"cgroup"} if "container" in fields else set())
        return Wanted(shown, everywhere | shown if self.arranged.sums_up else everywhere)


def same(one: Identity, other: Identity) -> bool:
    """Whether two identities are one process: when it started is kept to a tenth of a second in some places."""
    return one[0] == other[0] and abs(one[1] - other[1]) < 1.0
