"""The alerts of a session, put together: rules, what people said, and who is told."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from tuimon.alerts.watch import Watch
    from tuimon.compose.past import Past
    from tuimon.history.notebook import Notebook
    from tuimon.model.alerting import Mark, Standing, Target, Word
    from tuimon.model.snapshot import Alert

LOG: Final = logging.getLogger(__name__)


class Alerts:
    """A `tuimon.protocols.Alerting` of a watch and of the notes in a history file."""

    def __init__(self, watch: Watch, past: Past) -> None:
        self._watch = watch
        self._past = past
        self._notebook: Notebook | None = None
        self._own: tuple[Mark, ...] = ()
        self.targets: Callable[[], tuple[Target, ...]] = tuple
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

    def say(self, word: Word, alert: Alert | None, seconds: float | None = None, by: str = "") -> str:
        """Note what somebody says; return why it could be noted in this program only, '' where all will see it."""
        from tuimon.model.alerting import Mark

        made_at = max(time.time(), self._watch.state.time or 0.0)
        until = None if seconds is None else made_at + seconds
        rule, series = (alert.rule, alert.series) if alert else ("", None)
        mark = Mark(word, made_at, rule, series, until, by or _user())
        notebook, why = self.notebook(), "there is no history"
        try:
            if notebook is not None:
                notebook.say(mark)
                return ""
        except Exception as error:
            why = str(error)
            LOG.warning("what was said to an alert is known to this program only: %s", why)
        self._own = (*self._own, mark)
        return f"known to this tuimon only: {why}"

    def close(self) -> None:
        """Let go of the file."""
        if self._notebook is not None:
            self._notebook.close()


def _user() -> str:
    import getpass

    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return ""
