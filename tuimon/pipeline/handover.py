"""Leaving the recording to a process of its own, which outlives this one; this one goes on as a reader."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from typing import Final

from tuimon.pipeline.loop import Pipeline

LOG: Final = logging.getLogger(__name__)
WAITING: Final = "waiting"
"""What the recorder prints when it is ready and needs nothing but the history."""
NOTE: Final = "note:"
"""What it prints before a line that the user should know."""
GIVEN_UP: Final = 30.0
"""Seconds after which a recorder that says nothing is not waited for any more."""

Tell = Callable[[str], None]


def hand_over(pipeline: Pipeline, command: Sequence[str], tell: Tell) -> None:
    """Start a recorder, and let go of the history as soon as it is ready; all of it in a thread of its own.

    `command` starts it in the background, and ends once it records or cannot. `tell` gets one line, in that thread. If
    it cannot record, the loop goes on recording here.
    """
    threading.Thread(target=_try, args=(pipeline, command, tell), name="tuimon-handover", daemon=True).start()


def _try(pipeline: Pipeline, command: Sequence[str], tell: Tell) -> None:
    try:
        tell(_follow(pipeline, command))
    except Exception as error:
        LOG.exception("no recorder could be started")
        tell(f"no recorder could be started: {error or type(error).__name__}; recording goes on here")
    finally:
        pipeline.take_back()


def _follow(pipeline: Pipeline, command: Sequence[str]) -> str:
    import subprocess  # noqa: PLC0415  not needed by any start

    started = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        start_new_session=True,
    )
    watch = threading.Timer(GIVEN_UP, started.kill)
    watch.daemon = True
    watch.start()
    said, note = "", "it goes on when this is closed, and 'tuimon record stop' ends it"
    try:
        with started:
            for line in started.stdout or ():
                if line.startswith(WAITING):
                    pipeline.release()
                elif line.startswith(NOTE):
                    note = line.removeprefix(NOTE).strip()
                else:
                    said = line.strip()
    finally:
        watch.cancel()
    if started.returncode:
        return f"no recorder in the background: {said.removeprefix('tuimon: ') or 'it ended'}; recording goes on here"
    process = said.partition(", ")[0]  # without the path, which leaves no room for the rest
    return f"{process}; {note}"
