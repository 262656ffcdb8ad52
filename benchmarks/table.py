"""The benchmarks' table as text."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.row import Row

HEADINGS = ("what", "measured", "bar", "stretch", "", "peers, notes")


def number(value: float | None) -> str:
    """Return a figure with three digits that count."""
    if value is None:
        return ""
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    return f"{value:,.{digits}f}"


def limit(value: float | None) -> str:
    """Return an upper limit."""
    return "" if value is None else f"<= {number(value)}"


def cells(row: Row) -> tuple[str, ...]:
    """Return one line of the table, a string a column."""
    return (
        row.name,
        f"{number(row.value)} {row.unit}",
        limit(row.bar),
        limit(row.stretch),
        row.verdict,
        "; ".join(part for part in (row.peer, row.note) if part),
    )


def table(rows: Sequence[Row]) -> str:
    """Return the rows as a table that is Markdown and reads well as it is."""
    lines = [HEADINGS, *(cells(row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADINGS))]
    rule = ["-" * max(width, 1) for width in widths]
    return "\n".join(
        "| " + " | ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)) + " |"
        for line in (lines[0], tuple(rule), *lines[1:])
    )
