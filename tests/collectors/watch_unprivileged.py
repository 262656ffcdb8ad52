"""Gives up root, then collects; prints what it saw as JSON. See test_unprivileged.py.

Arguments: the folder with proc in it, then the collectors' kinds.
"""

from __future__ import annotations

import ctypes
import json
import os
import sys
import time

from tuimon.collectors import open_collector
from tuimon.collectors import portable as _portable  # noqa: F401  imported while it may still be read
from tuimon.collectors.linux import collector as _linux  # noqa: F401  as above
from tuimon.model.process import Wanted


def main() -> None:
    root, *kinds = sys.argv[1:]
    os.setgroups([])
    os.setresgid(65534, 65534, 65534)
    os.setresuid(65534, 65534, 65534)
    ctypes.CDLL(None).prctl(4, 1, 0, 0, 0)  # PR_SET_DUMPABLE: its files are its own again, as after an exec
    seen = {}
    for kind in kinds:
        collector = open_collector(root, portable=kind == "portable", cadences={"io": 0.5}, interval=0.5)
        for _ in range(4):
            snapshot = collector.sample([1, os.getpid()], Wanted(frozenset({"pss_bytes"})))
            time.sleep(0.2)
        collector.close()
        seen[kind] = {
            "faults": [[fault.collector, fault.message] for fault in snapshot.faults],
            "processes": {
                str(one.pid): [one.name, one.user, one.cpu_percent is not None, one.read_bytes_per_second, one.denied]
                for one in snapshot.processes
            },
            "pss": {str(one.pid): one.pss_bytes for one in snapshot.processes},
            "families": [name for name in ("core", "disk", "network", "filesystem") if snapshot.family(name)],
            "me": os.getpid(),
        }
    sys.stdout.write(json.dumps(seen))


if __name__ == "__main__":
    main()
