"""A filter that is understood: which of some processes are shown."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import tzinfo

from tuimon.filters.conditions import Condition, fields, show
from tuimon.filters.matching import When, compiled
from tuimon.filters.mistakes import Mistake
from tuimon.filters.parser import parse
from tuimon.model.process import Process


@dataclass(frozen=True, slots=True)
class Filter:
    """A text and what it asks for; None: every process is shown."""

    text: str
    condition: Condition | None

    def passing(self, processes: Iterable[Process], now: float, tz: tzinfo | None = None) -> list[Process]:
        """Return the processes that are shown, in their order, asked at a moment (epoch seconds)."""
        if self.condition is None:
            return list(processes)
        return list(filter(compiled(self.condition, When(now, tz)), processes))

    def matches(self, process: Process, now: float, tz: tzinfo | None = None) -> bool:
        """Return whether a process is shown."""
        return bool(self.passing((process,), now, tz))

    @property
    def canonical(self) -> str:
        """The text in its one form, whatever way it was typed; '' where everything is shown."""
        return "" if self.condition is None else show(self.condition)

    @property
    def fields(self) -> frozenset[str]:
        """What of a process it looks at, by the catalogue's names: what is costly must be read for it."""
        return frozenset() if self.condition is None else fields(self.condition)


def understood(text: str) -> Filter | Mistake:
    """Return the filter of a text, or what is wrong with it."""
    found = parse(text)
    return found if isinstance(found, Mistake) else Filter(text, found)
