"""Collects beside filesystems that do not answer, and prints what it saw as JSON. See test_hung_filesystems.py.

Arguments: the folders that are mounted, separated by colons; which collector; what becomes of the first mount.
"""

from __future__ import annotations

import ctypes
import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from tuimon.collectors import IGNORED_FSTYPES, filesystems, open_collector
from tuimon.collectors.asker import Asker
from tuimon.model.families import Filesystem

PATIENCE, LIMIT, LOOKS = 1.0, 8, 400
SHOWN = [name for name in IGNORED_FSTYPES if name != "tmpfs"]
DETACH = 2  # MNT_DETACH of umount2(2)


class Watch:
    """Samples again and again, and counts what must not happen."""

    def __init__(self, folders: list[str], *, portable: bool) -> None:
        self.folders = folders
        self.asker = Asker(PATIENCE, LIMIT)
        filesystems.Asker = lambda: self.asker
        self.collector = open_collector(
            portable=portable, off=["processes"], cadences={"filesystem": 0.2}, ignored_fstypes=SHOWN
        )
        self.overruns, self.most, self.ages = 0, 0, []
        self.faults: set[str] = set()
        self.pids: set[int] = set()

    def look(self) -> dict[str, Filesystem]:
        snapshot = self.collector.sample()
        self.overruns += any("took longer" in fault.message for fault in snapshot.faults)
        self.faults |= {fault.message for fault in snapshot.faults}
        self.pids |= set(self.asker.processes)
        self.most = max(self.most, len(self.asker.processes))
        found = {one.device: one for one in snapshot.filesystem}
        self.ages.append(found[self.folders[0]].stale_seconds if self.folders[0] in found else -1)
        time.sleep(0.05)
        return found

    def until(self, what: str, seen: Callable[[dict[str, Filesystem]], bool]) -> dict[str, Filesystem]:
        for _ in range(LOOKS):
            if seen(found := self.look()):
                return found
        sys.exit(f"never: {what}; {found}")


def silent(found: dict[str, Filesystem], folders: list[str]) -> bool:
    return all(folder in found and found[folder].stale_seconds is not None for folder in folders)


def back(watch: Watch) -> Iterator[object]:
    """The first mount answers, then does not, then is detached lazily while it does not; another takes its place."""
    folder = watch.folders[0]
    flag = Path(f"{folder}.answer")

    def fresh(found: dict[str, Filesystem]) -> bool:
        return folder in found and found[folder].stale_seconds is None

    flag.touch()
    one = watch.until("answers again", fresh)[folder]
    yield one.used_bytes, one.size_bytes, one.used_percent
    flag.unlink()
    one = watch.until("stops again", lambda found: silent(found, [folder]))[folder]
    yield one.used_bytes, one.size_bytes
    libc = ctypes.CDLL(None, use_errno=True)
    libc.umount2(os.fsencode(folder), DETACH)
    watch.until("is gone", lambda found: folder not in found)
    yield len(watch.asker.processes)
    libc.mount(b"instead", os.fsencode(folder), b"tmpfs", 0, b"size=1m")
    one = watch.until("another one answers", fresh)[folder]
    yield one.fstype, one.size_bytes


def stays(watch: Watch) -> Iterator[object]:
    """Nothing changes."""
    for _ in range(30):
        watch.look()
    yield len(watch.asker.processes)


def main() -> None:
    folders, kind, story = sys.argv[1].split(":"), sys.argv[2], sys.argv[3]
    watch = Watch(folders, portable=kind == "portable")
    found = watch.until("all are late", lambda found: silent(found, folders))
    shown = [[found[one].stale_seconds is not None, found[one].size_bytes] for one in folders]
    told = list({"back": back, "stays": stays}[story](watch))
    living = [pid for pid in watch.pids if os.path.isdir(f"/proc/{pid}")]
    held = [os.readlink(f"/proc/{pid}/fd/{fd}") for pid in living for fd in os.listdir(f"/proc/{pid}/fd")]
    watch.collector.close()
    sys.stdout.write(
        json.dumps(
            {
                "shown": shown,
                "told": told,
                "others": [one.device for one in found.values() if one.size_bytes],
                "ages": watch.ages,
                "overruns": watch.overruns,
                "faults": sorted(watch.faults),
                "most": watch.most,
                "held": held,
                "sessions": [os.getsid(pid) == pid for pid in living if os.path.isdir(f"/proc/{pid}")],
            }
        )
    )


if __name__ == "__main__":
    main()
