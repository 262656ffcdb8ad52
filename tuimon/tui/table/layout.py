"""Which columns fit into a width, and where each of them stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from tuimon.tui.table.columns import Chosen, Column

ESSENTIAL: Final = 1
"""Columns with this `keep` or less stay whatever the width."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A column and the cells it takes: [start, start + width)."""

    column: Column
    start: int
    width: int


def reserve(width: int) -> int:
    """Return how many cells the column that takes what is left should have, before others may stand beside it."""
    return 36 if width >= 100 else 34 if width >= 60 else 12


def place(columns: Sequence[Chosen], width: int) -> tuple[Placed, ...]:
    """Return those of the columns that fit, in their order. One without a width takes what is left.

    The widths depend on nothing but the columns and the room: no value makes them jump.
    """
    kept = _that_fit(columns, width)
    fixed = sum(max(one.width, 1) + 1 for one in kept if one.width)
    left = max(1, width - 1 - fixed)
    placed: list[Placed] = []
    start = 1
    for one in kept:
        taken = min(one.width or left, width - start)
        if taken <= 0:
            break
        placed.append(Placed(one.column, start, taken))
        start += taken + 1
    return tuple(placed)


def _that_fit(columns: Sequence[Chosen], width: int) -> list[Chosen]:
    kept = list(columns)
    for least in sorted({one.column.keep for one in columns}, reverse=True):
        need = 1 + sum((one.width or reserve(width)) + 1 for one in kept) - 1
        if need <= width or least <= ESSENTIAL:
            break
        kept = [one for one in kept if one.column.keep < least]
    return kept
