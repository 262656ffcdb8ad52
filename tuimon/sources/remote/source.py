"""Another tuimon as a Source: the frames of its stream, through whatever becomes of the link."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from tuimon.model.link import WELL, Link
from tuimon.model.process import NOTHING, Wanted
from tuimon.model.snapshot import Frame
from tuimon.model.units import span
from tuimon.model.wire import WireError
from tuimon.pipeline.publishing import Subscribers
from tuimon.protocols import Ability, Subscriber
from tuimon.sources.remote.address import Address
from tuimon.sources.remote.arriving import Frames
from tuimon.sources.remote.faults import BROKE_OFF, RemoteError
from tuimon.sources.remote.opening import Messages
from tuimon.sources.remote.patience import Backoff

LOG: Final = logging.getLogger(__name__)
SAME: Final = 0.001
"""Seconds: the history keeps times to the millisecond."""
SILENCE: Final = 10.0
"""Seconds, and three intervals, without a message after which a link is given up and begun anew."""
RECENT: Final = 3.0
"""Intervals by which a frame may be older than the one before and yet be one that was seen already."""
CAUGHT_UP: Final = 120.0
"""Seconds whose samples are sent again after a loss; what is older the screen reads from the history."""
ENDING: Final = 5.0
AGAIN: Final = 0.3


class RemoteSource:
    """Publishes the frames of another tuimon, which are counted anew here, in a thread of its own.

    A lost link is tried again, later and later; the samples of meanwhile come first then, from the other's history.
    Nothing can be done to its machine but what `abilities` say.
    """

    def __init__(self, address: Address, *, interval: float = 1.0, abilities: frozenset[Ability] = frozenset()) -> None:
        self.abilities = abilities
        self.link = WELL
        self._address = address
        self._interval = interval
        self._subscribers = Subscribers()
        self._newest: Frame | None = None
        self._opened: Messages | None = None
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None
        self._backoff = Backoff()
        self._lost_at: float | None = None
        self._missed = 0

    def open(self) -> None:
        """Reach it now, so that what is wrong is known at once; what only broke off is tried twice. Raises RemoteError."""
        try:
            self._opened = Messages(self._address)
        except RemoteError as error:
            if error.brief != BROKE_OFF:
                raise
            LOG.info("%s: %s, and is tried again: %r", self._address.url, error.brief, error.__cause__)
            time.sleep(AGAIN)
            self._opened = Messages(self._address)

    def start(self) -> None:
        """Begin to publish, in a thread of its own."""
        if self._thread is None and not self._ended.is_set():
            self._thread = threading.Thread(target=self._run, name="tuimon-remote", daemon=True)
            self._thread.start()

    def subscribe(self, subscriber: Subscriber) -> Callable[[], None]:
        """Call `subscriber` with each new frame, in the source's thread; return how to stop that."""
        return self._subscribers.add(subscriber)

    def newest(self) -> Frame | None:
        """Return the newest frame, None before the first."""
        return self._newest

    def look_at(self, pids: Sequence[int], wanted: Wanted = NOTHING) -> None:
        """Do nothing: another tuimon reads what it reads for all who look."""

    def stop(self) -> None:
        """Stop, and let go of the link."""
        self._ended.set()
        if (opened := self._opened) is not None:
            opened.close()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(ENDING)

    # -- the link -----------------------------------------------------------------------------------------------------

    def _run(self) -> None:
        while not self._ended.is_set():
            try:
                self._listen()
            except RemoteError as error:
                self._lose(error.brief)
            except Exception as error:
                LOG.exception("what another tuimon sent could not be shown")
                self._lose(f"what it sends is not understood: {error}")
            finally:
                opened, self._opened = self._opened, None
                if opened is not None:
                    opened.close()
            self._ended.wait(self._backoff.next())

    def _lose(self, why: str) -> None:
        """Take note that nothing comes any more."""
        if self._ended.is_set():
            return
        if self._lost_at is None:
            self._lost_at = time.monotonic()
            self._missed = 0
        LOG.warning("%s: %s", self._address.url, why)
        self.link = Link(lost=True, line=f"{self._address.place}: {why}; it is tried again until it answers")

    def _regain(self) -> None:
        """Take note that the newest sample is here again, and say what was missed."""
        self._backoff.reset()
        if self._lost_at is None:
            return
        away = span(time.monotonic() - self._lost_at)
        self._lost_at = None
        missed = f"{self._missed} samples were" if self._missed != 1 else "one sample was"
        caught = f"; {missed} read from its history" if self._missed else ""
        self.link = Link(line=f"{self._address.place} answers again after {away}{caught}")

    def _since(self) -> float | None:
        """Return from when on the samples are wanted: after the last one that was seen."""
        newest = self._newest
        if newest is None:
            return None
        away = time.monotonic() - self._lost_at if self._lost_at is not None else 0.0
        return newest.snapshot.time + max(0.0, away - CAUGHT_UP)

    def _listen(self) -> None:
        opened = self._opened
        if opened is None:
            opened = self._opened = Messages(self._address, self._since())
            if self._ended.is_set():  # stopped while it was being opened
                return
        frames = Frames()
        while not self._ended.is_set():
            document = opened.next(SILENCE + 3 * self._interval)
            if isinstance(document, dict) and "skipped" in document:
                continue
            try:
                frame = frames.read(document)
            except WireError as error:
                raise RemoteError(str(error), f"what it sends is not understood: {error}") from None
            self._take(frame)

    # -- the frames ---------------------------------------------------------------------------------------------------

    def _take(self, frame: Frame) -> None:
        """Publish a frame that is new."""
        live = frame.tick > 0 or self._newest is None  # those of the past are not counted there
        if not self._has(frame):
            self._missed += not live
            self._publish(frame)
        if live:
            self._regain()

    def _has(self, frame: Frame) -> bool:
        """Return whether a frame was seen; one that is much older comes of a clock that was put back: that is new."""
        newest = self._newest
        if newest is None:
            return False
        return -SAME <= newest.snapshot.time - frame.snapshot.time <= RECENT * self._interval

    def _publish(self, frame: Frame) -> None:
        self._newest = frame = replace(frame, tick=self._newest.tick + 1 if self._newest else 1)
        self._subscribers.publish(frame)
