"""The scenarios: how big the machine's work is, who goes wrong, and towards what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Size = Literal["small", "medium", "large"]


@dataclass(frozen=True, slots=True)
class Culprit:
    """The process behind an incident, and where it drives the machine at full strength.

    Shares are of the whole machine, whatever the others use: `cpu_goal` of its CPU time, `memory_goal` of its
    memory, `fill_goal` of /data; `cores` is what it uses besides, of one core. With `swing` seconds it drives and lets go by turns. `flood` is received bytes a
    second. A culprit that is `resident` is there before and after; another comes with the incident.
    """

    name: str
    command: str
    user: str
    resident: bool
    threads: int = 4
    cpu_goal: float = 0.0
    cpu_rest: float = 0.0
    memory_goal: float = 0.0
    fill_goal: float = 0.0
    flood: float = 0.0
    cores: float = 0.0
    swing: float = 0.0


@dataclass(frozen=True, slots=True)
class Scenario:
    """One kind of machine and day: mean requests a second at noon, how many processes, who goes wrong."""

    help: str
    requests: float
    size: Size
    culprit: Culprit | None = None


TABLE: Final[dict[str, Scenario]] = {
    "calm": Scenario("a quiet night: nothing much happens, nothing goes wrong", 18.0, "small"),
    "busy": Scenario("a busy web server with bursts of traffic, in good health", 400.0, "large"),
    "memory-leak": Scenario(
        "leaky eats the memory until the kernel kills it",
        190.0,
        "medium",
        Culprit(
            name="leaky",
            command="leaky --workers 4 --queue /var/spool/leaky",
            user="app",
            resident=True,
            memory_goal=0.942,
            cores=0.97,
        ),
    ),
    "disk-full": Scenario(
        "logspill fills /data with its logs",
        190.0,
        "medium",
        Culprit(
            name="logspill",
            command="logspill --level trace --output /data/logs/spill.log",
            user="app",
            resident=True,
            threads=2,
            fill_goal=0.965,
        ),
    ),
    "cpu-spike": Scenario(
        "crunch takes every core for minutes",
        170.0,
        "medium",
        Culprit(
            name="crunch",
            command="crunch --jobs 8 /srv/batch/orders.parquet",
            user="batch",
            resident=False,
            threads=9,
            cpu_goal=0.96,
        ),
    ),
    "network-storm": Scenario(
        "floodd is flooded: packets, drops, soft interrupts",
        190.0,
        "medium",
        Culprit(
            name="floodd",
            command="floodd --listen 0.0.0.0:9000 --no-backpressure",
            user="nobody",
            resident=True,
            threads=6,
            flood=96e6,
            cores=1.7,
        ),
    ),
    "flapping": Scenario(
        "yoyo drives the CPU over its threshold and back, again and again",
        170.0,
        "medium",
        Culprit(
            name="yoyo",
            command="yoyo --batch 64 --pause 7",
            user="batch",
            resident=True,
            threads=8,
            cpu_goal=0.92,
            cpu_rest=0.55,
            swing=16.0,
        ),
    ),
}
"""Name -> scenario."""
