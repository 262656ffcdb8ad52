"""Mounted filesystems: /proc/self/mountinfo (proc(5)) and statvfs(3).

statvfs of a filesystem that lives elsewhere (NFS, FUSE ...) may never return, and a thread that waits in it cannot be
killed. So only what is known to answer from this machine's memory is asked here; all else by a process of its own.
"""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Callable
from typing import Final, NamedTuple

from tuimon.collectors.linux.asker import Asker
from tuimon.collectors.linux.kept import Kept
from tuimon.collectors.options import Options, Patterns
from tuimon.collectors.pools import Pools
from tuimon.collectors.rates import ratio
from tuimon.collectors.tick import Every, Tick
from tuimon.model.families import Filesystem
from tuimon.model.text import decode

_LOCAL: Final = frozenset(
    {"ext2", "ext3", "ext4", "xfs", "btrfs", "f2fs", "tmpfs", "ramfs", "devtmpfs", "vfat", "exfat", "jfs", "zfs",
     "bcachefs", "iso9660", "udf", "squashfs", "erofs", "overlay", "reiserfs", "nilfs2", "proc", "sysfs"}
)  # fmt: skip
_ESCAPE: Final = re.compile(rb"\\([0-7]{3})")
_NOT_FOR_US: Final = frozenset({errno.EACCES, errno.EPERM, errno.ENOENT, errno.ENOTDIR})
Counts = tuple[int, int, int, int, int, int]
"""f_frsize, f_blocks, f_bfree, f_bavail, f_files, f_ffree of statvfs(3)."""


class Mount(NamedTuple):
    """One line of mountinfo; paths as bytes, since they may be anything. `number` is the device's major:minor."""

    point: bytes
    number: bytes
    root: bytes
    fstype: str
    source: bytes
    read_only: bool


def parse_mountinfo(raw: bytes) -> list[Mount]:
    """Return the mounts in the kernel's order; lines that make no sense are left out."""
    mounts = []
    for line in raw.split(b"\n"):
        before, dash, after = line.partition(b" - ")
        fields, tail = before.split(b" "), after.split(b" ")
        if not dash or len(fields) < 6 or len(tail) < 2:
            continue
        source = unescaped(tail[1])
        options = fields[5].split(b",") + (tail[2].split(b",") if len(tail) > 2 else [])
        mounts.append(
            Mount(unescaped(fields[4]), fields[2], unescaped(fields[3]), os.fsdecode(tail[0]), source, b"ro" in options)
        )
    return mounts


def unescaped(field: bytes) -> bytes:
    r"""Decode what mangle_path() of the kernel escapes: space, tab, newline, backslash as \040 and so on."""
    return _ESCAPE.sub(lambda found: bytes((int(found[1], 8) & 255,)), field) if b"\\" in field else field


def chosen(mounts: list[Mount], ignored: Patterns) -> list[Mount]:
    """Return the mounts to show: those on top of their mount point, one a device, none that a pattern leaves out.

    / and /tmp are shown whatever they are: programs need room there.
    """
    on_top = {mount.point: mount for mount in mounts}
    devices: dict[bytes, Mount] = {}
    for mount in on_top.values():
        if mount.fstype in ignored and mount.point not in {b"/", b"/tmp"}:
            continue
        if mount.fstype == "zfs" and b"@" in mount.source:  # a snapshot: its space is the dataset's
            continue
        other = devices.get(mount.number)
        if other is None or _rank(mount) < _rank(other):
            devices[mount.number] = mount
    return sorted(devices.values(), key=lambda mount: mount.point)


def _rank(mount: Mount) -> tuple[bool, bool, int, bytes]:
    """Order the mounts of one device: /, then its own root before binds of a part of it, then the shortest.

    On btrfs a part is a subvolume as a rule, and the top of all is mounted for upkeep only.
    """
    part = mount.root != b"/" and mount.fstype != "btrfs"
    return mount.point != b"/", part, len(mount.point), mount.point


def is_local(mount: Mount, mounts: list[Mount]) -> bool:
    """Say whether a mount can be asked without the risk to wait: it and all that is mounted above it are local."""
    return mount.fstype in _LOCAL and all(
        other.fstype in _LOCAL for other in mounts if mount.point.startswith(other.point.rstrip(b"/") + b"/")
    )


def make_filesystem(mount: Mount, counts: Counts | None, stale_since: float | None = None) -> Filesystem:
    """Return one filesystem as df(1) counts it: used = blocks - free, used % of used + available to users."""
    name, device = decode(mount.point), decode(mount.source)
    if counts is None:
        return Filesystem(
            name, fstype=mount.fstype, block_device=device, read_only=mount.read_only, stale_since=stale_since
        )
    size, blocks, free, available, files, files_free = counts
    used = max(0, blocks - free)
    inodes_used = max(0, files - files_free) if files else None
    return Filesystem(
        name,
        ratio(used, used + available),
        used * size,
        available * size,
        blocks * size,
        ratio(inodes_used, files),
        inodes_used,
        files or None,
        mount.fstype,
        device,
        mount.read_only,
        stale_since,
    )


def statvfs(path: bytes) -> Counts:
    """Ask the kernel about one filesystem."""
    found = os.statvfs(path)
    return found.f_frsize, found.f_blocks, found.f_bfree, found.f_bavail, found.f_files, found.f_ffree


class FilesystemReader:
    """Reads the family filesystem at its own cadence.

    One that stops answering keeps its last numbers, with the time of its last answer in `stale_since`, or of the
    first question where it never answered.
    """

    def __init__(self, root: str, options: Options, ask: Callable[[bytes], Counts] = statvfs) -> None:
        self._root = os.fsencode(root)
        self._file = Kept(f"{root}/proc/self/mountinfo", records=True, size=16384)
        self._ignored = Patterns(options.ignored_fstypes)
        self._every = Every(options.cadence("filesystem"))
        self._ask = ask
        self._asker = Asker()
        self._pools = Pools()
        self._raw = b""
        self._mounts: list[tuple[Mount, bool]] = []
        self._asked: dict[Mount, float] = {}
        self._known: dict[Mount, tuple[Counts, float]] = {}
        self._late: set[Mount] = set()
        self._shown: tuple[Filesystem, ...] = ()

    def filesystem(self, tick: Tick) -> tuple[Filesystem, ...]:
        """Return the filesystems by mount point."""
        if self._every.due(tick):
            self._read_mounts()
            for mount, local in self._mounts:
                self._asked.setdefault(mount, tick.time)
                if local:
                    self._take(mount, self._inline(mount), tick.time)
            self._asker.ask(self._root + mount.point for mount, local in self._mounts if not local)
            self._show()
        if self._asker.busy and self._collect(tick):
            self._show()
        return self._shown

    def _read_mounts(self) -> None:
        try:
            raw = self._file.read()
        except OSError:
            self._every.again()
            raise
        if raw == self._raw:
            return
        self._raw = raw
        mounts = parse_mountinfo(raw)
        mounts = [mount for mount in mounts if not self._is_file(mount, mounts)]
        self._mounts = [(mount, is_local(mount, mounts)) for mount in chosen(mounts, self._ignored)]
        there = {mount for mount, _ in self._mounts}
        for memory in (self._asked, self._known):
            for mount in memory.keys() - there:
                del memory[mount]
        self._late &= there

    def _is_file(self, mount: Mount, mounts: list[Mount]) -> bool:
        """Say whether a single file is mounted, as /etc/hosts in a container: nobody looks there for room."""
        bind = mount.root != b"/" and is_local(mount, mounts)
        return bind and os.path.isfile(self._root + mount.point)

    def _inline(self, mount: Mount) -> Counts | int:
        try:
            return self._ask(self._root + mount.point)
        except OSError as error:
            return error.errno or errno.EIO

    def _collect(self, tick: Tick) -> bool:
        """Take the answers of the other process; say whether anything changed."""
        answers, late = self._asker.answers(tick.monotonic)
        waiting = {self._root + mount.point: mount for mount, local in self._mounts if not local}
        for path, answer in answers:
            if (mount := waiting.get(path)) is not None:
                self._take(mount, answer, tick.time)
        self._late |= {mount for path in late if (mount := waiting.get(path)) is not None}
        return bool(answers or late)

    def _take(self, mount: Mount, answer: Counts | int, now: float) -> None:
        """Take an answer: the counts, or an errno."""
        if isinstance(answer, tuple):
            self._known[mount] = answer, now
            self._late.discard(mount)
        elif answer in _NOT_FOR_US:
            self._known.pop(mount, None)
            self._late.discard(mount)
            self._asked.pop(mount, None)
        else:
            self._late.add(mount)

    def _show(self) -> None:
        self._shown = self._pools.join(filter(None, (self._one(mount) for mount, _ in self._mounts)))

    def _one(self, mount: Mount) -> Filesystem | None:
        """Return one filesystem, None for one that holds nothing (as df(1)), is not for us, or has not answered yet."""
        counts, answered = self._known.get(mount, (None, self._asked.get(mount)))
        if mount in self._late:
            return make_filesystem(mount, counts, answered)
        return make_filesystem(mount, counts) if counts and counts[1] else None

    def close(self) -> None:
        """Close its file, let go of its processes."""
        self._file.close()
        self._asker.close()
