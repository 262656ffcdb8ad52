"""Gives up root, then looks into a process (argument: its pid); prints the inspection as JSON."""

from __future__ import annotations

import os
import sys

from tuimon.collectors import open_collector
from tuimon.collectors.linux.inspection import READERS, LinuxLooker
from tuimon.collectors.linux.start import wanted_start
from tuimon.model.inspection import Inspection, with_parts
from tuimon.model.inspectionwire import encode_inspection
from tuimon.model.wire import to_json


def main() -> None:
    pid = int(sys.argv[1])
    collector = open_collector()
    snapshot = collector.sample()
    collector.close()
    process = next(p for p in snapshot.processes if p.pid == pid)
    start = wanted_start(process.started_at, snapshot.host.booted_at)
    looker = LinuxLooker()
    looker.part(pid, start, "schedule")  # imports what another user may not read
    os.setgroups([])
    os.setresgid(65534, 65534, 65534)
    os.setresuid(65534, 65534, 65534)
    found = Inspection(pid, process.started_at)
    sys.stdout.write(to_json(encode_inspection(with_parts(found, {n: looker.part(pid, start, n) for n in READERS}))))


if __name__ == "__main__":
    main()
