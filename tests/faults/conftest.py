"""What the tests of faults take from those of the recorder and of the history."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path += [str(Path(__file__).parents[1] / room) for room in ("record", "history")]

from desks import Desk


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """Give a history and the means to record into it."""
    one = Desk(tmp_path)
    yield one
    one.close()
