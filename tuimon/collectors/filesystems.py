"""Mounted filesystems: which of them are shown, and how full they are (statvfs(3)).

statvfs of a filesystem that lives elsewhere (NFS, FUSE ...) may never return, and a thread that waits in it cannot be
killed. So only what is known to answer from this machine's memory is asked here; all else by a process of its own.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from typing import Final, NamedTuple, Protocol

from tuimon.collectors.asker import Asker, Question
from tuimon.collectors.options import Options, Patterns
from tuimon.collectors.pools import Pools
from tuimon.collectors.rates import ratio
from tuimon.collectors.tick import Every, Tick
from tuimon.model.families import Filesystem
from tuimon.model.text import decode

_LOCAL: Final = frozenset(
    {"ext2", "ext3", "ext4", "xfs", "btrfs", "f2fs", "tmpfs", "ramfs", "devtmpfs", "vfat", "exfat", "ntfs3", "jfs",
     "zfs", "bcachefs", "iso9660", "udf", "squashfs", "erofs", "overlay", "reiserfs", "nilfs2", "proc", "sysfs",
     "apfs", "hfs", "ufs", "ffs", "msdos", "msdosfs", "cd9660", "hammer2"}
)  # fmt: skip
_NOT_FOR_US: Final = frozenset({errno.EACCES, errno.EPERM, errno.ENOENT, errno.ENOTDIR})
_CAN_ASK: Final = hasattr(os, "posix_spawn")
"""Whether another process can ask: not on Windows, where all is asked here."""
Counts = tuple[int, int, int, int, int, int]
"""f_frsize, f_blocks, f_bfree, f_bavail, f_files, f_ffree of statvfs(3)."""


class Mount(NamedTuple):
    """What is mounted at one place; paths as bytes, since they may be anything.

    `number` is the same for all mounts of one device; `root` is which part of it is mounted, b'' where that is unknown.
    """

    point: bytes
    number: bytes
    root: bytes
    fstype: str
    source: bytes
    read_only: bool


class Mounts(Protocol):
    """Knows what is mounted."""

    def read(self) -> list[Mount] | None:
        """Return the mounts in their order, None where they are the same as before. Raises OSError."""

    def close(self) -> None:
        """Give back what is held."""


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
    part = mount.root not in {b"/", b""} and mount.fstype != "btrfs"
    return mount.point != b"/", part, len(mount.point), mount.point


def is_local(mount: Mount, mounts: list[Mount]) -> bool:
    """Say whether a mount can be asked without the risk to wait: it and all that is mounted above it are local."""
    return mount.fstype in _LOCAL and all(
        other.fstype in _LOCAL for other in mounts if mount.point.startswith(other.point.rstrip(b"/") + b"/")
    )


def server_of(mount: Mount) -> bytes:
    """Return who has to answer for a mount: the host of `host:/path` or `//host/share`, else the mount itself."""
    if mount.source.startswith(b"//"):
        return mount.source[2:].partition(b"/")[0]
    host, colon, _ = mount.source.partition(b":/")
    return host if colon and host and b"/" not in host else mount.point


def make_filesystem(mount: Mount, counts: Counts | None, stale_seconds: float | None = None) -> Filesystem:
    """Return one filesystem as df(1) counts it: used = blocks - free, used % of used + available to users."""
    name, device = decode(mount.point), decode(mount.source)
    if counts is None:
        return Filesystem(
            name, stale_seconds=stale_seconds, fstype=mount.fstype, block_device=device, read_only=mount.read_only
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
        stale_seconds,
        mount.fstype,
        device,
        mount.read_only,
    )


def statvfs(path: bytes) -> Counts:
    """Ask the kernel about one filesystem."""
    found = os.statvfs(path)
    return found.f_frsize, found.f_blocks, found.f_bfree, found.f_bavail, found.f_files, found.f_ffree


class FilesystemReader:
    """Reads the family filesystem at its own cadence; `root` comes before the mounts' paths.

    One that stops answering keeps its last numbers, with the time since its last answer in `stale_seconds`, or since
    the first question where it never answered.
    """

    def __init__(
        self, mounts: Mounts, options: Options, ask: Callable[[bytes], Counts] = statvfs, root: str = ""
    ) -> None:
        self._root = os.fsencode(root)
        self._source = mounts
        self._ignored = Patterns(options.ignored_fstypes)
        self._every = Every(options.cadence("filesystem"))
        self._ask = ask
        self._asker = Asker()
        self._pools = Pools()
        self._local: list[Mount] = []
        self._elsewhere: dict[Question, Mount] = {}
        self._order: list[Mount] = []
        self._asked: dict[Mount, float] = {}
        self._known: dict[Mount, tuple[Counts, float]] = {}
        self._late: set[Mount] = set()
        self._shown: tuple[Filesystem, ...] = ()

    def filesystem(self, tick: Tick) -> tuple[Filesystem, ...]:
        """Return the filesystems by mount point."""
        moved = self._every.due(tick)
        if moved:
            self._read_mounts()
            for mount in self._order:
                self._asked.setdefault(mount, tick.monotonic)
            for mount in self._local:
                self._take(mount, self._inline(mount), tick.monotonic)
            self._asker.ask(self._elsewhere)
        if self._asker.busy:
            moved = self._collect(tick) or moved
        if moved or self._late:
            self._show(tick)
        return self._shown

    def _read_mounts(self) -> None:
        try:
            mounts = self._source.read()
        except OSError:
            self._every.again()
            raise
        if mounts is None:
            return
        shown = chosen([mount for mount in mounts if not self._is_file(mount, mounts)], self._ignored)
        self._local = [mount for mount in shown if not _CAN_ASK or is_local(mount, mounts)]
        far = [mount for mount in shown if mount not in set(self._local)]
        self._elsewhere = {self._question(mount): mount for mount in far}
        self._order = shown
        self._asker.only(self._elsewhere.keys())
        there = set(shown)
        for memory in (self._asked, self._known):
            for mount in memory.keys() - there:
                del memory[mount]
        self._late &= there

    def _question(self, mount: Mount) -> Question:
        return Question(self._root + mount.point, mount.number + b" " + mount.source, server_of(mount))

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
        """Take the answers of other processes; say whether anything changed."""
        answers, late = self._asker.answers(tick.monotonic)
        for question, answer in answers:
            if (mount := self._elsewhere.get(question)) is not None:
                self._take(mount, answer, tick.monotonic)
        self._late.update(mount for question in late if (mount := self._elsewhere.get(question)) is not None)
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

    def _show(self, tick: Tick) -> None:
        found = (self._one(mount, tick.monotonic) for mount in self._order)
        self._shown = self._pools.join(filter(None, found))

    def _one(self, mount: Mount, now: float) -> Filesystem | None:
        """Return one filesystem, None for one that holds nothing (as df(1)), is not for us, or has not answered yet."""
        counts, answered = self._known.get(mount, (None, self._asked.get(mount)))
        if mount in self._late:
            return make_filesystem(mount, counts, None if answered is None else now - answered)
        return make_filesystem(mount, counts) if counts and counts[1] else None

    def close(self) -> None:
        """Give back what is held, let go of its processes."""
        self._source.close()
        self._asker.close()
