"""Filesystems, then what else tells how the machine is: load, pressure, sensors, battery."""

from __future__ import annotations

from tuimon.model.families import Filesystem, Sensor
from tuimon.model.snapshot import Snapshot
from tuimon.model.units import compact_size, percent, span
from tuimon.tui.box import box
from tuimon.tui.braille import bar
from tuimon.tui.style import Row, cells, fit, fit_end, row_width
from tuimon.tui.view import FAULTS, View, mark


def present(snapshot: Snapshot) -> bool:
    """Whether there is anything to show."""
    some = bool(snapshot.filesystem) or snapshot.load.load1 is not None or snapshot.pressure is not None
    return some or any(fault.collector in FAULTS["storage"] for fault in snapshot.faults)


def draw(view: View, width: int, height: int) -> list[Row]:
    """Return the panel; filesystems give way to the lines below them, the fullest stay."""
    inner, room = width - 4, height - 2
    rest = _rest(view, inner)
    fault = view.fault("storage")
    told: list[Row] = [[(f"! {fault}", "warning")]] if fault else []
    keep = max(1, min(len(view.snapshot.filesystem), room - len(rest) - len(told)))
    rows = [*told, *_filesystems(view, inner, keep), *rest][:room]
    body: list[Row] = [[(" ", ""), *row] for row in rows]
    titles = ["Filesystems"] if view.snapshot.filesystem else []
    titles += ["load"] + (["pressure"] if view.snapshot.pressure else [])
    focus = view.focus == "storage"
    hidden = len(view.snapshot.filesystem) - keep
    more = f"+{hidden} more" if hidden > 0 else ""
    figure: Row = [(more, "label")] if more else []
    whole = " · ".join(titles)
    title: Row = [(whole if width >= len(whole) + len(more) + 8 else titles[0], "title")]
    return box(title, figure, body, width, height, focus=focus, ascii_only=view.ascii_only)


def _filesystems(view: View, width: int, keep: int) -> list[Row]:
    mounts = view.snapshot.filesystem
    if len(mounts) > keep:
        fullest = sorted(mounts, key=fullness, reverse=True)[:keep]
        mounts = tuple(m for m in mounts if m in fullest)
    longest = max((cells(m.device) for m in mounts), default=0)
    name = max(6, min(longest, width - 36 if width >= 44 else width - 22))
    return [_filesystem(view, mount, name, width) for mount in mounts]


def fullness(mount: Filesystem) -> float:
    """Return how full a filesystem is, by bytes or inodes, whichever is worse."""
    return max(mount.used_percent or 0, mount.inodes_used_percent or 0)


def _filesystem(view: View, mount: Filesystem, name: int, width: int) -> Row:
    row: Row = [(fit_end(mount.device, name) + " ", "text")]
    if mount.stale_seconds is not None:
        return [*row, *stale(mount, width - name - 1)]
    alert = view.alert("filesystem", mount.device)
    share = None if mount.used_percent is None else mount.used_percent / 100
    length = max(4, min(14, width - name - 22))
    full, empty = bar(share, length, ascii_only=view.ascii_only)
    row += [(full, "other"), (empty, "faint"), (f"{percent(mount.used_percent, 0):>4} %", "value")]
    row += [(" ", ""), *mark(alert, ascii_only=view.ascii_only)] if alert else [("  ", "")]
    used = name + 1 + length + 8
    if width - used >= 9:
        row.append((f"{compact_size(mount.available_bytes):>5} free", "label"))
    if mount.inodes_used_percent is not None and width - used >= 24:
        row.append((f"  inodes{percent(mount.inodes_used_percent, 0):>4} %", "label"))
    elif mount.inodes_used_percent is not None and mount.inodes_used_percent > (mount.used_percent or 0):
        row.append((f" in{percent(mount.inodes_used_percent, 0):>4} %", "label"))
    return row


def _rest(view: View, width: int) -> list[Row]:
    found = [_load(view), _pressure(view, width), _sensors(view, width), _batteries(view)]
    return [row for row in found if row]


def _load(view: View) -> Row:
    load = view.snapshot.load
    if load.load1 is None:
        return []
    text = " ".join(f"{value:.2f}" if value is not None else "…" for value in (load.load1, load.load5, load.load15))
    return [("load ", "label"), (text, "value"), (f" on {view.snapshot.cpu.cores} cores", "label")]


def _pressure(view: View, width: int) -> Row:
    pressure = view.snapshot.pressure
    if pressure is None:
        return []
    wide = width >= 44
    row: Row = [("pressure " if wide else "psi", "label")]
    for label, value in (
        ("cpu", pressure.cpu_some_percent),
        ("io", pressure.io_some_percent),
        ("memory" if wide else "mem", pressure.memory_some_percent),
    ):
        row += [(f" {label}", "label"), (f"{percent(value, 0):>4}{' ' if wide else ''}", "value")]
    return [*row, (" %", "label")]


def _sensors(view: View, width: int) -> Row:
    """Return the hottest sensors, then fans, as many as fit, in the machine's order."""
    known = [s for s in view.snapshot.sensor if s.temperature_celsius is not None or s.fan_rpm is not None]
    chosen: dict[str, Row] = {}
    used = 0
    for sensor in sorted(known, key=lambda s: -(s.temperature_celsius or 0)):
        row = _sensor(sensor)
        used += row_width(row) + (2 if chosen else 0)
        if used > width:
            break
        chosen[sensor.device] = row
    rows = [chosen[sensor.device] for sensor in known if sensor.device in chosen]
    return [run for at, row in enumerate(rows) for run in ([("  ", ""), *row] if at else row)]


def _sensor(sensor: Sensor) -> Row:
    degrees, name = sensor.temperature_celsius, fit_end(sensor.device, min(cells(sensor.device), 14))
    hot = sensor.high_celsius is not None and degrees is not None and degrees >= sensor.high_celsius
    value = f" {sensor.fan_rpm:.0f} rpm" if degrees is None else f" {degrees:.0f} °C" + ("!" if hot else "")
    return [(name, "label"), (value, "warning" if hot else "value")]


def _batteries(view: View) -> Row:
    row: Row = []
    for battery in view.snapshot.battery:
        row += [("battery ", "label"), (f"{percent(battery.charge_percent, 0)} %", "value")]
        if battery.plugged:
            row.append((" on mains", "label"))
        elif battery.seconds_left is not None:
            row.append((f" · {span(battery.seconds_left)} left", "label"))
        row.append(("  ", ""))
    return row


def stale(mount: Filesystem, room: int) -> Row:
    """Return in so many cells that a filesystem does not answer, how old its numbers are and what they were."""
    age = f"stale {span(mount.stale_seconds)}"
    was = "" if mount.used_percent is None else f" · was {percent(mount.used_percent, 0)} %"
    wide: Row = [("not answering", "warning"), (f" · {age}", "label")]
    for row in ([*wide, (was, "label")], wide):
        if row_width(row) <= room:
            return row
    return [(fit(f"! {age}", room), "warning")]


def worst(view: View, room: int) -> Row:
    """Return in so many cells what small screens tell of filesystems: those that do not answer, else the fullest."""
    silent = [mount for mount in view.snapshot.filesystem if mount.stale_seconds is not None]
    if not silent:
        return fullest(view)
    age = f"stale {span(max(mount.stale_seconds or 0 for mount in silent))} "
    if len(silent) > 1:
        return [(f"! {len(silent)} {age}", "warning")]
    left = room - cells(age) - 3
    name = silent[0].device
    return [(f"! {fit_end(name, min(cells(name), left))} {age}" if left >= 6 else f"! {age}", "warning")]


def hint(view: View) -> str:
    """Return that some filesystem does not answer, where there is room for no more."""
    return " ! fs" if any(mount.stale_seconds is not None for mount in view.snapshot.filesystem) else ""


def fullest(view: View) -> Row:
    """Return the fullest filesystem in a few words, for small screens."""
    mounts = view.snapshot.filesystem
    if not mounts:
        return []
    full = max(mounts, key=fullness)
    alert = view.alert("filesystem", full.device)
    row: Row = [(fit_end(full.device, min(cells(full.device), 16)) + " ", "label")]
    row.append((f"{percent(fullness(full), 0)} %", "value"))
    return [*row, *([(" ", ""), *mark(alert, ascii_only=view.ascii_only)] if alert else []), (" ", "")]
