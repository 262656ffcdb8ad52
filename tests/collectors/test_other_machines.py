"""Machines unlike this one: many cores or one, disks and interfaces by the dozen, containers with half of /proc missing."""

from __future__ import annotations

import dataclasses
import os

import psutil
import pytest
from machines import MACHINES
from recorded_trees import Tree

from tuimon.collectors.filesystems import FilesystemReader
from tuimon.collectors.linux.mountinfo import MountReader
from tuimon.collectors.options import Options
from tuimon.collectors.pools import Pools
from tuimon.collectors.portable import PortableCollector
from tuimon.collectors.portable_devices import Partitions
from tuimon.collectors.tick import Tick
from tuimon.model.catalogue import FAMILIES
from tuimon.model.families import Filesystem
from tuimon.model.text import harmless

DISK = [10, 1, 2000, 50, 20, 2, 4000, 70, 0, 60, 120, 0, 0, 0, 0, 0, 0]
NET = [1000, 10, 1, 2, 0, 0, 0, 0, 500, 5, 3, 4, 0, 0, 0, 0]
GIB = 1 << 30


def load(tree, work):
    """Let a second go by in which core n worked for `work(n)` of 100 ticks."""
    tree.clock.advance()
    for number, core in enumerate(tree.cores):
        core[0] += work(number)
        core[3] += 100 - work(number)
    tree.stat()


@pytest.mark.filterwarnings("ignore:active, inactive memory stats:RuntimeWarning")
@pytest.mark.parametrize("cores", [1, 4, 64, 256])
def test_both_collectors_see_the_same_in_a_tree(tmp_path, monkeypatch, cores):
    tree = Tree(tmp_path, cores)
    monkeypatch.setattr(psutil, "PROCFS_PATH", str(tmp_path / "proc"))
    tree.network({"eth0": NET, "eth1": NET})
    tree.write("proc/vmstat", "nr_free_pages 5\npswpin 3\npswpout 10\n")
    off = frozenset({"processes", "filesystem", "self"})
    both = [tree.collector(), PortableCollector(Options(off=off), tree.clock)]
    for one in both:
        one.sample()
    load(tree, lambda number: number % 101)
    tree.network({"eth0": [total * 3 for total in NET], "eth1": NET})
    tree.stat(ctxt=900, intr=1700)
    ours, theirs = (one.sample() for one in both)
    for one in both:
        one.close()
    assert ours.faults == theirs.faults == ()
    assert len(ours.core) == len(theirs.core) == cores
    shared = {"cores", "frequency_hertz", "dirty_bytes", "in_bytes_total", "out_bytes_total", "up"}
    for family in ("cpu", "core", "memory", "swap", "network"):
        for mine, other in zip(ours.family(family), theirs.family(family), strict=True):
            for field in dataclasses.fields(mine):
                if field.name not in shared:
                    value = getattr(mine, field.name)
                    assert getattr(other, field.name) == (value if isinstance(value, str) else pytest.approx(value))
    for name in ("context_switches_per_second", "interrupts_per_second", "context_switches_total"):
        assert getattr(ours.system, name) == getattr(theirs.system, name)


UNLIKE = {"frequency_hertz", "dirty_bytes", "queue_length", "up"}
"""What psutil does not know, or takes from the machine that the test runs on."""


@pytest.mark.filterwarnings("ignore:active, inactive memory stats:RuntimeWarning")
@pytest.mark.filterwarnings("ignore:.*swap memory stats couldn't be determined:RuntimeWarning")
@pytest.mark.parametrize("name", MACHINES)
def test_psutils_way_sees_the_same_of_each_machine_as_far_as_it_goes(tmp_path, monkeypatch, name):
    monkeypatch.setattr(psutil, "PROCFS_PATH", str(tmp_path / "proc"))
    machine = MACHINES[name](tmp_path)
    of_this_kernel = {"processes", "filesystem", "self", "load", "sensor", "battery"}  # psutil asks it, not the files
    off = frozenset(of_this_kernel)
    both = [machine.collector(), PortableCollector(Options(off=off), machine.clock)]
    for _ in range(3):
        ours, theirs = (one.sample() for one in both)
        assert (ours.faults, theirs.faults) == ((), ())
        machine.second()
    for one in both:
        one.close()
    for family in ("cpu", "core", "memory", "swap", "disk", "network"):
        if family == "disk" and not ours.disk:
            continue  # psutil goes to /sys/block then, that of this machine
        mine, others = ours.family(family), theirs.family(family)
        assert len(mine) == len(others), family
        for one, other in zip(mine, others, strict=True):
            assert told_apart(one, other) == [], family


@pytest.mark.parametrize("name", [name for name in MACHINES if name != "bare_container"])
def test_psutils_way_shows_the_same_filesystems(tmp_path, monkeypatch, name):
    """It is told neither device numbers nor which part of a device is mounted, and comes to the same all the same."""
    monkeypatch.setattr(psutil, "PROCFS_PATH", str(tmp_path / "proc"))
    MACHINES[name](tmp_path)
    lines = (tmp_path / "proc/self/mountinfo").read_bytes().splitlines()
    tails = [(line.split(b" "), line.partition(b" - ")[2].split(b" ")) for line in lines]
    mounts = [b" ".join([tail[1], head[4], tail[0], head[5], b"0 0"]) for head, tail in tails]
    (tmp_path / "proc/self/mounts").write_bytes(b"\n".join(mounts) + b"\n")
    root, seen = str(tmp_path), []
    for source in (MountReader(root), Partitions()):
        reader = FilesystemReader(source, Options(), lambda _path: (4096, 1000, 400, 300, 50, 20), root)
        seen.append(reader.filesystem(Tick(1000.0, 10.0, None)))
        assert reader.filesystem(Tick(1001.0, 11.0, 1.0)) == seen[-1]
        reader.close()
    ours, theirs = seen
    assert [one.device for one in ours] == [one.device for one in theirs]
    assert ours == theirs


def told_apart(one, other):
    """Return the fields that differ, but for those that psutil does not have; it numbers cores that are on line anew."""
    found = []
    for field in dataclasses.fields(one):
        mine, theirs = getattr(one, field.name), getattr(other, field.name)
        if mine is None or field.name in UNLIKE or (field.name == "device" and type(one).__name__ == "Core"):
            continue
        if mine != (theirs if isinstance(mine, str) else pytest.approx(theirs)):
            found.append((field.name, mine, theirs))
    return found


@pytest.mark.parametrize("cores", [1, 4, 64, 256])
def test_each_core_has_its_own_share(tmp_path, cores):
    tree = Tree(tmp_path, cores)
    for node in range(2):  # NUMA: the kernel numbers the cores through all nodes
        tree.write(f"sys/devices/system/node/node{node}/cpulist", "0\n")
    collector = tree.collector()
    collector.sample()
    load(tree, lambda number: number % 101)
    seen = collector.sample()
    collector.close()
    assert [core.busy_percent for core in seen.core] == [number % 101 for number in range(cores)]
    assert seen.cpu.busy_percent == pytest.approx(sum(n % 101 for n in range(cores)) / cores)
    assert seen.cpu.cores == seen.host.cores == cores


def put(tree, on_line):
    """Write /proc/stat as the kernel does while some cores are off line: the sum still has them."""
    tree.stat()
    lines = (tree.root / "proc/stat").read_text().splitlines()
    gone = {f"cpu{number}" for number in range(len(tree.cores)) if number not in on_line}
    tree.write("proc/stat", "\n".join(line for line in lines if line.split()[0] not in gone) + "\n")


def test_cores_go_off_line_in_the_middle_and_come_back(tree, watch):
    collector = watch()
    collector.sample()
    sets = [{0, 1, 2, 3}, {0, 3}, {0, 1, 3}, {0, 1, 2, 3}, {0, 1, 2, 3}]
    known = []
    for on_line in sets:
        tree.clock.advance()
        for number in on_line:
            tree.cores[number][0] += 10 * number
            tree.cores[number][3] += 100 - 10 * number
        put(tree, on_line)
        seen = collector.sample()
        assert [core.device for core in seen.core] == [str(number) for number in sorted(on_line)]
        assert seen.cpu.cores == seen.host.cores == len(on_line)
        assert seen.cpu.busy_percent == pytest.approx(sum(10 * n for n in on_line) / len(on_line))
        assert seen.faults == ()
        known.append({core.device: core.busy_percent for core in seen.core})
    # One that returned has nothing to compare with: its first share is unknown, never a jump over its absence.
    assert known[1] == {"0": 0, "3": 30}
    assert known[2] == {"0": 0, "1": None, "3": 30}
    assert known[3] == {"0": 0, "1": 10, "2": None, "3": 30}
    assert known[4] == {"0": 0, "1": 10, "2": 20, "3": 30}


def test_forty_disks_and_their_relatives(tree, watch):
    disks = [f"sd{chr(97 + n)}" for n in range(26)] + [f"nvme{n}n1" for n in range(10)] + [f"vd{n}" for n in "abcd"]
    parts = [f"{name}{'p' if name[-1].isdigit() else ''}{n}" for name in disks for n in (1, 2)]
    others = ["zram0", "dm-0", "dm-1", "md127", "loop3", "sr0", "ram0", "fd0"]
    tree.diskstats(dict.fromkeys([*disks, *parts, *others], DISK), (*disks, *others))
    collector = watch()
    collector.sample()
    tree.clock.advance()
    moved = [DISK[0] + 5, DISK[1], DISK[2] + 40, *DISK[3:]]
    tree.diskstats(dict.fromkeys([*disks, *parts, *others], moved), ())
    seen = collector.sample()
    assert [one.device for one in seen.disk] == disks
    assert len(seen.disk) == 40
    assert {one.read_bytes_per_second for one in seen.disk} == {40 * 512}


def test_a_device_whose_name_has_a_slash_is_a_whole_one(tree, watch):
    tree.diskstats({"cciss/c0d0": DISK}, ("cciss!c0d0",))
    assert [one.device for one in watch().sample().disk] == ["cciss/c0d0"]


def test_swap_on_zram_is_swap_and_no_disk(tree, watch):
    tree.diskstats({"zram0": DISK, "vda": DISK})
    tree.meminfo(SwapTotal=4_000_000, SwapFree=1_000_000)
    seen = watch().sample()
    assert seen.swap.used_percent == 75
    assert [one.device for one in seen.disk] == ["vda"]


def test_thirty_interfaces_of_all_kinds(tree, watch):
    real = [f"eth{n}" for n in range(20)] + ["bond0", "eth0.100", "wlp3s0", "wg0", "tun0", "ppp0", "enp0s31f6", "ib0"]
    names = [*real, "veth1a2b@if7", "docker0", "br-0123456789ab", "漢字", "a:b", "x\x1b[2J", "-"]
    tree.network(dict.fromkeys(["lo", *names], NET))
    tree.write("sys/class/net/eth1/operstate", "down\n")
    tree.write("sys/class/net/eth2/operstate", "up\n")
    collector = watch()
    collector.sample()
    tree.clock.advance()
    tree.network({name: [total + 100 for total in NET] for name in ("lo", *names)})
    seen = collector.sample()
    assert [one.device for one in seen.network] == [*real, "漢字", "a:b", "x\ufffd[2J", "-"]
    assert {one.receive_bytes_per_second for one in seen.network} == {100}
    assert [one.up for one in seen.network[:3]] == [None, False, True]


def supply(tree, name, **fields):
    for field, text in fields.items():
        tree.write(f"sys/class/power_supply/{name}/{field}", f"{text}\n")


def test_batteries_in_both_units_and_half_told(tree, watch):
    supply(tree, "AC0", type="Mains", online=1)
    supply(tree, "BAT0", type="Battery", status="Charging", capacity=50, energy_now=20000000, power_now=15000000)
    supply(
        tree, "BAT1", type="Battery", status="Discharging", capacity=90,
        charge_now=3000000, current_now=-1500000, voltage_now=12000000,
    )  # fmt: skip
    supply(tree, "BAT2", type="Battery", status="Unknown")
    supply(tree, "BAT3", type="Battery", status="Full", capacity="x", power_now="")
    collector = watch()
    collector.sample()
    tree.clock.advance()
    seen = collector.sample()
    assert seen.faults == ()
    assert [(one.device, one.charge_percent, one.power_watts, one.seconds_left) for one in seen.battery] == [
        ("BAT0", 50, -15, None),
        ("BAT1", 90, 18, 7200),
        ("BAT2", None, None, None),
        ("BAT3", None, None, None),
    ]
    assert {one.plugged for one in seen.battery} == {True}


def test_chips_of_one_kind_old_layouts_and_inputs_that_fail(tree, watch):
    for number, (chip, folder) in enumerate([("nvme", ""), ("nvme", ""), ("old", "device/"), ("", "")]):
        stem = f"sys/class/hwmon/hwmon{number}/"
        if chip:
            tree.write(f"{stem}name", chip)
        tree.write(f"{stem}{folder}temp1_input", f"{number * 1000 - 5500}\n")
    tree.write("sys/class/hwmon/hwmon2/device/fan2_input", "0\n")
    tree.write("sys/class/hwmon/hwmon0/temp2_input", "nan\n")
    (tree.root / "sys/class/hwmon/hwmon0/temp3_input").mkdir()  # reading it fails, as that of a dead sensor does
    collector = watch()
    collector.sample()
    tree.clock.advance()
    seen = collector.sample()
    assert seen.faults == ()
    assert [(one.device, one.temperature_celsius, one.fan_rpm) for one in seen.sensor] == [
        ("nvme temp1", -5.5, None),
        ("nvme temp1 2", -4.5, None),
        ("old fan2", None, 0.0),
        ("old temp1", -3.5, None),
        ("hwmon3 temp1", -2.5, None),
    ]
    tree.remove("sys/class/hwmon")
    tree.clock.advance(10)
    assert collector.sample().sensor == ()


OFTEN_MISSING = (
    "sys", "etc", "proc/vmstat", "proc/cpuinfo", "proc/diskstats", "proc/net", "proc/sys", "proc/self/schedstat",
)  # fmt: skip


def test_a_bare_container_shows_what_it_has_without_faults(tree, watch):
    tree.process(7)
    for path in OFTEN_MISSING:
        tree.remove(path)
    collector = watch()
    collector.sample()
    tree.clock.advance()
    seen = collector.sample()
    assert seen.faults == ()
    assert seen.disk == seen.network == seen.sensor == seen.battery == ()
    assert seen.pressure is seen.tcp is None
    assert seen.memory.total_bytes
    assert len(seen.core) == 4
    assert [one.pid for one in seen.processes] == [7]


def test_what_was_there_and_vanishes_is_a_fault(tree, watch):
    collector = watch()
    collector.sample()
    collector.close()
    tree.clock.advance()
    tree.remove("proc/diskstats")
    assert [fault.collector for fault in collector.sample().faults] == ["disk"]


@pytest.mark.parametrize(
    "path", ["stat", "meminfo", "loadavg", "diskstats", "net/dev", "net/snmp", "vmstat", "self/mountinfo", "7/stat"]
)
def test_a_file_masked_with_nothing_spoils_its_own_panel_at_most(tree, watch, path):
    families = {"stat": {"cpu"}, "loadavg": {"load"}}
    tree.network({"eth0": NET})
    tree.process(7)
    tree.process(8)
    tree.write(f"proc/{path}", "")
    seen = watch().sample()
    assert {fault.collector for fault in seen.faults} == families.get(path, set())
    assert all(fault.message.startswith("makes no sense") for fault in seen.faults)
    assert 8 in {one.pid for one in seen.processes}
    assert seen.memory.cached_bytes is None or path != "meminfo"


def test_no_name_of_anything_can_reach_the_terminal_as_an_escape(tree, watch):
    for hostile in ("a b", "a\nb", "\x1b[2J", "漢字", "\x9b31m", "\u202egpj.exe", "a\tb", "\x7f"):
        number = len(list((tree.root / "proc").iterdir()))
        raw = hostile.encode()
        tree.process(number + 100, raw, command=("x", hostile, "--", hostile))
        stem = f"sys/class/hwmon/hwmon{number}"
        tree.write(f"{stem}/name", hostile)
        tree.write(f"{stem}/temp1_input", "1000\n")
        tree.write(f"{stem}/temp1_label", hostile)
        tree.write(f"sys/class/power_supply/B{hostile}/type", "Battery\n")
    names = [b"a b", b"\x1b[2J", "漢字".encode(), b"\x9b31m", b"\xff\xfe"]
    escaped = [b"".join(b"\\%03o" % byte if byte <= 32 else bytes([byte]) for byte in name) for name in names]
    tree.mounts(
        b"".join(
            b"36 25 8:%d / /%s rw - ext4 /dev/%s rw\n" % (n, one, one) for n, one in enumerate([*escaped, b"a\\012b"])
        )
    )
    for name in (*names, b"a\nb"):
        (tree.root / os.fsdecode(name)).mkdir()
    tree.network({"e\x1b[2J": NET, "漢": NET})
    tree.diskstats({"d\x1b": DISK, "\u202ex": DISK})
    tree.write("proc/sys/kernel/hostname", "h\x1b[2J\n")
    tree.write("etc/os-release", 'NAME="x\x1b]0;t\x07"\nVERSION_ID="1"\n')
    collector = watch()
    collector.sample()
    tree.clock.advance()
    seen = collector.sample()
    assert seen.faults == ()
    texts = [text for one in seen.processes for text in one if isinstance(text, str)]
    texts += [seen.host.name, seen.host.os]
    for name in FAMILIES:
        for one in seen.family(name):
            texts += [text for field in dataclasses.fields(one) if isinstance(text := getattr(one, field.name), str)]
    assert len(seen.processes) == len(seen.sensor) == len(seen.battery) == 8
    assert len(seen.filesystem) == 6
    assert all(text == harmless(text) for text in texts)
    assert "漢" in [one.device for one in seen.network]


def mountinfo(*mounts):
    return "".join(
        f"36 25 {number} {root} {point} rw - {kind} {source} rw\n" for number, root, point, kind, source in mounts
    )


def filesystems(tree, mounts, answers):
    tree.mounts(mountinfo(*mounts))
    root = os.fsencode(tree.root)
    reader = FilesystemReader(
        MountReader(str(tree.root)),
        Options(),
        lambda path: answers[os.fsdecode(path.removeprefix(root))],
        str(tree.root),
    )
    found = reader.filesystem(Tick(1000.0, 10.0, None))
    reader.close()
    return found


def test_subvolumes_of_btrfs_are_one_filesystem_at_its_most_useful_mount(tree):
    counts = (4096, 1000, 400, 400, 0, 0)
    found = filesystems(
        tree,
        [
            ("0:25", "/@", "/", "btrfs", "/dev/sda2"),
            ("0:25", "/@home", "/home", "btrfs", "/dev/sda2"),
            ("0:25", "/", "/mnt/top", "btrfs", "/dev/sda2"),
            ("0:25", "/@snapshots/1/snapshot", "/.snapshots", "btrfs", "/dev/sda2"),
            ("0:31", "/@data", "/srv/data", "btrfs", "/dev/mapper/vg-data"),
            ("0:31", "/", "/srv/data/all", "btrfs", "/dev/mapper/vg-data"),
        ],
        {"/": counts, "/srv/data": counts},
    )
    assert [(one.device, one.block_device) for one in found] == [
        ("/", "/dev/sda2"),
        ("/srv/data", "/dev/mapper/vg-data"),
    ]


def zfs(point, source, used, left, **changed):
    one = Filesystem(
        point,
        0.0,
        used * GIB,
        left * GIB,
        (used + left) * GIB,
        0.0,
        used,
        used + left,
        fstype="zfs",
        block_device=source,
        read_only=False,
    )
    return dataclasses.replace(one, **changed)


def test_a_pool_is_one_filesystem_that_its_datasets_fill_together():
    found = Pools().join(
        [
            zfs("/", "rpool/ROOT/debian", 10, 100),
            zfs("/boot", "bpool/BOOT/debian", 1, 1),
            *(zfs(f"/home/{n}", f"rpool/home/{n}", 1, 100) for n in range(40)),
            Filesystem("/x", 50.0, 1, 1, 2, fstype="ext4", block_device="/dev/sda"),
        ]
    )
    assert [one.device for one in found] == ["/", "/boot", "/x"]
    pool = found[0]
    assert (pool.used_bytes, pool.available_bytes, pool.size_bytes) == (50 * GIB, 100 * GIB, 150 * GIB)
    assert pool.used_percent == pytest.approx(100 / 3)
    assert (pool.inodes_used, pool.inodes, pool.block_device) == (50, 150, "rpool")
    assert found[1].block_device == "bpool/BOOT/debian"  # alone in its pool: as it is


def test_a_dataset_with_a_quota_is_shown_by_itself_and_stays_so():
    pools = Pools()
    roomy, full = zfs("/tank/q", "tank/q", 1, 9), zfs("/tank/q", "tank/q", 9, 1)
    root, plain = zfs("/tank", "tank", 0, 100), zfs("/tank/a", "tank/a", 5, 100)
    for quota in (roomy, full):
        found = pools.join([root, plain, quota])
        assert [one.device for one in found] == ["/tank", "/tank/q"]
        assert found[1] == quota
        assert found[0].used_bytes == 5 * GIB + quota.used_bytes
    nearly_full = [dataclasses.replace(one, available_bytes=GIB) for one in (root, plain)]
    assert [one.device for one in pools.join([*nearly_full, full])] == ["/tank", "/tank/q"]


def test_datasets_that_do_not_answer_are_shown_as_such():
    found = Pools().join([zfs("/tank", "tank", 1, 9), zfs("/tank/a", "tank/a", 1, 9, stale_seconds=5.0)])
    assert [(one.device, one.stale_seconds) for one in found] == [("/tank", None), ("/tank/a", 5.0)]


def test_datasets_and_snapshots_as_they_are_mounted(tree):
    counts = (131072, 1000, 900, 900, 50, 40)
    points = ["/tank", "/tank/a", "/tank/a/b c"]
    found = filesystems(
        tree,
        [(f"0:{40 + n}", "/", point.replace(" ", r"\040"), "zfs", point[1:].replace(" ", r"\040")) for n, point in enumerate(points)]
        + [("0:50", "/", "/tank/a/.zfs/snapshot/daily", "zfs", "tank/a@daily")],
        dict.fromkeys(points, counts),
    )  # fmt: skip
    assert [one.device for one in found] == ["/tank"]
    assert found[0].used_bytes == 300 * 131072


def test_single_files_mounted_into_a_container_are_no_filesystems(tree):
    tree.write("etc/hosts", "127.0.0.1 localhost\n")
    (tree.root / "data").mkdir()
    found = filesystems(
        tree,
        [
            ("0:60", "/", "/", "overlay", "overlay"),
            ("8:1", "/var/lib/docker/x/hosts", "/etc/hosts", "ext4", "/dev/sda1"),
            ("8:2", "/srv/x", "/data", "ext4", "/dev/sdb1"),
        ],
        dict.fromkeys(["/", "/etc/hosts", "/data"], (4096, 100, 50, 50, 0, 0)),
    )
    assert [one.device for one in found] == ["/", "/data"]
