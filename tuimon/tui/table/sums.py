"""Several processes as one: what adds up is added, what they have in common stays, the rest is left blank."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from tuimon.model.process import Process

ADDED: Final = (
    "cpu_percent",
    "cpu_seconds",
    "rss_bytes",
    "virtual_bytes",
    "memory_percent",
    "threads",
    "read_bytes_per_second",
    "write_bytes_per_second",
    "minor_faults_per_second",
    "major_faults_per_second",
    "pss_bytes",
    "swap_bytes",
    "open_files",
)
"""Fields that are summed: unknown only where all are."""

STATES: Final = "RDtTZSI"
"""The state of several is the first of these that one of them has: what one would want to know first."""
_ADDED: Final = tuple((name, Process._fields.index(name)) for name in ADDED)
_SHARED: Final = ("ppid", "user", "nice", "priority", "processor", "cgroup", "container", "started_at", "name")


def total(processes: Sequence[Process], index: int) -> Any:  # noqa: ANN401  what the field is: int or float
    """Return the sum of one field, None where it is known of none."""
    values = [process[index] for process in processes]
    try:
        return sum(values)
    except TypeError:
        known = [value for value in values if value is not None]
        return sum(known) if known else None


def summed(processes: Sequence[Process], head: Process) -> Process:
    """Return the sum of processes, with the identity of `head`."""
    if len(processes) == 1 and processes[0] is head:
        return head
    sums: dict[str, Any] = {name: total(processes, index) for name, index in _ADDED}
    states = {process.state for process in processes}
    state = next((state for state in STATES if state in states), head.state)
    return head._replace(state=state, denied=any(process.denied for process in processes), **sums)


def differing(processes: Sequence[Process]) -> frozenset[str]:
    """Return the fields that are not the same in all of some processes, and are not added either."""
    return frozenset(name for name in _SHARED if len({getattr(process, name) for process in processes}) > 1)
