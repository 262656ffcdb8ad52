"""The process table: what is shown of a sample, in which arrangement, and where the user is in it.

It is given processes and a moment, of now or of the past, and asks for nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import tzinfo
from typing import TYPE_CHECKING, Final

from tuimon.model.columns import TREND
from tuimon.model.process import COSTLY, Process, Wanted
from tuimon.model.times import aware
from tuimon.tui.style import Row, cells
from tuimon.tui.table import drawing, groups
from tuimon.tui.table.columns import BY_NAME, Chosen, Column, Terms, chosen
from tuimon.tui.table.cursor import Cursor
from tuimon.tui.table.layout import Placed, place
from tuimon.tui.table.line import Flat, Identity, Key, Line, Lines
from tuimon.tui.table.order import Sorting, ordered, sorting
from tuimon.tui.table.tree import Ranks, Tree, parents, shape, totals, with_ancestors
from tuimon.tui.table.trend import Trend

if TYPE_CHECKING:
    from tuimon.filters import Filter

VIEWS: Final = ("list", "tree", *groups.WAYS)
"""How the lines are arranged: each process, the tree, or groups by something."""


class Table:
    """What the user sees of the processes, and where the user is in it."""

    def __init__(self, columns: tuple[Chosen, ...] | None = None) -> None:
        self.columns = columns or chosen()
        self.sorting = sorting(BY_NAME["cpu_percent"])
        self.view = "list"
        self.by_machine = False
        self.filter: Filter | None = None
        self.tagged: set[Identity] = set()
        self.following: Identity | None = None
        self.frozen_at: float | None = None
        self.folded: set[Key] = set()
        self.opened: set[Key] = set()
        self.ordered_at = 0.0
        self.placed: tuple[Placed, ...] = ()
        self.tz: tzinfo | None = None
        self.ascii_only = False
        self.now = 0.0
        self.cores = 1
        self.cursor = Cursor()
        self.trend = Trend()
        self._still: Trend | None = None
        self._ranks = Ranks()
        self._drawer = drawing.Drawer()
        self._newest: tuple[Sequence[Process], float, int] | None = None
        self._all: Sequence[Process] = ()
        self._passed: Sequence[Process] = ()
        self._parents: dict[int, int] | None = None
        self._lines: Lines = Flat(())

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
        self._parents = None
        self._filter()

    def _filter(self) -> None:
        self._passed = self._all if self.filter is None else self.filter.passing(self._all, self.now)
        if self.tagged:
            self.tagged &= {process[:2] for process in self._all}

    def _arrange(self) -> None:
        """Put what passes the filter in lines, and find the selection again."""
        self._lines = self._arranged()
        self.cursor.settle(self._lines)
        if self.following is not None:
            self._keep_following()

    def _arranged(self) -> Lines:
        by = self._measured()
        if self.view == "tree":
            return self._tree(by)
        if self.view == "list":
            return Flat(ordered(self._passed, by))
        found = groups.grouped(ordered(self._passed, by), self.view)
        return groups.Groups(groups.ordered_groups(found, by), self.view, self.opened, ascii_only=self.ascii_only)

    def _measured(self) -> Sorting:
        """Return the order, with what is not in a process itself: its trend is by what it used in the last minute."""
        if TREND not in {self.sorting.column.name, self.sorting.second.name}:
            return self.sorting
        used = (self._still or self.trend).minute()
        column = replace(BY_NAME[TREND], value=lambda process: used.get(process[:2], 0.0), adds=True)
        first, second = (column if one.name == TREND else one for one in (self.sorting.column, self.sorting.second))
        return replace(self.sorting, column=first, then=second)

    def _tree(self, by: Sorting) -> Tree:
        if self._parents is None:
            self._parents = parents(self._all)
        parent_of = self._parents
        if not self._ranks.known:
            self.ordered_at = self.now
            by = self._by_branches(by, parent_of)
        in_order = self._ranks.apply(self._all, lambda fresh: ordered(fresh, by))
        passed = None
        if self.filter is not None:
            passed = {process.pid for process in self._passed}
            kept = with_ancestors(self._passed, parent_of)
            in_order = [process for process in in_order if process.pid in kept]
        return Tree(shape(in_order, parent_of), self.folded, passed, ascii_only=self.ascii_only)

    def _by_branches(self, by: Sorting, parent_of: dict[int, int]) -> Sorting:
        """Return the order by what a process and all below it have together, where that can be added up."""

        def of_branch(column: Column) -> Column:
            if not column.adds:
                return column
            sums = totals(self._all, parent_of, column.value)
            return replace(column, value=lambda process: sums[process.pid])

        return replace(by, column=of_branch(by.column), then=of_branch(by.second))

    @property
    def everyone(self) -> Sequence[Process]:
        """The processes of the moment, whether they pass the filter or not."""
        return self._all

    @property
    def shown(self) -> Sequence[Process]:
        """The processes that pass the filter, in the order of the lines."""
        if isinstance(self._lines, groups.Groups):
            return [member for group in self._lines.groups for member in group.members]
        return self._lines.processes if isinstance(self._lines, Flat | Tree) else ()

    @property
    def passed(self) -> int:
        """How many processes pass the filter."""
        return len(self._passed)

    @property
    def lines(self) -> Lines:
        """The lines that the processes are arranged in."""
        return self._lines

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
        place_ = None if self.cursor.key is None else self._lines.place(self.cursor.key)
        return None if place_ is None else self._lines.line(place_)

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
        self.cursor.move(self._lines, rows)
        self._follow_selection()

    def edge(self, way: int) -> None:
        """Go to the top (-1) or the bottom (1)."""
        if len(self._lines):
            self.cursor.select(self._lines, 0 if way < 0 else len(self._lines) - 1)
            self._follow_selection()

    def scroll(self, rows: int) -> None:
        """Scroll without moving the selection."""
        self.cursor.scroll(self._lines, rows)

    def click(self, row: int, x: int = -1) -> None:
        """Select the line in a row of the body; on its mark, fold it or open it."""
        place_ = self.cursor.offset + row
        if row < 0 or place_ >= len(self._lines):
            return
        self.cursor.select(self._lines, place_)
        self._follow_selection()
        line = self._lines.line(place_)
        if line.fold and self._is_mark(line, x):
            self._set_fold(line, folded=line.fold == "open")

    def _is_mark(self, line: Line, x: int) -> bool:
        start = next((one.start for one in self.placed if one.column.name == "command"), None)
        return start is not None and 0 <= x - start - cells(line.stem) < 2

    def find(self, identity: Identity) -> bool:
        """Select a process by (pid, started at), if it is there; neither a filter nor a fold hides it."""
        found = next((one[:2] for one in self._all if same(one[:2], identity)), None)
        if found is None:
            return False
        if self.filter is not None and not any(one[:2] == found for one in self._passed):
            self.set_filter(None)
        if self._lines.place(found) is None and self._uncover(found):
            self._lines = self._arranged()
        place_ = self._lines.place(found)
        if place_ is not None:
            self.cursor.select(self._lines, place_)
            self._follow_selection()
        return place_ is not None

    def clear_selection(self) -> None:
        """Select nothing, and follow nothing."""
        self.cursor.key = self.following = None

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
        line = self.line
        if self.following is not None or line is None or drawing.is_group(line):
            self.following = None
        else:
            self.following = line.process[:2]
            self._arrange()

    def _follow_selection(self) -> None:
        """Follow another one: the user has gone to it."""
        if self.following is not None and self.cursor.key is not None and self.cursor.key != self.following:
            self.following = None

    def _keep_following(self) -> None:
        identity = self.following
        if identity is None or not any(process[:2] == identity for process in self._all):
            self.following = None
            return
        if self._lines.place(identity) is None and self._uncover(identity):
            self._lines = self._arranged()
        place_ = self._lines.place(identity)
        if place_ is not None:
            self.cursor.select(self._lines, place_)

    def _uncover(self, identity: Identity) -> bool:
        """Open what hides a process; return whether something did."""
        if isinstance(self._lines, Tree):
            hiding = set(self._lines.hidden_by(identity, self._parents or {}))
            self.folded -= hiding
            return bool(hiding)
        group = self._lines.of(identity) if isinstance(self._lines, groups.Groups) else None
        if group is not None:
            self.opened.add(group)
        return group is not None

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
        self.sorting = by
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
        self._ranks.forget()
        self.cursor.to_top()
        self._arrange()

    # Arrangement

    def set_view(self, view: str) -> None:
        """Arrange the processes as a list, as a tree, or in groups by something."""
        self.view = view
        self._ranks.forget()
        self._arrange()

    def toggle_tree(self) -> None:
        """Show the tree, or the list again."""
        self.set_view("list" if self.view == "tree" else "tree")

    def next_grouping(self) -> None:
        """Group by program, then by user, then by container, then not."""
        ways = [*groups.WAYS]
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
        parent = self._parent_of(line.key)
        place_ = None if parent is None else self._lines.place(parent)
        if place_ is not None:
            self.cursor.select(self._lines, place_)
            self._follow_selection()

    def _parent_of(self, key: Key) -> Key | None:
        """Return the line above a process: its parent in the tree, or its group."""
        if isinstance(self._lines, Tree):
            pid = (self._parents or {}).get(int(key[0]))
            return next((process[:2] for process in self._all if process.pid == pid), None)
        if isinstance(self._lines, groups.Groups) and isinstance(key[0], int):
            return self._lines.of(key)
        return None

    def _set_fold(self, line: Line, *, folded: bool) -> None:
        if isinstance(self._lines, Tree):
            self.folded = self.folded | {line.key} if folded else self.folded - {line.key}
        else:
            self.opened = self.opened - {line.key} if folded else self.opened | {line.key}
        self._refold()

    def fold_all(self) -> None:
        """Fold everything that is open; where all is folded, open everything."""
        if isinstance(self._lines, Tree):
            parents_ = {process[:2] for process in self._all if process.pid in self._lines.children}
            self.folded = set() if parents_ <= self.folded else set(parents_)
        elif isinstance(self._lines, groups.Groups):
            keys: set[Key] = {(self.view, group.label) for group in self._lines.groups}
            self.opened = set() if self.opened & keys else keys
        self._refold()

    def _refold(self) -> None:
        """Show what is folded and open now; a selection that is folded away goes to what stands for it."""
        before = self.cursor.key
        self._lines = self._arranged()
        while before is not None and self._lines.place(before) is None:
            before = self._parent_of(before)
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
        return drawing.titles(self.placed, self.sorting, width, ascii_only=ascii_only)

    def rows(self, width: int, height: int) -> list[Row]:
        """Return the rows that are seen, each of exactly so many cells."""
        self.cursor.height = max(1, height)
        self.cursor.clamp(self._lines)
        self.placed = place(self.columns, width)
        terms = self.terms
        self._drawer.begin(width, self.placed, terms, self.height)
        last = min(len(self._lines), self.offset + height)
        return [self._row(self._lines.line(at), width, terms) for at in range(self.offset, last)]

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
        last = min(len(self._lines), self.offset + self.height)
        keys = [self._lines.key(at) for at in range(self.offset, last)]
        return [key[0] for key in keys if isinstance(key[0], int)]

    @property
    def wanted(self) -> Wanted:
        """Which costly fields it shows of those on the screen, and which it needs of all."""
        shown = frozenset[str]().union(*(one.column.costs for one in self.placed))
        fields = frozenset[str]() if self.filter is None else self.filter.fields
        everywhere = self.sorting.costs | (fields & COSTLY) | groups.COSTS.get(self.view, frozenset())
        if "container" in fields:
            everywhere |= {"cgroup"}
        if self.view in groups.WAYS or (self.view == "tree" and self.folded):
            everywhere |= shown
        return Wanted(shown, everywhere)


def same(one: Identity, other: Identity) -> bool:
    """Whether two identities are one process: when it started is kept to a tenth of a second in some places."""
    return one[0] == other[0] and abs(one[1] - other[1]) < 1.0
