"""The culprit at work: what it demands of the machine at a moment, and what becomes of it afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Final

from tuimon.collectors.simulated.incident import Incident, phase_of
from tuimon.collectors.simulated.living import Living
from tuimon.collectors.simulated.memory import TOTAL, MemoryBank
from tuimon.collectors.simulated.noise import Drift
from tuimon.collectors.simulated.population import Population
from tuimon.collectors.simulated.role import CORES, MIB
from tuimon.collectors.simulated.roster import resident, visiting
from tuimon.collectors.simulated.scenarios import Culprit
from tuimon.collectors.simulated.storage import DATA_SHARE, Mount

SPIKE: Final = 5.0  # hogs of CPU and network are at full strength in a fifth of the ramp
SWING_UP: Final = 9 / 16
WRITE_PACE: Final = 310e6  # bytes a second at most
WRITE_COST: Final = 4e-9  # seconds of CPU a byte
SOFT_THREADS: Final = ("ksoftirqd/0", "ksoftirqd/1", "ksoftirqd/2", "ksoftirqd/3")


@dataclass(frozen=True, slots=True)
class Demand:
    """How far the culprit drives the machine now.

    Shares of its CPU, memory and /data; received bytes a second; cores of its own. `strength` goes from 0 to 1 along
    the ramp.
    """

    strength: float
    cpu_share: float = 0.0
    memory_share: float = 0.0
    fill_share: float = 0.0
    flood: float = 0.0
    cores: float = 0.0


def demand_of(culprit: Culprit, incidents: tuple[Incident, ...], age: float, step: float) -> Demand | None:
    """Return the demand `age` seconds after the first sample, over the last `step` seconds; None: all is well."""
    phase = phase_of(incidents, age)
    if phase is None:
        return None
    sudden = min(1.0, phase.strength * SPIKE)
    return Demand(
        strength=phase.strength,
        cpu_share=sudden * _swung(culprit, phase.age, step),
        memory_share=culprit.memory_goal,
        fill_share=culprit.fill_goal,
        flood=sudden * culprit.flood,
        cores=sudden * culprit.cores,
    )


def _swung(culprit: Culprit, age: float, step: float) -> float:
    if not culprit.swing:
        return culprit.cpu_goal
    if step >= culprit.swing:
        return culprit.cpu_goal * SWING_UP + culprit.cpu_rest * (1 - SWING_UP)
    return culprit.cpu_goal if age % culprit.swing < culprit.swing * SWING_UP else culprit.cpu_rest


class Trouble:
    """A culprit, its timetable, and its hands on the machine."""

    def __init__(
        self,
        random: Random,
        *,
        culprit: Culprit | None,
        incidents: tuple[Incident, ...],
        population: Population,
        memory: MemoryBank,
        data: Mount,
    ) -> None:
        self._culprit = culprit
        self._incidents = incidents
        self._population = population
        self._memory = memory
        self._data = data
        self._zeal = Drift(random, tau=4.0, spread=0.025)

    def advance(self, age: float, step: float, moment: float) -> float:
        """Let the culprit come, work or go; return the flood it receives, in bytes a second."""
        culprit = self._culprit
        if culprit is None:
            return 0.0
        living = self._population.find(culprit.name)
        demand = demand_of(culprit, self._incidents, age, step)
        if demand is None:
            if living is not None:
                self._undo(culprit, living, moment)
            return 0.0
        if living is None:
            living = self._population.birth(visiting(culprit), moment)
        self._press(living, demand, step)
        return demand.flood

    def _press(self, living: Living, demand: Demand, step: float) -> None:
        population = self._population
        zeal = self._zeal.advance(step)
        if demand.cores:
            population.press(living, demand.cores * step * min(zeal, 1.02))
        if demand.cpu_share:
            population.press(living, max(0.0, min(0.985, demand.cpu_share * zeal) * CORES * step - population.asked()))
        if demand.memory_share:
            self._leak(living, demand, zeal)
        if demand.fill_share:
            self._spill(living, demand, step)
        if demand.flood:
            for name in SOFT_THREADS:
                thread = population.find(name)
                if thread is not None:
                    population.press(thread, 0.14 * step * zeal)

    def _leak(self, living: Living, demand: Demand, zeal: float) -> None:
        """Grow towards the machine's limit; the collector of its garbage now and then wins a little back."""
        others = self._population.private_bytes - living.rss * living.private + self._memory.used_by_kernel()
        goal = (demand.memory_share * TOTAL - others) / living.private
        begun = living.role.rss_mib * MIB
        held = max(0.0, goal - begun) * demand.strength * (1.0 - 0.15 * abs(zeal - 1.0))
        self._population.resize(living, int(begun + held))

    def _spill(self, living: Living, demand: Demand, step: float) -> None:
        room = self._data.room_until(DATA_SHARE + (demand.fill_share - DATA_SHARE) * demand.strength)
        written = min(max(0.0, room), WRITE_PACE * step)
        self._data.used += written
        self._population.press(living, written * WRITE_COST, written=written)

    def _undo(self, culprit: Culprit, living: Living, moment: float) -> None:
        """End an incident: the kernel kills the leak and systemd starts it again, logs are rotated, a batch ends."""
        if not culprit.resident:
            self._population.death(living)
        elif culprit.memory_goal and living.rss > 2 * living.role.rss_mib * MIB:
            self._population.death(living)
            self._memory.kills += 1
            self._population.birth(resident(culprit), moment)
        elif culprit.fill_goal and self._data.share > DATA_SHARE + 0.05:
            self._data.used += self._data.room_until(DATA_SHARE)
