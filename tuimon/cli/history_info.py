"""`tuimon history info`: what is held, what it takes, and what becomes of it, for people and for programs."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from datetime import tzinfo
from typing import Any, Final

from tuimon.cli.processes import who
from tuimon.cli.record_status import recorder_as_json
from tuimon.history.describe import Description, Gap
from tuimon.history.outlook import NAMES, PAYERS, Outlook, Part
from tuimon.history.parts import ENOUGH
from tuimon.model.times import aware, format_duration, format_local
from tuimon.model.units import size, span

DAY: Final = 86400.0
SHOWN: Final = {
    "samples": "every sample",
    "1m": "every minute",
    "5m": "every 5 minutes",
    "1h": "every hour",
    "processes": "processes, every 5 s",
    "processes_minute": "processes, every min",
    "names": "names of processes",
    "passing": "names, never at top",
    "rest": "everything else",
}
HARDLY: Final = 1200.0
"""Seconds of the newest samples that no cap takes."""


def lines(held: Description, tz: tzinfo | None, now: float) -> Iterator[str]:
    """Yield what a history holds and what becomes of it, a fact a line. `now` is in epoch seconds."""
    yield f"history    {held.path}, format {held.version}"
    yield f"size       {size(held.bytes)} of {size(held.size_cap)} allowed"
    yield f"recorder   {_recorder(held, tz)}"
    if held.host or held.machine_id:
        yield f"machine    {' '.join(part for part in (held.host, f'({held.machine_id})' if held.machine_id else '') if part)}"
    yield from _recorded(held, tz)
    yield ""
    yield from _table(held, tz)
    yield ""
    yield from _future(held, tz, now)


def _recorder(held: Description, tz: tzinfo | None) -> str:
    if held.recorder is None:
        return "nobody records now"
    since = f", since {format_local(held.recorder.since, tz)}" if held.recorder.since else ""
    return f"{who(held.recorder)}{since}"


def _recorded(held: Description, tz: tzinfo | None) -> Iterator[str]:
    if not held.spans:
        yield "recorded   nothing"
        return
    start, end = min(one.start for one in held.spans), max(one.end for one in held.spans)
    yield f"recorded   {format_local(start, tz)} to {format_local(end, tz)}, {span(end - start)}"
    yield f"gaps       {_gaps(held.gaps)}"
    if held.gaps:
        longest = max(held.gaps, key=lambda gap: gap.end - gap.start)
        yield f"  longest  {_gap(longest, tz)}"
        if longest is not held.gaps[-1]:
            yield f"  latest   {_gap(held.gaps[-1], tz)}"
    if held.steps_back:
        times = "once" if held.steps_back == 1 else f"{held.steps_back} times"
        yield f"clock      was set back {times}"
    yield f"series     {held.series}"


def _gaps(gaps: Sequence[Gap]) -> str:
    return f"{len(gaps)}, {span(sum(gap.end - gap.start for gap in gaps))} in all" if gaps else "none"


def _gap(gap: Gap, tz: tzinfo | None) -> str:
    start, end = format_local(gap.start, tz), format_local(gap.end, tz)
    same = start[:11] == end[:11] and start[19:] == end[19:]
    return f"{start[:19] if same else start} to {end[11:] if same else end}, {span(gap.end - gap.start)}"


def _table(held: Description, tz: tzinfo | None) -> Iterator[str]:
    """Yield a line for each part; the last column is what becomes of it."""
    last = "" if held.outlook is None else "cap leaves" if held.outlook.left else "when full"
    yield f"{'':<20}  {'kept for':>8}  {'back to':<16}  {'size':>8}  {'a day':>8}  {last:>10}"
    for name, text in SHOWN.items():
        found = [part for part in held.parts if part.name == name]
        since = min((part.since for part in found if part.since is not None), default=None)
        dated = name != "rest"
        rate = sum(part.rate for part in found)
        cells = (
            f"{text:<20}",
            f"{format_duration(found[0].kept) if dated else '':>8}",
            f"{aware(since, tz).strftime('%Y-%m-%d %H:%M') if dated and since is not None else '':<16}",
            f"{size(sum(part.bytes for part in found)):>8}",
            f"{size(rate * DAY) if rate and held.outlook else '':>8}",
            f"{_in_the_end(found, held.outlook) if held.outlook else '':>10}",
        )
        yield "  ".join(cells)


def _in_the_end(found: Sequence[Part], outlook: Outlook) -> str:
    """Return how much of a part there will be: its size, or where the cap takes from any, the time that it leaves."""
    if not outlook.left:
        return size(sum(part.full for part in found))
    seconds = outlook.left.get(found[0].name)
    if seconds is None:
        return "all" if found[0].kept < math.inf else ""
    return span(seconds) if seconds >= HARDLY else "the newest"


def _future(held: Description, tz: tzinfo | None, now: float) -> Iterator[str]:
    found = held.outlook
    if found is None:
        yield f"growth     can be told once {format_duration(ENOUGH)} are recorded"
        return
    yield f"growth     {size(found.bytes_per_day)} a day of recording{_full(found, tz, now)}"
    yield f"cap        {size(held.size_cap)}: {_cap(found, tz, now)}"


def _full(found: Outlook, tz: tzinfo | None, now: float) -> str:
    if found.reached_in is not None:
        return f"; to keep all of it as long as it may be, it would take {size(found.full_bytes)}"
    return f"; {size(found.full_bytes)} when full, {_when(found.full_in, tz, now)}" if found.full_in else ""


def _when(seconds: float, tz: tzinfo | None, now: float) -> str:
    form = "about %Y-%m-%d %H:%M" if seconds < 2 * DAY else "about %Y-%m-%d"
    return aware(now + seconds, tz).strftime(form)


def _cap(found: Outlook, tz: tzinfo | None, now: float) -> str:
    if found.reached_in is None:
        return "at this rate it is never met"
    first = [word for word, names in (("names", NAMES), ("samples", PAYERS)) if found.left.keys() & set(names)]
    goes = f"the oldest {' and '.join(first)} go"
    return f"met {_when(found.reached_in, tz, now)}; from then on {goes}" if found.reached_in else f"in force, {goes}"


def to_object(held: Description, now: float) -> dict[str, Any]:
    """Return the same as values for JSON: times in epoch seconds, null for what is not known."""
    return {
        "path": held.path,
        "format": held.version,
        "used_bytes": held.bytes,
        "size_cap_bytes": held.size_cap,
        "host": held.host,
        "machine_id": held.machine_id,
        "recorder": held.recorder and recorder_as_json(held.recorder),
        "start": min((one.start for one in held.spans), default=None),
        "end": max((one.end for one in held.spans), default=None),
        "recorded_seconds": held.seconds,
        "steps_back": held.steps_back,
        "gaps": [{"start": gap.start, "end": gap.end} for gap in held.gaps],
        "series": held.series,
        "bytes_per_value": held.bytes_per_value,
        "parts": [_part(part) for part in held.parts],
        "outlook": None if held.outlook is None else _outlook(held.outlook, now),
    }


def _part(part: Part) -> dict[str, Any]:
    return {
        "name": part.name,
        "kept_seconds": part.kept if math.isfinite(part.kept) else None,
        "since": part.since,
        "recorded_seconds": part.seconds,
        "rows": part.rows,
        "bytes": part.bytes,
        "bytes_per_day": part.rate * DAY,
    }


def _outlook(found: Outlook, now: float) -> dict[str, Any]:
    return {
        "bytes_per_day": found.bytes_per_day,
        "full_bytes": found.full_bytes,
        "full_at": now + found.full_in,
        "cap_reached_at": None if found.reached_in is None else now + found.reached_in,
        "left_seconds": dict(found.left),
    }
