"""The processors, and the kernel's counters beside them: /proc/stat (kernel doc filesystems/proc, 1.7)."""

from __future__ import annotations

import glob
import os
from typing import Any, Final

from tuimon.collectors.linux.kept import decimal, number_after, read_number
from tuimon.collectors.linux.limits import LimitReader, below
from tuimon.collectors.options import Options
from tuimon.collectors.rates import rate
from tuimon.collectors.tick import Every, Tick
from tuimon.model.families import Core, Cpu

USER_HZ: Final = os.sysconf("SC_CLK_TCK")
Times = tuple[int, ...]
"""user, nice, system, idle, iowait, irq, softirq, steal, guest, guest_nice in ticks; guests are part of user and nice."""


def cpu_lines(raw: bytes) -> list[tuple[str, Times]]:
    """Return the machine's line ('') and one a core that is on line ('0', '1', ...), times in ticks."""
    lines = raw[: raw.find(b"\nintr ")].split(b"\n") if b"\nintr " in raw else raw.split(b"\n")
    return [
        (line[3 : line.index(b" ")].decode("ascii"), times(line.split()[1:]))
        for line in lines
        if line.startswith(b"cpu")
    ]


def times(fields: list[bytes]) -> Times:
    """Return the ten times of a line; old kernels have fewer, newer ones may have more."""
    found = tuple(map(int, fields[:10]))
    return found + (0,) * (10 - len(found))


def shares(now: Times, before: Times | None) -> Times | None:
    """Return how the ticks between two lines were spent; None on the first one, and after a reset.

    Idle and iowait can go back by some ticks (kernel doc: iowait is not reliable); then they did not grow. The rest
    can only go back by a reset.
    """
    if before is None:
        return None
    user, nice, system, idle, iowait, irq, softirq, steal, guest, guest_nice = map(int.__sub__, now, before)
    if min(user, nice, system, irq, softirq, steal) < 0:
        return None
    return user, nice, system, max(idle, 0), max(iowait, 0), irq, softirq, steal, max(guest, 0), max(guest_nice, 0)


Held = tuple[float | None, float | None, float | None]
"""The limit of cores, what is used of it and how often that is held back, both in percent."""


def make_cpu(now: Times, spent: Times | None, cores: int, hertz: float | None, held: Held = (None, None, None)) -> Cpu:
    """Return the machine's family; `spent` is what `shares` said, None for unknown rates."""
    busy = user = system = iowait = irq = steal = guest = None
    total = sum(spent[:8]) if spent else 0
    if spent and total:
        busy = (total - spent[3] - spent[4]) * 100.0 / total
        user, system = (spent[0] + spent[1]) * 100.0 / total, (spent[2] + spent[5] + spent[6]) * 100.0 / total
        iowait, irq = spent[4] * 100.0 / total, (spent[5] + spent[6]) * 100.0 / total
        steal, guest = spent[7] * 100.0 / total, (spent[8] + spent[9]) * 100.0 / total
    fields: tuple[Any, ...] = (busy, user, system, iowait, irq, steal, guest, hertz, *seconds(now), cores, *held)
    return Cpu(*fields)


def seconds(now: Times) -> tuple[float, ...]:
    """Return the first eight times of a line in seconds: guests are part of others."""
    return tuple([t / USER_HZ for t in now[:8]])


def make_core(name: str, now: Times, spent: Times | None) -> Core:
    """Return one core's family."""
    total = sum(spent[:8]) if spent else 0
    busy = (total - spent[3] - spent[4]) * 100.0 / total if spent and total else None
    return Core(name, busy, *seconds(now))


class Processors:
    """Turns the /proc/stat of each sample into the families cpu and core."""

    def __init__(self, root: str, options: Options, limits: LimitReader) -> None:
        self._limits = limits
        self._before: dict[str, Times] = {}
        self._lines: list[tuple[str, Times]] = []
        self._spent: dict[str, Times | None] = {}
        self._frequency = Frequency(root, options)

    def take(self, raw: bytes, tick: Tick) -> None:
        """Take the content of /proc/stat for this sample."""
        self._lines = cpu_lines(raw)
        before = {} if tick.elapsed is None else self._before
        self._spent = {name: shares(now, before.get(name)) for name, now in self._lines}
        self._before = dict(self._lines)

    def cpu(self, tick: Tick) -> Cpu:
        """Return the machine as a whole; raises LookupError when the file has no such line."""
        now = self._before.get("")
        if now is None:
            raise LookupError("no line for all processors in /proc/stat")
        cores, limit = len(self._lines) - 1, self._limits.limits(tick).cores
        held = (limit, *self._limits.cpu_use(tick)) if below(limit, cores) else (None, None, None)
        return make_cpu(now, self._spent[""], cores, self._frequency.read(tick), held)

    def core(self, _tick: Tick) -> tuple[Core, ...]:
        """Return the cores that are on line."""
        return tuple(make_core(name, now, self._spent[name]) for name, now in self._lines if name)


class Frequency:
    """The average clock of the cores in hertz, read at its own cadence.

    With cpufreq a core must be woken to tell, and all of /proc/cpuinfo is made for the one number a core in it.
    """

    def __init__(self, root: str, options: Options) -> None:
        self._paths = sorted(glob.glob(f"{root}/sys/devices/system/cpu/cpufreq/policy*/scaling_cur_freq"))
        self._cpuinfo = f"{root}/proc/cpuinfo"
        self._every = Every(options.cadence("frequency"))
        self._hertz: float | None = None

    def read(self, tick: Tick) -> float | None:
        """Return the newest reading, None where the machine does not say."""
        if self._every.due(tick):
            self._hertz = self._from_sys() or self._from_cpuinfo()
        return self._hertz

    def _from_sys(self) -> float | None:
        found = [number * 1000 for path in self._paths if (number := read_number(path)) is not None]
        return sum(found) / len(found) if found else None

    def _from_cpuinfo(self) -> float | None:
        try:
            with open(self._cpuinfo, "rb") as file:
                found = [decimal(line.partition(b":")[2]) * 1e6 for line in file if line.startswith(b"cpu MHz")]
        except (OSError, ValueError):
            return None
        return sum(found) / len(found) if found else None


class Counters:
    """The kernel's counters in /proc/stat: switches, interrupts, forks; tasks running and blocked."""

    __slots__ = ("_before", "blocked", "forks", "interrupts", "rates", "running", "switches")

    def __init__(self) -> None:
        self._before: tuple[int | None, ...] = (None, None, None)
        self.switches: int | None = None
        self.interrupts: int | None = None
        self.forks: int | None = None
        self.running: int | None = None
        self.blocked: int | None = None
        self.rates: tuple[float | None, float | None, float | None] = (None, None, None)

    def take(self, raw: bytes, tick: Tick) -> None:
        """Take the content of /proc/stat for this sample."""
        at = raw.find(b"\nintr ")
        self.interrupts = int(raw[at + 6 : at + 40].split(None, 1)[0]) if at >= 0 else None
        tail = raw[raw.find(b"\nctxt ") :]
        self.switches = number_after(tail, b"\nctxt ")
        self.forks = number_after(tail, b"\nprocesses ")
        self.running = number_after(tail, b"\nprocs_running ")
        self.blocked = number_after(tail, b"\nprocs_blocked ")
        now = (self.switches, self.interrupts, self.forks)
        switches, interrupts, forks = (rate(a, b, tick.elapsed) for a, b in zip(now, self._before, strict=True))
        self.rates = (switches, interrupts, forks)
        self._before = now
