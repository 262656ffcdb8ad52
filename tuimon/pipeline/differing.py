"""What was different? Two moments of an archive compared, each change weighed against how the history moves anyway."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median
from typing import Final

from tuimon.model.catalogue import find
from tuimon.model.difference import Change, Difference, Growth, Lifetime
from tuimon.model.metric import SeriesKey
from tuimon.model.snapshot import Frame
from tuimon.protocols import Archive

AROUND: Final = 30.0
"""Seconds before and after a moment whose average stands for it."""
REFERENCE: Final = 7 * 86400.0
"""How far back the history's own moves are looked at."""
POINTS: Final = 500
LEAST: Final = 12
"""Fewer moves than so many are no measure of what is usual."""
MOST_CHANGES: Final = 40


def difference(archive: Archive, one: float, other: float) -> Difference:
    """Return what changed between two moments (epoch seconds, in either order). Raises what the archive raises."""
    before, after = sorted((one, other))
    keys = [key for key in archive.keys(before - AROUND, after + AROUND) if _compared(key)]
    levels = [_around(archive, keys, moment) for moment in (before, after)]
    usual, reference = _moves(archive, keys, before, after)
    changes = [
        _change(key, was, now, usual.get(key, ()))
        for key in keys
        if (was := levels[0].get(key)) is not None and (now := levels[1].get(key)) is not None
    ]
    moved = [change for change in changes if abs(change.after - change.before) > find(change.key).resolution]
    lives = archive.lifetimes(before, after)
    return Difference(
        before=before,
        after=after,
        changes=tuple(sorted(moved, key=_rank)[:MOST_CHANGES]),
        appeared=tuple(life for life in lives if life.first_seen > before and _lives_at(life, after)),
        vanished=tuple(life for life in lives if life.first_seen <= before and not _lives_at(life, after)),
        grown=_grown(archive.frame(before), archive.frame(after)),
        reference=reference,
    )


def _rank(change: Change) -> tuple[float, float]:
    return -(change.unusual_percent or 0.0), -change.score


def _compared(key: SeriesKey) -> bool:
    return key.family != "self" and find(key).kind == "gauge"


def _lives_at(life: Lifetime, moment: float) -> bool:
    return life.ended_at is None or life.ended_at >= moment


def _around(archive: Archive, keys: Sequence[SeriesKey], moment: float) -> dict[SeriesKey, float]:
    """Return the average of each series around a moment; those that were not recorded then are left out."""
    window = archive.window(keys, moment - AROUND, moment + AROUND, 1)
    found = {}
    for key, points in window.series.items():
        known = [value for value in points.average if value is not None]
        if known:
            found[key] = sum(known) / len(known)
    return found


def _moves(
    archive: Archive, keys: Sequence[SeriesKey], before: float, after: float
) -> tuple[dict[SeriesKey, list[float]], tuple[float, float] | None]:
    """Return how far each series moved over the same time, all through the history up to the later moment."""
    spans = archive.spans()
    if not spans or not keys:
        return {}, None
    start = max(min(span.start for span in spans), after - REFERENCE)
    window = archive.window(keys, start, after, POINTS)
    lag = max(1, round((after - before) / window.step))
    found = {key: _lagged(points.average, lag) for key, points in window.series.items()}
    enough = any(len(moves) >= LEAST for moves in found.values())
    return found, (window.times[0], after) if enough else None


def _lagged(values: Sequence[float | None], lag: int) -> list[float]:
    pairs = zip(values, values[lag:], strict=False)
    return sorted(abs(later - earlier) for earlier, later in pairs if earlier is not None and later is not None)


def _change(key: SeriesKey, was: float, now: float, moves: Sequence[float]) -> Change:
    if len(moves) < LEAST:
        return Change(key, was, now, None, None)
    smaller = sum(move < abs(now - was) for move in moves)
    return Change(key, was, now, max(median(moves), find(key).resolution), 100 * smaller / len(moves))


def _grown(before: Frame | None, after: Frame | None) -> tuple[Growth, ...]:
    """Return the processes that were recorded at both moments, those first whose memory grew most."""
    if before is None or after is None:
        return ()
    was = {process.identity: process for process in before.snapshot.processes}
    both = [(was[process.identity], process) for process in after.snapshot.processes if process.identity in was]
    grown = [
        Growth(
            now.pid,
            now.started_at,
            now.name,
            now.user,
            then.rss_bytes,
            now.rss_bytes,
            then.cpu_percent,
            now.cpu_percent,
        )
        for then, now in both
    ]
    return tuple(sorted(grown, key=lambda growth: (-growth.rss_growth_bytes, growth.pid)))
