"""Temperatures, fans and batteries: /sys/class/hwmon, /sys/class/power_supply (kernel doc hwmon/sysfs-interface)."""

from __future__ import annotations

import glob
import os
import re
from typing import Final, NamedTuple

from tuimon.collectors.linux.kept import read_number, read_text
from tuimon.collectors.options import Options
from tuimon.collectors.tick import Every, Tick
from tuimon.model.families import Battery, Sensor
from tuimon.model.text import harmless

_INPUT: Final = re.compile(r"(temp|fan)(\d+)_input$")
_SEARCH: Final = 6
"""Devices are looked for again in every so many readings."""


class Input(NamedTuple):
    """One input of a hwmon chip: `stem` is its path without `_input`."""

    device: str
    stem: str
    fan: bool
    high: float | None
    critical: float | None


def degrees(stem: str, limit: str) -> float | None:
    """Return a limit in degrees Celsius; None where there is none, or a placeholder that no chip can reach."""
    found = read_number(f"{stem}_{limit}")
    return found / 1000 if found is not None and 0 < found < 200_000 else None


class SensorReader:
    """Reads the family sensor at its own cadence, not in the first sample: some chips take milliseconds to answer."""

    def __init__(self, root: str, options: Options) -> None:
        self._folder = f"{root}/sys/class/hwmon"
        self._every = Every(options.cadence("sensor"))
        self._readings = 0
        self._inputs: list[Input] = []
        self._shown: tuple[Sensor, ...] = ()
        self._first = True

    def sensor(self, tick: Tick) -> tuple[Sensor, ...]:
        """Return the inputs that answered, chip by chip."""
        if self._first:
            self._first = False
        elif self._every.due(tick):
            if self._readings % _SEARCH == 0:
                self._inputs = self._find()
            self._readings += 1
            self._shown = tuple(filter(None, map(self._read, self._inputs)))
        return self._shown

    def _find(self) -> list[Input]:
        found: list[Input] = []
        names: dict[str, int] = {}
        for chip in sorted(glob.glob(f"{self._folder}/hwmon*")):
            title = read_text(f"{chip}/name") or os.path.basename(chip)
            for path in sorted(glob.glob(f"{chip}/*_input") or glob.glob(f"{chip}/device/*_input")):
                if (kind := _INPUT.search(path)) is None:
                    continue
                stem = path.removesuffix("_input")
                label = read_text(f"{stem}_label") or f"{kind[1]}{kind[2]}"
                device = harmless(f"{title} {label}", 60)
                names[device] = names.get(device, 0) + 1
                if names[device] > 1:  # two chips of one kind
                    device = f"{device} {names[device]}"
                fan = kind[1] == "fan"
                limits = (None, None) if fan else (degrees(stem, "max"), degrees(stem, "crit"))
                found.append(Input(device, stem, fan, *limits))
        return found

    @staticmethod
    def _read(one: Input) -> Sensor | None:
        value = read_number(f"{one.stem}_input")
        if value is None:
            return None
        if one.fan:
            return Sensor(one.device, None, float(value))
        return Sensor(one.device, value / 1000, None, one.high, one.critical)


class BatteryReader:
    """Reads the family battery at its own cadence, not in the first sample."""

    def __init__(self, root: str, options: Options) -> None:
        self._folder = f"{root}/sys/class/power_supply"
        self._every = Every(options.cadence("battery"))
        self._shown: tuple[Battery, ...] = ()
        self._first = True

    def battery(self, tick: Tick) -> tuple[Battery, ...]:
        """Return the machine's own batteries; those of mice and keyboards (scope Device) are left out."""
        if self._first:
            self._first = False
        elif self._every.due(tick):
            supplies = sorted(glob.glob(f"{self._folder}/*"))
            plugged = [read_number(f"{one}/online") for one in supplies if read_text(f"{one}/type") == "Mains"]
            self._shown = tuple(
                read_battery(one, bool(any(plugged)) if plugged else None)
                for one in supplies
                if read_text(f"{one}/type") == "Battery" and read_text(f"{one}/scope") != "Device"
            )
        return self._shown


def read_battery(folder: str, plugged: bool | None) -> Battery:  # noqa: FBT001  a reading, not a switch
    """Return one battery. The kernel gives micro-units: energy and power, or charge and current with a voltage."""
    status = read_text(f"{folder}/status")
    volts = read_number(f"{folder}/voltage_now")
    watts = micro(folder, "power_now")
    hours = micro(folder, "energy_now")
    amperes, ampere_hours = micro(folder, "current_now"), micro(folder, "charge_now")
    if watts is None and amperes is not None and volts is not None:
        watts = abs(amperes) * volts / 1e6
    left = None
    if status == "Discharging":
        rest, flow = (hours, watts) if hours is not None else (ampere_hours, amperes)
        left = rest * 3600 / abs(flow) if rest is not None and flow else None
    charge = read_number(f"{folder}/capacity")
    if watts is not None:
        watts = -abs(watts) if status == "Charging" else abs(watts)
    return Battery(
        harmless(os.path.basename(folder), 40),
        None if charge is None else float(charge),
        watts,
        left,
        status != "Discharging" if plugged is None and status else plugged,
    )


def micro(folder: str, name: str) -> float | None:
    """Return a number of /sys in whole units."""
    found = read_number(f"{folder}/{name}")
    return None if found is None else found / 1e6
