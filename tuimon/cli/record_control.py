"""`tuimon record stop`: have a recorder end, once it is certain who that is."""

from __future__ import annotations

import argparse
import os
import signal
import time
from typing import Final

from tuimon import compose
from tuimon.cli.errors import Failure
from tuimon.cli.processes import is_tuimon, process
from tuimon.config.settings import Settings
from tuimon.history.holders import BACKGROUND, Holder
from tuimon.history.lock import recorder_of
from tuimon.history.owners import forbidden, user_name

PATIENCE: Final = 35.0
"""Seconds for which a recorder may store what it holds: more than it takes itself (`record.STOP_SECONDS`)."""
LOOK: Final = 0.05
SUCCESSION: Final = 1.5
"""Seconds in which a recorder that waited shows itself: it looks each second."""


def stop(options: argparse.Namespace, settings: Settings) -> int:  # noqa: ARG001  as every command
    """End this user's recorder, and wait until all it held is stored. Raises Failure where there is none to be ended."""
    path, note = compose.history_path(settings)
    found = recorder_of(path) if path else None
    if found is None:
        why = forbidden(f"{path}.lock") if path else note
        raise Failure(why or f"nobody records into {path}")
    _end(path, found)
    until = time.monotonic() + PATIENCE
    while (now := recorder_of(path)) and (now.pid, now.since) == (found.pid, found.since):
        if time.monotonic() > until:
            raise Failure(f"{found.name} was told to end, and still records into {path}")
        time.sleep(LOOK)
    print(f"stopped: {found.name}, {path}", flush=True)
    _say_what_follows(path)
    return 0


def _say_what_follows(path: str) -> None:
    """Say who goes on in its place, where a recorder is installed that may have waited for that."""
    from tuimon.cli.record_service import installed

    if not (what := installed()):
        return
    until = time.monotonic() + SUCCESSION
    while time.monotonic() < until:
        if (now := recorder_of(path)) and now.pid:
            print(f"{now.name} waited for that, and records now; 'tuimon record status' says more")
            return
        time.sleep(LOOK)
    print(f"it begins again with the machine: {what}; 'tuimon record uninstall' takes that away")


def _end(path: str, found: Holder) -> None:
    """Send SIGTERM to who holds a history, once it is certain who that is. Raises Failure."""
    if found.pid is None or not found.is_near:
        raise Failure(f"{path} is being recorded by {found.name}, which cannot be reached from here: stop it there")
    try:
        target = os.pidfd_open(found.pid) if hasattr(os, "pidfd_open") else None
    except ProcessLookupError:
        raise Failure(f"{path} is being recorded by {found.name}, which is not of this machine") from None
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
            f"{path} is being recorded by {found.name} of user {user_name(running.uid)}: only they may stop it"
        )
    if not is_tuimon(running.arguments):
        raise Failure(f"{path} is being recorded by {found.name}, which is no tuimon of this machine")
    if found.by != BACKGROUND:
        raise Failure(f"{found.name} is a dashboard that records while it is open: quit it there, with q")
