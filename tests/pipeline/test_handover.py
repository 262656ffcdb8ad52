"""Leaving the recording to another process: what it says decides who records after it, and what the user is told."""

from __future__ import annotations

import queue
import time

import pytest
from scripted import FakeClock, ScriptedCollector, ScriptedSink

from tuimon.pipeline.handover import hand_over
from tuimon.pipeline.loop import Pipeline

READY = "echo 'waiting: process 7, as /h.db is being recorded by process 5';"
DONE = "echo 'recording in the background: process 7, /some/where/h.db';"
AFTER = "it goes on when this is closed, and 'tuimon record stop' ends it"


@pytest.fixture
def recorded():
    """A loop that records into one sink after the other, and those sinks."""
    sinks: list[ScriptedSink] = []

    def open_sink() -> ScriptedSink:
        sinks.append(ScriptedSink())
        return sinks[-1]

    pipeline = Pipeline(ScriptedCollector(FakeClock()), open_sink=open_sink, interval=1.0)
    pipeline.start()
    yield pipeline, sinks
    pipeline.stop()


def handed(pipeline: Pipeline, script: str) -> str:
    """Return what the user is told of a recorder that is a shell's script."""
    told: queue.Queue[str] = queue.Queue()
    hand_over(pipeline, ["sh", "-c", script], told.put)
    return told.get(timeout=30)


def until(look, seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not look():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_a_recorder_that_is_ready_gets_the_history_and_is_named(recorded):
    pipeline, sinks = recorded
    until(lambda: sinks)
    released = f"{READY} for n in $(seq 100); do sleep 0.02; done; {DONE}"
    assert handed(pipeline, released) == f"recording in the background: process 7; {AFTER}"
    assert sinks[0].closed == 1


def test_what_the_user_should_know_of_it_takes_the_place_of_the_rest(recorded):
    pipeline, _ = recorded
    note = "echo 'note: it ends when you log out';"
    assert handed(pipeline, DONE + note) == "recording in the background: process 7; it ends when you log out"


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("echo 'tuimon: it cannot be' >&2; exit 1", "no recorder in the background: it cannot be"),
        (f"{READY} exit 1", "no recorder in the background: it ended"),
    ],
)
def test_where_there_is_none_recording_goes_on_here(recorded, script, said):
    pipeline, sinks = recorded
    until(lambda: sinks and sinks[0].frames)
    assert handed(pipeline, script) == f"{said}; recording goes on here"
    before = len(sinks[-1].frames)
    until(lambda: not sinks[-1].closed and len(sinks[-1].frames) > before)


def test_a_program_that_is_not_there_is_said(recorded):
    pipeline, _ = recorded
    told: queue.Queue[str] = queue.Queue()
    hand_over(pipeline, ["/nowhere/tuimon"], told.put)
    assert told.get(timeout=30).startswith("no recorder could be started: ")
