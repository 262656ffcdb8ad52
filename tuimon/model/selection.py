"""Metrics as people name them: `cpu`, `cpu.busy_percent`, `disk.busy_percent[sda]`, `disk[sda]`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from tuimon.model.catalogue import METRICS, RECORDED
from tuimon.model.metric import SeriesKey
from tuimon.model.text import harmless

_NAME: Final = re.compile(r"(\w+)(?:\.(\w+))?(?:\[(.*)\])?", re.DOTALL)
ACCEPTED: Final = "a family such as cpu, a metric such as cpu.busy_percent, or one of a device: disk.busy_percent[sda]"


class UnknownMetric(ValueError):  # noqa: N818  what the user meant is not known
    """A name that no recorded metric has; `wrong` is the part of it that is none of `known`."""

    def __init__(self, message: str, wrong: str = "", known: Iterable[str] = ()) -> None:
        super().__init__(message)
        self.wrong = wrong
        self.known = tuple(known)


def select(names: Sequence[str], keys: Iterable[SeriesKey]) -> tuple[SeriesKey, ...]:
    """Return those of some series that are named, all for no names, in the order of the catalogue.

    Raises UnknownMetric for what no metric is called, or for one that is not recorded.
    """
    wanted = [_reads(name) for name in names]
    chosen = [key for key in keys if not wanted or any(reads(key) for reads in wanted)]
    return tuple(sorted(chosen, key=_place))


def _reads(name: str) -> Callable[[SeriesKey], bool]:
    """Return what tells whether a series is meant by a name."""
    found = _NAME.fullmatch(name)
    family, metric, device = found.groups() if found else (name, None, None)
    if family not in RECORDED:
        raise UnknownMetric(f"{_shown(family)} is not a family of metrics", family, RECORDED)
    known = [one.name for one in RECORDED[family]]
    if metric is not None and metric not in known:
        if metric in {one.name for one in METRICS[family]}:
            raise UnknownMetric(f"{family}.{metric} is a total, and totals are not recorded; its rate is")
        raise UnknownMetric(f"{_shown(metric)} is not a metric of {family}", metric, known)
    return lambda key: key.family == family and metric in (None, key.metric) and device in (None, key.device)


def _shown(text: str) -> str:
    return f"'{harmless(text, 80)}'"


_ORDER: Final = {(one.family, one.name): at for at, one in enumerate(m for ms in RECORDED.values() for m in ms)}
_FAMILY: Final = {family: at for at, family in enumerate(RECORDED)}


def _place(key: SeriesKey) -> tuple[int, tuple[int, str], int]:
    number = (int(key.device), "") if key.device.isdecimal() and len(key.device) < 10 else (-1, key.device)
    return _FAMILY.get(key.family, 99), number, _ORDER.get((key.family, key.metric), 999)
