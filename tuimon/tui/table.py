"""The process table: order, filter, selection; formats only the rows that are seen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from tuimon.model.process import Process
from tuimon.model.units import compact_rate, compact_size, cpu_time, percent
from tuimon.tui.style import Row, cells, fit, right

if TYPE_CHECKING:
    from tuimon.filters import Filter

Identity = tuple[int, float]


@dataclass(frozen=True, slots=True)
class Column:
    """A column: title, width (0: what is left), how a cell reads, how rows are ordered by it, and when it gives way.

    `keep`: columns with the smallest number survive on narrow screens. `descending`: biggest first when chosen.
    """

    name: str
    title: str
    width: int
    text: Callable[[Process], str]
    order: Callable[[Process], Any]
    keep: int
    descending: bool = True
    left: bool = False


COLUMNS: Final[tuple[Column, ...]] = (
    Column("pid", "PID", 7, lambda p: str(p.pid), lambda p: p.pid, 1, descending=False),
    Column("user", "USER", 9, lambda p: p.user, lambda p: p.user, 4, descending=False, left=True),
    Column("state", "S", 1, lambda p: p.state, lambda p: p.state, 5, descending=False, left=True),
    Column("cpu_percent", "CPU%", 6, lambda p: percent(p.cpu_percent), lambda p: p.cpu_percent or 0, 1),
    Column("memory_percent", "MEM%", 5, lambda p: percent(p.memory_percent), lambda p: p.rss_bytes, 2),
    Column("rss_bytes", "RSS", 5, lambda p: compact_size(p.rss_bytes), lambda p: p.rss_bytes, 6),
    Column("virtual_bytes", "VIRT", 5, lambda p: compact_size(p.virtual_bytes), lambda p: p.virtual_bytes, 12),
    Column("threads", "THR", 4, lambda p: str(p.threads), lambda p: p.threads, 9),
    Column("nice", "NI", 3, lambda p: str(p.nice), lambda p: p.nice, 13, descending=False),
    Column(
        "read_bytes_per_second",
        "READ/s",
        6,
        lambda p: compact_rate(p.read_bytes_per_second),
        lambda p: p.read_bytes_per_second or 0,
        8,
    ),
    Column(
        "write_bytes_per_second",
        "WRITE/s",
        7,
        lambda p: compact_rate(p.write_bytes_per_second),
        lambda p: p.write_bytes_per_second or 0,
        8,
    ),
    Column("cpu_seconds", "TIME+", 10, lambda p: cpu_time(p.cpu_seconds), lambda p: p.cpu_seconds, 7),
    Column(
        "command",
        "COMMAND",
        0,
        lambda p: p.command or f"[{p.name}]",
        lambda p: p.name.lower(),
        0,
        descending=False,
        left=True,
    ),
)
BY_NAME: Final = {column.name: column for column in COLUMNS}


@dataclass(frozen=True, slots=True)
class Placed:
    """A column and the cells it takes: [start, start + width)."""

    column: Column
    start: int
    width: int


def place(width: int) -> tuple[Placed, ...]:
    """Return the columns that fit, in their order; the command takes what is left."""
    rarest = max(column.keep for column in COLUMNS)
    for keep in range(rarest, -1, -1):
        chosen = [column for column in COLUMNS if column.keep <= keep]
        least = sum(column.width + 1 for column in chosen) + (48 if width >= 100 else 34 if width >= 60 else 12)
        if least <= width or keep == 1:
            break
    placed = []
    start = 1
    for column in chosen:
        taken = column.width or max(0, width - start)
        placed.append(Placed(column, start, max(0, min(taken, width - start))))
        start += taken + 1
    return tuple(p for p in placed if p.start < width)


class Table:
    """What the user sees of the processes, and where the user is in it."""

    def __init__(self) -> None:
        self.sort = BY_NAME["cpu_percent"]
        self.descending = True
        self.filter: Filter | None = None
        self.now = 0.0
        self.selected: Identity | None = None
        self.tagged: set[Identity] = set()
        self.offset = 0
        self.height = 1
        self.placed: tuple[Placed, ...] = ()
        self._cursor = 0
        self._all: Sequence[Process] = ()
        self._shown: list[Process] = []
        self._drawn: dict[Identity, tuple[Process, Row]] = {}
        self._drawn_for: object = None

    @property
    def shown(self) -> Sequence[Process]:
        """The processes that pass the filter, in order."""
        return self._shown

    @property
    def everyone(self) -> Sequence[Process]:
        """The processes of the sample, whether they pass or not."""
        return self._all

    @property
    def words(self) -> str:
        """The filter's text, '' where there is none."""
        return "" if self.filter is None else self.filter.text

    def update(self, processes: Sequence[Process], now: float) -> None:
        """Take a new sample, of a moment; the selected process stays where it is on the screen, tags go with their processes."""
        self._all = processes
        self.now = now
        if self.tagged:
            self.tagged &= {p.identity for p in processes}
        self._arrange()

    def _arrange(self) -> None:
        passed = self._all if self.filter is None else self.filter.passing(self._all, self.now)
        self._shown = sorted(passed, key=self.sort.order, reverse=self.descending)
        place_ = self._place_of_selected()
        if place_ is not None:
            if self.offset <= self._cursor < self.offset + self.height:
                self.offset += place_ - self._cursor
            self._cursor = place_
        elif self.selected is not None:
            self.selected = None
        self._clamp()

    def _place_of_selected(self) -> int | None:
        if self.selected is None:
            return None
        pid, started = self.selected
        return next((i for i, p in enumerate(self._shown) if p.pid == pid and p.started_at == started), None)

    def _clamp(self) -> None:
        self.offset = max(0, min(self.offset, len(self._shown) - self.height))
        self._cursor = max(0, min(self._cursor, len(self._shown) - 1))

    def move(self, rows: int) -> None:
        """Move the selection by so many rows; the first move selects the row that is on top."""
        if not self._shown:
            return
        if self.selected is None and not self.offset <= self._cursor < self.offset + self.height:
            self._cursor = self.offset
        elif self.selected is not None:
            self._cursor += rows
        self._select(max(0, min(self._cursor, len(self._shown) - 1)))

    def _select(self, place_: int) -> None:
        self._cursor = place_
        chosen = self._shown[place_]
        self.selected = chosen.identity
        if place_ < self.offset:
            self.offset = place_
        elif place_ >= self.offset + self.height:
            self.offset = place_ - self.height + 1

    def tag(self) -> None:
        """Tag the selected process, or take its tag away, and go to the next one."""
        if self.selected is not None:
            self.tagged ^= {self.selected}
            self.move(1)

    @property
    def chosen(self) -> list[Process]:
        """The processes that something would be done to: all that are tagged, else the selected one."""
        wanted = self.tagged or ({self.selected} if self.selected is not None else ())
        return [p for p in self._all if p.identity in wanted]

    def scroll(self, rows: int) -> None:
        """Scroll without moving the selection."""
        self.offset += rows
        self._clamp()

    def edge(self, way: int) -> None:
        """Go to the top (-1) or the bottom (1)."""
        if self._shown:
            self._select(0 if way < 0 else len(self._shown) - 1)

    def click(self, row: int) -> None:
        """Select the process in a row of the body."""
        if 0 <= self.offset + row < len(self._shown):
            self._select(self.offset + row)

    def click_title(self, x: int) -> None:
        """Sort by the column whose title is there; by the same one again: reverse."""
        for placed in self.placed:
            if placed.start <= x < placed.start + placed.width:
                self.sort_by(placed.column)
                return

    def sort_by(self, column: Column) -> None:
        """Order by a column; by the same one again: reverse."""
        self.descending = not self.descending if column is self.sort else column.descending
        self.sort = column
        self._rearranged()

    def step_sort(self, way: int) -> None:
        """Order by the next (1) or the previous (-1) column that is seen."""
        columns = [placed.column for placed in self.placed] or list(COLUMNS)
        at = columns.index(self.sort) if self.sort in columns else 0
        self.sort = columns[(at + way) % len(columns)]
        self.descending = self.sort.descending
        self._rearranged()

    def reverse(self) -> None:
        """Turn the order round."""
        self.descending = not self.descending
        self._rearranged()

    def set_filter(self, chosen: Filter | None) -> None:
        """Show only processes that pass a filter, all for None."""
        self.filter = chosen
        self._rearranged()

    def _rearranged(self) -> None:
        if self.selected is None:
            self.offset = 0
            self._cursor = 0
        self._arrange()

    def find(self, identity: Identity) -> bool:
        """Select a process by (pid, started at), if it is shown; a filter does not hide it."""
        place_ = next((at for at, process in enumerate(self._shown) if same(process.identity, identity)), None)
        if place_ is None and self.words:
            self.set_filter(None)
            place_ = next((at for at, process in enumerate(self._shown) if same(process.identity, identity)), None)
        if place_ is None:
            return False
        self._select(place_)
        return True

    def clear_selection(self) -> None:
        """Select nothing."""
        self.selected = None

    def titles(self, width: int, *, ascii_only: bool = False) -> Row:
        """Return the row of column titles, the sorted one marked, in exactly so many cells."""
        self.placed = place(width)
        row: Row = [(" ", "column")]
        arrow = ("v" if self.descending else "^") if ascii_only else ("▼" if self.descending else "▲")
        for placed in self.placed:
            sorted_ = placed.column is self.sort
            text = placed.column.title + (arrow if sorted_ else "")
            shown = fit(text, placed.width) if placed.column.left else right(text, placed.width)
            row += [(shown, "column.sorted" if sorted_ else "column"), (" ", "column")]
        used = sum(cells(text) for text, _ in row)
        if used > width:
            row.pop()
            used -= 1
        return [*row, (" " * max(0, width - used), "column")]

    def rows(self, width: int, height: int) -> list[Row]:
        """Return the rows that are seen, each of exactly so many cells."""
        self.height = max(1, height)
        self._clamp()
        self.placed = place(width)
        key = (width, self.placed)
        if self._drawn_for != key:
            self._drawn, self._drawn_for = {}, key
        shown = self._shown[self.offset : self.offset + height]
        if not self.tagged:
            return [self._row(p, width) for p in shown]
        return [marked(self._row(p, width)) if p.identity in self.tagged else self._row(p, width) for p in shown]

    def _row(self, process: Process, width: int) -> Row:
        identity = process.identity
        if identity == self.selected:
            return [(self._plain(process, width), "select")]
        drawn = self._drawn.get(identity)
        if drawn is not None and drawn[0] is process:
            return drawn[1]
        row = self._format(process, width)
        if len(self._drawn) > 4 * self.height + 64:
            self._drawn.clear()
        self._drawn[identity] = (process, row)
        return row

    def _texts(self, process: Process) -> list[str]:
        return [
            fit(p.column.text(process), p.width) if p.column.left else right(p.column.text(process), p.width)
            for p in self.placed
        ]

    def _plain(self, process: Process, width: int) -> str:
        return fit(" " + " ".join(self._texts(process)), width)

    def _format(self, process: Process, width: int) -> Row:
        active = bool(process.cpu_percent)
        row: Row = []
        text, style = " ", "text" if active else "dim"
        for placed, cell in zip(self.placed, self._texts(process), strict=True):
            wanted = _style(placed.column.name, process, active=active)
            if wanted != style:
                row.append((text, style))
                text, style = "", wanted
            text += cell + " "
        row.append((text, style))
        used = sum(cells(part) for part, _ in row)
        if used > width:
            row[-1] = (row[-1][0][: width - used], row[-1][1])
        elif used < width:
            row.append((" " * (width - used), style))
        return row

    @property
    def visible(self) -> list[int]:
        """The pids that are on the screen."""
        return [p.pid for p in self._shown[self.offset : self.offset + self.height]]


def _style(column: str, process: Process, *, active: bool) -> str:
    if column == "cpu_percent" and active:
        return "cpu" if (process.cpu_percent or 0) >= 1 else "text"
    if column == "command":
        return "value" if active else "dim"
    return "text" if active else "dim"


def marked(row: Row) -> Row:
    """Return a row with the mark of a tag in its first cell."""
    (text, style), *rest = row
    return [("*", style if style == "select" else "tag"), (text[1:], style), *rest]


def same(one: Identity, other: Identity) -> bool:
    """Whether two identities are one process: when it started is kept to a tenth of a second in some places."""
    return one[0] == other[0] and abs(one[1] - other[1]) < 1.0
