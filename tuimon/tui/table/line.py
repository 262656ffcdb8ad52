"""One line of the table, and what every arrangement of lines can be asked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from tuimon.model.process import Process

Identity = tuple[int, float]
"""A process: its pid and when it was started."""
Key = tuple[int | str, float | str]
"""What tells a line from all others: a process's identity, or how its processes are grouped and by what."""
NO_FIELDS: frozenset[str] = frozenset()


class Line(NamedTuple):
    """A process, or several in one line: a folded part of the tree, or a group.

    `process` is what the cells show: the sums where there are `members` beyond one. `fold` is "open" or "folded" where
    something can be folded away, else "". `stem` are the lines of the tree before the command. `context`: it does not
    pass the filter, and is shown for those below it. `blank` are fields that its members do not have in common.
    """

    key: Key
    process: Process
    members: Sequence[Process]
    stem: str = ""
    fold: str = ""
    context: bool = False
    label: str = ""
    blank: frozenset[str] = NO_FIELDS


class Lines(Protocol):
    """An arrangement of processes in lines. A line is only made when it is seen."""

    @property
    def shown(self) -> Sequence[Process]:
        """The processes that pass the filter, in the order of the lines; of a tree also who leads to them."""

    def __len__(self) -> int:
        """Return how many lines there are."""

    def line(self, place: int) -> Line:
        """Return one of them."""

    def key(self, place: int) -> Key:
        """Return what tells it from the others."""

    def place(self, key: Key) -> int | None:
        """Return where a line is, None where it is not there or folded away."""

    def above(self, key: Key) -> Key | None:
        """Return the line that a line can be folded into, None where there is none."""

    def foldable(self) -> set[Key]:
        """Return all lines that can be folded or opened."""


class Flat:
    """A line for each process, in their order."""

    def __init__(self, processes: Sequence[Process]) -> None:
        self.shown = processes

    def __len__(self) -> int:
        return len(self.shown)

    def line(self, place: int) -> Line:
        """Return one of them."""
        process = self.shown[place]
        return Line(process[:2], process, (process,))

    def key(self, place: int) -> Key:
        """Return what tells it from the others."""
        return self.shown[place][:2]

    def place(self, key: Key) -> int | None:
        """Return where a process is."""
        pid, started_at = key
        return next(
            (at for at, one in enumerate(self.shown) if one[0] == pid and one[1] == started_at),
            None,
        )

    def above(self, key: Key) -> None:
        """Return nothing: nothing can be folded."""

    def foldable(self) -> set[Key]:
        """Return nothing."""
        return set()
