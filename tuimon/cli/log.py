"""The log file: what went wrong, for whoever looks into it; nothing is ever logged to a terminal.

Several tuimons of one user may share it: each line is one append, and files are put aside under a lock.
"""

from __future__ import annotations

import fcntl
import logging
import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from tuimon.config import places
from tuimon.config.private import append
from tuimon.config.settings import DEFAULTS, Log
from tuimon.model.text import harmless
from tuimon.model.times import format_utc

ASIDE: Final = 3
"""How many files are kept that were put aside: `tuimon.log.1` is the newest of them."""
SAME: Final = 600.0
"""Seconds for which a line that comes again and again is only counted."""


class OneFile(logging.Handler):
    """Appends to one file, made when there is first something to say; a log that cannot be written stops nobody."""

    def __init__(self, path: Path, limit: int) -> None:
        super().__init__()
        self.path = path
        self.limit = limit
        self.setFormatter(Plain("%(asctime)s %(process)d %(levelname)s %(name)s: %(message)s"))
        self._said: tuple[str, str] = ("", "")
        self._until = 0.0
        self._again = 0

    def emit(self, record: logging.LogRecord) -> None:
        """Append a record; one that says the same as the one before is counted instead, for some minutes."""
        said = (record.name, record.getMessage())
        if said == self._said and record.created < self._until:
            self._again += 1
            return
        text = self._counted() + self.format(record) + "\n"
        self._said, self._until = said, record.created + SAME
        with suppress(OSError):
            add(self.path, text, self.limit)

    def close(self) -> None:
        """Say how often the last line came."""
        if text := self._counted():
            with suppress(OSError):
                add(self.path, text, self.limit)
        super().close()

    def _counted(self) -> str:
        again, self._again = self._again, 0
        return f"    process {os.getpid()}: the same {again} more times\n" if again else ""


class Plain(logging.Formatter):
    """Records in UTC, whose lines can be shown by a terminal and hold no secrets."""

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: ARG002, N802  logging's
        """Return when a record was made."""
        return format_utc(record.created)

    def format(self, record: logging.LogRecord) -> str:
        """Return a record as lines that are harmless."""
        return "\n".join(map(cleaned, super().format(record).splitlines()))


def cleaned(line: str) -> str:
    """Return a line without what could move a cursor, and without secrets as far as they can be told."""
    from tuimon.model.redact import redacted

    return redacted([harmless(line)])


def add(path: Path, text: str, limit: int) -> None:
    """Add a text to a log, which is put aside when it is of the limit. Raises OSError."""
    if append(path, text) >= limit:
        _put_aside(path, limit)


def _put_aside(path: Path, limit: int) -> None:
    """Give a log and those before it the next number, unless another process does or did that."""
    fd = os.open(path, os.O_WRONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        here = os.fstat(fd)
        if here.st_size >= limit and os.path.samestat(here, path.stat()):
            kept = files(path)
            for before, after in zip(kept[-2::-1], kept[::-1], strict=False):
                with suppress(FileNotFoundError):
                    before.replace(after)
    except BlockingIOError:
        return
    finally:
        os.close(fd)


def files(path: Path) -> list[Path]:
    """Return the log and those put aside, the newest first, whether they are there or not."""
    return [path, *(path.with_name(f"{path.name}.{number}") for number in range(1, ASIDE + 1))]


def start(wanted: Log) -> Path:
    """Send what is logged to a file, from now on; return which."""
    path = path_of(wanted)
    root = logging.getLogger("tuimon")
    root.handlers[:] = [OneFile(path, wanted.size_cap // (ASIDE + 1))]
    root.setLevel(wanted.level.upper())
    root.propagate = False
    return path


def path_of(wanted: Log) -> Path:
    """Return the log file as set, this user's where none is."""
    return Path(wanted.path).absolute() if wanted.path else Path(places.state_folder(os.environ), "tuimon.log")


def write_failure(error: BaseException, arguments: Sequence[str]) -> str:
    """Log an error that nobody expected, with its traceback; return the file, '' where it could not be written."""
    import traceback

    path = _in_use() or path_of(Log(path=_path_in(arguments) or os.environ.get("TUIMON_LOG_PATH", "")))
    lines = "".join(traceback.format_exception(error)).splitlines()
    text = "".join(f"{cleaned(line)}\n" for line in (f"tuimon {' '.join(arguments)}", *lines))
    try:
        add(path, text, DEFAULTS.log.size_cap // (ASIDE + 1))
    except OSError:
        return ""
    return str(path)


def _in_use() -> Path | None:
    """Return the log file that this process writes already."""
    handlers = logging.getLogger("tuimon").handlers
    return next((handler.path for handler in handlers if isinstance(handler, OneFile)), None)


def _path_in(arguments: Sequence[str]) -> str:
    """Find --log by hand: the arguments may be the very thing that failed."""
    for at, argument in enumerate(arguments):
        if argument.startswith("--log="):
            return argument.removeprefix("--log=")
        if argument == "--log" and at + 1 < len(arguments):
            return arguments[at + 1]
    return ""
