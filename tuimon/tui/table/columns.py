"""The columns of the process table: how its cells read, what it is ordered by, how wide each is, and which have room."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from operator import attrgetter, itemgetter
from typing import Any, Final

from tuimon.model.columns import DEFAULT, FIELDS, SHORT, TREND, column_of, split_width
from tuimon.model.process import COSTLY, Process
from tuimon.model.times import aware
from tuimon.model.units import UNKNOWN, compact_rate, compact_size, cpu_time

DENIED: Final = "denied"
"""What stands where a value may not be read."""
DENIABLE: Final = frozenset(
    {"pss_bytes", "open_files", "read_bytes_per_second", "write_bytes_per_second", "io_bytes_per_second"}
)
"""Columns whose values only a process's owner may read."""


@dataclass(frozen=True, slots=True)
class Terms:
    """How values are written.

    CPU percentages are divided by `cores`: 1 for those of one core. `day` is the day that is shown, so that a time of
    it needs no date.
    """

    cores: float = 1.0
    tz: tzinfo | None = None
    day: str = ""
    ascii_only: bool = False


@dataclass(frozen=True, slots=True)
class Column:
    """A column: title, width (0: what is left), how a cell reads, and when it gives way.

    `name` is the catalogue's. `value` is what rows are ordered by; None is not known. `keep`: columns with the smallest
    number survive on narrow screens. `descending`: biggest first when chosen. `adds`: it is summed over several
    processes. `then` orders those that are equal in it.
    """

    name: str
    title: str
    width: int
    text: Callable[[Process, Terms], str]
    keep: int
    value: Callable[[Process], Any]
    descending: bool = True
    left: bool = False
    adds: bool = False
    then: str = "cpu_percent"

    @property
    def short(self) -> str:
        """The name by which it is offered and kept."""
        return SHORT[self.name]

    @property
    def costs(self) -> frozenset[str]:
        """The costly fields that it is made of."""
        return frozenset({"cgroup"}) if self.name == "container" else frozenset({self.name}) & COSTLY


def _at(name: str) -> Callable[[Process], Any]:
    """Return what takes a field out of a process, in C."""
    return itemgetter(Process._fields.index(name)) if name in Process._fields else attrgetter(name)


def _known(write: Callable[[Any], str], name: str) -> Callable[[Process, Terms], str]:
    """Return a cell that says whether a value is not known or may not be."""
    value, deniable = _at(name), name in DENIABLE

    def text(process: Process, _: Terms) -> str:
        found = value(process)
        return write(found) if found is not None else DENIED if deniable and process.denied else UNKNOWN

    return text


def _plain(name: str) -> Callable[[Process, Terms], str]:
    value = _at(name)
    return lambda process, _: str(value(process))


def _whole(width: int) -> Callable[[Any], str]:
    """Return how a count is written in so many cells: `9999`, then `12k`."""
    return lambda number: text if len(text := str(number)) <= width else compact_rate(number)


def share(value: float | None, width: int = 6) -> str:
    """Return a percentage in so many cells: its decimal goes before a digit would."""
    if value is None:
        return UNKNOWN
    text = f"{value:.1f}"
    return text if len(text) <= width else f"{value:.0f}"


def _cpu(process: Process, terms: Terms) -> str:
    value = process.cpu_percent
    return UNKNOWN if value is None else share(value / terms.cores)


def started(process: Process, terms: Terms) -> str:
    """Return when a process was started: the time on the day that is shown, else the day, else the year."""
    then = aware(process.started_at, terms.tz)
    day = f"{then:%Y-%m-%d}"
    if day == terms.day:
        return f"{then:%H:%M:%S}"
    return day[5:] if day[:4] == terms.day[:4] else day[:4]


def used_time(process: Process, _: Terms) -> str:
    """Return CPU time as top(1) does; from a thousand days on, in whole ones."""
    text = cpu_time(process.cpu_seconds)
    return text if len(text) <= 10 else f"{process.cpu_seconds // 86400:.0f}d"


def command(process: Process, _: Terms) -> str:
    """Return the command line, the name in brackets where there is none."""
    return process.command or f"[{process.name}]"


def _size(name: str, title: str, keep: int, then: str = "cpu_percent") -> Column:
    return Column(name, title, 6, _known(compact_size, name), keep, _at(name), adds=True, then=then)


def _rate(name: str, title: str, width: int, keep: int) -> Column:
    return Column(name, title, width, _known(compact_rate, name), keep, _at(name), adds=True)


def _words(name: str, title: str, width: int, keep: int) -> Column:
    return Column(name, title, width, _known(str, name), keep, _at(name), descending=False, left=True)


def _number(name: str, title: str, width: int, keep: int) -> Column:
    return Column(name, title, width, _known(str, name), keep, _at(name), descending=False)


def _count(name: str, title: str, width: int, keep: int) -> Column:
    return Column(name, title, width, _known(_whole(width), name), keep, _at(name), adds=True)


def _no_text(_: Process, __: Terms) -> str:
    return ""  # drawn from what is remembered, not from one process


def _lower_name(process: Process) -> str:
    return process.name.lower()


_MADE: Final = (
    Column("pid", "PID", 7, _plain("pid"), 1, _at("pid"), descending=False),
    Column("ppid", "PPID", 7, _plain("ppid"), 14, _at("ppid"), descending=False, then="pid"),
    _words("user", "USER", 9, 4),
    Column("state", "S", 1, _plain("state"), 5, _at("state"), descending=False, left=True),
    Column("cpu_percent", "CPU%", 6, _cpu, 1, _at("cpu_percent"), adds=True, then="rss_bytes"),
    Column(TREND, "TREND", 10, _no_text, 7, _at("cpu_percent"), then="rss_bytes"),
    Column("memory_percent", "MEM%", 5, lambda p, _: share(p.memory_percent, 5), 2, _at("rss_bytes"), adds=True),
    _size("rss_bytes", "RSS", 6),
    _size("pss_bytes", "PSS", 6, "rss_bytes"),
    _size("swap_bytes", "SWAP", 6, "rss_bytes"),
    _size("virtual_bytes", "VIRT", 12, "rss_bytes"),
    _count("threads", "THR", 4, 10),
    _count("open_files", "FDS", 6, 6),
    _number("nice", "NI", 3, 13),
    _number("priority", "PRI", 4, 14),
    _number("processor", "CORE", 4, 14),
    _rate("read_bytes_per_second", "READ/s", 6, 9),
    _rate("write_bytes_per_second", "WRITE/s", 7, 9),
    _rate("io_bytes_per_second", "IO/s", 6, 9),
    _rate("minor_faults_per_second", "MINFLT/s", 8, 14),
    _rate("major_faults_per_second", "MAJFLT/s", 8, 14),
    Column("started_at", "STARTED", 8, started, 11, _at("started_at")),
    Column("cpu_seconds", "TIME+", 10, used_time, 8, _at("cpu_seconds"), adds=True),
    _words("container", "CONTAINER", 23, 6),
    _words("cgroup", "CGROUP", 32, 7),
    Column("name", "NAME", 15, _plain("name"), 7, _lower_name, descending=False, left=True),
    Column("command", "COMMAND", 0, command, 0, _lower_name, descending=False, left=True),
)
BY_NAME: Final = {column.name: column for column in _MADE}
COLUMNS: Final[tuple[Column, ...]] = tuple(BY_NAME[name] for name in FIELDS)


@dataclass(frozen=True, slots=True)
class Chosen:
    """A column that somebody wants to see, and how wide."""

    column: Column
    width: int

    def __str__(self) -> str:
        """Return it as the settings have it: `user:12`."""
        return self.column.short if self.width == self.column.width else f"{self.column.short}:{self.width}"


def chosen(words: tuple[str, ...] = DEFAULT) -> tuple[Chosen, ...]:
    """Return the columns of a setting, each once; those that are shown at first where there is none."""
    found: dict[str, Chosen] = {}
    for word in words or DEFAULT:
        name, width = split_width(word)
        column = BY_NAME[column_of(name)]
        found.setdefault(column.name, Chosen(column, column.width if width is None else width))
    return tuple(found.values())


# Which have room

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
