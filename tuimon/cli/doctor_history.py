"""What `tuimon doctor` says of the history and of who records: whether it can be written, is whole, has room, is heard."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from tuimon import compose
from tuimon.cli.finding import Finding
from tuimon.config import places
from tuimon.config.settings import Settings
from tuimon.model.units import size, span

if TYPE_CHECKING:
    from tuimon.cli.record_status import Status

ELSEWHERE: Final = "choose another file with --history"
NO_ROOM: Final = 1 << 20
"""Bytes that a filesystem must have left for it not to be called full."""
AHEAD: Final = 60.0
"""Seconds that the newest sample may be ahead of now: clocks are adjusted."""
REMEDIES: Final = {
    "disk full": "make room there: what is held is stored with the next commit",
    "held by a reader": "end what reads it, see above",
    "read-only": "have its filesystem mounted for writing",
    "no permission": "see who owns the file, its folder and what lies beside it",
    "begun anew": "see above what was moved aside",
    "kept elsewhere": "name a file on a local disk with history.path",
    "some left out": "leave devices out with collectors.ignore_interfaces and collectors.ignore_disks",
}
"""What a recorder says is wrong, in its few words -> what to do about it."""


def history_of(settings: Settings) -> Iterator[Finding]:
    """Say all that is to be said of the history of these settings."""
    from tuimon.cli.record_status import look

    path, note = compose.history_path(settings)
    if note:
        yield Finding("note", "history", note, "name a file on a local disk with history.path")
    if not path:
        return
    now = time.time()
    status = look(path, now)
    yield history(status, settings.history.size_cap)
    if status.state != "unknown":
        yield from contents(status)
        yield from beside(status, settings.history.size_cap)
        yield from owners(path)
        yield from clock(status, now)
    yield recorder(status)


def history(status: Status, size_cap: int) -> Finding:
    """Say whether a history can be written, or read while somebody else does, and what is in its way."""
    path = Path(status.path)
    if status.state == "unknown":
        return Finding("FAIL", "history", "; ".join(status.notes), ELSEWHERE)
    folder = next(parent for parent in path.parents if parent.exists())
    seen = f"{path} ({size(status.bytes) if status.exists else 'not there yet'})"
    if not (folder.is_dir() and all(os.access(one, os.W_OK) for one in (path if status.exists else folder, folder))):
        if status.recorder and status.newest_at is not None:
            return Finding("ok", "history", f"{seen}: may be read, not written")
        return _unwritable(seen, folder)
    room = shutil.disk_usage(folder).free
    if room < NO_ROOM:
        return Finding("FAIL", "history", f"{seen}: the disk is full", f"make room there, or {ELSEWHERE}")
    if room < max(0, size_cap - status.bytes):
        remedy = "make room, or lower history.size_cap"
        return Finding("note", "history", f"{seen}: only {size(room)} of room left for it", remedy)
    return Finding("ok", "history", seen)


def _unwritable(seen: str, folder: Path) -> Finding:
    if os.statvfs(folder).f_flag & os.ST_RDONLY:
        why, remedy = "its filesystem is read-only", f"have it mounted for writing, or {ELSEWHERE}"
    else:
        why, remedy = "may not be written", ELSEWHERE
    return Finding("FAIL", "history", f"{seen}: {why}", remedy)


def contents(status: Status) -> Iterator[Finding]:
    """Say whether the file is a history of this machine, of a format that is known, and whole."""
    from tuimon.history.examine import examine

    for error in examine(status.path, places.machine_id()):
        remedy = "begin the recorder again: it moves it aside" if status.recorder else error.remedy
        yield Finding("FAIL", "history", error.what, remedy if error.brief == "damaged" else error.remedy)


def beside(status: Status, size_cap: int) -> Iterator[Finding]:
    """Say what lies beside the history: files that were moved out of the way, a log that has grown."""
    from tuimon.cli.processes import openers
    from tuimon.history.examine import moved_aside
    from tuimon.history.store import log_limit, log_size

    path = status.path
    for why, files, taken, newest in moved_aside(path):
        seen = f"{files} {why} file{'s' if files > 1 else ''} moved aside ({size(taken)}), the newest {newest}"
        rescue = f"sqlite3 {newest} .recover may save what is in it; then remove it"
        look = f"look at it with 'tuimon --replay {newest}', then remove it"
        yield Finding("note", "history", seen, rescue if why == "damaged" else look)
    if log_size(path) > 2 * log_limit(size_cap):
        recorder = status.recorder.pid if status.recorder else None
        others = [f"process {pid} ({name})" for pid, name in openers(path).items() if pid != recorder]
        found = ", ".join(others) or "a process of another user"
        seen = f"{size(log_size(path))} wait in {path}-wal, since somebody has not ended a read"
        yield Finding("note", "history", seen, f"end what has the file open: {found}")


def owners(path: str) -> Iterator[Finding]:
    """Say whether somebody ran tuimon as root in a user's folder, and that user cannot record any more."""
    from tuimon.history.owners import user_name
    from tuimon.history.store import SIDES

    folder = Path(path).parent
    if not folder.is_dir() or folder.stat().st_uid == 0:
        return
    files = [Path(path + side) for side in (*SIDES, ".lock")]
    of_root = [str(one) for one in files if one.exists() and one.stat().st_uid == 0]
    if of_root:
        user = user_name(folder.stat().st_uid)
        seen = f"{', '.join(of_root)}: root's, in a folder of user {user}"
        yield Finding("note", "history", seen, f"sudo chown {user}: {' '.join(of_root)}")


def clock(status: Status, now: float) -> Iterator[Finding]:
    """Say whether the clock went back behind what is recorded."""
    if status.newest_at is not None and status.newest_at > now + AHEAD:
        seen = f"the newest sample is {span(status.newest_at - now)} ahead of the clock, which was set back"
        yield Finding("note", "clock", seen, "nothing is lost; have the clock kept right (timedatectl set-ntp true)")


def recorder(status: Status) -> Finding:
    """Say whether somebody records now, and whether that goes well."""
    if status.state == "nobody":
        remedy = "tuimon record --detach, or tuimon record install to have it start with the machine"
        return Finding("note", "recorder", status.who, remedy)
    if status.state == "unknown":
        return Finding("note", "recorder", status.who)
    level: Literal["ok", "note", "FAIL"] = "FAIL" if status.state == "stalled" else "note" if status.notes else "ok"
    remedy = REMEDIES.get(status.recorder.brief, "") if status.recorder else ""
    return Finding(level, "recorder", "; ".join([status.who, *status.notes]), remedy)
