"""Who records into a history, as far as its lock says: written by the holder, only information to everybody else."""

from __future__ import annotations

import os
from typing import Final, NamedTuple

from tuimon import __version__
from tuimon.history import schema
from tuimon.model.text import harmless

BACKGROUND: Final = "record"
DASHBOARD: Final = "dashboard"
LONGEST: Final = 1024
"""Bytes that are read of what a lock says."""
PATIENCE: Final = 30.0
"""Seconds, and three intervals, for which a recorder may store nothing before that is worth a word: three commits."""


class Holder(NamedTuple):
    """Who records into a history. What is not known is None, '' or 0.

    `by` is which kind of tuimon, `since` epoch seconds, `version` the program's, `format` the file's, `interval` the
    seconds between its samples, `space` the pid namespace in which `pid` means something (pid_namespaces(7)). `brief`
    and `trouble` are what it says is wrong with its recording, in a few words and in a line.
    """

    pid: int | None = None
    by: str = ""
    since: float | None = None
    version: str = ""
    format: int = 0
    interval: float = 0.0
    space: str = ""
    brief: str = ""
    trouble: str = ""

    @property
    def is_near(self) -> bool:
        """Whether the pid is one of this process's own pid namespace, so that it can be looked up here."""
        return self.pid is not None and self.space in ("", own_space())

    @property
    def is_alive(self) -> bool:
        """Whether there may be such a process: False where a lock was left behind, or says nothing yet."""
        if self.pid is None:
            return False
        try:
            os.kill(self.pid, 0)
        except (ProcessLookupError, OverflowError):
            return not self.is_near
        except PermissionError:
            pass
        return True

    @property
    def name(self) -> str:
        """Who that is, in words."""
        if self.pid is None:
            return "another process"
        return f"process {self.pid}" if self.is_near else f"process {self.pid} of another container"

    @property
    def patience(self) -> float:
        """Seconds after which it should have stored something again."""
        return PATIENCE + 3 * self.interval


def own_space() -> str:
    """Return what names this process's pid namespace, '' where there are none."""
    try:
        return str(os.stat("/proc/self/ns/pid").st_ino)  # noqa: PTH116  asked at each frame while another records
    except OSError:
        return ""


def written(by: str, since: float, interval: float) -> bytes:
    """Return what the lock of this process says."""
    words = {
        "pid": os.getpid(),
        "by": by,
        "since": f"{since:.3f}",
        "version": __version__,
        "format": schema.VERSION,
        "interval": f"{interval:g}",
        "space": own_space(),
    }
    return (" ".join(f"{key}={value}" for key, value in words.items()) + "\n").encode("ascii", "replace")


def troubled(brief: str, trouble: str) -> bytes:
    """Return what the lock says below that of a recording that is not as it should be."""
    return f"{brief}: {harmless(trouble, LONGEST // 2)}\n".encode()[: LONGEST // 2] if brief else b""


def read(text: bytes) -> Holder:
    """Return what a lock says; of a text that is no more, or not yet there, or of other makes, nothing is known."""
    first, _, more = text.decode("utf-8", "replace").partition("\n")
    brief, _, trouble = harmless(more.partition("\n")[0]).partition(": ")
    pairs = (word.partition("=") for word in harmless(first).split())
    found = {key: value for key, equals, value in pairs if equals}
    try:
        return Holder(
            int(found["pid"]),
            found.get("by", ""),
            float(found.get("since", "nan")) if "since" in found else None,
            found.get("version", ""),
            int(found.get("format", 0)),
            float(found.get("interval", 0.0)),
            found.get("space", ""),
            brief,
            trouble,
        )
    except (KeyError, ValueError):
        return Holder()


def skew(found: Holder) -> str:
    """Return what to do about a recorder whose program is another than this one, and why; '' where it is the same."""
    if found.format > schema.VERSION:
        return (
            f"upgrade this tuimon {__version__} to see what is recorded: {found.version} records, in the newer format "
            f"{found.format} (this one knows {schema.VERSION})"
        )
    if 0 < found.format < schema.VERSION:
        hidden = "" if found.format == schema.VERSION - 1 else ", which this one cannot read"
        return (
            f"{ending(found)}, and this tuimon {__version__} goes on, in format {schema.VERSION}: {found.version} "
            f"records, in the older format {found.format}{hidden}"
        )
    if found.version not in ("", __version__):
        return f"{ending(found)} and start it again to have this tuimon {__version__} record: {found.version} does"
    return ""


def ending(found: Holder) -> str:
    """Return how a recorder is ended, as a request."""
    return "quit that dashboard" if found.by == DASHBOARD else "end the recorder with 'tuimon record stop'"
