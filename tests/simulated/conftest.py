"""Every scenario's run, for the tests that hold for all."""

from __future__ import annotations

import pytest
from simulated_runs import run_of

from tuimon.collectors.simulated import SCENARIOS
from tuimon.model.snapshot import Snapshot


@pytest.fixture(params=sorted(SCENARIOS))
def run(request: pytest.FixtureRequest) -> tuple[Snapshot, ...]:
    return run_of(request.param)
