"""The simulated cores: whole hundredths of a second given to modes, as /proc/stat counts them."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Final

from tuimon.collectors.simulated.noise import Drift, Lag, Whole
from tuimon.collectors.simulated.role import CORES
from tuimon.model.families import Core, Cpu

USER, NICE, SYSTEM, IDLE, IOWAIT, IRQ, SOFTIRQ, STEAL = range(8)
STAYS: Final = 23.0  # seconds for which a busy process keeps its core


@dataclass(frozen=True, slots=True)
class Effort:
    """What a step asks of the cores, in hundredths of a second.

    `jiffies` of processes, `kernel` of them in the kernel; `soft` interrupts; `waiting` for disks. `hogs` are those of
    single processes that fill most of a core, by pid: each stays on one core for a while.
    """

    jiffies: int
    kernel: float
    soft: float
    waiting: float
    hogs: tuple[tuple[int, int], ...] = ()


class Processor:
    """Eight cores with their counters since boot."""

    def __init__(self, random: Random, uptime: float, load: float) -> None:
        """Begin with counters of `uptime` seconds at a load between 0 and 1."""
        self._random = random
        self._favour = [Drift(random, tau=7.0, spread=0.45) for _ in range(CORES)]
        self._whole = {mode: Whole() for mode in (SYSTEM, IOWAIT, SOFTIRQ, STEAL)}
        self._clock = Lag(2.9e9, 3.0)
        self._ticks = [[0] * 8 for _ in range(CORES)]
        for ticks in self._ticks:
            share = load * random.uniform(0.85, 1.15)
            busy = 100 * uptime * share
            ticks[USER], ticks[SYSTEM], ticks[SOFTIRQ] = int(busy * 0.74), int(busy * 0.22), int(busy * 0.035)
            ticks[NICE], ticks[IOWAIT] = int(busy * 0.005), int(100 * uptime * 0.004)
            ticks[IDLE] = int(100 * uptime) - sum(ticks)
        self._age = 0.0
        self.busy = load

    def advance(self, step: float, effort: Effort, *, first: bool) -> tuple[Cpu, tuple[Core, ...]]:
        """Spend a step on an effort."""
        if first:
            return self._first()
        self._age += step
        room = round(100 * step)
        system = min(effort.jiffies, self._whole[SYSTEM].take(effort.kernel))
        softirq = self._whole[SOFTIRQ].take(effort.soft)
        steal = self._whole[STEAL].take(0.02 * step if self._random.random() < 0.3 else 0.0)
        favour = [drift.advance(step) ** 2 for drift in self._favour]
        spent = _shared_out(effort.jiffies + softirq + steal, favour, room, self._held(effort.hogs, room))
        total = sum(spent)
        iowait = min(self._whole[IOWAIT].take(effort.waiting), room * CORES - total)  # a busy core waits for nothing
        modes = [0] * 8
        modes[SOFTIRQ], modes[STEAL] = min(softirq, total), min(steal, max(0, total - softirq))
        modes[SYSTEM] = min(system, total - modes[SOFTIRQ] - modes[STEAL])
        modes[USER] = total - modes[SOFTIRQ] - modes[STEAL] - modes[SYSTEM]
        cores = self._spread(modes, spent, iowait, room, step)
        return self._whole_machine(modes, iowait, room, step), cores

    def _held(self, hogs: tuple[tuple[int, int], ...], room: int) -> list[int]:
        """Return what single processes take of each core; they move on now and then."""
        held = [0] * CORES
        for pid, ran in hogs:
            number = (pid + int(self._age / STAYS)) % CORES
            held[number] = min(room, held[number] + ran)
        return held

    def _spread(self, modes: list[int], spent: list[int], iowait: int, room: int, step: float) -> tuple[Core, ...]:
        """Give each core its part of every mode; the parts add up to the modes."""
        left = modes.copy()
        open_ = sum(spent)
        cores = []
        for number, busy in enumerate(spent):
            ticks = self._ticks[number]
            rest = busy
            for mode in (STEAL, SOFTIRQ, SYSTEM):
                part = min(rest, left[mode] if open_ <= busy else round(left[mode] * busy / open_))
                left[mode] -= part
                rest -= part
                ticks[mode] += part
            ticks[USER] += rest
            open_ -= busy
            wait = min(room - busy, iowait)
            iowait -= wait
            ticks[IOWAIT] += wait
            ticks[IDLE] += room - busy - wait
            cores.append(_core(number, ticks, busy / step))
        return tuple(cores)

    def _whole_machine(self, modes: list[int], iowait: int, room: int, step: float) -> Cpu:
        whole = room * CORES / 100.0
        total = sum(modes)
        self.busy = total / (room * CORES)
        target = 1.9e9 + 1.6e9 * self.busy**0.5
        clock = self._clock.advance(target, step) * (0.99 + 0.02 * self._random.random())
        user, nice, system, idle, iowait_total, irq, softirq, steal = self._seconds()
        return Cpu(
            total / whole,
            modes[USER] / whole,
            (modes[SYSTEM] + modes[SOFTIRQ]) / whole,
            iowait / whole,
            modes[SOFTIRQ] / whole,
            modes[STEAL] / whole,
            0.0,
            clock // 1e6 * 1e6,
            user,
            nice,
            system,
            idle,
            iowait_total,
            irq,
            softirq,
            steal,
            CORES,
        )

    def _seconds(self) -> tuple[float, ...]:
        return tuple(sum(column) / 100.0 for column in zip(*self._ticks, strict=True))

    def _first(self) -> tuple[Cpu, tuple[Core, ...]]:
        user, nice, system, idle, iowait, irq, softirq, steal = self._seconds()
        cpu = Cpu(
            None,
            None,
            None,
            None,
            None,
            None,
            None,
            2.9e9,
            user,
            nice,
            system,
            idle,
            iowait,
            irq,
            softirq,
            steal,
            CORES,
        )
        return cpu, tuple(_core(number, ticks, None) for number, ticks in enumerate(self._ticks))


def _core(number: int, ticks: list[int], busy: float | None) -> Core:
    user, nice, system, idle, iowait, irq, softirq, steal = ticks
    return Core(
        str(number),
        busy,
        user / 100.0,
        nice / 100.0,
        system / 100.0,
        idle / 100.0,
        iowait / 100.0,
        irq / 100.0,
        softirq / 100.0,
        steal / 100.0,
    )


def _shared_out(amount: int, favour: list[float], room: int, held: list[int]) -> list[int]:
    """Share whole hundredths out among cores by favour, none above its room; what does not fit anywhere is lost.

    `held` is the part of the amount that has its cores already.
    """
    amount = min(amount, room * len(favour))
    free = amount - sum(held)
    total = sum(favour)
    spent = [min(room, taken + int(free * part / total)) for taken, part in zip(held, favour, strict=True)]
    rest = amount - sum(spent)
    for number in sorted(range(len(favour)), key=favour.__getitem__, reverse=True):
        if rest <= 0:
            break
        more = min(rest, room - spent[number], max(1, rest // 2 + 1))
        spent[number] += more
        rest -= more
    number = 0
    while rest > 0:
        more = min(rest, room - spent[number])
        spent[number] += more
        rest -= more
        number += 1
    return spent
