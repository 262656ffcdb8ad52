"""What is exported as rows: a header of column names, and values in that order. A time is epoch seconds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from tuimon.model.metric import SeriesKey
from tuimon.model.process import LIVE_ONLY, Process, ProcessTable
from tuimon.model.snapshot import Window

Value = str | float | int | bool | None
Row = Sequence[Value]


def series_header(keys: Sequence[SeriesKey], *, spread: bool) -> tuple[str, ...]:
    """Return the columns of series: `time`, then each series, with its `.min` and `.max` where `spread` is wanted."""
    names = [str(key) for key in keys]
    if not spread:
        return "time", *names
    return "time", *(f"{name}{part}" for name in names for part in ("", ".min", ".max"))


def series_rows(windows: Iterable[Window], keys: Sequence[SeriesKey], *, spread: bool) -> Iterator[Row]:
    """Yield a row a step, averages first; steps of which nothing was recorded, or that were had already, are left out.

    Windows come in the order of time; they may overlap.
    """
    last = float("-inf")
    for window in windows:
        columns: list[Sequence[float | None]] = []
        for key in keys:
            points = window.series[key]
            columns.extend((points.average, points.minimum, points.maximum) if spread else (points.average,))
        for time, *values in zip(window.times, *columns, strict=True):
            if time > last and any(value is not None for value in values):
                last = time
                yield time, *map(_rounded, values)


def _rounded(value: float | None) -> float | None:
    """Return a number without the digits that come of arithmetic."""
    if value is None:
        return None
    short = round(value, 4)
    return int(short) if short == int(short) else short


RECORDED: Final = tuple(name for name in Process._fields if name not in LIVE_ONLY)
PROCESS_HEADER: Final = ("time", *RECORDED)


def process_rows(tables: Iterable[ProcessTable], step: float = 0.0) -> Iterator[Row]:
    """Yield a row for each process of each table, of the first one in each `step` seconds.

    Tables come in the order of time; one of a moment that was had already is left out.
    """
    last = float("-inf")
    slot: float | None = None
    for time, processes in tables:
        before, slot = slot, time // step if step else time
        if time <= last or slot == before:
            continue
        last = time
        for process in processes:
            yield time, *[_rounded(value) if type(value) is float else value for value in process[: len(RECORDED)]]
