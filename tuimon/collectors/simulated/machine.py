"""A machine that never was, behind the Collector seam."""

from __future__ import annotations

import time
from collections.abc import Sequence
from random import Random
from typing import Final

from tuimon.collectors.simulated.incident import Incident
from tuimon.collectors.simulated.kernel import Counters, LoadAverage, Sensors, Stalls, tasks_running
from tuimon.collectors.simulated.links import Links
from tuimon.collectors.simulated.living import Living
from tuimon.collectors.simulated.memory import TOTAL, MemoryBank
from tuimon.collectors.simulated.population import Population, Work
from tuimon.collectors.simulated.processor import Processor
from tuimon.collectors.simulated.roster import CORES, resident, roles, visiting
from tuimon.collectors.simulated.scenarios import Scenario
from tuimon.collectors.simulated.storage import DiskBay, mounts
from tuimon.collectors.simulated.trouble import Demand, Trouble
from tuimon.collectors.simulated.workload import Traffic
from tuimon.model.families import Self
from tuimon.model.snapshot import Host, Snapshot
from tuimon.protocols import Clock

UPTIME: Final = 12 * 86400 + 4 * 3600 + 31 * 60.0
NOON: Final = 14 * 3600.0  # the second of the day at which a machine without a start begins
MEMORY_PACE: Final = 120e6  # bytes a second at most that a leak grows by
WRITE_PACE: Final = 310e6


class WallClock:
    """The machine's own clocks."""

    def now(self) -> float:
        """Return epoch seconds."""
        return time.time()

    def monotonic(self) -> float:
        """Return steady seconds."""
        return time.monotonic()


class SimulatedMachine:
    """Samples of one made-up machine: the same scenario, seed and steps give the same numbers.

    Time only stamps them. Without a `start` the first sample is at 14:00 of the machine's day; with one (epoch
    seconds UTC) the day's shape follows it.
    """

    def __init__(
        self,
        scenario: Scenario,
        seed: int,
        *,
        clock: Clock | None,
        interval: float,
        start: float | None,
        incidents: tuple[Incident, ...],
    ) -> None:
        self._clock: Clock = clock or WallClock()
        self._interval = interval
        self._start = start
        self._scenario = scenario
        self._random = Random(f"{scenario.help}/{seed}")  # noqa: S311  made-up noise, no secret
        self._trouble = Trouble(scenario.culprit, incidents)
        self._seed = seed
        self._age = -1.0
        self._booted = False
        self._spill = 0.0

    def sample(self, visible: Sequence[int] = ()) -> Snapshot:
        """Return the next sample, one interval after the one before, stamped with the clock's time."""
        del visible  # everything is read in each sample
        return self.sample_at(self._clock.now(), self._interval)

    def sample_at(self, moment: float, step: float) -> Snapshot:
        """Return the next sample, `step` seconds after the one before, stamped with a time of the caller's."""
        first = not self._booted
        if first:
            self._boot(moment)
        else:
            self._age += step
        return self._sample(moment, step, first=first)

    def close(self) -> None:
        """Nothing is held."""

    def _boot(self, moment: float) -> None:
        scenario, random = self._scenario, self._random
        self._booted = True
        self._age = 0.0
        self._day = NOON if self._start is None else self._start % 86400.0
        booted_at = moment - UPTIME
        self._host = Host(
            "web-1",
            "Debian 12",
            "6.1.0",
            CORES,
            booted_at,
            f"{self._seed:032x}",
            "Intel(R) Xeon(R) E-2378G CPU @ 2.80GHz",
        )
        self._population = Population(self._fork(), roles(scenario.size, scenario.culprit), booted_at, TOTAL)
        self._population.age(UPTIME, scenario.requests)
        self._traffic = Traffic(self._fork(), scenario.requests)
        load = 0.04 + scenario.requests / 1400.0
        self._processor = Processor(self._fork(), UPTIME, load)
        self._memory = MemoryBank(self._fork())
        self._disks = DiskBay(self._fork())
        self._mounts = mounts()
        self._links = Links(self._fork(), UPTIME, scenario.requests)
        self._load = LoadAverage(load * CORES)
        self._stalls = Stalls(self._fork(), UPTIME)
        self._counters = Counters(self._fork(), UPTIME, scenario.requests)
        self._sensors = Sensors()
        random.random()

    def _fork(self) -> Random:
        return Random(self._random.getrandbits(64))  # noqa: S311  as above

    def _sample(self, moment: float, step: float, *, first: bool) -> Snapshot:
        requests = self._traffic.advance(self._day + self._age, step)
        demand = self._trouble.at(self._age, step)
        population = self._population
        population.advance(self._age, step, requests, moment)
        flood = demand.flood if demand is not None else 0.0
        self._drive(demand, step, moment)
        work = population.finish(step)
        network, tcp = self._links.advance(step, requests, flood, first=first)
        disk = self._disks.advance(step, work.reads, work.writes, first=first)
        self._fill(work, step)
        memory, swap = self._memory.advance(
            step, population.private_bytes, sum(work.reads.values()), self._disks.dirty_bytes, first=first
        )
        saturation = self._disks.saturation
        soft = step * (0.6 + self._links.packets / 2200.0)
        waiting = step * (0.4 * self._random.random() + 130.0 * saturation**1.5 + 90.0 * self._memory.squeeze**2)
        cpu, core = (
            self._processor.first()
            if first
            else self._processor.advance(step, work.jiffies, work.kernel_jiffies, soft, waiting)
        )
        busy = self._processor.busy
        running = tasks_running(self._random, busy)
        blocked = int(saturation * 3.0 * self._random.random() + 2.0 * self._memory.squeeze * self._random.random())
        done = self._counters.advance(step, requests, self._links.packets, work.jiffies, work.forks)
        tasks = (population.count, population.threads, running, blocked, population.zombies)
        return Snapshot(
            time=moment,
            elapsed=None if first else step,
            host=self._host,
            cpu=cpu,
            core=core,
            load=self._load.advance(step, running - 0.6 + blocked),
            memory=memory,
            swap=swap,
            pressure=self._stalls.advance(step, busy, self._memory.squeeze, saturation),
            disk=disk,
            filesystem=tuple(mount.seen() for mount in self._mounts.values()),
            network=network,
            tcp=tcp,
            system=self._counters.seen(step, done, tasks, first=first),
            sensor=self._sensors.advance(step, busy, saturation),
            self_=self._own(),
            processes=population.rows,
        )

    def _own(self) -> Self:
        """Return what the tuimon that runs on the simulated machine costs there."""
        own = next(row for row in self._population.rows if row.name == "tuimon")
        return Self(own.cpu_percent, own.rss_bytes, 0.0031)

    def _drive(self, demand: Demand | None, step: float, moment: float) -> None:
        """Let the culprit work, come and go."""
        culprit = self._scenario.culprit
        if culprit is None:
            return
        living = self._population.find(culprit.name)
        if demand is None:
            if living is not None:
                self._calm(living, moment)
            return
        if living is None:
            living = self._population.birth(visiting(culprit), moment)
        self._press(living, demand, step)

    def _press(self, living: Living, demand: Demand, step: float) -> None:
        population = self._population
        if demand.cpu_share:
            missing = demand.cpu_share * CORES * step - population.asked()
            population.press(living, max(0.0, missing) * (0.96 + 0.04 * self._random.random()))
        if demand.flood:
            population.press(living, 1.7 * step * (0.85 + 0.3 * self._random.random()))
        if demand.memory_share:
            others = population.private_bytes - living.rss * living.private + self._memory.used_by_kernel()
            goal = demand.memory_share * TOTAL - others
            begun = living.role.rss_mib * 1024 * 1024
            population.resize(living, int(begun + max(0.0, goal - begun) * demand.strength))
        if demand.fill_share:
            room = self._mounts["/data"].room_until(0.71 + (demand.fill_share - 0.71) * demand.strength)
            self._spill = min(max(0.0, room), WRITE_PACE * step)
            population.press(living, 0.06 * step + self._spill / 2.4e8, written=self._spill + 9e3)

    def _calm(self, living: Living, moment: float) -> None:
        """Undo an incident: the kernel kills the leak and systemd starts it again, logs are rotated, a batch ends."""
        culprit = self._scenario.culprit
        population = self._population
        data = self._mounts["/data"]
        if culprit is None:
            return
        if not culprit.resident:
            population.death(living)
        elif culprit.memory_goal and living.rss > 2 * living.role.rss_mib * 1024 * 1024:
            population.death(living)
            population.birth(resident(culprit), moment)
        elif culprit.fill_goal and data.share > 0.8:
            data.used -= data.room_until(0.71) * -1.0

    def _fill(self, work: Work, step: float) -> None:
        """Let filesystems grow by what was written and not overwritten."""
        self._mounts["/"].used += 0.002 * work.writes["nvme0n1"]
        data = self._mounts["/data"]
        others = max(0.0, work.writes["sda"] - self._spill)
        data.used += self._spill + 0.02 * others
        self._spill = 0.0
        self._mounts["/"].files += 0.002 * step * self._random.random()
