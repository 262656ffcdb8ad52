"""The log file: what went wrong, for whoever looks into it; nothing is ever logged to a terminal."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from tuimon.config.private import append
from tuimon.model.text import harmless

LARGEST: Final = 2 * 1024 * 1024
"""A log of this size is put aside at the next start; the one put aside before it goes."""


class OneFile(logging.Handler):
    """Appends to one file, made when there is first something to say; readable by its owner alone."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path
        self.setFormatter(Plain("%(asctime)s %(levelname)s %(name)s: %(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        """Append a record; a log that cannot be written is nobody's reason to stop."""
        try:
            append(self.path, self.format(record) + "\n")
        except OSError:
            return


class Plain(logging.Formatter):
    """Records in UTC, whose lines can be shown by a terminal."""

    def format(self, record: logging.LogRecord) -> str:
        """Return a record as lines that are harmless."""
        return "\n".join(harmless(line) for line in super().format(record).splitlines())


def start(path: Path) -> None:
    """Send what is logged to a file, from now on."""
    try:
        if path.stat().st_size > LARGEST:
            path.replace(path.with_name(path.name + ".1"))
    except OSError:
        pass
    root = logging.getLogger("tuimon")
    root.handlers[:] = [OneFile(path)]
    root.setLevel(logging.INFO)
    root.propagate = False


def default_path() -> Path:
    """Return the log file of this user."""
    state = os.environ.get("XDG_STATE_HOME") or Path(os.environ.get("HOME", "/"), ".local", "state")
    return Path(state, "tuimon", "tuimon.log")


def chosen(path: str) -> Path:
    """Return the log file that was named, this user's where none was."""
    return Path(path) if path else default_path()


def write_failure(error: BaseException, arguments: Sequence[str]) -> str:
    """Log an error that nobody expected, with its traceback; return the file, '' where it could not be written."""
    import traceback

    path = _path_in(arguments) or default_path()
    lines = "".join(traceback.format_exception(error)).splitlines()
    text = "".join(f"{harmless(line)}\n" for line in (f"tuimon {' '.join(arguments)}", *lines))
    try:
        append(path, text)
    except OSError:
        return ""
    return str(path)


def _path_in(arguments: Sequence[str]) -> Path | None:
    """Find --log by hand: the arguments may be the very thing that failed."""
    for at, argument in enumerate(arguments):
        if argument.startswith("--log="):
            return Path(argument.removeprefix("--log="))
        if argument == "--log" and at + 1 < len(arguments):
            return Path(arguments[at + 1])
    return None
