"""Past moments: the frame of one, what happened between two, and which stretches are recorded at all."""

from __future__ import annotations

import json
import sqlite3
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Final

from tuimon.history.codec import NONE
from tuimon.history.happenings import read_alerts, read_hosts
from tuimon.history.layouts import number
from tuimon.history.moments import entries_near, processes_of
from tuimon.history.schema import table
from tuimon.history.tiers import COARSE, WIDTHS
from tuimon.history.unsaved import Raised
from tuimon.history.view import Chunk, View
from tuimon.model.catalogue import FAMILIES, RECORDED, WITH_DEVICES
from tuimon.model.metric import SeriesKey
from tuimon.model.snapshot import Alert, Event, Frame, Host, Snapshot, Tier

NEAR: Final = 10.0
"""How long a sample may be past, in seconds, to answer for a moment in a gap."""

MILLISECOND: Final = 0.001
"""Samples are kept to the millisecond, events and alerts as they came: what is within one is of the same moment."""

Values = dict[SeriesKey, float | None]


def read(view: View, at: float) -> Frame | None:
    """Return the newest recorded frame at or before a moment: from samples, else from the rows of a coarse tier."""
    found = _from_samples(view, at) or _from_rows(view, at)
    if found is None:
        return None
    time, before, values = found
    snapshot = _snapshot(view, time, before, values)
    then = time + MILLISECOND
    alerts = tuple(
        replace(raised.alert, value=_now(snapshot, raised.alert))
        for raised in raised_alerts(view)
        if raised.alert.raised_at < then and (raised.cleared_at is None or raised.cleared_at >= then)
    )
    since = time - 1 if before is None else before
    return Frame(
        snapshot,
        alerts,
        tuple(event for event in events(view, since, then) if event.time >= since + (MILLISECOND if before else 0)),
    )


def _now(snapshot: Snapshot, alert: Alert) -> float | None:
    value = snapshot.value(alert.series) if alert.series.family in FAMILIES else None
    return alert.value if value is None else value


def _from_samples(view: View, at: float) -> tuple[float, float | None, Values] | None:
    """Return (time, time of the sample before, values) of the newest sample at or before a moment."""
    moment = round(at * 1000)
    best: tuple[int, int, Chunk, int] | None = None
    for order, chunk in enumerate(_chunks_before(view, moment)):
        place = bisect_right(chunk.times, moment) - 1
        if place >= 0 and (best is None or (chunk.times[place], order) >= best[:2]):
            best = (chunk.times[place], order, chunk, place)
    if best is None:
        return None
    time, _, chunk, place = best
    before = chunk.times[place - 1] if place else None
    if not _near(view, time, before, moment):
        return None
    values: Values = {}
    for key, series in view.series().items():
        column = chunk.offsets(series)
        if column is not None:
            step = column[0][place]
            values[key] = None if step == NONE else number(step + column[1], series.resolution)
    return time / 1000, None if before is None else before / 1000, values


def _chunks_before(view: View, moment: int) -> list[Chunk]:
    """Return the chunks that can hold the newest sample at or before a moment."""
    row = view.db.execute("SELECT max(start) FROM batch WHERE start <= ?", (moment,)).fetchone()
    hot = view.db.execute("SELECT max(start) FROM live WHERE start <= ?", (moment,)).fetchone()
    held = max((sample[1] for sample in view.unsaved.samples if sample[1] <= moment), default=None)
    newest = [time for time in (row[0], hot[0], held) if time is not None]
    return view.chunks(max(newest), moment + 1) if newest else []


def _near(view: View, time: int, before: int | None, moment: int) -> bool:
    """Return whether a sample answers for a moment: no gap between the two, or hardly any time."""
    reach = max(NEAR * 1000, 2.5 * (time - before) if before is not None and time - before < 120_000 else 0)
    return moment - time <= reach or any(start <= time and moment <= end for _, _, start, end in view.spans())


def _from_rows(view: View, at: float) -> tuple[float, float | None, Values] | None:
    """Return the averages of the finest coarse row that covers a moment."""
    devices = {0: ""} | dict(view.db.execute("SELECT id, name FROM device").fetchall())
    for finer, tier in zip(("1s", *COARSE), COARSE, strict=False):
        if at >= view.tiers[finer].kept_from:
            return None
        time = int(at // WIDTHS[tier] * WIDTHS[tier])
        values: Values = {}
        for family in RECORDED:
            _read_rows(view, family, tier, time, devices=devices, values=values)
        if values:
            return float(time), float(time - WIDTHS[tier]), values
    return None


def _read_rows(view: View, family: str, tier: Tier, time: int, *, devices: Mapping[int, str], values: Values) -> None:
    known = view.series()
    cursor = view.db.execute(
        f"SELECT * FROM {table(family, tier)} WHERE time = ? AND device IN "  # noqa: S608  names of the catalogue
        "(SELECT id FROM device WHERE family = ? UNION SELECT 0) ORDER BY segment",
        (time, family),
    )
    cursor.row_factory = sqlite3.Row
    for row in cursor:
        for metric in RECORDED[family]:
            key = SeriesKey(family, devices[row["device"]], metric.name)
            if key in known:  # else it may have no columns: an older file does not have every metric
                n = row["n"] if row[f"{metric.name}_n"] is None else row[f"{metric.name}_n"]
                total = row[f"{metric.name}_sum"]
                values[key] = number(round(total / n), known[key].resolution) if n else None  # as fine as a sample


def _snapshot(view: View, time: float, before: float | None, values: Values) -> Snapshot:
    """Put a snapshot together from recorded values, the host, and the processes nearest before it."""
    host = _host_at(view, time)
    about = {(f, n): json.loads(a) for f, n, a in view.db.execute("SELECT family, name, about FROM device")}
    by_device: dict[tuple[str, str], dict[str, Any]] = {}
    for key, value in values.items():
        by_device.setdefault(key[:2], {})[key.metric] = value
    by_device = {device: found for device, found in by_device.items() if any(v is not None for v in found.values())}
    families: dict[str, Any] = {}
    for family, cls in FAMILIES.items():
        attribute = "self_" if family == "self" else family
        members = [(device, found) for (name, device), found in by_device.items() if name == family]
        if family in WITH_DEVICES:
            families[attribute] = tuple(
                cls(device=device, **found, **about.get((family, device), {})) for device, found in members
            )
        elif members:
            families[attribute] = cls(**members[0][1])
    families["cpu"] = replace(families["cpu"], cores=host.cores) if "cpu" in families else FAMILIES["cpu"]()
    entries = entries_near(view, time)
    total = values.get(SeriesKey("memory", "", "total_bytes"))
    return Snapshot(
        time=time,
        elapsed=None if before is None else time - before,
        host=host,
        **families,
        processes=processes_of(view, entries, total),
        complete=False,
    )


def _host_at(view: View, time: float) -> Host:
    """Return the host as it was then; what was known first answers for all before."""
    hosts = [*read_hosts(view.db), *view.unsaved.happenings.hosts]
    found = [host for since, host in hosts if since <= time]
    return found[-1] if found else hosts[0][1] if hosts else Host()


def raised_alerts(view: View, ids: Iterable[int] | None = None) -> list[Raised]:
    """Return the alerts with their intervals, in the order they were raised."""
    where = "1" if ids is None else f"id IN ({', '.join(str(int(id_)) for id_ in ids)})"
    alerts = {raised.id: raised for raised in read_alerts(view.db, where, ())}
    alerts.update((raised.id, raised) for raised in view.unsaved.happenings.alerts)
    return sorted(alerts.values(), key=lambda raised: (raised.alert.raised_at, raised.id))


def events(view: View, start: float, end: float) -> tuple[Event, ...]:
    """Return what happened in [start, end), oldest first."""
    rows = view.db.execute(
        "SELECT time, kind, text, alert FROM event WHERE time >= ? AND time < ? ORDER BY time, id", (start, end)
    ).fetchall()
    rows += [
        (event.time, event.kind, event.text, alert)
        for _, event, alert in view.unsaved.happenings.events
        if start <= event.time < end
    ]
    wanted = {row[3] for row in rows if row[3] is not None}
    alerts = {raised.id: raised.alert for raised in raised_alerts(view, wanted)} if wanted else {}
    found = [Event(time, kind, text, alerts.get(alert)) for time, kind, text, alert in rows]
    return tuple(sorted(found, key=lambda event: event.time))
