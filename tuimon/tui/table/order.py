"""Processes in order: by one column, the equal ones by another; what is not known comes last, whichever way."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tuimon.model.process import Process
from tuimon.tui.table.columns import BY_NAME, Column


@dataclass(frozen=True, slots=True)
class Sorting:
    """What the rows are ordered by. `then`: the second key; None is the one that goes with the first."""

    column: Column
    descending: bool
    then: Column | None = None

    @property
    def second(self) -> Column:
        """The column that orders those that are equal in the first."""
        return self.then or BY_NAME[self.column.then]

    @property
    def costs(self) -> frozenset[str]:
        """The costly fields that it looks at."""
        return self.column.costs | self.second.costs


def sorting(column: Column, then: Column | None = None) -> Sorting:
    """Return the order that is meant when a column is chosen: biggest first where that is what one looks for."""
    return Sorting(column, column.descending, then)


def ordered(processes: Sequence[Process], by: Sorting) -> list[Process]:
    """Return processes in order; those that are equal in both keys stay in the order they were in."""
    rows = list(processes)
    if by.second is not by.column:
        rows = _by(rows, by.second, descending=by.second.descending)
    return _by(rows, by.column, descending=by.descending)


def _by(processes: list[Process], column: Column, *, descending: bool) -> list[Process]:
    value = column.value
    try:
        return sorted(processes, key=value, reverse=descending)
    except TypeError:  # some values are not known
        known = [process for process in processes if value(process) is not None]
        unknown = [process for process in processes if value(process) is None]
        return sorted(known, key=value, reverse=descending) + unknown


class Ranks:
    """The order of siblings, which stays from one sample to the next: who is new comes after those that are there."""

    def __init__(self) -> None:
        self._ranks: dict[tuple[int, float], int] = {}

    def forget(self) -> None:
        """Have the next processes put in order anew."""
        self._ranks = {}

    @property
    def known(self) -> bool:
        """Whether there is an order to stay in."""
        return bool(self._ranks)

    def apply(self, processes: Sequence[Process], fresh: Callable[[Sequence[Process]], list[Process]]) -> list[Process]:
        """Return processes in their order; `fresh` puts those in order that are new."""
        ranks = self._ranks
        old = [process for process in processes if process[:2] in ranks]
        old.sort(key=lambda process: ranks[process[:2]])
        if len(old) < len(processes):
            old += fresh([process for process in processes if process[:2] not in ranks])
        self._ranks = {process[:2]: rank for rank, process in enumerate(old)}
        return old
