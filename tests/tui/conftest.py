from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

import pytest
from textual.pilot import Pilot

from tuimon.collectors.simulated import open_simulated
from tuimon.history import open_archive, open_history
from tuimon.pipeline.loop import Pipeline
from tuimon.sources.live import LiveSource
from tuimon.tui.app import Dashboard
from tuimon.tui.session import Session


@pytest.fixture
def dashboard():
    """Give `async with dashboard(size, scenario) as (app, pilot)`: the dashboard of a simulated machine."""

    @contextlib.asynccontextmanager
    async def run(
        size=(120, 40), scenario="busy", abilities=frozenset(), recorded="", **session
    ) -> AsyncIterator[tuple[Dashboard, Pilot[int]]]:
        history = open_history(recorded) if recorded else None
        sink = (lambda: history) if history is not None else None
        source = LiveSource(Pipeline(open_simulated(scenario, 1), open_sink=sink), abilities)
        app = Dashboard(Session(source, lambda: open_archive(recorded, history) if recorded else None, **session))
        try:
            async with app.run_test(size=size) as pilot:
                for _ in range(200):
                    if app.frame is not None and app.frame.tick >= 1:
                        break
                    await pilot.pause(0.02)
                yield app, pilot
        finally:
            source.stop()

    return run
