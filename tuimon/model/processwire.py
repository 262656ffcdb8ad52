"""Process tables that follow each other, as JSON: the first whole, those after it as what became different.

A table is `{"complete", "come": {field: [value of each]}}`: columns, those left out that hold nothing but a field's
default. A difference has `since` besides, the tick of the table it builds on, `gone` (pids), and `changed`: field ->
[pids, values]. Who has another table than the one it builds on cannot use it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from tuimon.model.process import Process
from tuimon.model.wire import Json, WireError, build, checks_of

MOST_PROCESSES: Final = 1 << 20
"""Rows of a table that is read back: more are no table of a machine."""
_DEFAULTS: Final = Process._field_defaults
_STEADY: Final = ("pid", "started_at")


def encode_table(processes: Sequence[Process], *, complete: bool) -> Json:
    """Return a whole table."""
    return {"complete": complete, "come": columns_of(processes)}


def encode_difference(before: Iterable[Process], after: Sequence[Process], *, since: int, complete: bool) -> Json:
    """Return what became different from one table to the next; `since` is the tick of the one before."""
    known = {process.pid: process for process in before}
    come: list[Process] = []
    gone: list[int] = []
    changed: dict[str, tuple[list[int], list[Any]]] = {}
    for process in after:
        old = known.pop(process.pid, None)
        if old is None or old.started_at != process.started_at:
            come.append(process)
            if old is not None:
                gone.append(process.pid)
        elif old != process:
            _note(changed, old, process)
    gone.extend(known)
    return {"complete": complete, "since": since, "gone": gone, "come": columns_of(come), "changed": changed}


def encode_following(tables: Iterable[tuple[Sequence[Process], bool]], first: int) -> Iterator[Json]:
    """Give tables (processes, whether they are complete) of ticks that follow each other: the first whole."""
    before: Sequence[Process] | None = None
    for tick, (processes, complete) in enumerate(tables, first):
        if before is None:
            yield encode_table(processes, complete=complete)
        else:
            yield encode_difference(before, processes, since=tick - 1, complete=complete)
        before = processes


def _note(changed: dict[str, tuple[list[int], list[Any]]], old: Process, new: Process) -> None:
    for name, was, is_ in zip(Process._fields, old, new, strict=True):
        if was != is_:
            pids, values = changed.setdefault(name, ([], []))
            pids.append(new.pid)
            values.append(is_)


def columns_of(processes: Sequence[Process]) -> Json:
    """Return rows as columns, those left out that hold nothing but a field's default."""
    columns = dict(zip(Process._fields, zip(*processes, strict=True), strict=False))
    return {
        name: values
        for name, values in columns.items()
        if name not in _DEFAULTS or any(value != _DEFAULTS[name] for value in values)
    }


def rows_of(columns: object) -> list[Process]:
    """Return the rows of columns. Raises WireError."""
    found = _object(columns)
    names = [name for name in found if name in Process._fields]
    values = [_list(found[name], name) for name in names]
    if len({len(one) for one in values}) > 1 or (values and len(values[0]) > MOST_PROCESSES):
        raise WireError("processes: columns of different lengths")
    return [build(Process, dict(zip(names, row, strict=True)), "processes") for row in zip(*values, strict=True)]


class Table:
    """The table that a client has, brought forward by what it is sent."""

    def __init__(self) -> None:
        self.tick: int | None = None
        self.complete = False
        self._rows: dict[int, Process] = {}

    @property
    def processes(self) -> tuple[Process, ...]:
        """All that are in it."""
        return tuple(self._rows.values())

    def take(self, value: object, tick: int) -> None:
        """Take the table or the difference of a frame. Raises WireError, and then has no table any more."""
        try:
            self._take(_object(value), tick)
        except WireError:
            self.tick, self._rows = None, {}
            raise

    def _take(self, found: Mapping[str, Any], tick: int) -> None:
        since = found.get("since")
        if since is None:
            self._rows = {}
        elif isinstance(since, bool) or since != self.tick:
            raise WireError("processes: a difference from a table that is not here")
        for pid in _list(found.get("gone", []), "gone"):
            if isinstance(pid, int):
                self._rows.pop(pid, None)
        self._come(_object(found.get("come", {})))
        self._change(_object(found.get("changed", {})))
        self.complete = found.get("complete") is True
        self.tick = tick

    def _come(self, columns: Mapping[str, Any]) -> None:
        self._rows.update((process.pid, process) for process in rows_of(columns))

    def _change(self, changed: Mapping[str, Any]) -> None:
        checks = checks_of(Process)
        new: dict[int, dict[str, Any]] = {}
        for name, pair in changed.items():
            if name in _STEADY or name not in checks:
                continue
            pids, values = (_list(one, name) for one in _pair(pair, name))
            if len(pids) != len(values):
                raise WireError(f"processes.{name}: as many values as pids are expected")
            for pid, value in zip(pids, values, strict=True):
                if not isinstance(pid, int) or pid not in self._rows:
                    raise WireError(f"processes.{name}: a change of a process that is not here")
                new.setdefault(pid, {})[name] = checks[name](value)
        for pid, fields in new.items():
            self._rows[pid] = self._rows[pid]._replace(**fields)


def _object(value: object) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise WireError("processes: expected an object")
    return value


def _list(value: object, where: str) -> list[Any]:
    if not isinstance(value, list):
        raise WireError(f"processes.{where}: expected a list")
    return value


def _pair(value: object, where: str) -> list[Any]:
    pair = _list(value, where)
    if len(pair) != 2:
        raise WireError(f"processes.{where}: expected pids and values")
    return pair
