"""What the fields of answers mean that the catalogue of metrics does not know: by schema and field, else by field."""

from __future__ import annotations

from typing import Final

from tuimon.api.shapes import Schema
from tuimon.model.catalogue import FAMILIES, WITH_DEVICES

FIELDS: Final[dict[str, str]] = {
    "Cpu.cores": "how many there are",
    "Filesystem.fstype": "its type, such as ext4",
    "Filesystem.block_device": "the device that it is on, or what is mounted there",
    "Filesystem.read_only": "whether nothing can be written to it",
    "Network.up": "whether it is up",
    "Sensor.high_celsius": "what its driver calls high [celsius]",
    "Sensor.critical_celsius": "what its driver calls critical [celsius]",
    "Battery.plugged": "whether the machine has power from outside",
    "Host.name": "the machine's name",
    "Host.os": "system and version",
    "Host.kernel": "the kernel's release",
    "Host.cores": "how many processors there are",
    "Host.machine_id": "what tells this machine from others; '' where nothing does",
    "Host.cpu_model": "the processor's model",
    "Fault.collector": "the part of a sample that could not be read",
    "Fault.message": "what went wrong, in one line",
    "Alert.series": "the series that it is about",
    "Frame.host": "the machine",
    "Alert.value": "what the rule judges, in the unit of its metric; null while pending or unknown",
    "Alert.threshold": "beyond which the rule raises it, in that unit",
    "Alert.comparison": "on which side of the threshold the value is",
    "Alert.label": "what it is called",
    "Alert.state": "what a person has said to it; pending: not raised yet",
    "Alert.detail": "what else is known of the value, such as how sure a prediction is",
    "Event.kind": "what happened",
    "Event.text": "the same in one line",
    "Event.alert": "the alert that it is about",
    "Recorder.mode": "here: this tuimon records; other: another process does; off: nobody does",
    "Recorder.path": "the history file",
    "Recorder.bytes": "its size [bytes]",
    "Recorder.reason": "why it is not as it should be",
    "Recorder.interval": "time between two samples [seconds]",
    "Recorder.by": "which kind of tuimon another process is",
    "Recorder.brief": "the reason in a few words, '' where all is well",
    "Recorder.held": "samples that wait for a file that cannot be written",
    "Recorder.lost": "samples that were dropped since they had waited for too long",
    "Frame.processes": "the processes",
    "Followed.processes": "all processes: whole in the first frame, then what became different",
    "Table.complete": "whether these are all processes there were",
    "Moments.frames": "the recorded moments, oldest first",
    "Keys.series": "those that were recorded",
    "Lifetimes.processes": "those that came or went, the newest first",
    "Tables.tables": "the recorded tables, oldest first",
    "Tables.processes": "the busiest of that moment and their ancestors",
    "ProcessPast.processes": "a list a field, one value a moment",
    "Frame.recorder": "how recording goes",
    "Frames.frames": "the recorded moments, oldest first",
    "Health.recorder": "how recording goes",
    "Health.version": "of tuimon",
    "Health.uptime_seconds": "for how long this tuimon has run",
    "Catalogue.version": "of tuimon",
    "Catalogue.families": "family -> its fields, each with unit, kind and help",
    "Catalogue.process": "the fields of a process",
    "Series.series": "in the order they were asked for",
    "UsageList.processes": "who used the machine, the biggest share of CPU first",
    "Usage.cpu_seconds": "CPU time used in the span",
    "Usage.rss_growth_bytes": "by how much its memory grew",
    "Usage.rss_peak_bytes": "the most memory that it held",
    "Usage.read_bytes": "read from storage in the span",
    "Usage.write_bytes": "written to storage in the span",
    "Usage.share_percent": "of the CPU time of all processes",
    "History.tiers": "since when each tier is the finest there is",
    "History.gaps": "between the spans: nothing was recorded there",
    "Rules.rules": "in their order",
    "Said.word": "what was said",
    "Events.events": "oldest first",
    "OneProcess.process": "as it is or was; null where only its life is known",
    "Problem.type": "about:blank: the status says it",
    "Problem.title": "the status in words",
    "Problem.status": "the HTTP status",
}
"""Schema and field -> what it is."""
COMMON: Final[dict[str, str]] = {
    "pid": "the process's id",
    "ppid": "its parent's id",
    "name": "its name",
    "user": "whose it is",
    "command": "its command line; '' without a token",
    "rule": "the name of the rule",
    "hint": "what a reader might do",
    "severity": "how bad it is",
    "family": "the family of metrics",
    "metric": "the metric in it",
    "unit": "what it is counted in",
    "device": "the device's name, '' where there is but one",
    "state": "how it stands",
    "value": "the newest, in the unit of the metric",
    "mode": "who records: here, other, off",
    "size_bytes": "size of the history file",
    "step_seconds": "length of a step",
    "total": "how many there are",
    "tier": "the tier of the history: how fine it is",
    "start": "its beginning, epoch seconds, UTC",
    "end": "its end, epoch seconds, UTC",
}
"""Field -> what it is, where no schema of its own says more."""
INNER: Final = {"UsageList.processes": "Usage", "OneProcess.life": "Lifetime"}
"""Fields whose objects have names of their own above."""


def explained(schemas: dict[str, Schema]) -> dict[str, Schema]:
    """Return the schemas with what each field means that does not say so itself."""
    return {name: _explained(name, schema) for name, schema in schemas.items()}


def _explained(name: str, schema: Schema) -> Schema:
    found = dict(schema)
    if "properties" in schema:
        found["properties"] = {field: _field(name, field, one) for field, one in schema["properties"].items()}
    for part in ("items", "additionalProperties"):
        if isinstance(schema.get(part), dict):
            found[part] = _explained(name, schema[part])
    if "anyOf" in schema:
        found["anyOf"] = [_explained(name, one) for one in schema["anyOf"]]
    return found


def _field(name: str, field: str, schema: Schema) -> Schema:
    path = f"{name}.{field}"
    found = _explained(INNER.get(path, path if "properties" in schema else name), schema)
    if "description" not in found and (text := _meaning(name, path, field)):
        found["description"] = text
    return found


def _meaning(name: str, path: str, field: str) -> str:
    frame = name in ("Frame", "Followed")
    if frame and field in FAMILIES:
        return f"the {field} metrics of each device" if field in WITH_DEVICES else f"the {field} metrics"
    return FIELDS.get(path) or (FIELDS.get(f"Frame.{field}") if frame else None) or COMMON.get(field, "")
