"""A recorded history as a Source: its newest frame, and newer ones while a recorder still writes it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from tuimon.model.process import NOTHING, Wanted
from tuimon.model.snapshot import Frame, Recorder
from tuimon.pipeline.publishing import Subscribers
from tuimon.protocols import Ability, Archive, Subscriber

LOG: Final = logging.getLogger(__name__)
FOREVER: Final = 253_402_300_000.0
"""A moment after all that is recorded."""


class ReplaySource:
    """Publishes the newest recorded frame, and looks every `interval` seconds whether there is a newer one.

    Nothing can be done to its machine. Reads in a thread of its own; `archive` belongs to it.
    """

    abilities: frozenset[Ability] = frozenset()

    def __init__(self, archive: Archive, path: str, interval: float = 1.0) -> None:
        self._archive = archive
        self._recorder = Recorder("off", path=path, reason="read only")
        self._interval = interval
        self._subscribers = Subscribers()
        self._newest: Frame | None = None
        self._ended = threading.Event()
        self.recorded_seconds = 0.0
        """From the first recorded moment to the last, once something was read."""
        self._thread: threading.Thread | None = None

    def read(self) -> Frame | None:
        """Read the newest frame now, None where nothing is recorded. Raises HistoryError."""
        spans = self._archive.spans()
        frame = self._archive.frame(max(span.end for span in spans)) if spans else None
        if spans:
            self.recorded_seconds = max(span.end for span in spans) - min(span.start for span in spans)
        if frame is None or (self._newest and frame.snapshot.time <= self._newest.snapshot.time):
            return self._newest
        tick = self._newest.tick + 1 if self._newest else 1
        self._newest = replace(frame, recorder=self._recorder, tick=tick)
        return self._newest

    def start(self) -> None:
        """Begin to publish, in a thread of its own."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="tuimon-replay", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        while not self._ended.wait(self._interval):
            before = self._newest
            try:
                frame = self.read()
            except Exception:
                LOG.exception("the replayed history could not be read")
                continue
            if frame is not None and frame is not before:
                self._subscribers.publish(frame)

    def subscribe(self, subscriber: Subscriber) -> Callable[[], None]:
        """Call `subscriber` with each newer frame, in the source's thread; return how to stop that."""
        return self._subscribers.add(subscriber)

    def newest(self) -> Frame | None:
        """Return the newest frame that was read."""
        return self._newest

    def look_at(self, pids: Sequence[int], wanted: Wanted = NOTHING) -> None:
        """Do nothing: what was recorded cannot be asked for more."""

    def stop(self) -> None:
        """Stop, and let go of the file."""
        self._ended.set()
        if self._thread is not None:
            self._thread.join(timeout=2 * self._interval + 1)
        self._archive.close()
