"""What the writer holds that the file does not have yet: reads add it to what they find there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from tuimon.model.snapshot import Alert, Event, Host

if TYPE_CHECKING:
    from tuimon.history.layouts import Layout
    from tuimon.history.lives import Life

Sample = tuple[int, int, int, bytes]
"""segment, time in ms, layout, packed values."""

ProcessRow = tuple[int, int, int, bytes]
"""level in seconds, segment, time in ms, packed entries."""


class Raised(NamedTuple):
    """An alert with the interval in which it was raised; `cleared_at` is None while it is."""

    id: int
    alert: Alert
    cleared_at: float | None = None


class Unwritten(NamedTuple):
    """What happened and is not in the file yet."""

    alerts: tuple[Raised, ...] = ()
    events: tuple[tuple[int, Event, int | None], ...] = ()
    hosts: tuple[tuple[float, Host], ...] = ()


@dataclass(frozen=True, slots=True)
class Unsaved:
    """All that is not in the file, as of one moment between two commits."""

    samples: tuple[Sample, ...] = ()
    layouts: Mapping[int, Layout] = field(default_factory=dict)
    process_rows: tuple[ProcessRow, ...] = ()
    lives: Mapping[int, Life] = field(default_factory=dict)
    spans: tuple[tuple[int, int, int, int], ...] = ()
    happenings: Unwritten = field(default_factory=Unwritten)
