"""What the stream of another tuimon sends, made into frames: of a newer one too, as far as it is understood."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final, get_args

from tuimon.model.processwire import Table
from tuimon.model.snapshot import AlertState, EventKind, Frame, Recorder, Severity
from tuimon.model.wire import WireError, decode_frame

THERE: Final = "serve"
"""What a recorder says that it is when a `tuimon --serve` records."""
_ALERTS: Final = {
    "severity": get_args(Severity),
    "state": get_args(AlertState),
    "comparison": (">", "<"),
}
_KINDS: Final = get_args(EventKind)
_MODES: Final = ("here", "other", "off")


class Frames:
    """Makes frames of messages, in their order; keeps the process table that differences build on."""

    def __init__(self) -> None:
        self._table = Table()
        self._recorder: Recorder | None = None

    def read(self, document: object) -> Frame:
        """Return the frame of a message. Raises WireError, after which the stream must be begun anew."""
        if not isinstance(document, dict):
            raise WireError("frame: expected an object")
        tick = document.get("tick", 0)
        if isinstance(tick, bool) or not isinstance(tick, int):
            raise WireError("tick: expected a whole number")
        self._table.take(document.get("processes") or {}, tick)
        frame = understood(document | {"processes": []})
        self._recorder = seen_from_here(frame.recorder) or self._recorder  # frames of the past have none
        processes = self._table.processes
        snapshot = replace(frame.snapshot, processes=processes, complete=self._table.complete)
        return replace(frame, snapshot=snapshot, recorder=self._recorder)


def seen_from_here(recorder: Recorder | None) -> Recorder | None:
    """Return how recording goes there: what is "here" for the other program is not here."""
    if recorder is None or recorder.mode != "here":
        return recorder
    return replace(recorder, mode="other", by=THERE, pid=None)


def understood(document: dict[str, Any]) -> Frame:
    """Return a frame without what only a newer tuimon knows: other kinds of events, other states of alerts.

    Raises WireError.
    """
    recorder = document.get("recorder")
    known = {
        "alerts": [one for one in _list(document, "alerts") if knows_alert(one)],
        "pending": [one for one in _list(document, "pending") if knows_alert(one)],
        "events": [one for one in _list(document, "events") if knows_event(one)],
        "recorder": recorder if isinstance(recorder, dict) and recorder.get("mode") in _MODES else None,
    }
    return decode_frame(document | known)


def knows_alert(found: object) -> bool:
    """Return whether an alert says nothing that is new to this program."""
    return isinstance(found, dict) and all(found.get(name, choices[0]) in choices for name, choices in _ALERTS.items())


def knows_event(found: object) -> bool:
    """Return whether an event is of a kind that this program knows."""
    if not isinstance(found, dict) or found.get("kind") not in _KINDS:
        return False
    return found.get("alert") is None or knows_alert(found["alert"])


def _list(document: dict[str, Any], name: str) -> list[Any]:
    found = document.get(name)
    return found if isinstance(found, list) else []
