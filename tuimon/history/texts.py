"""Texts of processes: names, users, command lines. One that comes again soon is kept once.

An index to find any text that was ever kept would be written to in a page of its own for each new command line, 4 KiB
for a hundred bytes, so there is none: what was used lately is remembered, what was not is kept a second time.
"""

from __future__ import annotations

import sqlite3
from typing import Final

MOST_CHARACTERS: Final = 1 << 18
"""How much text is remembered."""
NEWEST: Final = 500
"""How many texts of a file are remembered when it is opened."""


class Texts:
    """Gives texts their numbers; the least lately used are forgotten first.

    A file of before still has an index (UNIQUE), and each text only once.
    """

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._indexed = bool(db.execute("PRAGMA index_list(text)").fetchone())
        self._known: dict[str, int] = dict(
            db.execute("SELECT value, id FROM text WHERE id > (SELECT max(id) FROM text) - ?", (NEWEST,))
        )
        self._fresh: dict[str, int] = {}
        self._characters = sum(map(len, self._known))
        self._next = 1

    def begin(self) -> None:
        """Begin a transaction of the caller's; what one before it wrote that was not committed is forgotten."""
        self._fresh.clear()
        self._next = 1 + (self._db.execute("SELECT max(id) FROM text").fetchone()[0] or 0)

    def number(self, value: str) -> int:
        """Return the number of a text, which is written if need be."""
        found = self._known.pop(value, None)
        if found is not None:
            self._known[value] = found
            return found
        found = self._fresh.get(value)
        if found is None:
            found = self._fresh[value] = self._find(value) or self._add(value)
        return found

    def _find(self, value: str) -> int | None:
        if not self._indexed:
            return None
        row = self._db.execute("SELECT id FROM text WHERE value = ?", (value,)).fetchone()
        return None if row is None else int(row[0])

    def _add(self, value: str) -> int:
        self._db.execute("INSERT INTO text VALUES (?, ?)", (self._next, value))
        self._next += 1
        return self._next - 1

    def saved(self) -> None:
        """Remember what was written: the transaction was committed."""
        self._known.update(self._fresh)
        self._characters += sum(map(len, self._fresh))
        self._fresh.clear()
        while self._characters > MOST_CHARACTERS:
            oldest = next(iter(self._known))
            del self._known[oldest]
            self._characters -= len(oldest)

    def forget(self) -> None:
        """Remember nothing: the file may have them no more."""
        self._known.clear()
        self._fresh.clear()
        self._characters = 0
