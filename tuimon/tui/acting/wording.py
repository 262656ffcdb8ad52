"""What is asked before an action and told after it, in rows and lines."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import tzinfo

from tuimon.model.action import Action, Affinity, IoPriority, Nice, Outcome, Signal, Target, ranges
from tuimon.model.times import aware
from tuimon.tui.style import Row, cells, fit, right


def question(action: Action, targets: Sequence[Target]) -> str:
    """Return the title of a confirmation: `Send TERM to 3 processes?`."""
    return f"{deed(action)} {_whom(targets, 'to' if isinstance(action, Signal) else 'of')}?"


def deed(action: Action) -> str:
    """Return what is done, as a button says it."""
    match action:
        case Signal("STOP"):
            return "Send STOP"
        case Signal(name):
            return f"Send {name}"
        case Nice(value):
            return f"Set nice {value}"
        case IoPriority():
            return f"Set {action}"
        case Affinity(cpus):
            return f"Set processors {ranges(cpus)}"


def _whom(targets: Sequence[Target], how: str) -> str:
    if len(targets) == 1:
        return f"{how} {named(targets[0])}"
    return f"{how} {len(targets)} processes"


def named(one: Target) -> str:
    """Return a process as a sentence names it: `leaky (4312)`."""
    return f"{one.name} ({one.pid})"


def started(at: float, now: float, tz: tzinfo | None) -> str:
    """Return when a process was started: the time if it was today, else the date too."""
    then, today = aware(at, tz), aware(now, tz)
    return f"{then:%H:%M:%S}" if then.date() == today.date() else f"{then:%Y-%m-%d %H:%M}"


def hit_list(
    targets: Sequence[Target],
    cautions: Sequence[str],
    *,
    now: float,
    tz: tzinfo | None,
    gone: Collection[tuple[int, float]],
) -> list[Row]:
    """Return a row for each process that will be hit, and below it what is special about it."""
    begun = [started(one.started_at, now, tz) for one in targets]
    pid = max(len(str(one.pid)) for one in targets)
    user = min(12, max([4, *(cells(one.user) for one in targets)]))
    width = max(7, *map(len, begun))
    rows: list[Row] = [[(f"{'PID':>{pid}} {fit('USER', user)} {fit('STARTED', width)} COMMAND", "label")]]
    for one, at, warning in zip(targets, begun, cautions, strict=True):
        rows.append(
            [
                (right(str(one.pid), pid), "bright"),
                (f" {fit(one.user, user)} {fit(at, width)} ", "text"),
                (_command(one), "value"),
            ]
        )
        if one.identity in gone:
            rows.append([(" " * (pid + 1), ""), ("it has ended meanwhile", "dim")])
        if warning:
            rows.append([(" " * (pid - 1) + "! ", "warning"), (warning, "warning")])
    return rows


def _command(one: Target) -> str:
    return f"[{one.name}]" if one.kernel or not one.command else one.command[:200]


def told(outcomes: Sequence[Outcome]) -> str:
    """Return in a line what was done, where all went well."""
    action = outcomes[0].action
    done = {Signal: f"{action} sent to", Nice: f"{action} set for", IoPriority: f"{action} set for"}
    whom = named(outcomes[0].target) if len(outcomes) == 1 else f"{len(outcomes)} processes"
    return f"{done.get(type(action), f'{action} set for')} {whom}"


def report(outcomes: Sequence[Outcome], *, ascii_only: bool) -> list[Row]:
    """Return a row for each process with what came of it, and the remedy below it."""
    rows: list[Row] = []
    for one in outcomes:
        well = one.result == "done"
        mark = ("ok" if ascii_only else "✓") if well else "!"
        rows.append(
            [
                (f"{mark:<2} ", "key" if well else "warning"),
                (f"{named(one.target)}: ", "bright"),
                ("done" if well else one.text, "text" if well else "warning"),
            ]
        )
        if one.remedy:
            rows.append([("   ", ""), (one.remedy, "value")])
    return rows
