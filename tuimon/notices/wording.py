"""A notice in words. Names of processes, devices and machines are anybody's: they carry no markup to any target."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import tzinfo
from typing import Final

from tuimon.config.targetkinds import fill
from tuimon.model.alertwords import cleared_text, quantity, stated, subject
from tuimon.model.process import Process
from tuimon.model.snapshot import Alert, Snapshot
from tuimon.model.text import harmless
from tuimon.model.times import format_local, format_utc
from tuimon.model.units import rate, size, span

TOP: Final = 3
_MARKUP: Final = str.maketrans("<>&`*[]|@", "‹›+'∗()¦＠")
"""What mail, chat and web pages could take for more than text -> what only looks like it."""


def plain(text: str) -> str:
    """Return a name that anybody may have chosen as no target can take for markup, a link or a call."""
    return harmless(text, 200).translate(_MARKUP).replace("://", ":∕∕")


@dataclass(frozen=True, slots=True)
class Words:
    """The templates, and the zone of the times in them."""

    title: str
    text: str
    tz: tzinfo | None = None

    def of(self, what: str, alert: Alert, snapshot: Snapshot) -> tuple[str, str]:
        """Return the title and the text of a notice; `what` is "raised", "still" or "cleared"."""
        alert = replace(
            alert,
            series=alert.series._replace(device=plain(alert.series.device)),
            detail=plain(alert.detail),
            label=harmless(alert.label),
        )
        now = snapshot.time
        values = {
            "severity": "CLEARED" if what == "cleared" else alert.severity.upper(),
            "text": cleared_text(alert, now) if what == "cleared" else self._lasting(alert, now),
            "subject": subject(alert),
            "rule": alert.rule,
            "metric": f"{alert.series.family}.{alert.series.metric}",
            "value": quantity(alert, alert.value),
            "threshold": quantity(alert, alert.threshold, whole=True),
            "since": format_local(alert.since, self.tz),
            "host": plain(snapshot.host.name),
            "top": "" if what == "cleared" else top(alert, snapshot.processes),
            "hint": "" if what == "cleared" else alert.hint,
            "command": f"tuimon --at {format_utc(alert.since)}",
        }
        return " ".join(fill(self.title, values).split()), fill(self.text, values)

    @staticmethod
    def _lasting(alert: Alert, now: float) -> str:
        lasted = now - alert.since
        return f"{stated(alert)} for {span(lasted)}" if lasted >= 1 else stated(alert)


def top(alert: Alert, processes: tuple[Process, ...]) -> str:
    """Return the processes that have the most of what an alert is about, each with how much."""
    measure, show = _ranking(alert.series.family)
    most = sorted(processes, key=measure, reverse=True)[:TOP]
    shown = [f"{plain(one.name)} ({one.pid}) {show(measure(one))}" for one in most if measure(one) > 0]
    return ", ".join(shown)


def _ranking(family: str) -> tuple[Callable[[Process], float], Callable[[float], str]]:
    if family in ("memory", "swap"):
        return lambda process: float(process.rss_bytes), size
    if family in ("disk", "filesystem"):
        return lambda process: process.io_bytes_per_second or 0.0, rate
    return lambda process: process.cpu_percent or 0.0, lambda value: f"{value:.0f} % of a core"


def joined(titles: list[str], texts: list[str], most: int = 20) -> tuple[str, str]:
    """Return several notices as one message, in their order."""
    if len(titles) == 1:
        return titles[0], texts[0]
    shown = [f"{title}\n{text}" for title, text in zip(titles[:most], texts, strict=False)]
    more = [f"and {len(titles) - most} more"] if len(titles) > most else []
    return f"{len(titles)} alerts: {titles[0]}", "\n\n".join([*shown, *more])
