"""An incident report: one HTML file that needs nothing from elsewhere, or Markdown for a ticket.

Names of processes, mounts and interfaces are hostile input: they are text here, never markup.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import tzinfo
from html import escape
from typing import Final

from tuimon.exporters.drawing import COLOURS, blocks, scale_top, svg
from tuimon.model.catalogue import find
from tuimon.model.difference import Change, Lifetime
from tuimon.model.incident import Chart, Incident
from tuimon.model.metric import SeriesKey
from tuimon.model.snapshot import Usage
from tuimon.model.times import aware, format_local
from tuimon.model.units import in_unit, percent, size, span

TOP: Final = 10
Table = tuple[Sequence[str], list[list[str]]]

_STYLE: Final = (
    "body{font:15px/1.5 system-ui,sans-serif;color:#1f2933;background:#fff;max-width:60rem;margin:2rem auto;padding:0 1rem}"
    "h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2rem;border-bottom:1px solid #d5dbe1}h3{font-size:1rem;margin:1rem 0 0}"
    "table{border-collapse:collapse;width:100%;font-size:.9rem}td,th{padding:.2rem .6rem;text-align:left;vertical-align:top;"
    "border-bottom:1px solid #e6eaee}td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}td.c{word-break:break-word}"
    "svg{width:100%;height:auto;font:11px system-ui,sans-serif}svg text{fill:#52606d}.g{stroke:#e6eaee}"
    ".e{stroke:#b91c1c;stroke-dasharray:3 2}.k{color:#52606d;font-size:.9rem}"
    "@media(prefers-color-scheme:dark){body{color:#d9e2ec;background:#16191d}td,th,h2{border-color:#323a42}.g{stroke:#323a42}"
    "svg text,.k{fill:#9aa5b1;color:#9aa5b1}}"
)


def to_html(incident: Incident, tz: tzinfo | None = None) -> Iterator[str]:
    """Yield the report as one HTML document without scripts, in the reader's colours."""
    title = f"{incident.host.name or 'machine'}: {_stretch(incident, tz)}"
    yield (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body>\n<h1>{escape(title)}</h1>\n"
    )
    yield "".join(f"<p>{escape(line)}</p>\n" for line in summary(incident, tz))
    yield from _html_section("Alerts and events", [events(incident, tz)], "nothing was recorded")
    yield from _html_section("Who used it", [users(incident.usage)], "no processes were recorded")
    yield from _html_section("What changed", differences(incident, tz), "nothing changed that is out of the ordinary")
    yield "<h2>Charts</h2>\n"
    for chart in incident.charts:
        yield f"<h3>{escape(chart.title)}</h3>\n<p class=k>{_legend(chart)}</p>\n"
        yield svg(chart, incident.window, incident.events, tz) + "\n"
    yield f'<p class="k">{escape(_made(incident, tz))}</p>\n</body></html>\n'


def _legend(chart: Chart) -> str:
    names = [find(key).name.removesuffix(f"_{chart.unit}").replace("_", " ") for key in chart.keys]
    if len(names) == 1:
        return f"{escape(names[0])}: average, and from minimum to maximum"
    pairs = zip(names, COLOURS, strict=False)
    return " &nbsp; ".join(f'<span style="color:{colour}">&#9632;</span> {escape(name)}' for name, colour in pairs)


def _html_section(title: str, tables: Sequence[tuple[str, Table]], empty: str) -> Iterator[str]:
    yield f"<h2>{escape(title)}</h2>\n"
    filled = [(name, table) for name, table in tables if table[1]]
    if not filled:
        yield f"<p>{escape(empty)}</p>\n"
    for name, (header, rows) in filled:
        yield f"<h3>{escape(name)}</h3>\n" if name else ""
        yield "<table><tr>" + "".join(f"<th{_class(cell)}>{escape(_bare(cell))}</th>" for cell in header) + "</tr>\n"
        for row in rows:
            cells = "".join(f"<td{_class(head)}>{escape(cell)}</td>" for head, cell in zip(header, row, strict=True))
            yield f"<tr>{cells}</tr>\n"
        yield "</table>\n"


def _class(header: str) -> str:
    return ' class="n"' if header.startswith("#") else ' class="c"' if header == "command" else ""


def _bare(header: str) -> str:
    return header.removeprefix("#")


def to_markdown(incident: Incident, tz: tzinfo | None = None) -> Iterator[str]:
    """Yield the report as Markdown; charts are lines of blocks."""
    yield f"# {_plain(incident.host.name or 'machine')}: {_stretch(incident, tz)}\n\n"
    yield "".join(f"{_plain(line)}\n\n" for line in summary(incident, tz))
    yield from _markdown_section("Alerts and events", [events(incident, tz)], "nothing was recorded")
    yield from _markdown_section("Who used it", [users(incident.usage)], "no processes were recorded")
    yield from _markdown_section(
        "What changed", differences(incident, tz), "nothing changed that is out of the ordinary"
    )
    yield "## Charts\n\n```\n"
    yield from _markdown_charts(incident)
    yield f"```\n\n{_plain(_made(incident, tz))}\n"


def _markdown_charts(incident: Incident) -> Iterator[str]:
    for chart in incident.charts:
        for key in chart.keys:
            points = incident.window.series[key]
            highest = max((value for value in points.maximum if value is not None), default=0.0)
            line = blocks(points.maximum, scale_top(highest, chart.unit))
            name = f"{chart.title} {key.metric.removesuffix('_' + chart.unit)}".replace("`", "'")
            yield f"{name[:40]:<40} {line}  max {in_unit(highest, chart.unit)}\n"


def _markdown_section(title: str, tables: Sequence[tuple[str, Table]], empty: str) -> Iterator[str]:
    yield f"## {title}\n\n"
    filled = [(name, table) for name, table in tables if table[1]]
    if not filled:
        yield f"{empty}\n\n"
    for name, (header, rows) in filled:
        yield f"### {name}\n\n" if name else ""
        yield "| " + " | ".join(_bare(cell) for cell in header) + " |\n"
        yield "|" + "|".join("---:" if cell.startswith("#") else "---" for cell in header) + "|\n"
        yield "".join("| " + " | ".join(_plain(cell) for cell in row) + " |\n" for row in rows) + "\n"


_SPECIAL: Final = re.compile(r"[\\`*_\[\]<>#|~&$]|:(?=//)|^[+-]|(?<=w)\.")


def _plain(text: str) -> str:
    """Return text that Markdown takes for nothing but text: no markup, no link, nobody mentioned."""
    return _SPECIAL.sub(r"\\\g<0>", text).replace("@", "&#64;")


# -- What is said -----------------------------------------------------------------------------------------------------


def summary(incident: Incident, tz: tzinfo | None = None) -> list[str]:
    """Return the sentences at the beginning: whose machine, what fired, who used it most, what is missing."""
    host = incident.host
    lines = [
        f"{host.name or 'A machine'}, {host.os or 'unknown system'}, {host.cores} cores, kernel {host.kernel or '?'}."
    ]
    raised = [event for event in incident.events if event.kind == "alert_raised"]
    lines.append(
        f"{len(raised)} alert{'s' if len(raised) != 1 else ''} raised" + (f": {raised[0].text}." if raised else ".")
    )
    if incident.usage and incident.usage[0].cpu_seconds > 0:
        top = incident.usage[0]
        lines.append(
            f"{top.name} ({top.pid}, {top.user}) used most CPU: {percent(top.share_percent)} % of the machine's."
        )
    grown = max(incident.usage, key=lambda one: one.rss_growth_bytes, default=None)
    if grown is not None and grown.rss_growth_bytes >= 16 << 20:
        lines.append(f"{grown.name} ({grown.pid}, {grown.user}) grew most: {size(grown.rss_growth_bytes)} of memory.")
    if missing := _missing(incident, tz):
        lines.append(f"Not recorded: {missing}.")
    return lines


def _missing(incident: Incident, tz: tzinfo | None) -> str:
    edges = [incident.start, *(edge for one in incident.recorded for edge in (one.start, one.end)), incident.end]
    gaps = [(edges[at], edges[at + 1]) for at in range(0, len(edges), 2) if edges[at + 1] - edges[at] > 60]
    return ", ".join(f"{aware(start, tz):%d %b %H:%M} to {aware(end, tz):%d %b %H:%M}" for start, end in gaps[:5])


def _stretch(incident: Incident, tz: tzinfo | None) -> str:
    length = span(incident.end - incident.start)
    return f"{format_local(incident.start, tz)} to {format_local(incident.end, tz)} ({length})"


def _made(incident: Incident, tz: tzinfo | None) -> str:
    tier = incident.window.tier
    return f"Made by tuimon at {format_local(incident.made_at, tz)}, from the {tier} tier, in steps of {span(incident.window.step)}."


def events(incident: Incident, tz: tzinfo | None = None) -> tuple[str, Table]:
    """Return what happened, oldest first."""
    rows = [
        [
            format_local(event.time, tz),
            event.kind.replace("_", " "),
            event.alert.severity if event.alert else "",
            event.text,
        ]
        for event in incident.events
    ]
    return "", (("time", "what", "severity", "text"), rows)


def users(usage: Iterable[Usage]) -> tuple[str, Table]:
    """Return those who used most CPU, grew most or moved most bytes: each list's first, in the order of CPU."""
    found = list(usage)
    ways: tuple[Callable[[Usage], float], ...] = (
        lambda one: one.cpu_seconds,
        lambda one: one.rss_growth_bytes,
        lambda one: one.read_bytes + one.write_bytes,
    )
    chosen: set[tuple[int, float]] = set()
    for way, count in zip(ways, (TOP, 5, 5), strict=True):
        first = sorted(found, key=lambda one: -way(one))[:count]
        chosen |= {(one.pid, one.started_at) for one in first if way(one) > 0}
    header = (
        "#pid",
        "user",
        "#CPU share",
        "#CPU time",
        "#memory at most",
        "#memory grown",
        "#read",
        "#written",
        "command",
    )
    rows = [_user(one) for one in found if (one.pid, one.started_at) in chosen]
    return "", (header, rows)


def _user(one: Usage) -> list[str]:
    return [
        str(one.pid),
        one.user,
        f"{percent(one.share_percent)} %",
        f"{one.cpu_seconds:.1f} s",
        size(one.rss_peak_bytes),
        _signed(one.rss_growth_bytes, "bytes"),
        size(one.read_bytes),
        size(one.write_bytes),
        one.command or f"[{one.name}]",
    ]


def differences(incident: Incident, tz: tzinfo | None = None) -> list[tuple[str, Table]]:
    """Return what is different at the end from what was at the beginning."""
    found = incident.difference
    changed = [_changed(change) for change in found.changes if (change.unusual_percent or 0) >= 80][: 2 * TOP]
    return [
        (
            "Metrics, the most unusual change first",
            (("metric", "#before", "#after", "#usual change", "#larger than"), changed),
        ),
        ("Processes that appeared", _lives(found.appeared, tz)),
        ("Processes that went", _lives(found.vanished, tz)),
        (
            "Processes that grew",
            (
                ("#pid", "user", "name", "#before", "#after", "#grown"),
                [
                    [
                        str(one.pid),
                        one.user,
                        one.name,
                        size(one.rss_before_bytes),
                        size(one.rss_after_bytes),
                        _signed(one.rss_growth_bytes, "bytes"),
                    ]
                    for one in found.grown[:TOP]
                    if one.rss_growth_bytes >= 1 << 20
                ],
            ),
        ),
    ]


def named(key: SeriesKey) -> str:
    """Return a series as people name it: `cpu busy`, `disk sda write`."""
    metric = find(key)
    word = metric.name.removesuffix(f"_{metric.unit}").replace("_", " ")
    return " ".join(filter(None, (key.family, key.device, word)))


def _changed(change: Change) -> list[str]:
    unit = find(change.key).unit
    return [
        named(change.key),
        in_unit(change.before, unit),
        in_unit(change.after, unit),
        in_unit(change.usual, unit),
        f"{percent(change.unusual_percent, 0)} % of changes",
    ]


def _lives(lives: Sequence[Lifetime], tz: tzinfo | None) -> Table:
    rows = [
        [str(one.pid), one.user, format_local(one.started_at, tz), one.command or f"[{one.name}]"]
        for one in lives[:TOP]
    ]
    return ("#pid", "user", "started", "command"), rows


def _signed(value: float, unit: str) -> str:
    return f"{'+' if value > 0 else '-' if value < 0 else ''}{in_unit(abs(value), unit)}"
