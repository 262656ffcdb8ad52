"""Where files are: the history, the state folder, and whether a folder can hold a SQLite file."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

SYSTEM_HISTORY: Final = "/var/lib/tuimon/history.db"
REMOTE: Final = frozenset(
    {
        "nfs",
        "nfs4",
        "cifs",
        "smb3",
        "smbfs",
        "9p",
        "afs",
        "ceph",
        "glusterfs",
        "lustre",
        "ncpfs",
        "beegfs",
        "fuse.sshfs",
    }
)
"""Filesystems of other machines: SQLite's WAL needs memory that all its users share."""
COERCED: Final = frozenset({"C.UTF-8", "C.utf8", "UTF-8"})
"""What Python puts in the place of the locale C."""


def state_folder(environ: Mapping[str, str]) -> str:
    """Return the folder of this user's histories and log."""
    base = environ.get("XDG_STATE_HOME") or Path(environ.get("HOME") or "/", ".local", "state")
    return str(Path(base, "tuimon"))


def machine_id() -> str:
    """Return what names this machine (machine-id(5)), its host name where it has no id."""
    for path in ("/etc/machine-id", "/var/lib/dbus/machine-id"):
        try:
            found = Path(path).read_text(encoding="ascii", errors="replace").strip()[:64]
        except OSError:
            continue
        if found.isalnum():
            return found
    name = os.uname().nodename
    return "".join(letter if letter.isalnum() else "-" for letter in name) or "machine"


def history_path(
    chosen: str, environ: Mapping[str, str], *, recorded: Callable[[str], bool], system: str = SYSTEM_HISTORY
) -> str:
    """Return the history file: the one chosen, a system-wide one of use, or the user's own.

    A system-wide one is of use where it may be written, or where it may be read and `recorded` says that somebody
    records into it.
    """
    if chosen:
        return chosen
    if os.access(system, os.W_OK) or (os.access(system, os.R_OK) and recorded(system)):
        return system
    return str(Path(state_folder(environ), f"{machine_id()}.db"))


def locale(environ: Mapping[str, str]) -> str:
    """Return the locale of characters as the user has it, '' without one (locale(7)).

    Where LANG is C, Python has put LC_CTYPE=C.UTF-8 into its own environment (PEP 538): that is not the user's wish.
    """
    chosen = environ.get("LC_ALL") or environ.get("LC_CTYPE") or environ.get("LANG") or ""
    if environ.get("LC_ALL") or environ.get("LANG") not in ("C", "POSIX") or chosen not in COERCED:
        return chosen
    try:
        given = Path("/proc/self/environ").read_bytes().split(b"\0")  # as the process was started
    except OSError:
        return environ["LANG"]
    return chosen if f"LC_CTYPE={chosen}".encode() in given else environ["LANG"]


def filesystem_type(path: str, mountinfo: str | None = None) -> str:
    """Return the type of the filesystem that a path is on (proc_pid_mountinfo(5)), '' where that is not known."""
    if mountinfo is None:
        try:
            mountinfo = Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="surrogateescape")
        except OSError:
            return ""
    real = str(Path(path).resolve())
    best, found = "", ""
    for line in mountinfo.splitlines():
        before, _, after = line.partition(" - ")
        fields = before.split(" ")
        if len(fields) < 5 or not after:
            continue
        point = _unescaped(fields[4])
        if len(point) >= len(best) and (real == point or real.startswith(point.rstrip("/") + "/")):
            best, found = point, after.split(" ")[0]
    return found


def _unescaped(text: str) -> str:
    for code, letter in (("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")):
        text = text.replace(code, letter)
    return text


def is_remote(path: str) -> bool:
    """Tell whether a path is on another machine's filesystem."""
    return filesystem_type(path) in REMOTE


def local_folder(environ: Mapping[str, str]) -> str:
    """Return a folder of this machine for a history whose own place is on another one; '' where there is none."""
    base = environ.get("XDG_RUNTIME_DIR", "")
    if base and not is_remote(base) and os.access(base, os.W_OK):
        return str(Path(base, "tuimon"))
    return own_folder(f"/var/tmp/tuimon-{os.getuid()}")  # noqa: S108  checked below


def own_folder(path: str) -> str:
    """Make a folder for nobody but this user; '' where somebody else was there first."""
    try:
        Path(path).mkdir(0o700)
    except FileExistsError:
        found = Path(path).lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o022:
            return ""
    except OSError:
        return ""
    return path
