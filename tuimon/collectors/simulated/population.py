"""All processes of a simulated machine: they wake, work, sleep, come and go."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from heapq import heappop, heappush
from random import Random

from tuimon.collectors.simulated.living import PAGE, Living, cgroup_of
from tuimon.collectors.simulated.noise import Drift, Whole
from tuimon.collectors.simulated.role import MIB, Role
from tuimon.collectors.simulated.visits import VISITS, Visit
from tuimon.model.process import Process

PID_MAX = 32768
FIRST_FREE_PID = 300
FIRST_NEW_PID = 29400  # so that the counter wraps within the first hour
REUSE = 0.06  # share of visitors that get the pid that was freed last, as after a wrap of the counter
ZOMBIE = 0.04
HOG = 55.0  # percent of a core: who uses more, but not much more than a whole one, stays on one
MOST_OF_ONE = 130.0
BIG_IO = 2e6  # bytes a second; who does more may be seen waiting for a disk


@dataclass(slots=True)
class Work:
    """What all processes did in one step: hundredths of a second of CPU, forks, bytes by disk; who runs or waits now.

    `hogs` are pid and hundredths of a second of those that filled most of one core.
    """

    jiffies: int = 0
    kernel_jiffies: float = 0.0
    forks: int = 0
    running: int = 0
    blocked: int = 0
    hogs: list[tuple[int, int]] = field(default_factory=list)
    reads: dict[str, float] = field(default_factory=lambda: {"nvme0n1": 0.0, "sda": 0.0})
    writes: dict[str, float] = field(default_factory=lambda: {"nvme0n1": 0.0, "sda": 0.0})


class Population:
    """The processes by pid, and who acts when."""

    def __init__(self, random: Random, roles: Iterable[Role], booted_at: float, memory: int) -> None:
        """Populate a machine of `memory` bytes that was started at `booted_at`."""
        self._random = random
        self._memory = memory
        self._now = 0.0
        self._order = 0
        self._pid = 2
        self._freed = 0
        self._unseen = Whole()
        self._forking = Whole()
        self._rows: dict[int, Process] = {}
        self._living: dict[int, Living] = {}
        self._named: dict[str, list[Living]] = {}
        self._awake: list[tuple[float, int, Living]] = []
        self._ends: list[tuple[float, int, Living]] = []
        self._visits: list[tuple[float, int, Visit]] = []
        self._serving: list[Living] = []
        self._steady: list[Living] = []
        self._touched: dict[int, Living] = {}
        self._restless: dict[int, Living] = {}
        self.private_bytes = 0.0
        self.threads = 0
        self._settle(roles, booted_at)
        self._pid = FIRST_NEW_PID + random.randrange(900)
        for visit in VISITS:
            first = visit.every * random.random()
            heappush(self._visits, (first, self._next_order(), visit))

    @property
    def rows(self) -> tuple[Process, ...]:
        """Return all processes as the newest sample shows them."""
        return tuple(self._rows.values())

    @property
    def count(self) -> int:
        """Return how many processes there are."""
        return len(self._living)

    @property
    def zombies(self) -> int:
        """Return how many processes have ended and are not yet reaped."""
        return sum(1 for living in self._steady if living.state == "Z")

    def find(self, title: str) -> Living | None:
        """Return the first process of a role, None when there is none."""
        found = self._named.get(title)
        return found[0] if found else None

    def age(self, now: float, requests: float) -> None:
        """Give everybody the CPU time of their life up to an epoch, at `requests` a second."""
        for living in self._living.values():
            role = living.role
            rate = role.wakes * role.cost + role.serves * requests
            lived = now - living.started_at
            living.jiffies = int(100 * rate * lived * self._random.uniform(0.85, 1.1))

    def shown(self, title: str) -> Process:
        """Return the newest row of a role that is always there."""
        return self._rows[self._named[title][0].pid]

    def advance(self, now: float, step: float, requests: float, time: float) -> None:
        """Let everybody do their work of `step` seconds up to `now` (machine's age), at `requests` a second.

        `time` is the epoch at `now`, for what is born meanwhile. Call `finish` then.
        """
        self._now = now
        load = requests * step
        for living in self._serving:
            drift = living.drift
            wobble = drift.advance(step) if drift is not None else 1.0
            self._use(living, living.role.serves * load * wobble, 0.0, 0.0)
        self._wake(now)
        for living in self._steady:
            role = living.role
            if living.state != "Z" and role.cores:
                lively = 0.7 + 0.6 * self._random.random()
                self._use(living, role.cores * step * lively, role.reads * step * lively, role.writes * step * lively)
        self._end(now)
        self._begin(now, step, time)

    def press(self, living: Living, cpu: float, written: float = 0.0, read: float = 0.0) -> None:
        """Make one process use CPU seconds and io in this step."""
        self._use(living, cpu, read, written)

    def asked(self) -> float:
        """Return the CPU seconds that have been asked for in this step."""
        return sum(living.cpu for living in self._touched.values())

    def resize(self, living: Living, rss: int) -> None:
        """Set a process's resident memory, in bytes."""
        rss = rss // PAGE * PAGE
        self.private_bytes += (rss - living.rss) * living.private
        living.rss = rss
        self._touched[living.pid] = living

    def finish(self, step: float, saturation: float, spare: float) -> Work:
        """Give out the CPU, bring the shown rows up to date, and say what was done.

        `saturation` (0 to 1) says how likely a process that does much io is seen waiting for it; processes get at
        most `spare` seconds of CPU together.
        """
        work = Work(forks=self._forked)
        touched = self._touched
        asked = sum(living.cpu for living in touched.values())
        scale = min(1.0, spare / asked) if asked else 1.0
        restless: dict[int, Living] = {}
        for pid, living in touched.items():
            self._account(living, living.settle(scale), step, work)
            self._pose(living, step, saturation, work)
            if living.percent or living.read or living.written or living.fresh:
                restless[pid] = living
        self._show(touched, restless, step)
        unseen = self._unseen.take(self._unseen_jiffies)
        work.jiffies += unseen
        work.kernel_jiffies += 0.4 * unseen
        self._restless = restless
        self._touched = {}
        self._forked = 0
        self._unseen_jiffies = 0.0
        return work

    def birth(self, role: Role, time: float) -> Living:
        """Start a process at an epoch; it shows from this step on."""
        parents = self._named.get(role.parent) or self._named["systemd"]
        living = self._add(role, self._next_pid(), parents[-1].pid, time, int(role.rss_mib * 256) * PAGE)
        self._forked += 1
        self._touched[living.pid] = living
        return living

    def death(self, living: Living) -> None:
        """Take a process away."""
        living.alive = False
        self._freed = living.pid
        del self._living[living.pid]
        self._rows.pop(living.pid, None)
        self._touched.pop(living.pid, None)
        self._named[living.role.title].remove(living)
        if living in self._steady:
            self._steady.remove(living)
        if living in self._serving:
            self._serving.remove(living)
        self.private_bytes -= living.rss * living.private
        self.threads -= living.role.threads

    _forked = 0
    _unseen_jiffies = 0.0

    def _settle(self, roles: Iterable[Role], booted_at: float) -> None:
        for role in roles:
            for number in range(role.count):
                self._settle_one(role, number, booted_at)

    def _settle_one(self, role: Role, number: int, booted_at: float) -> None:
        random = self._random
        parents = self._named.get(role.parent, ())
        ppid = parents[number % len(parents)].pid if parents else 0
        self._pid = max(self._pid, ppid)
        pid = self._boot_pid(role, number)
        late = pid / 180 if pid < 1200 else 40 + pid * 1.7
        rss = int(role.rss_mib * (1.0 if number == 0 else random.uniform(0.9, 1.08)) * 256) * PAGE
        living = self._add(role, pid, ppid, booted_at + round(late, 2), rss)
        living.command = role.command.replace("{port}", str(random.randrange(36000, 60000)))
        if role.serves:
            living.drift = Drift(random, tau=6.0, spread=0.3)
            self._serving.append(living)
        self._touched[pid] = living

    def _boot_pid(self, role: Role, number: int) -> int:
        if role.pid is not None:
            return role.pid + number
        self._pid += 1 if role.kernel else self._random.randrange(1, 9)
        if not role.kernel and self._pid < FIRST_FREE_PID:
            self._pid = FIRST_FREE_PID + 17
        while self._pid in self._living or 800 < self._pid < 816 or 2203 < self._pid < 2215:
            self._pid += 1
        return self._pid

    def _add(self, role: Role, pid: int, ppid: int, started_at: float, rss: int) -> Living:
        parent = self._living.get(ppid)
        cgroup = cgroup_of(role, "/" if parent is None else parent.cgroup)
        living = Living(role, pid, ppid, started_at, rss, cgroup=cgroup)
        self._living[pid] = living
        self._named.setdefault(role.title, []).append(living)
        self.private_bytes += rss * living.private
        self.threads += role.threads
        if role.wakes:
            heappush(self._awake, (self._now + self._random.expovariate(role.wakes), self._next_order(), living))
        return living

    def _next_order(self) -> int:
        self._order += 1
        return self._order

    def _next_pid(self) -> int:
        if self._freed and self._random.random() < REUSE and self._freed not in self._living:
            return self._freed
        while True:
            self._pid += 1
            if self._pid >= PID_MAX:
                self._pid = FIRST_FREE_PID
            if self._pid not in self._living:
                return self._pid

    def _use(self, living: Living, cpu: float, read: float, written: float) -> None:
        living.work(cpu, read, written)
        self._touched[living.pid] = living

    def _wake(self, now: float) -> None:
        random = self._random
        awake = self._awake
        while awake and awake[0][0] <= now:
            at, order, living = heappop(awake)
            if not living.alive:
                continue
            role = living.role
            times = 1.0
            if (now - at) * role.wakes > 1.0:
                times += (now - at) * role.wakes * (0.8 + 0.4 * random.random())
                at = now
            amount = times * (0.35 + 1.3 * random.random())
            written = role.writes * amount if role.writes and random.random() < 0.8 else 0.0
            read = role.reads * amount if role.reads and random.random() < 0.25 else 0.0
            self._use(living, role.cost * amount, read, written)
            if random.random() < 0.06 and not role.kernel:
                self._breathe(living)
            heappush(awake, (at + random.expovariate(role.wakes), order, living))

    def _breathe(self, living: Living) -> None:
        """Change the resident memory a little, about the role's own."""
        base = living.role.rss_mib * MIB
        if living.rss < 2 * base:
            kick = base * 0.004 * self._random.gauss(0.0, 1.0) + (base - living.rss) * 0.05
            self.resize(living, int(living.rss + kick))

    def _end(self, now: float) -> None:
        while self._ends and self._ends[0][0] <= now:
            _, order, living = heappop(self._ends)
            if not living.alive:
                continue
            if living.state != "Z" and self._random.random() < ZOMBIE and not self._children(living):
                living.state = "Z"
                living.command = ""
                self.resize(living, 0)
                heappush(self._ends, (now + 0.5, order, living))
            elif self._children(living):
                heappush(self._ends, (now + 0.5, order, living))
            else:
                self.death(living)

    def _children(self, living: Living) -> bool:
        return any(other.ppid == living.pid for other in self._steady)

    def _begin(self, now: float, step: float, time: float) -> None:
        random = self._random
        while self._visits and self._visits[0][0] <= now:
            at, order, visit = heappop(self._visits)
            wait = visit.every if visit.steady else random.uniform(0.5, 1.5) * visit.every
            heappush(self._visits, (at + wait, order, visit))
            stays = random.uniform(*visit.stays)
            if at + stays <= now:
                self._forked += len(visit.chain)
                self._unseen_jiffies += sum(100.0 * role.cores for role in visit.chain) * stays
                continue
            came = [self.birth(role, round(time - (now - at), 2)) for role in visit.chain]
            for visitor in reversed(came):  # children end before their parents
                role = visitor.role
                self._use(visitor, role.cores * (now - at), role.reads * (now - at), role.writes * (now - at))
                self._steady.append(visitor)
                heappush(self._ends, (at + stays, self._next_order(), visitor))
        threads = self._forking.take(1.6 * step * (0.4 + 1.2 * random.random()))
        self._forked += threads
        self._pid += threads

    def _show(self, touched: dict[int, Living], restless: dict[int, Living], step: float) -> None:
        """Make the rows that differ from those of the sample before; the others stay the same objects."""
        rows, before = self._rows, self._restless
        for pid, living in before.items():
            if pid not in touched and living.alive:
                living.rest()
                rows[pid] = living.row(step, self._memory)
        for pid, living in touched.items():
            if pid in restless or pid in before or living.rss != rows[pid].rss_bytes:
                rows[pid] = living.row(step, self._memory)
            else:
                living.cpu = 0.0

    def _account(self, living: Living, ran: int, step: float, work: Work) -> None:
        role = living.role
        living.percent = ran / step
        work.jiffies += ran
        work.kernel_jiffies += ran * role.kernel_share
        if HOG <= living.percent <= MOST_OF_ONE:
            work.hogs.append((living.pid, ran))
        if living.read:
            work.reads[role.disk] += living.read
        if living.written:
            work.writes[role.disk] += living.written

    def _pose(self, living: Living, step: float, saturation: float, work: Work) -> None:
        """Choose the state in which a process that did something is seen."""
        if living.state == "Z":
            return
        if living.read + living.written > BIG_IO * step and self._random.random() < saturation:
            living.state = "D"
            work.blocked += 1
        elif living.percent and self._random.random() < min(0.98, living.percent / 100.0):
            living.state = "R"
            work.running += min(living.role.threads, 1 + int(living.percent / 99.0))
        else:
            living.state = living.idle_state
