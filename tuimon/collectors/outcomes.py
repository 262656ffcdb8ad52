"""What is said where an action on a process was not done: why, and to whom it is permitted."""

from __future__ import annotations

import os
from typing import Final

from tuimon.model.action import Action, Affinity, IoPriority, Nice, Outcome, Signal, Target, ranges
from tuimon.model.inspection import Missing

_CLASSES: Final = {"none": 0, "realtime": 1, "best-effort": 2, "idle": 3}


def gone(target: Target, action: Action) -> Outcome:
    """Return that a process had ended."""
    return Outcome(target, action, "gone", f"it has ended; {_nothing(action)}")


def replaced(target: Target, action: Action) -> Outcome:
    """Return that a pid was another process's."""
    return Outcome(target, action, "replaced", f"pid {target.pid} is another process now; {_nothing(action)}")


def refused(target: Target, action: Action) -> Outcome:
    """Return that it is not permitted, and to whom it is."""
    return Outcome(target, action, "refused", "not permitted", remedy(action, target.pid))


def _nothing(action: Action) -> str:
    return "nothing was sent" if isinstance(action, Signal) else "nothing was changed"


def refused_look() -> Missing:
    """Return that a part of a process may not be seen, and by whom it may."""
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        return Missing("refused", "it has privileges that this tuimon lacks; grant CAP_SYS_PTRACE")
    return Missing("refused", "run as root or grant CAP_SYS_PTRACE")


def remedy(action: Action, pid: int) -> str:
    """Return to whom an action on a process is permitted."""
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        return "not even root may here: a container, a user namespace or a security module forbids it"
    return f"{command(action, pid)}, or grant {_capability(action)}"


def command(action: Action, pid: int) -> str:
    """Return the command that does it as root."""
    match action:
        case Signal(name):
            return f"sudo kill -{name} {pid}"
        case Nice(value):
            return f"sudo renice -n {value} -p {pid}"
        case IoPriority(kind, level):
            at = f" -n {level}" if kind in {"realtime", "best-effort"} else ""
            return f"sudo ionice -c {_CLASSES[kind]}{at} -p {pid}"
        case Affinity(cpus):
            return f"sudo taskset -acp {ranges(cpus)} {pid}"


def _capability(action: Action) -> str:
    return "CAP_KILL" if isinstance(action, Signal) else "CAP_SYS_NICE"
