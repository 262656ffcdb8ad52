"""What makes the page that Prometheus reads: the readings of a machine beside its newest frame."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tuimon.compose import Machine
    from tuimon.config.settings import Settings
    from tuimon.model.snapshot import Frame


@contextmanager
def exposing(machine: Machine, settings: Settings) -> Iterator[Callable[[Frame], bytes]]:
    """Yield what makes the page of a frame; of a simulated machine it has what the frame knows."""
    from tuimon.collectors import open_readout
    from tuimon.compose import switched_off
    from tuimon.exporters.prometheus import exposition

    readout = None if machine.scenario else open_readout(machine.root or "/", off=switched_off(settings))

    def expose(frame: Frame) -> bytes:
        readings = None if readout is None else readout.read(frame.snapshot)
        return exposition(frame, readings).encode("utf-8", "replace")

    try:
        yield expose
    finally:
        if readout is not None:
            readout.close()
