"""A progress bar on standard error, where that is a terminal; elsewhere nothing."""

from __future__ import annotations

import shutil
import sys
import time
from types import TracebackType
from typing import Final, Self

EVERY: Final = 0.1
"""Seconds between two drawings."""
WIDTH: Final = 30


class Progress:
    """Draws how far something is; a context manager, which takes the bar away at its end."""

    def __init__(self, what: str, *, shown: bool = True) -> None:
        self.what = what
        self.shown = shown and sys.stderr.isatty()
        self._due = 0.0

    def __call__(self, done: float, total: float) -> None:
        """Say how much is done of how much."""
        if not self.shown or time.monotonic() < self._due:
            return
        self._due = time.monotonic() + EVERY
        sys.stderr.write("\r" + bar(self.what, done / total if total else 1.0, shutil.get_terminal_size().columns))
        sys.stderr.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.shown and self._due:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()


def bar(what: str, share: float, columns: int) -> str:
    """Return a bar of one line of a terminal: `exporting  ████████░░░░  66 %`."""
    share = min(1.0, max(0.0, share))
    width = max(0, min(WIDTH, columns - len(what) - 10))
    full = int(share * width)
    return f"{what}  {'#' * full}{'.' * (width - full)}  {share * 100:3.0f} %"[: max(0, columns - 1)]
