"""Summer time begins and ends while the dashboard is open: what is shown changes its zone, what is stored knows none."""

from __future__ import annotations

import re
import shlex
import time
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from children import all_times
from stepping import SteppedClock

from tuimon.history import open_archive

ZONE = "CET-1CEST,M3.5.0,M10.5.0/3"  # as in Berlin, and where no names of zones are installed
BEGINS = datetime(2027, 3, 28, 1, 0, tzinfo=UTC).timestamp()
ENDS = datetime(2027, 10, 31, 1, 0, tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("change", "before", "after"),
    [(BEGINS, r"01:59:5\d \+01:00", r"03:00:0\d \+02:00"), (ENDS, r"02:59:5\d \+02:00", r"02:00:0\d \+01:00")],
    ids=["begins", "ends"],
)
def test_a_change_of_the_zone_changes_what_is_shown_and_nothing_that_is_stored(
    terminal, tmp_path, change, before, after
):
    clock = SteppedClock(tmp_path)
    one = terminal(80, 24, start=False)
    path = str(tmp_path / "h.db")
    given = [f"{name}={value}" for name, value in {**clock.environment, "TZ": ZONE}.items()]
    clock.step(f"{change - time.time() - 6:+.0f}")
    one.run("--history", path, extra=shlex.join(["env", *given]))
    one.wait_until(lambda lines: bool(re.search(before, lines[0])), what=before)
    lines = one.wait_until(lambda lines: bool(re.search(after, lines[0])), what=after)
    assert "the clock went" not in "".join(lines)
    time.sleep(1.5)
    one.send("q")
    assert one.wait_for_prompt() == 0
    times = [ms / 1000 for ms in all_times(path)]
    assert times == sorted(times)
    assert times[0] < change < times[-1]
    assert all(later - earlier < 6 for earlier, later in pairwise(times))
    archive = open_archive(path)
    assert len(archive.spans()) == 1
    archive.close()
