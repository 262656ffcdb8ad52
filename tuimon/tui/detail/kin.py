"""Who a process comes from and who comes from it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from tuimon.model.process import Process


class Relative(NamedTuple):
    """A process of the family, how deep in it, and whether it is the one that is looked at."""

    process: Process
    depth: int
    own: bool


def family(identity: tuple[int, float], processes: Sequence[Process]) -> list[Relative]:
    """Return the ancestors from the first one down, the process itself, and its children in the order of their start."""
    by_pid = {process.pid: process for process in processes}
    own = by_pid.get(identity[0])
    if own is None or own.started_at != identity[1]:
        return []
    above: list[Process] = []
    at = by_pid.get(own.ppid)
    while at is not None and at not in above and at is not own:
        above.append(at)
        at = by_pid.get(at.ppid)
    found = [Relative(process, depth, own=False) for depth, process in enumerate(reversed(above))]
    found.append(Relative(own, len(above), own=True))
    children = sorted((p for p in processes if p.ppid == own.pid and p is not own), key=lambda p: (p.started_at, p.pid))
    return found + [Relative(process, len(above) + 1, own=False) for process in children]
