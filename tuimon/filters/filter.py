"""A filter that is understood: which of some processes are shown."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import tzinfo

from tuimon.filters.conditions import And, Condition, Not, Or, Word, fields, show
from tuimon.filters.matching import When, compiled
from tuimon.filters.mistakes import Mistake
from tuimon.filters.parser import parse
from tuimon.model.process import Process


@dataclass(frozen=True, slots=True)
class Filter:
    """A text and what it asks for; None: every process is shown. `tz` is the zone of the times in it."""

    text: str
    condition: Condition | None
    tz: tzinfo | None = None

    def passing(self, processes: Iterable[Process], now: float) -> list[Process]:
        """Return the processes that are shown, in their order, asked at the moment they are of (epoch seconds)."""
        if self.condition is None:
            return list(processes)
        return list(filter(compiled(self.condition, When(now, self.tz)), processes))

    def matches(self, process: Process, now: float) -> bool:
        """Return whether a process is shown."""
        return bool(self.passing((process,), now))

    @property
    def ends_in_word(self) -> bool:
        """Whether the last that it asks for is a plain word: one letter more may make something else of that."""
        last = self.condition
        while isinstance(last, (And, Or, Not)):
            last = last.of if isinstance(last, Not) else last.parts[-1]
        return isinstance(last, Word)

    @property
    def canonical(self) -> str:
        """The text in its one form, whatever way it was typed; '' where everything is shown."""
        return "" if self.condition is None else show(self.condition)

    @property
    def fields(self) -> frozenset[str]:
        """What of a process it looks at, by the catalogue's names: what is costly must be read for it."""
        return frozenset() if self.condition is None else fields(self.condition)


def understood(text: str, tz: tzinfo | None = None) -> Filter | Mistake:
    """Return the filter of a text, or what is wrong with it."""
    found = parse(text)
    return found if isinstance(found, Mistake) else Filter(text, found, tz)
