"""What only exporters want to know of a machine: the kernel's own counters, as it names them, read when asked for.

A Snapshot says how a machine is; these say what the kernel counted. They are read on demand, so they are no part of
it (docs/decisions/0026-readings-on-demand.md). Names are the kernel's; numbers are in seconds and bytes where the unit
is known, else as the kernel writes them. What a machine does not have is an empty tuple or None.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

Numbers = tuple[tuple[str, float], ...]
Texts = tuple[tuple[str, str], ...]


class Part(NamedTuple):
    """One part of a reading: how long it took, and whether this machine had something to say."""

    name: str
    seconds: float
    found: bool


class CpuTimes(NamedTuple):
    """Seconds that one logical processor spent, each of them never less than in the reading before."""

    cpu: str
    user: float
    nice: float
    system: float
    idle: float
    iowait: float
    irq: float
    softirq: float
    steal: float
    guest: float | None = None
    guest_nice: float | None = None


class Throttles(NamedTuple):
    """How often a core, or with core '' a whole package, was slowed down since it was too hot."""

    package: str
    core: str
    throttled: int


class Frequencies(NamedTuple):
    """Clocks of one logical processor in hertz, by their names in cpufreq ("scaling_cur_freq")."""

    cpu: str
    hertz: Numbers


class MemoryField(NamedTuple):
    """One line of /proc/meminfo: in bytes, or a plain count."""

    name: str
    value: int
    in_bytes: bool


class Scheduled(NamedTuple):
    """What /proc/schedstat says of one processor."""

    cpu: str
    running_seconds: float
    waiting_seconds: float
    timeslices: int


class Softnet(NamedTuple):
    """Network packets on one processor, from /proc/net/softnet_stat; None where the kernel is too old to say."""

    cpu: str
    processed: int
    dropped: int
    squeezed: int
    collisions: int | None = None
    received_rps: int | None = None
    flow_limited: int | None = None
    backlog: int | None = None


class DiskCounters(NamedTuple):
    """One line of /proc/diskstats: its counters in the kernel's order and units (kernel doc admin-guide/iostats).

    `properties` is what udev knows of the device.
    """

    device: str
    major: int
    minor: int
    counters: tuple[float | None, ...]
    properties: Texts = ()


class Space(NamedTuple):
    """Room on a filesystem, in bytes and in inodes."""

    size_bytes: int
    free_bytes: int
    available_bytes: int
    inodes: int
    inodes_free: int


class Mounted(NamedTuple):
    """One mount; `space` is None where it did not answer, or may not be asked."""

    source: str
    point: str
    fstype: str
    read_only: bool
    major: str = ""
    minor: str = ""
    space: Space | None = None


class Array(NamedTuple):
    """One array of /proc/mdstat: its state ("active", "inactive", "recovering", "resyncing", "checking"), its disks."""

    device: str
    state: str
    disks: int
    active: int
    failed: int
    spare: int
    blocks: int
    blocks_synced: int


class Interface(NamedTuple):
    """One line of /proc/net/dev: its sixteen counters in the kernel's order."""

    device: str
    counters: tuple[int | None, ...]
    unhandled: int | None = None  # received by nobody, from its statistics/rx_nohandler


class InterfaceClass(NamedTuple):
    """The files of /sys/class/net/<device> that could be read."""

    device: str
    numbers: Numbers
    texts: Texts


class Sensed(NamedTuple):
    """One sensor of a chip: its type and number, what its files say in the kernel's units, its label."""

    kind: str
    number: int
    values: Numbers
    label: str | None = None


class Chip(NamedTuple):
    """One chip below /sys/class/hwmon: what is known to name it by, and its sensors."""

    folder: str
    name: str
    bus: str
    device: str
    sensors: tuple[Sensed, ...]


class Zone(NamedTuple):
    """One thermal zone."""

    number: str
    kind: str
    celsius: float


class Cooling(NamedTuple):
    """One cooling device: how much it cools, of how much it could."""

    number: str
    kind: str
    state: int
    most: int


class Supply(NamedTuple):
    """One power supply: the files of its folder that could be read."""

    name: str
    numbers: Numbers
    texts: Texts


class MemoryErrors(NamedTuple):
    """Errors of a memory controller, or of one row of it (`row` is '' for all of it)."""

    controller: str
    row: str
    corrected: int
    uncorrected: int


class Energy(NamedTuple):
    """Energy that a zone of the processor used, which is counted in a circle."""

    name: str
    number: int
    path: str
    joules: float


class Bond(NamedTuple):
    """One bonding interface: how many members, and how many of them work."""

    device: str
    members: int
    active: int


class Nvme(NamedTuple):
    """One NVMe controller."""

    device: str
    firmware: str
    model: str
    serial: str
    state: str


class Clocksource(NamedTuple):
    """What the kernel takes the time from."""

    number: str
    current: str
    available: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Readings:
    """All of them, of one moment (`time`, epoch seconds)."""

    time: float
    zone: str = "UTC"
    zone_offset_seconds: int = 0
    parts: tuple[Part, ...] = ()
    cpu: tuple[CpuTimes, ...] = ()
    isolated: tuple[str, ...] = ()
    throttles: tuple[Throttles, ...] = ()
    frequencies: tuple[Frequencies, ...] = ()
    stat: Numbers = ()
    load: tuple[float, ...] = ()
    memory: tuple[MemoryField, ...] = ()
    vm: Numbers = ()
    pressure: Numbers = ()  # seconds, as "cpu_some", "io_full"
    scheduled: tuple[Scheduled, ...] = ()
    files: Numbers = ()
    entropy: Numbers = ()
    hung_tasks: int | None = None
    uname: Texts = ()
    system: Texts = ()  # of os-release
    firmware: Texts = ()  # of DMI
    clocksources: tuple[Clocksource, ...] = ()
    timex: Numbers = ()  # of adjtimex(2), in its own units
    selinux: Numbers = ()
    disks: tuple[DiskCounters, ...] = ()
    mounts: tuple[Mounted, ...] = ()
    nvme: tuple[Nvme, ...] = ()
    arrays: tuple[Array, ...] = ()
    interfaces: tuple[Interface, ...] = ()
    interface_classes: tuple[InterfaceClass, ...] = ()
    bonds: tuple[Bond, ...] = ()
    netstat: Numbers = ()  # as "Tcp_ActiveOpens"
    sockets: Numbers = ()  # as "TCP_inuse"
    softnet: tuple[Softnet, ...] = ()
    arp: Numbers = ()  # entries by interface
    udp_queues: tuple[tuple[str, str, int], ...] = ()  # queue, "v4" or "v6", bytes
    conntrack: Numbers = ()
    chips: tuple[Chip, ...] = ()
    zones: tuple[Zone, ...] = ()
    coolings: tuple[Cooling, ...] = ()
    supplies: tuple[Supply, ...] = ()
    memory_errors: tuple[MemoryErrors, ...] = ()
    energies: tuple[Energy, ...] = ()
    own: Numbers = ()  # of this process: "cpu_seconds", "resident_bytes" ...
