"""Block devices, network interfaces, TCP: /proc/diskstats (kernel doc admin-guide/iostats), /proc/net."""

from __future__ import annotations

import os
from typing import Any

from tuimon.collectors.linux.kept import Kept, number_after, read_text
from tuimon.collectors.options import Options, Patterns
from tuimon.collectors.rates import increase, rate, share
from tuimon.collectors.tick import Every, Tick
from tuimon.model.families import Disk, Network, Tcp
from tuimon.model.text import decode

_SECTOR = 512
Totals = tuple[int, ...]


def make_disk(name: str, now: Totals, before: Totals | None, elapsed: float | None) -> Disk:
    """Return one device from the fields after its name in /proc/diskstats, of this sample and of the one before."""
    old: tuple[int | None, ...] = before or (None,) * len(now)
    ended = increase(now[0], old[0]), increase(now[4], old[4])
    waited = increase(now[3], old[3]), increase(now[7], old[7])
    latency = None
    if elapsed and None not in (*ended, *waited) and (count := sum(filter(None, ended))):
        latency = sum(filter(None, waited)) / count / 1000
    weighted = rate(now[10], old[10], elapsed)
    read_bytes, write_bytes = now[2] * _SECTOR, now[6] * _SECTOR
    return Disk(
        name,
        rate(read_bytes, None if before is None else before[2] * _SECTOR, elapsed),
        rate(write_bytes, None if before is None else before[6] * _SECTOR, elapsed),
        rate(now[0], old[0], elapsed),
        rate(now[4], old[4], elapsed),
        share(now[9] / 1000, None if before is None else before[9] / 1000, elapsed),
        latency,
        None if weighted is None else weighted / 1000,
        read_bytes,
        write_bytes,
        now[0],
        now[4],
        now[9] / 1000,
    )


class DiskReader:
    """Reads the family disk: whole devices (those in /sys/block) that no pattern leaves out."""

    def __init__(self, root: str, options: Options) -> None:
        self._file = Kept(f"{root}/proc/diskstats", records=True)
        self._block = f"{root}/sys/block"
        self._ignored = Patterns(options.ignored_disks)
        self._shown: dict[bytes, str] = {}
        self._before: dict[bytes, Totals] = {}

    def disk(self, tick: Tick) -> tuple[Disk, ...]:
        """Return the devices in the kernel's order."""
        found: dict[bytes, Totals] = {}
        for line in self._file.read_if_there().splitlines():
            fields = line.split()
            if (self._shown.get(fields[2]) or self._decide(fields[2])) != "-":
                found[fields[2]] = tuple(map(int, fields[3:14]))
        before, self._before = self._before, found
        return tuple(make_disk(self._shown[raw], now, before.get(raw), tick.elapsed) for raw, now in found.items())

    def _decide(self, raw: bytes) -> str:
        """Remember under which name a device is shown, '-' for not at all."""
        name = os.fsdecode(raw)
        whole = os.path.isdir(f"{self._block}/{name.replace('/', '!')}") or not os.path.isdir(self._block)
        shown = decode(raw) if whole and name not in self._ignored else "-"
        self._shown[raw] = shown
        return shown

    def close(self) -> None:
        """Close its file."""
        self._file.close()


def make_network(name: str, now: Totals, before: Totals | None, elapsed: float | None, *, up: bool | None) -> Network:
    """Return one interface from its sixteen fields in /proc/net/dev, of this sample and of the one before."""
    wanted = (0, 8, 1, 9, 2, 10, 3, 11)  # bytes, packets, errors, drops: received, then transmitted
    old: tuple[int | None, ...] = before or (None,) * 16
    rates = [rate(now[i], old[i], elapsed) for i in wanted]
    fields: tuple[Any, ...] = (name, *rates, *[now[i] for i in wanted], up)
    return Network(*fields)


class NetworkReader:
    """Reads the family network: the interfaces that no pattern leaves out, lo where there is nothing else."""

    def __init__(self, root: str, options: Options) -> None:
        self._file = Kept(f"{root}/proc/net/dev", records=True)
        self._class = f"{root}/sys/class/net"
        self._ignored = Patterns(options.ignored_interfaces)
        self._every = Every(options.cadence("interface"))
        self._up: dict[str, bool | None] = {}
        self._before: dict[str, Totals] = {}

    def network(self, tick: Tick) -> tuple[Network, ...]:
        """Return the interfaces in the kernel's order."""
        found = interfaces(self._file.read_if_there())
        shown = [name for name in found if name not in self._ignored] or [name for name in found if name == "lo"]
        if self._every.due(tick) or not self._up.keys() >= set(shown):
            self._up = {name: self._state(name) for name in shown}
        before, self._before = self._before, found
        return tuple(
            make_network(decode(os.fsencode(n)), found[n], before.get(n), tick.elapsed, up=self._up[n]) for n in shown
        )

    def _state(self, name: str) -> bool | None:
        """Say whether an interface works; devices without a notion of it (lo, tun) say "unknown" while they are up."""
        state = read_text(f"{self._class}/{name}/operstate")
        return state in {"up", "unknown"} if state else None

    def close(self) -> None:
        """Close its file."""
        self._file.close()


def interfaces(raw: bytes) -> dict[str, Totals]:
    """Return the sixteen totals of each interface in /proc/net/dev. A name may hold anything but '/' and white space."""
    found = {}
    for line in raw.split(b"\n")[2:]:
        name, colon, rest = line.rpartition(b":")
        if colon:
            found[os.fsdecode(name.strip())] = tuple(map(int, rest.split()))
    return found


class TcpReader:
    """Reads the family tcp, None where the kernel has no TCP."""

    def __init__(self, root: str) -> None:
        self._snmp = Kept(f"{root}/proc/net/snmp")
        self._sockstat = Kept(f"{root}/proc/net/sockstat", records=True)
        self._before: int | None = None

    def tcp(self, tick: Tick) -> Tcp | None:
        """Return the sockets of this network namespace, IPv6 included."""
        try:
            counters, sockets = tcp_counters(self._snmp.read()), self._sockstat.read()
        except FileNotFoundError:
            return None
        again = counters.get(b"RetransSegs")
        before, self._before = self._before, again
        return Tcp(counters.get(b"CurrEstab"), time_wait(sockets), rate(again, before, tick.elapsed), again)

    def close(self) -> None:
        """Close its files."""
        self._snmp.close()
        self._sockstat.close()


def tcp_counters(raw: bytes) -> dict[bytes, int]:
    """Return the Tcp line of /proc/net/snmp by name."""
    lines = [line.split() for line in raw.splitlines() if line.startswith(b"Tcp:")]
    return {} if len(lines) < 2 else dict(zip(lines[0][1:], map(int, lines[1][1:]), strict=False))


def time_wait(raw: bytes) -> int | None:
    """Return the sockets in TIME_WAIT that /proc/net/sockstat tells."""
    at = raw.find(b"TCP: ")
    line = raw[at : raw.find(b"\n", at)] if at >= 0 else b""
    return number_after(line, b" tw ")
