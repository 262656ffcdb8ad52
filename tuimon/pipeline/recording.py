"""The sink as the loop sees it: opened late, never allowed to stop the loop, its status always at hand."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from tuimon.model.snapshot import Frame, Recorder
from tuimon.model.text import harmless
from tuimon.protocols import Sink

LOG: Final = logging.getLogger(__name__)
RETRY_FRAMES: Final = 60
"""A sink that could not be opened is tried again after this many frames."""


class Recording:
    """Opens a sink with the first frame that it is given, and writes each. Belongs to the pipeline's thread."""

    def __init__(self, open_sink: Callable[[], Sink] | None) -> None:
        self.sink: Sink | None = None
        self.status: Recorder | None = None if open_sink else Recorder("off", reason="not asked to record")
        self._open_sink = open_sink
        self._skip = 0
        self._failing = False

    def write(self, frame: Frame) -> None:
        """Give a frame to the sink; a failure becomes the status, and the next frame is tried all the same."""
        if self.sink is None and not self._open():
            return
        assert self.sink is not None  # noqa: S101  _open has just said so
        try:
            self.sink.write(frame)
            self.status = self.sink.status()
        except Exception as error:
            self._fail("the history could not be written", error)
        else:
            self._failing = False

    def close(self) -> None:
        """Let the sink store what it holds, and let go of it; for good."""
        sink, self.sink, self._open_sink = self.sink, None, None
        if sink is None:
            return
        try:
            sink.close()
        except Exception:
            LOG.exception("the history could not be closed")

    def _open(self) -> bool:
        if self._open_sink is None:
            return False
        if self._skip:
            self._skip -= 1
            return False
        try:
            self.sink = self._open_sink()
        except Exception as error:
            self._skip = RETRY_FRAMES
            self._fail("the history could not be opened", error)
            return False
        self._failing = False
        return True

    def _fail(self, what: str, error: Exception) -> None:
        reason = harmless(f"{what}: {error or type(error).__name__}", 200)
        self.status = replace(self.status, mode="off", reason=reason) if self.status else Recorder("off", reason=reason)
        if not self._failing:
            LOG.error(reason, exc_info=error)
        self._failing = True
