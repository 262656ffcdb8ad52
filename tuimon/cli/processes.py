"""Processes as they are checked before they are named, or sent a signal."""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from tuimon.history import holders
from tuimon.history.holders import Holder
from tuimon.history.owners import user_name
from tuimon.model.text import harmless

SHELLS: Final = ("python", "pypy")
KINDS: Final = {holders.BACKGROUND: "in the background", holders.DASHBOARD: "a dashboard, while it is open"}


class Running(NamedTuple):
    """Whose process it is, and how it was started."""

    uid: int
    arguments: tuple[str, ...]


def process(pid: int) -> Running | None:
    """Return whose process it is and how it was started, None where there is none: from /proc, else from ps(1)."""
    folder = Path(f"/proc/{pid}")
    try:
        arguments = (folder / "cmdline").read_bytes().decode("utf-8", "replace").rstrip("\0").split("\0")
        return Running(folder.stat().st_uid, tuple(arguments))
    except OSError:
        if Path("/proc/self/cmdline").exists():
            return None
    asked = subprocess.run(
        ["ps", "-o", "uid=,args=", "-p", str(pid)], capture_output=True, text=True, check=False, timeout=10
    )
    uid, _, arguments_text = asked.stdout.strip().partition(" ")
    return Running(int(uid), tuple(arguments_text.split())) if uid.isdigit() else None


def is_tuimon(arguments: tuple[str, ...]) -> bool:
    """Say whether a command line is this program's: `tuimon ...`, `python .../tuimon ...`, `python -P -m tuimon ...`."""
    names = [Path(one).name for one in arguments[:6]]
    if names and names[0].lower().startswith(SHELLS):
        names = [name for name in names[1:] if not name.startswith("-")]
        return names[:1] == ["tuimon"]
    return "tuimon" in names[:2]


def who(found: Holder) -> str:
    """Return who records: the process, which kind of tuimon it is, whose, and of which version."""
    version = f"tuimon {found.version}" if found.version else ""
    user = f"user {name}" if (name := user_of(found)) else ""
    return ", ".join(part for part in (found.name, KINDS.get(found.by, ""), user, version) if part)


def openers(path: str) -> dict[int, str]:
    """Return the processes that have a file open, pid to name, as far as this user may know; not this one."""
    real = os.path.realpath(path)
    found = {int(folder.name): _name(folder) for folder in Path("/proc").glob("[0-9]*") if real in _open_in(folder)}
    found.pop(os.getpid(), None)
    return found


def _open_in(folder: Path) -> Iterator[str]:
    """Yield the files that a process has open. They are not looked at: one on a dead filesystem would not answer."""
    with contextlib.suppress(OSError):
        for fd in (folder / "fd").iterdir():
            with contextlib.suppress(OSError):
                yield str(fd.readlink())


def _name(folder: Path) -> str:
    try:
        return harmless((folder / "comm").read_text(errors="replace").strip())
    except OSError:
        return ""


def user_of(found: Holder) -> str:
    """Return whose process it is that records, '' where that cannot be looked up here."""
    running = process(found.pid) if found.pid and found.is_near else None
    return user_name(running.uid) if running else ""
