"""The values that travel: a Snapshot of a machine, a Frame of the program's view of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from tuimon.model import families as f
from tuimon.model.metric import SeriesKey
from tuimon.model.process import Process


@dataclass(frozen=True, slots=True)
class Host:
    """What does not change while a machine is up."""

    name: str = ""
    os: str = ""  # "Debian 12"
    kernel: str = ""  # "6.1.0-18-amd64"
    cores: int = 0
    booted_at: float | None = None  # epoch seconds
    machine_id: str = ""
    cpu_model: str = ""


@dataclass(frozen=True, slots=True)
class Fault:
    """A collector that could not do its part of this sample; its panel shows it."""

    collector: str  # the family it serves, or "processes"
    message: str
    since: float


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What was true of one machine at one instant.

    `time` is in epoch seconds UTC. `elapsed` is the monotonic time since the sample before, None on the first
    sample and after a gap: then every rate is None. `complete` is False when `processes` is only what was
    recorded of that moment. Attributes from `cpu` to `self_` are the families of the catalogue.
    """

    time: float
    elapsed: float | None = None
    host: Host = field(default_factory=Host)
    cpu: f.Cpu = field(default_factory=f.Cpu)
    core: tuple[f.Core, ...] = ()
    load: f.Load = field(default_factory=f.Load)
    memory: f.Memory = field(default_factory=f.Memory)
    swap: f.Swap = field(default_factory=f.Swap)
    pressure: f.Pressure | None = None
    disk: tuple[f.Disk, ...] = ()
    filesystem: tuple[f.Filesystem, ...] = ()
    network: tuple[f.Network, ...] = ()
    tcp: f.Tcp | None = None
    system: f.System = field(default_factory=f.System)
    sensor: tuple[f.Sensor, ...] = ()
    battery: tuple[f.Battery, ...] = ()
    self_: f.Self = field(default_factory=f.Self)
    processes: tuple[Process, ...] = ()
    complete: bool = True
    faults: tuple[Fault, ...] = ()

    def family(self, name: str) -> tuple[Any, ...]:
        """Return the values of one family: none, one, or one a device."""
        value = getattr(self, "self_" if name == "self" else name)
        if value is None:
            return ()
        return value if isinstance(value, tuple) else (value,)

    def value(self, key: SeriesKey) -> float | None:
        """Return the number of one series, None where it is not there."""
        for item in self.family(key.family):
            if getattr(item, "device", "") == key.device:
                found: float | None = getattr(item, key.metric)
                return found
        return None


Severity = Literal["info", "warning", "critical"]
AlertState = Literal["firing", "acknowledged", "silenced", "pending"]


@dataclass(frozen=True, slots=True)
class Alert:
    """A rule that fires for one series, from the moment its condition had held for long enough.

    `since` is when the condition began to hold, `raised_at` when the alert was raised (both epoch seconds). `state` is
    what a person has said to it, by whom and when (`said_by`, `said_at`), `until` the end of a silence; one that is
    pending is not raised yet. `detail` is what else is known of the value, such as how sure a prediction is; `hint`
    what a reader might do.
    """

    rule: str
    severity: Severity
    series: SeriesKey
    value: float | None
    threshold: float
    comparison: Literal[">", "<"]
    since: float
    raised_at: float
    label: str = ""
    state: AlertState = "firing"
    until: float | None = None
    detail: str = ""
    hint: str = ""
    said_by: str = ""
    said_at: float | None = None


EventKind = Literal[
    "alert_raised",
    "alert_escalated",
    "alert_cleared",
    "alert_acknowledged",
    "alert_silenced",
    "recorder_started",
    "recorder_stopped",
    "clock_step",
    "fault",
    "boot",
]


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened at one moment; alert events carry their alert."""

    time: float
    kind: EventKind
    text: str
    alert: Alert | None = None


@dataclass(frozen=True, slots=True)
class Recorder:
    """How recording goes: what the header says.

    mode: "here" this program records; "other" another process does, `pid` if known; "off" nobody does, `reason`
    says why. `by` is which kind of tuimon another process is ("record": one without a screen), '' if not known.
    `brief` is the reason in a few words, '' where it is no fault. `held` samples wait in memory for a file that cannot
    be written, `lost` have been dropped since they waited for too long.
    """

    mode: Literal["here", "other", "off"]
    path: str = ""
    bytes: int = 0
    reason: str = ""
    pid: int | None = None
    interval: float = 1.0
    by: str = ""
    brief: str = ""
    held: int = 0
    lost: int = 0


@dataclass(frozen=True, slots=True)
class Frame:
    """A Snapshot with the alerts then firing and the events since the frame before. `tick` counts frames.

    `pending` holds what may become alerts: it holds, but has not done so for long enough. The past does not know them.
    """

    snapshot: Snapshot
    alerts: tuple[Alert, ...] = ()
    events: tuple[Event, ...] = ()
    recorder: Recorder | None = None
    tick: int = 0
    pending: tuple[Alert, ...] = ()


Tier = Literal["1s", "1m", "5m", "1h"]


@dataclass(frozen=True, slots=True)
class Points:
    """One series over a window: three columns as long as the window's times, None in gaps."""

    average: tuple[float | None, ...]
    minimum: tuple[float | None, ...]
    maximum: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class Window:
    """Several series over a span, in equal steps.

    `times` are the beginnings of the steps (epoch seconds), `step` their length, `tier` the finest tier read.
    """

    start: float
    end: float
    step: float
    tier: Tier
    times: tuple[float, ...]
    series: dict[SeriesKey, Points]


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of recorded time without a gap: [start, end] in epoch seconds, and where it is kept."""

    start: float
    end: float
    tier: Tier


@dataclass(frozen=True, slots=True)
class Usage:
    """What one process used over a span, as far as it was recorded."""

    pid: int
    started_at: float
    name: str
    user: str
    command: str
    cpu_seconds: float
    rss_growth_bytes: int
    rss_peak_bytes: int
    read_bytes: float
    write_bytes: float
    share_percent: float  # its CPU seconds, of all CPU seconds the machine had in the span
