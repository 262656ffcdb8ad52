"""What people have said to alerts, and how all rules stand at one moment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tuimon.model.metric import SeriesKey
from tuimon.model.snapshot import Alert, Severity

Word = Literal["acknowledge", "silence", "lift"]


@dataclass(frozen=True, slots=True)
class Mark:
    """What somebody said to the alerts of a rule at a moment (epoch seconds).

    An acknowledgement is of the alert that was raised before it, and ends with it. A silence holds until `until`,
    whether anything fires or not; a lift ends both. `series` None: all that the rule watches; `rule` '': every rule.
    """

    word: Word
    made_at: float
    rule: str = ""
    series: SeriesKey | None = None
    until: float | None = None
    by: str = ""

    def is_about(self, rule: str, series: SeriesKey | None) -> bool:
        """Return whether it was said to a rule's alert of a series, None: to those of all that the rule watches."""
        return self.rule in ("", rule) and self.series in (None, series)


@dataclass(frozen=True, slots=True)
class Notice:
    """What is to be sent to a target from `due_at` on (epoch seconds), after so many tries that came to nothing."""

    id: int
    made_at: float
    target: str
    severity: Severity
    title: str
    text: str
    due_at: float
    tries: int = 0
    error: str = ""


@dataclass(frozen=True, slots=True)
class Ring:
    """What a terminal is asked for: its bell, and a notice on its desktop ('' title: none)."""

    bell: bool = False
    title: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class RuleState:
    """A rule and how it stands: "firing" when any of its alerts is, then "pending", else "inactive"."""

    name: str
    condition: str
    severity: Severity
    for_seconds: float
    clear: float
    state: Literal["inactive", "pending", "firing"]
    hint: str = ""
    label: str = ""
    family: str = ""
    metric: str = ""
    clear_for_seconds: float = 0.0
    repeat_seconds: float = 0.0

    def key(self, device: str) -> SeriesKey:
        """Return the series that the rule watches of a device ('' where there is but one)."""
        return SeriesKey(self.family, device, self.metric)


@dataclass(frozen=True, slots=True)
class Target:
    """Somebody who is told, by the name that may be shown, and how the last sendings went ('' error: well)."""

    name: str
    sent: int = 0
    waiting: int = 0
    error: str = ""
    failing_since: float | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """How all rules stand: `firing` holds acknowledged and silenced alerts too, each says so itself."""

    time: float = 0.0
    rules: tuple[RuleState, ...] = ()
    firing: tuple[Alert, ...] = ()
    pending: tuple[Alert, ...] = ()
    marks: tuple[Mark, ...] = ()
    targets: tuple[Target, ...] = ()
