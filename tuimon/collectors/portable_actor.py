"""Acting on processes through psutil, on systems other than Linux; what a system does not have is not offered."""

from __future__ import annotations

import signal
from typing import Any, Final

import psutil

from tuimon.collectors.outcomes import gone, refused, replaced
from tuimon.model.action import Action, Affinity, IoClass, IoPriority, Nice, Outcome, Scheduling, Signal, Target

_CLASSES: Final[tuple[IoClass, ...]] = ("none", "realtime", "best-effort", "idle")
SAME: Final = 0.011
"""Seconds by which two readings of a start time may differ: samples show hundredths."""


class PortableActor:
    """Acts on the process that was chosen or on none: psutil looks at its start time right before each call."""

    def __init__(self) -> None:
        found = {"signal": "send_signal", "nice": "nice", "io": "ionice", "processors": "cpu_affinity"}
        lacking = {"io"} if not psutil.LINUX else set()  # Windows' io priorities are others
        self.offers = frozenset(name for name, call in found.items() if hasattr(psutil.Process, call)) - lacking

    def act(self, target: Target, action: Action) -> Outcome:
        """Do one thing to one process; see `tuimon.protocols.Actor`."""
        try:
            process: Any = psutil.Process(target.pid)
            if abs(process.create_time() - target.started_at) > SAME:
                return replaced(target, action)
            _do(process, action)
        except psutil.NoSuchProcess:
            return gone(target, action)
        except (psutil.AccessDenied, PermissionError):
            return refused(target, action)
        except (psutil.Error, OSError, ValueError) as error:
            return Outcome(target, action, "failed", str(error))
        return Outcome(target, action, "done")

    def scheduling(self, target: Target) -> Scheduling:
        """Return how a process is scheduled now, as far as it may be known."""
        try:
            process: Any = psutil.Process(target.pid)
            if abs(process.create_time() - target.started_at) > SAME:
                return Scheduling()
            io = process.ionice() if "io" in self.offers else None
            cpus = tuple(process.cpu_affinity()) if "processors" in self.offers else None
            return Scheduling(int(process.nice()), None if io is None else _io(io), cpus)
        except (psutil.Error, OSError, ValueError):
            return Scheduling()


def _io(found: Any) -> IoPriority | None:  # noqa: ANN401  a named tuple of psutil
    return IoPriority(_CLASSES[int(found[0])], int(found[1])) if 0 <= int(found[0]) < len(_CLASSES) else None


def _do(process: Any, action: Action) -> None:  # noqa: ANN401  which methods a process has differs by system
    match action:
        case Signal(name):
            number = getattr(signal, f"SIG{name}", None)
            if number is None:
                raise ValueError(f"this system has no signal {name}")
            process.send_signal(number)
        case Nice(value):
            process.nice(value)
        case IoPriority(kind, level):
            process.ionice(_CLASSES.index(kind), level if kind in {"realtime", "best-effort"} else None)
        case Affinity(cpus):
            process.cpu_affinity(list(cpus))
