"""Reads filesystems for an hour of a made clock beside some that never answer; prints what it saw as JSON.

Arguments: the folders that are mounted, separated by colons. See test_hung_filesystems.py.
"""

from __future__ import annotations

import json
import os
import sys
import time

from tuimon.collectors import asker
from tuimon.collectors.filesystems import FilesystemReader, statvfs
from tuimon.collectors.linux.mountinfo import MountReader
from tuimon.collectors.options import Options
from tuimon.collectors.tick import Tick

SECONDS = 3600


def here() -> tuple[int, int, int]:
    """Count this process's threads, children and descriptors."""
    threads = os.listdir("/proc/self/task")
    children = []
    for thread in threads:
        with open(f"/proc/self/task/{thread}/children") as file:
            children += file.read().split()
    return len(threads), len(children), len(os.listdir("/proc/self/fd"))


def main() -> None:
    folders = sys.argv[1].split(":")
    started, asked_here = [], set()

    class Counted(asker.Answerer):
        def __init__(self) -> None:
            super().__init__()
            started.append(self.pid)
            time.sleep(0.3)  # the made clock runs fast: it is given the time to get stuck

    def ask(path: bytes) -> tuple[int, int, int, int, int, int]:
        asked_here.add(os.fsdecode(path))
        return statvfs(path)

    asker.Answerer = Counted
    reader = FilesystemReader(MountReader(""), Options(), ask)
    counts, stale = [], []
    for second in range(SECONDS):
        seen = reader.filesystem(Tick(1000.0 + second, 10.0 + second, 1.0))
        if second % 600 == 599:
            counts.append(here())
            stale.append([one.stale_seconds for one in seen if one.stale_seconds is not None])
    held = [os.readlink(f"/proc/{pid}/fd/{fd}") for pid in started for fd in os.listdir(f"/proc/{pid}/fd")]
    locked = [line for line in open("/proc/locks") if any(f" {pid} " in line for pid in started)]  # noqa: SIM115  a moment
    reader.close()
    sys.stdout.write(
        json.dumps(
            {
                "started": started,
                "counts": counts,
                "stale": stale,
                "asked_here": sorted(asked_here & set(folders)),
                "held": held,
                "locked": locked,
                "left": here()[2],
                "others": [one.device for one in seen if one.size_bytes],
            }
        )
    )


if __name__ == "__main__":
    main()
