"""One process with what a test cares about."""

from __future__ import annotations

from tuimon.model.process import Process

PLAIN = Process(1, 1.0, 0, "x", "", "root", "S", 0.0, 0.0, 0, 0, 0.0, 1, 0, 20, None, None, False)


def process(**fields) -> Process:
    return PLAIN._replace(**fields)
