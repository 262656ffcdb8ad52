"""All processes through psutil, the slow and portable way."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any, Final

import psutil

from tuimon.collectors.options import Options
from tuimon.collectors.rates import rate
from tuimon.collectors.tick import Tick
from tuimon.model.process import NO_FIELDS, NOTHING, Process, Wanted
from tuimon.model.redact import redacted
from tuimon.model.text import harmless

_LETTERS: Final = {
    psutil.STATUS_RUNNING: "R",
    psutil.STATUS_SLEEPING: "S",
    psutil.STATUS_DISK_SLEEP: "D",
    psutil.STATUS_STOPPED: "T",
    psutil.STATUS_TRACING_STOP: "t",
    psutil.STATUS_ZOMBIE: "Z",
    psutil.STATUS_DEAD: "X",
    psutil.STATUS_IDLE: "I",
    psutil.STATUS_PARKED: "P",
}
_FIELDS: Final = ("ppid", "name", "status", "cpu_times", "memory_info", "num_threads", "nice")
_MEMORY: Final = frozenset({"pss_bytes", "swap_bytes"})
_HAS_CORE: Final = hasattr(psutil.Process, "cpu_num")


class Followed:
    """What is remembered of one process between samples."""

    __slots__ = (
        "command", "cpu_seconds", "denied", "faults", "io", "io_at", "io_rates", "name", "process", "started_at", "user",
    )  # fmt: skip

    def __init__(self, process: psutil.Process, started_at: float) -> None:
        self.process = process
        self.started_at = started_at
        self.name: str | None = None
        self.command = ""
        self.user = ""
        self.cpu_seconds: float | None = None
        self.faults: tuple[int | None, int | None] = (None, None)
        self.denied = False
        self.io: tuple[int, int] | None = (0, 0)  # None: may not be read
        self.io_at: float | None = None
        self.io_rates: tuple[float | None, float | None] = (None, None)


class PortableProcesses:
    """Reads all processes; io as the fast collector does: a slice of them in each sample, the visible ones always.

    What is wanted of all processes is read of a slice in each sample too, and remembered until its next turn.
    """

    def __init__(self, options: Options) -> None:
        self._known: dict[int, Followed] = {}
        self._slices = max(1, round(options.cadence("io") / options.interval))
        self._sample = 0
        self._now = 0.0
        self._elapsed: float | None = None
        self._kept: dict[tuple[int, float], dict[str, Any]] = {}

    def read(self, tick: Tick, visible: Sequence[int], wanted: Wanted = NOTHING) -> tuple[Process, ...]:
        """Return all processes that can be read, with what is wanted."""
        before, self._now = self._now, time.monotonic()
        self._elapsed = None if tick.elapsed is None or not self._sample else self._now - before
        self._sample += 1
        total = psutil.virtual_memory().total
        on_screen = set(visible)
        details: dict[tuple[int, float], dict[str, Any]] = {}
        found: dict[int, Followed] = {}
        shown: list[Process] = []
        for pid in psutil.pids():
            try:
                one = self._follow(pid)
                seen, turn = pid in on_screen, pid % self._slices == self._sample % self._slices
                process = self._read(one, total, seen or turn)
                if fields := wanted.everywhere | (wanted.shown if seen else NO_FIELDS):
                    known = self._kept.get(process.identity, {})
                    fresh = self._details(one, fields) if seen or turn else known
                    details[process.identity] = fresh
                    process = process._replace(**fresh, denied=one.denied)
                shown.append(process)
            except (psutil.Error, OSError):
                continue  # gone meanwhile, or not for us
            found[pid] = one
        self._known, self._kept = found, details
        return tuple(shown)

    def _follow(self, pid: int) -> Followed:
        """Return what is known of a process; another one when its pid was used again."""
        one = self._known.get(pid)
        if one is not None and one.process.is_running():
            return one
        process = psutil.Process(pid)
        return Followed(process, round(process.create_time(), 2))

    def _read(self, one: Followed, total: int, io_wanted: bool) -> Process:  # noqa: FBT001  private, one caller
        process = one.process
        with process.oneshot():
            seen = process.as_dict(_FIELDS)
            core = process.cpu_num() if _HAS_CORE else None
            name = seen["name"] or ""
            if name != one.name:
                one.name = name
                one.command, one.user = identify(process)
        times, memory = seen["cpu_times"], seen["memory_info"]
        cpu_seconds = times.user + times.system if times else 0.0
        used = rate(cpu_seconds, one.cpu_seconds, self._elapsed)
        one.cpu_seconds = cpu_seconds
        if self._elapsed is None:
            one.io_at, one.io_rates = None, (None, None)
        if io_wanted and one.io is not None:
            self._read_io(one)
        rss = memory.rss if memory else 0
        faults = self._faults(one, memory)
        return Process(
            process.pid,
            one.started_at,
            seen["ppid"] or 0,
            harmless(name),
            one.command,
            one.user,
            _LETTERS.get(seen["status"], "?"),
            None if used is None else used * 100.0,
            cpu_seconds,
            rss,
            memory.vms if memory else 0,
            rss * 100.0 / total,
            seen["num_threads"] or 0,
            nice(seen["nice"]),
            0,
            *one.io_rates,
            not one.command and (seen["ppid"] == 2 or process.pid == 2) and psutil.LINUX,
            *faults,
            core,
            denied=one.denied,
        )

    def _faults(self, one: Followed, memory: Any) -> tuple[float | None, float | None]:  # noqa: ANN401  psutil's, other on each system
        """Return minor and major page faults a second: psutil counts them on macOS, on Windows together, else not."""
        minor = getattr(memory, "pfaults", getattr(memory, "num_page_faults", None))
        before, one.faults = one.faults, (minor, getattr(memory, "pageins", None))
        return rate(one.faults[0], before[0], self._elapsed), rate(one.faults[1], before[1], self._elapsed)

    def _details(self, one: Followed, fields: frozenset[str]) -> dict[str, Any]:
        """Return the costly fields that are wanted and that psutil knows on this system."""
        found: dict[str, Any] = {}
        try:
            if fields & {"pss_bytes", "swap_bytes"}:
                memory = one.process.memory_full_info()
                found = {name: getattr(memory, name.partition("_")[0], None) for name in fields & _MEMORY}
            if "open_files" in fields:
                count: Any = getattr(one.process, "num_fds", getattr(one.process, "num_handles", None))
                found["open_files"] = None if count is None else count()
        except psutil.AccessDenied:
            one.denied = True
        return found

    def _read_io(self, one: Followed) -> None:
        counters: Any = getattr(one.process, "io_counters", None)
        try:
            now = counters()
        except (psutil.AccessDenied, psutil.NoSuchProcess, TypeError, NotImplementedError):
            one.io, one.io_rates = None, (None, None)
            one.denied |= psutil.LINUX
            return
        before, since = one.io, one.io_at
        one.io, one.io_at = (now.read_bytes, now.write_bytes), self._now
        if before is not None and since is not None and self._now > since:
            elapsed = self._now - since
            one.io_rates = rate(now.read_bytes, before[0], elapsed), rate(now.write_bytes, before[1], elapsed)


def identify(process: psutil.Process) -> tuple[str, str]:
    """Return the redacted command line and the user of a process, '' where they may not be read."""
    try:
        command = harmless(redacted([harmless(word) for word in process.cmdline()]))
    except (psutil.Error, OSError):
        command = ""
    try:
        user = harmless(process.username(), 64)
    except (psutil.Error, OSError, KeyError):
        user = ""
    return command, user


def nice(found: Any) -> int:  # noqa: ANN401  a number, or a priority class of Windows
    """Return the nice value; Windows has priority classes instead, shown as 0."""
    return int(found) if isinstance(found, int) and -20 <= found <= 20 else 0
