"""The single lines of the screen: header, banner, notice, footer, the summaries of small screens."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import tzinfo
from typing import Final

from tuimon.model.metric import SeriesKey
from tuimon.model.rule import unit_of
from tuimon.model.snapshot import Alert, Recorder
from tuimon.model.times import aware
from tuimon.model.units import compact_rate, percent, rate, size, span
from tuimon.protocols import Ability
from tuimon.tui.box import whole
from tuimon.tui.braille import nice_top, spark
from tuimon.tui.keys import BACK, KEYS, Key, footer_keys, written
from tuimon.tui.panels import cpu, disk, memory, network, storage
from tuimon.tui.recorder import words
from tuimon.tui.style import Row, between, cells, fit, padded, row_width, wrapped
from tuimon.tui.view import View, mark

LIVE_ROOM = 14
"""Cells that "● LIVE" and its surroundings take."""
SUMMARY: Final = 22
"""Cells of a small screen's summary that filesystems may take."""


def clock(now: float, tz: tzinfo | None) -> str:
    """Return the time with its zone: `14:02:31 +09:00`, `14:02:31 UTC`."""
    local = aware(now, tz)
    offset = local.strftime("%z")
    zone = "UTC" if offset in ("+0000", "") else f"{offset[:3]}:{offset[3:]}"
    return f"{local:%H:%M:%S} {zone}"


def header(view: View, width: int) -> Row:
    """Return the header: whose machine, how long up, what tuimon costs, whether it records, live and when."""
    host, snapshot = view.snapshot.host, view.snapshot
    up = None if host.booted_at is None else snapshot.time - host.booted_at
    left: Row = [(" ", "header")]
    if width >= 100:
        left.append(("tuimon  ", "header.dim"))
    left.append((host.name, "header.bright"))
    if view.place and width >= 60:
        left.append((f" at {fit(view.place, min(cells(view.place), width // 4))}", "header"))
    if width < 60:
        left += _count(view)
    facts = [f"up {span(up)}"] if up is not None and up >= 0 and width >= 60 else []
    facts += [host.os, f"{host.cores} cores" if host.cores != 1 else "1 core", host.kernel] if width >= 100 else []
    end: Row = []
    if width >= 100:
        own = snapshot.self_
        end += [(f"self {percent(own.cpu_percent)}% {size(own.memory_bytes)}   ", "header.dim")]
    end += recording(view, width)
    end += _live(view, width)
    if width < 32:
        return between(left, _live(view, width), width, style="header")
    if view.past is None:
        end += [(clock(snapshot.time, view.tz) if width >= 60 else clock(snapshot.time, view.tz)[:8], "header.bright")]
    end.append((" ", "header"))
    for fact in filter(None, facts):
        if row_width(left) + cells(fact) + 4 + row_width(end) <= width:
            left.append((f" · {fact}", "header"))
    return between(left, end, width, style="header")


def _count(view: View) -> Row:
    if not view.frame.alerts:
        return []
    worst = most_severe(view.frame.alerts)
    return [
        (" ", "header"),
        (mark(worst, ascii_only=view.ascii_only)[0][0] + str(len(view.frame.alerts)), "header.warning"),
    ]


def _live(view: View, width: int) -> Row:
    """Return whether the figures are of now or of which moment; if they have stopped coming, for how long."""
    if view.past is not None:
        return [(("< " if view.ascii_only else "◀ ") + when(view, width), "header.bright")]
    if view.replayed and view.silent:
        return [("# " if view.ascii_only else "■ ", "header.live"), ("END ", "header.live")]
    if view.silent:
        return [(f"! STALE {span(view.silent)} ", "header.warning")]
    return [("* " if view.ascii_only else "● ", "header.live"), ("LIVE ", "header.live")]


def when(view: View, width: int) -> str:
    """Return the moment of the past that is shown: its time, its day if it is not today's, how long ago it was."""
    shown = view.past or 0.0
    moment, today = (aware(time, view.tz) for time in (shown, view.now or shown))
    day = (
        "" if moment.date() == today.date() else moment.strftime("%b %d " if moment.year == today.year else "%Y-%m-%d ")
    )
    if width < 60:
        return f"{day}{moment:%H:%M:%S}"
    ago = f" · {span(view.now - shown)} ago" if view.now > shown else ""
    return f"{day}{clock(shown, view.tz) if width >= 100 else clock(shown, view.tz)[:8]}{ago}"


def _why(recorder: Recorder, width: int) -> str:
    """Return why recording is not as it should be, in the part of the header that it may take: whole, or in brief."""
    room = width - 90
    if cells(recorder.reason) <= room or not recorder.brief:
        return fit(recorder.reason, min(cells(recorder.reason), max(0, room)))
    return recorder.brief if width >= 60 else ""


def recording(view: View, width: int) -> Row:
    """Return whether and how the machine is recorded, with the size of the history."""
    recorder = view.frame.recorder
    if recorder is None:
        return [("", "header")]
    gap = "   " if width >= 100 else "  "
    if view.replayed:
        shown = fit(view.replayed, min(cells(view.replayed), max(0, width // 4)))
        return [(shown + gap if width >= 60 else "", "header.dim")]
    why = f": {found}" if (found := _why(recorder, width)) else ""
    if recorder.mode == "off":
        return [(f"not recorded{why}{gap}", "header.warning")]
    if recorder.reason:
        return [(f"! rec{why}{gap}", "header.warning")]
    sign = "o " if view.ascii_only else "◉ "
    return [(sign, "header.rec"), (words(recorder, width) + gap if width >= 60 else "", "header")]


def most_severe(alerts: tuple[Alert, ...]) -> Alert:
    """Return the alert to show when there is room for one: the worst, then the oldest."""
    rank = {"critical": 0, "warning": 1, "info": 2}
    states = {"firing": 0, "acknowledged": 1, "pending": 2, "silenced": 3}
    return min(alerts, key=lambda alert: (states[alert.state], rank[alert.severity], alert.since))


def speaking(alerts: tuple[Alert, ...]) -> tuple[Alert, ...]:
    """Return the alerts that are not silenced: those that the banner tells of."""
    return tuple(alert for alert in alerts if alert.state != "silenced")


def banner(view: View, width: int, keys: Sequence[Key] = KEYS) -> Row:
    """Return what fires now, in one line: severity, metric, for how long, who is biggest; the silenced are not told.

    At its end stand the keys that answer it, as many as there is room for.
    """
    alerts = speaking(view.frame.alerts)
    alert = most_severe(alerts)
    style = "critical" if alert.severity == "critical" else "warning"
    row: Row = [(" ", ""), *mark(alert, ascii_only=view.ascii_only), (f" {alert.severity.upper()}  ", style)]
    row.append((described(alert, view.snapshot.time), "bright"))
    row.append((" · acknowledged" if alert.state == "acknowledged" else _culprit(view, alert), "text"))
    more = len(alerts) - 1
    end: Row = [(f"  +{more} more ", "warning")] if more else [(" ", "")]
    return between([*row, *_answers(keys, width - row_width(row) - row_width(end))], end, width)


ANSWERS: Final = (
    ("desk('to_alert')", "go there"),
    ("desk('acknowledge')", "acknowledge"),
    ("desk('silence')", "silence"),
)
"""What may be done about the alert of the banner, and how that is called there."""


def _answers(keys: Sequence[Key], room: int) -> Row:
    """Return keys and what they do about an alert, at the right end of so many cells."""
    shown: Row = []
    for action, word in ANSWERS:
        if key := written(keys, (action,)).split(" ")[0]:
            more: Row = [("   ", ""), (key, "key"), (f" {word}", "keytext")]
            if not shown and row_width(more) > room:
                more = [("  ", ""), (key, "key"), (f" {word.split(' ')[0]}", "keytext")]
            if row_width(shown) + row_width(more) > room:
                break
            shown += more
    return [(" " * (room - row_width(shown)), ""), *shown] if shown else []


def described(alert: Alert, now: float) -> str:
    """Return an alert in words: `memory 92.4 % > 90 % for 6 min`."""
    from tuimon.model.alertwords import SAID, stated  # noqa: PLC0415  all is well at most starts

    key = alert.series.family, alert.series.metric
    if key in SAID or unit_of(*key) != "percent":
        return f"{stated(alert)} for {span(max(0, now - alert.since))}"
    name = alert.series.device or alert.series.family + (" limit" if alert.series.metric.startswith("limit") else "")
    return f"{name} {percent(alert.value)} % {alert.comparison} {alert.threshold:g} % for {span(max(0, now - alert.since))}"


def _culprit(view: View, alert: Alert) -> str:
    processes = view.snapshot.processes
    if not processes or alert.series.family not in ("cpu", "memory"):
        return ""
    if alert.series.family == "memory":
        top = max(processes, key=lambda p: p.rss_bytes)
        return f" · {top.name} ({top.pid}) holds {percent(top.memory_percent, 0)} %"
    top = max(processes, key=lambda p: p.cpu_percent or 0)
    return f" · {top.name} ({top.pid}) uses {percent(top.cpu_percent, 0)} % of a core"


def notice(text: str, width: int, height: int = 1) -> list[Row]:
    """Return a line for the user, with the way to be rid of it: on a narrow screen in as many rows as it can spare."""
    hide = "  Esc hides this " if width >= 60 else "  Esc "
    parts = wrapped(text, max(1, width - 3 - cells(hide)))
    most = max(1, height // 6)
    if len(parts) > most:
        parts = [*parts[: most - 1], " ".join(parts[most - 1 :])]
    marks = [(" i ", "key"), *[("   ", "key")] * (len(parts) - 1)]
    rows = [padded([mark_, (part, "text")], width) for mark_, part in zip(marks, parts, strict=True)]
    rows[-1] = between([marks[-1], (parts[-1], "text")], [(hide, "dim")], width)
    return rows


def elsewhere(alert: Alert, width: int, view: View, keys: Sequence[Key] = KEYS) -> Row:
    """Return the line that says, to who looks at the past, what fires now, and the key that goes there."""
    when_ = " at the end: " if view.replayed else " now: "
    row: Row = [(" ", ""), *mark(alert, ascii_only=view.ascii_only), (when_, "label")]
    row.append((described(alert, view.now), "bright"))
    back = written(keys, (BACK,)).split(" ")[0]
    return between(row, [(f"  {back} goes there " if back else " ", "dim")], width)


def footer(
    width: int,
    abilities: Collection[Ability],
    *,
    past: bool = False,
    keys: Sequence[Key] = KEYS,
    charts: bool = False,
    details: bool = False,
) -> tuple[Row, list[tuple[int, int, Key]]]:
    """Return the line of keys and where each stands: (first cell, end, key)."""
    row: Row = [(" ", "")]
    places: list[tuple[int, int, Key]] = []
    x = 1
    for key in footer_keys(abilities, past=past, keys=keys, charts=charts, details=details):
        shown = key.shown.split(", ")[0]
        word = f" {key.word}" if width >= 60 else ""
        need = cells(shown) + cells(word)
        if x + need + 1 > width:
            break
        places.append((x, x + need, key))
        row += [(shown, "key"), (word, "keytext"), ("  ", "")]
        x += need + 2
    while row and row_width(row) > width:
        row.pop()
    return padded(row, width), places


def going(words: str, trouble: str, width: int) -> Row:
    """Return the line in which a time is typed, with what is wrong with it."""
    left: Row = [(" go to ", "key"), (words, "bright"), ("▏", "key")]
    room = max(0, width - row_width(left) - 2)
    hint = trouble or next((one for one in HINTS if cells(one) <= room), "")
    return between(left, [(fit(hint, min(room, cells(hint))), "warning" if trouble else "dim"), (" ", "")], width)


HINTS = (
    "14:30  yesterday 03:12  2h ago  2026-11-24T14:30  Enter goes",
    "14:30  yesterday 03:12  2h ago",
    "14:30  2h ago",
)
"""Times as they can be typed, for less and less room."""


def summary(view: View, width: int) -> Row:
    """Return disk, network and the worst filesystem in one line, for small screens; charts give way first."""
    found = storage.worst(view, SUMMARY)
    room = width - row_width(found)
    parts: list[Row] = []
    for charts in (2, 1, 0):
        parts = [[(" ", "")], *_disks(view, chart=charts > 0), *_links(view, chart=charts > 1)]
        if sum(map(row_width, parts)) <= room:
            break
    return between(whole(parts, room), found, width)


def _disks(view: View, *, chart: bool) -> list[Row]:
    disks = view.snapshot.disk
    if not disks:
        return []
    busiest = max(disks, key=lambda d: d.busy_percent or 0)
    read, written = (compact_rate(disk.total(disks, f"{way}_bytes_per_second")) for way in ("read", "write"))
    row: Row = [("disk r", "label"), (f"{read:>5}", "disk"), (" w", "label"), (f"{written:>5}", "disk")]
    row.append((f" busy{percent(busiest.busy_percent, 0):>4} % ", "label"))
    return [[*row, _spark(view, disk.keys(disks), 6)] if chart else row]


def _links(view: View, *, chart: bool) -> list[Row]:
    links, (down, up) = view.snapshot.network, network.arrows(view)
    if not links:
        return []
    received, sent = (compact_rate(network.total(links, f"{way}_bytes_per_second")) for way in ("receive", "transmit"))
    row: Row = [
        (f"{'  ' if view.snapshot.disk else ''}net {down}", "label"),
        (f"{received:>5}", "network"),
        (f" {up}", "label"),
    ]
    row += [(f"{sent:>5}", "network"), (" ", "")]
    return [[*row, _spark(view, network.keys(links), 6)] if chart else row]


def _spark(view: View, keys: list[SeriesKey], n: int) -> tuple[str, str]:
    values = view.total(keys, n + view.future)[:n]
    top = nice_top(max((v for v in values if v is not None), default=0))
    return spark(values, n, top, ascii_only=view.ascii_only), keys[0].family


def figures(view: View, width: int) -> list[Row]:
    """Return CPU and memory, disk and network in two lines, for the smallest screens."""
    snapshot, half = view.snapshot, width // 2
    written = [disk.total(snapshot.disk, f"{way}_bytes_per_second") for way in ("read", "write")]
    moved = [network.total(snapshot.network, f"{way}_bytes_per_second") for way in ("receive", "transmit")]
    return [
        [
            *_share(view, "cpu", cpu.BUSY, cpu.LIMIT, half),
            *_share(view, "mem", memory.USED, memory.LIMIT, width - half),
        ],
        [
            *_speed("dsk", _sum(written) if snapshot.disk else "none", "disk", half),
            *_speed("net", _sum(moved) if snapshot.network else "none", "network", width - half, storage.hint(view)),
        ],
    ]


def _share(view: View, label: str, key: SeriesKey, limit: SeriesKey, width: int) -> Row:
    """Return a percentage, that of a cgroup's limit or a small chart of its past, and the mark of its alert."""
    of_limit = view.snapshot.value(limit)
    row: Row = [(f" {label}", "label"), (f"{percent(view.snapshot.value(key), 0):>4}%", "value")]
    if of_limit is None:
        graph = max(0, width - 14)
        past = spark(view.trail(key, graph), graph, 100, ascii_only=view.ascii_only)
        row.append((f" {past} ", key.family))
    else:
        row += [(" lim", "label"), (f"{percent(of_limit, 0):>4}% ", "value")]
    return padded([*row, *mark(view.alert(key.family), ascii_only=view.ascii_only)], width)


def _speed(label: str, value: float | str | None, style: str, width: int, hint: str = "") -> Row:
    wide = width >= 15 + cells(hint)
    shown = value if isinstance(value, str) else rate(value) if wide else compact_rate(value)
    text = f"{shown:>10}" if wide else f"{shown:>5}"
    return padded([(f" {label}", "label"), (text, style), (hint, "warning")], width)


def _sum(values: list[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None
