"""Parts of an Inspection as JSON: between the process that looks and the one that shows, later over HTTP.

A part is what the catalogue of parts says, or an object with `missing`. What is read back is checked as in wire.py.
"""

from __future__ import annotations

from typing import Any, Final, cast, get_args

from tuimon.model.inspection import (
    Command,
    ControlGroup,
    Inspection,
    IoTotals,
    Limit,
    MemoryUse,
    Missing,
    OpenFile,
    Owner,
    Schedule,
    Socket,
    Thread,
    Variable,
    Why,
)
from tuimon.model.text import harmless
from tuimon.model.wire import Json, WireError, build, object_of

_ONE: Final[dict[str, type[Any]]] = {
    "command": Command,
    "owner": Owner,
    "schedule": Schedule,
    "io": IoTotals,
    "group": ControlGroup,
    "memory": MemoryUse,
}
_MANY: Final[dict[str, type[Any]]] = {
    "limits": Limit,
    "threads": Thread,
    "files": OpenFile,
    "sockets": Socket,
    "environment": Variable,
}
LONGEST: Final = 1 << 20
"""Characters that a text may have: a whole command line is one."""


def encode_part(value: object) -> object:
    """Return a part as what json.dumps takes."""
    if isinstance(value, Missing):
        return {"missing": value.why, "text": value.text}
    if isinstance(value, tuple):
        return [object_of(one) for one in value]
    return value if isinstance(value, str) else object_of(value)


def decode_part(name: str, value: object) -> object:
    """Return the part of that name from parsed JSON. Raises WireError."""
    if isinstance(value, dict) and "missing" in value:
        if value["missing"] not in get_args(Why):
            raise WireError(f"{name}: expected a reason")
        return Missing(cast("Why", value["missing"]), harmless(str(value.get("text", ""))))
    if name in _MANY:
        if not isinstance(value, list):
            raise WireError(f"{name}: expected a list")
        return tuple(build(_MANY[name], one, name) for one in value)
    if name in _ONE:
        return _whole_command(value) if name == "command" else build(_ONE[name], value, name)
    if not isinstance(value, str):
        raise WireError(f"{name}: expected a text")
    return harmless(value)


def _whole_command(value: object) -> Command:
    """Return a command line, which may be longer than other texts."""
    command = build(Command, value, "command")
    text = value.get("text") if isinstance(value, dict) else None
    return Command(harmless(str(text), LONGEST), command.raw, command.cut)


def encode_inspection(inspection: Inspection) -> Json:
    """Return an inspection as what json.dumps takes."""
    found = object_of(inspection)
    return {
        name: value if name in {"pid", "started_at", "ended"} else encode_part(value) for name, value in found.items()
    }


def decode_inspection(value: object) -> Inspection:
    """Return the inspection of a parsed JSON object. Raises WireError."""
    if not isinstance(value, dict):
        raise WireError("inspection: expected an object")
    parts = {
        name: decode_part(name, one) for name, one in value.items() if name in {*_ONE, *_MANY, "executable", "folder"}
    }
    return build(Inspection, {name: one for name, one in value.items() if name not in parts}, "inspection", **parts)
