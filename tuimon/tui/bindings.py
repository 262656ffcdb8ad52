"""The table of keys as Textual and the dashboard take it."""

from __future__ import annotations

from typing import Any, Final

from textual.actions import parse
from textual.binding import Binding, BindingType

from tuimon.protocols import Ability
from tuimon.tui.keys import KEYS

DESK: Final[dict[str, tuple[Any, ...]]] = {
    name: (whose, *arguments)
    for key in KEYS
    for name in key.names
    for _, whose, arguments in (parse(key.action),)
    if whose in {"desk", "table"}
}
"""Key -> what it does to the desk or to its table: (which, method, arguments...)."""

NEEDS: Final[dict[str, Ability]] = {key.action: key.needs for key in KEYS if key.needs is not None}
"""Action -> what the source must be able to do for it."""


def bindings(*, control: bool) -> list[BindingType]:
    """Return the bindings of the keys that are not the desk's: those with Ctrl work everywhere."""
    return [
        Binding(name, f"app.{key.action}", key.word or key.help, show=False, priority=control)
        for key in KEYS
        for name in key.names
        if name not in DESK and name.startswith("ctrl+") is control
    ]
