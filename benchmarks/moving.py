"""A large machine that never was, as files below a folder, moved on a second at a time: what `--root` reads.

`python -m benchmarks.moving FOLDER JSON` makes it and moves it once a second until it is told to end. Files are
rewritten in place, since their reader keeps them open. With `linked` its processes are those of the /proc here.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import sys
import time
from dataclasses import dataclass
from pathlib import Path

BOOTED = 1_700_000_000
HZ = os.sysconf("SC_CLK_TCK")
NAMES = ("postgres", "nginx", "java", "python3", "kworker/u512:1", "containerd-shim", "sshd", "node", "redis-server")
STATES = ("S", "S", "S", "S", "I", "R", "D")
DISKS_HEADER = "Inter-|   Receive |  Transmit\n face |bytes packets errs drop\n"


@dataclass(frozen=True, slots=True)
class Shape:
    """How large the machine is, and what happens on it in a second."""

    processes: int = 5000
    cores: int = 256
    disks: int = 40
    interfaces: int = 30
    sensors: int = 40
    mounts: int = 12
    run: int = 100  # processes that use the CPU
    come: int = 3  # and as many go
    linked: bool = False


@dataclass(slots=True)
class Made:
    """One process: CPU time in ticks, bytes read and written."""

    name: str
    start: int
    threads: int
    pages: int
    ticks: int = 0
    io: int = 0


class Machine:
    """The files, and how they go on."""

    def __init__(self, root: Path, shape: Shape, seed: int = 1) -> None:
        self.root = root
        self.shape = shape
        self.noise = random.Random(seed)
        self.second = 100_000
        self.forks = shape.processes
        self.cores = [[0] * 10 for _ in range(shape.cores)]
        self.devices = [[0] * 11 for _ in range(shape.disks)]
        self.links = [[0] * 16 for _ in range(shape.interfaces)]
        self.processes: dict[int, Made] = {}
        self._still()
        for _ in range(0 if shape.linked else shape.processes):
            self._begin()
        self.step()

    def step(self) -> None:
        """Let a second go by."""
        self.second += 1
        if self.shape.linked:
            self.forks += 2 * self.shape.come
            self._link()
        else:
            for pid in self.noise.sample(sorted(self.processes), self.shape.come):
                del self.processes[pid]
                shutil.rmtree(self.root / f"proc/{pid}")
            for _ in range(self.shape.come):
                self._begin()
            for pid in self.noise.sample(sorted(self.processes), self.shape.run):
                self._run(pid)
        self._stat()
        self._meminfo()
        self._disks()
        self._network()

    # What stands still

    def _still(self) -> None:
        shape = self.shape
        self.write("proc/self/schedstat", "5 5 5\n")
        self.write("proc/sys/kernel/hostname", "colossus\n")
        self.write("proc/sys/kernel/osrelease", "6.1.0-bench\n")
        self.write("proc/sys/fs/file-nr", "123456\t0\t9223372036854775807\n")
        self.write("proc/cpuinfo", "processor : 0\nmodel name : A Large CPU\n")
        self.write("proc/net/sockstat", "sockets: used 900\nTCP: inuse 400 orphan 0 tw 77 alloc 500 mem 90\n")
        self.write("etc/os-release", 'NAME="Debian GNU/Linux"\nVERSION_ID="12"\n')
        self.write("etc/machine-id", "0123456789abcdef0123456789abcdef\n")
        self.write("etc/passwd", f"root:x:0:0::/:/bin/sh\nme:x:{os.getuid()}:0::/:/bin/sh\n")
        mounts = ["/", *(f"/srv/data{number}" for number in range(1, shape.mounts))]
        for point in mounts:
            (self.root / point.lstrip("/")).mkdir(parents=True, exist_ok=True)
        lines = [
            f"{20 + at} 1 8:{at} / {point} rw - ext4 /dev/sd{letters(at)}1 rw\n" for at, point in enumerate(mounts)
        ]
        self.write("proc/self/mountinfo", "".join(lines))
        for at in range(shape.disks):
            (self.root / f"sys/block/nvme{at}n1").mkdir(parents=True)
        for at in range(shape.interfaces):
            self.write(f"sys/class/net/eth{at}/operstate", "up\n")
        for core in range(shape.cores):
            self.write(f"sys/devices/system/cpu/cpufreq/policy{core}/scaling_cur_freq", f"{2_000_000 + core}\n")
        for at in range(shape.sensors):
            chip = f"sys/class/hwmon/hwmon{at // 10}"
            self.write(f"{chip}/name", f"chip{at // 10}\n")
            self.write(f"{chip}/temp{at % 10 + 1}_input", f"{40_000 + 500 * at}\n")

    # What moves

    def _stat(self) -> None:
        for times in self.cores:
            busy = self.noise.randrange(HZ)
            for at, ticks in ((0, busy), (2, busy // 4), (3, HZ - busy), (4, self.noise.randrange(3))):
                times[at] += ticks
        whole = [sum(column) for column in zip(*self.cores, strict=True)]
        lines = ["cpu  " + " ".join(map(str, whole))]
        lines += [f"cpu{at} " + " ".join(map(str, times)) for at, times in enumerate(self.cores)]
        lines.append(f"intr {self.second * 250_000}" + " 12345" * 1500)
        lines += [f"ctxt {self.second * 400_000}", f"btime {BOOTED}", f"processes {self.forks}"]
        lines += ["procs_running 17", "procs_blocked 2", f"softirq {self.second * 9000}" + " 77" * 10]
        self.write("proc/stat", "\n".join(lines) + "\n")
        self.write("proc/loadavg", f"{self.noise.uniform(80, 99):.2f} 88.40 86.30 17/{9 * 999} {self.forks}\n")

    def _meminfo(self) -> None:
        free = self.noise.randrange(10_000_000, 90_000_000)
        lines = ["MemTotal: 527000000 kB", f"MemFree: {free} kB", f"MemAvailable: {free + 200_000_000} kB"]
        lines += ["Buffers: 900000 kB", "Cached: 180000000 kB", "Shmem: 700000 kB", "Dirty: 4000 kB"]
        lines += ["SwapTotal: 8000000 kB", "SwapFree: 7900000 kB", "SReclaimable: 9000000 kB"]
        self.write("proc/meminfo", "\n".join(lines) + "\n")
        self.write("proc/vmstat", f"nr_free_pages 5\npswpin {self.second // 7}\npswpout {self.second // 3}\n")
        for name in ("cpu", "memory", "io"):
            line = f"avg10={self.noise.uniform(0, 9):.2f} avg60=1.00 avg300=1.00 total={self.second * 12_345}\n"
            self.write(f"proc/pressure/{name}", f"some {line}full {line}")
        segments = f"{self.second // 5} 0 1"
        self.write("proc/net/snmp", f"Tcp: CurrEstab RetransSegs InErrs Out\nTcp: {self.second % 900} {segments}\n")

    def _disks(self) -> None:
        for totals in self.devices:
            for at in (0, 2, 3, 4, 6, 7, 9, 10):
                totals[at] += self.noise.randrange(900)
        self.write(
            "proc/diskstats",
            "".join(f" 259 {at} nvme{at}n1 {' '.join(map(str, row))}\n" for at, row in enumerate(self.devices)),
        )

    def _network(self) -> None:
        for totals in self.links:
            for at in (0, 1, 8, 9):
                totals[at] += self.noise.randrange(90_000)
        lines = [f"  eth{at}: {' '.join(map(str, row))}\n" for at, row in enumerate(self.links)]
        self.write("proc/net/dev", DISKS_HEADER + "".join(lines))

    # Processes

    def _begin(self) -> None:
        self.forks += 1
        pid = self.forks
        made = Made(NAMES[pid % len(NAMES)], self.second * HZ, 1 + 39 * (pid % 5 == 0), self.noise.randrange(1 << 16))
        self.processes[pid] = made
        self.write(f"proc/{pid}/cmdline", f"/usr/lib/{made.name}/bin/{made.name}\0--worker\0{pid}\0")
        self._run(pid)

    def _run(self, pid: int) -> None:
        made = self.processes[pid]
        made.ticks += self.noise.randrange(30)
        made.io += self.noise.randrange(1 << 20)
        made.pages += self.noise.randrange(64)
        state = self.noise.choice(STATES)
        fields = [0] * 49
        fields[10], fields[11], fields[14], fields[15] = made.ticks, made.ticks // 4, 20, 0
        fields[16], fields[18], fields[19], fields[20] = made.threads, made.start, made.pages << 14, made.pages
        numbers = " ".join(map(str, fields[1:]))
        self.write(f"proc/{pid}/stat", f"{pid} ({made.name}) {state} {1 if pid % 7 else pid // 7} {numbers}\n")
        self.write(f"proc/{pid}/schedstat", f"{(made.ticks + made.ticks // 4) * 10_000_000} 5000 {self.second}\n")
        counted = f"syscr: 1\nsyscw: 1\nread_bytes: {made.io}\nwrite_bytes: {made.io // 2}\ncancelled_write_bytes: 0\n"
        self.write(f"proc/{pid}/io", f"rchar: 1\nwchar: 1\n{counted}")

    def _link(self) -> None:
        """Have the processes of this machine below the folder, as links."""
        folder = self.root / "proc"
        there, known = (
            {one.name for one in where.iterdir() if one.name.isdecimal()} for where in (Path("/proc"), folder)
        )
        for name in known - there:
            (folder / name).unlink()
        for name in there - known:
            (folder / name).symlink_to(f"/proc/{name}")

    def write(self, path: str, text: str) -> None:
        """Put text in place of what a file had."""
        target, data = self.root / path, text.encode()
        if not target.parent.is_dir():
            target.parent.mkdir(parents=True)
        fd = os.open(target, os.O_WRONLY | os.O_CREAT, 0o644)
        os.pwrite(fd, data, 0)
        os.ftruncate(fd, len(data))
        os.close(fd)


def letters(number: int) -> str:
    """Return a, b, ... z, aa, ab ..."""
    return (letters(number // 26 - 1) if number >= 26 else "") + chr(97 + number % 26)


def main() -> None:
    machine = Machine(Path(sys.argv[1]), Shape(**json.loads(sys.argv[2])))
    print("ready", flush=True)
    due = time.monotonic()
    while True:
        due = max(due + 1, time.monotonic())
        time.sleep(max(0.0, due - time.monotonic()))
        machine.step()


if __name__ == "__main__":
    main()
