"""Processes in groups: by program, by user, or by what they run in, each with its sums."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Final

from tuimon.model.process import Process
from tuimon.tui.table.columns import Column
from tuimon.tui.table.line import Key, Line
from tuimon.tui.table.order import Sorting
from tuimon.tui.table.sums import differing, summed, total

UNKNOWN: Final = "not known yet"


def program(process: Process) -> str:
    """Return what a process runs; threads of the kernel without what tells one from the next: `kworker`."""
    return process.name.partition("/")[0] if process.kernel else process.name


def user(process: Process) -> str:
    """Return whose it is."""
    return process.user


def container(process: Process) -> str:
    """Return the container, service or session that it runs in."""
    found = process.container
    return UNKNOWN if found is None else found


BY: Final[Mapping[str, Callable[[Process], str]]] = {"program": program, "user": user, "container": container}


class Group:
    """Processes that have one thing in common; what is added up is added up when somebody asks."""

    __slots__ = ("_blank", "_values", "_whole", "label", "members")

    def __init__(self, label: str, members: list[Process]) -> None:
        self.label = label
        self.members = members
        self._values: dict[str, Any] = {}
        self._whole: Process | None = None
        self._blank: frozenset[str] = frozenset()

    def whole(self) -> tuple[Process, frozenset[str]]:
        """Return the members as one process, and the fields that they do not have in common."""
        if self._whole is None:
            self._whole, self._blank = summed(self.members, self.members[0]), differing(self.members)
        return self._whole, self._blank

    def value(self, column: Column) -> Any:  # noqa: ANN401  what the column has: a number or a text
        """Return what the group is ordered by: a sum, or what its first member has; None is not known."""
        if column.name not in self._values:
            self._values[column.name] = self._value(column)
        return self._values[column.name]

    def _value(self, column: Column) -> Any:  # noqa: ANN401  as above
        if column.name in Process._fields and column.adds:
            return total(self.members, Process._fields.index(column.name))
        values = [value for member in self.members if (value := column.value(member)) is not None]
        if not values:
            return None
        return sum(values) if column.adds else max(values) if column.descending else min(values)


def grouped(processes: Sequence[Process], way: str) -> list[Group]:
    """Return processes in groups, in the order in which the first of each comes."""
    of = BY[way]
    found: dict[str, list[Process]] = {}
    for process in processes:
        found.setdefault(of(process), []).append(process)
    return [Group(label, members) for label, members in found.items()]


def ordered_groups(groups: Sequence[Group], by: Sorting) -> list[Group]:
    """Return groups in order of their sums; what is not known comes last."""
    rows = list(groups)
    for column, descending in ((by.second, by.second.descending), (by.column, by.descending)):
        known = [group for group in rows if group.value(column) is not None]
        unknown = [group for group in rows if group.value(column) is None]
        known.sort(key=lambda group: group.value(column), reverse=descending)
        rows = known + unknown
    return rows


class Groups:
    """A line for each group, and below an open one a line for each of its members."""

    def __init__(self, groups: Sequence[Group], way: str, opened: Collection[Key], *, ascii_only: bool = False) -> None:
        self.way = way
        self.groups = groups
        self._opened = opened
        self._stem = "  "
        self._rows: list[tuple[Group, Process | None]] = []
        for group in groups:
            self._rows.append((group, None))
            if (way, group.label) in opened:
                self._rows.extend([(group, member) for member in group.members])
        self._times = "x" if ascii_only else "×"

    def __len__(self) -> int:
        return len(self._rows)

    def key(self, place: int) -> Key:
        """Return what tells a line from the others."""
        group, member = self._rows[place]
        return (self.way, group.label) if member is None else member[:2]

    def line(self, place: int) -> Line:
        """Return a line: a group with its sums, or one of its members."""
        group, member = self._rows[place]
        if member is not None:
            return Line(member[:2], member, (member,), self._stem)
        key = (self.way, group.label)
        fold = "open" if key in self._opened else "folded"
        count = f"{self._times}{len(group.members)}"
        whole, blank = group.whole()
        return Line(key, whole, group.members, fold=fold, label=count, blank=blank)

    def place(self, key: Key) -> int | None:
        """Return where a group or a process is, None where it is not there or folded away."""
        return next((at for at in range(len(self._rows)) if self.key(at) == key), None)

    @property
    def shown(self) -> Sequence[Process]:
        """The members of all groups."""
        return [member for group in self.groups for member in group.members]

    def above(self, key: Key) -> Key | None:
        """Return the group that a process is in."""
        if isinstance(key[0], str):
            return None
        return next(
            ((self.way, group.label) for group in self.groups if any(one[:2] == key for one in group.members)), None
        )

    def foldable(self) -> set[Key]:
        """Return all groups."""
        return {(self.way, group.label) for group in self.groups}
