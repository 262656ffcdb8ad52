"""Looking into a process as a test does: ask, and wait for each part."""

from __future__ import annotations

import threading

from tuimon.collectors import open_collector
from tuimon.model.action import target
from tuimon.model.inspection import PARTS, PENDING, Missing


class Looking:
    """Asks an inspector and waits until each part is known or missing."""

    def __init__(self, inspector) -> None:
        self.inspector = inspector
        self.delivered = []

    def see(self, wanted, parts=PARTS, before=None, seconds=30):
        done = threading.Event()

        def deliver(inspection):
            self.delivered.append(inspection)
            if not any(getattr(inspection, part) == PENDING for part in parts):
                done.set()

        self.inspector.look(wanted, parts, before, deliver)
        assert done.wait(seconds), self.delivered[-1:]
        return self.delivered[-1]


def chosen(pid, root="/"):
    """The process of a pid as a person finds it: in a sample."""
    collector = open_collector(root)
    snapshot = collector.sample()
    collector.close()
    return target(next(p for p in snapshot.processes if p.pid == pid), snapshot.host)


def known(inspection):
    return {part for part in PARTS if not isinstance(getattr(inspection, part), Missing)}
