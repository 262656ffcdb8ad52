"""Lifetimes: a row for every process that was seen, so that a number in a process row finds its name.

A row without `last_seen` was alive at the newest sample.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Final, NamedTuple

from tuimon.history.texts import Texts
from tuimon.model.process import Process

MOST_WAITING: Final = 20_000
"""Lives that wait for the file: beyond it those that are over and were never at the top are forgotten."""


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


class Known(NamedTuple):
    """Who lives under a pid: its number, its start, and what is known of it; None where that is in the file only."""

    id: int
    started_at: float
    life: Life | None


class Lives:
    """Follows which processes come and go, and gives each a number."""

    def __init__(self, db: sqlite3.Connection, last_time: int) -> None:
        self._db = db
        self._alive: dict[int, Known] = {}  # by pid
        self._ranked: set[int] = set()
        self._pids: list[int] = []
        self._next_life = 1 + (db.execute("SELECT max(id) FROM life").fetchone()[0] or 0)
        self._last_time = last_time
        self._texts = Texts(db)
        self.unsaved: dict[int, Life] = {}  # those that are new or have another name
        self._begun: dict[int, int] = {}  # since when (ms) those are seen that the file does not have
        self._over: dict[int, int] = {}  # when (ms) those were last seen that have gone
        self._newly_ranked: set[int] = set()
        self._named: set[int] = set()  # those of `unsaved` that a process row names
        self._all = False
        self._minute = -1
        self._loaded = False

    def take(self, processes: Sequence[Process], time: int, *, thorough: bool) -> None:
        """Note who came and who went. Unless `thorough`, a pid that was reused between two samples may wait."""
        pids = [process[0] for process in processes]
        if thorough or pids != self._pids:
            if not self._loaded:
                self._load()
            self._pids = pids
            self._compare(processes, set(pids), time, thorough=thorough)
        self._last_time = time

    def _load(self) -> None:
        """Find who was alive at the end of the recording before."""
        self._loaded = True
        for id_, pid, started_at, ranked in self._db.execute(
            "SELECT id, pid, started_at, ranked FROM life WHERE last_seen IS NULL ORDER BY id"
        ):
            if pid in self._alive:
                self._end(pid)
            self._alive[pid] = Known(id_, started_at, None)
            if ranked:
                self._ranked.add(id_)

    def _compare(self, processes: Sequence[Process], present: set[int], time: int, *, thorough: bool) -> None:
        alive = self._alive
        for pid in alive.keys() - present:
            self._end(pid)
        if thorough:
            reused = [p[0] for p in processes if p[0] in alive and alive[p[0]].started_at != p[1]]
            for pid in reused:
                self._end(pid)
        if fresh := present - alive.keys():
            for process in processes:
                if process[0] in fresh:
                    self._begin(process, time)
        if len(self._over) > MOST_WAITING:
            self._forget()

    def _end(self, pid: int) -> None:
        id_ = self._alive.pop(pid).id
        self._ranked.discard(id_)
        self._over[id_] = self._last_time

    def _begin(self, process: Process, time: int) -> None:
        life = _life(self._next_life, process)
        self._next_life += 1
        self._alive[process[0]] = Known(life.id, life.started_at, life)
        self.unsaved[life.id] = life
        self._begun[life.id] = time

    def _forget(self) -> None:
        """Forget who came and went while the file could not be written, and is named by no row."""
        for id_ in [id_ for id_ in self._over if id_ in self._begun and id_ not in self._newly_ranked]:
            del self._over[id_], self._begun[id_], self.unsaved[id_]

    def number(self, process: Process) -> int:
        """Return the number of a process that goes into a process row; its name is brought up to date."""
        id_, started_at, life = self._alive[process[0]]
        if life is None or life.command != process.command or life.name != process.name:
            life = self.unsaved[id_] = _life(id_, process)
            self._alive[process[0]] = Known(id_, started_at, life)
        if id_ in self.unsaved:
            self._named.add(id_)
        if id_ not in self._ranked:
            self._ranked.add(id_)
            self._newly_ranked.add(id_)
        return id_

    def save(self, db: sqlite3.Connection) -> None:
        """Write who is named by a process row that is written too, and once a minute all others: each is a page or two."""
        self._all = self._all or self._last_time // 60_000 != self._minute
        begun, over, ranked = self._begun, self._over, self._newly_ranked
        self._texts.begin()
        for id_ in self.unsaved if self._all else self._named:
            life = self.unsaved[id_]
            texts = [self._texts.number(text) for text in (life.name, life.user, life.command)]
            if id_ in begun:
                values = (id_, life.pid, life.started_at, life.ppid, *texts, int(life.kernel), begun[id_])
                db.execute(_INSERT, (*values, over.get(id_), int(id_ in ranked)))
            else:
                db.execute(_RENAME, (life.ppid, *texts, id_))
        if self._all:
            db.executemany(_RANKED, [(id_,) for id_ in ranked if id_ not in begun])
            db.executemany(_OVER, [(last_seen, id_) for id_, last_seen in over.items() if id_ not in begun])

    def finish(self) -> None:
        """Have the next `save` write all there is: it is the last one."""
        self._all = True

    def saved(self) -> None:
        """Forget what was written: the transaction was committed."""
        self._texts.saved()
        if self._all:
            self._all = False
            self._minute = self._last_time // 60_000
            for waiting in (self.unsaved, self._begun, self._over, self._newly_ranked):
                waiting.clear()
        for id_ in self._named & self.unsaved.keys():
            del self.unsaved[id_]
            if self._begun.pop(id_, None) is not None:
                self._newly_ranked.discard(id_)
                self._over.pop(id_, None)
        self._named.clear()

    def dropped(self) -> None:
        """Note that texts may have gone from the file, with the processes that nobody can name any more."""
        self._texts.forget()


_INSERT: Final = "INSERT INTO life VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_RENAME: Final = "UPDATE life SET ppid = ?, name = ?, user = ?, command = ? WHERE id = ?"
_RANKED: Final = "UPDATE life SET ranked = 1 WHERE id = ?"
_OVER: Final = "UPDATE life SET last_seen = ? WHERE id = ?"


def _life(id_: int, process: Process) -> Life:
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
