"""`tuimon record --detach`: a recorder that outlives the terminal it was started from (daemon(7), setsid(2))."""

from __future__ import annotations

import argparse
import fcntl
import logging
import os
import sys
from collections.abc import Mapping

from tuimon.cli.errors import Failure
from tuimon.cli.record import record
from tuimon.config.settings import Settings
from tuimon.model.text import harmless

LOG = logging.getLogger(__name__)
MOST_FILES = 65536
WAITING, RECORDING, FAILED, NOTE = "waiting", "recording", "failed", "note"
SURVIVES = "'tuimon record install' survives that"
LOGIND = ("org.freedesktop.login1", "/org/freedesktop/login1", "org.freedesktop.login1.Manager")


class ThroughPipe:
    """Tells the process that started this one how it went, in lines: a word, then what there is to say."""

    def __init__(self, fd: int) -> None:
        self._fd = fd

    def waiting(self, why: str) -> None:
        """Say that another process records still."""
        self._tell(WAITING, f"{os.getpid()} {why}")

    def recording(self, path: str, pid: int) -> None:
        """Say that it began; there is no more to be said."""
        self._tell(RECORDING, f"{pid} {path}")
        self.close()

    def failed(self, why: str) -> None:
        """Say why there is no recorder."""
        self._tell(FAILED, why)
        self.close()

    def close(self) -> None:
        """Let the other side go; may be called twice."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def _tell(self, word: str, what: str) -> None:
        if self._fd < 0:
            return
        try:
            os.write(self._fd, f"{word} {harmless(what, 1000)}\n".encode())
        except OSError:  # who asked did not wait
            return


def detach(options: argparse.Namespace, settings: Settings) -> int:
    """Start a recorder in the background; wait until its first samples are stored. Raises Failure if they are not.

    Where it was told to wait for another one to end, that is not waited for here.
    """
    reads, writes = (_above_streams(fd) for fd in os.pipe())
    sys.stdout.flush()
    sys.stderr.flush()
    child = os.fork()
    if child == 0:
        os.setsid()
        if os.fork():
            os._exit(0)
        _let_go_of(writes)
        return _background(options, settings, ThroughPipe(writes))
    os.close(writes)
    os.waitpid(child, 0)
    with os.fdopen(reads, encoding="utf-8", errors="replace") as lines:
        for line in lines:
            word, _, what = line.rstrip("\n").partition(" ")
            if word == RECORDING:
                pid, _, path = what.partition(" ")
                print(f"recording in the background: process {pid}, {path}")
                if ends_at_logout(os.environ):
                    print(f"{NOTE}: it ends when you log out (logind: KillUserProcesses=yes); {SURVIVES}")
                return 0
            if word == FAILED:
                raise Failure(what)
            pid, _, why = what.partition(" ")
            print(f"{WAITING}: process {pid}, as {why}", flush=True)
            if not hasattr(options, "handover"):
                return 0
    raise Failure("the recorder ended without a word; see the log")


def ends_at_logout(environ: Mapping[str, str]) -> bool:
    """Return whether logind ends what this session leaves behind (logind.conf(5), KillUserProcesses)."""
    import shutil
    import subprocess

    from tuimon.history.owners import user_name

    if not environ.get("XDG_SESSION_ID") or not shutil.which("busctl"):
        return False
    wanted = ["busctl", "get-property", *LOGIND, "KillUserProcesses", "KillExcludeUsers"]
    try:
        asked = subprocess.run(wanted, capture_output=True, text=True, check=False, timeout=5)
    except (OSError, subprocess.TimeoutExpired):
        return False
    kills, _, excluded = asked.stdout.partition("\n")
    return kills.strip() == "b true" and f'"{user_name(os.getuid())}"' not in excluded


def _background(options: argparse.Namespace, settings: Settings, told: ThroughPipe) -> int:
    try:
        return record(options, settings, told)
    except BaseException as error:
        LOG.error("no recorder: %s", error)  # noqa: TRY400  the same line as on the terminal, which may be gone by now
        told.failed(str(error) or type(error).__name__)
        raise
    finally:
        told.close()


def _above_streams(fd: int) -> int:
    """Return a file under a number that is no standard stream's, of which the shell may have closed some."""
    if fd > 2:
        return fd
    moved = fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, 3)
    os.close(fd)
    return moved


def _let_go_of(kept: int) -> None:
    """Let go of the terminal, of the working folder and of every file but one that this process was given."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(nowhere, fd)
    os.closerange(3, kept)
    os.closerange(kept + 1, min(os.sysconf("SC_OPEN_MAX"), MOST_FILES))
    os.chdir("/")
