"""The CPU of each process over the last minute, in few cells: kept for those that used some, however many there are."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Sequence
from typing import Final

from tuimon.model.process import Process

CELLS: Final = 10
SECONDS: Final = 6
"""How long a cell is; all cells move at once, when the next one begins."""

Identity = tuple[int, float]
Cell = tuple[int, dict[Identity, float]]
"""Which stretch of time it is (epoch seconds / SECONDS), and the sums of the percentages seen in it."""


class Trend:
    """What was used in each of the last cells. A sample from before the newest one begins anew."""

    def __init__(self) -> None:
        self._cells: deque[Cell] = deque(maxlen=CELLS)
        self._samples: deque[int] = deque(maxlen=CELLS)
        self._newest = float("-inf")

    def note(self, processes: Iterable[Process], now: float) -> None:
        """Take the processes of a moment."""
        if now <= self._newest:
            if now == self._newest:
                return
            self._cells.clear()
            self._samples.clear()
        self._newest = now
        number = int(now // SECONDS)
        if not self._cells or self._cells[-1][0] != number:
            self._cells.append((number, {}))
            self._samples.append(0)
        self._samples[-1] += 1
        sums = self._cells[-1][1]
        for process in processes:
            if used := process.cpu_percent:
                identity = process[:2]
                sums[identity] = sums.get(identity, 0.0) + used

    def copy(self) -> Trend:
        """Return one that stays as this one is now."""
        other = Trend()
        other._cells.extend((number, dict(sums)) for number, sums in self._cells)
        other._samples.extend(self._samples)
        other._newest = self._newest
        return other

    def of(self, members: Collection[Process]) -> Sequence[float | None]:
        """Return what processes used together in each cell, the newest last; None before anything was seen of them."""
        identities = {member[:2] for member in members}
        since = min((member.started_at for member in members), default=0.0)
        newest = int(self._newest // SECONDS) if self._cells else 0
        found: list[float | None] = [None] * CELLS
        for (number, sums), samples in zip(self._cells, self._samples, strict=True):
            place = CELLS - 1 - (newest - number)
            if place >= 0 and (number + 1) * SECONDS > since:
                found[place] = _total(sums, identities) / samples
        return found

    def minute(self) -> dict[Identity, float]:
        """Return what each process used in all cells together: an order that moves slowly."""
        found: dict[Identity, float] = {}
        for (_, sums), samples in zip(self._cells, self._samples, strict=True):
            for identity, used in sums.items():
                found[identity] = found.get(identity, 0.0) + used / samples
        return found


def _total(sums: dict[Identity, float], identities: set[tuple[int, float]]) -> float:
    if len(identities) <= len(sums):
        return sum([sums.get(identity, 0.0) for identity in identities])
    return sum([used for identity, used in sums.items() if identity in identities])


def drawn(values: Sequence[float | None], blocks: str) -> str:
    """Return a trend in one row: full at one core, by square roots, so that the little that most use is seen too."""
    return "".join([" " if v is None else blocks[max(1, min(8, round(8 * (v / 100.0) ** 0.5)))] for v in values])
