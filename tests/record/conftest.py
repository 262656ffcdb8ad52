"""What the tests of recorders share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from desks import Desk

from tuimon.model.families import Cpu
from tuimon.model.snapshot import Frame, Snapshot


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    one = Desk(tmp_path)
    yield one
    one.close()


@pytest.fixture
def make_frame() -> Callable[[int], Frame]:
    """Return what makes a frame of so many seconds after a moment."""

    def make(second: int) -> Frame:
        return Frame(Snapshot(1_800_000_000.0 + second, 1.0, cpu=Cpu(busy_percent=50.0)))

    return make
