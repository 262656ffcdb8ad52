"""From older formats to the present one. Imported only when a file is older: sqlite_utils takes 180 ms to import.

A migration is a function of a sqlite_utils Database that brings a file from the version before to its own. Each
runs in a transaction together with the version number it leads to. `transform()` must not be used on a table that
is WITHOUT ROWID (all `tier_*` tables): it drops that silently.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Callable, Mapping
from typing import Final

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from tuimon.config.private import give_back
from tuimon.history.errors import HistoryError
from tuimon.history.store import version_of

Step = Callable[[Database], None]

STEPS: Final[dict[int, Step]] = {}
"""Version -> what brings a file there from the version before. Version 1 is the first there is."""


def can_migrate(found: int, target: int, steps: Mapping[int, Step] = STEPS) -> bool:
    """Return whether there is a way from one version to another."""
    return all(version in steps for version in range(found + 1, target + 1))


def migrate(path: str, target: int, steps: Mapping[int, Step] = STEPS) -> str:
    """Bring a file to a version, a copy of it kept; return the copy's path. The caller holds the recorder's lock.

    Raises HistoryError where there is no way or a step fails; the file is then as it was before that step.
    """
    db = sqlite3.connect(path)
    try:
        found = version_of(db)
        if not can_migrate(found, target, steps):
            raise HistoryError(f"{path} has format {found}, from which this tuimon knows no way to {target}")
        copy = _copy(db, f"{path}.v{found}")
        _apply(db, found, target, steps)
    except sqlite3.Error as error:
        raise HistoryError(f"{path}: the migration to format {target} failed: {error}") from error
    finally:
        db.close()
    return copy


def _copy(db: sqlite3.Connection, target: str) -> str:
    with contextlib.suppress(FileNotFoundError):
        os.unlink(target)  # noqa: PTH108  paths are plain strings in this room
    os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    give_back(target)
    kept = sqlite3.connect(target)
    try:
        db.backup(kept)
    finally:
        kept.close()
    return target


def _apply(db: sqlite3.Connection, found: int, target: int, steps: Mapping[int, Step]) -> None:
    migrations = Migrations("tuimon history")
    for version in range(found + 1, target + 1):
        migrations(name=f"version {version}")(_numbered(version, steps[version]))
    migrations.apply(Database(db))


def _numbered(version: int, step: Step) -> Step:
    def run(database: Database) -> None:
        step(database)
        database.conn.execute(f"PRAGMA user_version = {version}")

    return run
