"""The one table of fields: the catalogue's names of a process's parts, their short names, and what each is compared with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from operator import attrgetter
from types import NoneType
from typing import Any, Final, get_args, get_type_hints

from tuimon.filters import values
from tuimon.filters.values import Kind
from tuimon.model.process import ALIASES, DERIVED_HELP, PROCESS_HELP, Process

Reader = Callable[[Process], Any]

AGE: Final = "age_seconds"
"""The one field that also depends on when it is asked for."""
_BY_UNIT: Final[dict[str, Kind]] = {
    "bytes": values.SIZE,
    "bytes a second": values.RATE,
    "a second": values.FREQUENCY,
    "seconds": values.DURATION,
    "epoch seconds": values.MOMENT,
}
_BY_TYPE: Final[dict[object, Kind]] = {int: values.COUNT, bool: values.SWITCH}
_IN_BYTES: Final = {"memory_percent": "rss_bytes"}
"""Field -> the one that is meant when the value is a size: `mem > 5%` and `mem > 1gb` are both understood."""


@dataclass(frozen=True, slots=True)
class Field:
    """A part of a process. `names` are all that are understood; the first is the one that is offered and printed.

    `in_bytes`: the field that is meant where the value is a size, '' mostly.
    """

    name: str
    names: tuple[str, ...]
    kind: Kind
    unit: str
    help: str
    in_bytes: str = ""

    @property
    def shown(self) -> str:
        """The name that is offered and printed: the first short one where the catalogue's has a unit in it."""
        return self.names[0]

    @property
    def read(self) -> Reader:
        """What takes the value out of a process; None: not known."""
        return attrgetter(self.name)


def _fields() -> dict[str, Field]:
    hints = get_type_hints(Process)
    described = PROCESS_HELP | DERIVED_HELP | {AGE: ("seconds", "time since it was started")}
    aliases = ALIASES | {"age": AGE}
    found = {}
    for name, (unit, text) in described.items():
        kind = values.STATE if name == "state" else _kind(unit, hints.get(name))
        short = [alias for alias, of in aliases.items() if of == name]
        names = (*short, name) if "_" in name else (name, *short)
        found[name] = Field(name, names, kind, unit, text, _IN_BYTES.get(name, ""))
    return found


def _kind(unit: str, hint: object) -> Kind:
    if unit.startswith("percent"):
        return values.PERCENT
    known = next(iter(set(get_args(hint)) - {NoneType}), hint)  # `int | None` is a number too
    return _BY_UNIT.get(unit) or _BY_TYPE.get(known) or values.TEXT


FIELDS: Final[dict[str, Field]] = _fields()
"""Catalogue name -> field, in the catalogue's order."""
BY_NAME: Final[dict[str, Field]] = {name: field for field in FIELDS.values() for name in field.names}
"""Every name that is understood -> its field."""


def find(word: str) -> Field | None:
    """Return the field of a name, whatever the case of its letters."""
    return BY_NAME.get(word.lower())
