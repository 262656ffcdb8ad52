"""A dashboard that is open for days remembers nothing of what it drew before."""

from __future__ import annotations

from rich.cells import cached_cell_len

from tuimon.collectors.simulated import open_simulated
from tuimon.model.snapshot import Frame
from tuimon.pipeline.loop import Pipeline
from tuimon.pipeline.recent import Recent
from tuimon.sources.live import LiveSource
from tuimon.tui.desk import Desk
from tuimon.tui.past import KEPT, charted
from tuimon.tui.session import Session


def test_drawing_leaves_no_texts_behind():
    """Rich keeps each text that it measures: charts and numbers are others with each sample."""
    machine = open_simulated("busy", 1)
    desk = Desk(Session(LiveSource(Pipeline(machine)), lambda: None))
    recent = Recent(KEPT, 1.0)
    cached_cell_len.cache_clear()
    for tick in range(60):
        snapshot = machine.sample_at(1_700_000_000.0 + tick, 1.0)
        for key in charted(snapshot):
            recent.follow(key)
        recent.append(snapshot)
        desk.table.update(snapshot.processes, snapshot.time)
        desk.draw(Frame(snapshot, tick=tick), recent, 200, 50)
    assert cached_cell_len.cache_info().currsize < 20
