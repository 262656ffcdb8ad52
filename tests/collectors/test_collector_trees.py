"""The fast collector on machines made of files: every number can be foreseen."""

from __future__ import annotations

import os

import pytest
from recorded_trees import BOOTED, Tree

DISK = [10, 1, 2000, 50, 20, 2, 4000, 70, 0, 60, 120, 0, 0, 0, 0, 0, 0]
NET = [1000, 10, 1, 2, 0, 0, 0, 0, 500, 5, 3, 4, 0, 0, 0, 0]


def added(totals, *changes):
    return [total + change for total, change in zip(totals, [*changes, *[0] * len(totals)], strict=False)]


def test_the_first_sample_knows_totals_and_no_rates(tree, watch):
    tree.diskstats({"sda": DISK})
    tree.network({"eth0": NET})
    first = watch().sample()
    assert first.elapsed is None
    assert first.faults == ()
    assert first.cpu.busy_percent is None
    assert first.core[0].busy_percent is None
    assert first.disk[0].read_bytes_per_second is None
    assert first.disk[0].read_bytes_total == 2000 * 512
    assert first.network[0].receive_bytes_per_second is None
    assert first.network[0].receive_bytes_total == 1000
    assert first.system.forks_per_second is None
    assert first.swap.in_bytes_per_second is None


def test_two_samples_150_ms_apart_give_true_rates(tree, watch):
    tree.diskstats({"sda": DISK})
    tree.network({"eth0": NET})
    collector = watch()
    collector.sample()
    tree.clock.advance(0.15)
    tree.network({"eth0": added(NET, 1500, 3)})
    tree.diskstats({"sda": added(DISK, 3, 0, 300, 30, 0, 0, 0, 0, 0, 75, 150)})
    second = collector.sample()
    assert second.elapsed == pytest.approx(0.15)
    assert second.network[0].receive_bytes_per_second == pytest.approx(10_000)
    assert second.network[0].receive_packets_per_second == pytest.approx(20)
    disk = second.disk[0]
    assert disk.read_bytes_per_second == pytest.approx(300 * 512 / 0.15)
    assert disk.reads_per_second == pytest.approx(20)
    assert disk.busy_percent == pytest.approx(50)
    assert disk.latency_seconds == pytest.approx(0.010)
    assert disk.queue_length == pytest.approx(1.0)


@pytest.mark.parametrize("cores", [1, 4, 256])
def test_processor_times_are_shares_of_what_went_by(tmp_path, cores):
    tree = Tree(tmp_path, cores)
    collector = tree.collector()
    collector.sample()
    tree.clock.advance()
    # user 20 (of them 5 guest), nice 4 (1 guest), system 10, idle 30, iowait 6, irq 2, softirq 8, steal 20: 100 in all
    for core in tree.cores:
        core[:] = added(core, 20, 4, 10, 30, 6, 2, 8, 20, 5, 1)
    tree.cores[0][3] += 100
    tree.stat()
    seen = collector.sample()
    collector.close()
    total = 100 * cores + 100
    assert seen.cpu.cores == seen.host.cores == len(seen.core) == cores
    assert seen.cpu.busy_percent == pytest.approx(64 * cores / total * 100)
    assert seen.cpu.user_percent == pytest.approx(24 * cores / total * 100)
    assert seen.cpu.system_percent == pytest.approx(20 * cores / total * 100)
    assert seen.cpu.guest_percent == pytest.approx(6 * cores / total * 100)
    assert seen.cpu.steal_percent == pytest.approx(20 * cores / total * 100)
    assert seen.core[0].busy_percent == pytest.approx(32)
    assert [core.device for core in seen.core] == [str(number) for number in range(cores)]
    assert all(core.busy_percent == pytest.approx(64) for core in seen.core[1:])


def test_idle_time_that_goes_back_does_not_spoil_the_sample_but_a_reset_does(tree, watch):
    for core in tree.cores:
        core[:] = [100, 0, 100, 1000, 50, 0, 0, 0, 0, 0]
    tree.stat()
    collector = watch()
    collector.sample()
    tree.clock.advance()
    for core in tree.cores:
        core[:] = [150, 0, 100, 1050, 49, 0, 0, 0, 0, 0]
    tree.stat()
    assert collector.sample().cpu.busy_percent == pytest.approx(50)
    tree.clock.advance()
    for core in tree.cores:
        core[:] = [1, 0, 1, 5, 0, 0, 0, 0, 0, 0]
    tree.stat()
    assert collector.sample().cpu.busy_percent is None


def test_cores_that_go_off_line_are_absent_and_begin_anew_when_they_return(tree, watch):
    collector = watch()
    collector.sample()
    kept = tree.cores.pop()
    tree.clock.advance()
    tree.cores[0][0] += 10
    tree.stat()
    assert len(collector.sample().core) == 3
    tree.clock.advance()
    tree.cores.append(kept)
    tree.cores[0][0] += 10
    tree.stat()
    back = collector.sample()
    assert back.core[3].busy_percent is None
    assert back.core[0].busy_percent == 100


@pytest.mark.parametrize("gap", ["pause", "suspend"])
def test_over_a_gap_no_rate_is_known_and_then_all_are_again(tree, watch, gap):
    tree.network({"eth0": NET})
    tree.process(7, ticks=(5, 5), ran=1)
    collector = watch()
    collector.sample()
    tree.clock.advance()
    tree.process(7, ticks=(25, 5), ran=2)
    assert collector.sample().processes[0].cpu_percent == pytest.approx(20)
    if gap == "pause":
        tree.clock.advance(600)
    else:
        tree.clock.advance()
        tree.clock.suspended += 600
    tree.network({"eth0": added(NET, 10**9)})
    seen = collector.sample()
    assert seen.elapsed is None
    assert seen.network[0].receive_bytes_per_second is None
    assert seen.processes[0].cpu_percent is None
    tree.clock.advance()
    tree.network({"eth0": added(NET, 10**9 + 50)})
    after = collector.sample()
    assert after.network[0].receive_bytes_per_second == 50
    assert after.processes[0].cpu_percent == 0.0


def test_a_step_of_the_wall_clock_spoils_no_rate_and_no_identity(tree, watch):
    tree.network({"eth0": NET})
    tree.process(7)
    collector = watch()
    before = collector.sample()
    tree.clock.advance()
    tree.clock.wall -= 1800
    tree.network({"eth0": added(NET, 77)})
    tree.stat(btime=BOOTED - 1800)
    seen = collector.sample()
    assert seen.time < before.time
    assert seen.network[0].receive_bytes_per_second == 77
    assert seen.processes[0].identity == before.processes[0].identity
    assert seen.host.booted_at == BOOTED


def test_counters_that_were_reset_or_wrapped_have_no_rate_in_that_sample_only(tree, watch):
    tree.network({"eth0": added(NET, 2**32 - 2000)})
    collector = watch()
    collector.sample()
    for total, expected in ((100, None), (350, 250.0)):
        tree.clock.advance()
        tree.network({"eth0": [total, *NET[1:]]})
        seen = collector.sample().network[0]
        assert seen.receive_bytes_per_second == expected
        assert seen.receive_packets_per_second == 0


def test_devices_come_and_go(tree, watch):
    tree.network({"eth0": NET})
    tree.diskstats({"sda": DISK})
    collector = watch()
    collector.sample()
    tree.clock.advance()
    tree.network({"eth0": NET, "wg0": NET})
    tree.diskstats({"sdb": DISK})
    seen = collector.sample()
    assert [one.device for one in seen.network] == ["eth0", "wg0"]
    assert seen.network[1].receive_bytes_per_second is None
    assert [one.device for one in seen.disk] == ["sdb"]
    tree.clock.advance()
    tree.network({"wg0": NET})
    tree.diskstats({"sda": DISK, "sdb": DISK})
    seen = collector.sample()
    assert [one.device for one in seen.network] == ["wg0"]
    assert seen.disk[0].read_bytes_per_second is None
    assert seen.disk[1].read_bytes_per_second == 0


def test_only_whole_devices_and_interfaces_with_traffic_of_their_own_are_shown(tree, watch):
    names = ["sda", "sda1", "loop0", "ram0", "zram0", "dm-0", "md0", "nvme0n1", "nvme0n1p1"]
    whole = tuple(name for name in names if name not in {"sda1", "nvme0n1p1"})
    tree.diskstats(dict.fromkeys(names, DISK), whole)
    tree.network(dict.fromkeys(["lo", "eth0", "veth12ab", "docker0", "br-77", "wg0"], NET))
    seen = watch().sample()
    assert [one.device for one in seen.disk] == ["sda", "nvme0n1"]
    assert [one.device for one in seen.network] == ["eth0", "wg0"]
    chosen = watch(ignored_disks=("sd*",), ignored_interfaces=()).sample()
    assert [one.device for one in chosen.disk] == ["loop0", "ram0", "zram0", "dm-0", "md0", "nvme0n1"]
    assert len(chosen.network) == 6


def test_lo_is_shown_where_there_is_nothing_else(tree, watch):
    tree.network({"lo": NET, "veth0": NET})
    assert [one.device for one in watch().sample().network] == ["lo"]


def test_memory_and_swap_are_as_the_kernel_defines_them(tree, watch):
    collector = watch()
    collector.sample()
    tree.clock.advance()
    tree.write("proc/vmstat", "nr_free_pages 5\npswpin 3\npswpout 10\n")
    seen = collector.sample()
    assert seen.memory.total_bytes == 8_000_000 * 1024
    assert seen.memory.used_bytes == 3_000_000 * 1024
    assert seen.memory.used_percent == pytest.approx(37.5)
    assert seen.memory.cached_bytes == 3_200_000 * 1024
    assert seen.swap.used_percent == pytest.approx(25)
    page = os.sysconf("SC_PAGE_SIZE")
    assert seen.swap.in_bytes_per_second == 3 * page
    assert seen.swap.out_bytes_per_second == 10 * page
    tree.clock.advance()
    tree.meminfo(SwapTotal=0, SwapFree=0)
    assert collector.sample().swap.used_percent is None


def test_what_zfs_gives_back_is_cache_and_not_used_memory(tree, watch):
    mib = 1 << 20
    collector = watch()

    def memory(size, least):
        tree.clock.advance()
        tree.write(
            "proc/spl/kstat/zfs/arcstats", f"13 1\nname type data\nc_min   4    {least}\nc_max 4 9\nsize  4   {size}\n"
        )
        found = collector.sample().memory
        return found.arc_bytes, found.available_bytes - 5_000_000 * 1024, found.cached_bytes - 3_200_000 * 1024

    assert collector.sample().memory.arc_bytes is None
    assert memory(700 * mib, 200 * mib) == (700 * mib, 500 * mib, 500 * mib)
    assert memory(100 * mib, 200 * mib) == (100 * mib, 0, 0)
    most = 3_000_000 * 1024  # all that is not available otherwise: more there cannot be
    assert memory(9000 * mib, 0) == (9000 * mib, most, 9000 * mib)
    tree.write("proc/spl/kstat/zfs/arcstats", "no such thing\n")
    assert collector.sample().memory.arc_bytes is None
    tree.remove("proc/spl")
    collector.close()
    seen = collector.sample()
    assert (seen.memory.arc_bytes, seen.faults) == (None, ())


def test_pressure_tcp_load_and_counters(tree, watch):
    for name, full in (("cpu", 0), ("memory", 1), ("io", 1)):
        tree.write(
            f"proc/pressure/{name}",
            "some avg10=1.50 avg60=1.00 avg300=0.50 total=2500000\n"
            + "full avg10=0.50 avg60=0.30 avg300=0.10 total=1500000\n" * full,
        )
    snmp = "Ip: A B\nIp: 1 2\nTcp: CurrEstab InSegs RetransSegs\nTcp: 12 900 {}\n"
    tree.write("proc/net/snmp", snmp.format(40))
    tree.write("proc/net/sockstat", "sockets: used 9\nTCP: inuse 3 orphan 0 tw 21 alloc 4 mem 1\nUDP: inuse 1 mem 0\n")
    collector = watch()
    collector.sample()
    tree.clock.advance(2)
    tree.write("proc/net/snmp", snmp.format(50))
    tree.forks += 8
    tree.stat(ctxt=700, intr=1000)
    seen = collector.sample()
    assert seen.pressure.cpu_some_percent == 1.5
    assert seen.pressure.memory_full_percent == 0.5
    assert seen.pressure.io_full_seconds_total == 1.5
    assert (seen.tcp.established, seen.tcp.time_wait, seen.tcp.retransmits_per_second) == (12, 21, 5.0)
    assert (seen.load.load1, seen.load.load5, seen.load.load15, seen.system.threads) == (0.5, 0.4, 0.3, 321)
    assert (seen.system.context_switches_per_second, seen.system.interrupts_per_second) == (100, 50)
    assert (seen.system.forks_per_second, seen.system.running, seen.system.blocked) == (4, 2, 1)
    assert seen.system.open_files == 1234
    assert seen.cpu.frequency_hertz == 2.5e9


@pytest.mark.usefixtures("tree")
def test_who_the_machine_is(watch):
    host = watch().sample().host
    assert (host.name, host.os, host.kernel, host.cores) == ("box", "Debian 12", "6.1.0-test", 4)
    assert (host.booted_at, host.cpu_model) == (BOOTED, "Test CPU")
    assert host.machine_id == "0123456789abcdef0123456789abcdef"


def test_what_the_machine_lacks_is_absent_and_no_fault(tree, watch):
    for path in ("proc/vmstat", "proc/sys/fs", "etc", "proc/cpuinfo"):
        tree.remove(path)
    seen = watch().sample()
    assert seen.faults == ()
    assert seen.pressure is None
    assert seen.tcp is None
    assert seen.swap.in_bytes_total is None
    assert seen.system.open_files is None
    assert seen.sensor == seen.battery == ()
    assert seen.cpu.frequency_hertz is None


NEEDED = {
    "proc/stat": {"cpu", "core", "system"},
    "proc/meminfo": {"memory", "swap"},
    "proc/loadavg": {"load"},
    "proc/diskstats": {"disk"},
    "proc/net/dev": {"network"},
    "proc/self/mountinfo": {"filesystem"},
}
TOLERANT = "proc/self/mountinfo"  # of mounts, lines that make no sense are left out
OPTIONAL = {"proc/diskstats", "proc/net/dev"}  # some containers have none


@pytest.mark.parametrize(
    ("how", "path"),
    [
        *(("gone", path) for path in NEEDED if path not in OPTIONAL),
        *(("nonsense", path) for path in NEEDED if path != TOLERANT),
    ],
)
def test_a_file_that_cannot_be_read_is_a_fault_of_its_panel_and_the_rest_goes_on(tree, watch, how, path):
    families = NEEDED[path]
    tree.process(7)
    tree.network({"eth0": NET})
    content = (tree.root / path).read_bytes()
    tree.remove(path)
    if how == "nonsense":
        tree.write(path, "cpu nonsense\nMemTotal: x kB\n\nMemTotal: y kB\na b: z\neth0: a b c\n")
    collector = watch()
    seen = collector.sample()
    assert {fault.collector for fault in seen.faults} == families
    assert all(fault.message and fault.since == seen.time for fault in seen.faults)
    assert len(seen.processes) == 1
    began = seen.time
    tree.clock.advance()
    assert {fault.since for fault in collector.sample().faults} == {began}
    tree.write(path, content)
    tree.clock.advance(20)
    assert collector.sample().faults == ()


def test_families_that_are_switched_off_are_not_read(tree, watch):
    tree.process(7)
    tree.remove("proc/diskstats")
    tree.remove("proc/net/dev")
    seen = watch(off=frozenset({"disk", "network", "processes", "load"})).sample()
    assert seen.faults == ()
    assert seen.disk == seen.network == seen.processes == ()
    assert seen.load.load1 is None
    assert seen.memory.total_bytes
    assert seen.system.processes is None


def test_sensors_and_batteries_come_with_the_second_sample(tree, watch):
    tree.write("sys/class/hwmon/hwmon0/name", "coretemp\n")
    tree.write("sys/class/hwmon/hwmon0/temp1_input", "45500\n")
    tree.write("sys/class/hwmon/hwmon0/temp1_label", "Package\x1b[2J id 0\n")
    tree.write("sys/class/hwmon/hwmon0/temp1_crit", "100000\n")
    tree.write("sys/class/hwmon/hwmon0/temp1_max", "65261850\n")
    tree.write("sys/class/hwmon/hwmon0/fan1_input", "1200\n")
    tree.write("sys/class/hwmon/hwmon1/name", "nvme\n")
    tree.write("sys/class/hwmon/hwmon1/temp1_input", "")
    supply = "sys/class/power_supply"
    tree.write(f"{supply}/AC/type", "Mains\n")
    tree.write(f"{supply}/AC/online", "0\n")
    for name, text in {
        "type": "Battery", "status": "Discharging", "capacity": "81", "power_now": "10000000", "energy_now": "20000000",
    }.items():  # fmt: skip
        tree.write(f"{supply}/BAT0/{name}", text + "\n")
    tree.write(f"{supply}/hid/type", "Battery\n")
    tree.write(f"{supply}/hid/scope", "Device\n")
    collector = watch()
    first = collector.sample()
    assert first.sensor == first.battery == ()
    tree.clock.advance(0.15)
    seen = collector.sample()
    fan, heat = seen.sensor
    assert (fan.device, fan.fan_rpm, fan.temperature_celsius) == ("coretemp fan1", 1200.0, None)
    assert (heat.temperature_celsius, heat.critical_celsius, heat.high_celsius) == (45.5, 100.0, None)
    assert "\x1b" not in heat.device
    (battery,) = seen.battery
    assert (battery.device, battery.charge_percent, battery.power_watts) == ("BAT0", 81.0, 10.0)
    assert (battery.seconds_left, battery.plugged) == (7200.0, False)


def test_closing_twice_is_allowed_and_gives_all_descriptors_back(tree):
    for pid in range(10, 40):
        tree.process(pid)
    before = len(os.listdir("/proc/self/fd"))
    collector = tree.collector()
    collector.sample()
    assert len(os.listdir("/proc/self/fd")) > before + 25
    collector.close()
    collector.close()
    assert len(os.listdir("/proc/self/fd")) == before
