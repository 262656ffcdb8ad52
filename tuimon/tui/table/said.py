"""What the table's title says of it: how many, what stands still, what it is ordered by, what CPU is measured in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from tuimon.model.process import COSTLY
from tuimon.model.times import aware
from tuimon.tui.style import Row, cells, fit, row_width
from tuimon.tui.table.arrangement import GROUPINGS
from tuimon.tui.table.table import Table
from tuimon.tui.view import View

SLICED: Final = frozenset({"read_bytes_per_second", "write_bytes_per_second", "io_bytes_per_second"})
"""Columns whose values are read of a part of all processes in each sample."""
LONGEST_FILTER: Final = 30
PLURALS: Final = {"program": "programs", "user": "users", "container": "containers and services"}
FROZEN: Final = 1
"""The rank of what must be said however small the screen: that what is shown is not of now."""


@dataclass(frozen=True, slots=True)
class Part:
    """Something to say. Parts are shown in their order; those with the smallest `rank` when not all have room."""

    rank: int
    row: Row
    short: str = ""


def parts(table: Table, view: View) -> list[Part]:
    """Return what there is to say, in the order in which it reads well."""
    found = [_count(table, view)]
    if table.frozen_at is not None:
        stamp = f"{aware(table.frozen_at, table.tz):%H:%M:%S}"
        found.append(Part(FROZEN, [(f" FROZEN {stamp} ", "select.bright")], f"FROZEN {stamp}"))
    if table.following is not None:
        found.append(Part(2, [(f"following {table.following[0]}", "bright")], f"follows {table.following[0]}"))
    if table.ended is not None:
        found.append(Part(2, [(f"{table.ended[0]} has ended", "bright")], f"{table.ended[0]} ended"))
    if table.tagged:
        found.append(Part(3, [(f"{len(table.tagged)} tagged", "tag")], f"{len(table.tagged)} tagged"))
    found += _arrangement(table)
    found += _order(table)
    if (running := view.snapshot.system.running) is not None:
        found.append(Part(9, [(f"{running} running", "label")]))
    cores = max(1, table.cores)
    word = f"cpu of {cores} cores" if table.by_machine else "cpu of one core"
    found.append(Part(6, [(word, "label")], "machine %" if table.by_machine else "core %"))
    if table.words:
        words = fit(table.words, min(LONGEST_FILTER, cells(table.words)))
        found.append(Part(5, [("filter: ", "label"), (words, "bright")]))
    if table.hidden:
        found.append(Part(10, [(f"{table.hidden} more columns", "label")]))
    if fault := view.fault("processes"):
        found.append(Part(0, [(f"! {fault}", "warning")], "! fault"))
    return found


def _count(table: Table, view: View) -> Part:
    total = len(table.everyone)
    all_ = view.snapshot.system.processes or "…"
    if (view.past is not None or view.replayed) and table.frozen_at is None:
        stamp = f"{aware(view.snapshot.time, view.tz):%H:%M:%S}"
        said: Row = [(f"{table.passed}", "value"), (f" recorded of {all_} at {stamp}", "label")]
        return Part(4, said, f"{table.passed} recorded of {all_}")
    if table.filter is not None:
        return Part(4, [(f"{table.passed} shown of {total}", "value")], f"{table.passed} of {total}")
    return Part(4, [(f"{total}", "value"), (" processes", "label")], f"{total} of {total}")


def _arrangement(table: Table) -> list[Part]:
    if table.view == "tree":
        stamp = f"{aware(table.arranged.ordered_at, table.tz):%H:%M:%S}"
        return [Part(5, [("tree", "bright"), (f" in the order of {stamp}", "label")], "tree")]
    if table.view in GROUPINGS:
        count = len(table.lines.foldable())
        return [Part(5, [(f"{count} {PLURALS[table.view]}", "bright")], f"{count} {table.view}s")]
    return []


def _order(table: Table) -> list[Part]:
    """Say what the order is where that is not plain: a column that is not seen, values that are not of this sample."""
    column = table.sort
    late = ""
    if column.name in SLICED:
        late = " as last read, within 5 s"
    elif column.costs & COSTLY:
        late = " as last read"
    if not late and any(one.column.name == column.name for one in table.placed):
        return []
    return [Part(7, [(f"by {column.title}{late}", "label")], f"by {column.title}{'~' if late else ''}")]


def figure(table: Table, view: View, room: int) -> Row:
    """Return what is said in a row of at most so many cells, parts between dots."""
    said = parts(table, view)
    kept: list[Part] = []
    for part in sorted(said, key=lambda one: one.rank):
        if _width([*kept, part]) <= room:
            kept.append(part)
    row: Row = []
    for part in said:
        if part in kept:
            row += [(" · ", "label"), *part.row] if row else part.row
    return row


def _width(kept: list[Part]) -> int:
    return sum(row_width(part.row) for part in kept) + 3 * (len(kept) - 1)


def brief(table: Table, view: View, room: int) -> Row:
    """Return the same in a few words, for the end of the row of titles; what does not fit is left out."""
    said = [part for part in parts(table, view) if part.short]
    kept: list[Part] = []
    for part in sorted(said, key=lambda one: one.rank):
        if sum(cells(one.short) + 3 for one in [*kept, part]) - 2 <= room:
            kept.append(part)
    if table.frozen_at is not None and not any(part.rank == FROZEN for part in kept):
        kept = said = [Part(FROZEN, [], "FROZEN")]
    row: Row = []
    for part in said:
        if part in kept:
            style = "column.sorted" if part.rank < 4 else "column"
            row += [(" · ", "column"), (part.short, style)] if row else [(part.short, style)]
    return [*row, (" ", "column")] if row else []
