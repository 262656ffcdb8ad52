"""node_exporter's names for the network's counters."""

from __future__ import annotations

import functools
import re
from typing import Final

from tuimon.exporters.exposition import Kind, Page, labelled, named
from tuimon.model.readings import InterfaceClass, Readings

_DEVICE: Final = (
    "receive_bytes", "receive_packets", "receive_errs", "receive_drop", "receive_fifo", "receive_frame",
    "receive_compressed", "receive_multicast", "transmit_bytes", "transmit_packets", "transmit_errs", "transmit_drop",
    "transmit_fifo", "transmit_colls", "transmit_carrier", "transmit_compressed",
)  # fmt: skip
_CLASS: Final = {
    "addr_assign_type": "address_assign_type",
    "carrier": "carrier",
    "carrier_changes": "carrier_changes_total",
    "carrier_down_count": "carrier_down_changes_total",
    "carrier_up_count": "carrier_up_changes_total",
    "dev_id": "device_id",
    "dormant": "dormant",
    "flags": "flags",
    "ifindex": "iface_id",
    "iflink": "iface_link",
    "link_mode": "iface_link_mode",
    "mtu": "mtu_bytes",
    "name_assign_type": "name_assign_type",
    "netdev_group": "net_dev_group",
    "tx_queue_len": "transmit_queue_length",
    "type": "protocol_type",
}
_INFO: Final = ("address", "broadcast", "duplex", "operstate", "ifalias")
_MEGABIT: Final = 1_000_000 // 8
_NETSTAT: Final = re.compile(
    r"(.*_(InErrors|InErrs)|Ip_Forwarding|Ip(6|Ext)_(InOctets|OutOctets)|Icmp6?_(InMsgs|OutMsgs)"
    r"|TcpExt_(Listen.*|Syncookies.*|TCPSynRetrans|TCPTimeouts|TCPOFOQueue|TCPRcvQDrop)"
    r"|Tcp_(ActiveOpens|InSegs|OutSegs|OutRsts|PassiveOpens|RetransSegs|CurrEstab)"
    r"|Udp6?_(InDatagrams|OutDatagrams|NoPorts|RcvbufErrors|SndbufErrors))\Z"
)
_STATES: Final = ("inuse", "orphan", "tw", "alloc", "mem", "memory", "mem_bytes")
_SOFTNET: Final[tuple[tuple[str, Kind, str], ...]] = (
    ("processed_total", "counter", "Number of processed packets"),
    ("dropped_total", "counter", "Number of dropped packets"),
    ("times_squeezed_total", "counter", "Number of times processing packets ran out of quota"),
    ("cpu_collision_total", "counter", "Number of collision occur while obtaining device lock while transmitting"),
    ("received_rps_total", "counter", "Number of times cpu woken up received_rps"),
    ("flow_limit_count_total", "counter", "Number of times flow limit has been reached"),
    ("backlog_len", "gauge", "Softnet backlog status"),
)  # fmt: skip
_CONNTRACK: Final = {
    "entries": "Number of currently allocated flow entries for connection tracking.",
    "entries_limit": "Maximum size of connection tracking table.",
    "found": "Number of searched entries which were successful.",
    "invalid": "Number of packets seen which can not be tracked.",
    "ignore": "Number of packets seen which are already connected to a conntrack entry.",
    "insert": "Number of entries inserted into the list.",
    "insert_failed": "Number of entries for which list insertion was attempted but failed.",
    "drop": "Number of packets dropped due to conntrack failure.",
    "early_drop": "Number of dropped conntrack entries to make room for new ones, if maximum table size was reached.",
    "search_restart": "Number of conntrack table lookups which had to be restarted due to hashtable resizes.",
}


def tell_network(page: Page, readings: Readings) -> None:
    """Add what the network counts."""
    _tell_interfaces(page, readings)
    _tell_classes(page, readings.interface_classes)
    for name, value in readings.netstat:
        if (declared := _netstat(name)) is not None:
            page.one(declared[0], "untyped", declared[1], value)
    for name, value in readings.sockets:
        if (declared := _sockets(name)) is not None:
            page.one(declared[0], "gauge", declared[1], value)
    for one in readings.softnet:
        labels = labelled(cpu=one.cpu)
        for (name, kind, about), count in zip(_SOFTNET, one[1:], strict=True):
            page.family(f"node_softnet_{name}", kind, about).add(labels, count)
    known = page.family("node_arp_entries", "gauge", "ARP entries by device")
    for device, entries in readings.arp:
        known.add(labelled(device=device), entries)
    about = "Number of allocated memory in the kernel for UDP datagrams in bytes."
    queues = page.family("node_udp_queues", "gauge", about)
    for queue, ip, size in readings.udp_queues:
        queues.add(labelled(queue=queue, ip=ip), size)
    for name, value in readings.conntrack:
        prefix = "node_nf_conntrack_" if name.startswith("entries") else "node_nf_conntrack_stat_"
        page.one(prefix + name, "gauge", _CONNTRACK[name], value)
    _tell_bonds(page, readings)


def _tell_interfaces(page: Page, readings: Readings) -> None:
    families = [
        page.family(f"node_network_{name}_total", "counter", f"Network device statistic {name}.")
        for name in (*_DEVICE, "receive_nohandler")
    ]
    for one in readings.interfaces:
        labels = labelled(device=one.device)
        for family, count in zip(families, (*one.counters, one.unhandled), strict=False):
            family.add(labels, count)


def _tell_classes(page: Page, classes: tuple[InterfaceClass, ...]) -> None:
    up = page.family("node_network_up", "gauge", "Value is 1 if operstate is 'up', 0 otherwise.")
    about = "Non-numeric data from /sys/class/net/<iface>, value is always 1."
    info = page.family("node_network_info", "gauge", about)
    families = {
        name: page.family(
            f"node_network_{known}",
            "counter" if known.endswith("_total") else "gauge",
            f"Network device property: {known}",
        )
        for name, known in (*_CLASS.items(), ("speed", "speed_bytes"))
    }
    for one in classes:
        texts = dict(one.texts)
        labels = labelled(device=one.device)
        up.add(labels, int(texts.get("operstate") == "up"))
        info.add(labelled(device=one.device, **{name: texts.get(name, "") for name in _INFO}), 1)
        for name, value in one.numbers:
            families[name].add(labels, value * _MEGABIT if name == "speed" else value)


def _tell_bonds(page: Page, readings: Readings) -> None:
    about = "Number of configured slaves per bonding interface."
    members = page.family("node_bonding_slaves", "gauge", about)
    active = page.family("node_bonding_active", "gauge", "Number of active slaves per bonding interface.")
    for bond in readings.bonds:
        members.add(labelled(master=bond.device), bond.members)
        active.add(labelled(master=bond.device), bond.active)


@functools.lru_cache(2048)
def _netstat(name: str) -> tuple[str, str] | None:
    """Return name and help of a protocol's counter, None for those that nobody wants."""
    if not _NETSTAT.match(name):
        return None
    return f"node_netstat_{named(name)}", f"Statistic {name.replace('_', '', 1)}."


@functools.lru_cache(512)
def _sockets(name: str) -> tuple[str, str] | None:
    """Return name and help of a number of sockets, None for those that nobody wants."""
    protocol, _, state = name.partition("_")
    if name == "sockets_used":
        return "node_sockstat_sockets_used", "Number of IPv4 sockets in use."
    if state not in _STATES:
        return None
    return f"node_sockstat_{named(name)}", f"Number of {protocol} sockets in state {state}."
