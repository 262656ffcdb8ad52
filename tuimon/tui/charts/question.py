"""What the History screen asks, and what it is answered: values that go between the screen and the reader."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import tzinfo

from tuimon.model.metric import SeriesKey
from tuimon.model.snapshot import Event, Window
from tuimon.tui.style import Row


@dataclass(frozen=True, slots=True)
class Plot:
    """A question: charts of a span (epoch seconds), each of some series, each in so many rows of so many cells.

    `days_back`: beside it the same time so many days before, 0: nothing. `fresh` makes a question another one when
    there is more to be read of the same span.
    """

    start: float
    end: float
    panes: tuple[tuple[SeriesKey, ...], ...]
    rows: tuple[int, ...]
    width: int
    days_back: int = 0
    bands: bool = True
    ascii_only: bool = False
    tz: tzinfo | None = None
    fresh: int = 0


@dataclass(frozen=True, slots=True)
class Plotted:
    """The answer to a Plot: the rows of each chart, what they were drawn from, and what happened in the span.

    The charts' cells are those from `left` on, `cells` of them. `back` is what of `ghost` is added to its times.
    """

    plot: Plot
    charts: tuple[tuple[Row, ...], ...]
    left: int
    cells: int
    window: Window
    ghost: Window | None
    back: float
    events: tuple[Event, ...]


@dataclass(frozen=True, slots=True)
class Names:
    """A question: which series were recorded in a span."""

    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Named:
    """The answer to Names."""

    names: Names
    keys: tuple[SeriesKey, ...]
