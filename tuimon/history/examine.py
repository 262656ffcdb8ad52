"""What is wrong with a history that nobody has to record into for that: for who asks before it matters."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from typing import NamedTuple

from tuimon.history import store
from tuimon.history.errors import HistoryError, damaged


def examine(path: str, machine_id: str) -> Iterator[HistoryError]:
    """Yield what is in the way of recording into a file of this machine; nothing where it is whole or not there yet.

    Every page is looked at: that takes seconds where there are hundreds of MB.
    """
    if not os.path.exists(path) or not os.path.getsize(path):  # noqa: PTH110, PTH202  paths are plain strings here
        return
    try:
        store.check_kind(path)
        db = store.open_reader(path)
    except HistoryError as error:
        yield error
        return
    try:
        found = db.execute("SELECT value FROM meta WHERE key = 'machine_id'").fetchone()
        if found and found[0] != machine_id:
            yield store.other_machine(path, found[0], machine_id)
        said = db.execute("PRAGMA quick_check(1)").fetchone()[0]
        if said != "ok":
            yield damaged(path, sqlite3.DatabaseError(said.replace("\n", " ")))
    except sqlite3.OperationalError as error:
        yield HistoryError(f"{path}: cannot be looked at: {error}")
    except sqlite3.DatabaseError as error:
        yield damaged(path, error)
    finally:
        db.close()


class Aside(NamedTuple):
    """Files that a recorder moved out of its way: why, how many they are, their bytes, and the newest of them."""

    why: str
    files: int
    bytes: int
    newest: str


def moved_aside(path: str) -> Iterator[Aside]:
    """Yield what lies beside a history that is none any more."""
    folder, name = os.path.split(path)
    try:
        beside = sorted(os.listdir(folder))  # noqa: PTH208  as above
    except OSError:
        return
    for why in ("damaged", "overwritten", "refused"):
        found = [one for one in beside if one.startswith(f"{name}.{why}-") and not one.endswith(store.SIDES[1:])]
        if found:
            places = [os.path.join(folder, one) for one in found]  # noqa: PTH118  as above
            yield Aside(why, len(found), sum(map(store.size_of, places)), places[-1])
