"""What a rule reads from a Snapshot: the value of each series that it watches."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final

from tuimon.model.metric import SeriesKey
from tuimon.model.process import Process
from tuimon.model.rule import Rule, Term
from tuimon.model.snapshot import Snapshot

if TYPE_CHECKING:
    from tuimon.filters import Filter

MANY_DEVICES: Final = 4096
"""How many devices are remembered with the rules that are about them; names that churn begin anew beyond."""
STALE: Final = "stale_seconds"
Value = float | None


@dataclass(slots=True)
class Group:
    """All rules about one metric of the catalogue.

    `watched` holds for each device that was seen its series, its rules with the keys of their tracks, and between
    which values none of them is beyond its threshold.
    """

    family: str
    metric: str
    rules: tuple[Rule, ...]
    get: Callable[[Any], Value]
    by_device: dict[str, list[Rule]] = field(default_factory=dict)
    patterns: list[Rule] = field(default_factory=list)
    watched: dict[str, Watched] = field(default_factory=dict)

    def of(self, device: str) -> Watched:
        """Return what is watched of a device."""
        found = self.watched.get(device)
        if found is None:
            if len(self.watched) > MANY_DEVICES:
                self.watched.clear()
            found = self.watched[device] = self._watch(device)
        return found

    def _watch(self, device: str) -> Watched:
        series = SeriesKey(self.family, device, self.metric)
        rules = [*self.by_device.get(device, ()), *(r for r in self.patterns if fnmatchcase(device, r.device or "*"))]
        above = [rule.threshold for rule in rules if rule.comparison == ">"]
        below = [rule.threshold for rule in rules if rule.comparison == "<"]
        high = min(above) if above else float("inf")
        low = max(below) if below else float("-inf")
        return Watched(series, tuple((rule, (rule.name, series)) for rule in rules), low, high)


@dataclass(frozen=True, slots=True)
class Watched:
    """The rules about one series."""

    series: SeriesKey
    rules: tuple[tuple[Rule, tuple[str, SeriesKey]], ...]
    low: float
    high: float


def grouped(rules: Sequence[Rule]) -> tuple[Group, ...]:
    """Return the rules about metrics of the catalogue, by metric."""
    groups: dict[tuple[str, str], Group] = {}
    for rule in rules:
        key = rule.family, rule.metric
        group = groups.get(key)
        if group is None:
            of = tuple(one for one in rules if (one.family, one.metric) == key)
            group = groups[key] = Group(rule.family, rule.metric, of, _getter(rule.family, rule.metric))
        if rule.device and not set(rule.device) & set("*?["):
            group.by_device.setdefault(rule.device, []).append(rule)
        else:
            group.patterns.append(rule)
    return tuple(groups.values())


def _getter(family: str, metric: str) -> Callable[[Any], Value]:
    """Return what reads a metric that may be judged: no old answer of a filesystem, none of one made to be full."""
    if family != "filesystem":
        return attrgetter(metric)
    if metric == STALE:
        return lambda item: item.stale_seconds or 0.0
    return lambda item: None if item.stale_seconds is not None or item.read_only else getattr(item, metric)


def holds(term: Term, snapshot: Snapshot, device: str) -> bool:
    """Return whether a further condition of a rule is met; one that is not known is not."""
    for item in snapshot.family(term.family):
        if getattr(item, "device", device) == device or not hasattr(item, "device"):
            value = getattr(item, term.metric)
            if value is not None:
                return bool(value > term.threshold if term.comparison == ">" else value < term.threshold)
    return False


# -- processes --------------------------------------------------------------------------------------------------------


def _filter(text: str) -> Filter | None:
    from tuimon.filters import Filter, understood  # noqa: PLC0415  most rules need no filter

    found = understood(text)
    return found if isinstance(found, Filter) else None


class Who:
    """Which processes a rule is about."""

    def __init__(self, text: str) -> None:
        self._filter = _filter(text.strip('"')) if text.startswith('"') else None
        self._name = text
        self._is_pattern = self._filter is None and bool(set(text) & set("*?["))

    def among(self, processes: Sequence[Process], now: float) -> list[Process]:
        """Return those that are meant."""
        if self._filter is not None:
            return self._filter.passing(processes, now)
        if self._is_pattern:
            return [process for process in processes if fnmatchcase(process.name, self._name)]
        return [process for process in processes if process.name == self._name]


def of_processes(rule: Rule, found: Sequence[Process], snapshot: Snapshot) -> Value:
    """Return what a rule over processes reads; None where not all of them are known and those may count."""
    if rule.metric in ("missing", "count"):
        if not snapshot.complete or not snapshot.processes:
            known = rule.metric == "missing" and bool(found)
            return 0.0 if known else None
        return float(not found) if rule.metric == "missing" else float(len(found))
    values = [value for process in found if (value := getattr(process, rule.metric)) is not None]
    if not values:
        return 0.0 if snapshot.complete and snapshot.processes else None
    return float(sum(values) if rule.together else max(values))


def series_of(rule: Rule) -> SeriesKey:
    """Return the series of a rule over processes."""
    return SeriesKey("process", rule.who.strip('"'), rule.metric)


# -- faults -----------------------------------------------------------------------------------------------------------

RECORDER: Final = "recorder"
NO_COLLECTOR: Final = frozenset({RECORDER, "pipeline"})


def of_faults(rule: Rule, snapshot: Snapshot, tracked: Iterable[SeriesKey]) -> Iterator[tuple[SeriesKey, Value]]:
    """Yield for each part at fault 1, and 0 for those that were and are not any more."""
    at_fault = {
        "" if fault.collector == RECORDER else fault.collector
        for fault in snapshot.faults
        if (fault.collector == RECORDER) == (rule.family == RECORDER)
        and (fault.collector == RECORDER or fault.collector not in NO_COLLECTOR)
        and fnmatchcase(fault.collector, rule.device or "*")
    }
    for device in sorted(at_fault):
        yield SeriesKey(rule.family, device, rule.metric), 1.0
    for series in tracked:
        if series.device not in at_fault:
            yield series, 0.0
