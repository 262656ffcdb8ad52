"""The alert rules of another machine, and what is said to its alerts: over there, where everyone who looks sees it."""

from __future__ import annotations

import getpass
import logging
import socket
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final, get_args

from tuimon.model.alerting import RuleState, Standing, Word
from tuimon.model.snapshot import Alert, Frame, Severity
from tuimon.model.wire import build
from tuimon.sources.remote.faults import RemoteError
from tuimon.sources.remote.line import Json, Line
from tuimon.sources.remote.reading import read

LOG: Final = logging.getLogger(__name__)
EVERY: Final = "*"
"""What stands for every rule."""
LONGEST_NAME: Final = 64
_STATES: Final = ("inactive", "pending", "firing")


class RemoteAlerting:
    """A `tuimon.protocols.Alerting`. The rules are those that were read last; `standing` never waits for the link."""

    def __init__(self, line: Line, newest: Callable[[], Frame | None]) -> None:
        self._line = line
        self._newest = newest
        self._rules: tuple[RuleState, ...] = ()
        self._reading = threading.Lock()

    def begin(self) -> None:
        """Read the rules, aside."""
        threading.Thread(target=self._read, name="tuimon-rules", daemon=True).start()

    def _read(self) -> None:
        if not self._reading.acquire(blocking=False):
            return
        try:
            self._rules = read(_rules, self._line.get("alerts/rules"))
        except RemoteError as error:
            LOG.warning("the rules of %s are not known: %s", self._line.address.url, error)
        finally:
            self._reading.release()

    def standing(self) -> Standing:
        """Return how all rules stand; they are read anew meanwhile, for the next time."""
        self.begin()
        frame = self._newest()
        if frame is None:
            return Standing(rules=self._rules)
        states = {one.rule: "pending" for one in frame.pending} | {one.rule: "firing" for one in frame.alerts}
        rules = tuple(_standing(rule, states.get(rule.name, "inactive")) for rule in self._rules)
        return Standing(frame.snapshot.time, rules, frame.alerts, frame.pending)

    def say(self, word: Word, alert: Alert | None, seconds: float | None = None, by: str = "") -> str:
        """Say something to an alert, None: to all. Return '' or, in one line, why it could not be said; waits for the link."""
        body: dict[str, Any] = {"rule": EVERY if alert is None else alert.rule, "by": (by or _user())[:LONGEST_NAME]}
        if alert is not None and alert.series.device:
            body["device"] = alert.series.device
        if word == "silence":
            body["for"] = max(1.0, seconds or 0.0)
        try:
            answer = self._line.post(f"alerts/{word}", body)
        except RemoteError as error:
            return f"not said: {error.brief}"
        note = answer.get("note") if isinstance(answer, dict) else ""
        return f"known to that tuimon only: {note}" if note else ""


def _standing(rule: RuleState, state: str) -> RuleState:
    return replace(rule, state=state)  # type: ignore[arg-type] # it is one of them


def _rules(document: Json) -> tuple[RuleState, ...]:
    """Return the rules, without those of a kind that only a newer tuimon knows."""
    return tuple(
        build(RuleState, one, "rules")
        for one in document["rules"]
        if one.get("severity") in get_args(Severity) and one.get("state") in _STATES
    )


def _user() -> str:
    """Return who sits here: `ann@laptop`."""
    try:
        return f"{getpass.getuser()}@{socket.gethostname().partition('.')[0]}"
    except (OSError, KeyError):
        return socket.gethostname()
