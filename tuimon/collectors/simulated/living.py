"""One simulated process while it lives."""

from __future__ import annotations

import hashlib

from tuimon.collectors.simulated.noise import Drift
from tuimon.collectors.simulated.role import CORES, MIB, Role
from tuimon.model.process import Process

PAGE = 4096
FAULTS = 6.0  # minor page faults for a hundredth of a second of CPU
READ_AHEAD = 1 << 20  # bytes from storage for a major page fault
SHARERS = 4
SESSION = "/user.slice/user-1000.slice/session-3.scope"


def cgroup_of(role: Role, parent: str) -> str:
    """Return the control group of a new process whose parent's is `parent`, as systemd and container engines place it."""
    if role.kernel or role.pid == 2:
        return "/"
    if role.parent == "containerd-shim":
        return f"/system.slice/docker-{hashlib.sha256(role.title.encode()).hexdigest()}.scope"
    if role.title == "sshd-priv":
        return SESSION
    if role.parent in {"", "systemd"}:
        return "/init.scope" if role.pid == 1 else f"/system.slice/{role.name}.service"
    return parent


class Living:
    """A process: what it is, what it has used, and what it used since the sample before."""

    __slots__ = (
        "alive",
        "cgroup",
        "command",
        "cpu",
        "debt",
        "drift",
        "fresh",
        "idle_state",
        "jiffies",
        "percent",
        "pid",
        "ppid",
        "private",
        "read",
        "role",
        "rss",
        "started_at",
        "state",
        "until",
        "written",
    )

    def __init__(self, role: Role, pid: int, ppid: int, started_at: float, rss: int, *, cgroup: str) -> None:
        self.role = role
        self.pid = pid
        self.ppid = ppid
        self.started_at = started_at
        self.command = role.command
        self.cgroup = cgroup
        self.rss = rss
        self.private = 1.0 - role.shared
        self.jiffies = 0
        self.debt = 0.0
        self.cpu = 0.0  # seconds of CPU asked for since the sample before
        self.percent = 0.0
        self.read = 0.0  # bytes since the sample before
        self.written = 0.0
        self.idle_state = self.state = "I" if role.queue else "S"
        self.fresh = True
        self.alive = True
        self.until = 0.0
        self.drift: Drift | None = None

    def work(self, cpu: float, read: float, written: float) -> None:
        """Ask for CPU seconds and io bytes in this step."""
        self.cpu += cpu
        self.read += read
        self.written += written

    def settle(self, scale: float) -> int:
        """Turn the CPU asked for into whole hundredths of a second, as the kernel counts; return them."""
        self.debt += self.cpu * scale * 100.0
        ran = int(self.debt)
        self.debt -= ran
        self.jiffies += ran
        return ran

    def rest(self) -> None:
        """Do nothing in this step; a zombie stays one."""
        self.percent = 0.0
        if self.state != "Z":
            self.state = self.idle_state

    def row(self, step: float, memory: int) -> Process:
        """Return what a sample shows of it, and forget the step's work; `memory` is the machine's, in bytes."""
        role = self.role
        fresh, self.fresh = self.fresh, False
        row = Process(
            self.pid,
            self.started_at,
            self.ppid,
            role.name,
            self.command,
            role.user,
            self.state,
            None if fresh else self.percent,
            self.jiffies / 100.0,
            self.rss,
            int(role.virtual_mib * MIB) + max(0, self.rss - int(role.rss_mib * MIB)) // PAGE * PAGE,
            100.0 * self.rss / memory,
            role.threads,
            role.nice,
            -100 if role.realtime else 20 + role.nice,
            None if fresh else self.read / step,
            None if fresh else self.written / step,
            role.kernel,
            None if fresh else self.percent * FAULTS,
            None if fresh else self.read / step / READ_AHEAD,
            self.pid % CORES,
            int(self.rss * (self.private + role.shared / SHARERS)),
            None,
            0 if role.kernel else 5 + 3 * role.threads,
            self.cgroup,
        )
        self.cpu = self.read = self.written = 0.0
        return row
