"""`--metric`: the recorded metrics that are meant."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tuimon.cli.errors import UsageError, suggestion
from tuimon.model import selection
from tuimon.model.metric import SeriesKey


def select(names: Sequence[str], keys: Iterable[SeriesKey]) -> tuple[SeriesKey, ...]:
    """Return those of some series that are named, all for no names, in the order of the catalogue.

    Raises UsageError for what no metric is called, or for one that is not recorded.
    """
    try:
        return selection.select(names, keys)
    except selection.UnknownMetric as error:
        raise UsageError(f"--metric: {error}{suggestion(error.wrong, error.known) if error.known else ''}") from None
