"""The simulated disks and filesystems."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Final

from tuimon.collectors.simulated.noise import Whole
from tuimon.model.families import Disk, Filesystem

GIB: Final = 1024**3
BLOCK: Final = 4096
DATA_SHARE: Final = 0.71  # of /data, used when all is well


@dataclass(frozen=True, slots=True)
class Drive:
    """A block device: its name, mean bytes of an IO, seconds that one takes, how many it serves at once."""

    name: str
    io_bytes: float
    service: float
    lanes: float
    boot_reads: float
    boot_writes: float


DRIVES: Final = (
    Drive("nvme0n1", 18e3, 0.00018, 6.0, 412e9, 1.31e12),
    Drive("sda", 96e3, 0.0011, 1.0, 210e9, 388e9),
)


class DiskBay:
    """Reads go to the disks at once; writes wait as dirty pages and are written back in waves."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._dirty = {drive.name: 3e6 for drive in DRIVES}
        self._whole = {(drive.name, kind): Whole() for drive in DRIVES for kind in "rw"}
        self._totals = {
            d.name: [d.boot_reads, d.boot_writes, d.boot_reads / d.io_bytes, d.boot_writes / d.io_bytes, 0.0]
            for d in DRIVES
        }
        for drive in DRIVES:
            totals = self._totals[drive.name]
            totals[4] = (totals[2] + totals[3]) * drive.service / drive.lanes
        self._age = 0.0
        self.saturation = 0.0  # of the busiest disk, 0 to 1

    @property
    def dirty_bytes(self) -> float:
        """Return what waits to be written back."""
        return sum(self._dirty.values())

    def advance(
        self, step: float, reads: dict[str, float], writes: dict[str, float], *, first: bool
    ) -> tuple[Disk, ...]:
        """Take what processes read and wrote in a step, in bytes by disk."""
        self._age += step
        self.saturation = 0.0
        return tuple(self._drive(drive, step, reads[drive.name], writes[drive.name], first=first) for drive in DRIVES)

    def _drive(self, drive: Drive, step: float, read: float, write: float, *, first: bool) -> Disk:
        name, random = drive.name, self._random
        self._dirty[name] += write
        wave = 0.75 if int(self._age / 5.0) != int((self._age - step) / 5.0) else 0.12
        wave = min(1.0, wave * (0.5 + random.random()))
        if self._dirty[name] > 256e6:
            wave = max(wave, 0.6)
        flushed = self._dirty[name] * (wave if step < 5.0 else 0.9) // BLOCK * BLOCK
        self._dirty[name] -= flushed
        read = read // BLOCK * BLOCK
        size = drive.io_bytes * (0.8 + 0.4 * random.random())
        heavy = 1.0 + 6.0 * min(1.0, (read + flushed) / step / 1.5e8)  # big requests are merged
        ins = self._whole[name, "r"].take(read / size / heavy)
        outs = self._whole[name, "w"].take(flushed / size / heavy)
        ins, outs = ins or int(read > 0), outs or int(flushed > 0)
        return self._seen(drive, step, (read, flushed, ins, outs), first=first)

    def _seen(self, drive: Drive, step: float, done: tuple[float, float, int, int], *, first: bool) -> Disk:
        read, flushed, ins, outs = done
        count = ins + outs
        spent = (read + flushed) / 5.2e8 + count * drive.service / drive.lanes
        busy = min(0.998 * step, spent)
        crowding = spent / step
        latency = drive.service * (0.7 + 0.6 * self._random.random()) * (1.0 + 14.0 * min(2.0, crowding) ** 2)
        self.saturation = max(self.saturation, min(1.0, crowding))
        totals = self._totals[drive.name]
        for place, amount in enumerate((read, flushed, ins, outs, busy)):
            totals[place] += amount
        known = not first
        return Disk(
            drive.name,
            read / step if known else None,
            flushed / step if known else None,
            ins / step if known else None,
            outs / step if known else None,
            100.0 * busy / step if known else None,
            latency if known and count else None,
            count * latency / step if known else None,
            int(totals[0]),
            int(totals[1]),
            int(totals[2]),
            int(totals[3]),
            round(totals[4], 3),
        )


ROTATED: Final = 0.03
"""Share of a filesystem that logs take before they are thrown away."""


class Mount:
    """One filesystem that fills and is cleaned."""

    __slots__ = ("_available", "_begun", "_inodes", "_shape", "files", "used")

    def __init__(self, shape: tuple[str, str, str], size: int, share: float, inodes: int) -> None:
        """Mount (mount point, block device, type) with a share of its bytes used."""
        self._shape = shape
        self._available = int(size * 0.95)  # 5 % are root's
        self._inodes = inodes
        self.used = share * self._available
        self.files = 0.3 * share * inodes
        self._begun = (self.used, self.files)

    @property
    def share(self) -> float:
        """Return what df shows, from 0 to 1."""
        return self.used / self._available

    def rotate(self) -> None:
        """Throw old logs away when a month's have gathered, so that years may pass."""
        if self.used > self._begun[0] + ROTATED * self._available:
            self.used, self.files = self._begun

    def room_until(self, share: float) -> float:
        """Return how many bytes may be written until a share is used; negative when it is past."""
        return share * self._available - self.used

    def seen(self) -> Filesystem:
        """Return what a sample shows."""
        used = int(self.used) // BLOCK * BLOCK
        available = self._available // BLOCK * BLOCK
        point, device, fstype = self._shape
        return Filesystem(
            point,
            100.0 * used / available,
            used,
            available - used,
            int(available / 0.95) // BLOCK * BLOCK,
            100.0 * int(self.files) / self._inodes,
            int(self.files),
            self._inodes,
            fstype=fstype,
            block_device=device,
        )


def mounts() -> dict[str, Mount]:
    """Return the filesystems by mount point."""
    return {
        "/": Mount(("/", "/dev/nvme0n1p2", "ext4"), 96 * GIB, 0.61, 6_291_456),
        "/boot": Mount(("/boot", "/dev/nvme0n1p1", "ext4"), GIB, 0.27, 65_536),
        "/data": Mount(("/data", "/dev/sda1", "ext4"), 40 * GIB, DATA_SHARE, 2_621_440),
    }
