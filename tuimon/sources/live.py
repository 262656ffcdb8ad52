"""This machine, or a simulated one, as a Source: the pipeline of this process."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from tuimon.model.process import NOTHING, Wanted
from tuimon.model.snapshot import Frame
from tuimon.pipeline.loop import Pipeline
from tuimon.protocols import Ability, Subscriber

NOTHING_MORE: Final[frozenset[Ability]] = frozenset()


class LiveSource:
    """Frames of the pipeline that runs in this process, and what else may be done to its machine."""

    def __init__(self, pipeline: Pipeline, abilities: frozenset[Ability] = NOTHING_MORE) -> None:
        self.abilities = abilities
        self._pipeline = pipeline

    def start(self) -> None:
        """Begin to publish, in the pipeline's thread."""
        self._pipeline.start()

    def subscribe(self, subscriber: Subscriber) -> Callable[[], None]:
        """Call `subscriber` with each new frame, in the pipeline's thread; return how to stop that."""
        return self._pipeline.subscribe(subscriber)

    def newest(self) -> Frame | None:
        """Return the newest frame, None before the first."""
        return self._pipeline.newest()

    def look_at(self, pids: Sequence[int], wanted: Wanted = NOTHING) -> None:
        """Say which processes are on the screen, and which costly fields are wanted."""
        self._pipeline.look_at(pids, wanted)

    def painted(self) -> None:
        """Say that the first screen is drawn."""
        self._pipeline.painted()

    def stop(self) -> None:
        """Stop, flush and give everything back."""
        self._pipeline.stop()
