"""What becomes of processes that were asked to end: told when they have, or when they have not for a while."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from tuimon.model.action import Outcome, Signal, Target
from tuimon.model.snapshot import Snapshot
from tuimon.model.units import span
from tuimon.tui.acting.wording import named

ENDING: Final = frozenset({"TERM", "KILL", "INT", "HUP", "QUIT"})
"""Signals after which one waits for an end; HUP means another thing to daemons, which is then no news."""
PATIENCE: Final = 5.0
"""Seconds after which it is told that they are still there."""


class Aftermath:
    """Watches who was sent a signal to end, by the samples that come."""

    def __init__(self) -> None:
        self._signal = ""
        self._since = 0.0
        self._count = 0
        self._left: dict[tuple[int, float], Target] = {}

    def begin(self, outcomes: Sequence[Outcome], now: float) -> None:
        """Watch those that a signal was sent to, in the place of those before."""
        sent = [one for one in outcomes if one.result == "done" and isinstance(one.action, Signal)]
        self._left = {}
        if sent and isinstance(sent[0].action, Signal) and sent[0].action.name in ENDING:
            self._signal, self._since, self._count = sent[0].action.name, now, len(sent)
            self._left = {one.target.identity: one.target for one in sent}

    def news(self, snapshot: Snapshot) -> str:
        """Return a line where there is something to tell as of a sample, '' mostly."""
        if not self._left or snapshot.time <= self._since or not snapshot.complete:
            return ""
        present = {process[:2] for process in snapshot.processes if process.state != "Z"}
        gone = [target for identity, target in self._left.items() if identity not in present]
        self._left = {identity: target for identity, target in self._left.items() if identity in present}
        waited = snapshot.time - self._since
        if gone and not self._left:
            whom = named(gone[0]) if self._count == 1 else f"all {self._count} processes"
            return f"{whom} {'has' if self._count == 1 else 'have'} ended, {span(waited)} after {self._signal}"
        if waited >= PATIENCE:
            return self._still_there()
        return ""

    def _still_there(self) -> str:
        left, self._left = list(self._left.values()), {}
        if self._signal == "HUP":
            return ""
        whom = named(left[0]) if len(left) == 1 else f"{len(left)} of {self._count} processes"
        more = "" if self._signal == "KILL" else "; KILL ends without asking"
        are = "is" if len(left) == 1 else "are"
        return f"{whom} {are} still there {PATIENCE:.0f} s after {self._signal}{more}"
