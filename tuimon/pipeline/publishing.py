"""Who is given each frame: whoever fails does not disturb the others, and is written of once."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Final

from tuimon.model.snapshot import Frame
from tuimon.protocols import Subscriber

LOG: Final = logging.getLogger(__name__)


class Subscribers:
    """Any thread may come and go; one publishes."""

    def __init__(self) -> None:
        self._all: tuple[Subscriber, ...] = ()
        self._failing: set[Subscriber] = set()
        self._lock = threading.Lock()

    def add(self, subscriber: Subscriber) -> Callable[[], None]:
        """Have it called with each frame from now on; return how to stop that, which may be done twice."""
        with self._lock:
            self._all = (*self._all, subscriber)

        def leave() -> None:
            with self._lock:
                self._all = tuple(one for one in self._all if one is not subscriber)

        return leave

    def publish(self, frame: Frame) -> None:
        """Give everyone a frame."""
        for subscriber in self._all:
            try:
                subscriber(frame)
            except Exception:
                if subscriber not in self._failing:
                    LOG.exception("a subscriber failed")
                self._failing.add(subscriber)
            else:
                self._failing.discard(subscriber)
