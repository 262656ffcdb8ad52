"""What the hardware says in /sys: clocks of processors, sensors, thermal zones, power supplies, memory errors."""

from __future__ import annotations

import errno
import math
import os
import re
from typing import Final

from tuimon.collectors.linux.readout.files import Files, ranges, whole
from tuimon.collectors.linux.readout.network import files_of
from tuimon.model.readings import Chip, Cooling, Energy, Frequencies, MemoryErrors, Sensed, Supply, Throttles, Zone
from tuimon.model.text import decode, harmless

_CPUS: Final = "/sys/devices/system/cpu"
_FREQUENCIES: Final = (
    "cpuinfo_cur_freq", "cpuinfo_min_freq", "cpuinfo_max_freq", "scaling_cur_freq", "scaling_min_freq",
    "scaling_max_freq",
)  # fmt: skip
_SENSOR: Final = re.compile(r"([^0-9]+?)([0-9]*)(?:_(.+))?\Z")
_SENSORS: Final = frozenset(
    {"vrm", "beep_enable", "update_interval", "in", "cpu", "fan", "pwm", "temp", "curr", "power", "energy",
     "humidity", "intrusion"}
)  # fmt: skip
_SUPPLY_NUMBERS: Final = (
    "authentic", "calibrate", "capacity", "capacity_alert_max", "capacity_alert_min", "cycle_count", "online",
    "present", "time_to_empty_now", "time_to_full_now", "current_boot", "current_max", "current_now", "energy_empty",
    "energy_empty_design", "energy_full", "energy_full_design", "energy_now", "voltage_boot", "voltage_max",
    "voltage_max_design", "voltage_min", "voltage_min_design", "voltage_now", "voltage_ocv", "charge_control_limit",
    "charge_control_limit_max", "charge_counter", "charge_empty", "charge_empty_design", "charge_full",
    "charge_full_design", "charge_now", "charge_term_current", "constant_charge_current", "constant_charge_current_max",
    "constant_charge_voltage", "constant_charge_voltage_max", "precharge_current", "input_current_limit", "power_now",
    "temp", "temp_alert_max", "temp_alert_min", "temp_ambient", "temp_ambient_max", "temp_ambient_min", "temp_max",
    "temp_min",
)  # fmt: skip
_SUPPLY_TEXTS: Final = (
    "capacity_level", "charge_type", "health", "manufacturer", "model_name", "serial_number", "status", "technology",
    "type", "usb_type", "scope",
)  # fmt: skip


class Hardware:
    """Reads what drivers show."""

    def __init__(self, files: Files) -> None:
        self._files = files
        self._known: tuple[tuple[bytes | None, bytes | None], list[tuple[str, str]]] = (None, None), []

    def frequencies(self) -> tuple[Frequencies, ...]:
        """Return the clocks of each processor in hertz; none where nothing scales them."""
        found = []
        for cpu, path in self._cpus():
            if not os.path.isdir(f"{self._files.root}{path}/cpufreq"):
                continue
            read = ((name, self._files.number(f"{path}/cpufreq/{name}")) for name in _FREQUENCIES)
            if hertz := tuple((name, kilohertz * 1000) for name, kilohertz in read if kilohertz is not None):
                found.append(Frequencies(cpu, hertz))
        return tuple(found)

    def _cpus(self) -> list[tuple[str, str]]:
        """Return number and folder of each processor, looked for again when one may have come or gone."""
        there = self._files.small(f"{_CPUS}/present"), self._files.small(f"{_CPUS}/online")
        if there != self._known[0] or there == (None, None):
            self._known = there, list(self._files.numbered(_CPUS, "cpu"))
        return self._known[1]

    def isolated(self) -> tuple[str, ...]:
        """Return the processors that the scheduler leaves alone."""
        return ranges(self._files.text(f"{_CPUS}/isolated") or "")

    def throttles(self) -> tuple[Throttles, ...]:
        """Return how often cores and packages were slowed down, each of them once."""
        found: dict[tuple[str, str], int] = {}
        for _, path in self._cpus():
            if not os.path.isdir(f"{self._files.root}{path}/thermal_throttle"):
                continue
            package = self._files.number(f"{path}/topology/physical_package_id")
            core = self._files.number(f"{path}/topology/core_id")
            if package is None or core is None:
                continue
            for key, which in (((str(package), str(core)), "core"), ((str(package), ""), "package")):
                if key not in found:
                    count = self._files.number(f"{path}/thermal_throttle/{which}_throttle_count")
                    if count is not None:
                        found[key] = count
        return tuple(Throttles(*key, count) for key, count in found.items())

    def chips(self) -> tuple[Chip, ...]:
        """Return the chips that have sensors. Raises OSError where there are none at all."""
        folder = "/sys/class/hwmon"
        return tuple(self._chip(f"{folder}/{name}", name) for name in self._files.folder(folder))

    def _chip(self, path: str, name: str) -> Chip:
        values: dict[tuple[str, int], dict[str, bytes]] = {}
        self._sense(path, values)
        device = os.path.realpath(f"{self._files.root}{path}/device")
        there = os.path.isdir(device)
        if there:  # some drivers leave their files with the device
            self._sense(f"{path}/device", values)
        return Chip(
            harmless(os.path.basename(os.path.realpath(self._files.root + path)) or name),
            self._files.text(f"{path}/name") or "",
            harmless(os.path.basename(os.path.dirname(device))) if there else "",
            harmless(os.path.basename(device)) if there else "",
            tuple(sensed(kind, number, found) for (kind, number), found in sorted(values.items())),
        )

    def _sense(self, path: str, values: dict[tuple[str, int], dict[str, bytes]]) -> None:
        try:
            names = self._files.folder(path)
        except OSError:
            return
        for name in names:
            match = _SENSOR.match(name)
            kind, number = (name, "") if name in _SENSORS else (match[1], match[2]) if match else ("", "")
            if kind in _SENSORS and (raw := self._files.small(f"{path}/{name}")) is not None:
                element = match[3] if match and kind != name else None
                values.setdefault((kind, int(number or 0)), {})[element or ""] = raw

    def zones(self) -> tuple[Zone, ...]:
        """Return the thermal zones that tell a temperature."""
        found = []
        for number, path in self._files.numbered("/sys/class/thermal", "thermal_zone"):
            kind, temperature = self._files.text(f"{path}/type"), self._files.number(f"{path}/temp")
            if kind is not None and temperature is not None:
                found.append(Zone(number, kind, temperature / 1000))
        return tuple(found)

    def coolings(self) -> tuple[Cooling, ...]:
        """Return the cooling devices."""
        found = []
        for number, path in self._files.numbered("/sys/class/thermal", "cooling_device"):
            kind, state = self._files.text(f"{path}/type"), self._files.number(f"{path}/cur_state")
            most = self._files.number(f"{path}/max_state")
            if kind is not None and state is not None and most is not None:
                found.append(Cooling(number, kind, state, most))
        return tuple(found)

    def supplies(self) -> tuple[Supply, ...]:
        """Return the power supplies. Raises OSError where the kernel knows of no such thing."""
        folder = "/sys/class/power_supply"
        return tuple(
            Supply(harmless(name), *files_of(self._files, f"{folder}/{name}", _SUPPLY_NUMBERS, _SUPPLY_TEXTS))
            for name in self._files.folder(folder)
        )

    def memory_errors(self) -> tuple[MemoryErrors, ...]:
        """Return the errors that memory controllers have seen."""
        found = []
        for controller, path in self._files.numbered("/sys/devices/system/edac/mc", "mc"):
            rows = [("", path, ""), ("unknown", path, "_noinfo")]
            rows += [(row, folder, "") for row, folder in self._files.numbered(path, "csrow")]
            for row, folder, which in rows:
                corrected = self._files.number(f"{folder}/ce{which}_count")
                uncorrected = self._files.number(f"{folder}/ue{which}_count")
                if corrected is not None and uncorrected is not None:
                    found.append(MemoryErrors(controller, row, corrected, uncorrected))
        return tuple(found)

    def energies(self) -> tuple[Energy, ...]:
        """Return the energy that the zones of processors used. Raises OSError where nobody counts, or it is secret."""
        folder = "/sys/class/powercap"
        found: list[Energy] = []
        for entry in self._files.folder(folder):
            name = self._files.text(f"{folder}/{entry}/name")
            if not entry.startswith("intel-rapl:") or name is None:
                continue
            microjoules = whole(self._files.small(f"{folder}/{entry}/energy_uj"))
            if microjoules is None:
                raise PermissionError(errno.EACCES, "energy_uj")
            plain, dash, number = name.rpartition("-")
            known = bool(dash and number.isdigit())
            index = int(number) if known else sum(1 for other in found if other.name == name)
            path = f"{self._files.root}{folder}/{entry}"
            found.append(Energy(plain if known else name, index, harmless(path), microjoules / 1e6))
        if not found:
            raise FileNotFoundError(errno.ENOENT, "no RAPL")
        return tuple(found)


def sensed(kind: str, number: int, found: dict[str, bytes]) -> Sensed:
    """Return one sensor; what of it is no number is left out, but for its label."""
    values = []
    for element, raw in found.items():
        if element == "label":
            continue
        try:
            value = float(raw)
        except ValueError:
            continue
        if math.isfinite(value):
            values.append((element, value))
    label = found.get("label")
    return Sensed(kind, number, tuple(values), None if label is None else decode(label, 256))
