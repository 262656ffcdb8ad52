"""The history: every sample in one SQLite file, in tiers. The only room that speaks SQL.

Names are looked up when they are first used, so that a start without a history imports no sqlite3.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from tuimon.history.archive import FileArchive, open_archive
    from tuimon.history.describe import Description, describe
    from tuimon.history.errors import HistoryError, Locked
    from tuimon.history.opening import open_history
    from tuimon.history.purge import purge
    from tuimon.history.tiers import Retention
    from tuimon.history.writer import History

__all__ = [
    "Description",
    "FileArchive",
    "History",
    "HistoryError",
    "Locked",
    "Retention",
    "describe",
    "open_archive",
    "open_history",
    "purge",
]

_HOMES: Final = {
    "Description": "describe",
    "FileArchive": "archive",
    "History": "writer",
    "HistoryError": "errors",
    "Locked": "errors",
    "Retention": "tiers",
    "describe": "describe",
    "open_archive": "archive",
    "open_history": "opening",
    "purge": "purge",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401  the type of each name is declared above
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(name)
    found = getattr(import_module(f"tuimon.history.{home}"), name)
    globals()[name] = found  # `describe` is a function here, not the module of that name
    return found
