"""The simulated kernel's own numbers: load, pressure, switches, sensors."""

from __future__ import annotations

import math
from random import Random

from tuimon.collectors.simulated.noise import Drift, Lag, Whole
from tuimon.model.families import Load, Pressure, Sensor, System

LOAD_EVERY = 5.0


class LoadAverage:
    """The three averages, brought up to date every five seconds as the kernel does."""

    def __init__(self, tasks: float) -> None:
        self._averages = [tasks, tasks, tasks]
        self._waited = 0.0

    def advance(self, step: float, tasks: float) -> Load:
        """Count `tasks` runnable or blocked for a step."""
        self._waited += step
        if self._waited >= LOAD_EVERY:
            for place, minutes in enumerate((1, 5, 15)):
                kept = math.exp(-self._waited / (60.0 * minutes))
                self._averages[place] = self._averages[place] * kept + tasks * (1 - kept)
            self._waited = 0.0
        one, five, fifteen = (round(average, 2) for average in self._averages)
        return Load(one, five, fifteen)


class Stall:
    """One line of a pressure file: the average over 10 s, brought up to date every two, and the total."""

    def __init__(self, total: float) -> None:
        self._average = Lag(0.0, 10.0)
        self._waited = 0.0
        self._shown = 0.0
        self.total = total

    def advance(self, step: float, share: float) -> float:
        """Stall for a share (0 to 1) of a step; return the average in percent."""
        self.total += share * step
        self._average.advance(100.0 * share, step)
        self._waited += step
        if self._waited >= 2.0:
            self._waited = 0.0
            self._shown = round(self._average.value, 2)
        return self._shown


class Stalls:
    """Pressure of CPU, memory and io."""

    def __init__(self, random: Random, uptime: float) -> None:
        self._random = random
        shares = (0.021, 0.0002, 0.0001, 0.004, 0.003)
        self._lines = tuple(Stall(share * uptime) for share in shares)

    def advance(self, step: float, busy: float, squeeze: float, saturation: float) -> Pressure:
        """Stall by how busy the cores, how tight the memory and how saturated the disks are, each 0 to 1."""
        jitter = 0.6 + 0.8 * self._random.random()
        shares = (
            min(0.95, busy**3 * 0.75 * jitter),
            min(0.9, squeeze**2 * 0.8 * jitter),
            min(0.8, squeeze**2 * 0.45 * jitter),
            min(0.95, (0.004 + saturation**2 * 0.7) * jitter),
            min(0.9, (0.003 + saturation**2 * 0.5) * jitter),
        )
        shown = [line.advance(step, share) for line, share in zip(self._lines, shares, strict=True)]
        return Pressure(*shown, *(round(line.total, 6) for line in self._lines))


class Counters:
    """Context switches, interrupts, forks and open files."""

    def __init__(self, random: Random, uptime: float, requests: float) -> None:
        self._random = random
        self._totals = [int((900 + 38 * requests) * uptime), int((700 + 21 * requests) * uptime), int(3.1 * uptime)]
        self._whole = [Whole() for _ in range(2)]
        self._files = Lag(2600 + 2.0 * requests, 20.0)
        self._wobble = Drift(random, tau=4.0, spread=0.08)

    def advance(self, step: float, requests: float, packets: float, jiffies: float, forks: int) -> tuple[int, int, int]:
        """Count a step's switches, interrupts and forks, and return them."""
        wobble = self._wobble.advance(step)
        switches = self._whole[0].take((900 + 24 * requests + 0.15 * packets + 3 * jiffies / step) * step * wobble)
        interrupts = self._whole[1].take((700 + 4 * requests + 0.5 * packets + 2 * jiffies / step) * step * wobble)
        for place, amount in enumerate((switches, interrupts, forks)):
            self._totals[place] += amount
        self._files.advance(2600 + 2.0 * requests, step)
        return switches, interrupts, forks

    def seen(
        self, step: float, done: tuple[int, int, int], tasks: tuple[int, int, int, int, int], *, first: bool
    ) -> System:
        """Return what a sample shows; tasks are processes, threads, running, blocked, zombies."""
        switches, interrupts, forks = (None, None, None) if first else tuple(amount / step for amount in done)
        files = int(self._files.value) // 32 * 32
        return System(switches, interrupts, forks, *tasks, files, *self._totals)


class Sensors:
    """Temperatures that follow the load, and a fan that follows them."""

    def __init__(self) -> None:
        self._package = Lag(49.0, 9.0)
        self._slow = Lag(44.0, 60.0)
        self._drive = Lag(39.0, 90.0)

    def advance(self, step: float, busy: float, saturation: float) -> tuple[Sensor, ...]:
        """Warm and cool for a step, by how busy the cores and disks are."""
        package = self._package.advance(41.0 + 42.0 * busy, step)
        board = self._slow.advance(package - 8.0, step)
        drive = self._drive.advance(37.0 + 22.0 * saturation, step)
        return (
            Sensor("coretemp Package id 0", float(round(package)), None, 84.0, 100.0),
            Sensor("coretemp Core 0", float(round(package - 2.0)), None, 84.0, 100.0),
            Sensor("nvme Composite", round(drive * 2) / 2, None, 84.8, 89.8),
            Sensor("acpitz temp1", float(round(board)), None, None, 105.0),
            Sensor("nct6775 fan2", None, float(round((900 + 28 * max(0.0, board - 36)) / 10) * 10)),
        )
