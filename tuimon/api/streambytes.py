"""One frame as the clients of the stream are sent it: made once for all who want the same, and only if anybody does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from tuimon.api.newest import without_commands
from tuimon.api.sockets import message
from tuimon.api.streamasked import EVERYTHING, Choice
from tuimon.model.catalogue import FAMILIES
from tuimon.model.processwire import encode_difference, encode_table
from tuimon.model.snapshot import Frame
from tuimon.model.wire import TOP, encode_frame, to_json


def event(time: float, text: bytes) -> bytes:
    """Return JSON as a server-sent event that is named by its moment."""
    return b"id: %.3f\ndata: %b\n\n" % (time, text)


class Kind(NamedTuple):
    """Which of the ways to write a frame: a choice, and the tick of the process table it builds on."""

    choice: Choice
    since: int | None


class Tick:
    """A frame, and the one before as long as somebody follows all processes.

    `usual` makes the bytes of the choice that most clients have. `made` counts how often something was encoded.
    """

    def __init__(
        self, frame: Frame, before: Frame | None, *, commands: bool, usual: Callable[[Frame], bytes] | None = None
    ) -> None:
        self.frame = frame
        self.before = before
        self.made = 0
        self._commands = commands
        self._usual = usual
        self._texts: dict[Kind, bytes] = {}
        self._messages: dict[tuple[Kind, bool], bytes] = {}
        self._top: dict[str, Any] | None = None

    @property
    def number(self) -> int:
        """Its place in the order of frames."""
        return self.frame.tick

    def text(self, choice: Choice, had: int | None = None) -> bytes:
        """Return it as JSON for a client that has the process table of the tick `had`."""
        kind = self._kind(choice, had)
        found = self._texts.get(kind)
        if found is None:
            self.made += 1
            found = self._texts[kind] = self._encode(kind)
        return found

    def message(self, choice: Choice, had: int | None = None, *, small: bool = False) -> bytes:
        """Return the same as a WebSocket's message, `small` compressed."""
        kind = self._kind(choice, had)
        found = self._messages.get((kind, small))
        if found is None:
            found = self._messages[kind, small] = message(self.text(choice, had), small=small)
        return found

    def event(self, choice: Choice, had: int | None = None) -> bytes:
        """Return the same as a server-sent event."""
        return event(self.frame.snapshot.time, self.text(choice, had))

    def _kind(self, choice: Choice, had: int | None) -> Kind:
        follows = choice.processes == "all" and self.before is not None and self.before.tick == had
        return Kind(choice, had if follows else None)

    def _encode(self, kind: Kind) -> bytes:
        choice = kind.choice
        if choice == EVERYTHING and self._usual is not None:
            return self._usual(self.frame)
        document = dict(self._document())
        if choice.families is not None:
            for name in FAMILIES.keys() - choice.families:
                document.pop(name, None)
        if choice.processes == "none":
            document |= {"complete": False, "processes": []}
        elif choice.processes == "all":
            document["complete"] = self.frame.snapshot.complete
            document["processes"] = self._table(kind.since)
        return to_json(document).encode()

    def _document(self) -> dict[str, Any]:
        """Return the frame with the processes at the top; the others share what is in it."""
        if self._top is None:
            self._top = encode_frame(self._shown(self.frame), TOP)
        return self._top

    def _table(self, since: int | None) -> dict[str, Any]:
        snapshot = self._shown(self.frame).snapshot
        if since is None or self.before is None:
            return encode_table(snapshot.processes, complete=snapshot.complete)
        before = self._shown(self.before).snapshot.processes
        return encode_difference(before, snapshot.processes, since=since, complete=snapshot.complete)

    def _shown(self, frame: Frame) -> Frame:
        return frame if self._commands else without_commands(frame)
