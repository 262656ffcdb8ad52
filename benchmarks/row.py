"""One line of the benchmarks' table."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """What was measured, beside what it must be.

    `bar` and `stretch` are upper limits in the unit of `value`, None where nothing was promised. `peer` says what
    others take for the same, in words. `note` says how it was measured when that is not plain.
    A benchmark module exposes `run(quick: bool = False) -> list[Row]`; `run()` without the argument is allowed.
    """

    name: str
    value: float
    unit: str
    bar: float | None = None
    stretch: float | None = None
    peer: str = ""
    note: str = ""

    @property
    def verdict(self) -> str:
        """Say whether the bar was met: 'stretch', 'met', 'missed', or '' where there is none."""
        if self.bar is None:
            return ""
        if self.stretch is not None and self.value <= self.stretch:
            return "stretch"
        return "met" if self.value <= self.bar else "missed"
