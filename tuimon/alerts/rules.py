"""What is watched for: one frozen value a rule, and the rules that hold when nobody wrote any."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from tuimon.model.snapshot import Severity


@dataclass(frozen=True, slots=True)
class Rule:
    """A condition on one metric, for the machine or for each device of its family.

    It is raised when the metric has been beyond `threshold` for `for_seconds`, and cleared when it has been on the
    other side of `clear` for `clear_for_seconds`; between the two thresholds nothing changes. Beyond `critical`, where
    given, an alert that is raised becomes critical and stays so until it clears.
    """

    name: str
    family: str
    metric: str
    comparison: Literal[">", "<"]
    threshold: float
    clear: float
    for_seconds: float = 60.0
    clear_for_seconds: float = 30.0
    severity: Severity = "warning"
    critical: float | None = None
    label: str = ""

    def __post_init__(self) -> None:
        """Refuse a rule that could be raised and cleared by the same value."""
        if self.comparison == ">" and self.clear > self.threshold:
            raise ValueError(f"rule {self.name}: clear {self.clear} is above its threshold {self.threshold}")
        if self.comparison == "<" and self.clear < self.threshold:
            raise ValueError(f"rule {self.name}: clear {self.clear} is below its threshold {self.threshold}")


DEFAULT_RULES: Final = (
    Rule("cpu-busy", "cpu", "busy_percent", ">", 80, 70, label="CPU"),
    Rule("memory-used", "memory", "used_percent", ">", 90, 85, severity="critical", label="memory"),
    Rule("memory-limit", "memory", "limit_used_percent", ">", 90, 85, severity="critical", label="memory limit"),
    Rule("filesystem-used", "filesystem", "used_percent", ">", 85, 83, critical=95, label="filesystem"),
)
