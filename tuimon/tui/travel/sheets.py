"""What is told of a span in a sheet: who used it, and what is different at its end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import tzinfo
from typing import Final

from tuimon.model.catalogue import find
from tuimon.model.difference import Change, Difference, Growth, Lifetime
from tuimon.model.metric import SeriesKey
from tuimon.model.snapshot import Usage
from tuimon.model.times import aware
from tuimon.model.units import in_unit, percent, size, span
from tuimon.tui.dialogs.sheet import Line, Sheet, Tab

FORMS = (
    ("html", "incident report", "one HTML page: charts, alerts, who used it, what changed"),
    ("markdown", "incident report", "Markdown, for a ticket"),
    ("csv", "CSV", "every recorded metric, a row a step"),
    ("json", "JSON", "the same"),
    ("svg", "picture", "this screen, as SVG"),
)
"""In which forms a span is taken away: its name, what it is called, what it is."""
MOST: Final = 100
SMALL: Final = 60.0
"""Changes that are larger than no more than so many per cent of all are not told."""


def stretch(start: float, end: float, tz: tzinfo | None) -> str:
    """Return a span as it is written in a title: `03:10:00 to 03:15:00`, with days where it has several."""
    low, high = aware(start, tz), aware(end, tz)
    form = "%H:%M:%S" if low.date() == high.date() else "%b %d %H:%M" if low.year == high.year else "%Y-%m-%d"
    return f"{low.strftime(form)} to {high.strftime(form)}"


def users(usage: Sequence[Usage], start: float, end: float, tz: tzinfo | None, *, by: str = "cpu") -> Sheet:
    """Return who used a span, on a tab by CPU time, by growth of memory and by io; the answer is (pid, started at)."""
    tabs = [
        _ranked("by CPU time", usage, lambda one: one.cpu_seconds, (7, 6, 5, 4, 3, 1)),
        _ranked("by memory growth", usage, lambda one: one.rss_growth_bytes, (7, 6, 3, 2, 5, 1)),
        _ranked("by io", usage, lambda one: one.read_bytes + one.write_bytes, (5, 4, 3, 2, 1)),
    ]
    about = f"{span(end - start)} · {len(usage)} processes were recorded · Enter finds one in the table"
    at = {"memory": 1, "swap": 1, "disk": 2, "filesystem": 2}.get(by, 0)
    return Sheet(f"Who used {stretch(start, end, tz)}", tabs, about=about, at=at)


def _ranked(name: str, usage: Sequence[Usage], way: Callable[[Usage], float], spare: tuple[int, ...]) -> Tab:
    titles = ("#PID", "USER", "#CPU%", "#CPU TIME", "#GROWN", "#AT MOST", "#READ", "#WRITTEN", "COMMAND")
    ranked = sorted((one for one in usage if way(one) > 0), key=lambda one: -way(one))[:MOST]
    return Tab(name, titles, tuple(map(_user, ranked)), "nobody was recorded", spare)


def _user(one: Usage) -> Line:
    shown = (
        str(one.pid),
        one.user,
        percent(one.share_percent),
        f"{one.cpu_seconds:.1f} s",
        signed(one.rss_growth_bytes),
        size(one.rss_peak_bytes),
        size(one.read_bytes),
        size(one.write_bytes),
        one.command or f"[{one.name}]",
    )
    return Line(shown, (one.pid, one.started_at))


def signed(value: float) -> str:
    """Return how many bytes more or less, with its sign."""
    return f"{'+' if value > 0 else '-' if value < 0 else ''}{size(abs(value))}"


def different(found: Difference, tz: tzinfo | None) -> Sheet:
    """Return what changed between two moments, metrics by how unusual the change is, processes on a tab each."""
    changes = tuple(_change(change) for change in found.changes if (change.unusual_percent or 100) >= SMALL)
    reference = (
        f"larger than so many of the changes since {aware(found.reference[0], tz):%b %d %H:%M}"
        if found.reference
        else ("too little is recorded to say what is usual")
    )
    lives = ("#PID", "USER", "STARTED", "COMMAND")
    sizes = ("#PID", "USER", "#BEFORE", "#AFTER", "#GROWN", "NAME")
    weighed = ("METRIC", "#BEFORE", "#AFTER", "#USUALLY", "LARGER THAN")
    tabs = [
        Tab("metrics", weighed, changes, "nothing out of the ordinary", (3, 1)),
        Tab("grown", sizes, tuple(map(_grown, found.grown[:MOST])), "nothing", (2, 3, 1)),
        Tab("appeared", lives, tuple(_life(life, tz) for life in found.appeared[:MOST]), "nothing", (2, 1)),
        Tab("gone", lives, tuple(_life(life, tz) for life in found.vanished[:MOST]), "nothing", (2, 1)),
    ]
    return Sheet(f"What is different: {stretch(found.before, found.after, tz)}", tabs, about=reference)


def named(key: SeriesKey) -> str:
    """Return a series as people name it: `cpu busy`, `disk sda write`."""
    metric = find(key)
    word = metric.name.removesuffix(f"_{metric.unit}").replace("_", " ")
    return " ".join(filter(None, (key.family, key.device, word)))


def _change(change: Change) -> Line:
    unit = find(change.key).unit
    rank = "…" if change.unusual_percent is None else f"{percent(change.unusual_percent, 0)} %"
    usual = "…" if change.usual is None else f"± {in_unit(change.usual, unit)}"
    return Line((named(change.key), in_unit(change.before, unit), in_unit(change.after, unit), usual, rank))


def _grown(one: Growth) -> Line:
    sizes = (size(one.rss_before_bytes), size(one.rss_after_bytes), signed(one.rss_growth_bytes))
    return Line((str(one.pid), one.user, *sizes, one.name), (one.pid, one.started_at))


def _life(one: Lifetime, tz: tzinfo | None) -> Line:
    started = f"{aware(one.started_at, tz):%b %d %H:%M:%S}"
    return Line((str(one.pid), one.user, started, one.command or f"[{one.name}]"), (one.pid, one.started_at))
