"""A machine made of files that has everything an exporter asks for: disks, arrays, sensors, batteries, bonds."""

from __future__ import annotations

import os
from pathlib import Path

NASTY = 'q"uo\\te,{}=é '
"""What a person may call a thing to harm whoever reads a page; nothing in it that a terminal would obey."""

MOUNTED = NASTY.replace("\\", "")
"""The same as a place to mount something: node_exporter 1.5 does not find one with a backslash."""

MEMINFO = """MemTotal:        8000000 kB
MemFree:         1000000 kB
MemAvailable:    5000000 kB
Active(anon):     123456 kB
Committed_AS:     777777 kB
VmallocTotal:   34359738367 kB
HugePages_Total:       7
Hugepagesize:       2048 kB
DirectMap2M:     4118528 kB
"""
VMSTAT = """nr_free_pages 250000
pgpgin 8841281
pgpgout 17
pswpin 3
pswpout 4
pgfault 171300125
pgmajfault 17770
pgmigrate_success 5
oom_kill 2
"""
NETSTAT = """TcpExt: SyncookiesSent SyncookiesRecv SyncookiesFailed ListenOverflows ListenDrops TCPTimeouts TCPSynRetrans Other
TcpExt: 1 2 3 4 5 6 7 8
IpExt: InNoRoutes InOctets OutOctets
IpExt: 0 2052916401 4890424
"""
SNMP = """Ip: Forwarding DefaultTTL InReceives
Ip: 2 64 1000
Tcp: RtoAlgorithm MaxConn ActiveOpens PassiveOpens CurrEstab InSegs OutSegs RetransSegs InErrs OutRsts
Tcp: 1 -1 10 20 3 400 500 6 7 8
Udp: InDatagrams NoPorts InErrors OutDatagrams RcvbufErrors SndbufErrors
Udp: 1 2 3 4 5 6
UdpLite: InDatagrams NoPorts InErrors
UdpLite: 0 0 9
"""
SNMP6 = """Ip6InOctets                     \t1234
Ip6OutOctets                    \t5678
Icmp6InMsgs                     \t5
Icmp6OutMsgs                    \t6
Udp6InDatagrams                 \t7
Udp6RcvbufErrors                \t8
Udp6SndbufErrors                \t9
"""
SOCKSTAT = """sockets: used 21
TCP: inuse 4 orphan 1 tw 2 alloc 5 mem 480
UDP: inuse 3 mem 7
UDPLITE: inuse 0
RAW: inuse 1
FRAG: inuse 0 memory 99
"""
SOCKSTAT6 = """TCP6: inuse 6
UDP6: inuse 5
UDPLITE6: inuse 0
RAW6: inuse 1
FRAG6: inuse 0 memory 0
"""
CONNTRACK = """entries  searched found new invalid ignore delete delete_list insert insert_failed drop early_drop icmp_error  expect_new expect_create expect_delete search_restart
00000021  00000000 0000000b 00000000 00000003 000588a1 00000000 00000000 00000001 00000002 00000004 00000005 00000006  00000000 00000000 00000000 00000007
00000021  00000000 00000001 00000000 00000002 000056a4 00000000 00000000 00000001 00000001 00000001 00000001 00000001  00000000 00000000 00000000 00000002
"""
UDP = """  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
    1: 00000000:0016 00000000:0000 07 0000000A:00000020 00:00000000 00000000     0        0 2740 2 x 0
    2: 00000000:0017 00000000:0000 07 00000001:00000002 00:00000000 00000000     0        0 2741 2 x 0
"""
ARP = """IP address       HW type     Flags       HW address            Mask     Device
10.0.0.1         0x1         0x2         02:fc:00:00:00:02     *        eth0
10.0.0.2         0x1         0x2         02:fc:00:00:00:03     *        eth0
10.0.1.1         0x1         0x2         02:fc:00:00:00:04     *        bond0
"""
MDSTAT = """Personalities : [raid1] [raid6] [raid5] [raid4] [raid0]
md0 : active raid1 sdb1[1] sda1[0](F)
      1953382400 blocks super 1.2 [2/1] [_U]

md1 : active raid5 sdc1[2] sdd1[1] sde1[0] sdf1[3](S)
      292945152 blocks level 5, 64k chunk, algorithm 2 [3/3] [UUU]
      [==>..................]  recovery = 12.6% (37043392/146472576) finish=127.5min speed=33440K/sec

md2 : active raid0 sdg1[0] sdh1[1]
      314159265 blocks 64k chunks

unused devices: <none>
"""
DEVICES = """Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16
  eth0: 2052916401 65907 1 2 3 4 5 6 4890424 38983 11 12 13 14 15 16
 bond0: 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32
"""
SOFTNET = """00003594 00000001 00000002 00000000 00000000 00000000 00000000 00000000 00000000 00000004 00000005 00000006 00000000 00000000 00000000
00012fbd 00000000 00000003 00000000 00000000 00000000 00000000 00000000 00000007 00000000 00000000 00000000 00000001 00000000 00000000
"""
DISKSTATS = """   8       0 sda 583225 67943 16392762 605999 1972548 813308 136302720 3185917 3 447384 4103052 497994 141 37070168 155993 180425 155142
   8       1 sda1 1 2 3 4 5 6 7 8 9 10 11
 259       0 nvme0n1 100 0 2000 30 400 0 5000 60 0 70 80 9 10 11 12
   7       0 loop0 1 1 1 1 1 1 1 1 1 1 1
 253       0 dm-0 11 0 22 33 44 0 55 66 0 77 88
"""
STAT = """cpu  3000 100 2000 9000 50 10 20 30 40 5
cpu0 1000 50 1000 4000 20 5 10 15 20 2
cpu1 2000 50 1000 5000 30 5 10 15 20 3
intr 13208032 5 6 7
ctxt 33256098
btime 1795527121
processes 584637
procs_running 4
procs_blocked 1
softirq 55 1 2 3 4 5 6 7 8 9 10
"""
OS_RELEASE = (
    'NAME="Devuan \\"Daedalus\\" GNU/Linux"\nID=devuan\nID_LIKE=debian\nVERSION_ID="5.1"\nPRETTY_NAME=\'x\'\n# no=\n'
)
SCHEDSTAT = """version 15
timestamp 4295070000
cpu0 0 0 0 0 0 0 2045936778163 343796328169361 4767485306
domain0 3 0
cpu1 0 0 0 0 0 0 1904686152592 364107263788241 5145567945
"""


class MetricTree:
    """A recorded machine below `root`."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for path, content in {
            "stat": STAT, "meminfo": MEMINFO, "vmstat": VMSTAT, "loadavg": "0.50 0.40 0.30 2/321 4242\n",
            "schedstat": SCHEDSTAT, "diskstats": DISKSTATS, "mdstat": MDSTAT, "cpuinfo": "processor : 0\n",
            "net/dev": DEVICES, "net/netstat": NETSTAT, "net/snmp": SNMP, "net/snmp6": SNMP6, "net/arp": ARP,
            "net/sockstat": SOCKSTAT, "net/sockstat6": SOCKSTAT6, "net/softnet_stat": SOFTNET, "net/udp": UDP,
            "net/udp6": UDP, "net/stat/nf_conntrack": CONNTRACK,
            "sys/net/netfilter/nf_conntrack_count": "33\n", "sys/net/netfilter/nf_conntrack_max": "262144\n",
            "sys/fs/file-nr": "1234\t0\t99999\n", "sys/kernel/hostname": f"b{NASTY.strip()}x\n",
            "sys/kernel/hung_task_detect_count": "3\n",
            "sys/kernel/osrelease": "6.1.0-test\n", "sys/kernel/random/entropy_avail": "256\n",
            "sys/kernel/random/poolsize": "4096\n",
            "pressure/cpu": "some avg10=0.00 avg60=0.00 avg300=0.00 total=14036781\n",
            "pressure/io": "some avg10=0.10 avg60=2.00 avg300=3.85 total=159037802\nfull avg10=0.10 avg60=0.13 avg300=3.02 total=159229614\n",
            "pressure/memory": "some avg10=0.10 avg60=2.00 avg300=3.85 total=37802\nfull avg10=0.10 avg60=0.13 avg300=3.02 total=29614\n",
        }.items():  # fmt: skip
            self.write(f"proc/{path}", content)
        self.write("etc/os-release", OS_RELEASE)
        self.mounts(
            ("/dev/sda1", "/", "ext4", "rw"),
            ("/dev/sdb1", f"/data/{MOUNTED}disk", "xfs", "ro"),
            ("tmpfs", "/run", "tmpfs", "rw"),
        )
        self._processors()
        self._interfaces()
        self._storage()
        self._hardware()

    def write(self, path: str, content: str | bytes) -> None:
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content if isinstance(content, bytes) else content.encode())

    def files(self, folder: str, **contents: str | int) -> None:
        for name, content in contents.items():
            self.write(f"{folder}/{name}", f"{content}\n")

    def mounts(self, *mounts: tuple[str, str, str, str]) -> None:
        """Write what is mounted, in both forms of the kernel, and make the mount points."""
        old, new = [], []
        for number, (source, point, fstype, options) in enumerate(mounts, 20):
            (self.root / point.strip("/")).mkdir(parents=True, exist_ok=True)
            where = point.replace("\\", r"\134").replace(" ", r"\040").replace("\n", r"\012")
            old.append(f"{source} {where} {fstype} {options},relatime 0 0\n")
            new.append(f"{number} 1 8:{number} / {where} {options},relatime - {fstype} {source} {options}\n")
        self.write("proc/1/mounts", "".join(old))
        self.write("proc/self/mountinfo", "".join(new))

    def link(self, path: str, target: str) -> None:
        """Make a link below the root to another path below it."""
        place = self.root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.symlink_to(os.path.relpath(self.root / target, place.parent))

    def _processors(self) -> None:
        cpus = "sys/devices/system/cpu"
        self.write(f"{cpus}/isolated", "1,3-5\n")
        for cpu in (0, 1):
            self.files(f"{cpus}/cpu{cpu}/topology", physical_package_id=0, core_id=cpu)
            self.files(f"{cpus}/cpu{cpu}/thermal_throttle", core_throttle_count=cpu + 5, package_throttle_count=30)
            self.files(
                f"{cpus}/cpu{cpu}/cpufreq", cpuinfo_cur_freq=1699981, cpuinfo_max_freq=3700000,
                cpuinfo_min_freq=800000, scaling_cur_freq=1699981, scaling_max_freq=3700000, scaling_min_freq=800000,
                cpuinfo_transition_latency=0, scaling_available_governors="performance", scaling_driver="intel",
                scaling_governor="performance", scaling_setspeed="<unsupported>", related_cpus=cpu,
            )  # fmt: skip
        self.files(
            "sys/devices/system/clocksource/clocksource0",
            current_clocksource="tsc",
            available_clocksource="tsc hpet acpi_pm",
        )

    def _interfaces(self) -> None:
        net = "sys/class/net"
        self.files(
            f"{net}/eth0", addr_assign_type=3, addr_len=6, address="01:01:01:01:01:01", broadcast="ff:ff:ff:ff:ff:ff",
            carrier=1, carrier_changes=2, carrier_up_count=1, carrier_down_count=1, dev_id="0x20", dormant=1,
            duplex="full", flags="0x1303", ifalias=NASTY.strip(), ifindex=2, iflink=2, link_mode=1, mtu=1500,
            name_assign_type=2, netdev_group=0, operstate="up", phys_port_id="", phys_port_name="",
            phys_switch_id="", speed=1000, tx_queue_len=1000, type=1,
        )  # fmt: skip
        self.files(f"{net}/bond0", operstate="down", speed=-1, flags="0x1002", mtu=1400, ifindex=3)
        self.files(f"{net}/lo", operstate="unknown", mtu=65536, ifindex=1)
        self.write(f"{net}/bonding_masters", "bond0\n")
        self.write(f"{net}/bond0/bonding/slaves", "eth0 eth1\n")
        self.write(f"{net}/bond0/lower_eth0/bonding_slave/mii_status", "up\n")
        self.write(f"{net}/bond0/lower_eth1/bonding_slave/mii_status", "down\n")

    def _storage(self) -> None:
        udev = (
            f"S:disk/by-id/x\nE:ID_MODEL={NASTY}1\nE:ID_SERIAL_SHORT=S3R\\x20IAL\nE:ID_WWN=0x5\nE:ID_PATH=pci-0\n"
            "E:ID_REVISION=A1\nE:ID_ATA=1\nE:ID_ATA_WRITE_CACHE=1\nE:ID_ATA_WRITE_CACHE_ENABLED=0\n"
            "E:ID_ATA_ROTATION_RATE_RPM=7200\n"
        )
        self.write("run/udev/data/b8:0", udev)
        mapped = (
            "E:DM_NAME=vg0-root\nE:DM_UUID=LVM-x\nE:DM_VG_NAME=vg0\nE:DM_LV_NAME=root\nE:DM_LV_LAYER=\n"
            "E:ID_FS_TYPE=ext4\nE:ID_FS_USAGE=filesystem\nE:ID_FS_UUID=u-1\nE:ID_FS_VERSION=1.0\n"
        )
        self.write("run/udev/data/b253:0", mapped)
        self.files("sys/class/nvme/nvme0", firmware_rev="1B2QEXP7", model=f"M{NASTY}x", serial="S680", state="live")

    def _hardware(self) -> None:
        chip = "sys/devices/platform/coretemp.0/hwmon/hwmon0"
        self.files(
            chip, name="coretemp", temp1_input=55000, temp1_label=f"Core {NASTY}0", temp1_max=84000, temp1_crit=100000,
            temp1_crit_alarm=0, fan1_input=2100, fan1_min=300, fan1_alarm=1, fan1_fault=0, in0_input=1200, in1_beep=1,
            power1_average=125000000, power1_average_interval=1000, power1_accuracy="45.5%", energy1_input=12345678,
            curr1_input=1500, humidity1_input=45000, pwm1=128, pwm1_enable=2, beep_enable=1, update_interval=2000,
            vrm=10, cpu0_vid=1325, temp2_input="garbage", intrusion0_alarm=0, temp1_type=3,
        )  # fmt: skip
        self.link(f"{chip}/device", "sys/devices/platform/coretemp.0")
        self.link("sys/class/hwmon/hwmon0", chip)
        self.files("sys/class/hwmon/hwmon1", name=f"acpi {NASTY}tz", temp1_input=-5500)
        self.files("sys/class/thermal/thermal_zone0", type=f"cpu {NASTY}x", temp=49925, policy="step_wise")
        self.files("sys/class/thermal/cooling_device0", type="Processor", cur_state=3, max_state=10)
        self.files(
            "sys/class/power_supply/BAT0", capacity=81, capacity_level="Normal", charge_now=3700000,
            current_now=500000, cycle_count=7, energy_full=45070000, energy_now=36580000, manufacturer=f"L{NASTY}G",
            model_name="LNV-45", power_now=4830000, present=1, serial_number=38109, status="Discharging",
            technology="Li-ion", temp=305, type="Battery", voltage_now=12229000, voltage_min_design=10800000,
        )  # fmt: skip
        self.files("sys/class/power_supply/AC", online=0, type="Mains")
        for path, corrected in (("mc0", 1), ("mc0/csrow0", 3)):
            self.files(f"sys/devices/system/edac/mc/{path}", ce_count=corrected, ue_count=5)
        self.files("sys/devices/system/edac/mc/mc0", ce_noinfo_count=2, ue_noinfo_count=6)
        self.files("sys/class/dmi/id", bios_date="04/12/2021", sys_vendor=f"D{NASTY}l", product_name="R650")
        for zone, name, joules in (
            ("intel-rapl:0", "package-0", 240422366267),
            ("intel-rapl:0:0", "core", 118821284256),
        ):
            self.files(f"sys/class/powercap/{zone}", name=name, energy_uj=joules, max_energy_range_uj=262143328850)
