"""Machines unlike this one, each by name: written into a folder, as the kernel would show them.

    python tests/collectors/machines.py NAME FOLDER

writes one, for `tuimon --root FOLDER`; without arguments it lists them.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

from recorded_trees import Tree

DISK = [10, 1, 2000, 50, 20, 2, 4000, 70, 0, 60, 120, 0, 0, 0, 0, 0, 0]
NET = [1000, 10, 1, 2, 0, 0, 0, 0, 500, 5, 3, 4, 0, 0, 0, 0]
GIB = 1 << 30
KIB_A_GIB = 1 << 20
CGROUP2 = "35 24 0:30 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n"
CGROUP1 = "3{n} 32 0:3{n} /docker/abc /sys/fs/cgroup/{name} rw,relatime shared:9 - cgroup cgroup rw,{name}\n"


class Machine(Tree):
    """A recorded machine in which seconds go by."""

    def __init__(self, root: Path, cores: int) -> None:
        super().__init__(root, cores)
        self.disks: dict[str, list[int]] = {}
        self.links: dict[str, list[int]] = {}
        self.every_second: list[Callable[[], None]] = []
        for name, pid in (("init", 1), ("sshd", 40), ("worker", 77)):
            self.process(pid, name, command=(f"/usr/sbin/{name}", "-D"), rss=3000)

    def second(self) -> None:
        """Let one second go by: the cores are as busy as their numbers, disks and links move."""
        self.clock.advance()
        for number, times in enumerate(self.cores):
            times[0] += number % 101
            times[3] += 100 - number % 101
        for number, totals in enumerate(self.disks.values()):
            for field, step in (
                (0, 5),
                (2, 400 << number % 12),
                (3, 9),
                (4, 7),
                (6, 300 << number % 12),
                (9, 20 * number % 900),
            ):
                totals[field] += step
        for number, totals in enumerate(self.links.values()):
            for field, step in ((0, 1000 << number % 20), (1, 9), (8, 900 << number % 20), (9, 4)):
                totals[field] += step
        self.stat()
        self.devices()
        for change in self.every_second:
            change()

    def devices(self) -> None:
        """Write what disks and links have done."""
        self.diskstats(self.disks)
        self.network(self.links)

    def filesystems(self, *mounts: tuple[str, str, str, str, str]) -> None:
        """Mount what is given as (device number, root, point, type, source); points are made."""
        for *_, point, _, _ in mounts:
            (self.root / point.lstrip("/")).mkdir(parents=True, exist_ok=True)
        lines = [
            f"36 25 {number} {root} {escaped(point)} rw - {kind} {escaped(source)} rw\n"
            for number, root, point, kind, source in mounts
        ]
        self.mounts("".join(lines))

    def sensors(self, chip: str, labels: dict[str, int], fans: dict[str, int] | None = None) -> None:
        """Add a chip: temperatures in thousandths of a degree, fans in turns a minute."""
        folder = self.root / "sys/class/hwmon"
        stem = f"sys/class/hwmon/hwmon{len(list(folder.iterdir())) if folder.exists() else 0}"
        self.write(f"{stem}/name", f"{chip}\n")
        for kind, found in (("temp", labels), ("fan", fans or {})):
            for n, (label, value) in enumerate(found.items(), 1):
                self.write(f"{stem}/{kind}{n}_input", f"{value}\n")
                self.write(f"{stem}/{kind}{n}_label", f"{label}\n")
                self.write(f"{stem}/{kind}{n}_max", "90000\n" if kind == "temp" else "")

    def supply(self, name: str, **fields: object) -> None:
        """Add a power supply."""
        for field, text in fields.items():
            self.write(f"sys/class/power_supply/{name}/{field}", f"{text}\n")

    def pressure(self) -> None:
        """Add pressure stall information."""
        for name in ("cpu", "memory", "io"):
            stalls = "avg10=1.50 avg60=1.00 avg300=0.50 total=2500000"
            self.write(f"proc/pressure/{name}", f"some {stalls}\nfull {stalls}\n")

    def tcp(self) -> None:
        """Add TCP."""
        self.write("proc/net/snmp", "Tcp: CurrEstab InSegs RetransSegs\nTcp: 12345 900 40\n")
        self.write("proc/net/sockstat", "sockets: used 9\nTCP: inuse 3 orphan 0 tw 212345 alloc 4 mem 1\n")


def escaped(text: str) -> str:
    """Return a path as mountinfo has it."""
    return "".join(rf"\{ord(char):03o}" if char in " \t\n\\#" else char for char in text)


def small_server(root: Path) -> Machine:
    """One core, one disk, no swap, no sensors: the smallest that is rented."""
    one = Machine(root, 1)
    one.meminfo(MemTotal=KIB_A_GIB // 2, MemFree=KIB_A_GIB // 8, MemAvailable=KIB_A_GIB // 4, SwapTotal=0, SwapFree=0)
    one.disks, one.links = {"vda": list(DISK)}, {"eth0": list(NET)}
    one.filesystems(("254:1", "/", "/", "ext4", "/dev/vda1"))
    one.pressure()
    one.tcp()
    return one


def many_cores(root: Path) -> Machine:
    """256 cores in two NUMA nodes, of which some are off line."""
    one = Machine(root, 256)
    one.meminfo(MemTotal=2048 * KIB_A_GIB, MemFree=900 * KIB_A_GIB, MemAvailable=1500 * KIB_A_GIB)
    for node in range(2):
        one.write(f"sys/devices/system/node/node{node}/cpulist", f"{node * 128}-{node * 128 + 127}\n")
    one.disks, one.links = {"nvme0n1": list(DISK)}, {"ens1f0np0": list(NET)}
    one.filesystems(("259:1", "/", "/", "xfs", "/dev/nvme0n1p2"))
    one.every_second.append(lambda: off_line(one, {3, 4, 200}))
    return one


def off_line(one: Machine, gone: set[int]) -> None:
    """Take cores out of /proc/stat, as the kernel does with those that are off line."""
    names = {f"cpu{number}" for number in gone}
    lines = (one.root / "proc/stat").read_text().splitlines()
    one.write("proc/stat", "\n".join(line for line in lines if line.split()[0] not in names) + "\n")


def storage_server(root: Path) -> Machine:
    """40 disks with partitions, 30 interfaces, 40 filesystems with long names, a chip for each backplane."""
    one = Machine(root, 32)
    disks = [f"sd{chr(97 + n)}" for n in range(26)] + [f"nvme{n}n1" for n in range(14)]
    one.disks = {name: list(DISK) for name in disks}
    links = [f"enp{n}s0f{n % 4}np{n % 2}" for n in range(24)] + [
        "bond0",
        "bond0.1042",
        "wg0",
        "ib0",
        "漢字漢字漢",
        "tun-to-the-dc2",
    ]
    one.links = {name: list(NET) for name in links}
    mounts = [("8:1", "/", "/", "ext4", "/dev/sda1")]
    mounts += [(f"8:{n * 16 + 1}", "/", f"/srv/storage/brick-{n:02}/data", "xfs", f"/dev/sd{n}") for n in range(1, 40)]
    one.filesystems(*mounts)
    for n in range(6):
        one.sensors(
            f"backplane{n}", {f"Slot {slot}": 31000 + slot * 700 for slot in range(8)}, {"Fan A": 9800 + n, "Fan B": 0}
        )
    one.pressure()
    one.tcp()
    return one


def laptop(root: Path) -> Machine:
    """Batteries, fans, swap on zram, big and little cores, a clock that each of them has to itself."""
    one = Machine(root, 12)
    one.meminfo(SwapTotal=4_000_000, SwapFree=1_000_000)
    one.disks = {"nvme0n1": list(DISK), "zram0": list(DISK)}
    one.links = {"wlp3s0": list(NET), "lo": list(NET)}
    for n in range(12):
        one.write(f"sys/devices/system/cpu/cpufreq/policy{n}/scaling_cur_freq", f"{800_000 + n * 300_000}\n")
    cores = {f"Core {n}": 41000 + n * 1000 for n in range(8)}
    one.sensors("coretemp", {"Package id 0": 91000, **cores})
    one.sensors("thinkpad", {"CPU": 61000}, {"fan1": 3412, "fan2": 0})
    one.sensors("nvme", {"Composite": 38850})
    one.supply("AC", type="Mains", online=0)
    one.supply("BAT0", type="Battery", status="Discharging", capacity=81, power_now=10**7, energy_now=2 * 10**7)
    one.supply("BAT1", type="Battery", status="Unknown", capacity=5)
    one.supply("hidpp_battery_0", type="Battery", scope="Device", capacity=5)
    one.filesystems(
        ("0:25", "/@", "/", "btrfs", "/dev/mapper/luks-1"),
        ("0:25", "/@home", "/home", "btrfs", "/dev/mapper/luks-1"),
        ("0:25", "/@snapshots/1/snapshot", "/.snapshots/1", "btrfs", "/dev/mapper/luks-1"),
        ("259:1", "/", "/boot/efi", "vfat", "/dev/nvme0n1p1"),
    )
    one.pressure()
    return one


def container_v2(root: Path) -> Machine:
    """A container under cgroup version 2: 1.5 of 64 cores, 2 of 256 GiB, throttled, nearly full."""
    one = Machine(root, 64)
    one.meminfo(
        MemTotal=256 * KIB_A_GIB, MemFree=100 * KIB_A_GIB, MemAvailable=200 * KIB_A_GIB, SwapTotal=0, SwapFree=0
    )
    one.write("proc/self/cgroup", "0::/\n")
    one.links = {"eth0": list(NET)}
    overlay(one, CGROUP2)
    for name, text in {
        "cpu.max": "150000 100000",
        "cpuset.cpus.effective": "0-63",
        "memory.max": str(2 * GIB),
        "memory.current": str(2 * GIB - 100_000_000),
        "memory.stat": "anon 1\ninactive_file 50000000",
    }.items():
        one.write(f"sys/fs/cgroup/{name}", f"{text}\n")
    spent = [0]

    def work() -> None:
        spent[0] += 1
        n = spent[0]
        one.write(
            "sys/fs/cgroup/cpu.stat",
            f"usage_usec {n * 1_200_000}\nuser_usec 1\nnr_periods {n * 10}\nnr_throttled {n * 3}\n",
        )

    work()
    one.every_second.append(work)
    return one


def container_v1(root: Path) -> Machine:
    """The same under version 1, with a set of processors."""
    one = Machine(root, 64)
    one.meminfo(MemTotal=256 * KIB_A_GIB, MemFree=100 * KIB_A_GIB, MemAvailable=200 * KIB_A_GIB)
    controllers = ("memory", "cpu,cpuacct", "cpuset")
    one.write("proc/self/cgroup", "".join(f"{n}:{name}:/docker/abc\n" for n, name in enumerate(controllers, 1)))
    overlay(one, "".join(CGROUP1.format(n=n, name=name) for n, name in enumerate(controllers)))
    for path, text in {
        "memory/memory.limit_in_bytes": str(512 << 20),
        "memory/memory.usage_in_bytes": str(500 << 20),
        "memory/memory.stat": f"total_inactive_file {100 << 20}",
        "cpu,cpuacct/cpu.cfs_quota_us": "-1",
        "cpu,cpuacct/cpu.cfs_period_us": "100000",
        "cpu,cpuacct/cpu.stat": "nr_periods 0\nnr_throttled 0\nthrottled_time 0",
        "cpuset/cpuset.effective_cpus": "4-7,12",
    }.items():
        one.write(f"sys/fs/cgroup/{path}", f"{text}\n")
    spent = [0]

    def work() -> None:
        spent[0] += 2_500_000_000
        one.write("sys/fs/cgroup/cpu,cpuacct/cpuacct.usage", f"{spent[0]}\n")

    work()
    one.every_second.append(work)
    return one


def overlay(one: Machine, more: str) -> None:
    """Mount what a container has: an overlay, its volume, and single files."""
    for name in ("etc/hosts", "etc/resolv.conf"):
        one.write(name, "127.0.0.1 localhost\n")
    (one.root / "data").mkdir()
    one.mounts(
        "36 25 0:60 / / rw - overlay overlay rw\n"
        "37 36 8:1 /var/lib/docker/x/hosts /etc/hosts rw - ext4 /dev/sda1 rw\n"
        "38 36 8:1 /var/lib/docker/x/resolv.conf /etc/resolv.conf rw - ext4 /dev/sda1 rw\n"
        f"39 36 8:17 /srv/x /data rw - ext4 /dev/sdb1 rw\n{more}"
    )


def bare_container(root: Path) -> Machine:
    """A container that shows next to nothing: no /sys, no /etc, half of /proc missing."""
    one = Machine(root, 4)
    one.disks, one.links = {}, {}
    missing = (
        "sys",
        "etc",
        "proc/vmstat",
        "proc/cpuinfo",
        "proc/diskstats",
        "proc/net",
        "proc/sys",
        "proc/self/schedstat",
    )
    for path in missing:
        one.remove(path)
    one.devices = lambda: None  # type: ignore[method-assign]  a machine without any
    return one


def pools(root: Path) -> Machine:
    """ZFS: two pools with datasets and a snapshot, and an ARC that has most of the memory."""
    one = Machine(root, 8)
    one.meminfo(MemTotal=64 * KIB_A_GIB, MemFree=4 * KIB_A_GIB, MemAvailable=5 * KIB_A_GIB, Cached=KIB_A_GIB)
    one.disks, one.links = {"sda": list(DISK), "sdb": list(DISK), "zd0": list(DISK)}, {"eno1": list(NET)}
    datasets = ["tank", *(f"tank/home/{name}" for name in ("ann", "bob", "cat", "dan")), "tank/vm"]
    one.filesystems(
        ("0:30", "/", "/", "zfs", "rpool/ROOT/debian"),
        ("0:31", "/", "/var/log", "zfs", "rpool/var/log"),
        *((f"0:{40 + n}", "/", f"/{name}", "zfs", name) for n, name in enumerate(datasets)),
        ("0:60", "/", "/tank/home/ann/.zfs/snapshot/daily", "zfs", "tank/home/ann@daily"),
    )
    one.write(
        "proc/spl/kstat/zfs/arcstats",
        "13 1 0x01 147 39984 4178214373 1103083447929\nname                            type data\n"
        f"hits                            4    1\nc                               4    {50 * GIB}\n"
        f"c_min                           4    {2 * GIB}\nsize                            4    {48 * GIB}\n",
    )
    return one


def hostile_names(root: Path) -> Machine:
    """Names with spaces, newlines, escapes, CJK, and bytes that are no text at all."""
    one = Machine(root, 2)
    names = [
        "a b",
        "new\nline",
        "漢字の名前がとても長いボリューム",
        "esc\x1b[2J",
        "tab\there",
        "\u202egpj.exe",
        "e\u0301\u0301\u0301",
        "👨‍👩‍👧‍👦",
    ]
    one.disks = {
        name: list(DISK) for name in ("dmx", "漢字ディスク", "d\x1b[31m", "very-long-device-name-of-a-san-volume")
    }
    one.links = {name: list(NET) for name in ("漢字リンク", "e\x1b[2J", "a:b", "wwp0s20u4i12345")}
    mounts = [("8:1", "/", "/", "ext4", "/dev/sda1")]
    mounts += [(f"8:{n + 2}", "/", f"/mnt/{name}", "ext4", f"/dev/{name}") for n, name in enumerate(names)]
    one.filesystems(*mounts)
    raw = os.fsencode("/mnt/") + b"\xff\xfe\x80"
    os.makedirs(os.fsencode(one.root) + raw)
    with open(f"{one.root}/proc/self/mountinfo", "ab") as file:
        file.write(b"36 25 8:99 / " + raw + b" rw - ext4 /dev/\xff rw\n")
    for n, name in enumerate(names):
        one.process(500 + n, name.encode(), command=(name, "--arg", name), ticks=(n, 0))
        one.sensors(name, {name: 40000})
    one.write("proc/sys/kernel/hostname", "漢字\x1b[2J\n")
    return one


MACHINES: dict[str, Callable[[Path], Machine]] = {
    made.__name__: made
    for made in (
        small_server, many_cores, storage_server, laptop, container_v2, container_v1, bare_container, pools, hostile_names,
    )
}  # fmt: skip


def main() -> None:
    if len(sys.argv) != 3:
        sys.exit("\n".join(f"{name:16} {made.__doc__}" for name, made in MACHINES.items()))
    MACHINES[sys.argv[1]](Path(sys.argv[2])).second()


if __name__ == "__main__":
    main()
