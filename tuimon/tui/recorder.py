"""Who records, in words: for the header, and a line when that changes. Knows no Textual."""

from __future__ import annotations

from tuimon.model.snapshot import Recorder
from tuimon.model.units import size

BACKGROUND = "record"
"""What a recorder without a screen says that it is."""
STARTING = "starting a recorder in the background"


def words(recorder: Recorder, width: int) -> str:
    """Return who records, for a header of a terminal of this width: while this is open, or whatever happens to it."""
    if recorder.mode == "here":
        return f"rec while open · {size(recorder.bytes)}" if width >= 100 else f"rec {size(recorder.bytes)}"
    if recorder.by == BACKGROUND:
        held = f" · {size(recorder.bytes)}" if recorder.bytes and width >= 100 else ""
        return f"rec in background{held}"
    return f"rec by process {recorder.pid}" if recorder.pid and width >= 100 else "rec elsewhere"


def change(before: Recorder | None, now: Recorder | None) -> str:
    """Return a line for the user where another recorder ended, '' where nothing of the kind happened."""
    if before is None or now is None or before.mode != "other" or now.mode == "other":
        return ""
    who = f"process {before.pid}" if before.pid else "another process"
    if now.mode == "here":
        return f"{who} records no more: this dashboard does now, while it is open; R records in the background again"
    return f"{who} records no more, and this dashboard cannot: {now.reason}"


def refusal(recorder: Recorder | None) -> str:
    """Return why no recorder need be started, '' where it may be."""
    if recorder is None or recorder.mode != "other":
        return ""
    who = f"process {recorder.pid}" if recorder.pid else "another process"
    where = " in the background" if recorder.by == BACKGROUND else ""
    return f"{who} records already{where}, into {recorder.path}"
