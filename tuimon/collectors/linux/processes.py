"""All processes, for a few milliseconds a thousand.

What costs is the kernel writing /proc/PID/stat (3 us a process) and Python reading it. So:

- /proc is listed only when the kernel's count of forks moved;
- of a process with one thread, /proc/PID/schedstat (1 us) tells whether it ran since the last sample: one that did
  not has used no CPU and done no IO, and is read in full only at its turn, since others can change it (reclaim takes
  its memory, somebody renices it, its parent dies);
- of all others /proc/PID/stat is read in each sample, and parsed when its bytes changed;
- name, command line and user are read once, again when a process was renamed or runs another program, and at its
  turn if it ran since the one before;
- what has a costly file of its own is read only of who is looked at (process_details);
- a Process is made anew only when something about it changed.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import Any, Final

from tuimon.collectors.linux.identity import Users
from tuimon.collectors.linux.process_details import FIRST, PAST, Details, Values
from tuimon.collectors.linux.process_files import (
    KERNEL_THREAD,
    Descriptors,
    Stat,
    command_line,
    counts_runs,
    parse_stat,
    read_arguments,
    read_once,
)
from tuimon.collectors.linux.process_record import NOBODY, UNREAD, UNREADABLE, Record, measure_io
from tuimon.collectors.linux.processors import USER_HZ
from tuimon.collectors.options import Options
from tuimon.collectors.rates import rate
from tuimon.collectors.tick import Clocks, Tick, read_clocks
from tuimon.model.process import Process, Wanted
from tuimon.model.text import decode

_PAGE: Final = os.sysconf("SC_PAGE_SIZE")
_SIZE: Final = 1024
_YOUNG: Final = 1.5
"""Seconds after which a new process is looked at once more: a shell's child has run its program by then."""
Faults = tuple[float | None, float | None]
_NO_FAULTS: Final = (0.0, 0.0)
Made = tuple[int | None, int | None]
"""How many processes and threads were ever made (/proc/stat), and the pid of the newest one (/proc/loadavg)."""


def _readlink(path: str) -> str:
    try:
        return os.readlink(path)
    except OSError:
        return ""


class ProcessReader:
    """Reads all processes of the /proc below `root`."""

    def __init__(self, root: str, options: Options, clocks: Clocks = read_clocks) -> None:
        self._proc = f"{root}/proc"
        self._clocks = clocks
        self._users = Users(root)
        self._descriptors = Descriptors()
        self._counts_runs = counts_runs(f"{self._proc}/self/schedstat")
        self._records: dict[int, Record] = {}
        self._shown: dict[int, Process] = {}
        self._zombies: set[int] = set()
        self._names: set[str] = set()
        self._made: Made = (None, None)
        self._same_pids = _readlink(f"{self._proc}/self") == str(os.getpid())
        self._unsettled: list[Record] = []
        self._young: list[tuple[float, Record]] = []
        self._io_slices = max(1, round(options.cadence("io") / options.interval))
        self._slices = self._io_slices * max(1, round(options.cadence("idle") / options.interval / self._io_slices))
        self._buckets: list[dict[int, Record]] = [{} for _ in range(self._slices)]
        self._visible: frozenset[int] = frozenset()
        self._details = Details(self._show_details, f"{self._proc}/self")
        self._sample = 0
        self._now = 0.0
        self._elapsed: float | None = None
        self._booted_at = 0.0
        self._memory_scale: float | None = None

    def read(
        self,
        tick: Tick,
        visible: Sequence[int],
        made: Made,
        booted_at: float,
        memory_bytes: int | None,
        *,
        wanted: Wanted,
    ) -> tuple[Process, ...]:
        """Return all processes; of the `visible` pids io is read in each sample, and what is `wanted`.

        `made` was read earlier in this sample; /proc is listed when both of its numbers moved or are unknown. `booted_at`
        (epoch seconds) makes start times, half of a process's identity: the caller keeps it as it was at first.
        `memory_bytes` is MemTotal.
        """
        self._begin(tick, booted_at, memory_bytes)
        waiting, self._unsettled = self._unsettled, []
        if self._elapsed is None:
            waiting = self._forget_rates()
        changed, gone = self._look()
        for record in changed:
            self._update(record)
        self._remove(gone)
        if self._have_come(made):
            self._list()
        self._settle(waiting)
        self._look_again()
        self._take_turns(visible)
        self._details.take(self._records, visible, wanted)
        return tuple(self._shown.values())

    @property
    def zombies(self) -> int:
        """How many processes nobody has reaped."""
        return len(self._zombies)

    def close(self) -> None:
        """Close all descriptors."""
        for record in self._records.values():
            self._let_go(record)
        self._records.clear()
        self._shown.clear()
        self._names.clear()
        for bucket in self._buckets:
            bucket.clear()
        self._unsettled.clear()
        self._young.clear()

    def _begin(self, tick: Tick, booted_at: float, memory_bytes: int | None) -> None:
        before, self._now = self._now, self._clocks()[1]
        self._elapsed = None if tick.elapsed is None or not self._sample else self._now - before
        self._booted_at = booted_at
        self._memory_scale = 100.0 / memory_bytes if memory_bytes else None
        self._sample += 1

    def _forget_rates(self) -> list[Record]:
        """After a gap no rate is known; return all records, to be shown so."""
        for record in self._records.values():
            record.io_at = None
            record.io_rates = (None, None)
        return list(self._records.values())

    # What is read of every process

    def _look(self) -> tuple[list[Record], list[Record]]:
        """Read what is watched of each process; return those that changed and those that are gone."""
        changed: list[Record] = []
        gone: list[Record] = []
        pread = os.pread
        for record in self._records.values():
            try:
                fd = record.watched
                raw = pread(fd, _SIZE, 0) if fd >= 0 else self._look_unkept(record)
            except OSError:
                gone.append(record)
                continue
            if raw != record.raw:
                record.raw = raw
                changed.append(record)
        return changed, gone

    @staticmethod
    def _look_unkept(record: Record) -> bytes:
        return read_once(f"{record.folder}/schedstat" if record.single else f"{record.folder}/stat", _SIZE)

    def _read_stat(self, record: Record, *, keep: bool) -> Stat:
        """Return the stat of a process; `keep` its descriptor, if that is possible."""
        if record.full < 0 and keep:
            record.full = self._descriptors.open(f"{record.folder}/stat")
        if record.full < 0:
            return parse_stat(read_once(f"{record.folder}/stat", _SIZE))
        return parse_stat(os.pread(record.full, _SIZE, 0))

    # What becomes of one that changed

    def _update(self, record: Record) -> None:
        """Take the state of a process that changed."""
        try:
            stat = self._read_stat(record, keep=True) if record.single else parse_stat(record.raw)
        except UNREADABLE:
            self._remove([record])
            return
        if stat.start != record.start:  # another process has its pid
            self._remove([record])
            self._names.add(str(record.pid))
            self._admit(str(record.pid))
            return
        record.ran = self._sample
        if stat.name != record.name or stat.image != record.image:
            self._identify(record, stat)
        self._publish(record, stat, self._used(record, stat), self._faulted(record, stat))
        if record.single and stat.threads > 1:
            self._watch(record, single=False)

    def _used(self, record: Record, stat: Stat) -> float | None:
        """Return the CPU time since the last sample, in percent of one core.

        The scheduler's own count of a process's main thread is in nanoseconds, stat's in hundredths of a second;
        when they tell different things, other threads came and went.
        """
        seconds = (stat.ticks - record.ticks) / USER_HZ
        record.ticks = stat.ticks
        if record.single:
            nanoseconds = int(record.raw.split(None, 1)[0])
            fine = (nanoseconds - record.nanoseconds) / 1e9
            record.nanoseconds = nanoseconds
            if abs(seconds - fine) <= 1 / USER_HZ:
                seconds = fine
        return None if self._elapsed is None else max(0.0, seconds) * 100.0 / self._elapsed

    def _faulted(self, record: Record, stat: Stat) -> Faults:
        """Return the minor and major page faults a second since the last sample."""
        before, record.faults = record.faults, stat.faults
        return rate(stat.faults[0], before[0], self._elapsed), rate(stat.faults[1], before[1], self._elapsed)

    def _publish(self, record: Record, stat: Stat, cpu_percent: float | None, faults: Faults) -> None:
        """Show a process with what its stat says."""
        rss, old, scale = stat.rss * _PAGE, record.process, self._memory_scale
        fields = (
            record.pid, old[1], stat.ppid, old[3], old[4], old[5], stat.state, cpu_percent, stat.ticks / USER_HZ,
            rss, stat.size, None if scale is None else rss * scale, stat.threads, stat.nice, stat.priority,
            *record.io_rates, old[17], *faults, stat.processor, *old[21:],
        )  # fmt: skip
        self._show(record, fields)
        if stat.state == "Z":
            self._zombies.add(record.pid)
        if cpu_percent != 0.0 or faults != _NO_FAULTS:
            self._unsettled.append(record)

    def _show(self, record: Record, fields: tuple[Any, ...]) -> None:
        """Show a process with these fields; the value that is shown already stays if it says the same."""
        if record.process != fields:
            record.process = Process._make(fields)
        self._shown[record.pid] = record.process

    def _settle(self, waiting: Iterable[Record]) -> None:
        """Show no CPU for processes that used some in the sample before and did not run in this one."""
        cpu_percent = None if self._elapsed is None else 0.0
        for record in waiting:
            if record.ran == self._sample or record.start < 0:
                continue
            old = record.process
            faults = (cpu_percent, cpu_percent)
            self._show(record, (*old[:7], cpu_percent, *old[8:15], *record.io_rates, old[17], *faults, *old[20:]))
            if cpu_percent is None:
                self._unsettled.append(record)

    # Who comes and who goes

    def _have_come(self, made: Made) -> bool:
        """Say whether there can be new processes.

        The count of forks is the whole machine's. The newest pid is of the PID namespace of who reads it, so it only
        counts where that is the one of this /proc.
        """
        old, self._made = self._made, made
        if made[0] is None or old[0] is None:
            return True
        return made[0] != old[0] and (not self._same_pids or made[1] is None or made[1] != old[1])

    def _list(self) -> None:
        """Find the processes that came, and those that went unseen."""
        names = set(os.listdir(self._proc))
        missing = self._names - names
        fresh = names - self._names
        self._names = names
        self._remove([record for name in missing if (record := self._record_of(name))])
        for name in sorted(filter(str.isdecimal, fresh), key=int):
            self._admit(name)

    def _record_of(self, name: str) -> Record | None:
        return self._records.get(int(name)) if name.isdecimal() else None

    def _admit(self, name: str) -> None:
        """Begin to follow a process. One that vanishes meanwhile is forgotten, one that may not be read is left out."""
        pid = int(name)
        record = Record(pid, f"{self._proc}/{name}")
        try:
            stat = self._open(record)
        except PermissionError:
            self._let_go(record)
            return
        except UNREADABLE:
            self._let_go(record)
            self._names.discard(name)
            return
        record.start, record.ticks, record.ran = stat.start, stat.ticks, self._sample
        started_at = round(self._booted_at + stat.start / USER_HZ, 2)
        kernel = bool(stat.flags & KERNEL_THREAD)
        record.faults = stat.faults
        record.process = Process._make((pid, started_at, *NOBODY, kernel, *UNREAD))
        self._identify(record, stat)
        self._records[pid] = self._buckets[pid % self._slices][pid] = record
        self._publish(record, stat, None, (None, None))
        if self._sample > 1:
            self._young.append((self._now + _YOUNG, record))

    def _open(self, record: Record) -> Stat:
        """Open what is to be watched. schedstat is read before stat: a change between the two shows next time."""
        if not self._counts_runs:
            record.watched = self._descriptors.open(f"{record.folder}/stat")
            record.raw = self._look_unkept(record) if record.watched < 0 else os.pread(record.watched, _SIZE, 0)
            return parse_stat(record.raw)
        record.single = True
        record.watched = self._descriptors.open(f"{record.folder}/schedstat")
        record.raw = self._look_unkept(record) if record.watched < 0 else os.pread(record.watched, _SIZE, 0)
        record.nanoseconds = int(record.raw.split(None, 1)[0])
        stat = self._read_stat(record, keep=False)
        if stat.threads > 1:
            self._watch(record, single=False)
        return stat

    def _watch(self, record: Record, *, single: bool) -> None:
        """Watch the other file of a process from now on; the next sample takes it as changed."""
        self._let_go(record)
        record.single = single
        record.raw = b""
        try:
            record.watched = self._descriptors.open(f"{record.folder}/{'schedstat' if single else 'stat'}")
        except OSError:
            record.watched = -1  # the next sample finds out

    def _identify(self, record: Record, stat: Stat) -> None:
        """Read who a process is: name, command line, user. A zombie has nothing left to read."""
        record.name, record.image = stat.name, stat.image
        old = record.process
        command, user = old.command, old.user
        if stat.state != "Z" or not user:
            command = command if old.kernel else self._command(record)
            try:
                user = self._users.name(os.stat(record.folder).st_uid)
            except OSError:
                user = user or "?"
        if user != old.user:
            record.io_totals, record.io_at, record.denied = (0, 0), None, False  # what may be read has changed with it
        record.process = Process._make((*old[:3], decode(stat.name), command, user, *old[6:]))

    @staticmethod
    def _command(record: Record) -> str:
        """Return the command line; one that is as it was is not gone through for secrets again."""
        arguments = read_arguments(record.folder)
        before, record.arguments = record.arguments, hash(arguments)
        return record.process.command if record.arguments == before else command_line(arguments)

    def _remove(self, gone: Sequence[Record]) -> None:
        """Forget processes, and see who their children belong to now."""
        if not gone:
            return
        for record in gone:
            self._let_go(record)
            record.start = -1
            for known in (self._records, self._shown, self._buckets[record.pid % self._slices]):
                known.pop(record.pid, None)
            self._zombies.discard(record.pid)
            self._names.discard(str(record.pid))
        pids = {record.pid for record in gone}
        for record in [one for one in self._records.values() if one.process[2] in pids]:
            self._refresh(record)

    def _let_go(self, record: Record) -> None:
        self._descriptors.close(record.watched)
        self._descriptors.close(record.full)
        self._descriptors.close(record.io_fd)
        record.watched = record.full = record.io_fd = -1

    # What is read only now and then

    def _look_again(self) -> None:
        """Identify new processes once more: they have run their program by now."""
        if not self._young or self._young[0][0] > self._now:
            return
        due = [record for at, record in self._young if at <= self._now and record.start >= 0]
        self._young = [(at, record) for at, record in self._young if at > self._now]
        for record in due:
            self._refresh(record, identify=True)

    def _take_turns(self, visible: Sequence[int]) -> None:
        """Read in full whose turn it is, and the io of another slice and of all visible processes."""
        self._visible = frozenset(visible)
        turn = self._sample % self._slices
        for record in list(self._buckets[turn].values()):
            self._take_turn(record)
        for bucket in self._buckets[turn % self._io_slices :: self._io_slices]:
            for record in bucket.values():
                self._read_io(record)
        for pid in visible:
            found = self._records.get(pid)
            if found is not None:
                self._read_io(found)

    def _take_turn(self, record: Record) -> None:
        """Read a process in full: one that ran lately with who it is, for some rename themselves."""
        lately = self._sample - record.ran < self._slices
        if not lately and record.full >= 0:
            self._descriptors.close(record.full)
            record.full = -1
        if record.io_fd >= 0 and record.pid not in self._visible:
            self._descriptors.close(record.io_fd)
            record.io_fd = -1
        if lately or record.single:
            self._refresh(record, identify=lately)
        if not record.single and self._counts_runs and record.process.threads == 1:
            self._watch(record, single=True)

    def _refresh(self, record: Record, *, identify: bool = False) -> None:
        """Show what others may have changed about a process, its CPU time apart."""
        try:
            stat = self._read_stat(record, keep=False)
        except UNREADABLE:
            return
        if stat.start != record.start:
            return
        if identify:
            self._identify(record, stat)
        old, rss, scale = record.process, stat.rss * _PAGE, self._memory_scale
        self._show(
            record,
            (
                *old[:2], stat.ppid, *old[3:6], stat.state, *old[7:9], rss, stat.size,
                None if scale is None else rss * scale, stat.threads, stat.nice, stat.priority, *old[15:20],
                stat.processor, *old[21:],
            ),
        )  # fmt: skip
        if stat.state == "Z":
            self._zombies.add(record.pid)

    def _io(self, record: Record) -> bytes:
        """Return the io of a process; kept open while the process is on the screen."""
        if record.io_fd < 0 and record.pid in self._visible:
            record.io_fd = self._descriptors.open(f"{record.folder}/io")
        if record.io_fd < 0:
            return read_once(f"{record.folder}/io", _SIZE)
        return os.pread(record.io_fd, _SIZE, 0)

    def _read_io(self, record: Record) -> None:
        """Measure and show the io of a process, unless that was done in this sample."""
        if record.io_turn == self._sample:
            return
        old = record.process
        if measure_io(record, self._sample, self._now, self._io) or record.denied is not old[-1]:
            self._show(record, (*old[:15], *record.io_rates, *old[17:-1], record.denied))

    def _show_details(self, record: Record, values: Values) -> None:
        old = record.process
        self._show(record, (*old[:FIRST], *values, *old[PAST:-1], record.denied))
