"""Looking into one process: the parts that are a file or two of /proc each (proc(5)).

Every reader gets the process's own open folder: what it reads is that process's, or the process is gone. Some of these
files can wait for ever - the memory map of a process that is stuck in the kernel is locked - so nobody reads them in a
process that must not wait; see collectors/inspector.py.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from tuimon.collectors.linux.actor import io_priority
from tuimon.collectors.linux.cgroups import Group, find_groups
from tuimon.collectors.linux.identity import Users
from tuimon.collectors.linux.inspection_files import read_files, read_sockets
from tuimon.collectors.linux.kept import read_number, read_text
from tuimon.collectors.linux.limits import bandwidth, cpus, memory_limit, memory_used, smallest
from tuimon.collectors.linux.process_details import read_cgroup
from tuimon.collectors.linux.process_files import parse_stat
from tuimon.collectors.linux.processors import USER_HZ
from tuimon.collectors.linux.start import sees_itself, start_of
from tuimon.collectors.outcomes import refused_look
from tuimon.model import inspection as m
from tuimon.model.action import ranges
from tuimon.model.redact import redacted
from tuimon.model.text import decode, harmless

LONGEST_COMMAND: Final = 1 << 16
MOST_THREADS: Final = 4096
MOST_VARIABLES: Final = 2048
_POLICIES: Final = {0: "other", 1: "fifo", 2: "rr", 3: "batch", 5: "idle", 6: "deadline", 7: "ext"}
_LIMIT: Final = re.compile(r"Max (.{21}) (\S+)\s+(\S+) *(\S*)")


class Look(NamedTuple):
    """Where to look: the process's open folder, its path, and the root that /proc is below."""

    folder: int
    pid: int
    root: str
    users: Users

    @property
    def path(self) -> str:
        """The path of its folder, for those who read below it."""
        return f"{self.root}/proc/{self.pid}"

    def read(self, name: str, limit: int = 1 << 20) -> bytes:
        """Return the content of one of its files. Raises OSError."""
        fd = os.open(name, os.O_RDONLY, dir_fd=self.folder)
        try:
            pieces, left = [], limit
            while left > 0 and (piece := os.read(fd, min(left, 65536))):
                pieces.append(piece)
                left -= len(piece)
            return b"".join(pieces)
        finally:
            os.close(fd)

    def link(self, name: str) -> str:
        """Return where one of its links leads. Raises OSError."""
        return harmless(os.readlink(name, dir_fd=self.folder))


def read_command(look: Look) -> m.Command:
    """Return the whole command line: to its owner as it is, to everybody else with the secrets taken out."""
    raw = look.read("cmdline", 1 << 22)
    words = raw.rstrip(b"\0").decode("utf-8", "surrogateescape").split("\0")
    mine = os.fstat(look.folder).st_uid == os.geteuid()
    text = " ".join(words) if mine else redacted(words)
    return m.Command(harmless(text, LONGEST_COMMAND), mine, max(0, len(text) - LONGEST_COMMAND))


def read_executable(look: Look) -> str:
    """Return the path of the program that runs."""
    return look.link("exe")


def read_folder(look: Look) -> str:
    """Return the current folder, and the root where that is another one."""
    root = look.link("root")
    return look.link("cwd") + (f" in {root}" if root != "/" else "")


def read_owner(look: Look) -> m.Owner:
    """Return whose it is."""
    fields = status_fields(look)
    uids, gids = fields.get("Uid", "").split(), fields.get("Gid", "").split()
    users = [look.users.name(int(uid)) for uid in uids[:2]] or ["", ""]
    confined = ["no new privileges"] if fields.get("NoNewPrivs") == "1" else []
    confined += ["seccomp"] if fields.get("Seccomp", "0") != "0" else []
    return m.Owner(
        users[-1], users[0], group_name(look.root, gids[1] if len(gids) > 1 else ""),
        capabilities(int(fields.get("CapEff", "0"), 16), int(fields.get("CapBnd", "0"), 16)), ", ".join(confined),
    )  # fmt: skip


def status_fields(look: Look) -> dict[str, str]:
    """Return the lines of status by their names."""
    lines = look.read("status").decode("utf-8", "surrogateescape").splitlines()
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


def group_name(root: str, gid: str) -> str:
    """Return a group's name as /etc/group has it, else its number."""
    for line in read_text(f"{root}/etc/group").splitlines():
        fields = line.split(":")
        if len(fields) > 2 and fields[2] == gid:
            return harmless(fields[0], 64)
    return harmless(gid, 64)


def capabilities(effective: int, bounding: int) -> str:
    """Return how much a process may do: all that there is here, nothing beyond its user, or how many things."""
    count = effective.bit_count()
    return "none" if not count else "all" if effective == bounding else f"{count}"


def read_schedule(look: Look) -> m.Schedule:
    """Return how it is scheduled. What needs a system call is known of this machine's processes only."""
    close = (raw := look.read("stat")).rindex(b")")
    policy = int(raw[close + 2 :].split()[38])
    live = not look.root and sees_itself()
    try:
        io = str(io_priority(look.pid) or "").removeprefix("io ") if live else ""
    except OSError:
        io = ""
    allowed = status_fields(look).get("Cpus_allowed_list", "")
    processors = ranges(tuple(sorted(os.sched_getaffinity(look.pid)))) if live else allowed
    return m.Schedule(
        _POLICIES.get(policy, str(policy)), parse_stat(raw).nice, io, harmless(processors),
        number_of(look, "oom_score"), number_of(look, "oom_score_adj"),
    )  # fmt: skip


def number_of(look: Look, name: str) -> int | None:
    """Return the number that one of its files holds, None where there is none."""
    try:
        return int(look.read(name, 64))
    except (OSError, ValueError):
        return None


def read_io(look: Look) -> m.IoTotals:
    """Return what it read and wrote since it began."""
    lines = (line.split(b":") for line in look.read("io").splitlines())
    found = {name.decode(): int(value) for name, value in lines}
    return m.IoTotals(*(found.get(n) for n in ("rchar", "wchar", "read_bytes", "write_bytes", "syscr", "syscw")))


def read_limits(look: Look) -> tuple[m.Limit, ...]:
    """Return the resource limits."""
    found = (_LIMIT.match(line) for line in look.read("limits").decode("ascii", "replace").splitlines())
    return tuple(
        m.Limit(harmless(one[1].strip()), amount(one[2]), amount(one[3]), harmless(one[4])) for one in found if one
    )


def amount(text: str) -> int | None:
    """Return the number of a limit; None for `unlimited`."""
    return int(text) if text.isdecimal() else None


def read_group(look: Look) -> m.ControlGroup:
    """Return the control group, with the limits that hold it and what it uses of them."""
    groups = find_groups(look.root, str(look.pid), frozenset({"memory", "cpu", "cpuset", "pids"}))
    none = Group((), unified=True)
    memory, cpu, tasks = (groups.get(name, none) for name in ("memory", "cpu", "pids"))
    limit, at = smallest(memory, memory_limit)
    where = memory.folders[at] if memory.folders else ""
    allowed = [n for folder in tasks.folders if (n := read_number(f"{folder}/pids.max")) is not None]
    processors, _ = smallest(groups.get("cpuset", none), cpus)
    quota, _ = smallest(cpu, bandwidth)
    return m.ControlGroup(
        read_cgroup(look.path), None if limit is None else int(limit),
        memory_used(where, unified=memory.unified) if where else None, quota,
        None if processors is None else int(processors), min(allowed, default=None),
        read_number(f"{tasks.folders[0]}/pids.current") if tasks.folders else None, throttled_seconds(cpu), oom_kills(memory),
    )  # fmt: skip


def counts_of(path: str) -> dict[str, int]:
    """Return the numbers of a file of `name number` lines."""
    pairs = (line.split() for line in read_text(path).splitlines())
    return {pair[0]: int(pair[1]) for pair in pairs if len(pair) == 2 and pair[1].isdecimal()}


def throttled_seconds(group: Group) -> float | None:
    """Return for how long the group was held back because its quota was used up."""
    found = counts_of(f"{group.folders[0]}/cpu.stat") if group.folders else {}
    if "throttled_usec" in found:
        return found["throttled_usec"] / 1e6
    return found["throttled_time"] / 1e9 if "throttled_time" in found else None


def oom_kills(group: Group) -> int | None:
    """Return how many processes of the group were killed for want of memory."""
    if not group.folders:
        return None
    return counts_of(f"{group.folders[0]}/{'memory.events' if group.unified else 'memory.oom_control'}").get("oom_kill")


def read_threads(look: Look) -> tuple[m.Thread, ...]:
    """Return its threads, in the order they were made, up to MOST_THREADS."""
    fd = os.open("task", os.O_RDONLY | os.O_DIRECTORY, dir_fd=look.folder)
    try:
        tids = sorted(map(int, os.listdir(fd)))[:MOST_THREADS]
    finally:
        os.close(fd)
    return tuple(_threads(look, tids))


def _threads(look: Look, tids: list[int]) -> Iterator[m.Thread]:
    for tid in tids:
        try:
            raw = look.read(f"task/{tid}/stat", 4096)
        except (FileNotFoundError, ProcessLookupError):
            continue
        found = parse_stat(raw)
        processor = int(raw[raw.rindex(b")") + 2 :].split()[36])
        yield m.Thread(tid, decode(found.name, 64), found.state, found.ticks / USER_HZ, processor)


def read_memory(look: Look) -> m.MemoryUse:
    """Return where its memory is. The kernel walks its whole memory map for that."""
    rollup = kib_fields(look.read("smaps_rollup"))
    peak = kib_fields(look.read("status")).get("VmHWM")
    private = [rollup[name] for name in ("Private_Clean", "Private_Dirty", "Private_Hugetlb") if name in rollup]
    return m.MemoryUse(
        rollup.get("Rss"), rollup.get("Pss"), sum(private) if private else None, rollup.get("Pss_Anon"),
        rollup.get("Pss_File"), rollup.get("Pss_Shmem"), rollup.get("Swap"), rollup.get("Locked"),
        rollup.get("AnonHugePages"), peak,
    )  # fmt: skip


def kib_fields(raw: bytes) -> dict[str, int]:
    """Return the lines that give kB, in bytes."""
    lines = (line.split() for line in raw.decode("ascii", "replace").splitlines())
    return {
        words[0].rstrip(":"): int(words[1]) * 1024
        for words in lines
        if len(words) == 3 and words[2] == "kB" and words[1].isdecimal()
    }


def read_environment(look: Look) -> tuple[m.Variable, ...]:
    """Return its environment as it was when it began, in order of names, with the secrets masked."""
    entries = look.read("environ", 1 << 22).decode("utf-8", "surrogateescape").split("\0")
    return tuple(sorted(map(variable, filter(None, entries[:MOST_VARIABLES])), key=lambda one: one.name))


def variable(entry: str) -> m.Variable:
    """Return one variable, its secrets masked."""
    name, _, value = redacted([entry]).partition("=")
    return m.Variable(harmless(name), harmless(value))


READERS: Final[dict[str, Callable[[Look], object]]] = {
    "command": read_command,
    "executable": read_executable,
    "folder": read_folder,
    "owner": read_owner,
    "schedule": read_schedule,
    "io": read_io,
    "limits": read_limits,
    "group": read_group,
    "threads": read_threads,
    "memory": read_memory,
    "files": lambda look: read_files(look.folder),
    "sockets": lambda look: read_sockets(look.folder),
    "environment": read_environment,
}


class LinuxLooker:
    """Reads parts of processes below a root. Not for who must not wait."""

    def __init__(self, root: str = "") -> None:
        self._root = root.rstrip("/")
        self._users = Users(self._root)

    def part(self, pid: int, start: int, name: str) -> object:
        """Return one part of the process with this pid and start (ticks since the boot), or Missing."""
        try:
            folder = os.open(f"{self._root}/proc/{pid}", os.O_RDONLY | os.O_DIRECTORY)
        except OSError:
            return m.GONE
        try:
            if start_of(folder) != start:
                return m.GONE
            return self._read(Look(folder, pid, self._root, self._users), name)
        except OSError:
            return m.GONE
        finally:
            os.close(folder)

    def _read(self, look: Look, name: str) -> object:
        try:
            return READERS[name](look)
        except PermissionError:
            return refused_look()
        except ProcessLookupError:  # a zombie, and a kernel thread, have no memory of their own
            return m.Missing("absent", "a kernel thread or a zombie has none")
        except FileNotFoundError:
            return self._not_there(name)
        except (OSError, ValueError, IndexError) as error:
            return m.Missing("failed", harmless(str(error) or type(error).__name__))

    def _not_there(self, name: str) -> object:
        """Say why a file is not there: the process has none, this kernel has none, or nobody recorded it."""
        if name in {"executable", "folder"}:
            return m.Missing("absent", "a kernel thread or a zombie has none")
        return m.ABSENT if not self._root else m.UNRECORDED
