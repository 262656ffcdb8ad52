"""What can be wrong with the loop itself, turned into faults and events that a screen shows."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Final

from tuimon.model.snapshot import Event, Fault, Frame, Host, Snapshot
from tuimon.model.text import harmless
from tuimon.model.units import duration, span
from tuimon.protocols import Clock

LOG: Final = logging.getLogger(__name__)
STEP_SECONDS: Final = 2.0
"""A wall clock that moves this much more or less than the monotonic one between two ticks was stepped."""
SHOWN_SECONDS: Final = 10.0
"""For how long after the last overrun its fault is shown."""


class ClockWatch:
    """Sees steps of the wall clock. Time spent asleep looks the same, since the monotonic clock stands still then."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._offset: float | None = None

    def look(self) -> tuple[Event, ...]:
        """Return the step since the last look, if there was one."""
        now = self._clock.now()
        offset = now - self._clock.monotonic()
        before, self._offset = self._offset, offset
        if before is None or abs(offset - before) <= STEP_SECONDS:
            return ()
        moved = offset - before
        text = f"the clock went {'forward' if moved > 0 else 'back'} {span(abs(moved))}" + (
            ", or the machine slept" if moved > 0 else ""
        )
        LOG.warning(text)
        return (Event(now, "clock_step", text),)


class Overruns:
    """Counts the parts of a tick that took longer than the interval."""

    def __init__(self, interval: float) -> None:
        self.count = 0
        self._interval = interval
        self._last: Fault | None = None
        self._last_at = 0.0

    def note(self, what: str, began: float, ended: float, wall: float) -> None:
        """Take the monotonic begin and end of a part; `wall` is the present time in epoch seconds."""
        if ended - began <= self._interval:
            return
        self.count += 1
        text = f"{what} took {duration(ended - began)}, longer than the interval of {duration(self._interval)}"
        since = wall if self._last is None else self._last.since
        if self._last is None:
            LOG.warning(text)
        self._last = Fault("pipeline", f"{text} ({self.count} times)" if self.count > 1 else text, since)
        self._last_at = ended

    def mark(self, snapshot: Snapshot, now: float) -> Snapshot:
        """Return a snapshot with the fault of a recent overrun; `now` is monotonic."""
        if self._last is None:
            return snapshot
        if now - self._last_at > SHOWN_SECONDS:
            self._last = None
            return snapshot
        return replace(snapshot, faults=(*snapshot.faults, self._last))


class Stumble:
    """A collector that raised although it should not: says so once, until it works again."""

    def __init__(self) -> None:
        self._since: float | None = None

    def fall(self, error: Exception, now: float, newest: Frame | None) -> tuple[Snapshot, tuple[Event, ...]]:
        """Return a snapshot in which all is unknown but the host and the reason, and an event the first time."""
        first = self._since is None
        self._since = since = now if self._since is None else self._since
        message = harmless(f"the collector failed: {type(error).__name__}: {error}", 200)
        if first:
            LOG.error(message, exc_info=error)
        host = newest.snapshot.host if newest else Host()
        snapshot = Snapshot(now, host=host, complete=False, faults=(Fault("collector", message, since),))
        return snapshot, (Event(now, "fault", message),) if first else ()

    def recover(self) -> None:
        """Take note of a sample that worked."""
        if self._since is not None:
            LOG.warning("the collector works again")
            self._since = None
