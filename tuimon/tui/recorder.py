"""Who records, in words: for the header, and a line when that changes. Knows no Textual."""

from __future__ import annotations

from tuimon.model.snapshot import Recorder
from tuimon.model.units import size

BACKGROUND, DASHBOARD, SERVER = "record", "dashboard", "serve"
"""What a recorder without a screen, one that is open somewhere, and one that serves say that they are."""
STARTING = "starting a recorder in the background"


def words(recorder: Recorder, width: int) -> str:
    """Return who records, for a header of a terminal of this width: while this is open, or whatever happens to it."""
    if recorder.mode == "here":
        return f"rec while open · {size(recorder.bytes)}" if width >= 100 else f"rec {size(recorder.bytes)}"
    if recorder.by == BACKGROUND:
        held = f" · {size(recorder.bytes)}" if recorder.bytes and width >= 100 else ""
        return f"rec in background{held}"
    if recorder.by == SERVER and recorder.pid is None:
        return f"rec there{f' · {size(recorder.bytes)}' if recorder.bytes and width >= 100 else ''}"
    if recorder.pid is None or width < 100:
        return "rec elsewhere"
    return f"rec by {'dashboard' if recorder.by == DASHBOARD else 'process'} {recorder.pid}"


def change(before: Recorder | None, now: Recorder | None) -> str:
    """Return a line for the user where another recorder ended or something is wrong with it, '' where nothing changed."""
    if now is None:
        return ""
    if now.mode == "other":
        if now.reason and not (before and before.mode == "other" and before.reason):
            return now.reason
        moved = before is not None and before.mode == "other" and before.pid != now.pid
        return f"{_who(before)} records no more: {_who(now)} does now" if moved else ""
    if before is None or before.mode != "other":
        return ""
    if now.mode == "here":
        return f"{_who(before)} records no more: this dashboard does now, while it is open"
    return f"{_who(before)} records no more, and this dashboard cannot: {now.reason}"


def fault(before: Recorder | None, now: Recorder | None) -> str:
    """Return a line for the user where something is newly wrong with the recording here, '' where nothing is."""
    if now is None or now.mode == "other" or not now.brief:
        return ""
    known = before.brief if before and before.mode != "other" else ""
    if now.brief == known:
        return ""
    return f"{now.brief}, nothing is recorded until that is mended: {now.reason}" if now.mode == "off" else now.reason


def mended(before: Recorder | None, now: Recorder | None) -> str:
    """Return a line for the user where what was held in memory has been stored, '' where nothing was."""
    if before is None or now is None or now.mode != "here" or now.held:
        return ""
    if before.held:
        lost = f"; {now.lost} samples are lost" if now.lost else " and nothing is lost"
        return f"the history is written again: what was held is stored{lost}"
    return "recorded again" if before.mode == "off" and before.brief else ""


def refusal(recorder: Recorder | None) -> str:
    """Return why no recorder is started, '' where one is."""
    if recorder is None or recorder.mode != "other":
        held = recorder.held if recorder else 0
        return f"{held} samples wait in memory to be stored: until they are, recording goes on here" if held else ""
    if recorder.by == BACKGROUND:
        return f"{_who(recorder)} records already, in the background"
    remedy = ": press R there" if recorder.by == DASHBOARD else ""
    return f"{_who(recorder)} records already, while it is open{remedy}"


def _who(recorder: Recorder | None) -> str:
    if recorder is None or recorder.pid is None:
        return "another process"
    return f"{'dashboard' if recorder.by == DASHBOARD else 'process'} {recorder.pid}"
