"""The whole dashboard beside its peers: CPU, memory, bytes to the terminal, first paint.

Every program runs at 200x50 and refreshes each second, one after the other in the same rounds, in a process list of
its own (a pid namespace) with so many sleepers. Needs root, or a kernel that allows user namespaces.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import statistics
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks import proctree, space
from benchmarks.row import Row
from benchmarks.terminal import Chunk, Screen, Session

PAINTED_CELLS = 200
START_SECONDS = 5.0  # a start that takes longer is not looked at
TABLE_ROW = re.compile(r"\d+ +\S+ +[RSDZTI] +[\d.…]")  # a row of tuimon's process table
CROWD, FEW = 1100, 100


@dataclass(frozen=True, slots=True)
class Program:
    """What is measured: how it is started at 1 s, and whether it is there at all."""

    name: str
    argv: tuple[str, ...]

    def found(self) -> bool:
        """Say whether it is installed."""
        return shutil.which(self.argv[0], path=space.search_path()) is not None


@dataclass(frozen=True, slots=True)
class Plan:
    """How long and how often to measure."""

    rounds: int
    warmup: float
    seconds: float
    peers: tuple[str, ...]


FULL = Plan(rounds=3, warmup=8, seconds=15, peers=("btop", "htop", "glances"))
QUICK = Plan(rounds=1, warmup=6, seconds=10, peers=("btop",))

TUIMON = Program("tuimon", (sys.executable, "-m", "tuimon"))
BUSY = Program("tuimon busy", (sys.executable, "-m", "tuimon", "--simulate", "busy", "--seed", "1"))
PEERS = {
    "btop": Program("btop", ("btop",)),
    "htop": Program("htop", ("htop", "-d", "10")),
    "glances": Program("glances", ("glances", "-t", "1", "--disable-check-update")),
}


@dataclass(frozen=True, slots=True)
class Run:
    """One program, once. Times in ms from its start; None where it never happened."""

    program: str
    processes: int
    cpu_seconds_a_minute: float
    bytes_a_second: float
    pss_mib: float
    rss_mib: float
    private_mib: float
    first_byte_ms: float | None
    painted_ms: float | None
    painted_cpu_ms: float | None
    data_ms: float | None
    data_cpu_ms: float | None
    others_cpu: float
    ended_by: str
    screen: tuple[str, ...]


def measure(program: Program, home: Path, plan: Plan) -> Run:
    """Run one program: its start, a warm-up, then a window of steady state."""
    session = Session(list(program.argv), space.environment(home))
    session.read(session.began + plan.warmup)
    session.settle()
    first, began = len(session.chunks), time.monotonic()
    cpu, machine = proctree.cpu_seconds(session.pid), proctree.machine_seconds()
    memories = []
    for part in range(1, 5):
        session.read(began + plan.seconds * part / 4)
        memories.append(proctree.memory(session.pid))
    lasted = time.monotonic() - began
    used = proctree.cpu_seconds(session.pid) - cpu
    others = (proctree.machine_seconds() - machine - used) / lasted
    chunks = session.chunks.copy()
    written = sum(len(chunk.data) for chunk in chunks[first:])
    ended = session.end() if session.open else "itself"
    if ended == "itself":
        os.waitpid(session.pid, 0)
    marks, lines = _replay(chunks, session.began)
    return Run(
        program=program.name,
        processes=sum(folder.name.isdigit() for folder in Path("/proc").iterdir()),
        cpu_seconds_a_minute=used * 60 / lasted,
        bytes_a_second=written / lasted,
        pss_mib=statistics.median(one.pss for one in memories),
        rss_mib=statistics.median(one.rss for one in memories),
        private_mib=statistics.median(one.private for one in memories),
        others_cpu=others,
        ended_by=ended,
        screen=tuple(lines),
        **marks,
    )


def _replay(chunks: list[Chunk], began: float) -> tuple[dict[str, float | None], list[str]]:
    """Read again what was written: when was the screen painted, when did it hold real data, what did it show last."""
    screen = Screen()
    names = ("first_byte_ms", "painted_ms", "painted_cpu_ms", "data_ms", "data_cpu_ms")
    seen: dict[str, float | None] = dict.fromkeys(names)

    def mark(name: str, chunk: Chunk) -> None:
        seen[f"{name}_ms"] = (chunk.at - began) * 1000
        seen[f"{name}_cpu_ms"] = chunk.cpu * 1000

    for chunk in chunks:
        screen.feed(chunk.data)
        if seen["first_byte_ms"] is None:
            seen["first_byte_ms"] = (chunk.at - began) * 1000
        if chunk.at - began > START_SECONDS:
            continue
        if seen["painted_ms"] is None and screen.cells() >= PAINTED_CELLS:
            mark("painted", chunk)
        if seen["data_ms"] is None and any(TABLE_ROW.search(line) for line in screen.lines()):
            mark("data", chunk)
    return seen, screen.lines()


def inside(processes: int, plan: Plan, programs: list[Program]) -> list[Run]:
    """Measure in rounds, in this process list; each program keeps its home from round to round."""
    runs = []
    with space.sleepers(processes), tempfile.TemporaryDirectory(prefix="tuimon-bench-") as folder:
        for _ in range(plan.rounds):
            for program in programs:
                home = Path(folder) / program.name.replace(" ", "-")
                home.mkdir(exist_ok=True)
                runs.append(measure(program, home, plan))
                space.reap_orphans()
                _say(runs[-1])
    return runs


def _say(run: Run) -> None:
    print(
        f"  {run.program:12} {run.processes:5} processes  {run.cpu_seconds_a_minute:5.2f} s/min  "
        f"{run.pss_mib:5.1f} MiB  {run.bytes_a_second:7.0f} B/s  others {run.others_cpu:.2f}",
        file=sys.stderr,
        flush=True,
    )


def in_namespace(processes: int, plan: Plan, programs: list[Program]) -> list[Run]:
    """Do `inside` in a pid namespace of its own."""
    job = {"processes": processes, "plan": asdict(plan), "programs": [asdict(program) for program in programs]}
    return [Run(**{**one, "screen": tuple(one["screen"])}) for one in space.run_inside("dashboard", job)]


def _work(job: dict[str, Any]) -> None:
    plan = Plan(**{**job["plan"], "peers": tuple(job["plan"]["peers"])})
    programs = [Program(one["name"], tuple(one["argv"])) for one in job["programs"]]
    space.answer(job, [asdict(run) for run in inside(job["processes"], plan, programs)])


def median(runs: list[Run], program: str, field: str, processes: int | None = None) -> float | None:
    """Return the median of one number over the runs of a program at about so many processes."""
    values = [
        getattr(run, field)
        for run in runs
        if run.program == program
        and (processes is None or abs(run.processes - processes) < 50)
        and getattr(run, field) is not None
    ]
    return statistics.median(values) if values else None


def beside(runs: list[Run], field: str, processes: int, digits: int = 2) -> str:
    """Say what the peers took in the same rounds."""
    found = ((name, median(runs, name, field, processes)) for name in PEERS)
    return ", ".join(f"{name} {value:.{digits}f}" for name, value in found if value is not None)


def rows(runs: list[Run], busy: list[Run]) -> list[Row]:
    """Turn runs into lines of the table."""
    found = [_cpu_row(runs, processes, slack) for processes, slack in ((CROWD, 1.0), (FEW, 1.5))]
    ours = [run for run in runs if run.program == "tuimon"]
    few = [run for run in ours if abs(run.processes - FEW) < 50]
    new, known = few[:1], few[1:] or ours[1:]
    written = "bytes to the terminal a second"
    peers = beside(runs, "bytes_a_second", FEW, 0)
    found += [
        _row("first paint with data, history open", median(known, "tuimon", "data_ms"), "ms", (400, 320)),
        _row("first paint with data, history open: CPU", median(known, "tuimon", "data_cpu_ms"), "ms", (400, 320)),
        _row("first paint with data, first run ever: CPU", median(new, "tuimon", "data_cpu_ms"), "ms", (600, None)),
        _row(f"{written}, idle host", median(few, "tuimon", "bytes_a_second"), "B", (10_000, 8_000), peers),
        _row(f"{written}, --simulate busy", median(busy, BUSY.name, "bytes_a_second"), "B", (10_000, 8_000)),
        _row(
            "memory of the dashboard (PSS)",
            median(few, "tuimon", "pss_mib"),
            "MiB",
            (45, 40),
            beside(runs, "pss_mib", FEW, 0),
        ),
    ]
    return [row for row in found if row is not None]


def _row(
    name: str, value: float | None, unit: str, limits: tuple[float | None, float | None], peer: str = ""
) -> Row | None:
    return None if value is None else Row(name, value, unit, *limits, peer)


def _cpu_row(runs: list[Run], processes: int, slack: float) -> Row | None:
    """CPU at so many processes; the bar is what btop took in the same rounds, times `slack`."""
    btop = median(runs, "btop", "cpu_seconds_a_minute", processes)
    return _row(
        f"dashboard, recording, {processes:,} processes: CPU a minute",
        median(runs, "tuimon", "cpu_seconds_a_minute", processes),
        "s",
        (btop * slack if btop else None, btop),
        beside(runs, "cpu_seconds_a_minute", processes),
    )


def collect(plan: Plan) -> tuple[list[Run], list[Run]]:
    """Measure everything: tuimon and its peers with few and with many processes, then a busy simulated machine."""
    programs = [TUIMON, *(PEERS[name] for name in plan.peers if PEERS[name].found())]
    runs = in_namespace(FEW, plan, programs) + in_namespace(CROWD, plan, programs)
    busy = in_namespace(10, Plan(1, plan.warmup, plan.seconds, ()), [BUSY])
    return runs, busy


def run(*, quick: bool = False) -> list[Row]:
    """Measure and return the lines of the table."""
    return rows(*collect(QUICK if quick else FULL))


if __name__ == "__main__":
    _work(json.loads(sys.argv[1]))
