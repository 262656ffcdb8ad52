"""The loop under a wall clock that is really stepped, for a child alone (libfaketime)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from stepping import SteppedClock

CHILD = """
import dataclasses, json, sys, threading
from tuimon.alerts.rules import DEFAULT_RULES
from tuimon.alerts.watch import Watch
from tuimon.collectors.simulated import open_simulated
from tuimon.pipeline.loop import Pipeline

rule = dataclasses.replace(DEFAULT_RULES[0], threshold=0.0, clear=0.0, for_seconds=600.0)
pipeline = Pipeline(open_simulated("busy", 1, interval=0.02), evaluate=Watch([rule]), interval=0.02)
pipeline.subscribe(lambda frame: print(json.dumps(
    [frame.tick, frame.snapshot.time, [(e.kind, e.text) for e in frame.events], len(frame.alerts)]), flush=True))
pipeline.start()
sys.stdin.read()
pipeline.stop()
"""


@pytest.mark.parametrize(
    ("offset", "text"),
    [("+3600", "the clock went forward 1 h 00 min, or the machine slept"), ("-7200", "the clock went back 2 h 00 min")],
)
def test_a_clock_that_is_set_is_an_event_raises_nothing_and_stops_nothing(tmp_path: Path, offset: str, text: str):
    clock = SteppedClock(tmp_path)
    with subprocess.Popen(
        [sys.executable, "-c", CHILD],
        env={**os.environ, **clock.environment},
        cwd=Path(__file__).parents[2],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        before = [json.loads(child.stdout.readline()) for _ in range(5)]
        clock.step(offset)
        after = [json.loads(child.stdout.readline()) for _ in range(30)]
        child.stdin.close()
    assert child.returncode == 0
    frames = before + after
    assert [frame[0] for frame in frames] == list(range(35))
    events = [tuple(event) for frame in frames for event in frame[2]]
    assert [event for event in events if event[0] != "fault"] == [("clock_step", text)]  # a busy machine may overrun
    assert all(frame[3] == 0 for frame in frames)
    assert abs(frames[-1][1] - frames[0][1] - float(offset)) < 1000
