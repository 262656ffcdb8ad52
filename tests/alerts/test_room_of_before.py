"""Predictions go on where the program before left off: out of the history, not from nothing."""

from __future__ import annotations

import time

from tuimon.alerts.watch import Watch
from tuimon.compose.past import Past
from tuimon.config.settings import DEFAULTS
from tuimon.history import open_history
from tuimon.model import families as f
from tuimon.model.rule import DEFAULT_RULES
from tuimon.model.snapshot import Frame, Snapshot

GIB = 1 << 30
HOURS = 6


def mount(left: float) -> f.Filesystem:
    return f.Filesystem("/data", available_bytes=int(left), used_bytes=int(100 * GIB - left), used_percent=50.0)


def filled(path: str, now: float) -> None:
    """Record a filesystem that lost 2 GiB an hour, with 8 GiB left at the end."""
    history = open_history(path, commit_every=600.0)
    for at in range(0, HOURS * 3600, 30):
        left = 8 * GIB + (HOURS * 3600 - at) / 3600 * 2 * GIB
        history.write(Frame(Snapshot(now - HOURS * 3600 + at, 30.0, filesystem=(mount(left),))))
    history.close()


def started(path: str, rules=DEFAULT_RULES) -> Watch:
    watch = Watch(rules)
    past = Past(path, DEFAULTS, watch, record=True)
    past.open_sink().close()
    return watch


def test_a_prediction_is_there_with_the_first_sample_and_still_waits_before_it_is_raised(tmp_path):
    now = time.time()
    filled(str(tmp_path / "h.db"), now)
    watch = started(str(tmp_path / "h.db"))
    firing, events = watch(Snapshot(now, None, filesystem=(mount(8 * GIB),)))
    found = watch.state.room["/data"].forecast
    assert found is not None
    assert 3.5 * 3600 < found.earliest <= found.seconds <= found.latest < 4.5 * 3600
    assert (firing, events) == ((), ()), "nothing fires with the first sample"


def test_where_no_rule_asks_for_it_the_past_is_not_read(tmp_path):
    now = time.time()
    filled(str(tmp_path / "h.db"), now)
    assert not started(str(tmp_path / "h.db"), [r for r in DEFAULT_RULES if r.metric != "full_in_seconds"]).state.room
