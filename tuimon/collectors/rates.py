"""Rates from cumulative totals: the one place where they are made.

A counter of the kernel only grows. When it is smaller than it was, it was reset or it wrapped at 32 bits; which
of the two cannot be told, so the rate of that sample is not known. `elapsed` is None on the first sample and
over a gap: then no rate is known.
"""

from __future__ import annotations


def increase(now: float | None, before: float | None) -> float | None:
    """Return by how much a counter grew; None when either total is unknown or it went back."""
    if now is None or before is None or now < before:
        return None
    return now - before


def rate(now: float | None, before: float | None, elapsed: float | None) -> float | None:
    """Return the growth of a counter in units a second over `elapsed` seconds; None when it cannot be known."""
    if now is None or before is None or not elapsed or elapsed < 0 or now < before:
        return None
    return (now - before) / elapsed


def share(now: float | None, before: float | None, elapsed: float | None, limit: float = 100.0) -> float | None:
    """Return a counter of seconds as percent of the time that went by, at most `limit`: clocks are not read together."""
    found = rate(now, before, elapsed)
    return None if found is None else min(limit, found * 100.0)


def ratio(part: float | None, whole: float | None) -> float | None:
    """Return one quantity in percent of another; None when either is unknown or the whole is nothing."""
    if part is None or not whole:
        return None
    return part * 100.0 / whole
