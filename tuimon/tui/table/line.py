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

    passed: int
    """How many processes pass the filter."""

    def __len__(self) -> int:
        """Return how many lines there are."""

    def line(self, place: int) -> Line:
        """Return one of them."""

    def key(self, place: int) -> Key:
        """Return what tells it from the others."""

    def place(self, key: Key) -> int | None:
        """Return where a line is, None where it is not there or folded away."""


class Flat:
    """A line for each process, in their order."""

    def __init__(self, processes: Sequence[Process]) -> None:
        self.processes = processes
        self.passed = len(processes)

    def __len__(self) -> int:
        return len(self.processes)

    def line(self, place: int) -> Line:
        """Return one of them."""
        process = self.processes[place]
        return Line(process[:2], process, (process,))

    def key(self, place: int) -> Key:
        """Return what tells it from the others."""
        return self.processes[place][:2]

    def place(self, key: Key) -> int | None:
        """Return where a process is."""
        pid, started_at = key
        return next(
            (at for at, one in enumerate(self.processes) if one[0] == pid and one[1] == started_at),
            None,
        )
