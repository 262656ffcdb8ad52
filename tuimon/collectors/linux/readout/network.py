"""The network's counters: interfaces, protocols, sockets, connection tracking."""

from __future__ import annotations

import errno
import functools
import os
from collections.abc import Iterator
from typing import Final

from tuimon.collectors.linux.readout.files import Files, columns, name_of, whole
from tuimon.model.readings import Bond, Interface, InterfaceClass, Numbers, Softnet
from tuimon.model.text import decode, harmless

_PAGE: Final = os.sysconf("SC_PAGE_SIZE")
_NUMBERS: Final = (
    "addr_assign_type", "carrier", "carrier_changes", "carrier_down_count", "carrier_up_count", "dev_id", "dormant",
    "flags", "ifindex", "iflink", "link_mode", "mtu", "name_assign_type", "netdev_group", "speed", "tx_queue_len",
    "type",
)  # fmt: skip
_TEXTS: Final = ("address", "broadcast", "duplex", "ifalias", "operstate")
_CONNTRACK: Final = (
    ("found", 2), ("invalid", 4), ("ignore", 5), ("insert", 8), ("insert_failed", 9), ("drop", 10), ("early_drop", 11),
    ("search_restart", 16),
)  # fmt: skip


class Net:
    """Reads the network namespace that this process is in."""

    def __init__(self, files: Files) -> None:
        self._files = files
        self._known: frozenset[str] = frozenset()

    def interfaces(self) -> tuple[Interface, ...]:
        """Return /proc/net/dev, with what no handler was there for."""
        found = []
        for line in self._files.read("/proc/net/dev").split(b"\n")[2:]:
            name, colon, rest = line.rpartition(b":")
            if colon:
                device = name.strip()
                unhandled = self._files.number(f"/sys/class/net/{os.fsdecode(device)}/statistics/rx_nohandler")
                found.append(Interface(decode(device), tuple(int(word) for word in rest.split()[:16]), unhandled))
        return tuple(found)

    def classes(self) -> tuple[InterfaceClass, ...]:
        """Return the files of /sys/class/net, as far as each interface has them. Raises OSError without the folder."""
        folder = "/sys/class/net"
        found = []
        names = self._files.folder(folder)
        for gone in self._known.difference(names):
            self._files.forget(f"{folder}/{gone}")
        self._known = frozenset(names)
        for name in names:
            path = f"{folder}/{name}"
            if os.path.isdir(self._files.root + path):
                found.append(InterfaceClass(harmless(name), *files_of(self._files, path, _NUMBERS, _TEXTS)))
        return tuple(found)

    def bonds(self) -> tuple[Bond, ...]:
        """Return the bonding interfaces. Raises OSError where there are none."""
        masters = self._files.small("/sys/class/net/bonding_masters")
        if masters is None:
            raise FileNotFoundError(errno.ENOENT, "no bonding")
        return tuple(self._bond(os.fsdecode(master)) for master in masters.split())

    def _bond(self, master: str) -> Bond:
        folder = f"/sys/class/net/{master}"
        members = [os.fsdecode(word) for word in (self._files.small(f"{folder}/bonding/slaves") or b"").split()]
        states = [
            self._files.small(f"{folder}/lower_{member}/bonding_slave/mii_status")
            or self._files.small(f"{folder}/slave_{member}/bonding_slave/mii_status")
            for member in members
        ]
        return Bond(harmless(master), len(members), states.count(b"up"))

    def netstat(self) -> Numbers:
        """Return the counters of the protocols, those of IPv6 where there is any."""
        found = [*named(self._files.read("/proc/net/netstat")), *named(self._files.read("/proc/net/snmp"))]
        words = self._maybe("/proc/net/snmp6").split()
        pairs = zip(map(counter_of_six, words[::2]), map(int, words[1::2]), strict=True)
        found.extend((name, value) for name, value in pairs if name)
        return tuple(found)

    def _maybe(self, path: str) -> bytes:
        try:
            return self._files.read(path)
        except FileNotFoundError:
            return b""

    def sockets(self) -> Numbers:
        """Return how many sockets there are, and the memory of theirs also in bytes."""
        found: list[tuple[str, float]] = []
        for path in ("/proc/net/sockstat", "/proc/net/sockstat6"):
            for words in columns(self._maybe(path)):
                protocol = name_of(words[0].rstrip(b":"))
                pairs = zip(words[1::2], words[2::2], strict=False)
                for name, value in ((name_of(name), int(value)) for name, value in pairs):
                    found.append((f"{protocol}_{name}", value))
                    if name == "mem":
                        found.append((f"{protocol}_mem_bytes", value * _PAGE))
        return tuple(found)

    def softnet(self) -> tuple[Softnet, ...]:
        """Return /proc/net/softnet_stat, a line for each processor that is on."""
        found = []
        for row, words in enumerate(columns(self._files.read("/proc/net/softnet_stat"))):
            numbers = [int(word, 16) for word in words]
            cpu = numbers[12] if len(numbers) > 12 else row
            later = [numbers[at] if len(numbers) > at else None for at in (8, 9, 10, 11)]
            found.append(Softnet(str(cpu), numbers[0], numbers[1], numbers[2], *later))
        return tuple(found)

    def arp(self) -> Numbers:
        """Return how many neighbours each interface knows."""
        counts: dict[str, int] = {}
        for words in columns(self._files.read("/proc/net/arp"), skip=1):
            if len(words) > 5:
                device = decode(words[-1])
                counts[device] = counts.get(device, 0) + 1
        return tuple(counts.items())

    def udp_queues(self) -> tuple[tuple[str, str, int], ...]:
        """Return the bytes that wait in the queues of UDP sockets. Raises OSError where there is no UDP."""
        found = []
        for ip, path in (("v4", "/proc/net/udp"), ("v6", "/proc/net/udp6")):
            try:
                raw = self._files.read(path)
            except FileNotFoundError:
                continue
            sent, received = waiting(raw)
            found += [("tx", ip, sent), ("rx", ip, received)]
        if not found:
            raise FileNotFoundError(errno.ENOENT, "no UDP")
        return tuple(found)

    def conntrack(self) -> Numbers:
        """Return the connections that are tracked, the most there may be, and what became of packets."""
        folder = "/proc/sys/net/netfilter"
        count, limit = (whole(self._files.read(f"{folder}/nf_conntrack_{name}").strip()) for name in ("count", "max"))
        if count is None or limit is None:
            raise ValueError("no numbers in nf_conntrack")
        sums = dict.fromkeys((name for name, _ in _CONNTRACK), 0)
        for words in columns(self._files.read("/proc/net/stat/nf_conntrack"), skip=1):
            for name, at in _CONNTRACK:
                sums[name] += int(words[at], 16) if len(words) > at else 0
        return ("entries", count), ("entries_limit", limit), *sums.items()


def files_of(
    files: Files, folder: str, numbers: tuple[str, ...], texts: tuple[str, ...]
) -> tuple[Numbers, tuple[tuple[str, str], ...]]:
    """Return the numbers and the texts in a folder of small files, as far as they can be read."""
    found = ((name, files.number(f"{folder}/{name}")) for name in numbers)
    said = ((name, files.text(f"{folder}/{name}")) for name in texts)
    return tuple((n, v) for n, v in found if v is not None), tuple((n, v) for n, v in said if v is not None)


def named(raw: bytes) -> Iterator[tuple[str, int]]:
    """Yield the counters of a file in which a line of names comes before each line of numbers."""
    lines = raw.split(b"\n")
    for names, numbers in zip(lines[::2], lines[1::2], strict=False):
        yield from zip(counters_of(names), map(int, numbers.split()[1:]), strict=True)


@functools.lru_cache(64)
def counters_of(line: bytes) -> tuple[str, ...]:
    """Return the names in such a line of names, each behind its protocol."""
    protocol, _, rest = line.partition(b":")
    return tuple(f"{name_of(protocol)}_{name_of(name)}" for name in rest.split())


@functools.lru_cache(512)
def counter_of_six(raw: bytes) -> str:
    """Return the name of a counter in /proc/net/snmp6 behind its protocol, '' for one of none."""
    protocol, six, counter = name_of(raw).partition("6")
    return f"{protocol}6_{counter}" if six else ""


def waiting(raw: bytes) -> tuple[int, int]:
    """Return the bytes that wait to be sent and to be read, over all sockets of /proc/net/udp."""
    sent = received = 0
    for words in columns(raw, skip=1):
        one, _, other = words[4].partition(b":")
        sent += int(one, 16)
        received += int(other, 16)
    return sent, received
