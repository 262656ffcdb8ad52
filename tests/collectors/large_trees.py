"""A large machine made of files, in which time goes by: for measurements, and for screens with much on them.

    python tests/collectors/large_trees.py FOLDER [--processes 5000 --cores 256 --disks 40 --interfaces 30] [--live 1]

writes it below FOLDER (best a tmpfs: some four files a process) and says `ready`. With `--live S` it then lets S seconds
go by in it every S seconds, until its standard input ends. Files are written in place, longer than before or as long,
so that who reads them through descriptors that stay open sees the old content or the new one, never half of a process.
"""

from __future__ import annotations

import argparse
import os
import select
import sys
from pathlib import Path

from recorded_trees import Tree

GIB = 1 << 30
FIRST_PID = 1000
LAZY = 97
"""Of so many processes one is awake in each second, beside those that always are."""


class LargeTree(Tree):
    """A machine with many cores, processes, disks and interfaces; `second()` lets one second go by.

    `awake` of a hundred processes run in each second; each second `churn` of them end and as many begin.
    """

    def __init__(
        self,
        root: Path,
        *,
        processes: int = 5000,
        cores: int = 256,
        disks: int = 40,
        interfaces: int = 30,
        awake: int = 5,
        churn: int = 3,
    ) -> None:
        super().__init__(root, cores)
        self.age = 0
        self.awake, self.churn = awake, churn
        self.disks = {f"nvme{n}n1": [0] * 17 for n in range(disks)}
        self.links = {f"enp{n}s0": [0] * 16 for n in range(interfaces)}
        self.ticks = dict.fromkeys(range(FIRST_PID, FIRST_PID + processes), 0)
        self.newest = FIRST_PID + processes - 1
        self.meminfo(MemTotal=1 << 30, MemFree=1 << 28, MemAvailable=1 << 29, Cached=1 << 28)
        self.diskstats(self.disks)
        self._nodes(cores)
        self._mounts(disks)
        self._sensors()
        self._counters()
        for name in self.links:
            self.write(f"sys/class/net/{name}/operstate", "up\n")
        for pid in self.ticks:
            self._process(pid)

    def write(self, path: str, content: str | bytes) -> None:
        """Write a file in place: whoever has it open reads on."""
        raw = content if isinstance(content, bytes) else content.encode()
        target = f"{self.root}/{path}"
        try:
            fd = os.open(target, os.O_WRONLY | os.O_CREAT)
        except FileNotFoundError:
            os.makedirs(os.path.dirname(target))
            fd = os.open(target, os.O_WRONLY | os.O_CREAT)
        try:
            os.pwrite(fd, raw, 0)
            os.ftruncate(fd, len(raw))
        finally:
            os.close(fd)

    def second(self) -> None:
        """Let one second go by in the whole machine."""
        self.age += 1
        self.clock.advance()
        for number, times in enumerate(self.cores):
            busy = (number * 7 + self.age * 13) % 101
            times[0] += busy * 3 // 4
            times[2] += busy - busy * 3 // 4
            times[3] += 100 - busy
        for number, totals in enumerate(self.disks.values()):
            grown = (number + self.age) % 40 * 8
            for field, step in (
                (0, grown),
                (2, grown * 32),
                (3, grown),
                (4, grown // 2),
                (6, grown * 64),
                (9, grown * 3),
            ):
                totals[field] += step
            totals[10] += grown * 4
        for number, totals in enumerate(self.links.values()):
            for field, step in ((0, 9000), (1, 9), (8, 4000), (9, 4)):
                totals[field] += step * ((number + self.age) % 30)
        for pid in [one for one in self.ticks if self._runs(one)]:
            self.ticks[pid] += 1 + pid % 9
            self._process(pid)
        for _ in range(self.churn):
            self._replace()
        self.diskstats(self.disks, ())
        self._counters()

    def _runs(self, pid: int) -> bool:
        return pid % 100 < self.awake or (pid + self.age) % LAZY == 0

    def _replace(self) -> None:
        """End the oldest process that rests, begin a new one."""
        oldest = next(pid for pid in self.ticks if pid % 100 >= self.awake)
        del self.ticks[oldest]
        self.remove(f"proc/{oldest}")
        self.newest += 1
        self.forks += 1
        self.ticks[self.newest] = 0
        self._process(self.newest)

    def _process(self, pid: int) -> None:
        spent, nth = self.ticks[pid], pid % 16
        self.process(
            pid,
            f"worker-{nth}",
            command=(f"/usr/bin/worker-{nth}", "--queue", f"/var/spool/queue-{pid % 64}", "--id", str(pid)),
            state="R" if self.age and self._runs(pid) else "S",
            ppid=1 if pid % 10 == 0 else pid // 10 * 10,
            ticks=(spent, spent // 4),
            start=500 + pid,
            threads=1 if pid % 4 else 8,
            rss=1000 + pid % 5000,
            io=(spent * 4096, spent * 8192, 0),
        )

    def _counters(self) -> None:
        """Write what tells of the whole machine."""
        running = sum(map(self._runs, self.ticks))
        self.stat(ctxt=10**6 + self.age * 9000, intr=10**6 + self.age * 7000, procs_running=running)
        self.network(self.links)
        self.write("proc/vmstat", f"nr_free_pages 5\npswpin {self.age}\npswpout {self.age * 2}\n")
        self.write("proc/loadavg", f"9.{self.age % 10}0 8.00 7.00 12/{len(self.ticks) * 3} {self.newest}\n")
        tcp = f"Tcp: 900 {self.age * 900} {self.age}\n"
        self.write("proc/net/snmp", f"Tcp: CurrEstab InSegs RetransSegs\n{tcp}")
        self.write("proc/net/sockstat", "sockets: used 999\nTCP: inuse 900 orphan 0 tw 41 alloc 940 mem 1\n")
        for name in ("cpu", "memory", "io"):
            stalls = f"avg10={self.age % 50}.00 avg60=1.00 avg300=1.00 total={self.age * 10**5}"
            self.write(f"proc/pressure/{name}", f"some {stalls}\nfull {stalls}\n")

    def _nodes(self, cores: int) -> None:
        half = max(1, cores // 2)
        for node in range(0, cores, half):
            listed = f"{node}-{min(cores, node + half) - 1}\n"
            self.write(f"sys/devices/system/node/node{node // half}/cpulist", listed)
        for number in range(cores):
            self.write(
                f"sys/devices/system/cpu/cpufreq/policy{number}/scaling_cur_freq", f"{2_000_000 + number * 1000}\n"
            )

    def _mounts(self, disks: int) -> None:
        points = ["/", *(f"/srv/data-{n}" for n in range(1, disks))]
        for point in points:
            (self.root / point[1:]).mkdir(parents=True, exist_ok=True)
        lines = [f"{n + 20} 1 259:{n} / {point} rw - ext4 /dev/nvme{n}n1p1 rw\n" for n, point in enumerate(points)]
        self.mounts("".join(lines))

    def _sensors(self) -> None:
        for chip in range(2):
            stem = f"sys/class/hwmon/hwmon{chip}"
            self.write(f"{stem}/name", "coretemp\n")
            for n in range(1, 9):
                self.write(f"{stem}/temp{n}_input", f"{40000 + n * 1000}\n")
                self.write(f"{stem}/temp{n}_label", f"Core {n}\n")
            self.write(f"{stem}/fan1_input", "1200\n")


def main() -> None:
    parser = argparse.ArgumentParser(description="Write a large machine made of files.")
    parser.add_argument("folder", type=Path)
    for name, count in (
        ("processes", 5000),
        ("cores", 256),
        ("disks", 40),
        ("interfaces", 30),
        ("awake", 5),
        ("churn", 3),
    ):
        parser.add_argument(f"--{name}", type=int, default=count)
    parser.add_argument("--live", type=int, default=0, metavar="S")
    options = vars(parser.parse_args())
    folder, live = options.pop("folder"), options.pop("live")
    tree = LargeTree(folder, **options)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    while live and not select.select([sys.stdin], [], [], live)[0]:
        for _ in range(live):
            tree.second()


if __name__ == "__main__":
    main()
