"""A machine made of files: what the kernel would show, written into a folder."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from tuimon.collectors.linux.collector import LinuxCollector
from tuimon.collectors.options import Options

BOOTED = 1_700_000_000
MEMINFO = {
    "MemTotal": 8_000_000,
    "MemFree": 1_000_000,
    "MemAvailable": 5_000_000,
    "Buffers": 100_000,
    "Cached": 3_000_000,
    "SwapCached": 0,
    "SwapTotal": 2_000_000,
    "SwapFree": 1_500_000,
    "Dirty": 64,
    "Shmem": 20_000,
    "SReclaimable": 200_000,
}
DEVICE_HEADER = (
    "Inter-|   Receive                                                |  Transmit\n"
    " face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed\n"
)


class Clock:
    """Clocks that only move when they are told to."""

    def __init__(self) -> None:
        self.wall, self.monotonic, self.suspended = 1_800_000_000.0, 1000.0, 0.0

    def __call__(self) -> tuple[float, float, float]:
        return self.wall, self.monotonic, self.suspended

    def advance(self, seconds: float = 1.0) -> None:
        self.wall += seconds
        self.monotonic += seconds


class Tree:
    """A recorded machine below `root`; every method changes what its files say."""

    def __init__(self, root: Path, cores: int = 4) -> None:
        self.root = root
        self.clock = Clock()
        self.forks = 1000
        self.cores = [[0] * 10 for _ in range(cores)]
        self.schedstat = True
        self.write("proc/self/schedstat", "5 5 5\n")
        self.stat()
        self.meminfo()
        self.write("proc/vmstat", "nr_free_pages 5\npswpin 0\npswpout 0\n")
        self.write("proc/loadavg", "0.50 0.40 0.30 2/321 4242\n")
        self.write("proc/sys/fs/file-nr", "1234\t0\t99999\n")
        self.write("proc/sys/kernel/hostname", "box\n")
        self.write("proc/sys/kernel/osrelease", "6.1.0-test\n")
        self.write("proc/cpuinfo", "processor : 0\nmodel name : Test  CPU\ncpu MHz : 2000.000\n\ncpu MHz : 3000.000\n")
        self.write("etc/os-release", 'NAME="Debian GNU/Linux"\nVERSION_ID="12"\nPRETTY_NAME="Debian x"\n')
        self.write("etc/machine-id", "0123456789abcdef0123456789abcdef\n")
        self.write("etc/passwd", f"root:x:0:0::/:/bin/sh\nme:x:{os.getuid() or 4711}:0::/:/bin/sh\n")
        self.diskstats({})
        self.network({})
        self.mounts("")

    def write(self, path: str, content: str | bytes) -> None:
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content if isinstance(content, bytes) else content.encode())

    def remove(self, path: str) -> None:
        target = self.root / path
        shutil.rmtree(target) if target.is_dir() else target.unlink()

    def stat(self, **extra: int) -> None:
        total = [sum(column) for column in zip(*self.cores, strict=True)]
        numbers = {
            "ctxt": 500,
            "btime": BOOTED,
            "processes": self.forks,
            "procs_running": 2,
            "procs_blocked": 1,
        } | extra
        lines = ["cpu  " + " ".join(map(str, total))]
        lines += [f"cpu{n} " + " ".join(map(str, times)) for n, times in enumerate(self.cores)]
        lines += [f"intr {numbers.pop('intr', 900)} 1 2 3"] + [f"{name} {value}" for name, value in numbers.items()]
        self.write("proc/stat", "\n".join([*lines, "softirq 7 1 2 3"]) + "\n")

    def meminfo(self, **changed: int) -> None:
        values = {**MEMINFO, **changed}
        self.write("proc/meminfo", "".join(f"{name + ':':15} {value:9} kB\n" for name, value in values.items()))

    def diskstats(self, devices: dict[str, list[int]], whole: tuple[str, ...] | None = None) -> None:
        for name in devices if whole is None else whole:
            (self.root / "sys/block" / name).mkdir(parents=True, exist_ok=True)
        (self.root / "sys/block").mkdir(parents=True, exist_ok=True)
        lines = [f"   8       {n} {name} " + " ".join(map(str, v)) for n, (name, v) in enumerate(devices.items())]
        self.write("proc/diskstats", "".join(line + "\n" for line in lines))

    def network(self, interfaces: dict[str, list[int]]) -> None:
        lines = [f"{name:>6}: " + " ".join(map(str, totals)) + "\n" for name, totals in interfaces.items()]
        self.write("proc/net/dev", DEVICE_HEADER + "".join(lines))

    def mounts(self, mountinfo: str | bytes) -> None:
        self.write("proc/self/mountinfo", mountinfo)

    def process(
        self,
        pid: int,
        name: str | bytes = "sleep",
        *,
        command: tuple[str, ...] = ("sleep", "100"),
        state: str = "S",
        ppid: int = 1,
        ticks: tuple[int, int] = (0, 0),
        start: int = 500,
        threads: int = 1,
        rss: int = 100,
        flags: int = 0,
        ran: int | None = None,
        io: tuple[int, int, int] | None = (0, 0, 0),
        nice: int = 0,
        faults: tuple[int, int] = (0, 0),
        core: int = 0,
    ) -> None:
        """Write a process; `ran` is what its schedstat counts (default: nanoseconds of its ticks)."""
        comm = name if isinstance(name, bytes) else name.encode()
        fields = [
            state, ppid, 1, 1, 0, -1, flags, faults[0], 0, faults[1], 0, *ticks, 0, 0, 20, nice, threads, 0, start, 4096000, rss,
            2**64 - 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 17, core, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        ]  # fmt: skip
        text = b"%d (%s) %s\n" % (pid, comm, " ".join(map(str, fields)).encode())
        self.write(f"proc/{pid}/stat", text)
        self.write(f"proc/{pid}/cmdline", "".join(word + "\0" for word in command))
        if self.schedstat:
            count = sum(ticks) * 10_000_000 if ran is None else ran
            self.write(f"proc/{pid}/schedstat", f"{count} 0 {count % 977}\n")
        if io is not None:
            read, written, cancelled = io
            self.write(
                f"proc/{pid}/io",
                f"rchar: 1\nwchar: 2\nsyscr: 3\nsyscw: 4\nread_bytes: {read}\nwrite_bytes: {written}\n"
                f"cancelled_write_bytes: {cancelled}\n",
            )

    def details(self, pid: int, *, pss: int = 0, swap: int = 0, files: int = 0, cgroup: str = "0::/\n") -> None:
        """Write what costs more to read: PSS and swap in KiB, so many open files, the lines of cgroup."""
        self.write(
            f"proc/{pid}/smaps_rollup", f"5-7 ---p 0 00:00 0 [rollup]\nRss: 9 kB\nPss:     {pss} kB\nSwap: 1 kB\n"
        )
        self.write(f"proc/{pid}/status", f"Name:\tx\nVmRSS:\t  9 kB\nVmSwap:\t  {swap} kB\nThreads:\t1\n")
        self.write(f"proc/{pid}/cgroup", cgroup)
        folder = self.root / f"proc/{pid}/fd"
        folder.mkdir(exist_ok=True)
        for number in range(files):
            (folder / str(number)).touch()

    def fork(self) -> None:
        self.forks += 1
        self.stat()

    def gone(self, pid: int) -> None:
        self.remove(f"proc/{pid}")
        self.fork()

    def collector(self, **options) -> LinuxCollector:
        return LinuxCollector(str(self.root), Options(**options), self.clock)
