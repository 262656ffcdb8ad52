"""Tries to act on a process (argument: its pid) as somebody who may not; prints what was said. "stay": stays root."""

from __future__ import annotations

import json
import os
import sys

from tuimon.collectors import open_actor, open_collector
from tuimon.model.action import Affinity, IoPriority, Nice, Signal, target


def main() -> None:
    collector = open_collector()
    snapshot = collector.sample()
    collector.close()
    wanted = next(target(p, snapshot.host) for p in snapshot.processes if p.pid == int(sys.argv[1]))
    actor = open_actor()
    actor.scheduling(wanted)  # imports what another user may not read
    if "stay" not in sys.argv:
        os.setgroups([])
        os.setresgid(65534, 65534, 65534)
        os.setresuid(65534, 65534, 65534)
    actions = (Signal("TERM"), Nice(3), Nice(-5), IoPriority("realtime", 2), IoPriority("idle"), Affinity((0,)))
    outcomes = [actor.act(wanted, action) for action in actions]
    sys.stdout.write(json.dumps([[str(one.action), one.result, one.text, one.remedy] for one in outcomes]))


if __name__ == "__main__":
    main()
