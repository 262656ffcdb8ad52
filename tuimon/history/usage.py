"""Who used the machine in a span, from the process rows in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from tuimon.history.happenings import read_hosts
from tuimon.history.lives import Life
from tuimon.history.moments import blocks_between, lives_of
from tuimon.history.processcodec import RATE_STEP, Block
from tuimon.history.view import View
from tuimon.model.snapshot import Usage

FINE_SPAN: Final = 2 * 3600.0
"""Up to which span the 5-second rows are read; longer ones are answered by the 1-minute rows."""


@dataclass(slots=True)
class _Tally:
    """What is added up of one process: CPU in hundredths of a second, sizes in KiB, bytes."""

    first_cpu: int
    first_rss: int
    own: float  # what it had used in its first row since the row before
    last_cpu: int = 0
    last_rss: int = 0
    peak: int = 0
    read: float = 0.0
    written: float = 0.0


def read(view: View, start: float, end: float) -> tuple[Usage, ...]:
    """Return who used a span, the biggest share of CPU first."""
    level = 5 if end - start <= FINE_SPAN else 60
    bounds = (round(start * 1000), round(end * 1000))
    blocks = blocks_between(view, level, *bounds)
    if not blocks and level == 5:
        level, blocks = 60, blocks_between(view, 60, *bounds)
    tallies: dict[int, _Tally] = {}
    before = bounds[0]
    for block in blocks:
        passed = [(time - earlier) / 1000 for time, earlier in zip(block.times, [before, *block.times], strict=False)]
        _add(tallies, block, [min(max(seconds, 0.0), 2.0 * level) for seconds in passed])
        before = block.times[-1]
    lives = lives_of(view, tallies)
    hosts = [*read_hosts(view.db), *view.unsaved.happenings.hosts]
    cores = hosts[-1][1].cores if hosts else 0
    capacity = (cores or 1) * (end - start)
    found = [_usage(lives[id_], tally, capacity) for id_, tally in tallies.items() if id_ in lives]
    return tuple(sorted(found, key=lambda one: (-one.cpu_seconds, -one.rss_peak_bytes, one.pid)))


def _add(tallies: dict[int, _Tally], block: Block, seconds: list[float]) -> None:
    """Add a block; `seconds` are what each of its rows stands for."""
    shares, cpu, rss = block.fields[:3]
    reads, writes = block.fields[-2:]
    for life, first, past in block.runs:
        tally = tallies.get(life)
        if tally is None:
            own = max(shares[first], 0) / 10 * seconds[block.places[first]]
            tally = tallies[life] = _Tally(cpu[first], rss[first], own)
        tally.last_cpu = cpu[past - 1]
        tally.last_rss = rss[past - 1]
        tally.peak = max(tally.peak, *rss[first:past])
        passed = [seconds[place] for place in block.places[first:past]]
        tally.read += _moved(reads[first:past], passed)
        tally.written += _moved(writes[first:past], passed)


def _moved(rates: list[int], seconds: list[float]) -> float:
    """Return the bytes that some rates make in as many lengths of time; unknown ones count nothing."""
    if max(rates) <= 0:
        return 0.0
    return RATE_STEP * sum(max(rate, 0) * passed for rate, passed in zip(rates, seconds, strict=True))


def _usage(life: Life, tally: _Tally, capacity: float) -> Usage:
    """Return one process's share; before its first row it used what that row says of the time since the row before."""
    seconds = max(tally.last_cpu - tally.first_cpu + tally.own, 0.0) / 100
    return Usage(
        pid=life.pid,
        started_at=life.started_at,
        name=life.name,
        user=life.user,
        command=life.command,
        cpu_seconds=seconds,
        rss_growth_bytes=(tally.last_rss - tally.first_rss) << 10,
        rss_peak_bytes=tally.peak << 10,
        read_bytes=tally.read,
        write_bytes=tally.written,
        share_percent=100 * seconds / capacity if capacity > 0 else 0.0,
    )
