"""How a metric is declared: once, as the field of a family's frozen dataclass."""

from __future__ import annotations

import dataclasses
from typing import Any, Literal, NamedTuple

Unit = Literal[
    "percent",
    "bytes",
    "bytes_per_second",
    "per_second",
    "count",
    "seconds",
    "celsius",
    "hertz",
    "rpm",
    "watts",
]
Kind = Literal["gauge", "counter"]

RESOLUTION: dict[Unit, float] = {
    "percent": 0.1,
    "bytes": 1024,
    "bytes_per_second": 16,
    "per_second": 1,
    "count": 1,
    "seconds": 0.0001,
    "celsius": 0.5,
    "hertz": 1e6,
    "rpm": 10,
    "watts": 0.1,
}


class SeriesKey(NamedTuple):
    """One series of numbers: a metric of a family, of one device where the family has devices ('' else)."""

    family: str
    device: str
    metric: str

    def __str__(self) -> str:
        return f"{self.family}.{self.metric}" + (f"[{self.device}]" if self.device else "")


@dataclasses.dataclass(frozen=True, slots=True)
class Metric:
    """The declaration of one metric, read back from the field of its family.

    `resolution` is the smallest difference that history keeps, in the metric's unit; `recorded` says
    whether history keeps it at all (cumulative totals are for exporters only).
    """

    family: str
    name: str
    unit: Unit
    kind: Kind
    resolution: float
    recorded: bool
    help: str
    source: str
    devices: bool


def metric(
    unit: Unit,
    help_: str,
    source: str = "",
    *,
    kind: Kind = "gauge",
    resolution: float | None = None,
    recorded: bool | None = None,
) -> Any:  # noqa: ANN401  as dataclasses.field: the annotation of the field is its type
    """Declare a metric: the default of a dataclass field, None until it is known."""
    return dataclasses.field(
        default=None,
        metadata={
            "unit": unit,
            "help": help_,
            "source": source,
            "kind": kind,
            "resolution": RESOLUTION[unit] if resolution is None else resolution,
            "recorded": kind == "gauge" if recorded is None else recorded,
        },
    )


def declared(family: str, cls: type[Any], *, devices: bool) -> tuple[Metric, ...]:
    """Read the metrics of one family back from its dataclass."""
    return tuple(
        Metric(
            family=family,
            name=field.name,
            unit=field.metadata["unit"],
            kind=field.metadata["kind"],
            resolution=field.metadata["resolution"],
            recorded=field.metadata["recorded"],
            help=field.metadata["help"],
            source=field.metadata["source"],
            devices=devices,
        )
        for field in dataclasses.fields(cls)
        if "unit" in field.metadata
    )
