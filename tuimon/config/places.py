"""Where files are: the history, the state folder, and whether a folder can hold a SQLite file."""

from __future__ import annotations

import os
import signal
import stat
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

SYSTEM_HISTORY: Final = "/var/lib/tuimon/history.db"
REMOTE: Final = frozenset(
    {
        "9p",
        "afs",
        "beegfs",
        "ceph",
        "cifs",
        "coda",
        "davfs",
        "glusterfs",
        "lustre",
        "ncpfs",
        "nfs",
        "nfs4",
        "orangefs",
        "prl_fs",
        "smb3",
        "smbfs",
        "vboxsf",
        *(
            f"fuse.{name}"
            for name in (
                "ceph-fuse",
                "curlftpfs",
                "davfs2",
                "gcsfuse",
                "glusterfs",
                "goofys",
                "juicefs",
                "mfs",
                "rclone",
                "s3fs",
                "sshfs",
                "vmhgfs-fuse",
            )
        ),
    }
)
"""Filesystems of other machines: SQLite's WAL needs memory that all its users share."""
IN_MEMORY: Final = frozenset({"tmpfs", "ramfs"})
"""Filesystems that are empty after the machine has restarted."""
PATIENCE: Final = 1.0
"""Seconds for which a filesystem of another machine is waited for."""
LINKS: Final = 40
"""Symbolic links on the way to a file, as the kernel allows (path_resolution(7))."""
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
    """Return the type of the filesystem that a path is on (proc_pid_mountinfo(5)), '' where that is not known.

    Links are followed. A filesystem of another machine may not answer: this process never waits for it.
    """
    if mountinfo is None:
        try:
            mountinfo = Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="surrogateescape")
        except OSError:
            return ""
    mounts = _mounts(mountinfo)
    waiting = os.path.abspath(path).split("/")[:0:-1]  # noqa: PTH100  `resolve` looks at every part
    at, links = "", 0
    while waiting:
        at = f"{at}/{waiting.pop()}"
        if _type_at(at, mounts) in REMOTE:
            at = _resolved("/".join([at, *reversed(waiting)]))
            break
        if links < LINKS and os.path.islink(at):  # noqa: PTH114  as above
            links += 1
            target = os.readlink(at)  # noqa: PTH115  as above
            target = os.path.normpath(os.path.join(os.path.dirname(at), target))  # noqa: PTH118, PTH120  as above
            waiting += target.split("/")[:0:-1]
            at = ""
    return _type_at(at or "/", mounts)


def _resolved(path: str) -> str:
    """Return a path without links, as it is where the filesystem does not answer; another process asks (readlink(1))."""
    import select  # noqa: PLC0415  hardly ever needed

    reads, writes = os.pipe()
    words = ["readlink", "-m", "--", path]
    try:
        pid = os.posix_spawnp(words[0], words, os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, writes, 1)])
        os.close(writes)
        answered = select.select([reads], [], [], PATIENCE)[0]
        said = os.fsdecode(os.read(reads, 8192)).rstrip("\n") if answered else ""
        if not answered:
            os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0 if answered else os.WNOHANG)  # one that cannot be killed is left behind
    except OSError:
        return path
    finally:
        os.close(reads)
    return said or path


def _mounts(mountinfo: str) -> list[tuple[str, str]]:
    """Return (mount point, type) of all mounts; of those at one place the last is the one that is seen."""
    found = []
    for line in mountinfo.splitlines():
        before, _, after = line.partition(" - ")
        fields = before.split(" ")
        if len(fields) >= 5 and after:
            found.append((_unescaped(fields[4]), after.split(" ")[0]))
    return found


def _type_at(path: str, mounts: list[tuple[str, str]]) -> str:
    best, found = "", ""
    for point, kind in mounts:
        if len(point) >= len(best) and (path == point or path.startswith(point.rstrip("/") + "/")):
            best, found = point, kind
    return found


def _unescaped(text: str) -> str:
    for code, letter in (("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")):
        text = text.replace(code, letter)
    return text


def is_remote(path: str) -> bool:
    """Tell whether a path is on another machine's filesystem."""
    return filesystem_type(path) in REMOTE


def local_folder(environ: Mapping[str, str]) -> str:
    """Return a folder of this machine for a history whose own place is on another one; '' where there is none.

    On a disk if there is one, else in memory.
    """
    for base in ("/var/tmp", "/tmp"):  # noqa: S108  checked below
        if filesystem_type(base) not in REMOTE | IN_MEMORY and (found := own_folder(f"{base}/tuimon-{os.getuid()}")):
            return found
    base = environ.get("XDG_RUNTIME_DIR", "")
    if base and not is_remote(base) and os.access(base, os.W_OK):
        return str(Path(base, "tuimon"))
    return own_folder(f"/dev/shm/tuimon-{os.getuid()}")  # noqa: S108  as above


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
