"""What a newer tuimon sends is shown as far as it is understood; what is no frame at all is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuimon.api.examples import ALERT, EVENT, FRAME
from tuimon.model.processwire import encode_difference, encode_table
from tuimon.model.wire import WireError, encode_alert, encode_event, encode_frame
from tuimon.sources.remote.arriving import THERE, Frames


def message(tick: int = 1) -> dict[str, Any]:
    """Return a frame as the stream sends it."""
    snapshot = FRAME.snapshot
    found = encode_frame(FRAME) | {"tick": tick, "processes": encode_table(snapshot.processes, complete=True)}
    return json.loads(json.dumps(found))


def test_fields_families_and_kinds_of_a_newer_tuimon_are_passed_over():
    newer = message()
    newer |= {"quantum": {"spin": 1}, "colour": "red"}
    newer["cpu"]["entanglement_percent"] = 3.0
    newer["host"]["continent"] = "Europe"
    newer["processes"]["come"]["mood"] = ["fine"]
    newer["events"] = [encode_event(EVENT) | {"planet": "Mars"}, encode_event(EVENT) | {"kind": "eclipse"}]
    newer["alerts"] = [encode_alert(ALERT), encode_alert(ALERT) | {"severity": "doom"}]
    newer["pending"] = [encode_alert(ALERT) | {"state": "dreaming"}]
    frame = Frames().read(newer)
    assert frame.snapshot.cpu == FRAME.snapshot.cpu
    assert frame.snapshot.processes == FRAME.snapshot.processes
    assert [event.kind for event in frame.events] == ["alert_raised"]
    assert frame.alerts == (ALERT,)
    assert frame.pending == ()
    assert frame.recorder.by == THERE
    strange = message() | {"recorder": {"mode": "beyond"}}
    assert Frames().read(strange).recorder is None


def test_a_difference_from_a_table_that_was_missed_is_refused_and_not_guessed():
    processes = FRAME.snapshot.processes
    frames = Frames()
    frames.read(message(1))
    changed = [processes[0]._replace(cpu_percent=99.0)]
    difference = json.loads(json.dumps(encode_difference(processes, changed, since=1, complete=True)))
    assert frames.read(message(2) | {"processes": difference}).snapshot.processes[0].cpu_percent == 99.0
    with pytest.raises(WireError, match="a table that is not here"):
        frames.read(message(5) | {"processes": difference | {"since": 4}})


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@given(st.sampled_from(sorted(message())), ANYTHING)
def test_whatever_stands_in_a_place_of_a_message_it_is_a_frame_or_a_wire_error(name, value):
    broken = json.loads(json.dumps(message() | {name: value}))
    try:
        frame = Frames().read(broken)
    except WireError:
        return
    assert frame.snapshot.host is not None
