"""What to think of before something is done to a process: pure, from the processes of a sample."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tuimon.model.action import Target
from tuimon.model.process import Process


@dataclass(frozen=True, slots=True)
class Own:
    """Which processes are tuimon's own: this one, and the recorder of the history if it is another one."""

    pid: int | None = None
    recorder: int | None = None


def caution(wanted: Target, processes: Sequence[Process], own: Own) -> str:
    """Return what is special about a process, '' where nothing is."""
    if wanted.pid == own.pid:
        return "this is the tuimon that you look at"
    if wanted.pid == own.recorder:
        return "it records this machine's history"
    if wanted.pid == 1:
        return "pid 1: the system, or this container, ends with it"
    if wanted.kernel:
        return "a thread of the kernel: it takes no signals, and the machine needs it"
    if own.pid is not None and wanted.pid in ancestors(own.pid, processes):
        return "tuimon runs under it: your session may end with it"
    if any(p.identity == wanted.identity and p.state == "Z" for p in processes):
        return "a zombie: it has ended already, and waits for its parent to take notice"
    return ""


def ancestors(pid: int, processes: Sequence[Process]) -> list[int]:
    """Return the pids above a process, its parent first."""
    parents = {process.pid: process.ppid for process in processes}
    found: list[int] = []
    at = parents.get(pid, 0)
    while at and at not in found:
        found.append(at)
        at = parents.get(at, 0)
    return found
