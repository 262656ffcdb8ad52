"""Thousands of short-lived processes that recycle a hundred pids, and somebody who signals them by what a sample showed.

Run as the first process of a pid namespace (test_signal_race.py). Arguments: how to signal ("actor", "pid"), how many
processes, a file for the victims' records. Prints counts as JSON. Every victim records each signal that reaches it.
"""

from __future__ import annotations

import json
import os
import random
import signal
import struct
import sys
import time
from collections import Counter, deque
from pathlib import Path

SIGNAL = signal.SIGRTMIN  # unlike others it queues: two that arrive are two that are counted
BIRTH = struct.Struct("=IIQ")
FIRST, PIDS = 301, 100
AT_ONCE = 60
LONGEST = 0.04
CHOSEN_FROM = 200
"""Births behind which a choice lags: twice round the pids."""
CHOICES = 8
"""How many are chosen at a birth."""


def pid_max_is_ours() -> bool:
    """Whether a pid namespace has a pid_max of its own (Linux 6.14): else it would be the whole machine's."""
    return tuple(map(int, os.uname().release.split(".")[:2])) >= (6, 14)


def main() -> None:
    how, total, record = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    small = pid_max_is_ours()
    if small:
        Path("/proc/sys/kernel/pid_max").write_text(str(FIRST - 1 + PIDS))
    signal.pthread_sigmask(signal.SIG_BLOCK, {SIGNAL})
    seen = os.open(record, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    births, tell = os.pipe()
    if os.fork() == 0:
        breed(total, tell, seen, small=small)
        os._exit(0)
    os.close(tell)
    done, results, born = hunt(how, births)
    received = Counter(struct.unpack(f"={Path(record).stat().st_size // 4}I", Path(record).read_bytes()))
    wrong = sum(max(0, count - done[serial]) for serial, count in received.items())
    sys.stdout.write(json.dumps({
        "born": len(born), "pids": len(set(born)), "results": results, "received": sum(received.values()), "wrong": wrong,
    }))  # fmt: skip


def breed(total: int, tell: int, seen: int, *, small: bool) -> None:
    """Make so many children, some dozens at a time, and tell pid and start of each before its pid can be another's."""
    alive = 0
    for serial in range(total):
        while alive:
            pid, _ = os.waitpid(-1, 0 if alive >= AT_ONCE else os.WNOHANG)
            if not pid:
                break
            alive -= 1
        if not small:
            Path("/proc/sys/kernel/ns_last_pid").write_text(str(FIRST + serial % PIDS))
        pid = os.fork()
        if pid == 0:
            live(serial, seen)
        alive += 1
        os.write(tell, BIRTH.pack(serial, pid, start_of(pid)))
    while alive:
        os.waitpid(-1, 0)
        alive -= 1


def live(serial: int, seen: int) -> None:
    """Live for some milliseconds, and record each signal that comes."""
    until = time.monotonic() + random.random() * LONGEST
    while signal.sigtimedwait({SIGNAL}, max(0.0, until - time.monotonic())) is not None:
        os.write(seen, struct.pack("=I", serial))
    os._exit(0)


def start_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[19])


def hunt(how: str, births: int) -> tuple[Counter[int], Counter[str], list[int]]:
    """Signal those that were born lately, whoever has their pids by now; return how often whom, and what came of it."""
    from tuimon.collectors import open_actor  # not before: a small process forks faster
    from tuimon.model.action import Signal, Target

    actor, action = open_actor(), Signal("RTMIN")
    lately: deque[tuple[int, int, int]] = deque(maxlen=CHOSEN_FROM)
    done: Counter[int] = Counter()
    results: Counter[str] = Counter()
    born: list[int] = []
    while raw := os.read(births, BIRTH.size * 1000):
        for birth in BIRTH.iter_unpack(raw):
            lately.append(birth)
            born.append(birth[1])
        for serial, pid, start in random.choices(lately, k=CHOICES):
            if how == "actor":
                result = actor.act(Target(pid, start / os.sysconf("SC_CLK_TCK"), booted_at=0.0), action).result
            else:
                result = signal_whoever_has(pid)
            results[result] += 1
            done[serial] += result == "done"
    return done, results, born


def signal_whoever_has(pid: int) -> str:
    try:
        os.kill(pid, SIGNAL)
    except ProcessLookupError:
        return "gone"
    return "done"


if __name__ == "__main__":
    main()
