"""A machine that never was, behind the Collector seam."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

from tuimon.collectors.simulated.incident import Incident
from tuimon.collectors.simulated.kernel import Counters, LoadAverage, Sensors, Stalls
from tuimon.collectors.simulated.links import Links
from tuimon.collectors.simulated.memory import TOTAL, MemoryBank
from tuimon.collectors.simulated.population import Population, Work
from tuimon.collectors.simulated.processor import Effort, Processor
from tuimon.collectors.simulated.role import CORES
from tuimon.collectors.simulated.roster import roles
from tuimon.collectors.simulated.scenarios import TABLE
from tuimon.collectors.simulated.storage import DiskBay, mounts
from tuimon.collectors.simulated.trouble import Trouble
from tuimon.collectors.simulated.workload import DAY, Traffic
from tuimon.model.families import Self
from tuimon.model.process import NOTHING, Wanted
from tuimon.model.snapshot import Host, Snapshot
from tuimon.protocols import Clock

UPTIME: Final = 12 * DAY + 4 * 3600 + 31 * 60.0
AFTERNOON: Final = 14 * 3600.0  # the second of the day at which a machine without a start begins
SWAPPED_TO: Final = "nvme0n1"
LONG: Final = 5.0
CAPACITY: Final = 0.985  # of all cores; the rest is for those who come and go between samples


class SimulatedMachine:
    """Samples of one made-up machine: the same scenario, seed, start and steps give the same numbers.

    Time only stamps them. Without a `start` the first sample is at 14:00 of the machine's day; with one (epoch
    seconds UTC) the day's shape follows it.
    """

    def __init__(
        self,
        scenario: str,
        seed: int,
        *,
        clock: Clock | None,
        interval: float,
        start: float | None,
        booted_at: float | None,
        incidents: tuple[Incident, ...],
    ) -> None:
        self._scenario = scenario
        self._seed = seed
        self._now = clock.now if clock is not None else time.time
        self._interval = interval
        self._second = AFTERNOON if start is None else start % DAY
        self._booted_at = booted_at
        self._incidents = incidents
        self._inside: Inside | None = None

    def sample(self, visible: Sequence[int] = (), wanted: Wanted = NOTHING) -> Snapshot:
        """Return the next sample, one interval after the one before, stamped with the clock's time."""
        del visible, wanted  # every process is read in full each time
        return self.sample_at(self._now(), self._interval)

    def sample_at(self, moment: float, step: float) -> Snapshot:
        """Return the next sample, `step` seconds after the one before, stamped with a time of the caller's."""
        first = self._inside is None
        if self._inside is None:
            booted_at = moment // 1 - UPTIME if self._booted_at is None else self._booted_at
            day = Day(moment, self._second, booted_at)
            self._inside = Inside(self._scenario, self._seed, day, self._incidents)
        return self._inside.advance(moment, step, first=first)

    def close(self) -> None:
        """Give nothing back: nothing was taken."""


@dataclass(frozen=True, slots=True)
class Day:
    """When a machine's first sample is taken and when it was started (epoch seconds), and which `second` of its day."""

    moment: float
    second: float
    booted_at: float

    @property
    def uptime(self) -> float:
        """Return for how many seconds it has been up at the first sample."""
        return self.moment - self.booted_at


class Inside:
    """What the machine is made of, from its first sample on."""

    def __init__(self, name: str, seed: int, day: Day, incidents: tuple[Incident, ...]) -> None:
        scenario = TABLE[name]
        self._seeds = Random(f"{name}/{seed}")  # noqa: S311  made-up noise, no secret
        machine_id = f"{self._seeds.getrandbits(128):032x}"
        model = "Intel(R) Xeon(R) E-2378G CPU @ 2.80GHz"
        load = 0.04 + scenario.requests / 1400.0
        self._age = 0.0
        self._second = day.second
        self._host = Host("web-1", "Debian 12", "6.1.0", CORES, day.booted_at, machine_id, model)
        self._population = Population(self._stream(), roles(scenario.size, scenario.culprit), day.booted_at, TOTAL)
        self._population.age(day.moment, scenario.requests)
        self._traffic = Traffic(self._stream(), scenario.requests)
        self._processor = Processor(self._stream(), day.uptime, load)
        self._memory = MemoryBank(self._stream())
        self._disks = DiskBay(self._stream())
        self._mounts = mounts()
        self._links = Links(self._stream(), day.uptime, scenario.requests)
        self._load = LoadAverage(load * CORES)
        self._stalls = Stalls(self._stream(), day.uptime)
        self._counters = Counters(self._stream(), day.uptime, scenario.requests)
        self._sensors = Sensors()
        self._noise = self._stream()
        data = self._mounts["/data"]
        self._trouble = Trouble(
            self._stream(),
            culprit=scenario.culprit,
            incidents=incidents,
            population=self._population,
            memory=self._memory,
            data=data,
        )

    def advance(self, moment: float, step: float, *, first: bool) -> Snapshot:
        """Live through a step; the first is the one before the first sample, whose rates nobody knows."""
        if not first:
            self._age += step
        population = self._population
        requests = self._traffic.advance(self._second + self._age, step)
        population.advance(self._age, step, requests, moment)
        flood = self._trouble.advance(self._age, step, moment)
        self._reclaim(step)
        network, tcp = self._links.advance(step, requests, flood, first=first)
        soft = self._soft(step)
        work = population.finish(step, self._disks.saturation, CAPACITY * CORES * step - soft / 100.0)
        read = sum(work.reads.values())
        memory, swap = self._memory.advance(step, population.private_bytes, read, self._disks.dirty_bytes, first=first)
        disk = self._disks.advance(step, *self._with_swap(work), first=first)
        self._mounts["/"].used += 0.002 * work.writes["nvme0n1"]  # most writes are over old ones
        self._mounts["/"].files += 0.02 * work.forks
        self._mounts["/"].rotate()
        saturation, squeeze = self._disks.saturation, self._memory.squeeze
        effort = Effort(work.jiffies, work.kernel_jiffies, soft, self._waiting(step), tuple(work.hogs))
        cpu, core = self._processor.advance(step, effort, first=first)
        busy = self._processor.busy
        runnable = work.running if step < LONG else busy * CORES  # one look says little about a long step
        queue = runnable * (1.0 + 0.4 * busy**4) + work.blocked
        done = self._counters.advance(step, requests, self._links.packets, work.jiffies, work.forks)
        tasks = (population.count, population.threads, 1 + work.running, work.blocked, population.zombies)
        return Snapshot(
            time=moment,
            elapsed=None if first else step,
            host=self._host,
            cpu=cpu,
            core=core,
            load=self._load.advance(step, queue),
            memory=memory,
            swap=swap,
            pressure=self._stalls.advance(step, busy, squeeze, saturation),
            disk=disk,
            filesystem=tuple(mount.seen() for mount in self._mounts.values()),
            network=network,
            tcp=tcp,
            system=self._counters.seen(step, done, tasks, first=first),
            sensor=self._sensors.advance(step, busy, saturation),
            self_=self._own(),
            processes=population.rows,
        )

    def _stream(self) -> Random:
        """Return a stream of its own, so that one part's needs do not change another's numbers."""
        return Random(self._seeds.getrandbits(64))  # noqa: S311  made-up noise, no secret

    def _reclaim(self, step: float) -> None:
        """Let kswapd look for pages when memory is tight."""
        squeeze = self._memory.squeeze
        kswapd = self._population.find("kswapd0") if squeeze else None
        if kswapd is not None:
            self._population.press(kswapd, 0.55 * squeeze * step * (0.5 + self._noise.random()))

    def _with_swap(self, work: Work) -> tuple[dict[str, float], dict[str, float]]:
        """Return what the disks read and wrote: the processes' io, and the swap's."""
        reads, writes = work.reads, work.writes
        reads[SWAPPED_TO] += self._memory.swapped_in
        writes[SWAPPED_TO] += self._memory.swapped_out
        return reads, writes

    def _soft(self, step: float) -> float:
        """Return the hundredths of a second that soft interrupts take: the packets', mostly."""
        return step * (0.6 + self._links.packets / 2200.0)

    def _waiting(self, step: float) -> float:
        """Return the hundredths of a second in which a core had nothing to do but wait for a disk."""
        stuck: float = 130.0 * self._disks.saturation**1.5 + 90.0 * self._memory.squeeze**2
        return step * (0.5 * self._noise.random() + stuck * (0.8 + 0.4 * self._noise.random()))

    def _own(self) -> Self:
        """Return what the tuimon that runs on the simulated machine costs there."""
        own = self._population.shown("tuimon")
        return Self(own.cpu_percent, own.rss_bytes, 0.0031 + 0.0004 * self._noise.random())
