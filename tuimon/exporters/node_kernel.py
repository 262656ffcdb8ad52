"""node_exporter's names for the kernel's counters: cpu, memory, pressure, time, and who the machine is."""

from __future__ import annotations

import functools
import re
from typing import Final

from tuimon.exporters.exposition import Kind, Page, joined, labelled, named
from tuimon.model.readings import Readings

_MODES: Final = ("user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal")
_STAT: Final[dict[str, tuple[str, Kind, str]]] = {
    "intr": ("node_intr_total", "counter", "Total number of interrupts serviced."),
    "ctxt": ("node_context_switches_total", "counter", "Total number of context switches."),
    "processes": ("node_forks_total", "counter", "Total number of forks."),
    "btime": ("node_boot_time_seconds", "gauge", "Node boot time, in unixtime."),
    "procs_running": ("node_procs_running", "gauge", "Number of processes in runnable state."),
    "procs_blocked": ("node_procs_blocked", "gauge", "Number of processes blocked waiting for I/O to complete."),
}  # fmt: skip
_FREQUENCIES: Final = {
    "cpuinfo_cur_freq": ("node_cpu_frequency_hertz", "Current cpu thread frequency in hertz."),
    "cpuinfo_min_freq": ("node_cpu_frequency_min_hertz", "Minimum cpu thread frequency in hertz."),
    "cpuinfo_max_freq": ("node_cpu_frequency_max_hertz", "Maximum cpu thread frequency in hertz."),
    "scaling_cur_freq": ("node_cpu_scaling_frequency_hertz", "Current scaled CPU thread frequency in hertz."),
    "scaling_min_freq": ("node_cpu_scaling_frequency_min_hertz", "Minimum scaled CPU thread frequency in hertz."),
    "scaling_max_freq": ("node_cpu_scaling_frequency_max_hertz", "Maximum scaled CPU thread frequency in hertz."),
}  # fmt: skip
_VM: Final = re.compile(r"(oom_kill|pgpg|pswp|pg.*fault).*")
_PRESSURE: Final = {
    "cpu_some": ("cpu_waiting", "Total time in seconds that processes have waited for CPU time"),
    "io_some": ("io_waiting", "Total time in seconds that processes have waited due to IO congestion"),
    "io_full": ("io_stalled", "Total time in seconds no process could make progress due to IO congestion"),
    "memory_some": ("memory_waiting", "Total time in seconds that processes have waited for memory"),
    "memory_full": ("memory_stalled", "Total time in seconds no process could make progress due to memory congestion"),
    "irq_full": ("irq_stalled", "Total time in seconds no process could make progress due to IRQ congestion"),
}  # fmt: skip
_SELINUX: Final = {
    "enabled": "SELinux is enabled, 1 is true, 0 is false",
    "config_mode": "Configured SELinux enforcement mode",
    "current_mode": "Current SELinux enforcement mode",
}
_ENTROPY: Final = {
    "available": ("node_entropy_available_bits", "Bits of available entropy."),
    "pool_size": ("node_entropy_pool_size_bits", "Bits of entropy pool."),
}
_OS: Final = (
    "build_id", "id", "id_like", "image_id", "image_version", "name", "pretty_name", "variant", "variant_id",
    "version", "version_codename", "version_id",
)  # fmt: skip
_DMI: Final = (
    "bios_date", "bios_release", "bios_vendor", "bios_version", "board_asset_tag", "board_name", "board_serial",
    "board_vendor", "board_version", "chassis_asset_tag", "chassis_serial", "chassis_vendor", "chassis_version",
    "product_family", "product_name", "product_serial", "product_sku", "product_uuid", "product_version",
    "system_vendor",
)  # fmt: skip
_VERSION: Final = re.compile(r"[0-9]+\.?[0-9]*")
_MICRO: Final = 1e6
_PPM_FRACTION: Final = 1e6 * 65536
"""How adjtimex(2) counts frequencies: parts per million in 65536ths."""
_NANOSECONDS_BIT: Final = 0x2000
_TIME_ERROR: Final = 5


def tell_kernel(page: Page, readings: Readings) -> None:
    """Add what the kernel counts."""
    _tell_cpu(page, readings)
    for name, value in readings.stat:
        if name in _STAT:
            page.one(*_STAT[name], value)
    for minutes, value in zip((1, 5, 15), readings.load, strict=False):
        page.one(f"node_load{minutes}", "gauge", f"{minutes}m load average.", value)
    for field in readings.memory:
        page.one(*_memory(field.name, in_bytes=field.in_bytes), field.value)
    for name, value in readings.vm:
        if (declared := _vm(name)) is not None:
            page.one(declared[0], "untyped", declared[1], value)
    for name, value in readings.pressure:
        if name in _PRESSURE:
            short, about = _PRESSURE[name]
            page.one(f"node_pressure_{short}_seconds_total", "counter", about, value)
    for name, value in readings.files:
        page.one(f"node_filefd_{name}", "gauge", f"File descriptor statistics: {name}.", value)
    for name, value in readings.entropy:
        page.one(_ENTROPY[name][0], "gauge", _ENTROPY[name][1], value)
    about = "Total number of tasks that have been detected as hung since the system booted."
    page.one("node_kernel_hung_tasks_total", "counter", about, readings.hung_tasks)
    for name, value in readings.selinux:
        page.one(f"node_selinux_{name}", "gauge", _SELINUX[name], value)
    _tell_scheduling(page, readings)
    _tell_time(page, readings)
    _tell_timex(page, dict(readings.timex))
    _tell_names(page, readings)


def _tell_cpu(page: Page, readings: Readings) -> None:
    spent = page.family("node_cpu_seconds_total", "counter", "Seconds the CPUs spent in each mode.")
    about = "Seconds the CPUs spent in guests (VMs) for each mode."
    guests = page.family("node_cpu_guest_seconds_total", "counter", about)
    for times in readings.cpu:
        for mode, seconds in zip(_MODES, times[1:9], strict=True):
            spent.add(_cpu_mode(times.cpu, mode), seconds)
        guests.add(_cpu_mode(times.cpu, "user"), times.guest)
        guests.add(_cpu_mode(times.cpu, "nice"), times.guest_nice)
    about = "Whether each core is isolated, information from /sys/devices/system/cpu/isolated."
    isolated = page.family("node_cpu_isolated", "gauge", about)
    for cpu in readings.isolated:
        isolated.add(labelled(cpu=cpu), 1)
    about = "Number of times this CPU core has been throttled."
    cores = page.family("node_cpu_core_throttles_total", "counter", about)
    about = "Number of times this CPU package has been throttled."
    packages = page.family("node_cpu_package_throttles_total", "counter", about)
    for package, core, count in readings.throttles:
        if core:
            cores.add(labelled(package=package, core=core), count)
        else:
            packages.add(labelled(package=package), count)
    for one in readings.frequencies:
        for name, hertz in one.hertz:
            page.family(_FREQUENCIES[name][0], "gauge", _FREQUENCIES[name][1]).add(labelled(cpu=one.cpu), hertz)


@functools.lru_cache(8192)
def _cpu_mode(cpu: str, mode: str) -> str:
    return labelled(cpu=cpu, mode=mode)


@functools.lru_cache(512)
def _memory(name: str, *, in_bytes: bool) -> tuple[str, Kind, str]:
    """Return name, type and help of a line of /proc/meminfo: "Active(anon)" is Active_anon_bytes."""
    plain = named(name.replace("(", "_").replace(")", "")) + ("_bytes" if in_bytes else "")
    kind: Kind = "counter" if plain.endswith("_total") else "gauge"
    return f"node_memory_{plain}", kind, f"Memory information field {plain}."


@functools.lru_cache(2048)
def _vm(name: str) -> tuple[str, str] | None:
    """Return name and help of a line of /proc/vmstat, None for those that nobody wants."""
    if not _VM.match(name):
        return None
    return f"node_vmstat_{named(name)}", f"/proc/vmstat information field {name}."


def _tell_scheduling(page: Page, readings: Readings) -> None:
    about = "Number of seconds CPU spent running a process."
    running = page.family("node_schedstat_running_seconds_total", "counter", about)
    about = "Number of seconds spent by processing waiting for this CPU."
    waiting = page.family("node_schedstat_waiting_seconds_total", "counter", about)
    about = "Number of timeslices executed by CPU."
    slices = page.family("node_schedstat_timeslices_total", "counter", about)
    for one in readings.scheduled:
        labels = labelled(cpu=one.cpu)
        running.add(labels, one.running_seconds)
        waiting.add(labels, one.waiting_seconds)
        slices.add(labels, one.timeslices)


def _tell_time(page: Page, readings: Readings) -> None:
    page.one("node_time_seconds", "gauge", "System time in seconds since epoch (1970).", readings.time)
    zone = page.family("node_time_zone_offset_seconds", "gauge", "System time zone offset in seconds.")
    zone.add(labelled(time_zone=readings.zone), readings.zone_offset_seconds)
    about = "Available clocksources read from '/sys/devices/system/clocksource'."
    available = page.family("node_time_clocksource_available_info", "gauge", about)
    about = "Current clocksource read from '/sys/devices/system/clocksource'."
    current = page.family("node_time_clocksource_current_info", "gauge", about)
    for source in readings.clocksources:
        for name in source.available:
            available.add(labelled(device=source.number, clocksource=name), 1)
        current.add(labelled(device=source.number, clocksource=source.current), 1)


def _tell_timex(page: Page, timex: dict[str, float]) -> None:
    if not timex:
        return
    fine = 1e9 if int(timex["status"]) & _NANOSECONDS_BIT else _MICRO
    synchronized = timex["state"] != _TIME_ERROR
    told: tuple[tuple[str, Kind, float, str], ...] = (
        ("sync_status", "gauge", int(synchronized), "Is clock synchronized to a reliable server (1 = yes, 0 = no)."),
        ("offset_seconds", "gauge", timex["offset"] / fine, "Time offset in between local system and reference clock."),
        ("frequency_adjustment_ratio", "gauge", 1 + timex["freq"] / _PPM_FRACTION, "Local clock frequency adjustment."),
        ("maxerror_seconds", "gauge", timex["maxerror"] / _MICRO, "Maximum error in seconds."),
        ("estimated_error_seconds", "gauge", timex["esterror"] / _MICRO, "Estimated error in seconds."),
        ("status", "gauge", timex["status"], "Value of the status array bits."),
        ("loop_time_constant", "gauge", timex["constant"], "Phase-locked loop time constant."),
        ("tick_seconds", "gauge", timex["tick"] / _MICRO, "Seconds between clock ticks."),
        ("pps_frequency_hertz", "gauge", timex["ppsfreq"] / _PPM_FRACTION, "Pulse per second frequency."),
        ("pps_jitter_seconds", "gauge", timex["jitter"] / fine, "Pulse per second jitter."),
        ("pps_shift_seconds", "gauge", timex["shift"], "Pulse per second interval duration."),
        ("pps_stability_hertz", "gauge", timex["stabil"] / _PPM_FRACTION,
         "Pulse per second stability, average of recent frequency changes."),
        ("pps_jitter_total", "counter", timex["jitcnt"], "Pulse per second count of jitter limit exceeded events."),
        ("pps_calibration_total", "counter", timex["calcnt"], "Pulse per second count of calibration intervals."),
        ("pps_error_total", "counter", timex["errcnt"], "Pulse per second count of calibration errors."),
        ("pps_stability_exceeded_total", "counter", timex["stbcnt"],
         "Pulse per second count of stability limit exceeded events."),
        ("tai_offset_seconds", "gauge", timex["tai"], "International Atomic Time (TAI) offset."),
    )  # fmt: skip
    for name, kind, value, about in told:
        page.one(f"node_timex_{name}", kind, about, value)


def _tell_names(page: Page, readings: Readings) -> None:
    if readings.uname:
        about = "Labeled system information as provided by the uname system call."
        page.family("node_uname_info", "gauge", about).add(joined(readings.uname), 1)
    if readings.system:
        _tell_os(page, {key.lower(): value for key, value in readings.system})
    if readings.firmware:
        labels = joined(("system_vendor" if name == "sys_vendor" else name, text) for name, text in readings.firmware)
        about = f"A metric with a constant '1' value labeled by {', '.join(_DMI)} if provided by DMI."
        page.family("node_dmi_info", "gauge", about).add(labels, 1)


def _tell_os(page: Page, system: dict[str, str]) -> None:
    about = f"A metric with a constant '1' value labeled by {', '.join(_OS)}."
    page.family("node_os_info", "gauge", about).add(joined((key, system.get(key, "")) for key in _OS), 1)
    version = _VERSION.match(system.get("version_id", ""))
    if version and float(version[0]) > 0:
        labels = joined((key, system.get(key, "")) for key in ("id", "id_like", "name"))
        about = "Metric containing the major.minor part of the OS version."
        page.family("node_os_version", "gauge", about).add(labels, float(version[0]))
