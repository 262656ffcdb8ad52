"""Acting on processes of this machine: signals, nice, io priority, processors (docs/decisions/0015-the-right-process.md)."""

from __future__ import annotations

import errno
import os
import signal
from typing import Any, Final

from tuimon.collectors.linux.grip import Gone, Grip, Replaced
from tuimon.collectors.linux.start import sees_itself, wanted_start
from tuimon.collectors.outcomes import gone, refused, replaced
from tuimon.model.action import Action, Affinity, IoClass, IoPriority, Nice, Outcome, Result, Scheduling, Signal, Target

_IO_CLASSES: Final[tuple[IoClass, ...]] = ("none", "realtime", "best-effort", "idle")
"""In the order of the kernel's numbers (ioprio_set(2))."""
_FOREIGN: Final = "/proc shows the processes of another pid namespace: a pid there is another process here"


class LinuxActor:
    """Acts on the process that was chosen or on none."""

    offers = frozenset({"signal", "nice", "io", "processors"})

    def act(self, target: Target, action: Action) -> Outcome:
        """Do one thing to one process; see `tuimon.protocols.Actor`."""
        try:
            with grip_of(target) as grip:
                _do(grip, action)
        except Gone:
            return gone(target, action)
        except Replaced:
            return replaced(target, action)
        except PermissionError:
            return refused(target, action)
        except (OSError, ValueError) as error:
            return Outcome(target, action, *_failed(error, action))
        return Outcome(target, action, "done")

    def scheduling(self, target: Target) -> Scheduling:
        """Return how a process is scheduled now, as far as it may be known."""
        try:
            with grip_of(target) as grip:
                return Scheduling(
                    os.getpriority(os.PRIO_PROCESS, grip.pid), io_priority(grip.pid), processors(grip.pid)
                )
        except (Gone, Replaced, OSError, ValueError):
            return Scheduling()


def grip_of(target: Target) -> Grip:
    """Take hold of the process that was chosen. Raises Gone and Replaced; ValueError where it cannot be told apart."""
    start = wanted_start(target.started_at, target.booted_at)
    if start is None:
        raise ValueError("when it was started is not known, so it cannot be told from another one with its pid")
    if not sees_itself():
        raise ValueError(_FOREIGN)
    return Grip(target.pid, start)


def _do(grip: Grip, action: Action) -> None:
    match action:
        case Signal(name):
            number = getattr(signal, f"SIG{name}", None)
            if number is None:
                raise ValueError(f"this system has no signal {name}")
            grip.send(number)
        case Nice(value):
            grip.each_thread(lambda tid: os.setpriority(os.PRIO_PROCESS, tid, value))
        case IoPriority(kind, level):
            grip.each_thread(lambda tid: set_io_priority(tid, kind, level))
        case Affinity(cpus):
            grip.each_thread(lambda tid: os.sched_setaffinity(tid, cpus))


def _failed(error: Exception, action: Action) -> tuple[Result, str]:
    if isinstance(error, OSError):
        if isinstance(action, Affinity) and error.errno == errno.EINVAL:
            return "failed", "it may run on none of these processors (its cpuset, or a kernel thread's own)"
        return "failed", (error.strerror or str(error)).lower()
    return "failed", str(error)


def set_io_priority(tid: int, kind: IoClass, level: int) -> None:
    """Set the io priority of one thread. Raises OSError."""
    _ask_psutil(tid, _IO_CLASSES.index(kind), level if kind in {"realtime", "best-effort"} else 0)


def io_priority(pid: int) -> IoPriority | None:
    """Return the io priority of a process's first thread; "none": it follows the nice value."""
    found = _ask_psutil(pid)
    return IoPriority(_IO_CLASSES[int(found[0])], int(found[1])) if 0 <= int(found[0]) < len(_IO_CLASSES) else None


def processors(pid: int) -> tuple[int, ...]:
    """Return the processors that a process's first thread may run on."""
    return tuple(sorted(os.sched_getaffinity(pid)))


def _ask_psutil(tid: int, *wanted: int) -> Any:  # noqa: ANN401  a named tuple of psutil, or None
    """Get or set an io priority: neither Python nor the C library has the call, and its number differs by processor."""
    import psutil  # noqa: PLC0415  costs 13 ms, and few ask for it

    try:
        return psutil.Process(tid).ionice(*wanted)
    except psutil.NoSuchProcess:
        raise ProcessLookupError from None
    except psutil.AccessDenied:
        raise PermissionError from None
