"""`/api/v1/health`: whether tuimon does its work. Nothing of the machine, no path: anybody may ask.

Those who are told of alerts are named to whom shows the token, where there is one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from tuimon import __version__
from tuimon.model.alerting import Target
from tuimon.model.catalogue import FAMILIES
from tuimon.model.protocol import SPOKEN
from tuimon.model.snapshot import Frame, Recorder

LATE: Final = 10.0
"""Seconds, and three intervals, after which the newest sample should be an older one: the loop hangs."""


def health(
    frame: Frame | None,
    *,
    now: float,
    started_at: float,
    interval: float,
    targets: Sequence[Target] = (),
    names: bool = True,
) -> tuple[int, dict[str, Any]]:
    """Return the status code and the answer. `now` and `started_at` are epoch seconds.

    `targets` are those who are told of alerts, which `names` tells apart.

    "ok"; "degraded": it answers, but a part of it does not work; "starting": no sample yet; "failing", with 503: no
    sample any more.
    """
    age = None if frame is None else max(0.0, now - frame.snapshot.time)
    state = _state(frame, age, interval)
    if state == "ok" and any(one.error for one in targets):
        state = "degraded"
    return 503 if state == "failing" else 200, {
        "status": state,
        "version": __version__,
        "protocol": str(SPOKEN),
        "started_at": started_at,
        "uptime_seconds": max(0.0, round(now - started_at, 3)),
        "interval_seconds": interval,
        "tick": None if frame is None else frame.tick,
        "sample_age_seconds": None if age is None else round(age, 3),
        "collectors": {} if frame is None else collectors(frame),
        "recorder": None if frame is None or frame.recorder is None else recorder(frame.recorder),
        "notify": notify(targets, names=names),
    }


def _state(frame: Frame | None, age: float | None, interval: float) -> str:
    if frame is None or age is None:
        return "starting"
    if age > LATE + 3 * interval:
        return "failing"
    faulty = bool(frame.snapshot.faults) or (frame.recorder is not None and bool(frame.recorder.brief))
    return "degraded" if faulty else "ok"


def collectors(frame: Frame) -> Mapping[str, Mapping[str, Any]]:
    """Return how each family is: "ok", "fault" with the moment since when, "absent" where there is nothing to read."""
    snapshot = frame.snapshot
    found: dict[str, dict[str, Any]] = {
        name: {"state": "ok" if snapshot.family(name) else "absent", "since": None} for name in FAMILIES
    }
    found["processes"] = {"state": "ok" if snapshot.processes else "absent", "since": None}
    for fault in snapshot.faults:
        found[fault.collector] = {"state": "fault", "since": fault.since}
    return found


def notify(targets: Sequence[Target], *, names: bool) -> Mapping[str, Any]:
    """Return how it goes with those who are told of alerts; never where they are reached."""
    faulty = any(one.error for one in targets)
    return {
        "state": "fault" if faulty else "ok" if targets else "off",
        "waiting": sum(one.waiting for one in targets),
        "targets": [target(one) for one in targets] if names else None,
    }


def target(one: Target) -> Mapping[str, Any]:
    """Return how it goes with one of them."""
    return {
        "name": one.name,
        "state": "fault" if one.error else "ok" if one.sent else "idle",
        "sent": one.sent,
        "waiting": one.waiting,
        "error": one.error,
        "failing_since": one.failing_since,
    }


def recorder(one: Recorder) -> Mapping[str, Any]:
    """Return how recording goes, without its path."""
    return {
        "mode": one.mode,
        "state": "fault" if one.brief else "ok",
        "brief": one.brief,
        "held": one.held,
        "lost": one.lost,
        "size_bytes": one.bytes,
    }
