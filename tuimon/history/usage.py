"""Who used the machine in a span, from the process rows in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from tuimon.history.happenings import read_hosts
from tuimon.history.lives import Life
from tuimon.history.moments import lives_of, rows_between
from tuimon.history.processcodec import RATE_STEP, Entry
from tuimon.history.view import View
from tuimon.model.snapshot import Usage

FINE_SPAN: Final = 2 * 3600.0
"""Up to which span the 5-second rows are read; longer ones are answered by the 1-minute rows."""


@dataclass(slots=True)
class _Tally:
    """What is added up of one process; times in ms, sizes in KiB, CPU in hundredths of a second."""

    first: Entry
    last: Entry
    peak: int
    own: float  # what the first row's CPU percentage stands for
    read: float = 0.0
    written: float = 0.0


def read(view: View, start: float, end: float) -> tuple[Usage, ...]:
    """Return who used a span, the biggest share of CPU first."""
    level = 5 if end - start <= FINE_SPAN else 60
    bounds = (round(start * 1000), round(end * 1000))
    rows = rows_between(view, level, *bounds)
    if not rows and level == 5:
        level, rows = 60, rows_between(view, 60, *bounds)
    tallies: dict[int, _Tally] = {}
    before = bounds[0]
    for time, entries in rows:
        seconds = min((time - before) / 1000, 2.0 * level)
        before = time
        for entry in entries:
            _add(tallies, entry, seconds)
    lives = lives_of(view, tallies)
    hosts = [*read_hosts(view.db), *view.unsaved.happenings.hosts]
    cores = hosts[-1][1].cores if hosts else 0
    found = [_usage(lives[id_], tally, (cores or 1) * (end - start)) for id_, tally in tallies.items() if id_ in lives]
    return tuple(sorted(found, key=lambda one: (-one.cpu_seconds, -one.rss_peak_bytes, one.pid)))


def _add(tallies: dict[int, _Tally], entry: Entry, seconds: float) -> None:
    tally = tallies.get(entry.life)
    if tally is None:
        tally = tallies[entry.life] = _Tally(entry, entry, entry.rss, max(entry.cpu, 0) / 10 * seconds)
    tally.last = entry
    tally.peak = max(tally.peak, entry.rss)
    tally.read += RATE_STEP * max(entry.read, 0) * seconds
    tally.written += RATE_STEP * max(entry.write, 0) * seconds


def _usage(life: Life, tally: _Tally, capacity: float) -> Usage:
    """Return one process's share; before its first row it used what that row says of the time since the row before."""
    seconds = max(tally.last.cpu_time - tally.first.cpu_time + tally.own, 0.0) / 100
    return Usage(
        pid=life.pid,
        started_at=life.started_at,
        name=life.name,
        user=life.user,
        command=life.command,
        cpu_seconds=seconds,
        rss_growth_bytes=(tally.last.rss - tally.first.rss) << 10,
        rss_peak_bytes=tally.peak << 10,
        read_bytes=tally.read,
        write_bytes=tally.written,
        share_percent=100 * seconds / capacity if capacity > 0 else 0.0,
    )
