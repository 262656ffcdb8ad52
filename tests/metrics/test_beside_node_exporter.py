"""A real node_exporter reads the same machine: the same series, labels, types, helps and values."""

from __future__ import annotations

import re
import time

import pytest
from engines import UPSTREAM, get, lint, node_exporter
from exposed import Exposed, Series, parse

from tuimon.collectors import open_collector, open_readout
from tuimon.exporters.prometheus import exposition
from tuimon.model.snapshot import Frame, Snapshot

NOT_HERE = {
    "bcache",
    "btrfs",
    "fibrechannel",
    "infiniband",
    "ipvs",
    "nfs",
    "nfsd",
    "tapestats",
    "textfile",
    "xfs",
    "zfs",
}
"""Collectors of node_exporter whose series tuimon does not have; docs/prometheus.md says why."""
ITS_OWN = re.compile(r"(go_|promhttp_|process_|node_exporter_build_info|node_textfile_mtime)")
"""What node_exporter says of itself, or of files that it is given to tell."""
LATER = {"node_netstat_TcpExt_TCPOFOQueue", "node_netstat_TcpExt_TCPRcvQDrop"}
"""Names of later node_exporters than Debian's that promtool finds fault with."""
ASKED_OF_THE_KERNEL = re.compile(r"node_(timex|time|uname|selinux)_")
"""What node_exporter asks of the kernel it runs on, whichever files it is given."""
COUNTED = re.compile(r"node_vmstat_|node_netstat_(?!Tcp_CurrEstab)")
"""Counters that node_exporter calls untyped."""
STEADY = re.compile(
    r"\w+_info$|node_boot_time_seconds|node_memory_(MemTotal|SwapTotal|Hugepagesize|HugePages_Total|VmallocTotal)"
    r"|node_network_(mtu|flags|iface|speed|up$|protocol|address|name|device_id|transmit_queue)"
    r"|node_filesystem_(size|files$|readonly|device_error)|node_filefd_maximum|node_entropy_pool|node_os_version"
    r"|node_nf_conntrack_entries_limit|node_selinux|node_time_zone|node_timex_(tick|tai)|node_scrape_collector_success"
)
"""Gauges that stay as they are; of all others only counters can be compared."""


def read_now() -> Exposed:
    collector, readout = open_collector(), open_readout()
    assert readout is not None
    try:
        collector.sample()
        snapshot = collector.sample()
        return parse(exposition(Frame(snapshot), readout.read(snapshot)))
    finally:
        collector.close()
        readout.close()


def compared(theirs: Exposed) -> set[Series]:
    """Return the series that are to be found in both."""
    return {
        series
        for series in theirs.values
        if not ITS_OWN.match(series.name) and dict(series.labels).get("collector") not in NOT_HERE
    }


def named_alike(theirs: Exposed, ours: Exposed, series: set[Series]) -> None:
    missing = sorted(str(one) for one in series - set(ours.values))
    assert missing == []
    for name in {one.name for one in series}:
        assert (ours.kinds[name], ours.helps[name]) == (theirs.kinds[name], theirs.helps[name]), name


@pytest.fixture(scope="module")
def live(tmp_path_factory):
    """Return what node_exporter says of this machine before and after tuimon does, and tuimon between."""
    with node_exporter(tmp_path_factory.mktemp("live"), *UPSTREAM) as url:
        before = parse(get(url))
        ours = read_now()
        return before, ours, parse(get(url))


def test_every_series_of_this_machine_has_the_same_name_labels_type_and_help(live):
    before, ours, after = live
    both = compared(before) & set(after.values)  # a process or a socket may have come or gone between
    assert len(both) > 300
    named_alike(before, ours, both)


def test_values_lie_between_those_that_it_says_before_and_after(live):
    before, ours, after = live
    counters = steady = 0
    for series in compared(before) & set(after.values):
        first, value, last = before.values[series], ours.values[series], after.values[series]
        if STEADY.match(series.name):
            assert value == first, series
            steady += 1
        elif ours.kinds[series.name] == "counter" or COUNTED.match(series.name):
            loose = 1.0 if ("mode", "iowait") in series.labels else 1e-6  # the kernel corrects that one downwards
            assert min(first, last) - loose <= value <= max(first, last) + loose, series
            counters += 1
    assert counters > 100
    assert steady > 40


def test_debians_own_settings_ask_for_less(tmp_path):
    with node_exporter(tmp_path, "--no-collector.systemd") as url:
        theirs = parse(get(url))
    named_alike(
        theirs,
        ours := read_now(),
        compared(theirs) & set(ours.values) | {s for s in compared(theirs) if "stat" in s.name},
    )


def test_promtool_finds_no_fault_that_it_does_not_find_with_node_exporter(tmp_path):
    with node_exporter(tmp_path, *UPSTREAM) as url:
        theirs = lint(get(url))
    collector, readout = open_collector(), open_readout()
    try:
        snapshot = collector.sample()
        ours = lint(exposition(Frame(snapshot), readout.read(snapshot)))
    finally:
        collector.close()
        readout.close()
    assert {fault for fault in ours - theirs if fault.split()[0] not in LATER} == set()
    assert ours  # promtool has been at work: node_exporter's names are not to its taste


def test_a_recorded_machine_with_everything_is_read_alike(machine, tmp_path):
    root = machine.root
    with node_exporter(
        tmp_path, *UPSTREAM, "--no-collector.netdev.netlink", f"--path.procfs={root}/proc", f"--path.sysfs={root}/sys",
        f"--path.rootfs={root}", f"--path.udev.data={root}/run/udev/data",
    ) as url:  # fmt: skip
        theirs = parse(get(url))
        readout = open_readout(str(root))
        ours = parse(exposition(Frame(Snapshot(time.time())), readout.read(Snapshot(time.time()))))
        readout.close()
    both = {
        one
        for one in compared(theirs)
        if not ASKED_OF_THE_KERNEL.match(one.name) and ("collector", "timex") not in one.labels
    }
    for collector in (
        "hwmon",
        "mdadm",
        "bonding",
        "powersupplyclass",
        "thermal_zone",
        "edac",
        "rapl",
        "dmi",
        "nvme",
        "schedstat",
    ):
        assert theirs.value("node_scrape_collector_success", collector=collector) == 1, "the referee read nothing"
    named_alike(theirs, ours, both)
    for series in both:
        if "duration" not in series.name and "node_filesystem" not in series.name:
            assert ours.values[series] == pytest.approx(theirs.values[series], rel=1e-12), series
        if series.name == "node_filesystem_size_bytes":
            assert ours.values[series] == theirs.values[series]
