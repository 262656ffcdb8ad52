"""node_exporter's names for disks and filesystems."""

from __future__ import annotations

import re
from typing import Final

from tuimon.exporters.exposition import Kind, Page, labelled
from tuimon.model.readings import DiskCounters, Readings

_IGNORED: Final = re.compile(r"(ram|loop|fd|(h|s|v|xv)d[a-z]|nvme\d+n\d+p)\d+\Z")
_SECTOR: Final = 512
_MILLI: Final = 0.001
_DISK: Final[tuple[tuple[str, Kind, float, str], ...]] = (
    ("reads_completed_total", "counter", 1, "The total number of reads completed successfully."),
    ("reads_merged_total", "counter", 1, "The total number of reads merged."),
    ("read_bytes_total", "counter", _SECTOR, "The total number of bytes read successfully."),
    ("read_time_seconds_total", "counter", _MILLI, "The total number of seconds spent by all reads."),
    ("writes_completed_total", "counter", 1, "The total number of writes completed successfully."),
    ("writes_merged_total", "counter", 1, "The number of writes merged."),
    ("written_bytes_total", "counter", _SECTOR, "The total number of bytes written successfully."),
    ("write_time_seconds_total", "counter", _MILLI, "This is the total number of seconds spent by all writes."),
    ("io_now", "gauge", 1, "The number of I/Os currently in progress."),
    ("io_time_seconds_total", "counter", _MILLI, "Total seconds spent doing I/Os."),
    ("io_time_weighted_seconds_total", "counter", _MILLI, "The weighted # of seconds spent doing I/Os."),
    ("discards_completed_total", "counter", 1, "The total number of discards completed successfully."),
    ("discards_merged_total", "counter", 1, "The total number of discards merged."),
    ("discarded_sectors_total", "counter", 1, "The total number of sectors discarded successfully."),
    ("discard_time_seconds_total", "counter", _MILLI, "This is the total number of seconds spent by all discards."),
    ("flush_requests_total", "counter", 1, "The total number of flush requests completed successfully"),
    ("flush_requests_time_seconds_total", "counter", _MILLI,
     "This is the total number of seconds spent by all flush requests."),
)  # fmt: skip
_INFO: Final = (
    ("path", "ID_PATH"), ("wwn", "ID_WWN"), ("model", "ID_MODEL"), ("serial", "ID_SERIAL_SHORT"),
    ("revision", "ID_REVISION"),
)  # fmt: skip
_ATA: Final = (
    ("ID_ATA_WRITE_CACHE", "ata_write_cache", "ATA disk has a write cache."),
    ("ID_ATA_WRITE_CACHE_ENABLED", "ata_write_cache_enabled", "ATA disk has its write cache enabled."),
    ("ID_ATA_ROTATION_RATE_RPM", "ata_rotation_rate_rpm", "ATA disk rotation rate in RPMs (0 for SSDs)."),
)
_STATES: Final = (
    ("active", "active"), ("inactive", "inactive"), ("recovering", "recovering"), ("resync", "resyncing"),
    ("check", "checking"),
)  # fmt: skip
_SPACE: Final = (
    ("size_bytes", "Filesystem size in bytes."),
    ("free_bytes", "Filesystem free space in bytes."),
    ("avail_bytes", "Filesystem space available to non-root users in bytes."),
    ("files", "Filesystem total file nodes."),
    ("files_free", "Filesystem total free file nodes."),
)


def tell_storage(page: Page, readings: Readings) -> None:
    """Add disks, their controllers and filesystems."""
    families = [page.family(f"node_disk_{name}", kind, about) for name, kind, _, about in _DISK]
    for disk in readings.disks:
        if _IGNORED.match(disk.device):
            continue
        labels = labelled(device=disk.device)
        for family, (_, _, factor, _), count in zip(families, _DISK, disk.counters, strict=False):
            if count is not None:
                family.add(labels, count if factor == 1 else count / 1000 if factor == _MILLI else count * factor)
        _tell_properties(page, disk, labels)
    _tell_filesystems(page, readings)
    _tell_arrays(page, readings)
    about = "Non-numeric data from /sys/class/nvme/<device>, value is always 1."
    controllers = page.family("node_nvme_info", "gauge", about)
    for one in readings.nvme:
        controllers.add(
            labelled(
                device=one.device, firmware_revision=one.firmware, model=one.model, serial=one.serial, state=one.state
            ),
            1,
        )


def _tell_arrays(page: Page, readings: Readings) -> None:
    states = page.family("node_md_state", "gauge", "Indicates the state of md-device.")
    disks = page.family("node_md_disks", "gauge", "Number of active/failed/spare disks of device.")
    required = page.family("node_md_disks_required", "gauge", "Total number of disks of device.")
    blocks = page.family("node_md_blocks", "gauge", "Total number of blocks on device.")
    synced = page.family("node_md_blocks_synced", "gauge", "Number of blocks synced on device.")
    for array in readings.arrays:
        labels = labelled(device=array.device)
        for state, known in _STATES:
            states.add(labelled(device=array.device, state=state), int(array.state == known))
        for state, count in (("active", array.active), ("failed", array.failed), ("spare", array.spare)):
            disks.add(labelled(device=array.device, state=state), count)
        required.add(labels, array.disks)
        blocks.add(labels, array.blocks)
        synced.add(labels, array.blocks_synced)


def _tell_properties(page: Page, disk: DiskCounters, labels: str) -> None:
    known = dict(disk.properties)
    texts = {label: known.get(name, "") for label, name in _INFO}
    if disk.major or disk.minor:
        info = page.family("node_disk_info", "gauge", "Info of /sys/block/<block_device>.")
        info.add(labelled(device=disk.device, major=str(disk.major), minor=str(disk.minor), **texts), 1)
    if known.get("ID_FS_TYPE"):
        kinds = {label: known.get(f"ID_FS_{label.upper()}", "") for label in ("type", "usage", "uuid", "version")}
        about = "Info about disk filesystem."
        page.family("node_disk_filesystem_info", "gauge", about).add(labelled(device=disk.device, **kinds), 1)
    if known.get("DM_NAME"):
        mapped = {
            label: known.get(f"DM_{label.upper()}", "") for label in ("name", "uuid", "vg_name", "lv_name", "lv_layer")
        }
        about = "Info about disk device mapper."
        page.family("node_disk_device_mapper_info", "gauge", about).add(labelled(device=disk.device, **mapped), 1)
    if known.get("ID_ATA"):
        for name, short, about in _ATA:
            if known.get(name, "").isdecimal():
                page.family(f"node_disk_{short}", "gauge", about).add(labels, int(known[name]))


def _tell_filesystems(page: Page, readings: Readings) -> None:
    families = [page.family(f"node_filesystem_{name}", "gauge", about) for name, about in _SPACE]
    read_only = page.family("node_filesystem_readonly", "gauge", "Filesystem read-only status.")
    about = "Whether an error occurred while getting statistics for the given device."
    errors = page.family("node_filesystem_device_error", "gauge", about)
    where = page.family("node_filesystem_mount_info", "gauge", "Filesystem mount information.")
    for mount in readings.mounts:
        labels = labelled(device=mount.source, fstype=mount.fstype, mountpoint=mount.point)
        errors.add(labels, int(mount.space is None))
        if mount.major:
            numbers = labelled(device=mount.source, major=mount.major, minor=mount.minor, mountpoint=mount.point)
            where.add(numbers, 1)
        if mount.space is not None:
            for family, value in zip(families, mount.space, strict=True):
                family.add(labels, value)
            read_only.add(labels, int(mount.read_only))
