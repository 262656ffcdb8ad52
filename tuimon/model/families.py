"""The families of metrics: what was true of one machine at one instant, a frozen value each.

Every field made with `metric()` is a metric of the catalogue. None means "not known now": the first
sample of a rate, a counter that was reset, a gap, or a thing that this machine does not have. A family with
devices is a tuple of these values, told apart by `device`.
"""

from __future__ import annotations

from dataclasses import dataclass

from tuimon.model.metric import metric

STAT = "/proc/stat"
MEMINFO = "/proc/meminfo"
DISKSTATS = "/proc/diskstats"
NETDEV = "/proc/net/dev"
STATVFS = "statvfs(3)"
CGROUP = "/sys/fs/cgroup"
ARCSTATS = "/proc/spl/kstat/zfs/arcstats"


@dataclass(frozen=True, slots=True)
class Cpu:
    """The whole machine's processors, in percent of all of them. Busy = total - idle - iowait."""

    busy_percent: float | None = metric("percent", "time not idle and not waiting for IO, steal included", STAT)
    user_percent: float | None = metric("percent", "in user mode, niced included, guests counted once", STAT)
    system_percent: float | None = metric("percent", "in the kernel, interrupts included", STAT)
    iowait_percent: float | None = metric("percent", "idle with block IO outstanding", STAT)
    irq_percent: float | None = metric("percent", "serving hard and soft interrupts (part of system)", STAT)
    steal_percent: float | None = metric("percent", "taken by the hypervisor for others", STAT)
    guest_percent: float | None = metric("percent", "running guests (part of user)", STAT)
    frequency_hertz: float | None = metric("hertz", "average clock of the cores", "/proc/cpuinfo")
    user_seconds_total: float | None = metric("seconds", "user mode, niced excluded", STAT, kind="counter")
    nice_seconds_total: float | None = metric("seconds", "niced user mode", STAT, kind="counter")
    system_seconds_total: float | None = metric("seconds", "kernel mode", STAT, kind="counter")
    idle_seconds_total: float | None = metric("seconds", "idle", STAT, kind="counter")
    iowait_seconds_total: float | None = metric("seconds", "idle with IO outstanding", STAT, kind="counter")
    irq_seconds_total: float | None = metric("seconds", "hard interrupts", STAT, kind="counter")
    softirq_seconds_total: float | None = metric("seconds", "soft interrupts", STAT, kind="counter")
    steal_seconds_total: float | None = metric("seconds", "taken by the hypervisor", STAT, kind="counter")
    cores: int = 0
    limit_cores: float | None = metric(
        "count",
        "cores that tuimon's cgroup may use (quota, cpuset); unknown without a limit",
        CGROUP,
        resolution=0.01,
    )
    limit_used_percent: float | None = metric("percent", "CPU time under that limit, of the limit", CGROUP)
    limit_throttled_percent: float | None = metric(
        "percent", "periods of that limit in which the cgroup was held back, of all", CGROUP
    )


@dataclass(frozen=True, slots=True)
class Core:
    """One logical processor, in percent of itself; `device` is its kernel number. Off-line ones are absent."""

    device: str
    busy_percent: float | None = metric("percent", "time not idle and not waiting for IO", STAT)
    user_seconds_total: float | None = metric("seconds", "user mode, niced excluded", STAT, kind="counter")
    nice_seconds_total: float | None = metric("seconds", "niced user mode", STAT, kind="counter")
    system_seconds_total: float | None = metric("seconds", "kernel mode", STAT, kind="counter")
    idle_seconds_total: float | None = metric("seconds", "idle", STAT, kind="counter")
    iowait_seconds_total: float | None = metric("seconds", "idle with IO outstanding", STAT, kind="counter")
    irq_seconds_total: float | None = metric("seconds", "hard interrupts", STAT, kind="counter")
    softirq_seconds_total: float | None = metric("seconds", "soft interrupts", STAT, kind="counter")
    steal_seconds_total: float | None = metric("seconds", "taken by the hypervisor", STAT, kind="counter")


@dataclass(frozen=True, slots=True)
class Load:
    """Load averages: runnable and uninterruptible tasks."""

    load1: float | None = metric("count", "load average of 1 minute", "/proc/loadavg", resolution=0.01)
    load5: float | None = metric("count", "load average of 5 minutes", "/proc/loadavg", resolution=0.01)
    load15: float | None = metric("count", "load average of 15 minutes", "/proc/loadavg", resolution=0.01)


@dataclass(frozen=True, slots=True)
class Memory:
    """Physical memory as the kernel counts it; used = total - available, as free(1) of procps 4."""

    used_percent: float | None = metric("percent", "total less available, of total", MEMINFO)
    used_bytes: int | None = metric("bytes", "total less available", MEMINFO)
    available_bytes: int | None = metric("bytes", "MemAvailable: usable without swapping", MEMINFO)
    free_bytes: int | None = metric("bytes", "MemFree: used for nothing", MEMINFO)
    cached_bytes: int | None = metric("bytes", "page cache and reclaimable slab", MEMINFO)
    buffers_bytes: int | None = metric("bytes", "block device buffers", MEMINFO)
    shared_bytes: int | None = metric("bytes", "Shmem: tmpfs and shared memory", MEMINFO)
    dirty_bytes: int | None = metric("bytes", "waiting to be written back", MEMINFO)
    total_bytes: int | None = metric("bytes", "MemTotal: usable by the kernel", MEMINFO)
    arc_bytes: int | None = metric(
        "bytes", "ZFS's cache; what of it can be given back is in cached and available", ARCSTATS
    )
    limit_bytes: int | None = metric("bytes", "most that tuimon's cgroup may use; unknown without a limit", CGROUP)
    limit_used_bytes: int | None = metric(
        "bytes", "used under that limit, less page cache that is easily given back", CGROUP
    )
    limit_used_percent: float | None = metric("percent", "used under that limit, of the limit", CGROUP)
    oom_kills_per_second: float | None = metric(
        "per_second", "processes that the kernel killed for want of memory", "/proc/vmstat", resolution=0.01
    )
    oom_kills_total: int | None = metric(
        "count", "processes that the kernel killed for want of memory, since boot", "/proc/vmstat", kind="counter"
    )


@dataclass(frozen=True, slots=True)
class Swap:
    """Swap space; total_bytes is 0 where there is none."""

    used_percent: float | None = metric("percent", "used, of total; unknown without swap", MEMINFO)
    used_bytes: int | None = metric("bytes", "total less free", MEMINFO)
    total_bytes: int | None = metric("bytes", "SwapTotal", MEMINFO)
    in_bytes_per_second: float | None = metric("bytes_per_second", "swapped in", "/proc/vmstat")
    out_bytes_per_second: float | None = metric("bytes_per_second", "swapped out", "/proc/vmstat")
    in_bytes_total: int | None = metric("bytes", "swapped in since boot", "/proc/vmstat", kind="counter")
    out_bytes_total: int | None = metric("bytes", "swapped out since boot", "/proc/vmstat", kind="counter")


@dataclass(frozen=True, slots=True)
class Pressure:
    """Pressure stall information: share of the last 10 s in which tasks waited (kernel doc accounting/psi)."""

    cpu_some_percent: float | None = metric("percent", "some task waited for a CPU", "/proc/pressure/cpu")
    memory_some_percent: float | None = metric("percent", "some task waited for memory", "/proc/pressure/memory")
    memory_full_percent: float | None = metric("percent", "all tasks waited for memory", "/proc/pressure/memory")
    io_some_percent: float | None = metric("percent", "some task waited for IO", "/proc/pressure/io")
    io_full_percent: float | None = metric("percent", "all tasks waited for IO", "/proc/pressure/io")
    cpu_some_seconds_total: float | None = metric(
        "seconds", "some task waited for a CPU", "/proc/pressure/cpu", kind="counter"
    )
    memory_some_seconds_total: float | None = metric(
        "seconds", "some task waited for memory", "/proc/pressure/memory", kind="counter"
    )
    memory_full_seconds_total: float | None = metric(
        "seconds", "all tasks waited for memory", "/proc/pressure/memory", kind="counter"
    )
    io_some_seconds_total: float | None = metric(
        "seconds", "some task waited for IO", "/proc/pressure/io", kind="counter"
    )
    io_full_seconds_total: float | None = metric(
        "seconds", "all tasks waited for IO", "/proc/pressure/io", kind="counter"
    )


@dataclass(frozen=True, slots=True)
class Disk:
    """One whole block device; partitions are left out, so that sums are true."""

    device: str
    read_bytes_per_second: float | None = metric("bytes_per_second", "read", DISKSTATS)
    write_bytes_per_second: float | None = metric("bytes_per_second", "written", DISKSTATS)
    reads_per_second: float | None = metric("per_second", "reads completed", DISKSTATS)
    writes_per_second: float | None = metric("per_second", "writes completed", DISKSTATS)
    busy_percent: float | None = metric("percent", "time with IO in flight", DISKSTATS)
    latency_seconds: float | None = metric("seconds", "average time of an IO, queueing included", DISKSTATS)
    queue_length: float | None = metric("count", "average IOs in flight", DISKSTATS, resolution=0.1)
    read_bytes_total: int | None = metric("bytes", "read since boot", DISKSTATS, kind="counter")
    write_bytes_total: int | None = metric("bytes", "written since boot", DISKSTATS, kind="counter")
    reads_total: int | None = metric("count", "reads completed since boot", DISKSTATS, kind="counter")
    writes_total: int | None = metric("count", "writes completed since boot", DISKSTATS, kind="counter")
    io_seconds_total: float | None = metric("seconds", "time with IO in flight", DISKSTATS, kind="counter")


@dataclass(frozen=True, slots=True)
class Filesystem:
    """One mounted filesystem; `device` is its mount point, made harmless for a terminal.

    used_percent is as df(1): used of used plus what an ordinary user may still take, rounded by nobody.
    One that has stopped answering keeps its last numbers here, and `stale_seconds` says how old they are; history
    keeps only that of it.
    """

    device: str
    used_percent: float | None = metric("percent", "used, of used plus available to users (df)", STATVFS)
    used_bytes: int | None = metric("bytes", "used", STATVFS)
    available_bytes: int | None = metric("bytes", "available to ordinary users", STATVFS)
    size_bytes: int | None = metric("bytes", "size of the filesystem", STATVFS)
    inodes_used_percent: float | None = metric("percent", "inodes used; unknown where there is no limit", STATVFS)
    inodes_used: int | None = metric("count", "inodes used", STATVFS)
    inodes: int | None = metric("count", "inodes in all", STATVFS)
    stale_seconds: float | None = metric(
        "seconds", "since it last answered; unknown while it does", "clock", resolution=1
    )
    fstype: str = ""
    block_device: str = ""
    read_only: bool = False


@dataclass(frozen=True, slots=True)
class Network:
    """One network interface."""

    device: str
    receive_bytes_per_second: float | None = metric("bytes_per_second", "received", NETDEV)
    transmit_bytes_per_second: float | None = metric("bytes_per_second", "transmitted", NETDEV)
    receive_packets_per_second: float | None = metric("per_second", "packets received", NETDEV)
    transmit_packets_per_second: float | None = metric("per_second", "packets transmitted", NETDEV)
    receive_errors_per_second: float | None = metric("per_second", "receive errors", NETDEV, resolution=0.1)
    transmit_errors_per_second: float | None = metric("per_second", "transmit errors", NETDEV, resolution=0.1)
    receive_drops_per_second: float | None = metric("per_second", "dropped on receive", NETDEV, resolution=0.1)
    transmit_drops_per_second: float | None = metric("per_second", "dropped on transmit", NETDEV, resolution=0.1)
    receive_bytes_total: int | None = metric("bytes", "received since boot", NETDEV, kind="counter")
    transmit_bytes_total: int | None = metric("bytes", "transmitted since boot", NETDEV, kind="counter")
    receive_packets_total: int | None = metric("count", "packets received", NETDEV, kind="counter")
    transmit_packets_total: int | None = metric("count", "packets transmitted", NETDEV, kind="counter")
    receive_errors_total: int | None = metric("count", "receive errors", NETDEV, kind="counter")
    transmit_errors_total: int | None = metric("count", "transmit errors", NETDEV, kind="counter")
    receive_drops_total: int | None = metric("count", "dropped on receive", NETDEV, kind="counter")
    transmit_drops_total: int | None = metric("count", "dropped on transmit", NETDEV, kind="counter")
    up: bool | None = None


@dataclass(frozen=True, slots=True)
class Tcp:
    """TCP sockets of this network namespace."""

    established: int | None = metric("count", "ESTABLISHED and CLOSE_WAIT (CurrEstab)", "/proc/net/snmp")
    time_wait: int | None = metric("count", "TIME_WAIT", "/proc/net/sockstat")
    retransmits_per_second: float | None = metric("per_second", "segments sent again", "/proc/net/snmp")
    retransmits_total: int | None = metric("count", "segments sent again", "/proc/net/snmp", kind="counter")


@dataclass(frozen=True, slots=True)
class System:
    """The kernel as a whole."""

    context_switches_per_second: float | None = metric("per_second", "context switches", STAT)
    interrupts_per_second: float | None = metric("per_second", "interrupts", STAT)
    forks_per_second: float | None = metric("per_second", "processes and threads created", STAT)
    processes: int | None = metric("count", "processes", "/proc")
    threads: int | None = metric("count", "tasks of all processes", "/proc/loadavg")
    running: int | None = metric("count", "tasks runnable now", STAT)
    blocked: int | None = metric("count", "tasks blocked on IO now", STAT)
    zombies: int | None = metric("count", "processes that nobody has reaped", "/proc/PID/stat")
    open_files: int | None = metric("count", "open file handles", "/proc/sys/fs/file-nr")
    context_switches_total: int | None = metric("count", "context switches", STAT, kind="counter")
    interrupts_total: int | None = metric("count", "interrupts", STAT, kind="counter")
    forks_total: int | None = metric("count", "processes and threads created", STAT, kind="counter")


@dataclass(frozen=True, slots=True)
class Sensor:
    """One temperature or fan; `device` is "chip label"."""

    device: str
    temperature_celsius: float | None = metric("celsius", "temperature", "/sys/class/hwmon")
    fan_rpm: float | None = metric("rpm", "fan speed", "/sys/class/hwmon")
    high_celsius: float | None = None
    critical_celsius: float | None = None


@dataclass(frozen=True, slots=True)
class Battery:
    """One battery."""

    device: str
    charge_percent: float | None = metric("percent", "charge", "/sys/class/power_supply")
    power_watts: float | None = metric(
        "watts", "drawn from the battery; negative while charging", "/sys/class/power_supply"
    )
    seconds_left: float | None = metric("seconds", "until empty at this rate", "/sys/class/power_supply", resolution=60)
    plugged: bool | None = None


@dataclass(frozen=True, slots=True)
class Self:
    """What tuimon itself costs."""

    cpu_percent: float | None = metric("percent", "of one core, all threads", "times(2)")
    memory_bytes: int | None = metric("bytes", "resident set", "/proc/self/statm")
    tick_seconds: float | None = metric("seconds", "time taken to collect the sample before this one", "clock")
