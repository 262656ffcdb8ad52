"""`tuimon record stop | status`: who records, and how to have that end."""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from datetime import tzinfo
from pathlib import Path
from typing import Final, NamedTuple

from tuimon import compose
from tuimon.cli.errors import Failure
from tuimon.config.settings import Settings
from tuimon.history.errors import HistoryError
from tuimon.history.lock import Holder, recorder_of
from tuimon.model.times import format_local
from tuimon.model.units import size, span

PATIENCE: Final = 35.0
"""Seconds for which a recorder may store what it holds: more than it takes itself (`record.STOP_SECONDS`)."""
LOOK: Final = 0.05
SHELLS: Final = ("python", "pypy")


class Running(NamedTuple):
    """A process as it is checked before it is sent a signal."""

    uid: int
    arguments: tuple[str, ...]


def stop(options: argparse.Namespace, settings: Settings) -> int:  # noqa: ARG001  as every command
    """End this user's recorder, and wait until all it held is stored. Raises Failure where there is none to be ended."""
    path, note = compose.history_path(settings)
    found = recorder_of(path) if path else None
    if found is None:
        raise Failure(f"nobody records into {path}" if path else note)
    _end(path, found)
    until = time.monotonic() + PATIENCE
    while (now := recorder_of(path)) and now == found:
        if time.monotonic() > until:
            raise Failure(f"process {found.pid} was told to end, and still records into {path}")
        time.sleep(LOOK)
    print(f"stopped: process {found.pid}, {path}")
    return 0


def _end(path: str, found: Holder) -> None:
    """Send SIGTERM to who holds a history, once it is certain who that is. Raises Failure."""
    if found.pid is None:
        raise Failure(f"{path} is being recorded by a process that cannot be named here")
    try:
        target = os.pidfd_open(found.pid) if hasattr(os, "pidfd_open") else None
    except ProcessLookupError:
        raise Failure(f"{path} is being recorded by process {found.pid}, which is not of this machine") from None
    try:
        _check(path, found)
        if target is None:
            os.kill(found.pid, signal.SIGTERM)
        else:
            signal.pidfd_send_signal(target, signal.SIGTERM)  # to whom was checked, even if the pid is another's by now
    except (ProcessLookupError, FileNotFoundError):
        return
    finally:
        if target is not None:
            os.close(target)


def _check(path: str, found: Holder) -> None:
    running = process(found.pid or 0)
    if running is None:
        return  # it has just ended
    if os.geteuid() not in (0, running.uid):
        raise Failure(
            f"{path} is being recorded by process {found.pid} of user {user_name(running.uid)}: only they may stop it"
        )
    if not is_tuimon(running.arguments):
        raise Failure(f"{path} is being recorded by process {found.pid}, which is no tuimon of this machine")
    if found.by != compose.RECORDER:
        raise Failure(f"process {found.pid} is a dashboard that records while it is open: quit it there, with q")


def process(pid: int) -> Running | None:
    """Return whose process it is and how it was started, None where there is none: from /proc, else from ps(1)."""
    folder = Path(f"/proc/{pid}")
    try:
        arguments = (folder / "cmdline").read_bytes().decode("utf-8", "replace").rstrip("\0").split("\0")
        return Running(folder.stat().st_uid, tuple(arguments))
    except OSError:
        if Path("/proc/self/cmdline").exists():
            return None
    asked = subprocess.run(
        ["ps", "-o", "uid=,args=", "-p", str(pid)], capture_output=True, text=True, check=False, timeout=10
    )
    uid, _, arguments_text = asked.stdout.strip().partition(" ")
    return Running(int(uid), tuple(arguments_text.split())) if uid.isdigit() else None


def is_tuimon(arguments: tuple[str, ...]) -> bool:
    """Say whether a command line is this program's: `tuimon ...`, `python .../tuimon ...`, `python -m tuimon ...`."""
    names = [Path(one).name for one in arguments[:4]]
    if names and names[0].lower().startswith(SHELLS):
        names = [name for name in names[1:] if name != "-m"]
    return bool(names) and "tuimon" in names[:2]


def user_name(uid: int) -> str:
    """Return a user's name, its number where it has none."""
    import pwd

    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def status(options: argparse.Namespace, settings: Settings) -> int:  # noqa: ARG001  as every command
    """Print who records, since when, where to, and how old the newest sample is; 1 where nobody does."""
    path, note = compose.history_path(settings)
    if not path:
        raise Failure(note)
    found = recorder_of(path)
    for line in lines(path, found, compose.zone_of(settings)):
        print(line)
    return 0 if found else 1


def lines(path: str, found: Holder | None, tz: tzinfo | None) -> Iterator[str]:
    """Yield what is known of a recording, a fact a line."""
    now = time.time()
    yield f"recorder    {who(found) if found else 'nobody records now'}"
    if found and found.since:
        yield f"since       {format_local(found.since, tz)}, {span(max(0.0, now - found.since))}"
    if not Path(path).exists():
        yield f"history     {path} (not there yet)"
        return
    yield f"history     {path}, {size(_bytes(path))}"
    yield f"newest      {_newest(path, now, tz)}"


def who(found: Holder) -> str:
    """Return who records: the process, which kind of tuimon it is, and whose."""
    kind = {"record": "in the background", "dashboard": "a dashboard, while it is open"}.get(found.by, "")
    running = process(found.pid) if found.pid else None
    user = f"user {user_name(running.uid)}" if running else ""
    name = f"process {found.pid}" if found.pid else "another process"
    return ", ".join(part for part in (name, kind, user) if part)


def _bytes(path: str) -> int:
    from tuimon.history.store import size_of

    return size_of(path)


def _newest(path: str, now: float, tz: tzinfo | None) -> str:
    """Say when the newest sample that is stored was taken."""
    from tuimon.history import open_archive

    try:
        archive = open_archive(path)
        try:
            spans = archive.spans()
        finally:
            archive.close()
    except HistoryError as error:
        return str(error)
    if not spans:
        return "no sample yet"
    newest = max(one.end for one in spans)
    return f"{span(max(0.0, now - newest))} old, of {format_local(newest, tz)}"
