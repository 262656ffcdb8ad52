"""What this very process uses, whichever machine is read."""

from __future__ import annotations

import os
import resource
import time
from typing import Final

from tuimon.collectors.linux.processors import USER_HZ
from tuimon.model.readings import Numbers

_ENDLESS: Final = (1 << 64) - 1


def own_numbers() -> Numbers:
    """Return the CPU time, memory, open files and start of this process. Raises OSError without a /proc."""
    with open("/proc/self/stat", "rb") as file:
        words = file.read().rpartition(b")")[2].split()
    times = os.times()
    most = resource.getrlimit(resource.RLIMIT_AS)[0]
    up = time.clock_gettime(time.CLOCK_BOOTTIME)
    return (
        ("cpu_seconds", round(times.user + times.system, 2)),
        ("start_time", round(time.time() - up + int(words[19]) / USER_HZ, 2)),
        ("virtual_bytes", int(words[20])),
        ("virtual_max_bytes", most if most >= 0 else _ENDLESS),
        ("resident_bytes", int(words[21]) * os.sysconf("SC_PAGE_SIZE")),
        ("open_fds", os.stat("/proc/self/fd").st_size or len(os.listdir("/proc/self/fd")) - 1),  # size: since 6.2
        ("max_fds", resource.getrlimit(resource.RLIMIT_NOFILE)[0]),
    )
