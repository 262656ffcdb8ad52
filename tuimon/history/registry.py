"""What the file calls things: numbers for devices, series and layouts, given out by the writer alone."""

from __future__ import annotations

import dataclasses
import json
import sqlite3
from typing import Any, Final

from tuimon.history.layouts import Layout, Series
from tuimon.history.schema import table
from tuimon.history.tiers import COARSE
from tuimon.model.catalogue import METRICS, RECORDED, WITH_DEVICES
from tuimon.model.metric import SeriesKey
from tuimon.model.snapshot import Snapshot

_LAYOUTS_KEPT: Final = 8
_LAYOUT: Final = "INSERT INTO layout VALUES (?, ?)"
_SERIES: Final = "INSERT INTO series VALUES (?, ?, ?, ?, ?)"
_DEVICE: Final = "INSERT INTO device VALUES (?, ?, ?, ?)"


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


def read_one(db: sqlite3.Connection, key: SeriesKey) -> Series | None:
    """Return one of the series that a file has."""
    row = db.execute("SELECT id, resolution FROM series WHERE family = ? AND device = ? AND metric = ?", key).fetchone()
    return None if row is None else Series(row[0], key, row[1])


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
        self._present = 0
        self._retired: set[tuple[str, str]] = set()
        self._next_layout = max(self.layouts, default=0) + 1
        self._next_device = max(self.devices.values(), default=0) + 1
        self._next_series = max((series.id for series in self.series.values()), default=0) + 1

    def layout(self, keys: tuple[SeriesKey, ...], snapshot: Snapshot | None = None) -> Layout:
        """Return the layout of these series in this order, a new one where there is none."""
        members = tuple([self._series(key, snapshot) for key in keys])
        numbers = tuple([series.id for series in members])
        found = self._by_series.get(numbers)
        if found is None:
            found = Layout(self._next_layout, members)
            self._next_layout += 1
            self._by_series[numbers] = self.layouts[found.id] = found
            self._unsaved.append((_LAYOUT, (found.id, ",".join(map(str, numbers)))))
        self._present = found.id
        return found

    def _series(self, key: SeriesKey, snapshot: Snapshot | None) -> Series:
        found = self.series.get(key)
        if found is None:
            number = self._next_series
            self._next_series += 1
            found = Series(number, key, self._resolutions[key.family, key.metric])
            self.series[key] = found
            self._unsaved.append((_SERIES, (number, *key, found.resolution)))
            self._device(key, snapshot)
        return found

    def _device(self, key: SeriesKey, snapshot: Snapshot | None) -> None:
        if (key.family, key.device) in self.devices:
            return
        number = self._next_device
        self._next_device += 1
        self.devices[key.family, key.device] = number
        about = json.dumps(_about(key, snapshot)) if snapshot else "{}"
        self._unsaved.append((_DEVICE, (number, key.family, key.device, about)))

    def save(self, db: sqlite3.Connection) -> None:
        """Write what is new; the caller's transaction holds it."""
        for sql, values in self._unsaved:
            db.execute(sql, values)

    def forget(self, needed: set[int]) -> None:
        """Forget what was never written and is needed no more: `needed` are the layouts of the samples that are held."""
        never = {values[0] for sql, values in self._unsaved if sql is _LAYOUT} - needed - {self._present}
        if not never:
            return
        for number in never:
            del self._by_series[tuple([series.id for series in self.layouts.pop(number).series])]
        present = {series.key for layout in self.layouts.values() for series in layout.series}
        devices = {key[:2] for key in present}
        kept = []
        for sql, values in self._unsaved:
            if sql is _LAYOUT and values[0] in never:
                continue
            if sql is _SERIES and (key := SeriesKey(*values[1:4])) not in present:
                del self.series[key]
                continue
            if sql is _DEVICE and values[1:3] not in devices:
                del self.devices[values[1:3]]
                continue
            kept.append((sql, values))
        self._unsaved = kept

    def retire_layouts(self, db: sqlite3.Connection) -> None:
        """Drop the layouts that no hot row has, but for the present one; the caller's transaction holds it."""
        if len(self.layouts) <= _LAYOUTS_KEPT:
            return
        needed = {row[0] for row in db.execute("SELECT DISTINCT layout FROM live")} | {self._present}
        for number in self.layouts.keys() - needed:
            del self._by_series[tuple([series.id for series in self.layouts.pop(number).series])]
        for row in db.execute("SELECT id FROM layout").fetchall():
            if row[0] not in self.layouts:
                db.execute("DELETE FROM layout WHERE id = ?", row)

    def retire_devices(self, db: sqlite3.Connection) -> None:
        """Drop the devices of which no tier has a row any more; the caller's transaction holds it."""
        present = {series.key[:2] for layout in self.layouts.values() for series in layout.series}
        for (family, name), number in self.devices.items():
            if name and (family, name) not in present and not _has_rows(db, family, number):
                db.execute("DELETE FROM device WHERE id = ?", (number,))
                db.execute("DELETE FROM series WHERE family = ? AND device = ?", (family, name))
                self._retired.add((family, name))

    def saved(self) -> None:
        """Forget what was new, and what was retired: the transaction was committed."""
        self._unsaved.clear()
        if self._retired:
            self.series = {key: series for key, series in self.series.items() if key[:2] not in self._retired}
            self.devices = {key: number for key, number in self.devices.items() if key not in self._retired}
            self._retired.clear()

    def undone(self) -> None:
        """Keep what was to be retired: the transaction was not committed."""
        self._retired.clear()


def _has_rows(db: sqlite3.Connection, family: str, device: int) -> bool:
    """Return whether a coarse tier has a row of a device: then names are needed to read it."""
    return any(
        db.execute(f"SELECT 1 FROM {table(family, tier)} WHERE device = ? LIMIT 1", (device,)).fetchone()  # noqa: S608  names of the catalogue
        for tier in COARSE
    )


def _about(key: SeriesKey, snapshot: Snapshot) -> dict[str, Any]:
    """Return what is known of a device beside its metrics: a filesystem's type, a sensor's limits."""
    metrics = {metric.name for metric in METRICS[key.family]} | {"device"}
    for item in snapshot.family(key.family):
        if getattr(item, "device", "") == key.device:
            names = [field.name for field in dataclasses.fields(item) if field.name not in metrics]
            return {name: getattr(item, name) for name in names}
    return {}
