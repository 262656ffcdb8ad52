"""The alerts of a session, put together: rules, what people said, and who is told."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from tuimon.alerts.watch import Watch
    from tuimon.compose import Machine
    from tuimon.compose.past import Past
    from tuimon.config.settings import Settings
    from tuimon.history.notebook import Notebook
    from tuimon.model.alerting import Mark, Standing, Target, Word
    from tuimon.model.metric import SeriesKey
    from tuimon.model.rule import Rule
    from tuimon.model.snapshot import Alert, Event, Frame
    from tuimon.notices.notifier import Notifier, Plan
    from tuimon.protocols import Subscriber

LOG: Final = logging.getLogger(__name__)


class Alerts:
    """A `tuimon.protocols.Alerting` of a watch and of the notes in a history file."""

    def __init__(self, watch: Watch, past: Past) -> None:
        self._watch = watch
        self._past = past
        self._notebook: Notebook | None = None
        self._own: tuple[Mark, ...] = ()
        self._notifier: Notifier | None = None
        watch.said = self.heard

    def heard(self) -> tuple[Mark, ...]:
        """Return all that was said: into the file, and to this program alone. The pipeline's thread asks with each sample."""
        if not self._past.opened.is_set():
            return self._own
        notebook = self.notebook()
        return (*notebook.marks(), *self._own) if notebook is not None else self._own

    def notebook(self) -> Notebook | None:
        """Return the notes of the history, None where there is none."""
        if self._notebook is None and self._past.path:
            from tuimon.history.notebook import Notebook

            self._notebook = Notebook(self._past.path)
        return self._notebook

    def standing(self) -> Standing:
        """Return how all rules stand."""
        return replace(self._watch.standing(), targets=self.targets())

    def targets(self) -> tuple[Target, ...]:
        """Return who is told of alerts, and how that goes."""
        return self._notifier.targets() if self._notifier else ()

    def say(self, word: Word, alert: Alert | None, seconds: float | None = None, by: str = "") -> str:
        """Note what somebody says; return why it could be noted in this program only, '' where all will see it."""
        rule, series = (alert.rule, alert.series) if alert else ("", None)
        return self.note(word, rule, series, seconds, by or _user())[1]

    def note(self, word: Word, rule: str, series: SeriesKey | None, seconds: float | None, by: str) -> tuple[Mark, str]:
        """Note what somebody says to a rule's alerts, whether any fires or not; `rule` '' and `series` None: to all.

        Return it, and why it could be noted in this program only, '' where all will see it.
        """
        from tuimon.model.alerting import Mark

        made_at = max(time.time(), self._watch.state.time or 0.0)
        until = None if seconds is None else made_at + seconds
        mark = Mark(word, made_at, rule, series, until, by)
        notebook, why = self.notebook(), "there is no history"
        try:
            if notebook is not None:
                notebook.say(mark)
                return mark, ""
        except Exception as error:
            why = str(error)
            LOG.warning("what was said to an alert is known to this program only: %s", why)
        self._own = (*self._own, mark)
        return mark, f"known to this tuimon only: {why}"

    def tell(self, machine: Machine, settings: Settings, subscribe: Callable[[Subscriber], object]) -> None:
        """Tell the targets of the settings what the frames raise and clear; nothing is imported where there are none.

        Nothing of a machine that is made up is told to anybody. Where nothing is recorded it is told from memory.
        """
        if machine.scenario or not settings.notify.targets:
            return
        from tuimon.notices.notifier import Notifier

        kept = self.notebook if self._past.record else _nothing_kept
        happened = self._happened if self._past.record else _nothing_happened
        self._notifier = Notifier(
            plan_of(settings), lambda: self._watch.rules, kept, happened, others=self._another_records
        )
        subscribe(self._notifier.take)

    def _another_records(self) -> bool:
        from tuimon.history.lock import recorder_of

        return bool(self._past.path) and recorder_of(self._past.path) is not None

    def ring(self, settings: Settings, began: float) -> Callable[[Frame], str] | None:
        """Return what `ring_of` does, for a session that began at a moment."""
        return ring_of(settings, lambda: self._watch.rules, began)

    def _happened(self, start: float, end: float) -> tuple[Event, ...]:
        archive = self._past.open_archive()
        if archive is None:
            return ()
        try:
            return archive.events(start, end)
        finally:
            archive.close()

    def close(self) -> None:
        """Tell nobody more, and let go of the file."""
        if self._notifier is not None:
            self._notifier.stop()
        if self._notebook is not None:
            self._notebook.close()


def _nothing_kept() -> None:
    """Give no place where notices outlast the program."""


def _nothing_happened(_start: float, _end: float) -> tuple[Event, ...]:
    return ()


def ring_of(
    settings: Settings, rules: Callable[[], Sequence[Rule]] = tuple, began: float | None = None
) -> Callable[[Frame], str] | None:
    """Return what gives the bytes for the terminal of a dashboard, mostly ''; None where nothing is to be heard.

    What was raised before a moment, None for that of the first frame, is not news.
    """
    wanted = settings.notify
    if wanted.bell == wanted.desktop == "off":
        return None
    from tuimon.config.looks import ascii_only, zone_of
    from tuimon.notices.ringing import Ringing
    from tuimon.tui.bell import sequence

    ringing = Ringing(wanted.bell, wanted.desktop, rules, zone_of(settings), began)
    plainly = ascii_only(settings, os.environ)

    def ring(frame: Frame) -> str:
        found = ringing(frame)
        return sequence(found, wanted.desktop_by, os.environ, ascii_only=plainly) if found else ""

    return ring


def plan_of(settings: Settings) -> Plan:
    """Return who is told, and in which words."""
    from tuimon.config.looks import zone_of
    from tuimon.notices.notifier import Plan
    from tuimon.notices.wording import Words

    wanted = settings.notify
    words = Words(wanted.title, wanted.text, zone_of(settings))
    return Plan(wanted.targets, words, wanted.group, wanted.an_hour)


def _user() -> str:
    import getpass

    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return ""
