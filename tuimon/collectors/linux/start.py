"""When a process was started, in the kernel's ticks since the boot: what its start time in epoch seconds is made of."""

from __future__ import annotations

import os

from tuimon.collectors.linux.process_files import parse_stat
from tuimon.collectors.linux.processors import USER_HZ


def wanted_start(started_at: float, booted_at: float | None) -> int | None:
    """Return the ticks of a start time that a sample showed; `booted_at` is its host's. None: it cannot be known."""
    return None if booted_at is None else round((started_at - booted_at) * USER_HZ)


def start_of(folder: int) -> int:
    """Return when the process was started whose folder in /proc is open. Raises ProcessLookupError once it is reaped.

    An open folder is the process's own: after its end it does not become that of the next one with its pid.
    """
    fd = os.open("stat", os.O_RDONLY, dir_fd=folder)
    try:
        return parse_stat(os.read(fd, 4096)).start
    finally:
        os.close(fd)


def sees_itself(root: str = "") -> bool:
    """Say whether /proc shows the pids that this process has: another namespace's would name other processes."""
    try:
        return os.readlink(f"{root}/proc/self") == str(os.getpid())
    except OSError:
        return False
