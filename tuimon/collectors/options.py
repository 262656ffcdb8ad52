"""What can be chosen about collection."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import translate
from typing import Final

IGNORED_DISKS: Final = (
    "loop*", "ram*", "zram*", "sr*", "fd*", "dm-*", "md*", "zd*", "bcache*", "drbd*", "nvme*c*n*",
)  # fmt: skip
"""Not shown by default: no medium of their own, or counted already at the devices that they are made of."""

IGNORED_INTERFACES: Final = (
    "lo",
    "veth*",
    "docker*",
    "br-*",
    "virbr*",
    "vnet*",
    "ifb*",
    "cali*",
    "cni*",
    "flannel*",
    "lxc*",
    "dummy*",
)
"""Not shown by default: traffic counted already elsewhere, and names that churn. lo is shown when it is all there is."""

IGNORED_FSTYPES: Final = (
    "autofs",
    "binfmt_misc",
    "bpf",
    "cgroup*",
    "configfs",
    "debugfs",
    "devfs",
    "devpts",
    "devtmpfs",
    "efivarfs",
    "erofs",
    "fuse.gvfsd-fuse",
    "fuse.lxcfs",
    "fuse.portal",
    "fuse.snapfuse",
    "fusectl",
    "hugetlbfs",
    "mqueue",
    "nsfs",
    "overlay",
    "proc",
    "pstore",
    "ramfs",
    "rpc_pipefs",
    "securityfs",
    "selinuxfs",
    "squashfs",
    "sysfs",
    "tmpfs",
    "tracefs",
)
"""Not shown by default: no storage behind them, or never anything but full. / is shown whatever it is, and so is /tmp."""

CADENCES: Final[Mapping[str, float]] = {
    "frequency": 5.0,
    "filesystem": 5.0,
    "interface": 5.0,
    "sensor": 10.0,
    "battery": 10.0,
    "limit": 10.0,
    "host": 60.0,
    "io": 5.0,
    "idle": 20.0,
}
"""Seconds between two readings of what is slower than the tick. `io`: every process's io; `idle`: everything about a
process that did not run (one that did is read in each sample)."""


@dataclass(frozen=True, slots=True)
class Options:
    """How a machine is read. Patterns are those of a shell (fnmatch), case counts.

    `interval` is the time between samples in seconds; `off` the families not to collect ("processes" among them);
    `gap_after` the seconds without a sample after which rates are unknown.
    """

    interval: float = 1.0
    off: frozenset[str] = frozenset()
    cadences: Mapping[str, float] = field(default_factory=dict)
    ignored_disks: tuple[str, ...] = IGNORED_DISKS
    ignored_interfaces: tuple[str, ...] = IGNORED_INTERFACES
    ignored_fstypes: tuple[str, ...] = IGNORED_FSTYPES
    gap_after: float | None = None

    @property
    def gap(self) -> float:
        """Seconds without a sample that make a gap."""
        return max(3 * self.interval, self.interval + 5) if self.gap_after is None else self.gap_after

    def cadence(self, name: str) -> float:
        """Return the seconds between two readings of a slow part."""
        return self.cadences.get(name, CADENCES[name])


class Patterns:
    """Says whether a name fits one of several shell patterns; each name is looked at once."""

    def __init__(self, patterns: Iterable[str]) -> None:
        joined = "|".join(translate(one) for one in patterns)
        self._match = re.compile(joined).match if joined else None
        self._known: dict[str, bool] = {}

    def __contains__(self, name: str) -> bool:
        known = self._known.get(name)
        if known is None:
            if len(self._known) > 4096:
                self._known.clear()
            known = self._known[name] = self._match is not None and self._match(name) is not None
        return known
