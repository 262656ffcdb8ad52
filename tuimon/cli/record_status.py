"""`tuimon record status`: who records, into which file, and whether anything arrives there."""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import tzinfo
from typing import Literal

from tuimon import compose
from tuimon.cli.errors import Failure
from tuimon.cli.processes import user_of, who
from tuimon.config.settings import Settings
from tuimon.history import holders, store
from tuimon.history.errors import HistoryError
from tuimon.history.holders import Holder
from tuimon.history.lock import recorder_of
from tuimon.history.owners import forbidden
from tuimon.model.times import format_local
from tuimon.model.units import size, span

State = Literal["recording", "stalled", "nobody", "unknown"]


@dataclass(frozen=True, slots=True)
class Status:
    """What is known of a recording; times are epoch seconds. `notes` are what somebody should see to, a line each."""

    state: State
    path: str
    exists: bool
    bytes: int
    newest_at: float | None
    recorder: Holder | None
    notes: tuple[str, ...]

    @property
    def who(self) -> str:
        """Who records, in words."""
        if self.recorder is None:
            return "not known" if self.state == "unknown" else "nobody records now"
        return who(self.recorder)


def status(options: argparse.Namespace, settings: Settings) -> int:
    """Print how recording goes; 0 where somebody records and it is stored, else 1."""
    path, note = compose.history_path(settings)
    if not path:
        raise Failure(note)
    now = time.time()
    found = look(path, now)
    if hasattr(options, "json"):
        print(json.dumps(as_json(found, now), separators=(",", ":")))
    else:
        for line in lines(found, now, compose.zone_of(settings)):
            print(line)
    return 0 if found.state == "recording" else 1


def look(path: str, now: float) -> Status:
    """Return how recording into a history goes."""
    why = forbidden(f"{path}.lock") or forbidden(path)
    found = recorder_of(path)
    newest_at, trouble = (None, "") if why else _newest(path)
    state: State = "nobody"
    notes = [note for note in (why, trouble) if note]
    if found is not None:
        idle = min(now - store.stored_at(path), now - (found.since or 0.0))
        state = "stalled" if found.patience < idle and not why else "recording"
        if found.trouble:
            notes.append(found.trouble)
        elif state == "stalled":
            notes.append(f"nothing was stored for {span(idle)}: see the log of the recorder, or have it begin again")
        if differs := holders.skew(found):
            notes.append(differs)
    elif why:
        state = "unknown"
    return Status(state, path, os.path.lexists(path), store.size_of(path), newest_at, found, tuple(notes))


def _newest(path: str) -> tuple[float | None, str]:
    """Return when the newest sample that is stored was taken, and what keeps it from being read."""
    from tuimon.history import open_archive

    if not os.path.lexists(path):
        return None, ""
    try:
        archive = open_archive(path)
        try:
            return max((one.end for one in archive.spans()), default=None), ""
        finally:
            archive.close()
    except HistoryError as error:
        return None, str(error)


def lines(found: Status, now: float, tz: tzinfo | None) -> Iterator[str]:
    """Yield what is known of a recording, a fact a line."""
    recorder = found.recorder
    yield f"recorder    {found.who}"
    if recorder and recorder.since:
        yield f"since       {format_local(recorder.since, tz)}, {span(max(0.0, now - recorder.since))}"
    if found.exists:
        yield f"history     {found.path}, {size(found.bytes)}"
        if found.newest_at is not None:
            age = span(max(0.0, now - found.newest_at))
            yield f"newest      {age} old, of {format_local(found.newest_at, tz)}"
        elif not found.notes:
            yield "newest      no sample yet"
    elif found.state == "unknown":
        yield f"history     {found.path}"
    else:
        yield f"history     {found.path} (not there yet)"
    for note in found.notes:
        yield f"note        {note}"


def as_json(found: Status, now: float) -> dict[str, object]:
    """Return the same as values: null for what is not known."""
    return {
        "state": found.state,
        "history": {
            "path": found.path,
            "used_bytes": found.bytes if found.exists else None,
            "newest_at": found.newest_at,
            "newest_age_seconds": None if found.newest_at is None else round(max(0.0, now - found.newest_at), 3),
        },
        "recorder": found.recorder and recorder_as_json(found.recorder),
        "notes": list(found.notes),
    }


def recorder_as_json(recorder: Holder) -> dict[str, object]:
    """Return what is known of who records as values."""
    return {
        "pid": recorder.pid,
        "kind": recorder.by or None,
        "user": user_of(recorder) or None,
        "since": recorder.since,
        "version": recorder.version or None,
        "format": recorder.format or None,
        "interval_seconds": recorder.interval or None,
        "same_pid_namespace": recorder.is_near,
    }
