"""What can be wrong with the loop itself, turned into faults and events that a screen shows."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Final

from tuimon.model.snapshot import Event, Fault, Host, Snapshot
from tuimon.model.text import harmless
from tuimon.model.units import duration, span
from tuimon.protocols import Clock

LOG: Final = logging.getLogger(__name__)
STEP_SECONDS: Final = 2.0
"""A wall clock that moves this much more or less than the monotonic one between two ticks was stepped."""
PAUSE_SECONDS: Final = 5.0
"""A sample may be so late without a word, or by two intervals: rates are not known over more than that."""
SHOWN_SECONDS: Final = 10.0
"""For how long after the last overrun its fault is shown."""
QUIET_SECONDS: Final = 60.0
"""A fault that comes back sooner than this after it was last seen is the same one: no second event."""


class ClockWatch:
    """Sees steps of the wall clock, and pauses in which nothing was sampled.

    Time spent asleep looks like a step, since the monotonic clock stands still then.
    """

    def __init__(self, clock: Clock, interval: float = 1.0) -> None:
        self._clock = clock
        self._patience = max(3 * interval, interval + PAUSE_SECONDS)
        self._offset: float | None = None
        self._looked_at = 0.0

    def look(self) -> tuple[Event, ...]:
        """Return the step or the pause since the last look, if there was one."""
        now, monotonic = self._clock.now(), self._clock.monotonic()
        offset, before = now - monotonic, self._offset
        paused = monotonic - self._looked_at
        self._offset, self._looked_at = offset, monotonic
        if before is None:
            return ()
        moved = offset - before
        if abs(moved) > STEP_SECONDS:
            way = f"back {span(round(-moved))}" if moved < 0 else f"forward {span(round(moved))}, or the machine slept"
            text = f"the clock went {way}"
        elif paused > self._patience:
            text = f"nothing was sampled for {span(round(paused))}: tuimon was stopped, or the machine"
        else:
            return ()
        LOG.warning(text)
        return (Event(now, "clock_step", text),)


class FaultWatch:
    """Makes an event of each fault that begins."""

    def __init__(self) -> None:
        self._seen: dict[str, float] = {}

    def look(self, snapshot: Snapshot) -> tuple[Event, ...]:
        """Return an event for each part of a snapshot that is newly at fault."""
        if not snapshot.faults:
            return ()
        events = []
        for fault in snapshot.faults:
            last = self._seen.get(fault.collector)
            if last is None or abs(snapshot.time - last) > QUIET_SECONDS:
                events.append(Event(snapshot.time, "fault", f"{fault.collector}: {fault.message}"))
            self._seen[fault.collector] = snapshot.time
        return tuple(events)


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
    """A collector that raised although it should not."""

    def __init__(self) -> None:
        self._since: float | None = None

    def fall(self, error: Exception, now: float, host: Host) -> Snapshot:
        """Return a snapshot in which all is unknown but the host and the reason; log a stretch of failures once."""
        message = harmless(f"failed: {type(error).__name__}: {error}", 200)
        if self._since is None:
            self._since = now
            LOG.error("the collector %s", message, exc_info=error)
        return Snapshot(now, host=host, complete=False, faults=(Fault("collector", message, self._since),))

    def recover(self) -> None:
        """Take note of a sample that worked."""
        if self._since is not None:
            self._since = None
            LOG.warning("the collector works again")
