"""What the live source adds to the contract."""

from __future__ import annotations

from tuimon.collectors.simulated import open_simulated
from tuimon.pipeline.loop import Pipeline
from tuimon.protocols import Ability
from tuimon.sources.live import LiveSource


def test_abilities_are_what_the_composition_gave():
    pipeline = Pipeline(open_simulated("calm", 1))
    assert LiveSource(pipeline).abilities == frozenset()
    assert LiveSource(pipeline, frozenset({Ability.SIGNAL})).abilities == {Ability.SIGNAL}


def test_the_first_paint_reaches_the_pipeline():
    pipeline = Pipeline(open_simulated("calm", 1))
    done: list[bool] = []
    pipeline.subscribe(lambda frame: done.append(frame.tick == 0))
    LiveSource(pipeline).painted()
    pipeline.tick()
    assert done == [True]
