"""Which alerts make a terminal ring or ask for a notice on the desktop: each once, however long it lasts. Pure but for its memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import tzinfo
from typing import Final

from tuimon.model.alerting import Ring
from tuimon.model.alertwords import stated
from tuimon.model.metric import SeriesKey
from tuimon.model.rule import SEVERITIES, Rule
from tuimon.model.snapshot import Alert, Frame
from tuimon.model.text import harmless
from tuimon.notices.hours import quiet_until
from tuimon.notices.wording import plain

OFF: Final = "off"
TOGETHER: Final = 3
"""How many alerts of one moment are named in a notice."""
_UNHEARD: Final = -1


@dataclass(slots=True)
class Ringing:
    """What a terminal is to do after each frame. `bell` and `desktop` are the least severity for each, or "off".

    An alert is heard of when it is raised and when it becomes critical; one that is silenced, or within the quiet
    hours of its rule, when that ends. What was raised before the first frame is not news.
    """

    bell: str
    desktop: str
    rules: Callable[[], Sequence[Rule]] = tuple
    tz: tzinfo | None = None
    began: float | None = None
    heard: dict[tuple[str, SeriesKey], tuple[float, int]] = field(default_factory=dict)

    def __call__(self, frame: Frame) -> Ring | None:
        """Return what is to be heard of after a frame, None where nothing is."""
        now = frame.snapshot.time
        if self.began is None:
            self.began = now
        if not frame.alerts:
            self.heard.clear()
            return None
        news = [alert for alert in frame.alerts if self._is_news(alert, now, self.began)]
        keys = {(alert.rule, alert.series) for alert in frame.alerts}
        self.heard = {key: rank for key, rank in self.heard.items() if key in keys}
        shown = [alert for alert in news if self._reaches(alert, self.desktop)]
        rung = any(self._reaches(alert, self.bell) for alert in news)
        title, text = _words(shown, frame.snapshot.host.name) if shown else ("", "")
        return Ring(rung, title, text) if rung or shown else None

    def _is_news(self, alert: Alert, now: float, began: float) -> bool:
        key, rank = (alert.rule, alert.series), SEVERITIES.index(alert.severity)
        raised_at, heard = self.heard.get(key, (None, _UNHEARD))
        if raised_at != alert.raised_at:  # not met before
            is_old = alert.raised_at < began and alert.state != "silenced"
            heard = rank if is_old else _UNHEARD
        waits = rank > heard and (alert.state == "silenced" or self._is_quiet(alert, now))
        self.heard[key] = alert.raised_at, heard if waits else max(heard, rank)
        return rank > heard and not waits and alert.state == "firing"

    def _is_quiet(self, alert: Alert, now: float) -> bool:
        rule = next((one for one in self.rules() if one.name == alert.rule), None)
        return rule is not None and quiet_until(rule.quiet, now, self.tz) is not None

    @staticmethod
    def _reaches(alert: Alert, least: str) -> bool:
        ranks: tuple[str, ...] = SEVERITIES
        return least != OFF and ranks.index(alert.severity) >= ranks.index(least)


def _words(alerts: Sequence[Alert], host: str) -> tuple[str, str]:
    """Return a title and a text that no desktop takes for markup."""
    plainly = [
        replace(
            one,
            series=one.series._replace(device=plain(one.series.device)),
            detail=plain(one.detail),
            label=harmless(one.label),
        )
        for one in sorted(alerts, key=lambda one: -SEVERITIES.index(one.severity))
    ]
    title = f"{plainly[0].severity.upper()} on {plain(host)}"
    if len(plainly) == 1:
        return title, stated(plainly[0])
    more = f" and {len(plainly) - TOGETHER} more" if len(plainly) > TOGETHER else ""
    return f"{title}, {len(plainly)} alerts", "; ".join(stated(one) for one in plainly[:TOGETHER]) + more
