"""What is read of one process: /proc/PID/stat, cmdline, io (proc(5)), and the descriptors that stay open for it."""

from __future__ import annotations

import fcntl
import os
import resource
from typing import Final, NamedTuple

from tuimon.model.redact import redacted
from tuimon.model.text import harmless

KERNEL_THREAD: Final = 0x00200000
"""PF_KTHREAD of the flags in /proc/PID/stat (include/linux/sched.h)."""
_make = tuple.__new__
"""A thousand of them a second: the class's own call costs half as much again."""
_WANTED: Final = 65536
_RESERVED: Final = 256
_HIGH: Final = 1024


class Stat(NamedTuple):
    """The fields of /proc/PID/stat that are used. Times in ticks, `rss` in pages, `size` in bytes.

    `image` changes with each exec where the kernel shows it (addresses of code and stack), else it is zeros. `faults`
    are minor and major page faults, `processor` the core it last ran on.
    """

    name: bytes
    state: str
    ppid: int
    flags: int
    ticks: int
    priority: int
    nice: int
    threads: int
    start: int
    size: int
    rss: int
    image: tuple[bytes, bytes]
    faults: tuple[int, int]
    processor: int


def parse_stat(raw: bytes) -> Stat:
    """Parse one /proc/PID/stat; raises ValueError for anything else. A name may hold spaces, newlines and brackets."""
    close = raw.rindex(b")")
    f = raw[close + 2 :].split(None, 37)
    fields = (
        raw[raw.index(b"(") + 1 : close],
        chr(f[0][0]),
        int(f[1]),
        int(f[6]),
        int(f[11]) + int(f[12]),
        int(f[15]),
        int(f[16]),
        int(f[17]),
        int(f[19]),
        int(f[20]),
        int(f[21]),
        (f[23], f[25]),
        (int(f[7]), int(f[9])),
        int(f[36]),
    )
    return _make(Stat, fields)


def parse_io(raw: bytes) -> tuple[int, int]:
    """Return the bytes read from and written to storage, less what was truncated before it was written."""
    fields = raw.split()  # rchar, wchar, syscr, syscw, read_bytes, write_bytes, cancelled_write_bytes, each with ':'
    if fields[8] != b"read_bytes:" or fields[10] != b"write_bytes:":
        raise ValueError("not /proc/PID/io")
    return int(fields[9]), max(0, int(fields[11]) - int(fields[13]))


def read_once(path: str, size: int = 4096) -> bytes:
    """Return at most `size` bytes of a file that is not kept open."""
    fd = os.open(path, os.O_RDONLY)
    try:
        return os.pread(fd, size, 0)
    finally:
        os.close(fd)


def read_arguments(folder: str) -> bytes:
    """Return the arguments of a process, each with a zero after it; nothing where there are none or they may not be read."""
    try:
        return read_once(f"{folder}/cmdline")
    except OSError:
        return b""


def command_line(arguments: bytes) -> str:
    """Return arguments as the redacted command line, harmless and in one line."""
    text = arguments.rstrip(b"\0").decode("utf-8", "surrogateescape")
    return harmless(redacted(text.split("\0"))) if text else ""


class Descriptors:
    """Opens files that stay open, as many as the limit allows, with numbers that leave the low ones to others.

    The soft limit of open files is raised to the hard one, 65,536 at most.
    """

    def __init__(self) -> None:
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        unlimited = hard == resource.RLIM_INFINITY
        wanted = max(soft, _WANTED if unlimited else min(hard, _WANTED))
        if wanted != soft:
            try:
                resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
            except (OSError, ValueError):
                wanted = soft
        self._left = max(0, wanted - _RESERVED)
        self._move = wanted >= 4 * _HIGH

    def open(self, path: str) -> int:
        """Return a descriptor for reading; -1 when no more may stay open. Raises OSError when the kernel says no."""
        if not self._left:
            return -1
        try:
            fd = os.open(path, os.O_RDONLY)
        except OSError as error:
            if error.errno in {23, 24}:  # ENFILE, EMFILE: others took what was left
                self._left = 0
                return -1
            raise
        self._left -= 1
        if not self._move or fd >= _HIGH:
            return fd
        high = fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, _HIGH)
        os.close(fd)
        return high

    def close(self, fd: int) -> None:
        """Close a descriptor that `open` returned; -1 is nothing."""
        if fd >= 0:
            os.close(fd)
            self._left += 1


def counts_runs(path: str) -> bool:
    """Say whether this kernel counts in schedstat: without CONFIG_SCHEDSTATS it may be missing or hold zeros."""
    try:
        return any(map(int, read_once(path).split()))
    except (OSError, ValueError):
        return False
