"""What a process has open: descriptors, and for those that are sockets, both ends (proc_pid_fd(5), proc_pid_net(5)).

Links are read, never followed: a file on a dead mount is named, not touched.
"""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Iterator
from typing import Final

from tuimon.model.inspection import OpenFile, Socket
from tuimon.model.text import harmless

MOST_FILES: Final = 4096
_TCP: Final = {
    "01": "established", "02": "syn-sent", "03": "syn-recv", "04": "fin-wait-1", "05": "fin-wait-2", "06": "time-wait",
    "07": "close", "08": "close-wait", "09": "last-ack", "0A": "listen", "0B": "closing",
}  # fmt: skip
_UNIX: Final = {"01": "", "03": "connected", "04": "disconnecting"}
_UNIX_TYPES: Final = {"0001": "stream", "0002": "dgram", "0005": "seqpacket"}
_LISTENING: Final = 0x10000
"""__SO_ACCEPTCON in the flags of /proc/net/unix."""


def read_files(folder: int) -> tuple[OpenFile, ...]:
    """Return the open descriptors of the process whose folder is open, by number, up to MOST_FILES."""
    return tuple(_files(folder))


def _files(folder: int) -> Iterator[OpenFile]:
    for fd, target in links(folder):
        kind, shown = kind_of(target)
        mode, position = mode_and_position(folder, fd) if kind != "socket" else ("rw", None)
        yield OpenFile(fd, kind, harmless(shown), mode, position)


def links(folder: int) -> list[tuple[int, str]]:
    """Return the descriptors and what they lead to. Raises PermissionError where they may not be seen."""
    directory = os.open("fd", os.O_RDONLY | os.O_DIRECTORY, dir_fd=folder)
    try:
        found = []
        for fd in sorted(map(int, os.listdir(directory)))[:MOST_FILES]:
            try:
                found.append((fd, os.readlink(str(fd), dir_fd=directory)))
            except FileNotFoundError:
                continue  # closed meanwhile
        return found
    finally:
        os.close(directory)


def kind_of(target: str) -> tuple[str, str]:
    """Return what kind of file a link leads to, and how it is shown."""
    if target.startswith(("socket:[", "pipe:[")):
        kind, _, rest = target.partition(":[")
        return kind, rest.rstrip("]")
    if target.startswith("anon_inode:"):
        return "kernel", target.removeprefix("anon_inode:").strip("[]")
    if target.startswith("/memfd:"):
        return "memory", target.removeprefix("/memfd:")
    if target.startswith("/dev/"):
        return "device", target
    return "file", target


def mode_and_position(folder: int, fd: int) -> tuple[str, int | None]:
    """Return whether a descriptor is for reading or writing, and where in its file it is."""
    try:
        raw = os.open(f"fdinfo/{fd}", os.O_RDONLY, dir_fd=folder)
    except OSError:
        return "", None
    try:
        fields = dict(line.split(b":", 1) for line in os.read(raw, 512).splitlines() if b":" in line)
        flags = int(fields[b"flags"], 8)
        return ("r", "w", "rw", "")[flags & os.O_ACCMODE], int(fields[b"pos"])
    except (OSError, KeyError, ValueError):
        return "", None
    finally:
        os.close(raw)


def read_sockets(folder: int) -> tuple[Socket, ...]:
    """Return the open sockets of a process, as its own network namespace knows them."""
    wanted = {target[8:-1]: fd for fd, target in links(folder) if target.startswith("socket:[")}
    if not wanted:
        return ()
    found: dict[int, Socket] = {}
    for protocol, version in (("tcp", 4), ("tcp6", 6), ("udp", 4), ("udp6", 6), ("raw", 4), ("raw6", 6)):
        for words in table(folder, protocol):
            if len(words) > 9 and (fd := wanted.get(words[9])) is not None:
                found[fd] = internet_socket(fd, protocol, version, words)
    for words in table(folder, "unix"):
        if len(words) > 6 and (fd := wanted.get(words[6])) is not None:
            found[fd] = unix_socket(fd, words)
    return tuple(found.get(fd) or Socket(fd, "other", f"inode {inode}") for inode, fd in wanted.items())


def table(folder: int, protocol: str) -> Iterator[list[str]]:
    """Yield the rows of one of the tables, as words; none where there is no such table."""
    try:
        raw = os.open(f"net/{protocol}", os.O_RDONLY, dir_fd=folder)
    except OSError:
        return
    with open(raw, encoding="utf-8", errors="surrogateescape") as file:
        next(file, None)
        for line in file:
            yield line.split(None, 7) if protocol == "unix" else line.split()


def internet_socket(fd: int, protocol: str, version: int, words: list[str]) -> Socket:
    """Return the socket of a row: `sl local remote state tx:rx ...`."""
    sent, _, received = words[4].partition(":")
    tcp = protocol.startswith("tcp")
    remote = address(words[2], version)
    state = _TCP.get(words[3], words[3]) if tcp else "connected" if words[3] == "01" else ""
    open_end = remote.endswith(":0")
    return Socket(
        fd, protocol, address(words[1], version), "" if open_end else remote, state, int(received, 16), int(sent, 16)
    )


def address(text: str, version: int) -> str:
    """Return an address and port that the kernel wrote as words of the machine's own byte order."""
    host, _, port = text.partition(":")
    raw = bytes.fromhex(host)
    words = b"".join(
        raw[i : i + 4][::-1] if sys.byteorder == "little" else raw[i : i + 4] for i in range(0, len(raw), 4)
    )
    shown = socket.inet_ntop(socket.AF_INET if version == 4 else socket.AF_INET6, words)
    return f"[{shown}]:{int(port, 16)}" if version == 6 else f"{shown}:{int(port, 16)}"


def unix_socket(fd: int, words: list[str]) -> Socket:
    """Return the socket of a row: `Num RefCount Protocol Flags Type St Inode Path`."""
    kind = _UNIX_TYPES.get(words[4], "")
    state = "listen" if int(words[3], 16) & _LISTENING else _UNIX.get(words[5], words[5])
    path = words[7].rstrip("\n") if len(words) > 7 else ""
    return Socket(fd, f"unix {kind}".strip(), harmless(path), "", state)
