"""Snapshots and Frames as JSON: what the API answers, `tuimon show --json` prints and a remote tuimon reads.

One key a family, under the family's name; names carry their unit; what is not known is null. A family with devices is
a list of objects with `device`. What is read back may come from anybody: its types are checked, its texts made
harmless, keys that are not known are passed over and those that are missing are unknown.
"""

from __future__ import annotations

import dataclasses
import heapq
import json
import math
from collections.abc import Callable, Iterable, Mapping
from operator import attrgetter
from typing import Any, Final, NamedTuple, TypeVar, get_args

from tuimon.model.catalogue import FAMILIES, WITH_DEVICES
from tuimon.model.metric import SeriesKey
from tuimon.model.process import Process
from tuimon.model.snapshot import Alert, AlertState, Event, EventKind, Fault, Frame, Host, Recorder, Severity, Snapshot
from tuimon.model.text import harmless

TOP: Final = 30
"""How many processes the newest snapshot carries by CPU, by memory and by io."""
T = TypeVar("T")
Json = dict[str, Any]


class WireError(ValueError):
    """JSON that is no snapshot; the message names the key."""


# -- writing ----------------------------------------------------------------------------------------------------------


def encode_snapshot(snapshot: Snapshot, top: int | None = None) -> Json:
    """Return a snapshot as what json.dumps takes; with `top`, only the busiest processes, and then not complete."""
    processes = snapshot.processes if top is None else busiest(snapshot.processes, top)
    complete = snapshot.complete and len(processes) == len(snapshot.processes)
    return {
        "time": snapshot.time,
        "elapsed_seconds": snapshot.elapsed,
        "complete": complete,
        "host": object_of(snapshot.host),
        **{name: _family(getattr(snapshot, attribute)) for name, attribute in _ATTRIBUTES.items()},
        "processes": [dict(zip(Process._fields, process, strict=True)) for process in processes],
        "faults": [object_of(fault) for fault in snapshot.faults],
    }


def encode_frame(frame: Frame, top: int | None = None) -> Json:
    """Return a frame: its snapshot's keys, and `tick`, `alerts`, `pending`, `events` and `recorder`."""
    return {
        **encode_snapshot(frame.snapshot, top),
        "tick": frame.tick,
        "alerts": [encode_alert(alert) for alert in frame.alerts],
        "pending": [encode_alert(alert) for alert in frame.pending],
        "events": [encode_event(event) for event in frame.events],
        "recorder": None if frame.recorder is None else object_of(frame.recorder),
    }


def encode_alert(alert: Alert) -> Json:
    """Return an alert; its series is an object of family, device and metric."""
    return object_of(alert) | {"series": alert.series._asdict()}


def encode_event(event: Event) -> Json:
    """Return an event, with its alert or null."""
    return object_of(event) | {"alert": None if event.alert is None else encode_alert(event.alert)}


def to_json(value: object, *, indent: int | None = None) -> str:
    """Return JSON text; a number that JSON does not have (infinite, not a number) is null."""
    separators = (",", ":") if indent is None else None
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False, indent=indent, separators=separators)
    except ValueError:
        return json.dumps(_finite(value), ensure_ascii=False, allow_nan=False, indent=indent, separators=separators)


def busiest(processes: Iterable[Process], top: int = TOP) -> tuple[Process, ...]:
    """Return the union of the first `top` by CPU, by memory and by io, in the order they were in."""
    everyone = tuple(processes)
    if len(everyone) <= top:
        return everyone
    chosen: set[int] = set()
    for measure in (_cpu, _memory, _io):
        chosen.update(process.pid for process in heapq.nlargest(top, everyone, measure))
    return tuple(process for process in everyone if process.pid in chosen)


def _cpu(process: Process) -> float:
    return process.cpu_percent or 0.0


def _memory(process: Process) -> float:
    return process.rss_bytes


def _io(process: Process) -> float:
    return (process.read_bytes_per_second or 0.0) + (process.write_bytes_per_second or 0.0)


def _family(value: object) -> object:
    if isinstance(value, tuple):
        return [object_of(one) for one in value]
    return None if value is None else object_of(value)


def object_of(value: object) -> Json:
    """Return a dataclass as an object of its fields, those in it left as they are."""
    names, values = _getter(value.__class__)
    return dict(zip(names, values(value), strict=True))


def _getter(cls: type[Any]) -> tuple[tuple[str, ...], Callable[[object], tuple[Any, ...]]]:
    """Return the names of a dataclass and what reads all of them at once."""
    found = _GETTERS.get(cls)
    if found is None:
        names = tuple(field.name for field in dataclasses.fields(cls))
        found = _GETTERS[cls] = names, attrgetter(*names)
    return found


def _finite(value: object) -> object:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {key: _finite(one) for key, one in value.items()}
    return [_finite(one) for one in value] if isinstance(value, (list, tuple)) else value


# -- reading ----------------------------------------------------------------------------------------------------------


class _Field(NamedTuple):
    """How one field is read back: its name, its type, whether it may be null, and whether it may be absent."""

    name: str
    read: Callable[[object], object]
    optional: bool
    needed: bool


def decode_snapshot(json_object: object) -> Snapshot:
    """Return the snapshot of a parsed JSON object. Raises WireError."""
    found = _mapping(json_object, "snapshot")
    families: dict[str, Any] = {
        attribute: _read_family(name, found[name])
        for name, attribute in _ATTRIBUTES.items()
        if found.get(name) is not None
    }
    return Snapshot(
        time=_required(found, "time"),
        elapsed=None if found.get("elapsed_seconds") is None else _number(found["elapsed_seconds"]),
        host=build(Host, found.get("host") or {}, "host"),
        processes=tuple(build(Process, one, "processes") for one in _items(found, "processes")),
        complete=found.get("complete") is not False,
        faults=tuple(build(Fault, one, "faults") for one in _items(found, "faults")),
        **families,
    )


def decode_frame(json_object: object) -> Frame:
    """Return the frame of a parsed JSON object. Raises WireError."""
    found = _mapping(json_object, "frame")
    recorder = found.get("recorder")
    return Frame(
        snapshot=decode_snapshot(found),
        alerts=tuple(decode_alert(one) for one in _items(found, "alerts")),
        events=tuple(decode_event(one) for one in _items(found, "events")),
        recorder=None if recorder is None else _recorder(recorder),
        tick=_checked(_whole, found.get("tick", 0), "tick"),
        pending=tuple(decode_alert(one) for one in _items(found, "pending")),
    )


def decode_alert(json_object: object) -> Alert:
    """Return the alert of a parsed JSON object. Raises WireError."""
    found = _mapping(json_object, "alerts")
    series = _mapping(found.get("series"), "series")
    key = SeriesKey(*(_checked(_text, series.get(name, ""), f"series.{name}") for name in SeriesKey._fields))
    _one_of(found.get("severity"), get_args(Severity), "severity")
    _one_of(found.get("comparison"), (">", "<"), "comparison")
    _one_of(found.get("state", "firing"), get_args(AlertState), "state")
    return build(Alert, found | {"series": None}, "alerts", series=key)


def decode_event(json_object: object) -> Event:
    """Return the event of a parsed JSON object. Raises WireError."""
    found = _mapping(json_object, "events")
    _one_of(found.get("kind"), get_args(EventKind), "kind")
    alert = None if found.get("alert") is None else decode_alert(found["alert"])
    return build(Event, found | {"alert": None}, "events", alert=alert)


def _recorder(json_object: object) -> Recorder:
    found = _mapping(json_object, "recorder")
    _one_of(found.get("mode"), ("here", "other", "off"), "mode")
    return build(Recorder, found, "recorder")


def _read_family(name: str, value: object) -> object:
    cls = FAMILIES[name]
    if name not in WITH_DEVICES:
        return build(cls, value, name)
    if not isinstance(value, list):
        raise WireError(f"{name}: expected a list")
    return tuple(build(cls, one, name) for one in value)


def build(cls: type[T], value: object, where: str, **known: object) -> T:
    """Return a value of a class from a JSON object; `known` are fields that were read before."""
    found = _mapping(value, where)
    fields: dict[str, Any] = dict(known)
    for field in _fields(cls):
        if field.name in fields:
            continue
        if field.name not in found:
            if field.needed:
                raise WireError(f"{where}: {field.name} is missing")
            continue
        given = found[field.name]
        if given is None and field.optional:
            fields[field.name] = None
        else:
            fields[field.name] = _checked(field.read, given, f"{where}.{field.name}")
    return cls(**fields)


def checks_of(cls: type[Any]) -> dict[str, Callable[[object], object]]:
    """Return what checks the value of each field of a class alone. They raise WireError."""
    found = _CHECKS.get(cls)
    if found is None:
        found = _CHECKS[cls] = {field.name: _check(field) for field in _fields(cls)}
    return found


def _check(field: _Field) -> Callable[[object], object]:
    def check(value: object) -> object:
        return None if value is None and field.optional else _checked(field.read, value, field.name)

    return check


def _fields(cls: type[Any]) -> tuple[_Field, ...]:
    """Return how each field of a dataclass or named tuple is read, by its annotation."""
    if cls not in _FIELDS:
        _FIELDS[cls] = _declared(cls)
    return _FIELDS[cls]


def _declared(cls: type[Any]) -> tuple[_Field, ...]:
    needed = (
        {field.name for field in dataclasses.fields(cls) if _has_no_default(field)}
        if dataclasses.is_dataclass(cls)
        else {name for name in cls._fields if name not in cls._field_defaults}
    )
    found = []
    for name, annotation in cls.__annotations__.items():
        kind, _, null = str(getattr(annotation, "__forward_arg__", annotation)).partition(" | ")
        found.append(_Field(name, _READERS.get(kind, _text), null == "None", name in needed))
    return tuple(found)


def _has_no_default(field: dataclasses.Field[Any]) -> bool:
    return field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING


def _checked(read: Callable[[object], object], value: object, where: str) -> Any:  # noqa: ANN401  what `read` returns
    try:
        return read(value)
    except WireError as error:
        raise WireError(f"{where}: {error}") from None


def _required(found: Json, name: str) -> float:
    number: float = _checked(_number, found.get(name), name)
    return number


def _items(found: Json, name: str) -> list[object]:
    value = found.get(name) or []
    if not isinstance(value, list):
        raise WireError(f"{name}: expected a list")
    return value


def _mapping(value: object, where: str) -> Json:
    if not isinstance(value, dict):
        raise WireError(f"{where}: expected an object")
    return value


def _one_of(value: object, choices: tuple[str, ...], where: str) -> None:
    if value not in choices:
        raise WireError(f"{where}: expected one of {', '.join(choices)}")


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not abs(value) <= 1e300:
        raise WireError("expected a number")
    return value


def _whole(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not abs(value) <= 1e300:
        raise WireError("expected a whole number")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise WireError("expected a text")
    return harmless(value)


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise WireError("expected true or false")
    return value


_READERS: Final[dict[str, Callable[[object], object]]] = {
    "float": _number,
    "int": _whole,
    "str": _text,
    "bool": _flag,
}
_GETTERS: Final[dict[type[Any], tuple[tuple[str, ...], Callable[[object], tuple[Any, ...]]]]] = {}
_FIELDS: Final[dict[type[Any], tuple[_Field, ...]]] = {}
_CHECKS: Final[dict[type[Any], dict[str, Callable[[object], object]]]] = {}
_ATTRIBUTES: Final = {name: "self_" if name == "self" else name for name in FAMILIES}
