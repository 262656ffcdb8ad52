"""The sink as the loop sees it: opened late, never allowed to stop the loop, its status always at hand."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Final, Protocol, runtime_checkable

from tuimon.model.snapshot import Event, Fault, Frame, Recorder, Snapshot
from tuimon.model.text import harmless
from tuimon.model.units import span
from tuimon.protocols import Sink

LOG: Final = logging.getLogger(__name__)
RETRY_FRAMES: Final = 10
"""A sink that could not be opened is tried again after this many frames; one that somebody else holds, or may come to
hold (`ask_again` of the error), with each frame."""
HANDOVER_FRAMES: Final = 60
"""For so many frames a sink that was let go of is left to whoever it was meant for."""
WITHOUT_DIGITS: Final = str.maketrans("", "", "0123456789")
HANDED_OVER: Final = "handed over to a recorder in the background"


@runtime_checkable
class Held(Protocol):
    """An error that says that another process records into the file (`tuimon.history.errors.Locked`)."""

    path: str
    pid: int | None
    by: str
    name: str
    bytes: int
    warning: str
    brief: str
    stored_at: float
    patience: float


class Recording:
    """Opens a sink late, and writes each frame; `held` are those not given to it yet. Belongs to the pipeline's thread."""

    def __init__(self, open_sink: Callable[[], Sink] | None) -> None:
        self.sink: Sink | None = None
        self.held: tuple[Frame, ...] = ()
        self.status: Recorder | None = None if open_sink else Recorder("off", reason="not asked to record")
        self._open_sink = open_sink
        self._skip = 0
        self._trouble = ""
        self._said = ""
        self._failing_since: float | None = None
        self._events: tuple[Event, ...] = ()
        self._stored = (-1.0, 0.0)  # what another recorder's last commit is known by, and since when (monotonic)

    def open(self, now: float, monotonic: float) -> bool:
        """Open the sink if it is time to; return whether it was opened just now (`now` in epoch seconds)."""
        if self.sink is not None or self._open_sink is None:
            return False
        if self._skip:
            self._skip -= 1
            return False
        try:
            self.sink = self._open_sink()
        except Exception as error:
            if isinstance(error, Held):
                self._stand_by(error, monotonic)
            elif not getattr(error, "to_come", False):
                self._skip = 0 if getattr(error, "ask_again", False) else RETRY_FRAMES
                self._fail("the history could not be opened", error, now)
        return self.sink is not None

    def hold(self, frame: Frame) -> None:
        """Keep a frame until it is written."""
        self.held += (frame,)

    def write(self) -> None:
        """Give what is held to the sink, and to nobody where there is none."""
        frames, self.held = self.held, ()
        for frame in frames:
            if self.sink is not None:
                self._write(self.sink, frame)

    def _write(self, sink: Sink, frame: Frame) -> None:
        """Give a frame to the sink; a failure becomes the status, and the next frame is tried all the same."""
        now = frame.snapshot.time
        try:
            sink.write(frame)
            status = sink.status()
        except Exception as error:
            if isinstance(error, Held):  # it took the place of a lock that somebody removed
                self.sink = None
                self._stand_by(error)
            else:
                self._fail("the history could not be written", error, now)
        else:
            self._recover(now)
            self._compare(self.status, status, now)
            self._log(status.reason)
            self.status = status

    def _compare(self, before: Recorder | None, status: Recorder, now: float) -> None:
        """Make an event of a trouble that begins, and of one that ends: the history itself tells of it later."""
        known = before.brief if before and before.mode == "here" else ""
        if status.brief and status.brief != known:
            self._events += (Event(now, "fault", f"history: {status.reason}"),)
        if before and before.held and not status.held:
            self._events += (Event(now, "recorder_started", f"history: written again; before: {before.brief}"),)

    def marked(self, snapshot: Snapshot) -> Snapshot:
        """Return a snapshot as the alert rules see it: what is wrong with the recording is a fault of it."""
        status = self.status
        if status is None or not status.brief:
            self._failing_since = None
            return snapshot
        if self._failing_since is None:
            self._failing_since = snapshot.time
        fault = Fault("recorder", status.brief, self._failing_since)
        return replace(snapshot, faults=(*snapshot.faults, fault))

    def release(self) -> None:
        """Store what the sink holds and let go of it, for another recorder to take it before `take_back`."""
        sink, self.sink = self.sink, None
        if sink is None:
            return
        self._skip, self._trouble = HANDOVER_FRAMES, HANDED_OVER
        self.status = replace(sink.status(), mode="off", reason=HANDED_OVER)
        _close(sink)

    def take_back(self) -> None:
        """Open the sink with the next frame, if nobody else has it by then."""
        self._skip = 0

    def take_events(self) -> tuple[Event, ...]:
        """Return what happened to the recording since the last call: for the next frame."""
        events, self._events = self._events, ()
        return events

    def close(self) -> None:
        """Let the sink store what it holds, and let go of it; for good."""
        sink, self.sink, self._open_sink = self.sink, None, None
        if sink is not None:
            _close(sink)

    def _stand_by(self, held: Held, monotonic: float | None = None) -> None:
        """Leave the recording to who holds the file, and ask again with the next frame; note how long it stores nothing."""
        self._trouble = str(held)
        if monotonic is None:
            self._stored = -1.0, 0.0
        elif held.stored_at != self._stored[0]:
            self._stored = held.stored_at, monotonic
        idle = 0.0 if monotonic is None else monotonic - self._stored[1]
        reason, brief = held.warning, held.brief
        if not reason and 0 < held.patience < idle:
            reason, brief = f"{held.name} holds the history, and has stored nothing for {span(idle)}", "nothing stored"
        self.status = Recorder("other", held.path, held.bytes, reason, held.pid, by=held.by, brief=brief)

    def _fail(self, what: str, error: Exception, now: float) -> None:
        brief = getattr(error, "brief", "")  # an error of the history's own says what, where, why and what to do
        reason = harmless(f"{error}" if brief else f"{what}: {str(error) or type(error).__name__}", 400)
        brief = brief or "cannot be written"
        self.status = replace(self.status or Recorder("off"), mode="off", reason=reason, brief=brief, pid=None, by="")
        if not self._trouble:
            LOG.error(reason, exc_info=error)
            self._events += (Event(now, "fault", reason),)
        self._trouble = reason

    def _log(self, reason: str) -> None:
        """Log what the sink says of its state, once for each that is new; numbers in it alone make it none."""
        said = reason.translate(WITHOUT_DIGITS)
        if said != self._said:
            self._said = said
            LOG.warning("%s", reason or "the history is written as it should be again")

    def _recover(self, now: float) -> None:
        """Say that recording goes on here after it had not."""
        if self._trouble:
            text = f"recording here now; before: {self._trouble}"
            LOG.warning(text)
            self._events += (Event(now, "recorder_started", text),)
            self._trouble = ""


def _close(sink: Sink) -> None:
    try:
        sink.close()
    except Exception:
        LOG.exception("the history could not be closed")
