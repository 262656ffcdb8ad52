"""A span of the past with all that is told of it in one place: what an incident report is made from."""

from __future__ import annotations

from dataclasses import dataclass

from tuimon.model.difference import Difference
from tuimon.model.metric import SeriesKey
from tuimon.model.snapshot import Event, Host, Span, Usage, Window


@dataclass(frozen=True, slots=True)
class Chart:
    """One chart of a report: series of one unit that belong together, out of the report's window."""

    title: str
    unit: str
    keys: tuple[SeriesKey, ...]


@dataclass(frozen=True, slots=True)
class Incident:
    """Everything that was recorded of a span [start, end] and is worth a reader's time. Times in epoch seconds.

    `recorded` are the stretches in it, so that gaps can be told; `usage` is who used it, the biggest share of CPU
    first, `processes` how many of the machine's processes that could be said of.
    """

    host: Host
    start: float
    end: float
    made_at: float
    window: Window
    charts: tuple[Chart, ...]
    recorded: tuple[Span, ...]
    events: tuple[Event, ...]
    usage: tuple[Usage, ...]
    difference: Difference
