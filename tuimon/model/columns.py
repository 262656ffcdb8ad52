"""The columns of the process table: what each is called in settings and dialogs, and which are shown at first."""

from __future__ import annotations

from typing import Final

from tuimon.model.process import ALIASES, DERIVED_HELP, PROCESS_HELP

TREND: Final = "trend"
"""The one column that is not a field of a process: its CPU over the last minute."""

FIELDS: Final = (
    "pid",
    "ppid",
    "user",
    "state",
    "cpu_percent",
    TREND,
    "memory_percent",
    "rss_bytes",
    "pss_bytes",
    "swap_bytes",
    "virtual_bytes",
    "threads",
    "open_files",
    "nice",
    "priority",
    "processor",
    "read_bytes_per_second",
    "write_bytes_per_second",
    "io_bytes_per_second",
    "minor_faults_per_second",
    "major_faults_per_second",
    "started_at",
    "cpu_seconds",
    "container",
    "cgroup",
    "name",
    "command",
)
"""Every column, in the order in which they are offered."""

_FIRST_SHORT: Final = {field: short for short, field in reversed(ALIASES.items())}
SHORT: Final[dict[str, str]] = {field: _FIRST_SHORT.get(field, field) if "_" in field else field for field in FIELDS}
"""Column -> the name by which it is offered and kept."""

DEFAULT: Final = (
    "pid", "user", "state", "cpu", "trend", "mem", "rss", "virt", "threads", "nice", "read", "write", "time", "command",
)  # fmt: skip
"""What is shown where nobody chose, as far as the terminal is wide enough."""

NARROWEST: Final = 1
WIDEST: Final = 500


def column_of(word: str) -> str:
    """Return the column of a name of it, whatever the case of its letters; '' where there is none."""
    name = word.strip().lower()
    field = ALIASES.get(name, name)
    return field if field in SHORT else ""


def about(field: str) -> str:
    """Return what a column shows, in a few words."""
    return _ABOUT.get(field) or (PROCESS_HELP | DERIVED_HELP)[field][1]


_ABOUT: Final = {
    TREND: "CPU of the last minute, 6 s a cell",
    "cpu_percent": "CPU time since the sample before, in percent",
    "memory_percent": "resident memory, in percent of the machine's",
    "state": "R running, S sleeping, D waiting for IO, Z zombie, T stopped",
    "cpu_seconds": "CPU time since it began",
    "pss_bytes": "memory, what is shared divided among the sharers",
}


def split_width(text: str) -> tuple[str, int | None]:
    """Return the name and the width in `user:12`, None where no width is given. Raises ValueError for a wrong width."""
    name, colon, width = text.partition(":")
    if not colon:
        return name, None
    number = int(width)
    if not NARROWEST <= number <= WIDEST:
        raise ValueError(width)
    return name, number
