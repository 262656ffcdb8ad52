"""Collects beside a filesystem that never answers, and prints what it saw as JSON. See test_hung_filesystems.py."""

from __future__ import annotations

import json
import os
import sys
import time

from tuimon.collectors.linux import filesystems
from tuimon.collectors.linux.asker import Asker
from tuimon.collectors.linux.collector import LinuxCollector
from tuimon.collectors.options import Options


def main() -> None:
    mount = sys.argv[1]
    filesystems.Asker = lambda: Asker(patience=0.4, limit=2)
    collector = LinuxCollector("/", Options(cadences={"filesystem": 0.2}))
    overruns, most = 0, 0
    for _ in range(24):
        snapshot = collector.sample()
        overruns += any("took longer" in fault.message for fault in snapshot.faults)
        most = max(most, len(collector._filesystem._asker._stuck))
        time.sleep(0.1)
    pids = [one.pid for one in collector._filesystem._asker._stuck]
    silent = [one for one in snapshot.filesystem if one.device == mount]
    terminals = [os.readlink(f"/proc/{pid}/fd/{fd}") for pid in pids for fd in os.listdir(f"/proc/{pid}/fd")]
    collector.close()
    sys.stdout.write(
        json.dumps(
            {
                "overruns": overruns,
                "stuck": most,
                "descriptors": terminals,
                "sessions": [os.getsid(pid) == pid for pid in pids if os.path.isdir(f"/proc/{pid}")],
                "shown": [[one.device, one.stale_since is not None, one.size_bytes] for one in silent],
                "others": [one.device for one in snapshot.filesystem if one.size_bytes],
                "faults": [fault.message for fault in snapshot.faults],
                "time": snapshot.time,
            }
        )
    )


if __name__ == "__main__":
    main()
