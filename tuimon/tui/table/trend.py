"""The CPU of each process over the last minute, in few cells: kept for those that used some, however many there are."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Final

from tuimon.model.process import Process

CELLS: Final = 10
SECONDS: Final = 6
"""How long a cell is; all cells move at once, when the next one begins."""
KEPT: Final = 3 * CELLS
"""So many are remembered: a look into the past and back does not cost what was seen before."""

Identity = tuple[int, float]


class Cell:
    """A stretch of time: which moments of it were seen, and the sums of the percentages in them."""

    __slots__ = ("sums", "times")

    def __init__(self) -> None:
        self.times: set[float] = set()
        self.sums: dict[Identity, float] = {}


class Trend:
    """What was used up to the moment that was seen last, of now or of the past."""

    def __init__(self) -> None:
        self._cells: dict[int, Cell] = {}  # by time / SECONDS
        self._at = 0.0

    def note(self, processes: Iterable[Process], now: float) -> None:
        """Take the processes of a moment; what was seen already counts once."""
        self._at = now
        number = int(now // SECONDS)
        cell = self._cells.get(number)
        if cell is None:
            cell = self._cells[number] = Cell()
            if len(self._cells) > KEPT:
                del self._cells[max(self._cells, key=lambda one: abs(one - number))]
        if now in cell.times:
            return
        cell.times.add(now)
        sums = cell.sums
        for process in processes:
            if used := process.cpu_percent:
                identity = process[:2]
                sums[identity] = sums.get(identity, 0.0) + used

    def copy(self) -> Trend:
        """Return one that stays as this one is now."""
        other = Trend()
        other._at = self._at
        for number, cell in self._cells.items():
            kept = other._cells[number] = Cell()
            kept.times, kept.sums = set(cell.times), dict(cell.sums)
        return other

    def of(self, members: Collection[Process]) -> Sequence[float | None]:
        """Return what processes used together in each cell, the newest last; None where nothing was seen of them."""
        identities = {member[:2] for member in members}
        since = min((member.started_at for member in members), default=0.0)
        newest = int(self._at // SECONDS)
        found: list[float | None] = []
        for number in range(newest - CELLS + 1, newest + 1):
            cell = self._cells.get(number)
            known = cell is not None and (number + 1) * SECONDS > since
            found.append(_total(cell.sums, identities) / len(cell.times) if cell is not None and known else None)
        return found

    def minute(self) -> dict[Identity, float]:
        """Return what each process used in all cells together: an order that moves slowly."""
        newest = int(self._at // SECONDS)
        found: dict[Identity, float] = {}
        for number in range(newest - CELLS + 1, newest + 1):
            if (cell := self._cells.get(number)) is not None:
                for identity, used in cell.sums.items():
                    found[identity] = found.get(identity, 0.0) + used / len(cell.times)
        return found


def _total(sums: dict[Identity, float], identities: set[tuple[int, float]]) -> float:
    if len(identities) <= len(sums):
        return sum([sums.get(identity, 0.0) for identity in identities])
    return sum([used for identity, used in sums.items() if identity in identities])


def drawn(values: Sequence[float | None], blocks: str) -> str:
    """Return a trend in one row: full at one core, by square roots, so that the little that most use is seen too."""
    return "".join([" " if v is None else blocks[max(1, min(8, round(8 * (v / 100.0) ** 0.5)))] for v in values])
