"""`tuimon record`: record with no screen and no port, until a signal says to stop."""

from __future__ import annotations

import argparse
import gc
import logging
import os
import signal
import sys
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Final, Protocol

from tuimon import __version__, compose
from tuimon.cli import log
from tuimon.cli.errors import Failure, UsageError
from tuimon.cli.run import machine_of
from tuimon.config.settings import Settings, with_values
from tuimon.history.errors import Locked
from tuimon.history.holders import BACKGROUND

LOG: Final = logging.getLogger(__name__)
ENDS: Final = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
STOP_SECONDS: Final = 30.0
RETRY: Final = 1.0
"""Seconds between two looks whether a history that another process records into is free."""
RETRY_SOON: Final = 0.02
"""The same where it was said that it soon will be."""
SOON: Final = 10.0
FAILED: Final = b"\0"
ALONE: Final = {
    "stop": (),
    "status": ("json",),
    "install": ("print",),
    "uninstall": ("print",),
    "": ("detach", "wait"),
}
"""Action -> its options."""
ROOMS: Final = {"stop": "record_control", "status": "record_status"}
"""Action -> the module that does it; what is not here is done by `record_service`."""


class Told(Protocol):
    """Who is to know how the start went."""

    def waiting(self, why: str) -> None:
        """Take note that another process records, and that this one waits for it to end."""

    def recording(self, path: str, pid: int) -> None:
        """Take note that the first samples of a process are in the file."""


class OnTheTerminal:
    """Says on standard error what a person who starts a recorder by hand wants to know."""

    def waiting(self, why: str) -> None:
        """Say for whom this one waits."""
        print(f"tuimon: {why}; waiting for it to end", file=sys.stderr)

    def recording(self, path: str, pid: int) -> None:  # noqa: ARG002  whoever sees this knows which process it is
        """Say where to."""
        if sys.stderr.isatty():
            print(f"tuimon: recording into {path}; Ctrl-C stops", file=sys.stderr)


def run(options: argparse.Namespace, settings: Settings) -> int:
    """Record, or do what was asked of a recorder."""
    action: str = options.action or ""
    for name in ("detach", "wait", "print", "json"):
        if hasattr(options, name) and name not in ALONE[action]:
            raise UsageError(f"--{name} does not go with 'tuimon {f'record {action}'.strip()}'")
    if not action and hasattr(options, "no_record"):
        raise UsageError("--no-record does not go with 'tuimon record'")
    if hasattr(options, "simulate"):
        raise UsageError("--simulate does not go with 'tuimon record', which records this machine; 'tuimon fill' does")
    settings = _from_anywhere(settings)
    log.start(settings.log)
    if action:
        room = import_module(f"tuimon.cli.{ROOMS.get(action, 'record_service')}")
        return int(getattr(room, action)(options, settings))
    if hasattr(options, "detach"):
        from tuimon.cli.record_detach import detach

        return detach(options, settings)
    return record(options, settings, OnTheTerminal())


def _from_anywhere(settings: Settings) -> Settings:
    """Return settings whose paths mean the same wherever the process goes."""
    absolute = {
        key: str(Path(path).absolute())
        for key, path in (("history.path", settings.history.path), ("log.path", settings.log.path))
        if path
    }
    return with_values(settings, dict(absolute))


def record(options: argparse.Namespace, settings: Settings, told: Told) -> int:
    """Record in this process until a signal ends it; what was sampled until then is stored.

    Raises HistoryError and Failure where it cannot begin.
    """
    end = Ending()
    LOG.info("tuimon %s, Python %s, %s %s", __version__, sys.version.split()[0], os.uname().sysname, os.uname().release)
    try:
        pipeline, history = compose.recorder(machine_of(options), settings, locked=_patience(options, told, end))
    except Locked as error:
        if hasattr(options, "handover") and error.by == BACKGROUND:  # one that waited was faster: as good as this one
            told.recording(error.path, error.pid or 0)
            return 0
        if end.asked:  # it had only waited
            return 0
        raise Failure("; ".join(part for part in (str(error), error.warning, _advice(error)) if part)) from None
    stored: list[bool] = []

    def first() -> None:
        """In the loop's thread, after the first sample: see that it is in the file."""
        stored.append(history.flush(time.time()))
        if stored[0]:
            told.recording(history.path, os.getpid())
            _settle()
        else:
            end.wake()

    pipeline.enqueue(first)
    pipeline.start()
    LOG.info("recording into %s", history.path)
    ended_by = end.wait()
    stopped = pipeline.stop(STOP_SECONDS)
    LOG.info("recording ended: %s", ended_by or "the history cannot be written")
    if not all(stored):
        raise Failure(history.status().reason or f"{history.path}: cannot be written")
    return 0 if stopped else 1


def _advice(error: Locked) -> str:
    """Say what can be done where another process records."""
    if error.readable_only:
        return "you may read that, but not record into it"
    return "with --wait this one takes over when that ends"


def _settle() -> None:
    """Leave what lives from now on out of later collections of rubbish."""
    gc.collect()
    gc.freeze()


def _patience(options: argparse.Namespace, told: Told, end: Ending) -> Callable[[Locked], bool]:
    """Return what to do when another process records: with --wait ask again, for a handover some seconds, else give up."""
    soon = hasattr(options, "handover")
    until = time.monotonic() + (SOON if soon else 0.0)
    said: list[bool] = []

    def locked(error: Locked) -> bool:
        if error.readable_only or (soon and error.by == BACKGROUND):
            return False
        if not (hasattr(options, "wait") or time.monotonic() < until):
            return False
        if not said:
            told.waiting(str(error))
            said.append(True)
        return not end.within(RETRY_SOON if soon else RETRY)

    return locked


class Ending:
    """The signals that end a recorder, and the wait for one; those that were ignored at the start stay so (nohup)."""

    def __init__(self) -> None:
        self.asked = False  # whether one came during `within`
        self._reads, self._writes = os.pipe()
        os.set_blocking(self._writes, False)  # as set_wakeup_fd wants it
        signal.set_wakeup_fd(self._writes)
        for number in ENDS:
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, _only_wake)

    def wake(self) -> None:
        """End the wait from another thread."""
        os.write(self._writes, FAILED)

    def wait(self) -> str:
        """Wait for a signal and return its name; '' where it was `wake`."""
        while True:
            found = os.read(self._reads, 1)
            if found == FAILED:
                return ""
            if found[0] in ENDS:
                return signal.Signals(found[0]).name

    def within(self, seconds: float) -> bool:
        """Return whether a signal comes within so many seconds."""
        import select

        self.asked = bool(select.select([self._reads], [], [], seconds)[0])
        return self.asked


def _only_wake(*_: object) -> None:
    """Do nothing: the number of the signal is in the pipe."""
