"""Snapshots and frames survive the way over the wire; what is no snapshot is refused, never trusted."""

from __future__ import annotations

import contextlib
import json

import pytest
import strategies as own
from hypothesis import given
from hypothesis import strategies as st

from tuimon.model.families import Cpu, Network
from tuimon.model.process import Process
from tuimon.model.snapshot import Snapshot
from tuimon.model.text import harmless
from tuimon.model.wire import (
    WireError,
    busiest,
    decode_frame,
    decode_snapshot,
    encode_frame,
    encode_snapshot,
    to_json,
)


def process(pid: int, cpu: float | None = 0.0, rss: int = 0, read: float | None = None) -> Process:
    return Process(
        pid=pid,
        started_at=1.0,
        ppid=1,
        name=f"p{pid}",
        command="",
        user="root",
        state="S",
        cpu_percent=cpu,
        cpu_seconds=0.0,
        rss_bytes=rss,
        virtual_bytes=0,
        memory_percent=None,
        threads=1,
        nice=0,
        priority=20,
        read_bytes_per_second=read,
        write_bytes_per_second=None,
        kernel=False,
    )


@given(own.frames())
def test_a_frame_comes_back_as_it_was(frame):
    assert decode_frame(json.loads(to_json(encode_frame(frame)))) == frame


@given(own.snapshots())
def test_a_snapshot_comes_back_as_it_was(snapshot):
    assert decode_snapshot(json.loads(to_json(encode_snapshot(snapshot)))) == snapshot


def test_one_key_a_family_with_units_in_names_and_null_for_unknown():
    found = encode_snapshot(Snapshot(5.0, cpu=Cpu(busy_percent=12.5), network=(Network("eth0", up=True),)))
    assert found["cpu"]["busy_percent"] == 12.5
    assert found["cpu"]["user_percent"] is None
    assert found["network"][0]["device"] == "eth0"
    assert found["network"][0]["receive_bytes_per_second"] is None
    assert found["pressure"] is None
    assert "self" in found
    assert "self_" not in found


def test_the_top_is_the_union_by_cpu_memory_and_io():
    everyone = [process(pid, cpu=pid) for pid in range(1, 101)]
    everyone[0] = process(1, rss=10**9)
    everyone[1] = process(2, read=1e6)
    found = encode_snapshot(Snapshot(1.0, processes=tuple(everyone)), top=2)
    assert [one["pid"] for one in found["processes"]] == [1, 2, 99, 100]
    assert found["complete"] is False


@given(st.lists(own.processes(), unique_by=lambda one: one.pid), st.integers(1, 10))
def test_the_top_never_misses_the_first_of_any_measure(everyone, top):
    found = busiest(everyone, top)
    assert len(found) <= max(3 * top, top)
    for measure in (lambda p: p.cpu_percent or 0, lambda p: p.rss_bytes):
        if everyone:
            assert max(map(measure, found)) == max(map(measure, everyone))


def test_numbers_that_json_lacks_are_null():
    assert json.loads(to_json({"a": [float("nan"), float("inf"), 1.5]})) == {"a": [None, None, 1.5]}


def test_unknown_keys_are_passed_over_and_missing_ones_are_unknown():
    found = decode_snapshot({"time": 7, "cpu": {"busy_percent": 3, "of_the_future": 1}, "gpu": []})
    assert found.cpu.busy_percent == 3
    assert found.cpu.user_percent is None
    assert found.memory.used_bytes is None


@given(own.HOSTILE)
def test_texts_from_the_wire_are_made_harmless(text):
    found = decode_snapshot({"time": 1, "host": {"name": text}, "network": [{"device": text}]})
    assert found.host.name == harmless(text)
    assert found.network[0].device == harmless(text)


WRONG = {
    "snapshot: expected an object": [],
    "time: expected a number": {},
    "cpu.busy_percent: expected a number": {"time": 1, "cpu": {"busy_percent": "3"}},
    "cpu: expected an object": {"time": 1, "cpu": 3},
    "network: expected a list": {"time": 1, "network": {}},
    "network: device is missing": {"time": 1, "network": [{}]},
    "memory.used_bytes: expected a whole number": {"time": 1, "memory": {"used_bytes": 1.5}},
    "host.name: expected a text": {"time": 1, "host": {"name": 5}},
    "processes: pid is missing": {"time": 1, "processes": [{}]},
    "filesystem.read_only: expected true or false": {"time": 1, "filesystem": [{"device": "/", "read_only": 1}]},
}


@pytest.mark.parametrize("message", WRONG)
def test_what_is_no_snapshot_is_refused_by_the_name_of_its_key(message):
    with pytest.raises(WireError, match=message):
        decode_snapshot(WRONG[message])


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)


@given(
    st.dictionaries(
        st.sampled_from(["time", "cpu", "network", "host", "processes", "alerts", "events", "recorder", "tick"]), JSON
    )
)
def test_any_json_is_a_frame_or_refused(found):
    with contextlib.suppress(WireError):
        assert decode_frame(found).snapshot.time == found["time"]
