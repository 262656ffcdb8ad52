"""Disks and what is mounted: /proc/diskstats, udev's notes, /proc/self/mountinfo."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import Final

from tuimon.collectors.filesystems import Mount, is_local
from tuimon.collectors.linux.mountinfo import parse_mountinfo
from tuimon.collectors.linux.readout.files import Files, columns
from tuimon.model.families import Filesystem
from tuimon.model.readings import Array, DiskCounters, Mounted, Nvme, Space, Texts
from tuimon.model.text import decode, harmless

_UDEV: Final = frozenset(
    {"DM_LV_LAYER", "DM_LV_NAME", "DM_NAME", "DM_UUID", "DM_VG_NAME", "ID_ATA", "ID_ATA_ROTATION_RATE_RPM",
     "ID_ATA_WRITE_CACHE", "ID_ATA_WRITE_CACHE_ENABLED", "ID_FS_TYPE", "ID_FS_USAGE", "ID_FS_UUID", "ID_FS_VERSION",
     "ID_MODEL", "ID_PATH", "ID_REVISION", "ID_SERIAL_SHORT", "ID_WWN"}
)  # fmt: skip
_KERNELS: Final = re.compile(
    "^(autofs|binfmt_misc|bpf|cgroup2?|configfs|debugfs|devpts|devtmpfs|fusectl|hugetlbfs|iso9660|mqueue|nsfs|overlay|"
    "proc|procfs|pstore|rpc_pipefs|securityfs|selinuxfs|squashfs|erofs|sysfs|tracefs)$"
)
"""Filesystems that say nothing about room; / is told whatever it is."""
_NOBODYS: Final = re.compile(
    b"^/(dev|proc|run/credentials/.+|sys|var/lib/docker/.+|var/lib/containers/storage/.+)($|/)"
)

_ARRAY: Final = re.compile(r"^(?P<name>md\S*) : (?P<state>\S+)(?P<devices>.*)$", re.MULTILINE)
_BLOCKS: Final = re.compile(r"^\s+(\d+) blocks", re.MULTILINE)
_COUNTS: Final = re.compile(r"\[(\d+)/(\d+)\] \[[U_]+\]")
_ACTION: Final = re.compile(r"(recovery|resync|check)\s*=\s*(?:[\d.]+% \((\d+)/\d+\))?")


class Storage:
    """Reads disks, their controllers and mounts."""

    def __init__(self, files: Files) -> None:
        self._files = files
        self._notes: dict[str, tuple[int, Texts]] = {}
        self._mounts: tuple[bytes, tuple[tuple[Mount, bool], ...]] = b"", ()

    def disks(self) -> tuple[DiskCounters, ...]:
        """Return /proc/diskstats, with what udev knows of each device."""
        found = []
        for words in columns(self._files.read("/proc/diskstats")):
            if len(words) < 14:
                continue
            major, minor, device = int(words[0]), int(words[1]), os.fsdecode(words[2])
            counters = tuple(int(word) for word in words[3:])
            found.append(DiskCounters(harmless(device), major, minor, counters, self._udev(major, minor)))
        return tuple(found)

    def _udev(self, major: int, minor: int) -> Texts:
        """Return udev's notes of a device, read again when they were written anew."""
        path = f"{self._files.root}/run/udev/data/b{major}:{minor}"
        try:
            written = os.stat(path).st_mtime_ns
            known = self._notes.get(path)
            if known is None or known[0] != written:
                with open(path, "rb") as file:
                    known = self._notes[path] = written, notes(file.read(65536))
        except OSError:
            self._notes.pop(path, None)
            return ()
        return known[1]

    def arrays(self) -> tuple[Array, ...]:
        """Return the arrays of /proc/mdstat. Raises OSError where there is no such driver."""
        return tuple(arrays_of(self._files.read("/proc/mdstat").decode("utf-8", "replace")))

    def nvme(self) -> tuple[Nvme, ...]:
        """Return the NVMe controllers. Raises OSError where there are none."""
        folder = "/sys/class/nvme"
        found = []
        for name in self._files.folder(folder):
            files = ("firmware_rev", "model", "serial", "state")
            texts = [self._files.text(f"{folder}/{name}/{file}") or "" for file in files]
            found.append(Nvme(harmless(name), *texts))
        return tuple(found)

    def mounts(self, known: tuple[Filesystem, ...]) -> tuple[Mounted, ...]:
        """Return what is mounted. `known` are the filesystems that somebody else asks without waiting for them.

        Those are not asked here, nor is any other that could keep the caller waiting.
        """
        raw = self._files.read("/proc/self/mountinfo")
        if raw != self._mounts[0]:
            self._mounts = raw, tuple(told_of(parse_mountinfo(raw)))
        by_point = {filesystem.device: filesystem for filesystem in known}
        mounts = [(mount, local, decode(mount.point)) for mount, local in self._mounts[1]]
        by_number = {mount.number: there for mount, _, point in mounts if (there := by_point.get(point))}
        found = []
        for mount, local, point in mounts:
            asked = by_number.get(mount.number)
            if asked is None and not local:
                continue
            space = self._ask(mount) if asked is None else space_of(asked)
            major, _, minor = decode(mount.number, 32).partition(":")
            fstype = harmless(mount.fstype, 64)
            found.append(Mounted(decode(mount.source), point, fstype, mount.read_only, major, minor, space))
        return tuple(found)

    def _ask(self, mount: Mount) -> Space | None:
        try:
            told = os.statvfs(os.fsencode(self._files.root) + mount.point)
        except OSError:
            return None
        unit = told.f_frsize
        return Space(told.f_blocks * unit, told.f_bfree * unit, told.f_bavail * unit, told.f_files, told.f_ffree)


def told_of(mounts: list[Mount]) -> Iterator[tuple[Mount, bool]]:
    """Yield the mounts that an exporter tells of, each with whether it can be asked without the risk to wait."""
    for mount in mounts:
        if not _NOBODYS.match(mount.point) and (mount.point == b"/" or not _KERNELS.match(mount.fstype)):
            yield mount, is_local(mount, mounts)


def notes(raw: bytes) -> Texts:
    """Return the properties in udev's notes that are of interest."""
    pairs = (line[2:].partition(b"=")[::2] for line in raw.split(b"\n") if line.startswith(b"E:"))
    return tuple((key, decode(value)) for name, value in pairs if (key := decode(name)) in _UDEV)


def arrays_of(text: str) -> Iterator[Array]:
    """Yield the arrays of /proc/mdstat (md(4)): each is a line of its own and the indented ones after it."""
    heads = list(_ARRAY.finditer(text))
    for head, following in zip(heads, [*heads[1:], None], strict=True):
        rest = text[head.end() : following.start() if following else len(text)]
        devices, blocks = head["devices"], _BLOCKS.search(rest)
        size = int(blocks[1]) if blocks else 0
        counts = _COUNTS.search(rest)
        disks = active = devices.count("[") if head["state"] == "active" else 0  # striped: all of them, or none
        if counts:
            disks, active = int(counts[1]), int(counts[2])
        state, synced = head["state"], size
        if action := _ACTION.search(rest):
            state = {"recovery": "recovering", "resync": "resyncing", "check": "checking"}.get(action[1], state)
            synced = int(action[2] or 0)
        failed, spare = devices.count("(F)"), devices.count("(S)")
        yield Array(harmless(head["name"], 64), state, disks, active, failed, spare, size, synced)


def space_of(filesystem: Filesystem) -> Space | None:
    """Return the room that a sample saw, None where it had no answer, or an old one."""
    size, used, available = filesystem.size_bytes, filesystem.used_bytes, filesystem.available_bytes
    if size is None or used is None or available is None or filesystem.stale_seconds is not None:
        return None
    inodes = filesystem.inodes or 0
    return Space(size, size - used, available, inodes, inodes - (filesystem.inodes_used or 0))
