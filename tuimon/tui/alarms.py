"""The alerts screen, and what may be said to an alert: acknowledge, silence for a time, go to where it began."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import TYPE_CHECKING, Final

from tuimon.model.alerting import Standing, Target, Word
from tuimon.model.alertwords import stated, subject
from tuimon.model.snapshot import Alert, Event
from tuimon.model.times import aware
from tuimon.model.units import span
from tuimon.tui.dialogs.menu import Item, Menu
from tuimon.tui.dialogs.sheet import Line, Sheet, Tab
from tuimon.tui.lines import most_severe

if TYPE_CHECKING:
    from tuimon.protocols import Alerting
    from tuimon.tui.dialogs.over import Over

SILENCES: Final = ((600.0, "10 min"), (3600.0, "1 h"), (8 * 3600.0, "8 h"), (86400.0, "1 day"), (7 * 86400.0, "1 week"))
"""For how long an alert is silenced, in seconds and in words."""
SINCE: Final = 7 * 86400.0
"""How far back the screen's history goes, in seconds."""
MOST: Final = 200


@dataclass(frozen=True, slots=True)
class Alarms:
    """What a person does with alerts. `go` shows a moment, `say` a line; both are the desk's.

    `answers`: something may be said to them; `place` is where they are, '' here.
    """

    over: Over
    alerting: Alerting | None
    go: Callable[[float], None]
    say: Callable[[str], None]
    tz: tzinfo | None = None
    answers: bool = True
    place: str = ""

    @property
    def may_say(self) -> bool:
        """Whether anything can be said to alerts."""
        return self.alerting is not None and self.answers

    @property
    def refusal(self) -> str:
        """Return why nothing can be said to them."""
        return (
            f"alerts of {self.place} are answered with its token"
            if self.place
            else "nothing can be said to alerts here"
        )

    def open(self, firing: Sequence[Alert], events: Sequence[Event], now: float) -> None:
        """Show the alerts screen; `firing` is what the frame holds, `events` what happened, `now` in epoch seconds."""
        standing = self.alerting.standing() if self.alerting else Standing()
        tabs = [
            Tab(
                "firing",
                ("SEVERITY", "SINCE", "#FOR", "STATE", "ALERT"),
                self._alerts(firing, now),
                "all is well",
                (1,),
            ),
            Tab(
                "pending",
                ("SEVERITY", "SINCE", "#FOR", "STATE", "ALERT"),
                self._alerts(standing.pending, now),
                "nothing",
                (1,),
            ),
            Tab("history", ("TIME", "WHAT", "TEXT"), self._events(events), "nothing in the last week"),
            Tab(
                "rules",
                ("RULE", "STATE", "SEVERITY", "CONDITION"),
                _rules(standing),
                f"the rules of {self.place} are not known yet" if self.place else "no rules are in force here",
                (2,),
            ),
            Tab(
                "targets",
                ("TARGET", "#SENT", "#WAITING", "STATE"),
                _targets(standing.targets),
                f"who is told there, {self.place} keeps to itself" if self.place else "nobody is told: notify.targets",
                (),
            ),
        ]
        counts = f"{len(firing)} firing · {len(standing.pending)} pending · {len(standing.rules)} rules"
        self.over.open(Sheet("Alerts", tabs, about=f"{counts} · Enter: what to do about it"), self._chosen)

    def _alerts(self, alerts: Sequence[Alert], now: float) -> tuple[Line, ...]:
        rank = {"critical": 0, "warning": 1, "info": 2}
        ordered = sorted(alerts, key=lambda one: (one.state == "silenced", rank[one.severity], one.since))
        return tuple(Line((*self._cells(alert, now), stated(alert)), alert) for alert in ordered)

    def _cells(self, alert: Alert, now: float) -> tuple[str, str, str, str]:
        state: str = alert.state
        if alert.until is not None:
            state = f"silenced {span(max(0.0, alert.until - now))} more"
        return alert.severity, f"{aware(alert.since, self.tz):%b %d %H:%M:%S}", span(max(0.0, now - alert.since)), state

    def _events(self, events: Sequence[Event]) -> tuple[Line, ...]:
        about = [event for event in events if event.alert is not None][-MOST:]
        return tuple(
            Line((f"{aware(event.time, self.tz):%b %d %H:%M:%S}", event.kind.removeprefix("alert_"), event.text), event)
            for event in reversed(about)
        )

    def _chosen(self, answer: object) -> None:
        """Ask what is to be done about the alert of a row; a row of the history leads to its moment."""
        if isinstance(answer, Event):
            self.go(answer.alert.since if answer.alert and answer.kind == "alert_raised" else answer.time)
        elif isinstance(answer, Alert):
            self.over.open(
                Menu(subject(answer), _deeds(answer, known=self.may_say)),
                lambda what: self._do(answer, what),
            )

    def _do(self, alert: Alert, what: object) -> None:
        if what == "go":
            self.go(alert.since)
        elif what == "silence":
            self.silence((alert,))
        elif what in ("acknowledge", "lift"):
            self._note(alert, "acknowledge" if what == "acknowledge" else "lift")

    def acknowledge(self, firing: Sequence[Alert]) -> None:
        """Acknowledge the alert that the banner shows."""
        waiting = tuple(alert for alert in firing if alert.state == "firing")
        if not self.may_say:
            self.say(self.refusal)
        elif not waiting:
            self.say("no alert waits to be acknowledged")
        else:
            self._note(most_severe(waiting), "acknowledge")

    def silence(self, firing: Sequence[Alert]) -> None:
        """Ask for how long the alert that the banner shows is to be silent."""
        speaking = tuple(alert for alert in firing if alert.state != "silenced") or tuple(firing)
        if not speaking or not self.may_say:
            self.say("no alert fires that could be silenced" if self.may_say else self.refusal)
            return
        alert = most_severe(speaking)
        items = [Item(words, "", "", seconds) for seconds, words in SILENCES]
        if alert.state != "firing":
            items.append(Item("let it speak again", "", "", 0.0))

        def chosen(seconds: object) -> None:
            if isinstance(seconds, float):
                self._note(alert, "silence" if seconds else "lift", seconds or None)

        self.over.open(Menu(f"Silence {subject(alert)} for", items), chosen)

    def _note(self, alert: Alert, word: Word, seconds: float | None = None) -> None:
        """Say it, in a thread: the history may be in use; the screen shows it with the next sample."""
        alerting = self.alerting
        if alerting is None:
            return
        done = {"acknowledge": "acknowledged", "lift": "speaks again"}.get(word, f"silenced for {span(seconds)}")
        self.say(f"{subject(alert)} {done}")

        def note() -> None:
            if trouble := alerting.say(word, alert, seconds):
                self.say(trouble)

        threading.Thread(target=note, name="tuimon-alert-mark", daemon=True).start()


def _deeds(alert: Alert, *, known: bool) -> list[Item]:
    items = [Item("go to where it began", "", alert.hint, "go")]
    if known and alert.state == "firing":
        items.append(Item("acknowledge", "", "somebody knows; until it clears", "acknowledge"))
    if known and alert.state != "pending":
        items.append(Item("silence", "", "say nothing of it for a time", "silence"))
    if known and alert.state in ("acknowledged", "silenced"):
        items.append(Item("let it speak again", "", "", "lift"))
    return items


def _rules(standing: Standing) -> tuple[Line, ...]:
    return tuple(Line((one.name, one.state, one.severity, one.condition)) for one in standing.rules)


def _targets(targets: Sequence[Target]) -> tuple[Line, ...]:
    return tuple(
        Line((one.name, f"{one.sent}", f"{one.waiting}", f"failing: {one.error}" if one.error else "well"))
        for one in targets
    )
