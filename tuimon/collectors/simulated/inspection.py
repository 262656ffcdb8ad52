"""Looking into processes of a machine that never was: made up, the same each time, and at one with their rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random
from typing import Final

from tuimon.model import inspection as m
from tuimon.model.action import Target
from tuimon.model.process import Process

MIB: Final = 1024 * 1024
_PORTS: Final = {"nginx": 443, "postgres": 5432, "redis-server": 6379, "sshd": 22}
_NONE: Final = m.Missing("absent", "a kernel thread or a zombie has none")
_OPEN_FILES: Final = 1024


class SimulatedInspector:
    """Answers at once, from the newest row of the process; `find` gives it, None where it has ended."""

    def __init__(self, find: Callable[[tuple[int, float]], Process | None]) -> None:
        self._find = find

    def look(
        self, target: Target, parts: Sequence[str], before: m.Inspection | None, deliver: Callable[[m.Inspection], None]
    ) -> None:
        """Deliver what is made up of a process; see `tuimon.protocols.Inspector`."""
        known = before if before is not None and (before.pid, before.started_at) == target.identity else None
        inspection = known or m.Inspection(*target.identity)
        process = self._find(target.identity)
        if process is None:
            deliver(m.with_parts(m.with_missing(inspection, m.GONE), {"ended": True}))
            return
        deliver(m.with_parts(inspection, {part: MAKERS[part](process) for part in parts}))

    def rest(self) -> None:
        """Nothing goes on."""

    def close(self) -> None:
        """Nothing was taken."""


def _random(process: Process, part: str) -> Random:
    return Random(f"{process.pid}/{process.name}/{part}")  # noqa: S311  made-up, no secret


def _bare(process: Process) -> bool:
    return process.kernel or process.state == "Z"


def _command(process: Process) -> object:
    return m.Command(process.command)


def _executable(process: Process) -> object:
    first = process.command.split(" ", 1)[0].rstrip(":")
    return _NONE if _bare(process) else first if first.startswith("/") else f"/usr/bin/{process.name}"


def _folder(process: Process) -> object:
    return _NONE if _bare(process) else "/" if process.user == "root" else f"/var/lib/{process.user}"


def _owner(process: Process) -> object:
    return m.Owner(process.user, process.user, process.user, "all" if process.user == "root" else "none")


def _schedule(process: Process) -> object:
    policy = "fifo" if process.priority <= -100 else "other"
    score = min(1000, 666 + int(process.memory_percent or 0))
    return m.Schedule(policy, process.nice, "none", "0-7", 0 if _bare(process) else score, 0)


def _io(process: Process) -> object:
    written = int(process.cpu_seconds * _random(process, "io").uniform(1e4, 9e5))
    return m.IoTotals(
        written * 3, written * 2, written, written, int(process.cpu_seconds * 90), int(process.cpu_seconds * 40)
    )


def _limits(_: Process) -> object:
    return (
        m.Limit("cpu time", None, None, "seconds"),
        m.Limit("file size", None, None, "bytes"),
        m.Limit("stack size", 8 * MIB, None, "bytes"),
        m.Limit("core file size", 0, None, "bytes"),
        m.Limit("processes", 63_000, 63_000, "processes"),
        m.Limit("open files", _OPEN_FILES, 524_288, "files"),
        m.Limit("locked memory", 8 * MIB, 8 * MIB, "bytes"),
    )


def _group(process: Process) -> object:
    if process.kernel:
        return m.ControlGroup("/")
    unit = "init.scope" if process.pid == 1 else f"system.slice/{process.name}.service"
    return m.ControlGroup(f"/{unit}", None, process.rss_bytes, None, 8, 18_900, process.threads, 0.0, 0)


def _threads(process: Process) -> object:
    shares = [_random(process, "threads").random() ** 3 for _ in range(process.threads)]
    whole = sum(shares) or 1.0
    return tuple(
        m.Thread(process.pid + i, process.name if not i else f"{process.name}-{i}", process.state if not i else "S",
                 round(process.cpu_seconds * share / whole, 2), i % 8)
        for i, share in enumerate(shares)
    )  # fmt: skip


def _memory(process: Process) -> object:
    if _bare(process):
        return _NONE
    rss = process.rss_bytes
    shared = int(rss * _random(process, "memory").uniform(0.1, 0.5)) if rss < 400 * MIB else int(rss * 0.02)
    own = rss - shared
    return m.MemoryUse(rss, own + shared // 4, own, own, shared // 5, shared // 20, 0, 0, 0, int(rss * 1.1))


def _files(process: Process) -> object:
    if _bare(process):
        return ()
    standard = [
        m.OpenFile(0, "device", "/dev/null", "r", 0),
        m.OpenFile(1, "socket", "21034"),
        m.OpenFile(2, "socket", "21034"),
    ]
    logs = m.OpenFile(3, "file", f"/var/log/{process.name}.log", "w", int(process.cpu_seconds * 4000))
    return (*standard, logs, m.OpenFile(4, "kernel", "eventpoll", "rw", 0))


def _sockets(process: Process) -> object:
    port = _PORTS.get(process.name)
    if _bare(process):
        return ()
    if port is None:
        return (m.Socket(1, "unix stream", "", "", "connected"),)
    random = _random(process, "sockets")
    peers = [
        f"10.0.{random.randrange(4)}.{random.randrange(2, 250)}:{random.randrange(32768, 60999)}" for _ in range(4)
    ]
    connected = [m.Socket(8 + i, "tcp", f"10.0.0.4:{port}", peer, "established", 0, 0) for i, peer in enumerate(peers)]
    return (m.Socket(6, "tcp", f"0.0.0.0:{port}", "", "listen", 0, 0), *connected)


def _environment(process: Process) -> object:
    if _bare(process):
        return ()
    return (
        m.Variable("HOME", "/root" if process.user == "root" else f"/var/lib/{process.user}"),
        m.Variable("LANG", "C.UTF-8"),
        m.Variable("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin"),
        m.Variable(f"{process.name.upper().replace('-', '_')}_TOKEN", "***"),
        m.Variable("USER", process.user),
    )


MAKERS: Final[dict[str, Callable[[Process], object]]] = {
    "command": _command,
    "executable": _executable,
    "folder": _folder,
    "owner": _owner,
    "schedule": _schedule,
    "io": _io,
    "limits": _limits,
    "group": _group,
    "threads": _threads,
    "memory": _memory,
    "files": _files,
    "sockets": _sockets,
    "environment": _environment,
}
