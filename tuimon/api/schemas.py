"""JSON Schemas of what is answered, made from the values that travel: each field with its unit and what it is."""

from __future__ import annotations

import dataclasses
import inspect
import types
from typing import Any, Final, Literal, Union, get_args, get_origin, get_type_hints

from tuimon.api.alertschemas import alerting
from tuimon.api.meanings import explained
from tuimon.api.shapes import EPOCH, FLAG, NUMBER, TEXT, WHOLE, Schema, an_object, many, maybe, ref, said
from tuimon.model.catalogue import BY_NAME, FAMILIES, WITH_DEVICES
from tuimon.model.difference import Lifetime
from tuimon.model.metric import SeriesKey
from tuimon.model.process import DERIVED_HELP, PROCESS_HELP, Process
from tuimon.model.snapshot import Alert, Event, Fault, Host, Recorder, Span, Usage

PLAIN: Final[dict[type, Schema]] = {float: NUMBER, int: WHOLE, str: TEXT, bool: FLAG}
HELP: Final[dict[str, str]] = {
    "time": "when, in epoch seconds, UTC",
    "since": EPOCH,
    "since_seconds": EPOCH,
    "raised_at": EPOCH,
    "said_at": f"when a person said that, {EPOCH}",
    "said_by": "who acknowledged or silenced it",
    "until": f"the end of a silence, {EPOCH}",
    "started_at": EPOCH,
    "ended_at": f"{EPOCH}; null while it lives",
    "first_seen": EPOCH,
    "booted_at": EPOCH,
    "device": "the device's name; null for a family without devices",
}


def of_class(cls: type[Any], family: str = "") -> Schema:
    """Return the schema of a dataclass or named tuple: all of its fields, with their units and meaning."""
    hints = get_type_hints(cls)
    names = [field.name for field in dataclasses.fields(cls)] if dataclasses.is_dataclass(cls) else list(cls._fields)
    properties = {name: _described(_of_type(hints[name]), name, family) for name in names}
    text = " ".join((inspect.getdoc(cls) or "").split())
    return {"type": "object", "description": text, "properties": properties, "required": names}


def _of_type(hint: Any) -> Schema:  # noqa: ANN401  any annotation
    if hint in PLAIN:
        return PLAIN[hint]
    if get_origin(hint) in (Union, types.UnionType):
        inner = [one for one in get_args(hint) if one is not type(None)]
        return maybe(_of_type(inner[0]))
    if get_origin(hint) is Literal:
        return {"type": "string", "enum": list(get_args(hint))}
    return ref({SeriesKey: "SeriesKey", Alert: "Alert"}[hint])


def _described(schema: Schema, name: str, family: str) -> Schema:
    metric = BY_NAME.get((family, name))
    if metric is not None:
        counter = "; grows until the machine or the device starts anew" if metric.kind == "counter" else ""
        return {**schema, "description": f"{metric.help}{counter} [{_unit(metric.unit)}]", "x-unit": metric.unit}
    unit, text = (PROCESS_HELP | DERIVED_HELP).get(name, ("", "")) if family == "process" else ("", HELP.get(name, ""))
    text = f"{text} [{unit}]" if unit else text
    return {**schema, **({"description": text} if text else {}), **({"x-unit": unit} if unit else {})}


def _unit(unit: str) -> str:
    return unit.replace("_per_second", " a second").replace("per second", "a second")


COLLECTOR: Final = an_object(state={"type": "string", "enum": ["ok", "fault", "absent"]}, since=maybe(NUMBER, EPOCH))
HEALTH: Final = an_object(
    "How tuimon is; nothing of the machine.",
    status=said(
        {"type": "string", "enum": ["ok", "degraded", "starting", "failing"]},
        "degraded: a part of it does not work; failing, with status 503: no samples any more",
    ),
    version=TEXT,
    protocol=said(TEXT, "the edition of this contract, such as 1.1: the second number grows with what is added"),
    started_at=said(NUMBER, EPOCH),
    uptime_seconds=NUMBER,
    interval_seconds=said(NUMBER, "time between two samples"),
    tick=maybe(WHOLE, "counts the samples"),
    sample_age_seconds=maybe(NUMBER, "age of the newest sample"),
    collectors={
        "type": "object",
        "additionalProperties": COLLECTOR,
        "description": "family -> how reading it goes; absent: there is nothing of it here, or it is switched off",
    },
    notify=an_object(
        "How it goes with those who are told of alerts.",
        state=said({"type": "string", "enum": ["off", "ok", "fault"]}, "off: nobody is told"),
        waiting=said(WHOLE, "notices that are still to be sent"),
        targets=maybe(
            many(
                an_object(
                    name=said(TEXT, "what the settings call it; never its URL"),
                    state=said(
                        {"type": "string", "enum": ["idle", "ok", "fault"]},
                        "how the last sending went; idle: none since the start",
                    ),
                    sent=said(WHOLE, "messages that were taken since the start"),
                    waiting=said(WHOLE, "notices that are still to be sent to it"),
                    error=said(TEXT, "what came of the last sending where it failed"),
                    failing_since=maybe(NUMBER, EPOCH),
                )
            ),
            "each of them; null where a token is needed and was not shown",
        ),
    ),
    recorder=maybe(
        an_object(
            mode={"type": "string", "enum": ["here", "other", "off"]},
            state={"type": "string", "enum": ["ok", "fault"]},
            brief=said(TEXT, "what is wrong with it, in a few words"),
            held=said(WHOLE, "samples that wait for a file that cannot be written"),
            lost=said(WHOLE, "samples that waited for too long"),
            size_bytes=WHOLE,
        )
        | {"type": "object"}
    ),
)
NAMED: Final[dict[str, Schema]] = {
    "name": said(TEXT, "as it is asked for: disk.busy_percent[sda]"),
    "family": TEXT,
    "metric": TEXT,
    "device": maybe(TEXT, HELP["device"]),
}
"""A series, by its name and what that is made of."""
COLUMN: Final = many(maybe(NUMBER), "one value a step; null where nothing is known")
SERIES: Final = an_object(
    "Series in equal steps: the times once, then three columns a series.",
    from_=said(NUMBER, f"beginning of the first step ({EPOCH})"),
    to=said(NUMBER, f"end of the last step ({EPOCH})"),
    step_seconds=NUMBER,
    tier=said({"type": "string", "enum": ["1s", "1m", "5m", "1h"]}, "the tier of the history that answered"),
    time=many(NUMBER, f"beginnings of the steps ({EPOCH})"),
    series=many(
        an_object(
            **NAMED,
            unit=TEXT,
            avg=COLUMN,
            min=COLUMN,
            max=COLUMN,
        )
    ),
)
SERIES["properties"]["family"] = said(TEXT, "the family, where one was asked for")
PROBLEM: Final = an_object(
    "What is wrong with a request (RFC 9457).", type=TEXT, title=TEXT, status=WHOLE, detail=said(TEXT, "in one line")
)
PROBLEM["properties"] |= {
    "parameter": said(TEXT, "the parameter or header that it is about"),
    "expected": said(TEXT, "what would be right"),
    "nearest": said(TEXT, "the valid value nearest to what was given"),
}


def families() -> dict[str, Schema]:
    """Return the schema of each family."""
    return {name.capitalize(): of_class(cls, name) for name, cls in FAMILIES.items()}


def _frame() -> Schema:
    whole = {
        name: many(ref(name.capitalize())) if name in WITH_DEVICES else maybe(ref(name.capitalize()))
        for name in FAMILIES
    }
    return an_object(
        "What was true of one machine at one instant, what fires and what happened.",
        time=said(NUMBER, EPOCH),
        elapsed_seconds=maybe(NUMBER, "since the sample before; null after a gap: then every rate is null"),
        complete=said(FLAG, "whether `processes` are all there were"),
        host=ref("Host"),
        **{("self_" if name == "self" else name): one for name, one in whole.items()},
        processes=many(ref("Process")),
        faults=many(ref("Fault"), "collectors that could not do their part"),
        tick=said(WHOLE, "counts the samples of this run"),
        alerts=many(ref("Alert"), "what fires"),
        pending=many(ref("Alert"), "what holds, but not for long enough yet; the past does not know it"),
        events=many(ref("Event"), "what happened since the sample before"),
        recorder=maybe(ref("Recorder")),
    )


TABLE: Final[Schema] = {
    "type": "object",
    "description": "a process table: columns of those that `come`; with `since`, what became different since that tick",
    "properties": {
        "complete": FLAG,
        "since": said(WHOLE, "the tick of the table that this one builds on"),
        "gone": many(WHOLE, "pids to take out"),
        "come": said({"type": "object"}, "field -> values, one a process"),
        "changed": said({"type": "object"}, "field -> [pids, their values]"),
    },
    "required": ["complete", "come"],
}


def _followed() -> Schema:
    """Return the schema of a frame whose process table is told by what became different."""
    frame = _frame()
    return frame | {"properties": frame["properties"] | {"processes": ref("Table")}}


def schemas() -> dict[str, Schema]:
    """Return all schemas of the contract, by name."""
    process = of_class(Process, "process")
    asked = {name: _described(maybe(TEXT if name == "container" else NUMBER), name, "process") for name in DERIVED_HELP}
    listed = {"type": "object", "properties": process["properties"] | asked, "description": process["description"]}
    columns = {
        "type": "object",
        "properties": {name: many({}, one["description"]) for name, one in listed["properties"].items()},
    }
    span: dict[str, Schema] = {"from_": said(NUMBER, EPOCH), "to": said(NUMBER, EPOCH)}
    found = {
        **families(),
        "Host": of_class(Host),
        "Fault": of_class(Fault),
        "SeriesKey": of_class(SeriesKey),
        "Alert": of_class(Alert),
        "Event": of_class(Event),
        "Recorder": of_class(Recorder),
        "Process": process,
        "Frame": _frame(),
        "Table": TABLE,
        "Followed": _followed(),
        "Moments": an_object(
            at=said(NUMBER, EPOCH),
            found=maybe(NUMBER, f"the moment that answers for `at` ({EPOCH}); null: nothing was recorded of it"),
            before=maybe(NUMBER, "the recorded moment before the first of these; null: there is none"),
            after=maybe(NUMBER, "the recorded moment after the last of these; null: there is none"),
            frames=many(ref("Followed")),
        ),
        "Keys": an_object(
            **span,
            series=many(an_object(**NAMED)),
        ),
        "Lifetimes": an_object(**span, total=WHOLE, processes=many(of_class(Lifetime))),
        "Tables": an_object(
            **span,
            next=maybe(NUMBER, "the first table that had no room; null: there are no more"),
            tables=many(an_object(time=said(NUMBER, EPOCH), processes=ref("Table"))),
        ),
        "ProcessPast": an_object(
            pid=WHOLE,
            started_at=said(NUMBER, EPOCH),
            life=of_class(Lifetime),
            step_seconds=said(NUMBER, "between two moments at which it was recorded each time"),
            time=many(NUMBER, EPOCH),
            processes=columns,
        ),
        "Frames": an_object(**span, step_seconds=NUMBER, frames=many(ref("Frame"))),
        "Health": HEALTH,
        "Series": SERIES,
        "Problem": PROBLEM,
        "Processes": an_object(
            time=said(NUMBER, EPOCH),
            complete=said(FLAG, "whether all processes of that moment are known; of the past only the busiest are"),
            total=said(WHOLE, "how many there are"),
            count=said(WHOLE, "how many are in this answer"),
            processes={"anyOf": [many(listed), columns], "description": "an object each, or a list a field"},
        ),
        "OneProcess": an_object(
            pid=WHOLE,
            started_at=maybe(NUMBER, EPOCH),
            running=said(FLAG, "whether it is in the newest sample"),
            process={"anyOf": [listed, {"type": "null"}]},
            life={"anyOf": [of_class(Lifetime), {"type": "null"}], "description": "what the history knows of it"},
        ),
        "UsageList": an_object(**span, total=WHOLE, processes=many(of_class(Usage))),
        "History": an_object(
            start=maybe(NUMBER, EPOCH),
            end=maybe(NUMBER, EPOCH),
            size_bytes=WHOLE,
            tiers=many(an_object(tier=TEXT, since=said(NUMBER, EPOCH))),
            spans=many(of_class(Span), "stretches without a gap, oldest first"),
            gaps=many(an_object(start=said(NUMBER, EPOCH), end=said(NUMBER, EPOCH))),
        ),
        **alerting(),
        "Events": an_object(**span, total=WHOLE, events=many(ref("Event"))),
        "Catalogue": an_object(
            version=TEXT,
            families={"type": "object", "additionalProperties": {"type": "object"}},
            process=many({"type": "object"}),
        ),
        "Export": {
            "type": "object",
            "description": "json: `columns`, and `rows` as lists in their order; jsonl: an object a line",
        },
    }
    return explained(found)
