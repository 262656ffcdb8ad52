"""node_exporter's names for what the hardware says: sensors, thermal zones, power supplies, memory errors."""

from __future__ import annotations

import re
from typing import Final

from tuimon.exporters.exposition import Kind, Page, joined, labelled, named
from tuimon.model.readings import Chip, Readings, Sensed, Supply

_ODD: Final = re.compile("[^a-z0-9:_]")
_MILLI: Final = 1e3
_MICRO: Final = 1e6
_ALONE: Final = {
    "beep_enable": ("node_hwmon_beep_enabled", "Hardware beep enabled"),
    "vrm": ("node_hwmon_voltage_regulator_version", "Hardware voltage regulator"),
    "update_interval": ("node_hwmon_update_interval_seconds", "Hardware monitor update interval"),
}
_MILLIS: Final = {
    "in": ("_volts", "Hardware monitor for voltage ({})"),
    "cpu": ("_volts", "Hardware monitor for voltage ({})"),
    "temp": ("_celsius", "Hardware monitor for temperature ({})"),
    "curr": ("_amps", "Hardware monitor for current ({})"),
}
_WHOLE: Final = {
    "cycle_count": "cyclecount",
    "time_to_empty_now": "time_to_empty_seconds",
    "time_to_full_now": "time_to_full_seconds",
}
_WHOLE_SAME: Final = frozenset(
    {"authentic", "calibrate", "capacity", "capacity_alert_max", "capacity_alert_min", "online", "present"}
)
_RENAMED: Final = {
    "current_now": "current_ampere",
    "energy_now": "energy_watthour",
    "voltage_now": "voltage_volt",
    "charge_now": "charge_ampere",
    "power_now": "power_watt",
}


def tell_hardware(page: Page, readings: Readings) -> None:
    """Add what drivers say."""
    for chip in readings.chips:
        _tell_chip(page, chip)
    zones = page.family("node_thermal_zone_temp", "gauge", "Zone temperature in Celsius")
    for number, kind, celsius in readings.zones:
        zones.add(labelled(zone=number, type=kind), celsius)
    about = "Current throttle state of the cooling device"
    states = page.family("node_cooling_device_cur_state", "gauge", about)
    about = "Maximum throttle state of the cooling device"
    most = page.family("node_cooling_device_max_state", "gauge", about)
    for one in readings.coolings:
        labels = labelled(name=one.number, type=one.kind)
        states.add(labels, one.state)
        most.add(labels, one.most)
    for supply in readings.supplies:
        _tell_supply(page, supply)
    _tell_memory_errors(page, readings)
    for energy in readings.energies:
        name = f"node_rapl_{named(energy.name)}_joules_total"
        family = page.family(name, "counter", f"Current RAPL {energy.name} value in joules")
        family.add(labelled(index=str(energy.number), path=energy.path), energy.joules)


def _tell_memory_errors(page: Page, readings: Readings) -> None:
    for which, about in (("correctable", "correctable"), ("uncorrectable", "uncorrectable")):
        whole = page.family(f"node_edac_{which}_errors_total", "counter", f"Total {about} memory errors.")
        rows = page.family(
            f"node_edac_csrow_{which}_errors_total", "counter", f"Total {about} memory errors for this csrow."
        )
        for one in readings.memory_errors:
            count = one.corrected if which == "correctable" else one.uncorrected
            if one.row:
                rows.add(labelled(controller=one.controller, csrow=one.row), count)
            else:
                whole.add(labelled(controller=one.controller), count)


def cleaned(text: str) -> str:
    """Return a name as node_exporter writes those of chips: lower case, anything odd an underscore."""
    return _ODD.sub("_", text.lower()).strip("_")


def chip_label(chip: Chip) -> str:
    """Return what a chip is called: by the place of its device, which lasts, else by its own name, else by number."""
    bus, device = cleaned(chip.bus), cleaned(chip.device)
    return f"{bus}_{device}" if bus and device else device or cleaned(chip.name) or cleaned(chip.folder)


def _tell_chip(page: Page, chip: Chip) -> None:
    name, human = chip_label(chip), cleaned(chip.name)
    if human:
        about = "Annotation metric for human-readable chip names"
        page.family("node_hwmon_chip_names", "gauge", about).add(labelled(chip=name, chip_name=human), 1)
    for sensor in chip.sensors:
        which = f"{sensor.kind}{sensor.number}"
        labels = labelled(chip=name, sensor=which)
        if sensor.label is not None:
            family = page.family("node_hwmon_sensor_label", "gauge", "Label for given chip and sensor")
            family.add(labelled(chip=name, sensor=which, label=sensor.label), 1)
        _tell_sensor(page, sensor, labels)


def _tell_sensor(page: Page, sensor: Sensed, labels: str) -> None:
    values = dict(sensor.values)
    if sensor.kind in _ALONE:
        name, about = _ALONE[sensor.kind]
        value = values.get("", 0.0 if sensor.kind == "beep_enable" else None)
        if value is not None:
            value = float(value == 1) if sensor.kind == "beep_enable" else value
            value = value / _MILLI if sensor.kind == "update_interval" else value
            page.family(name, "gauge", about).add(labels, value)
        return
    for element, value in sensor.values:
        name, kind, about, found = sensed(sensor.kind, element, value, both="" in values)
        page.family(name, kind, about).add(labels, found)


def sensed(kind: str, element: str, value: float, *, both: bool) -> tuple[str, Kind, str, float]:
    """Return name, type, help and value of one file of a sensor, in base units; `both`: it has a plain value too."""
    name = f"node_hwmon_{kind}"
    if element == "input":
        name += "_input" if both else ""
    elif element:
        name += f"_{cleaned(element)}"
    if element in {"fault", "alarm"}:
        return name, "gauge", f"Hardware sensor {element} status ({kind})", value
    if element == "beep":
        return f"{name}_enabled", "gauge", "Hardware monitor sensor has beeping enabled", value
    if kind in _MILLIS and not (kind == "temp" and element == "type"):
        unit, about = _MILLIS[kind]
        return name + unit, "gauge", about.format(element or "input" if kind == "temp" else element), value / _MILLI
    if kind == "energy":
        return f"{name}_joule_total", "counter", f"Hardware monitor for joules used so far ({element})", value / _MICRO
    if kind == "power":
        return _power(name, element, value)
    if kind == "humidity":
        about = "Hardware monitor for humidity, as a ratio (multiply with 100.0 to get the humidity as a percentage)"
        return name, "gauge", f"{about} ({element})", value / _MICRO
    if kind == "fan" and element in {"input", "min", "max", "target"}:
        return f"{name}_rpm", "gauge", f"Hardware monitor for fan revolutions per minute ({element})", value
    return name, "gauge", f"Hardware monitor {kind} element {element}", value


def _power(name: str, element: str, value: float) -> tuple[str, Kind, str, float]:
    if element == "accuracy":
        return name, "gauge", "Hardware monitor power meter accuracy, as a ratio", value / _MICRO
    if element.startswith("average_interval"):
        about = f"Hardware monitor power usage update interval ({element})"
        return f"{name}_seconds", "gauge", about, value / _MILLI
    return f"{name}_watt", "gauge", f"Hardware monitor for power usage in watts ({element})", value / _MICRO


def supplied(name: str, value: float) -> tuple[str, float]:
    """Return name and value of one file of a power supply, in base units (kernel doc power/power_supply_class)."""
    if name in _WHOLE_SAME:
        return name, value
    if name in _WHOLE:
        return _WHOLE[name], value
    if name.startswith("temp"):
        return f"{name}_celsius", value / 10
    return _RENAMED.get(name, name), value / _MICRO


def _tell_supply(page: Page, supply: Supply) -> None:
    labels = labelled(power_supply=supply.name)
    for file, raw in supply.numbers:
        name, value = supplied(file, raw)
        about = f"{name} value of /sys/class/power_supply/<power_supply>."
        page.family(f"node_power_supply_{name}", "gauge", about).add(labels, value)
    texts = [("power_supply", supply.name), *((name, text) for name, text in supply.texts if text)]
    about = "info of /sys/class/power_supply/<power_supply>."
    page.family("node_power_supply_info", "gauge", about).add(joined(sorted(texts)), 1)
