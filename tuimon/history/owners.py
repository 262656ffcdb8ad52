"""Whose the files of a history are, and who may read them."""

from __future__ import annotations

import contextlib
import os
import stat
from pathlib import Path

from tuimon.config.places import SYSTEM_HISTORY


def file_mode(path: str) -> int:
    """Return the mode of a new history: in the machine's own folder its group may read it, elsewhere nobody else may."""
    return 0o640 if os.path.dirname(path) == os.path.dirname(SYSTEM_HISTORY) else 0o600  # noqa: PTH120  on the start's path


def share(fd: int, path: str) -> None:
    """Let who may read a history read this file beside it too; whoever made it may have had another umask(2)."""
    try:
        wanted = stat.S_IMODE(os.stat(path).st_mode) & 0o660  # noqa: PTH116  on the start's path
    except OSError:
        wanted = file_mode(path)
    with contextlib.suppress(OSError):
        if stat.S_IMODE(os.fstat(fd).st_mode) != wanted:
            os.fchmod(fd, wanted)


def forbidden(path: str, wanted: int = os.R_OK) -> str:
    """Return why this process may not have a file, in words; '' where it may or there is none."""
    for folder in reversed(Path(os.path.abspath(path)).parents):  # noqa: PTH100  links are looked at where they are
        if folder.is_dir() and not os.access(folder, os.X_OK):
            return f"user {user_name(os.geteuid())} may not enter {folder}{_whose(folder)}"
    file = Path(path)
    if not os.path.lexists(path) or os.access(path, wanted):
        return ""
    verb = "read" if wanted == os.R_OK else "write"
    return f"user {user_name(os.geteuid())} may not {verb} {file}{_whose(file)}"


def _whose(path: Path) -> str:
    """Return in brackets who may: the owner, and members of a group."""
    import grp  # noqa: PLC0415  only a refusal needs it

    try:
        found = path.stat()
    except OSError:
        return ""
    owner = f"it is {user_name(found.st_uid)}'s"
    if not found.st_mode & stat.S_IRGRP:
        return f" ({owner})"
    try:
        verb = "enter" if path.is_dir() else "read"
        return f" ({owner}; members of the group {grp.getgrgid(found.st_gid).gr_name} may {verb} it)"
    except KeyError:
        return f" ({owner})"


def user_name(uid: int) -> str:
    """Return a user's name, its number where it has none."""
    import pwd  # noqa: PLC0415  as above

    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
