"""Looking into one process through psutil, on systems other than Linux."""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Callable
from typing import Any, Final

import psutil

from tuimon.collectors.outcomes import refused_look
from tuimon.collectors.portable_actor import SAME
from tuimon.model import inspection as m
from tuimon.model.action import ranges
from tuimon.model.redact import redacted
from tuimon.model.text import harmless

_TYPES: Final = {socket.SOCK_STREAM: "tcp", socket.SOCK_DGRAM: "udp"}


class PortableLooker:
    """Reads parts of this machine's processes. Not for who must not wait."""

    def part(self, pid: int, started_at: float, name: str) -> object:
        """Return one part of the process with this pid and start (epoch seconds), or Missing."""
        try:
            process: Any = psutil.Process(pid)
            if abs(process.create_time() - started_at) > SAME:
                return m.GONE
            return READERS[name](process)
        except psutil.ZombieProcess:
            return m.Missing("absent", "a zombie has none")
        except psutil.NoSuchProcess:
            return m.GONE
        except (psutil.AccessDenied, PermissionError):
            return refused_look()
        except (AttributeError, NotImplementedError):
            return m.ABSENT
        except (psutil.Error, OSError, ValueError) as error:
            return m.Missing("failed", harmless(str(error) or type(error).__name__))


def read_command(process: Any) -> m.Command:  # noqa: ANN401  which methods a process has differs by system
    """Return the whole command line: to its owner as it is, to everybody else with the secrets taken out."""
    words = process.cmdline()
    mine = hasattr(os, "geteuid") and process.uids().effective == os.geteuid()
    return m.Command(harmless(" ".join(words) if mine else redacted(words), 1 << 16), mine)


def read_owner(process: Any) -> m.Owner:  # noqa: ANN401  as above
    """Return whose it is."""
    user = harmless(process.username(), 64)
    return m.Owner(user, user, str(process.gids().effective) if hasattr(process, "gids") else "")


def read_schedule(process: Any) -> m.Schedule:  # noqa: ANN401  as above
    """Return how it is scheduled."""
    allowed = ranges(tuple(process.cpu_affinity())) if hasattr(process, "cpu_affinity") else ""
    return m.Schedule("", int(process.nice()), "", allowed)


def read_io(process: Any) -> m.IoTotals:  # noqa: ANN401  as above
    """Return what it read and wrote since it began."""
    found = process.io_counters()
    return m.IoTotals(None, None, found.read_bytes, found.write_bytes, found.read_count, found.write_count)


def read_limits(process: Any) -> tuple[m.Limit, ...]:  # noqa: ANN401  as above
    """Return the resource limits."""
    names = sorted(name for name in vars(psutil) if name.startswith("RLIMIT_"))
    if not names:
        raise NotImplementedError
    limits = []
    for name in names:
        with contextlib.suppress(OSError):
            soft, hard = (None if one < 0 else int(one) for one in process.rlimit(getattr(psutil, name)))
            limits.append(m.Limit(name.removeprefix("RLIMIT_").lower(), soft, hard))
    return tuple(limits)


def read_group(process: Any) -> m.ControlGroup:  # noqa: ANN401  as above
    """Return no control group: there is none elsewhere than on Linux."""
    raise NotImplementedError(process)


def read_threads(process: Any) -> tuple[m.Thread, ...]:  # noqa: ANN401  as above
    """Return its threads."""
    return tuple(m.Thread(one.id, "", "", one.user_time + one.system_time) for one in process.threads())


def read_memory(process: Any) -> m.MemoryUse:  # noqa: ANN401  as above
    """Return where its memory is."""
    found = process.memory_full_info()
    return m.MemoryUse(
        found.rss, getattr(found, "pss", None), found.uss, swap_bytes=getattr(found, "swap", None),
        peak_bytes=getattr(found, "peak_wset", None),
    )  # fmt: skip


def read_files(process: Any) -> tuple[m.OpenFile, ...]:  # noqa: ANN401  as above
    """Return the open files."""
    return tuple(
        m.OpenFile(one.fd, "file", harmless(one.path), getattr(one, "mode", ""), getattr(one, "position", None))
        for one in process.open_files()
    )


def read_sockets(process: Any) -> tuple[m.Socket, ...]:  # noqa: ANN401  as above
    """Return the open sockets."""
    return tuple(map(seen_socket, process.net_connections(kind="all")))


def seen_socket(one: Any) -> m.Socket:  # noqa: ANN401  a named tuple of psutil
    """Return a socket as psutil tells it."""
    version = "6" if one.family == socket.AF_INET6 else ""
    protocol = _TYPES.get(one.type, "other") + version
    if one.family not in {socket.AF_INET, socket.AF_INET6}:
        return m.Socket(one.fd, "unix", harmless(str(one.laddr or "")), "")
    state = "" if one.status == "NONE" else one.status.lower().replace("_", "-")
    return m.Socket(one.fd, protocol, end(one.laddr), end(one.raddr), state)


def end(found: Any) -> str:  # noqa: ANN401  a named tuple of psutil, or an empty one
    """Return one end of a connection."""
    return f"[{found.ip}]:{found.port}" if found and ":" in found.ip else f"{found.ip}:{found.port}" if found else ""


def read_environment(process: Any) -> tuple[m.Variable, ...]:  # noqa: ANN401  as above
    """Return its environment, in order of names, with the secrets masked."""
    masked = (redacted([f"{name}={value}"]).partition("=") for name, value in process.environ().items())
    return tuple(sorted((m.Variable(harmless(n), harmless(v)) for n, _, v in masked), key=lambda one: one.name))


READERS: Final[dict[str, Callable[[Any], object]]] = {
    "command": read_command,
    "executable": lambda process: harmless(process.exe()),
    "folder": lambda process: harmless(process.cwd()),
    "owner": read_owner,
    "schedule": read_schedule,
    "io": read_io,
    "limits": read_limits,
    "group": read_group,
    "threads": read_threads,
    "memory": read_memory,
    "files": read_files,
    "sockets": read_sockets,
    "environment": read_environment,
}
