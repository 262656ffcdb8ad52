"""The reader behind the metrics: asked on demand, of this machine or a recorded one, whatever its files say."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from exposed import parse
from hypothesis import given, settings
from hypothesis import strategies as st
from metric_trees import STAT, MetricTree

from tuimon.collectors import open_readout
from tuimon.exporters.prometheus import exposition
from tuimon.model.families import Filesystem
from tuimon.model.snapshot import Frame, Snapshot

NOW = Snapshot(1.0)


@pytest.fixture
def readout(machine):
    found = open_readout(str(machine.root))
    yield found
    found.close()


def descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def test_files_of_proc_stay_open_and_no_more_with_each_reading(readout):
    readout.read(NOW)
    before = descriptors()
    for _ in range(5):
        readout.read(NOW)
    assert descriptors() == before
    readout.close()
    readout.close()
    assert descriptors() < before


def test_nothing_is_open_before_somebody_asks(machine):
    before = descriptors()
    readout = open_readout(str(machine.root))
    assert descriptors() == before
    readout.close()


def test_a_part_that_fails_costs_itself_alone(machine, readout, caplog):
    assert all(part.found for part in readout.read(NOW).parts if part.name != "timex")
    machine.write("proc/meminfo", "MemTotal: nonsense kB\n")
    (machine.root / "proc/vmstat").unlink()
    machine.write("proc/vmstat", b"")
    (machine.root / "proc/schedstat").unlink()
    with caplog.at_level("WARNING"):
        fresh = open_readout(str(machine.root))
        for _ in range(3):
            readings = fresh.read(NOW)
        fresh.close()
    found = {part.name: part.found for part in readings.parts}
    assert (found["meminfo"], found["schedstat"], found["cpu"]) == (False, False, True)
    assert readings.memory == ()
    assert readings.cpu
    assert [record.message for record in caplog.records if "meminfo" in record.message] != []
    assert len(caplog.records) == 1, "said once, not with each scrape; what a machine does not have is no fault"


def test_counters_of_processors_do_not_fall(machine, readout):
    first = readout.read(NOW).cpu[0]
    machine.write("proc/stat", STAT.replace("cpu0 1000 50 1000 4000 20", "cpu0 1001 50 1000 4001 19"))
    second = readout.read(NOW).cpu[0]
    assert (second.user, second.idle) == (first.user + 0.01, first.idle + 0.01)
    assert second.iowait == first.iowait, "the kernel corrected it; a counter that falls is a restart to Prometheus"
    machine.write("proc/stat", STAT.replace("cpu0 1000 50 1000 4000 20", "cpu0 1 1 1 1 1"))
    assert readout.read(NOW).cpu[0].idle == 0.01, "taken away and put back: it counts anew"


def test_a_filesystem_that_may_not_answer_is_never_asked(machine, monkeypatch):
    machine.mounts(
        ("/dev/sda1", "/", "ext4", "rw"), ("tmpfs", "/run", "tmpfs", "rw"), ("nas:/x", "/nas", "nfs4", "rw"),
        ("/dev/sdb1", "/nas/deep", "ext4", "rw"), ("gone:/y", "/gone", "nfs4", "rw"), ("new:/z", "/new", "nfs4", "ro"),
    )  # fmt: skip
    asked = []
    statvfs = os.statvfs
    monkeypatch.setattr(os, "statvfs", lambda path: (asked.append(path), statvfs(path))[1])
    known = (
        Filesystem("/nas", 50.0, 500, 400, 1000, None, 7, 10, None, "nfs4", "nas:/x"),
        Filesystem("/gone", 50.0, 500, 400, 1000, None, 7, 10, 33.0, "nfs4", "gone:/y"),
    )
    readout = open_readout(str(machine.root))
    page = parse(exposition(Frame(NOW), readout.read(Snapshot(1.0, filesystem=known))))
    readout.close()
    root = os.fsencode(machine.root)
    assert asked == [root + b"/", root + b"/run"]
    nas = {"device": "nas:/x", "mountpoint": "/nas", "fstype": "nfs4"}
    assert page.value("node_filesystem_free_bytes", **nas) == 500
    assert page.value("node_filesystem_avail_bytes", **nas) == 400
    assert page.value("node_filesystem_files_free", **nas) == 3
    gone = {"device": "gone:/y", "mountpoint": "/gone", "fstype": "nfs4"}
    assert page.value("node_filesystem_device_error", **gone) == 1, "its last numbers are old"
    told = {dict(labels)["mountpoint"] for labels in page.of("node_filesystem_size_bytes")}
    assert told == {"/", "/run", "/nas"}


def test_what_a_terminal_would_obey_reaches_no_page(machine, readout):
    machine.write("run/udev/data/b8:0", b"E:ID_MODEL=a\x1b[31mred\x07\xff\n")
    machine.mounts(("/dev/sda1", "/a\n# TYPE x gauge\nx 1", "ext4", "rw"))
    text = exposition(Frame(NOW), readout.read(NOW))
    page = parse(text)
    assert text.isprintable() or not set(text) & {chr(n) for n in range(32) if n != 10}
    assert "x" not in page.kinds
    models = {dict(labels)["model"] for labels in page.of("node_disk_info")}
    assert "a\N{REPLACEMENT CHARACTER}[31mred\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}" in models


FILES = (
    "proc/stat", "proc/meminfo", "proc/vmstat", "proc/diskstats", "proc/mdstat", "proc/net/dev", "proc/net/netstat",
    "proc/net/snmp6", "proc/net/sockstat", "proc/net/softnet_stat", "proc/net/udp", "proc/net/arp",
    "proc/net/stat/nf_conntrack", "proc/self/mountinfo", "proc/schedstat", "proc/pressure/io", "etc/os-release",
    "sys/devices/system/cpu/isolated", "sys/class/net/eth0/flags", "sys/class/net/eth0/speed", "proc/sys/fs/file-nr",
    "run/udev/data/b8:0", "sys/devices/platform/coretemp.0/hwmon/hwmon0/temp1_input", "proc/loadavg",
)  # fmt: skip


@pytest.fixture(scope="module")
def noisy(tmp_path_factory):
    return MetricTree(tmp_path_factory.mktemp("noise"))


@given(path=st.sampled_from(FILES), noise=st.binary(max_size=300), at=st.integers(0, 400))
@settings(max_examples=60)
def test_whatever_stands_in_a_file_the_page_can_be_read(noisy, path, noise, at):
    tree = noisy
    kept = (tree.root / path).read_bytes()
    tree.write(path, kept[:at] + noise)
    readout = open_readout(str(tree.root))
    try:
        text = exposition(Frame(NOW), readout.read(NOW))
    finally:
        readout.close()
        tree.write(path, kept)
    page = parse(text)
    assert page.value("node_scrape_collector_success", collector="uname") == 1


def test_several_may_ask_at_once(readout):
    pages: list[int] = []
    threads = [threading.Thread(target=lambda: pages.append(len(readout.read(NOW).parts))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(set(pages)) == 1
    assert len(pages) == 4


def test_this_machine_has_what_every_linux_has(tmp_path):
    del tmp_path
    readout = open_readout()
    readings = readout.read(NOW)
    readout.close()
    names = dict(readings.uname)
    assert names["nodename"] == os.uname().nodename
    assert (
        len(readings.cpu)
        == len([line for line in Path("/proc/stat").read_text().splitlines() if line.startswith("cpu")]) - 1
    )
    assert dict(readings.own)["open_fds"] > 3
    clock = next(part for part in readings.parts if part.name == "timex")
    assert clock.found == (dict(readings.timex).get("tick", 0) > 0), "some containers may not ask"


@pytest.mark.root
@pytest.mark.skipif(os.geteuid() != 0, reason="a network of its own needs root")
def test_an_interface_that_goes_and_another_with_its_name():
    done = subprocess.run(
        ["unshare", "--net", "--mount", sys.executable, Path(__file__).with_name("watch_interfaces.py")],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    seen = [{name: mtu for name, mtu in one.items() if name == "x0"} for one in json.loads(done.stdout)]
    assert seen == [{}, {"x0": 1300}, {"x0": 1301}, {"x0": 1400}, {}]


def test_what_is_switched_off_is_not_read(machine, monkeypatch):
    monkeypatch.setattr(os, "statvfs", lambda path: pytest.fail(f"{path} was asked"))
    off = ("filesystem", "disk", "network", "pressure", "tcp", "sensor", "battery", "load", "core")
    readout = open_readout(str(machine.root), off=off)
    readings = readout.read(NOW)
    readout.close()
    assert not readings.mounts + readings.disks + readings.interfaces + readings.pressure + readings.chips
    assert readings.cpu
    assert {part.name for part in readings.parts}.isdisjoint({"filesystem", "diskstats", "netdev", "hwmon", "netstat"})
