"""The catalogue: every family, every metric, in one order. Everything that names a metric reads it here."""

from __future__ import annotations

from typing import Any, Final

from tuimon.model import families as f
from tuimon.model.metric import Metric, SeriesKey, declared

FAMILIES: Final[dict[str, type[Any]]] = {
    "cpu": f.Cpu,
    "core": f.Core,
    "load": f.Load,
    "memory": f.Memory,
    "swap": f.Swap,
    "pressure": f.Pressure,
    "disk": f.Disk,
    "filesystem": f.Filesystem,
    "network": f.Network,
    "tcp": f.Tcp,
    "system": f.System,
    "sensor": f.Sensor,
    "battery": f.Battery,
    "self": f.Self,
}
"""Family name -> its frozen dataclass. The name is the Snapshot's attribute and the JSON key."""

WITH_DEVICES: Final = frozenset(name for name, cls in FAMILIES.items() if "device" in cls.__dataclass_fields__)

METRICS: Final[dict[str, tuple[Metric, ...]]] = {
    name: declared(name, cls, devices=name in WITH_DEVICES) for name, cls in FAMILIES.items()
}
"""Family name -> its metrics, in the order of declaration."""

RECORDED: Final[dict[str, tuple[Metric, ...]]] = {
    name: tuple(m for m in metrics if m.recorded) for name, metrics in METRICS.items()
}
"""Family name -> the metrics that history keeps."""

BY_NAME: Final[dict[tuple[str, str], Metric]] = {(m.family, m.name): m for ms in METRICS.values() for m in ms}


def find(key: SeriesKey) -> Metric:
    """Return the declaration of a series' metric; KeyError where there is none."""
    return BY_NAME[key.family, key.metric]
