"""How processes are put in lines: in which order, as a list, as a tree, or in groups; what is folded and what is open."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from tuimon.model.columns import TREND
from tuimon.model.process import Process
from tuimon.tui.table.columns import BY_NAME, Column
from tuimon.tui.table.line import Flat, Identity, Key, Line, Lines
from tuimon.tui.table.order import Ranks, Sorting, ordered, sorting

GROUPINGS: Final[dict[str, frozenset[str]]] = {
    "program": frozenset(),
    "user": frozenset(),
    "container": frozenset({"cgroup"}),
}
"""By what processes can be grouped -> the costly fields that are needed for it."""
VIEWS: Final = ("list", "tree", *GROUPINGS)
"""Each process a line; each below its parent; or groups by something."""
Minute = Callable[[], dict[Identity, float]]
"""Gives what each process used in the last minute."""


class Arrangement:
    """The choices, and the lines that follow from them. Nothing is computed again that did not change."""

    def __init__(self) -> None:
        self.sorting = sorting(BY_NAME["cpu_percent"])
        self.view = "list"
        self.ascii_only = False
        self.folded: set[Key] = set()  # of the tree, which is open at first
        self.opened: set[Key] = set()  # of groups, which are folded at first
        self.ordered_at = 0.0
        self.lines: Lines = Flat(())
        self._ranks = Ranks()
        self._all: Sequence[Process] = ()
        self._passed: Sequence[Process] = ()
        self._filtered = False
        self._now = 0.0
        self._parents: dict[int, int] | None = None

    def take(self, everyone: Sequence[Process], passed: Sequence[Process], now: float, *, filtered: bool) -> None:
        """Take the processes of a moment, and those of them that pass the filter."""
        if everyone is not self._all:
            self._parents = None
        self._all, self._passed, self._filtered, self._now = everyone, passed, filtered, now

    def arrange(self, minute: Minute) -> Lines:
        """Put the processes in lines."""
        by = self._measured(minute)
        if self.view == "tree":
            self.lines = self._tree(by)
        elif self.view == "list":
            self.lines = Flat(ordered(self._passed, by))
        else:
            self.lines = self._groups(by)
        return self.lines

    def forget_order(self) -> None:
        """Have the tree put in order anew."""
        self._ranks.forget()

    def set_view(self, view: str) -> None:
        """Arrange the processes otherwise."""
        self.view = view
        self._ranks.forget()

    # Order

    def _measured(self, minute: Minute) -> Sorting:
        """Return the order, with what is not in a process itself: its trend is by what it used in the last minute."""
        by = self.sorting
        if TREND not in {by.column.name, by.second.name}:
            return by
        used = minute()
        column = replace(BY_NAME[TREND], value=lambda process: used.get(process[:2], 0.0), adds=True)
        first, second = (column if one.name == TREND else one for one in (by.column, by.second))
        return replace(by, column=first, then=second)

    @property
    def parents(self) -> dict[int, int]:
        """Child -> parent by pid, worked out once for each sample."""
        if self._parents is None:
            from tuimon.tui.table.tree import parents  # noqa: PLC0415  the first paint is mostly a list

            self._parents = parents(self._all)
        return self._parents

    def _groups(self, by: Sorting) -> Lines:
        from tuimon.tui.table.groups import Groups, grouped, ordered_groups  # noqa: PLC0415  as above

        found = ordered_groups(grouped(ordered(self._passed, by), self.view), by)
        return Groups(found, self.view, self.opened, ascii_only=self.ascii_only)

    def _tree(self, by: Sorting) -> Lines:
        from tuimon.tui.table.tree import Tree, shape, with_ancestors  # noqa: PLC0415  as above

        if not self._ranks.known:
            self.ordered_at = self._now
            by = self._by_branches(by)
        in_order = self._ranks.apply(self._all, lambda fresh: ordered(fresh, by))
        passed = None
        if self._filtered:
            passed = {process.pid for process in self._passed}
            kept = with_ancestors(self._passed, self.parents)
            in_order = [process for process in in_order if process.pid in kept]
        grown = shape(in_order, self.parents)
        return Tree(grown, self.parents, self.folded, passed, ascii_only=self.ascii_only)

    def _by_branches(self, by: Sorting) -> Sorting:
        """Return the order by what a process and all below it have together, where that can be added up."""
        from tuimon.tui.table.tree import totals  # noqa: PLC0415  as above

        def of_branch(column: Column) -> Column:
            if not column.adds:
                return column
            sums = totals(self._all, self.parents, column.value)
            return replace(column, value=lambda process: sums[process.pid])

        return replace(by, column=of_branch(by.column), then=of_branch(by.second))

    # Folding

    def set_fold(self, line: Line, *, folded: bool) -> None:
        """Fold a line, or open it."""
        if self.view == "tree":
            self.folded = self.folded | {line.key} if folded else self.folded - {line.key}
        else:
            self.opened = self.opened - {line.key} if folded else self.opened | {line.key}

    def fold_all(self) -> None:
        """Fold everything that is open; where all is folded, open everything."""
        keys = self.lines.foldable()
        if self.view == "tree":
            self.folded = set() if keys <= self.folded else keys
        elif keys:
            self.opened = set() if self.opened & keys else keys

    def uncover(self, key: Key) -> None:
        """Open all that a process is folded away in."""
        above = self.lines.above(key)
        while above is not None:
            if self.view == "tree":
                self.folded = self.folded - {above}
            else:
                self.opened = self.opened | {above}
            above = self.lines.above(above)

    # What must be read for it

    @property
    def costs(self) -> frozenset[str]:
        """The costly fields that are needed of all processes."""
        return self.sorting.costs | GROUPINGS.get(self.view, frozenset())

    @property
    def sums_up(self) -> bool:
        """Whether lines can show the sums of several processes."""
        return self.view in GROUPINGS or (self.view == "tree" and bool(self.folded))
