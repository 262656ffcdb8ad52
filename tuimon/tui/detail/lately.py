"""The processes of the last minute's samples, so that one that is opened has a past at once."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Final

from tuimon.model.process import Process
from tuimon.model.snapshot import Snapshot

MINUTE: Final = 60.0
MOST: Final = 60_000
"""Rows that are kept: a minute of a thousand processes, less of more, so that memory stays bounded."""


class Lately:
    """Keeps the samples themselves; nothing is copied or looked through before somebody asks."""

    def __init__(self) -> None:
        self._samples: deque[tuple[float, tuple[Process, ...]]] = deque()
        self._rows = 0

    def note(self, snapshot: Snapshot) -> None:
        """Keep the processes of a new sample."""
        self._samples.append((snapshot.time, snapshot.processes))
        self._rows += len(snapshot.processes)
        while self._samples and (self._rows > MOST or snapshot.time - self._samples[0][0] > MINUTE):
            self._rows -= len(self._samples.popleft()[1])

    def of(self, identity: tuple[int, float]) -> Iterator[tuple[float, Process]]:
        """Yield the samples of one process, oldest first."""
        for time, processes in self._samples:
            found = next((p for p in processes if p[0] == identity[0] and p[1] == identity[1]), None)
            if found is not None:
                yield time, found
