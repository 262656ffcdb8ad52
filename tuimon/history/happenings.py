"""What happened: events, the intervals in which alerts were raised, and the host as it was."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from tuimon.history.unsaved import Raised, Unwritten
from tuimon.model.metric import SeriesKey
from tuimon.model.snapshot import Alert, Event, Frame, Host

_BOOT_JITTER: Final = 60.0
"""A boot time that moves by less, since the wall clock is adjusted, is no new host."""

AlertKey = tuple[str, SeriesKey, float]


class Happenings:
    """Follows the alerts, events and host of the frames."""

    def __init__(self, db: sqlite3.Connection, last_time: float) -> None:
        self._firing = {_key(raised.alert): raised for raised in read_alerts(db, "cleared_at IS NULL", ())}
        self._inherited = bool(self._firing)
        self._last_time = last_time
        self._next_alert = 1 + (db.execute("SELECT max(id) FROM alert").fetchone()[0] or 0)
        self._next_event = 1 + (db.execute("SELECT max(id) FROM event").fetchone()[0] or 0)
        hosts = read_hosts(db)
        self._host = hosts[-1][1] if hosts else None
        self._alerts: dict[int, Raised] = {}
        self._events: list[tuple[int, Event, int | None]] = []
        self._hosts: list[tuple[float, Host]] = []

    def take(self, frame: Frame) -> None:
        """Note what a frame says."""
        time = frame.snapshot.time
        if frame.snapshot.host is not self._host:
            self._take_host(time, frame.snapshot.host)
        if frame.alerts or self._firing:
            self._take_alerts(frame, self._last_time if self._inherited else time)
        self._inherited = False
        for event in frame.events:
            raised = self._firing.get(_key(event.alert)) if event.alert else None
            self._events.append((self._next_event, event, raised.id if raised else self._closed(event)))
            self._next_event += 1
        self._last_time = time

    def _closed(self, event: Event) -> int | None:
        """Return the alert that an event is about among those that are over but not written yet."""
        if event.alert is None:
            return None
        key = _key(event.alert)
        return next((raised.id for raised in self._alerts.values() if _key(raised.alert) == key), None)

    def _take_alerts(self, frame: Frame, cleared_at: float) -> None:
        """Begin and end intervals: an alert lasts as long as the frames carry it."""
        present = {_key(alert): alert for alert in frame.alerts}
        for key in self._firing.keys() - present.keys():
            raised = self._firing.pop(key)._replace(cleared_at=cleared_at)
            self._alerts[raised.id] = raised
        for key, alert in present.items():
            if (known := self._firing.get(key)) is not None:
                if known.alert.severity != alert.severity:  # it only ever becomes worse
                    worse = replace(known.alert, severity=alert.severity)
                    known = self._firing[key] = known._replace(alert=worse)
                    self._alerts[known.id] = known
            else:
                raised = self._firing[key] = Raised(self._next_alert, alert)
                self._alerts[raised.id] = raised
                self._next_alert += 1

    def _take_host(self, time: float, host: Host) -> None:
        if self._host is None or not _same(self._host, host):
            self._hosts.append((time, host))
        self._host = host

    def unwritten(self) -> Unwritten:
        """Return what is not in the file yet."""
        return Unwritten(tuple(self._alerts.values()), tuple(self._events), tuple(self._hosts))

    def save(self, db: sqlite3.Connection) -> None:
        """Write what is new; the caller's transaction holds it."""
        db.executemany(
            "INSERT INTO alert VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
            "ON CONFLICT (id) DO UPDATE SET severity = excluded.severity, cleared_at = excluded.cleared_at",
            [_alert_row(raised) for raised in self._alerts.values()],
        )
        db.executemany(
            "INSERT INTO event VALUES (?, ?, ?, ?, ?)",
            [(id_, event.time, event.kind, event.text, alert) for id_, event, alert in self._events],
        )
        db.executemany(
            "INSERT INTO host (since, name, os, kernel, cores, booted_at, machine_id, cpu_model) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [(since, *_host_row(host)) for since, host in self._hosts],
        )

    def inherit(self, before: Happenings) -> None:
        """Take over the events that the file before did not take."""
        for _, event, _ in before._events:
            self._events.append((self._next_event, event, None))
            self._next_event += 1

    def saved(self) -> None:
        """Forget what was new: the transaction was committed."""
        self._alerts.clear()
        self._events.clear()
        self._hosts.clear()


def _key(alert: Alert) -> AlertKey:
    return alert.rule, alert.series, alert.raised_at


def _same(one: Host, other: Host) -> bool:
    """Return whether two hosts differ in nothing but a little in their boot time."""
    if (
        one.booted_at is not None
        and other.booted_at is not None
        and abs(one.booted_at - other.booted_at) < _BOOT_JITTER
    ):
        other = replace(other, booted_at=one.booted_at)
    return one == other


def _host_row(host: Host) -> tuple[object, ...]:
    return host.name, host.os, host.kernel, host.cores, host.booted_at, host.machine_id, host.cpu_model


def _alert_row(raised: Raised) -> tuple[object, ...]:
    a = raised.alert
    return (
        raised.id,
        a.rule,
        a.severity,
        *a.series,
        a.value,
        a.threshold,
        a.comparison,
        a.since,
        a.raised_at,
        raised.cleared_at,
        a.label,
    )


def read_hosts(db: sqlite3.Connection) -> list[tuple[float, Host]]:
    """Return the hosts of a file with since when each was seen, oldest first."""
    rows = db.execute(
        "SELECT since, name, os, kernel, cores, booted_at, machine_id, cpu_model FROM host ORDER BY id"
    ).fetchall()
    return [(row[0], Host(*row[1:])) for row in rows]


def read_alerts(db: sqlite3.Connection, where: str, values: Iterable[float]) -> list[Raised]:
    """Return the alerts that a condition of this module's callers selects, in the order they were raised."""
    rows = db.execute(
        "SELECT id, rule, severity, family, device, metric, value, threshold, comparison, since, raised_at, label, "  # noqa: S608  the callers' own constants
        f"cleared_at FROM alert WHERE {where} ORDER BY raised_at, id",
        tuple(values),
    )
    return [
        Raised(
            row[0],
            Alert(row[1], row[2], SeriesKey(*row[3:6]), row[6], row[7], row[8], row[9], row[10], row[11]),
            row[12],
        )
        for row in rows
    ]
