"""`tuimon alerts check | test | notify`."""

from __future__ import annotations

import argparse
import platform
import time
from collections import Counter
from collections.abc import Iterable
from datetime import tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tuimon import compose
from tuimon.cli.errors import Failure, UsageError, shown, suggestion
from tuimon.cli.run import moment_of
from tuimon.config.conditions import show_condition
from tuimon.config.quantities import show_quantity
from tuimon.config.rulebook import rules_of
from tuimon.config.rulekinds import show_quiet
from tuimon.config.settings import Settings
from tuimon.model.rule import Rule, unit_of
from tuimon.model.text import harmless
from tuimon.model.times import format_duration, format_local

if TYPE_CHECKING:
    from tuimon.alerts.retrace import Proposal
    from tuimon.model.snapshot import Event
    from tuimon.protocols import Archive

WEEK: Final = 7 * 86400.0


def run(options: argparse.Namespace, settings: Settings) -> int:
    """Check the rules, try them on the past, or say who is told and whether that works."""
    if options.action == "notify":
        return _notify(settings, trial=hasattr(options, "test"))
    return _check(settings) if options.action == "check" else _test(options, settings)


def _notify(settings: Settings, *, trial: bool) -> int:
    """Print who is told; for a trial send a message to each, and say what came of it: 1 where one was not taken."""
    targets = settings.notify.targets
    if not targets:
        raise Failure("nobody is told: there are no notify.targets in the configuration")
    width = max(len(target.name) for target in targets)
    failed = 0
    for target in targets:
        said = f"wants {', '.join(target.severities)}"
        if trial:
            from tuimon.notices.sending import send

            host = platform.node()
            error = send(
                target, f"tuimon: a trial from {host}", f"This is a trial. tuimon on {host} can tell you of alerts."
            )
            said, failed = f"failed: {error}" if error else "taken", failed + bool(error)
        print(harmless(f"{target.name:{width}}  {said}"), flush=True)
    return 1 if failed else 0


def _check(settings: Settings) -> int:
    """Print the rules in force; the settings were read without a mistake when this is reached."""
    rows: list[tuple[str, ...]] = [("rule", "condition", "for", "clear", "severity", "")]
    rows += [_row(rule) for rule in rules_of(settings.alerts)]
    widths = [max(len(row[column]) for row in rows) for column in range(5)]
    for row in rows:
        line = "  ".join(f"{cell:{width}}" for cell, width in zip(row, widths, strict=False))
        print(harmless(f"{line}  {row[5]}".rstrip()))
    print(f"\n{len(rows) - 1} rules, no mistakes")
    return 0


def _row(rule: Rule) -> tuple[str, ...]:
    unit = unit_of(rule.family, rule.metric)
    clear = "" if unit == "state" else show_quantity(rule.clear, unit)
    severity = rule.severity if rule.critical is None else f"{rule.severity}/critical"
    more = [f"critical beyond {show_quantity(rule.critical, unit)}"] if rule.critical is not None else []
    more += [f"again every {format_duration(rule.repeat_seconds)}"] if rule.repeat_seconds else []
    more += [f"quiet {'; '.join(show_quiet(quiet) for quiet in rule.quiet)}"] if rule.quiet else []
    more += [f"tells {', '.join(rule.targets)}"] if rule.targets else []
    return rule.name, show_condition(rule), format_duration(rule.for_seconds), clear, severity, "; ".join(more)


def _test(options: argparse.Namespace, settings: Settings) -> int:
    """Print what the rules would have raised in a span, and what threshold a wished number of alerts a week needs."""
    from tuimon.alerts import retrace

    rules = _chosen(options, rules_of(settings.alerts))
    zone = compose.zone_of(settings)
    archive = _archive(options, settings)
    try:
        start, end = _span(options, settings, archive, zone)
        judged = tuple(rule for rule in rules if retrace.can_be_judged(rule))
        past = retrace.snapshots(archive, judged, start, end, settings.interval)
        if not hasattr(options, "per_week"):
            _print_events(retrace.retrace(judged, past), judged, end - start, zone)
        else:
            wished = _wished(options)
            kept = tuple(past)
            _print_events(retrace.retrace(judged, iter(kept)), judged, end - start, zone)
            for rule in filter(retrace.can_be_proposed, judged):
                _print_proposal(retrace.propose(rule, kept, end - start, wished), wished)
    finally:
        archive.close()
    left = [rule.name for rule in rules if rule not in judged]
    if left:
        print(f"not judged, since a history does not hold what they are about: {', '.join(left)}")
    return 0


def _wished(options: argparse.Namespace) -> float:
    try:
        wished = float(options.per_week)
    except ValueError:
        wished = -1.0
    if not 0 <= wished < 1e6:
        raise UsageError(f"--per-week: expected a number of alerts, such as 2, got {shown(options.per_week)}")
    return wished


def _chosen(options: argparse.Namespace, rules: tuple[Rule, ...]) -> tuple[Rule, ...]:
    names = getattr(options, "rule", None)
    if not names:
        return rules
    known = {rule.name: rule for rule in rules}
    for name in names:
        if name not in known:
            raise UsageError(f"--rule: {shown(name)} is not a rule{suggestion(name, known)}")
    return tuple(known[name] for name in dict.fromkeys(names))


def _archive(options: argparse.Namespace, settings: Settings) -> Archive:
    if not hasattr(options, "replay"):
        return compose.open_archive(settings)
    from tuimon import history

    return history.open_archive(str(Path(options.replay).absolute()))


def _span(
    options: argparse.Namespace, settings: Settings, archive: Archive, zone: tzinfo | None
) -> tuple[float, float]:
    spans = archive.spans()
    if not spans:
        raise Failure("nothing is recorded in the history")
    newest = max(span.end for span in spans)
    end = moment_of(options.end, settings) if hasattr(options, "end") else min(time.time(), newest + 1)
    start = moment_of(options.start, settings) if hasattr(options, "start") else spans[0].start
    if start >= end:
        raise UsageError("--from must be before --to")
    if not any(span.start <= end and span.end >= start for span in spans):
        held = f"it has {format_local(spans[0].start, zone)} to {format_local(newest, zone)}"
        raise Failure(f"the history has nothing between --from and --to; {held}")
    return max(start, spans[0].start), min(end, newest + 1)


def _print_events(events: Iterable[Event], rules: tuple[Rule, ...], seconds: float, zone: tzinfo | None) -> None:
    counts: Counter[str] = Counter()
    for event in events:
        _print_event(event, zone)
        if event.kind == "alert_raised" and event.alert is not None:
            counts[event.alert.rule] += 1
    print(f"\n{format_duration(round(seconds))} of history:")
    width = max((len(rule.name) for rule in rules), default=0)
    for rule in rules:
        weekly = counts[rule.name] * WEEK / max(seconds, 1.0)
        print(f"  {rule.name:{width}}  {counts[rule.name]:5} raised  {weekly:8.1f} a week")


def _print_event(event: Event, zone: tzinfo | None) -> None:
    severity = event.alert.severity if event.alert and event.kind != "alert_cleared" else "cleared"
    print(harmless(f"{format_local(event.time, zone)}  {severity:8}  {event.text}"))


def _print_proposal(proposal: Proposal, wished: float) -> None:
    rule = proposal.rule
    unit = unit_of(rule.family, rule.metric)
    now = f"{rule.name}: {proposal.per_week:.1f} a week with {rule.comparison} {show_quantity(rule.threshold, unit)}"
    if proposal.threshold is None:
        print(f"{now}; no threshold makes it {wished:g}")
        return
    print(f"{now}; for at most {wished:g} a week: {rule.comparison} {show_quantity(proposal.threshold, unit)}")
