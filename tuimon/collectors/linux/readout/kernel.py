"""The kernel's counters: /proc/stat, meminfo, vmstat, pressure, schedstat, and what /proc/sys says."""

from __future__ import annotations

from typing import Final

from tuimon.collectors.linux.kept import decimal
from tuimon.collectors.linux.memory import stalls
from tuimon.collectors.linux.processors import USER_HZ
from tuimon.collectors.linux.readout.files import Files, columns, name_of
from tuimon.model.readings import CpuTimes, MemoryField, Numbers, Scheduled

_STAT: Final = frozenset({b"intr", b"ctxt", b"btime", b"processes", b"procs_running", b"procs_blocked"})
_HOTPLUG_SECONDS: Final = 3.0
"""An idle time that fell by more belongs to a processor that was taken away and has come back."""


class Kernel:
    """Reads the kernel's counters."""

    def __init__(self, files: Files) -> None:
        self._files = files
        self._before: dict[str, CpuTimes] = {}

    def cpu(self) -> tuple[CpuTimes, ...]:
        """Return the times of each processor. The kernel corrects some of them downwards, a counter may not fall."""
        now = {}
        for words in columns(self._files.read("/proc/stat")):
            if words[0].startswith(b"cpu") and len(words[0]) > 3 and len(words) > 8:
                times = cpu_times(words)
                now[times.cpu] = never_less(times, self._before.get(times.cpu))
        self._before = now
        return tuple(now.values())

    def stat(self) -> Numbers:
        """Return the lines of /proc/stat with one number; of intr it is the sum of all."""
        found = []
        for line in self._files.read("/proc/stat").split(b"\n"):
            words = line[:64].split(None, 2)
            if words and words[0] in _STAT:
                found.append((words[0].decode(), float(words[1])))
        return tuple(found)

    def load(self) -> tuple[float, ...]:
        """Return the load averages."""
        return tuple(decimal(word) for word in self._files.read("/proc/loadavg").split(None, 3)[:3])

    def memory(self) -> tuple[MemoryField, ...]:
        """Return /proc/meminfo."""
        found = []
        for words in columns(self._files.read("/proc/meminfo")):
            in_bytes = len(words) > 2
            found.append(MemoryField(name_of(words[0][:-1]), int(words[1]) * (1024 if in_bytes else 1), in_bytes))
        return tuple(found)

    def vm(self) -> Numbers:
        """Return /proc/vmstat."""
        words = self._files.read("/proc/vmstat").split()
        return tuple(zip(map(name_of, words[::2]), map(int, words[1::2]), strict=True))

    def pressure(self) -> Numbers:
        """Return for how many seconds some, and all, tasks waited. Raises OSError where the kernel does not say."""
        found: list[tuple[str, float]] = []
        for name in ("cpu", "io", "memory", "irq"):
            try:
                _, _, some, full = stalls(self._files.read(f"/proc/pressure/{name}"))
            except FileNotFoundError:
                if name == "irq":  # since 6.1, and not everywhere
                    break
                raise
            found += [
                (f"{name}_{which}", value) for which, value in (("some", some), ("full", full)) if value is not None
            ]
        return tuple(found)

    def scheduled(self) -> tuple[Scheduled, ...]:
        """Return /proc/schedstat, which many kernels do not have."""
        return tuple(
            Scheduled(name_of(words[0][3:]), int(words[7]) / 1e9, int(words[8]) / 1e9, int(words[9]))
            for words in columns(self._files.read("/proc/schedstat"))
            if words[0].startswith(b"cpu") and len(words) > 9
        )

    def open_files(self) -> Numbers:
        """Return how many files are open, and how many may be."""
        allocated, _, most = self._files.read("/proc/sys/fs/file-nr").split()[:3]
        return ("allocated", int(allocated)), ("maximum", int(most))

    def entropy(self) -> Numbers:
        """Return the bits of entropy at hand, and of the pool."""
        folder = "/proc/sys/kernel/random"
        return (
            ("available", int(self._files.read(f"{folder}/entropy_avail"))),
            ("pool_size", int(self._files.read(f"{folder}/poolsize"))),
        )

    def hung_tasks(self) -> int:
        """Return how many tasks were found to hang since the boot. Raises OSError before Linux 6.13."""
        return int(self._files.read("/proc/sys/kernel/hung_task_detect_count"))

    def selinux(self) -> Numbers:
        """Return whether SELinux is on, and how it is set and configured: 1 enforcing, 0 permissive, -1 neither."""
        enforcing = self._files.number("/sys/fs/selinux/enforce")
        if enforcing is None:
            return (("enabled", 0),)
        configured = (self._files.small("/etc/selinux/config") or b"").split(b"\n")
        modes = {b"enforcing": 1, b"permissive": 0}
        words = [line.partition(b"=")[2].strip().lower() for line in configured if line.startswith(b"SELINUX=")]
        return ("enabled", 1), ("config_mode", modes.get(words[-1], -1) if words else -1), ("current_mode", enforcing)


def cpu_times(words: list[bytes]) -> CpuTimes:
    """Return the times in a line of /proc/stat."""
    return CpuTimes(name_of(words[0][3:]), *(int(word) / USER_HZ for word in words[1:11]))


def never_less(now: CpuTimes, before: CpuTimes | None) -> CpuTimes:
    """Return times that did not fall since the reading before, unless the processor is another one."""
    if before is None or now.idle < before.idle - _HOTPLUG_SECONDS:
        return now
    most = (a if b is None or (a is not None and a > b) else b for a, b in zip(now[1:], before[1:], strict=True))
    return CpuTimes._make((now.cpu, *most))
