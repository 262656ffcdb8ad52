"""Memory as the kernel counts it, and swap."""

from __future__ import annotations

from tuimon.model.metric import SeriesKey
from tuimon.model.snapshot import Snapshot
from tuimon.model.units import percent, rate, size
from tuimon.tui.box import box, labelled, whole
from tuimon.tui.braille import area, bar
from tuimon.tui.style import Row, row_width
from tuimon.tui.view import FAULTS, View, mark

USED = SeriesKey("memory", "", "used_percent")
LIMIT = SeriesKey("memory", "", "limit_used_percent")


def present(snapshot: Snapshot) -> bool:
    """Whether there is anything to show."""
    return snapshot.memory.total_bytes is not None or any(
        fault.collector in FAULTS["memory"] for fault in snapshot.faults
    )


def draw(view: View, width: int, height: int) -> list[Row]:
    """Return the panel."""
    memory, inner = view.snapshot.memory, width - 4
    body: list[Row] = []
    if height >= 5:
        body.append([(" ", ""), *parts(view, inner)])
    swap = [_swap(view, inner)] if height >= 5 else []
    extra = [_more(view, inner)] if height >= 14 else []
    if height >= 5 and memory.limit_bytes is not None:
        extra.append(_limit(view, inner))
    rows = height - 2 - len(body) - len(swap) - len(extra)
    if rows > 0:
        values = view.column(USED, 2 * inner)
        chart = area(
            values, inner, rows, 100, "memory", half=view.half, cursor=view.cursor(inner), ascii_only=view.ascii_only
        )
        body.extend([[(" ", ""), *row] for row in chart])
    body.extend([[(" ", ""), *row] for row in (*extra, *swap)])
    figure: Row = [
        *mark(view.alert("memory"), ascii_only=view.ascii_only),
        (f"{percent(memory.used_percent):>5} %", "memory"),
    ]
    if width >= 50:
        figure += [(" · avail ", "label"), (size(memory.available_bytes), "value")]
    focus = view.focus == "memory"
    return box([("Memory", "title")], figure, body, width, height, focus=focus, ascii_only=view.ascii_only)


def parts(view: View, width: int) -> Row:
    """Return what memory is used for."""
    memory = view.snapshot.memory
    if fault := view.fault("memory"):
        return [(f"! {fault}", "warning")]
    pairs = [
        ("used", size(memory.used_bytes)),
        ("cache", size(memory.cached_bytes)),
        ("buffers", size(memory.buffers_bytes)),
        ("free", size(memory.free_bytes)),
    ]
    total: Row = [("  of ", "label"), (size(memory.total_bytes), "value")]
    row = labelled(pairs, width - row_width(total), "  ")
    return [*row, *total]


def _more(view: View, width: int) -> Row:
    memory = view.snapshot.memory
    pairs = [
        ("available", size(memory.available_bytes)),
        ("shared", size(memory.shared_bytes)),
        ("dirty", size(memory.dirty_bytes)),
    ]
    if memory.arc_bytes is not None:
        pairs.insert(1, ("ZFS cache", size(memory.arc_bytes)))
    return labelled(pairs, width, "  ")


def _limit(view: View, width: int) -> Row:
    """Return the limit of the cgroup that tuimon runs in: under it less is to be had than the machine has."""
    memory = view.snapshot.memory
    parts: list[Row] = [
        [("limit ", "label"), (size(memory.limit_bytes), "value")],
        [("  used ", "label"), (size(memory.limit_used_bytes), "value")],
        [(f"{percent(memory.limit_used_percent, 0):>5} %", "value")],
    ]
    return whole(parts, width)


def _swap(view: View, width: int) -> Row:
    swap = view.snapshot.swap
    if not swap.total_bytes:
        return [("no swap" if swap.total_bytes == 0 else "swap …", "label")]
    share = None if swap.used_percent is None else swap.used_percent / 100
    full, empty = bar(share, 12 if width >= 40 else 8, ascii_only=view.ascii_only)
    row: Row = [
        ("swap ", "label"),
        (f"{size(swap.used_bytes)} of {size(swap.total_bytes)} ", "value"),
        (full, "memory"),
        (empty, "faint"),
    ]
    if width >= row_width(row) + 28:
        row += [("  in ", "label"), (f"{rate(swap.in_bytes_per_second):>9}", "value")]
        row += [("  out ", "label"), (f"{rate(swap.out_bytes_per_second):>9}", "value")]
    return row
