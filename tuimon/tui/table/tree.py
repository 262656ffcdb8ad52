"""Processes as a tree: each below its parent, in an order that stays while values move.

A parent is who has the pid and was there before its child; whose parent is not there stands at the left. Whatever
the pids say, every process is in the tree exactly once: where they go round in a circle, it is cut.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from tuimon.model.process import Process
from tuimon.tui.table.line import Key, Line
from tuimon.tui.table.sums import summed

Children = dict[int, list[Process]]
"""Pid of a parent -> its children, in their order."""
SLACK: Final = 1.0
"""Seconds by which a parent may seem younger than its child: start times are rounded, and come from two clocks."""
UNICODE: Final = ("├─", "└─", "│ ", "  ")
ASCII: Final = ("|-", "`-", "| ", "  ")


class Shape(NamedTuple):
    """Who is below whom, in the order given. `roots` have no parent here."""

    roots: list[Process]
    children: Children


def parents(processes: Iterable[Process]) -> dict[int, int]:
    """Return child -> parent by pid, for those whose parent is there; no circles."""
    by_pid = {process.pid: process for process in processes}
    found = {}
    for pid, process in by_pid.items():
        parent = by_pid.get(process.ppid)
        if parent is not None and parent.pid != pid and parent.started_at <= process.started_at + SLACK:
            found[pid] = parent.pid
    return _without_circles(found)


def _without_circles(found: dict[int, int]) -> dict[int, int]:
    sound: set[int] = set()
    for pid in list(found):
        path: dict[int, None] = {}
        at = pid
        while at in found and at not in sound:
            if at in path:
                del found[at]
                break
            path[at] = None
            at = found[at]
        sound.update(path)
    return found


def shape(processes: Sequence[Process], parent_of: Mapping[int, int]) -> Shape:
    """Return the tree of processes, siblings in the order in which they are given."""
    roots: list[Process] = []
    children: Children = {}
    here = {process.pid for process in processes}
    for process in processes:
        parent = parent_of.get(process.pid)
        if parent is None or parent not in here:
            roots.append(process)
        else:
            children.setdefault(parent, []).append(process)
    return Shape(roots, children)


def with_ancestors(passed: Iterable[Process], parent_of: Mapping[int, int]) -> set[int]:
    """Return the pids of some processes and of all that are above them."""
    kept: set[int] = set()
    for process in passed:
        at: int | None = process.pid
        while at is not None and at not in kept:
            kept.add(at)
            at = parent_of.get(at)
    return kept


def below(process: Process, children: Children) -> list[Process]:
    """Return a process and all below it."""
    found = [process]
    for one in found:  # grows while it is gone through
        found.extend(children.get(one.pid, ()))
    return found


def totals(
    processes: Sequence[Process], parent_of: Mapping[int, int], value: Callable[[Process], float | None]
) -> dict[int, float]:
    """Return pid -> the sum of a value over a process and all below it; what is not known adds nothing."""
    sums = {process.pid: value(process) or 0.0 for process in processes}
    waiting = dict.fromkeys(sums, 0)
    for pid in sums:
        parent = parent_of.get(pid)
        if parent in waiting:
            waiting[parent] += 1
    ready = [pid for pid, count in waiting.items() if not count]
    for pid in ready:  # grows while it is gone through: a parent after the last of its children
        parent = parent_of.get(pid)
        if parent in waiting:
            sums[parent] += sums[pid]
            waiting[parent] -= 1
            if not waiting[parent]:
                ready.append(parent)
    return sums


class Tree:
    """The lines of a tree, those below a folded one left out.

    `passed` are the pids that pass the filter, None where there is none: the others are there for whom they lead to.
    """

    def __init__(
        self,
        grown: Shape,
        parent_of: Mapping[int, int],
        folded: Collection[Key],
        passed: set[int] | None = None,
        *,
        ascii_only: bool = False,
    ) -> None:
        self.children = grown.children
        self.shown: list[Process] = []
        self._parents = parent_of
        self._passed = passed
        self._folded = folded
        self._marks = ASCII if ascii_only else UNICODE
        self._stems: list[str] = []
        self._all = [*grown.roots, *(child for children in grown.children.values() for child in children)]
        self._lay_out(grown.roots)

    def _lay_out(self, roots: list[Process]) -> None:
        tee, corner, pipe, blank = self._marks
        children, folded = self.children, self._folded
        processes, stems = self.shown, self._stems
        waiting = [(root, "", "") for root in reversed(roots)]
        while waiting:
            process, stem, guide = waiting.pop()
            processes.append(process)
            stems.append(stem)
            under = children.get(process[0])
            if under is None or (folded and process[:2] in folded):
                continue
            waiting.append((under[-1], guide + corner, guide + blank))
            between, onward = guide + tee, guide + pipe
            waiting.extend([(child, between, onward) for child in reversed(under[:-1])])

    def __len__(self) -> int:
        return len(self.shown)

    def key(self, place: int) -> Key:
        """Return what tells a line from the others."""
        return self.shown[place][:2]

    def line(self, place: int) -> Line:
        """Return a line; a folded one shows the sums of all below it that pass the filter."""
        process = self.shown[place]
        identity = process[:2]
        context = self._passed is not None and process.pid not in self._passed
        if process.pid not in self.children:
            return Line(identity, process, (process,), self._stems[place], context=context)
        if identity not in self._folded:
            return Line(identity, process, (process,), self._stems[place], "open", context=context)
        whole = below(process, self.children)
        members = whole if self._passed is None else [one for one in whole if one.pid in self._passed]
        label = f"+{len(whole) - 1}"
        return Line(identity, summed(members, process), members, self._stems[place], "folded", context, label)

    def place(self, key: Key) -> int | None:
        """Return where a process is, None where it is not there or folded away."""
        pid, started_at = key
        return next((at for at, one in enumerate(self.shown) if one[0] == pid and one[1] == started_at), None)

    def above(self, key: Key) -> Key | None:
        """Return the parent of a process."""
        pid = self._parents.get(int(key[0]))
        return next((process[:2] for process in self._all if process.pid == pid), None)

    def foldable(self) -> set[Key]:
        """Return all that have children."""
        return {process[:2] for process in self._all if process.pid in self.children}
