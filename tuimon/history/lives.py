"""Lifetimes: a row for every process that was seen, so that a number in a process row finds its name.

A row without `last_seen` was alive at the newest sample.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Final, NamedTuple

from tuimon.model.process import Process

_CACHED_TEXTS: Final = 10_000

Identity = tuple[int, float]


class Life(NamedTuple):
    """What does not change while a process lives, but for an exec: then the newest is kept."""

    id: int
    pid: int
    started_at: float
    ppid: int
    name: str
    user: str
    command: str
    kernel: bool


class Lives:
    """Follows which processes come and go, and gives each a number."""

    def __init__(self, db: sqlite3.Connection, last_time: int) -> None:
        self._db = db
        self._alive: dict[Identity, Life | None] = {}  # None: known from before this start, not looked up yet
        self._ids: dict[Identity, int] = {}
        self._ranked: set[int] = set()
        self._pids: list[int] = []
        self._texts: dict[str, int] = {}
        self._next_text = 1 + (db.execute("SELECT max(id) FROM text").fetchone()[0] or 0)
        self._next_life = 1 + (db.execute("SELECT max(id) FROM life").fetchone()[0] or 0)
        self._last_time = last_time
        self.unsaved: dict[int, Life] = {}
        self._statements: list[tuple[str, tuple[object, ...]]] = []
        self._unwritten: set[int] = set()  # those that begin with a statement that waits
        self._urgent = False
        self._minute = -1
        self._loaded = False

    def take(self, processes: Sequence[Process], time: int, *, thorough: bool) -> None:
        """Note who came and who went. Unless `thorough`, a pid that was reused between two samples may wait."""
        pids = [process[0] for process in processes]
        if thorough or pids != self._pids:
            if not self._loaded:
                self._load()
            self._pids = pids
            self._compare({(process[0], process[1]): process for process in processes}, time)
        self._last_time = time

    def _load(self) -> None:
        """Find who was alive at the end of the recording before."""
        self._loaded = True
        for id_, pid, started_at, ranked in self._db.execute(
            "SELECT id, pid, started_at, ranked FROM life WHERE last_seen IS NULL"
        ):
            self._alive[pid, started_at] = None
            self._ids[pid, started_at] = id_
            if ranked:
                self._ranked.add(id_)

    def _compare(self, present: dict[Identity, Process], time: int) -> None:
        alive = self._alive
        for identity in alive.keys() - present.keys():
            del alive[identity]
            id_ = self._ids.pop(identity)
            self._ranked.discard(id_)
            self._statements.append(("UPDATE life SET last_seen = ? WHERE id = ?", (self._last_time, id_)))
        for identity in present.keys() - alive.keys():
            self._begin(present[identity], time)

    def _begin(self, process: Process, time: int) -> None:
        life = self._life(self._next_life, process)
        self._next_life += 1
        self._alive[process[0], process[1]] = life
        self._ids[process[0], process[1]] = life.id
        self.unsaved[life.id] = life
        self._unwritten.add(life.id)
        texts = (self._text(life.name), self._text(life.user), self._text(life.command))
        values = (life.id, life.pid, life.started_at, life.ppid, *texts, int(life.kernel), time, None, 0)
        self._statements.append(("INSERT INTO life VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", values))

    def _life(self, id_: int, process: Process) -> Life:
        return Life(
            id_,
            process.pid,
            process.started_at,
            process.ppid,
            process.name,
            process.user,
            process.command,
            process.kernel,
        )

    def number(self, process: Process) -> int:
        """Return the number of a process that goes into a process row; its name is brought up to date."""
        identity = (process[0], process[1])
        id_ = self._ids[identity]
        known = self._alive[identity]
        self._urgent = self._urgent or id_ in self._unwritten
        if known is None or known.command != process.command or known.name != process.name:
            self._rename(id_, process)
        if id_ not in self._ranked:
            self._ranked.add(id_)
            self._statements.append(("UPDATE life SET ranked = 1 WHERE id = ?", (id_,)))
        return id_

    def _rename(self, id_: int, process: Process) -> None:
        life = self._life(id_, process)
        self._urgent = True
        self._alive[process[0], process[1]] = life
        self.unsaved[id_] = life
        texts = (self._text(life.name), self._text(life.user), self._text(life.command))
        sql = "UPDATE life SET ppid = ?, name = ?, user = ?, command = ? WHERE id = ?"
        self._statements.append((sql, (life.ppid, *texts, id_)))

    def _text(self, value: str) -> int:
        """Return the number of a text, which is kept once."""
        found = self._texts.get(value)
        if found is None:
            row = self._db.execute("SELECT id FROM text WHERE value = ?", (value,)).fetchone()
            if row is None:
                found = self._next_text
                self._next_text += 1
                self._statements.append(("INSERT INTO text VALUES (?, ?)", (found, value)))
            else:
                found = int(row[0])
            self._texts[value] = found
        return found

    def save(self, db: sqlite3.Connection) -> None:
        """Write what is new, once a minute unless a process row that is written names it: each is a page or two."""
        self._urgent = self._urgent or self._last_time // 60_000 != self._minute
        if not self._urgent:
            return
        for sql, values in self._statements:
            db.execute(sql, values)

    def finish(self) -> None:
        """Have the next `save` write all there is: it is the last one."""
        self._urgent = True

    def saved(self) -> None:
        """Forget what was new: the transaction was committed."""
        if not self._urgent:
            return
        self._urgent = False
        self._minute = self._last_time // 60_000
        self._unwritten.clear()
        self._statements.clear()
        self.unsaved.clear()
        if len(self._texts) > _CACHED_TEXTS:
            self._texts.clear()
