"""What rules would have said of a recorded past: snapshots made of what the history kept, through the same engine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from tuimon.alerts.engine import Plan, State, evaluate
from tuimon.alerts.rules import Rule
from tuimon.model.catalogue import BY_NAME, FAMILIES, WITH_DEVICES
from tuimon.model.metric import SeriesKey
from tuimon.model.snapshot import Event, Snapshot, Window
from tuimon.protocols import Archive

CHUNK: Final = 3600.0
"""Seconds that are read at a time."""
STEPS: Final = {"1m": 60.0, "5m": 300.0, "1h": 3600.0}
PATIENCE: Final = 3.5
"""Steps without a value after which it is a gap."""
WEEK: Final = 7 * 86400.0
CANDIDATES: Final = 40
"""How many thresholds are tried for a proposal."""
NOT_KEPT: Final = frozenset({"missing", "count", "failing"})
"""What a history does not say: who did not run, and what was at fault."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """How often a rule would have been raised a week, and the threshold with which it is at most what was wished."""

    rule: Rule
    raised: int
    per_week: float
    threshold: float | None
    raised_then: int = 0


def can_be_proposed(rule: Rule) -> bool:
    """Return whether another threshold can be looked for: the values are recorded as they are."""
    return (rule.family, rule.metric) in BY_NAME


def can_be_judged(rule: Rule) -> bool:
    """Return whether a history holds what a rule is about."""
    return rule.metric not in NOT_KEPT


def snapshots(
    archive: Archive, rules: Sequence[Rule], start: float, end: float, interval: float = 1.0
) -> Iterator[Snapshot]:
    """Yield the past as far as the rules look at it, in the steps in which it was kept, oldest first.

    A value of a coarse tier is the average of its step. What was not recorded is a gap.
    """
    wanted = _wanted(rules)
    tables = archive.processes(start, end) if any(rule.family == "process" for rule in rules) else iter(())
    table = next(tables, None)
    before = None
    for begin, stop, step in _chunks(archive, start, end, interval):
        keys = tuple(key for key in archive.keys(begin, stop) if (key.family, key.metric) in wanted)
        window = archive.window(keys, begin, stop, max(1, round((stop - begin) / step)))
        for snapshot in _of_window(window, keys):
            at = snapshot.time
            elapsed = None if before is None or at - before > PATIENCE * step else at - before
            while table is not None and table.time < at - 5:
                table = next(tables, None)
            processes = table.processes if table is not None and table.time <= at + step else ()
            yield replace(snapshot, elapsed=elapsed, processes=processes, complete=False)
            before = at


def _wanted(rules: Sequence[Rule]) -> set[tuple[str, str]]:
    wanted = {(rule.family, rule.metric) for rule in rules}
    wanted |= {(term.family, term.metric) for rule in rules for term in rule.also}
    if any(rule.family == "filesystem" for rule in rules):
        wanted |= {("filesystem", "available_bytes"), ("filesystem", "stale_seconds")}
    return {key for key in wanted if key in BY_NAME} | {("cpu", "busy_percent")}


def _chunks(archive: Archive, start: float, end: float, interval: float) -> Iterator[tuple[float, float, float]]:
    """Yield (begin, end, step) of what is recorded, in pieces of at most so long that they fit into memory."""
    for span in archive.spans():
        step = STEPS.get(span.tier, interval)
        begin, stop = max(start, span.start), min(end, span.end + step)
        while begin < stop:
            until = min(stop, begin + CHUNK * max(1.0, step))
            yield begin, until, step
            begin = until


def _of_window(window: Window, keys: Sequence[SeriesKey]) -> Iterator[Snapshot]:
    """Yield a snapshot of each step in which anything is known."""
    columns = [(key, window.series[key].average) for key in keys if key in window.series]
    items = sorted({(key.family, key.device) for key, _ in columns})
    for index, time in enumerate(window.times):
        values: dict[tuple[str, str], dict[str, Any]] = {item: {} for item in items}
        known = False
        for key, column in columns:
            value = column[index]
            if value is not None:
                values[key.family, key.device][key.metric] = value
                known = True
        if known:
            yield _snapshot(time, values)


def _snapshot(time: float, values: dict[tuple[str, str], dict[str, Any]]) -> Snapshot:
    families: dict[str, Any] = {}
    for (family, device), fields in values.items():
        name = "self_" if family == "self" else family
        if family in WITH_DEVICES:
            if fields:
                families[name] = (*families.get(name, ()), FAMILIES[family](device=device, **fields))
        else:
            families[name] = FAMILIES[family](**fields)
    return Snapshot(time, **families)


def retrace(rules: Sequence[Rule], past: Iterator[Snapshot] | Sequence[Snapshot]) -> Iterator[Event]:
    """Yield what the rules would have raised and cleared."""
    plan, state = Plan(rules), State()
    for snapshot in past:
        state, _, events = evaluate(plan, state, snapshot)
        yield from events


def propose(rule: Rule, past: Sequence[Snapshot], seconds: float, wished: float) -> Proposal:
    """Return how often a rule was raised in a past of so many seconds, and the mildest threshold for a wished number a week.

    The distance between the two thresholds stays as it is. No threshold where none that was tried is enough.
    """
    values = sorted(value for snapshot in past for value in _values(rule, snapshot))
    tried = _candidates(rule, values)
    gap = abs(rule.threshold - rule.clear)
    rules = [replace(rule, critical=None)] + [
        replace(
            rule,
            name=f"{number}",
            threshold=limit,
            clear=limit - gap if rule.comparison == ">" else limit + gap,
            critical=None,
        )
        for number, limit in enumerate(tried)
    ]
    counts = dict.fromkeys((one.name for one in rules), 0)
    for event in retrace(rules, past):
        if event.kind == "alert_raised" and event.alert is not None:
            counts[event.alert.rule] += 1
    weeks = max(seconds / WEEK, 1e-9)
    found, then = None, 0
    for number, limit in reversed(list(enumerate(tried))):  # a mild one may be raised once, and never clear
        if counts[f"{number}"] / weeks > wished:
            break
        found, then = limit, counts[f"{number}"]
    return Proposal(rule, counts[rule.name], counts[rule.name] / weeks, found, then)


def _values(rule: Rule, snapshot: Snapshot) -> Iterator[float]:
    for item in snapshot.family(rule.family):
        value = getattr(item, rule.metric)
        if value is not None:
            yield value


def _candidates(rule: Rule, values: Sequence[float]) -> list[float]:
    """Return thresholds to try, the mildest first: as many steps between the middle value and the extreme one."""
    if not values:
        return []
    middle, extreme = values[len(values) // 2], values[-1 if rule.comparison == ">" else 0]
    steps = (middle + (extreme - middle) * number / CANDIDATES for number in range(CANDIDATES + 1))
    return list(dict.fromkeys(_round(value, abs(extreme - middle)) for value in steps))


def _round(value: float, scale: float) -> float:
    """Return a number as a person would choose it: no finer than a hundredth of the range."""
    digits = 0
    while scale and scale * 10**digits < 50 and digits < 6:
        digits += 1
    return round(value, digits)
