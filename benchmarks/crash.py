"""What kill -9 costs: what is missing afterwards, and how much slower the next start is.

Recorders are killed fifty times: by turns when something is written to the log, and within a write, the nth since the
start, by strace(1) where it is installed. What a reader had seen in the file before must be there after, every second of
it. The next start is measured on copies of one file as a kill left it, 8 MiB of log
beside it, and on copies of the same file as a clean stop left it, in turns.
"""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from benchmarks import proctree, space
from benchmarks.recorder import opened, sample_times
from benchmarks.row import Row
from benchmarks.table import table
from tuimon.collectors.simulated import open_simulated
from tuimon.history import open_history
from tuimon.model.snapshot import Frame

LANES = 10
COMMIT = 10.0
WRITES = 150
PATIENCE = 35.0
DAY = 86400


@dataclass(frozen=True, slots=True)
class Killed:
    """One kill: samples that were committed and are lost, that were taken and not committed, and the same of rows."""

    lost: int
    missing: int
    rows_missing: int
    torn: bool
    whole: bool


def recorder(path: Path, home: Path) -> list[str]:
    """Return how a recorder is started."""
    return [sys.executable, "-m", "tuimon", "record", "--history", str(path), "--log", str(home / "log")]


# -- What is missing --------------------------------------------------------------------------------------------------


def lane(number: int, rounds: int, folder: Path) -> list[Killed]:
    """Record into one history and kill, again and again."""
    home = folder / str(number)
    home.mkdir()
    open_history(str(home / "history.db")).close()
    noise = random.Random(number)
    ways = (at_a_commit, within_a_write) if shutil.which("strace") else (at_a_commit,)
    return [kill_once(home, ways[(number + at) % len(ways)], noise) for at in range(rounds)]


def kill_once(
    home: Path, way: Callable[[Path, float, random.Random], tuple[list[int], float]], noise: random.Random
) -> Killed:
    """Start a recorder, kill it, and look at what is there."""
    path, began = home / "history.db", time.time()
    seen, killed_at = way(home, began, noise)
    torn = ends_torn(Path(f"{path}-wal"))
    after = committed(path, began)
    db = opened(path)
    whole = db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    db.close()
    missing = int(killed_at - (after[-1] / 1000 if after else began))
    rows_missing = int((killed_at - max(began, process_rows(path) / 1000)) // 5)
    return Killed(len(set(seen) - set(after)), missing, rows_missing, torn, whole)


def at_a_commit(home: Path, began: float, noise: random.Random) -> tuple[list[int], float]:
    """Kill a recorder when it writes for the second time after its start, or some milliseconds after it should have."""
    path = home / "history.db"
    one = subprocess.Popen(recorder(path, home), env=space.environment(home), stdin=subprocess.DEVNULL)
    while not (seen := committed(path, began)):
        time.sleep(0.05)
    first = seen[0] / 1000  # the last sample of ten seconds brings the commit
    due = (first + 1) // COMMIT * COMMIT + 2 * COMMIT - 1 + first % 1
    time.sleep(max(0.0, due - time.time() - 0.1))
    seen = committed(path, began)
    await_write(Path(f"{path}-wal"), due - 0.002, due + noise.uniform(0.005, 0.06))
    one.send_signal(signal.SIGKILL)
    killed_at = time.time()
    one.wait()
    return seen, killed_at


def within_a_write(home: Path, began: float, noise: random.Random) -> tuple[list[int], float]:
    """Have a recorder killed at the beginning of one of its first writes; look into the file until then."""
    inject = f"inject=pwrite64:signal=SIGKILL:when={noise.randrange(2, WRITES)}"
    trace = ["strace", "-f", "-qq", "-o", os.devnull, "-e", "trace=pwrite64", "-e", inject]
    path, seen = home / "history.db", []
    one = subprocess.Popen([*trace, *recorder(path, home)], env=space.environment(home), stdin=subprocess.DEVNULL)
    while time.time() < began + PATIENCE:
        with contextlib.suppress(subprocess.TimeoutExpired):
            one.wait(0.2)
            break
        seen = committed(path, began) or seen
    killed_at = time.time()
    for pid in reversed(proctree.tree(one.pid)):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    one.wait()
    return seen, killed_at


def await_write(log: Path, start: float, end: float) -> None:
    """Return as soon as something is written to the log after `start`, at `end` in any case."""
    time.sleep(max(0.0, start - time.time()))
    before = log.stat()
    while time.time() < end:
        now = log.stat()
        if (now.st_size, now.st_mtime_ns) != (before.st_size, before.st_mtime_ns):
            return


def committed(path: Path, since: float) -> list[int]:
    """Return the times (ms) of the samples that any reader finds in the file."""
    with contextlib.suppress(sqlite3.Error):
        return sample_times(path, since)
    return []


def process_rows(path: Path) -> int:
    """Return the time (ms) of the newest process row."""
    from tuimon.history.hot import between

    db = opened(path)
    times = [row[2] for run in between(db, 0, 1 << 60) for row in run.process_rows()]
    db.close()
    return max(times, default=0)


def ends_torn(log: Path) -> bool:
    """Say whether the log ends in frames of a transaction that was not committed (sqlite.org/walformat.html)."""
    if not log.exists():
        return False
    data = log.read_bytes()
    salt, last = data[16:24], None
    for at in range(32, len(data) - 23, 24 + 4096):
        if data[at + 8 : at + 16] != salt:
            break
        last = int.from_bytes(data[at + 4 : at + 8], "big") if at + 24 + 4096 <= len(data) else 0
    return last == 0


# -- The next start ---------------------------------------------------------------------------------------------------


def images(folder: Path, seconds: int) -> tuple[Path, Path]:
    """Make a history that a kill left, with as much log as there ever is, and the same as a clean stop leaves it."""
    killed, clean = folder / "killed", folder / "clean"
    killed.mkdir()
    path = killed / "history.db"
    if (pid := os.fork()) == 0:
        try:
            _write_and_die(path, seconds)
        finally:
            os._exit(1)
    os.waitpid(pid, 0)
    shutil.copytree(killed, clean)
    open_history(str(clean / "history.db")).close()
    return killed, clean


def _write_and_die(path: Path, seconds: int) -> None:
    """Record a simulated machine, then until the log is nearly full, then die."""
    start = time.time() - seconds - DAY
    machine, history = open_simulated("busy", 1, start=start), open_history(str(path))
    log = Path(f"{path}-wal")
    second = 0
    while second < seconds or log.stat().st_size < 7.5 * (1 << 20):
        second += 1
        history.write(Frame(machine.sample_at(start + second, 1.0), tick=second))
        if second > seconds + 3 * 3600:  # it went into the file just before
            break
    os.kill(os.getpid(), signal.SIGKILL)


@contextlib.contextmanager
def copied(image: Path, folder: Path) -> Iterator[Path]:
    """Give a copy of a history."""
    shutil.copytree(image, folder)
    yield folder / "history.db"
    shutil.rmtree(folder)


def start(path: Path, home: Path) -> tuple[float, float]:
    """Return the ms from the start of a recorder until its first sample is stored: by the clock, and of CPU."""
    ours, theirs = os.openpty()
    began = time.monotonic()
    one = subprocess.Popen(recorder(path, home), env=space.environment(home), stdin=subprocess.DEVNULL, stderr=theirs)
    os.close(theirs)
    said = os.read(ours, 4096)
    took, cpu = time.monotonic() - began, proctree.cpu_seconds(one.pid)
    one.kill()
    one.wait()
    os.close(ours)
    if b"recording into" not in said:
        raise RuntimeError(said.decode(errors="replace"))
    return took * 1000, cpu * 1000


def starts(folder: Path, rounds: int, seconds: int) -> list[Row]:
    """Start on what a kill left and on what a clean stop left, in turns."""
    killed, clean = images(folder, seconds)
    found: dict[Path, list[tuple[float, float]]] = {killed: [], clean: []}
    for number in range(rounds):
        for image in (killed, clean) if number % 2 else (clean, killed):
            with copied(image, folder / "copy") as path:
                found[image].append(start(path, folder))
    wall, cpu = ([statistics.median(one[at] for one in found[image]) for image in (killed, clean)] for at in (0, 1))
    size = (clean / "history.db").stat().st_size / 1e6
    note = f"medians of {rounds}: {wall[0]:.0f} and {wall[1]:.0f} ms; {size:.0f} MB of history, 8 MiB of log"
    name = "kill -9: the next start is slower by"
    return [
        Row(name, max(0.0, wall[0] - wall[1]), "ms", 100, note=note),
        Row(f"{name}: CPU", max(0.0, cpu[0] - cpu[1]), "ms CPU", 100, note=f"{cpu[0]:.0f} and {cpu[1]:.0f} ms"),
    ]


def run(*, quick: bool = False) -> list[Row]:
    rounds = 1 if quick else 5
    with tempfile.TemporaryDirectory(prefix="tuimon-bench-") as name:
        folder = Path(name)
        with ThreadPoolExecutor(LANES) as pool:
            kills = [one for some in pool.map(lambda at: lane(at, rounds, folder), range(LANES)) for one in some]
        found = starts(folder, 5 if quick else 50, 3600 if quick else DAY)
    torn = f"{sum(one.torn for one in kills)} of {len(kills)} left half a transaction in the log"
    title = f"kill -9 while it writes, {len(kills)} times"
    return [
        Row(f"{title}: committed samples lost", sum(one.lost for one in kills), "", 0, note=torn),
        Row(f"{title}: samples missing at most", max(one.missing for one in kills), "s", 10),
        Row(f"{title}: process rows missing at most", max(one.rows_missing for one in kills), "of 5 s", 2),
        Row(f"{title}: files not whole", sum(not one.whole for one in kills), "", 0, note="PRAGMA integrity_check"),
        *found,
    ]


if __name__ == "__main__":
    print(table(run(quick="--quick" in sys.argv[1:])))
