"""What the tests of the metrics share: a machine made of files."""

from __future__ import annotations

import pytest
from metric_trees import MetricTree


@pytest.fixture
def machine(tmp_path):
    """Return a recorded machine that has everything, with names that somebody chose to do harm."""
    return MetricTree(tmp_path / "machine")
