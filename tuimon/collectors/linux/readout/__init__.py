"""Reads what only exporters want of a Linux machine, or of a recorded tree of its files, when it is asked."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from tuimon.collectors.linux.readout.clocks import Clocks
from tuimon.collectors.linux.readout.files import Files
from tuimon.collectors.linux.readout.hardware import Hardware
from tuimon.collectors.linux.readout.kernel import Kernel
from tuimon.collectors.linux.readout.names import Names
from tuimon.collectors.linux.readout.network import Net
from tuimon.collectors.linux.readout.own import own_numbers
from tuimon.collectors.linux.readout.storage import Storage
from tuimon.collectors.tick import describe
from tuimon.model.readings import Part, Readings
from tuimon.model.snapshot import Snapshot

_LOG: Final = logging.getLogger("tuimon.collectors")

_PATIENCE_SECONDS: Final = 1.0
_PARTS_OF: Final[Mapping[str, tuple[str, ...]]] = {
    "load": ("loadavg",),
    "pressure": ("pressure",),
    "disk": ("diskstats", "mdadm", "nvme"),
    "filesystem": ("filesystem",),
    "network": ("arp", "bonding", "netclass", "netdev"),
    "tcp": ("netstat", "sockstat"),
    "sensor": ("hwmon", "thermal_zone"),
    "battery": ("powersupplyclass",),
}
"""What is not read when a family is switched off."""


class LinuxReadout:
    """Reads everything below `root` that exporters want, but for the families that are `off`.

    It holds files open from the first time on that it is asked.
    """

    def __init__(self, root: str = "/", off: Iterable[str] = ()) -> None:
        files = self._files = Files(root.rstrip("/"))
        kernel, net, storage, hardware = Kernel(files), Net(files), Storage(files), Hardware(files)
        clocks, names = Clocks(files), Names(files)
        self._lock = threading.Lock()
        self._failing: set[str] = set()
        self._snapshot: Snapshot | None = None
        silent = {part for family in off for part in _PARTS_OF.get(family, ())}
        parts: tuple[tuple[str, tuple[tuple[str, Callable[[], Any]], ...]], ...] = (
            ("arp", (("arp", net.arp),)),
            ("bonding", (("bonds", net.bonds),)),
            ("conntrack", (("conntrack", net.conntrack),)),
            ("cpu", (("cpu", kernel.cpu), ("isolated", hardware.isolated), ("throttles", hardware.throttles))),
            ("cpufreq", (("frequencies", hardware.frequencies),)),
            ("diskstats", (("disks", storage.disks),)),
            ("dmi", (("firmware", names.firmware),)),
            ("edac", (("memory_errors", hardware.memory_errors),)),
            ("entropy", (("entropy", kernel.entropy),)),
            ("filefd", (("files", kernel.open_files),)),
            ("filesystem", (("mounts", lambda: storage.mounts(self._snapshot.filesystem if self._snapshot else ())),)),
            ("hwmon", (("chips", hardware.chips),)),
            ("kernel_hung", (("hung_tasks", kernel.hung_tasks),)),
            ("loadavg", (("load", kernel.load),)),
            ("mdadm", (("arrays", storage.arrays),)),
            ("meminfo", (("memory", kernel.memory),)),
            ("netclass", (("interface_classes", net.classes),)),
            ("netdev", (("interfaces", net.interfaces),)),
            ("netstat", (("netstat", net.netstat),)),
            ("nvme", (("nvme", storage.nvme),)),
            ("os", (("system", names.system),)),
            ("powersupplyclass", (("supplies", hardware.supplies),)),
            ("pressure", (("pressure", kernel.pressure),)),
            ("rapl", (("energies", hardware.energies),)),
            ("schedstat", (("scheduled", kernel.scheduled),)),
            ("selinux", (("selinux", kernel.selinux),)),
            ("sockstat", (("sockets", net.sockets),)),
            ("softnet", (("softnet", net.softnet),)),
            ("stat", (("stat", kernel.stat),)),
            ("thermal_zone", (("zones", hardware.zones), ("coolings", hardware.coolings))),
            ("time", (("clocksources", clocks.sources),)),
            ("timex", (("timex", clocks.timex),)),
            ("udp_queues", (("udp_queues", net.udp_queues),)),
            ("uname", (("uname", names.uname),)),
            ("vmstat", (("vm", kernel.vm),)),
        )
        self._parts = tuple(part for part in parts if part[0] not in silent)

    def read(self, snapshot: Snapshot) -> Readings:
        """Read everything once; see `tuimon.protocols.Readout`."""
        with self._lock:
            self._snapshot = snapshot
            now = time.time()
            values: dict[str, Any] = {}
            parts = tuple(self._run(name, readers, values) for name, readers in self._parts)
            self._run("self", (("own", own_numbers),), values)
            local = time.localtime(now)
            return Readings(now, local.tm_zone, local.tm_gmtoff, parts, **values)

    def _run(self, name: str, readers: tuple[tuple[str, Callable[[], Any]], ...], values: dict[str, Any]) -> Part:
        """Read one part into `values`; of one that fails nothing is said but that."""
        began = time.perf_counter()
        try:
            values.update([(field, reader()) for field, reader in readers])
        except Exception as error:
            if name not in self._failing and not isinstance(error, FileNotFoundError):
                self._failing.add(name)
                _LOG.warning("metrics: %s: %s", name, describe(error))
            return Part(name, time.perf_counter() - began, found=False)
        self._failing.discard(name)
        return Part(name, time.perf_counter() - began, found=True)

    def close(self) -> None:
        """Close the files."""
        if self._lock.acquire(timeout=_PATIENCE_SECONDS):  # who is kept waiting by a driver holds it
            self._files.close()
            self._lock.release()
