"""What the file calls things: numbers for devices, series and layouts, given out by the writer alone."""

from __future__ import annotations

import dataclasses
import json
import sqlite3
from typing import Any

from tuimon.history.layouts import Layout, Series
from tuimon.model.catalogue import METRICS, RECORDED, WITH_DEVICES
from tuimon.model.metric import SeriesKey
from tuimon.model.snapshot import Snapshot


def read_layouts(db: sqlite3.Connection) -> dict[int, Layout]:
    """Return the layouts that a file has."""
    series = read_series(db)
    return {
        id_: Layout(id_, tuple(series[int(number)] for number in text.split(",")) if text else ())
        for id_, text in db.execute("SELECT id, series FROM layout")
    }


def read_series(db: sqlite3.Connection) -> dict[int, Series]:
    """Return the series that a file has, by number."""
    rows = db.execute("SELECT id, family, device, metric, resolution FROM series")
    return {id_: Series(id_, SeriesKey(family, device, name), step) for id_, family, device, name, step in rows}


class Registry:
    """Gives out numbers; new ones are held until `save` and `saved`."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self.layouts = read_layouts(db)
        self.series = {series.key: series for series in read_series(db).values()}
        self.devices: dict[tuple[str, str], int] = {
            (family, name): id_ for id_, family, name in db.execute("SELECT id, family, name FROM device")
        }
        self._resolutions: dict[tuple[str, str], float] = {
            (family, name): step for family, name, step in db.execute("SELECT family, name, resolution FROM metric")
        }
        self._by_series = {tuple(s.id for s in layout.series): layout for layout in self.layouts.values()}
        self._unsaved: list[tuple[str, tuple[Any, ...]]] = []
        for family in RECORDED:
            if family not in WITH_DEVICES:
                self.devices[family, ""] = 0
        self._next_device = max(self.devices.values(), default=0) + 1
        self._next_series = max((series.id for series in self.series.values()), default=0) + 1

    def layout(self, keys: tuple[SeriesKey, ...], snapshot: Snapshot | None = None) -> Layout:
        """Return the layout of these series in this order, a new one where there is none."""
        members = tuple([self._series(key, snapshot) for key in keys])
        numbers = tuple([series.id for series in members])
        found = self._by_series.get(numbers)
        if found is None:
            found = Layout(max(self.layouts, default=0) + 1, members)
            self._by_series[numbers] = self.layouts[found.id] = found
            self._unsaved.append(("INSERT INTO layout VALUES (?, ?)", (found.id, ",".join(map(str, numbers)))))
        return found

    def _series(self, key: SeriesKey, snapshot: Snapshot | None) -> Series:
        found = self.series.get(key)
        if found is None:
            number = self._next_series
            self._next_series += 1
            found = Series(number, key, self._resolutions[key.family, key.metric])
            self.series[key] = found
            self._unsaved.append(("INSERT INTO series VALUES (?, ?, ?, ?, ?)", (number, *key, found.resolution)))
            self._device(key, snapshot)
        return found

    def _device(self, key: SeriesKey, snapshot: Snapshot | None) -> None:
        if (key.family, key.device) in self.devices:
            return
        number = self._next_device
        self._next_device += 1
        self.devices[key.family, key.device] = number
        about = json.dumps(_about(key, snapshot)) if snapshot else "{}"
        self._unsaved.append(("INSERT INTO device VALUES (?, ?, ?, ?)", (number, key.family, key.device, about)))

    def save(self, db: sqlite3.Connection) -> None:
        """Write what is new; the caller's transaction holds it."""
        for sql, values in self._unsaved:
            db.execute(sql, values)

    def saved(self) -> None:
        """Forget what was new: the transaction was committed."""
        self._unsaved.clear()


def _about(key: SeriesKey, snapshot: Snapshot) -> dict[str, Any]:
    """Return what is known of a device beside its metrics: a filesystem's type, a sensor's limits."""
    metrics = {metric.name for metric in METRICS[key.family]} | {"device", "stale_since"}
    for item in snapshot.family(key.family):
        if getattr(item, "device", "") == key.device:
            names = [field.name for field in dataclasses.fields(item) if field.name not in metrics]
            return {name: getattr(item, name) for name in names}
    return {}
