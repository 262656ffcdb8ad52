"""What is watched for: one frozen value a rule, and the rules that hold when nobody wrote any."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from tuimon.model.catalogue import BY_NAME
from tuimon.model.snapshot import Severity

Comparison = Literal[">", "<"]
SEVERITIES: Final[tuple[Severity, ...]] = ("info", "warning", "critical")
DAY: Final = 86400.0

WATCHED: Final[dict[tuple[str, str], tuple[str, str]]] = {
    ("filesystem", "full_in_seconds"): ("seconds", "time until it is full, if it goes on growing as it did"),
    ("process", "missing"): ("state", "not running"),
    ("process", "count"): ("count", "how many there are"),
    ("process", "restarts"): ("count", "how many began within a time"),
    ("process", "cpu_percent"): ("percent", "CPU, of one core"),
    ("process", "memory_percent"): ("percent", "resident memory, of the machine's"),
    ("process", "rss_bytes"): ("bytes", "resident memory"),
    ("process", "threads"): ("count", "threads"),
    ("process", "read_bytes_per_second"): ("bytes_per_second", "read from storage"),
    ("process", "write_bytes_per_second"): ("bytes_per_second", "written to storage"),
    ("collector", "failing"): ("state", "at fault"),
    ("recorder", "failing"): ("state", "cannot write"),
}
"""What rules can be about besides the catalogue: (family, name) -> unit and meaning; a "state" holds or does not."""


def unit_of(family: str, metric: str) -> str:
    """Return the unit of what a rule or an alert is about, 'count' where it is not known."""
    if (family, metric) in WATCHED:
        return WATCHED[family, metric][0]
    found = BY_NAME.get((family, metric))
    return found.unit if found else "count"


@dataclass(frozen=True, slots=True)
class Term:
    """A condition that must hold besides the rule's own, of the same device where the family is the same."""

    family: str
    metric: str
    comparison: Comparison
    threshold: float


@dataclass(frozen=True, slots=True)
class Quiet:
    """Hours in which nothing is sent: from one minute of the day to another, on some days (0 is Monday; none: all)."""

    start: int
    end: int
    days: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """A condition on one metric, for the machine or for each device of its family.

    It is raised when the metric has been beyond `threshold` for `for_seconds`, and cleared when it has been on the
    other side of `clear` for `clear_for_seconds`; between the two thresholds nothing changes. Beyond `critical`, where
    given, an alert that is raised becomes critical and stays so until it clears.

    `device` is a pattern ('' for all). A rule over processes has the family "process" and says in `who` which: a name,
    or a filter; the biggest value of one of them counts, with `together` their sum. `within_seconds` is the time in
    which restarts are counted. `quiet`, `repeat_seconds` and `targets` say when and to whom it is told ('' to all).
    """

    name: str
    family: str
    metric: str
    comparison: Comparison
    threshold: float
    clear: float
    for_seconds: float = 60.0
    clear_for_seconds: float = 30.0
    severity: Severity = "warning"
    critical: float | None = None
    label: str = ""
    device: str = ""
    also: tuple[Term, ...] = ()
    who: str = ""
    together: bool = False
    within_seconds: float = 0.0
    repeat_seconds: float = 0.0
    quiet: tuple[Quiet, ...] = ()
    targets: tuple[str, ...] = ()
    hint: str = ""

    def __post_init__(self) -> None:
        """Refuse a rule that could be raised and cleared by the same value, or be critical before it is raised."""
        if self.comparison == ">" and self.clear > self.threshold:
            raise ValueError(f"rule {self.name}: clear {self.clear} is above its threshold {self.threshold}")
        if self.comparison == "<" and self.clear < self.threshold:
            raise ValueError(f"rule {self.name}: clear {self.clear} is below its threshold {self.threshold}")
        if self.critical is not None and self.is_milder(self.critical):
            raise ValueError(
                f"rule {self.name}: critical {self.critical} is milder than its threshold {self.threshold}"
            )

    def is_milder(self, value: float) -> bool:
        """Return whether a value is on the good side of the threshold."""
        return value < self.threshold if self.comparison == ">" else value > self.threshold


DEFAULT_RULES: Final = (
    Rule("cpu-busy", "cpu", "busy_percent", ">", 80, 70, label="CPU", hint="sort the processes by CPU"),
    Rule("memory-used", "memory", "used_percent", ">", 90, 85, severity="critical", label="memory"),
    Rule("memory-limit", "memory", "limit_used_percent", ">", 90, 85, severity="critical", label="memory limit"),
    Rule("filesystem-used", "filesystem", "used_percent", ">", 85, 83, critical=95, label="filesystem"),
    Rule("filesystem-inodes", "filesystem", "inodes_used_percent", ">", 85, 83, critical=95, label="inodes of"),
    Rule(
        "filesystem-filling",
        "filesystem",
        "full_in_seconds",
        "<",
        DAY,
        1.5 * DAY,
        for_seconds=600.0,
        clear_for_seconds=600.0,
        label="filesystem",
        hint="look for what writes: sort the processes by what they write",
    ),
    Rule("mount-stale", "filesystem", "stale_seconds", ">", 60, 1, for_seconds=0, label="mount"),
    Rule(
        "pressure-memory",
        "pressure",
        "memory_full_percent",
        ">",
        10,
        5,
        label="memory pressure",
        hint="all tasks waited for memory",
    ),
    Rule("pressure-io", "pressure", "io_full_percent", ">", 40, 20, for_seconds=300, label="IO pressure"),
    Rule("pressure-cpu", "pressure", "cpu_some_percent", ">", 80, 60, for_seconds=600, label="CPU pressure"),
    Rule(
        "swap-thrash",
        "swap",
        "in_bytes_per_second",
        ">",
        4e6,
        1e6,
        label="swapping in",
        also=(Term("swap", "out_bytes_per_second", ">", 4e6),),
        hint="memory is short: what is swapped out is wanted back at once",
    ),
    Rule(
        "oom-kill",
        "memory",
        "oom_kills_per_second",
        ">",
        0,
        0,
        for_seconds=0,
        clear_for_seconds=300,
        severity="critical",
        label="killed for want of memory:",
        hint="the kernel's log says who: dmesg",
    ),
    Rule("collector-failing", "collector", "failing", ">", 0.5, 0.5, label="collector"),
    Rule("recorder-failing", "recorder", "failing", ">", 0.5, 0.5, severity="critical", label="the history"),
)
"""The rules that come with the program; `alerts.cpu`, `alerts.memory` and `alerts.filesystem` change the first five."""
