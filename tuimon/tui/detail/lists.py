"""The lists of a process: threads, files, sockets, environment, limits, family. Pure: rows of exactly so many cells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from tuimon.model.inspection import Limit, OpenFile, Socket, Thread, Variable
from tuimon.model.units import compact_size, cpu_time, percent, size
from tuimon.tui.detail.facts import state_words
from tuimon.tui.detail.kin import Relative
from tuimon.tui.style import Row, cells, fit, fit_end, padded, right, wrapped


class Cell(NamedTuple):
    """A column of a list: title, width (0: what is left), whether it stands on the right, and whether it holds paths."""

    title: str
    width: int
    right: bool = False
    path: bool = False


def table(columns: Sequence[Cell], lines: Sequence[Sequence[str]], width: int, styles: Sequence[str] = ()) -> list[Row]:
    """Return a list with its titles; columns without a width share what is left, and what does not fit is marked."""
    used = sum(column.width + 1 for column in columns if column.width)
    open_ones = sum(not column.width for column in columns) or 1
    rest = max(6, (width - used - open_ones + 1) // open_ones)
    widths = [column.width or rest for column in columns]
    titles = " ".join(_cell(c.title, w, c) for c, w in zip(columns, widths, strict=True))
    rows: list[Row] = [padded([(fit(titles, width), "column")], width, "column")]
    for number, line in enumerate(lines):
        text = " ".join(_cell(value, w, c) for value, c, w in zip(line, columns, widths, strict=True))
        rows.append([(fit(text, width), styles[number] if styles else "text")])
    return rows


def _cell(text: str, width: int, column: Cell) -> str:
    if column.right:
        return right(text, width)
    return fit_end(text, width) if column.path and text.startswith("/") else fit(text, width)


def thread_rows(threads: Sequence[Thread], shares: Mapping[int, float], width: int) -> list[Row]:
    """Return the threads, the busiest first; `shares` are percents of a core by thread, as far as they are known."""
    columns = [Cell("TID", 8, right=True), Cell("S", 1), Cell("CPU%", 6, right=True), Cell("TIME+", 10, right=True)]
    columns += [Cell("CORE", 4, right=True)] if width >= 50 else []
    columns.append(Cell("NAME", 0))
    order = sorted(threads, key=lambda one: (-shares.get(one.tid, 0.0), -one.cpu_seconds, one.tid))
    lines = []
    for one in order:
        core = [] if width < 50 else ["" if one.processor is None else str(one.processor)]
        lines.append(
            [str(one.tid), one.state, percent(shares.get(one.tid)), cpu_time(one.cpu_seconds), *core, one.name]
        )
    styles = ["bright" if shares.get(one.tid, 0.0) >= 1 else "text" for one in order]
    return table(columns, lines, width, styles)


def file_rows(files: Sequence[OpenFile], width: int) -> list[Row]:
    """Return the open descriptors by number."""
    columns = [Cell("FD", 5, right=True), Cell("KIND", 6), Cell("RW", 2)]
    columns += [Cell("AT", 6, right=True)] if width >= 50 else []
    columns.append(Cell("WHAT", 0, path=True))
    lines = []
    for one in files:
        at = [] if width < 50 else [compact_size(one.position) if one.position else ""]
        lines.append([str(one.fd) if one.fd >= 0 else "", one.kind, one.mode, *at, one.target])
    return table(columns, lines, width)


def socket_rows(sockets: Sequence[Socket], width: int) -> list[Row]:
    """Return the sockets by what they are for: those that listen first."""
    columns = [Cell("FD", 5, right=True), Cell("KIND", 11), Cell("STATE", 11)] if width >= 60 else [Cell("KIND", 5)]
    columns += [Cell("RECV", 5, right=True), Cell("SEND", 5, right=True)] if width >= 90 else []
    columns += [Cell("LOCAL", 0), Cell("REMOTE", 0)]
    lines = []
    for one in sorted(sockets, key=lambda one: (one.state != "listen", one.protocol, one.fd)):
        start = [str(one.fd) if one.fd >= 0 else "", one.protocol, one.state] if width >= 60 else [one.protocol]
        waiting = [compact_size(n) if n is not None else "" for n in (one.receive_bytes, one.send_bytes)]
        lines.append(
            [*start, *(waiting if width >= 90 else []), one.local, one.remote or (one.state if width < 60 else "")]
        )
    return table(columns, lines, width)


def variable_rows(variables: Sequence[Variable], width: int) -> list[Row]:
    """Return the environment; long values go on in the next lines."""
    name = min(max((cells(one.name) for one in variables), default=8), max(10, width // 3))
    rows: list[Row] = [padded([(fit(f"{fit('NAME', name)} VALUE", width), "column")], width, "column")]
    for one in variables:
        for i, line in enumerate(wrapped(one.value, max(8, width - name - 1))):
            masked = one.value == "***"
            row: Row = [(fit(one.name if i == 0 else "", name) + " ", "label"), (line, "dim" if masked else "text")]
            rows.append(padded(row, width))
    return rows


def limit_rows(limits: Sequence[Limit], used: Mapping[str, int], width: int) -> list[Row]:
    """Return the resource limits, beside what is used of them as far as that is known."""
    columns = [
        Cell("LIMIT", 18),
        Cell("USED", 9, right=True),
        Cell("SOFT", 10, right=True),
        Cell("HARD", 10, right=True),
    ]
    columns = [Cell("LIMIT", 0), *columns[1:3]] if width < 52 else [*columns, Cell("", 0)]
    lines = []
    for one in limits:
        values = [
            amount(used.get(one.name), one.unit, known=one.name in used),
            amount(one.soft, one.unit),
            amount(one.hard, one.unit),
        ]
        lines.append(
            [one.name, *values[:2]] if width < 52 else [one.name, *values, "" if one.unit == "bytes" else one.unit]
        )
    return table(columns, lines, width)


def amount(value: int | None, unit: str, *, known: bool = True) -> str:
    """Return a limit as people read it."""
    if not known:
        return ""
    if value is None:
        return "unlimited"
    return size(value) if unit == "bytes" else str(value)


def family_rows(relatives: Sequence[Relative], at: int, width: int, *, ascii_only: bool) -> list[Row]:
    """Return the family as a tree; `at` is the row that Enter goes to."""
    columns = [
        Cell("PID", 8, right=True),
        *([Cell("USER", 9)] if width >= 60 else []),
        Cell("S", 1 if width < 100 else 16),
    ]
    columns += [Cell("CPU%", 6, right=True), Cell("RSS", 6, right=True), Cell("COMMAND", 0)]
    lines, styles = [], []
    for number, (process, depth, own) in enumerate(relatives):
        user = [process.user] if width >= 60 else []
        state = state_words(process.state) if width >= 100 else process.state
        branch = "  " * min(depth, 12) + (("> " if ascii_only else "▶ ") if own else "")
        words = process.command or f"[{process.name}]"
        lines.append(
            [
                str(process.pid),
                *user,
                state,
                percent(process.cpu_percent),
                compact_size(process.rss_bytes),
                branch + words,
            ]
        )
        styles.append("select" if number == at else "bright" if own else "text")
    return table(columns, lines, width, styles)


TITLES: Final = 1
"""Rows of titles that a list begins with, and that do not scroll away."""
