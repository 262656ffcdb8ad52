"""Tables of processes as columns and differences: what is put together again is what was sent."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuimon.model.process import Process
from tuimon.model.processwire import Table, encode_difference, encode_following, encode_table
from tuimon.model.wire import WireError, to_json


def tables() -> st.SearchStrategy[list[tuple[Process, ...]]]:
    """Tables that follow each other, of few pids: processes come, go, change, and their pids are used again."""
    one = st.dictionaries(st.integers(1, 6), changes(), max_size=5)
    return st.lists(
        one.map(lambda found: tuple(process(pid)._replace(**more) for pid, more in found.items())),
        min_size=1,
        max_size=4,
    )


def process(pid: int) -> Process:
    return Process(pid, 1.0, 1, "p", "", "root", "S", 0.0, 1.0, 1, 1, None, 1, 0, 20, None, None, kernel=False)


def changes() -> st.SearchStrategy[dict]:
    return st.fixed_dictionaries(
        {},
        optional={
            "started_at": st.just(2.0),
            "name": st.just("ä b"),
            "cpu_percent": st.none() | st.floats(0, 1e6),
            "rss_bytes": st.integers(0, 3),
            "processor": st.integers(0, 1),
            "denied": st.just(True),
        },
    )


@given(tables())
def test_differences_put_together_are_the_table(followed):
    table = Table()
    encoded = encode_following(((now, True) for now in followed), 7)
    for tick, (now, sent) in enumerate(zip(followed, encoded, strict=True), 7):
        table.take(json.loads(to_json(sent)), tick)
        assert {process.pid: process for process in table.processes} == {process.pid: process for process in now}


def test_what_did_not_change_is_not_sent():
    now = tuple(process(pid) for pid in range(1, 50))
    sent = encode_difference(now, (*now[:-1], now[-1]._replace(cpu_percent=5.0)), since=3, complete=True)
    assert sent["come"] == {}
    assert sent["gone"] == []
    assert sent["changed"] == {"cpu_percent": ([49], [5.0])}
    assert "swap_bytes" not in encode_table(now, complete=True)["come"]


@pytest.mark.parametrize(
    "sent",
    [
        None,
        [],
        {"since": 7, "come": {}},
        {"since": True},
        {"come": {"pid": [1]}},
        {"come": {"pid": [1, 2], "name": ["a"]}},
        {"come": {"pid": "12"}},
        {"since": 1, "changed": {"cpu_percent": [[99], [1.0]]}},
        {"since": 1, "changed": {"cpu_percent": [[1], ["much"]]}},
        {"since": 1, "changed": {"cpu_percent": [[1, 2], [1.0]]}},
        {"since": 1, "changed": {"cpu_percent": 5}},
        {"since": 1, "changed": {"rss_bytes": [[1], [None]]}},
    ],
)
def test_what_is_no_table_is_refused_and_leaves_none_behind(sent):
    table = Table()
    table.take(encode_as_json((process(1), process(2))), 1)
    with pytest.raises(WireError):
        table.take(sent, 2)
    assert table.tick is None
    assert table.processes == ()


def encode_as_json(found):
    return json.loads(to_json(encode_table(found, complete=True)))


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["come", "gone", "changed", "since", "pid", "name", "cpu_percent"]), inner)
    ),
    max_leaves=20,
)


@given(ANYTHING)
def test_whatever_is_sent_is_taken_or_refused(sent):
    table = Table()
    table.take(encode_as_json((process(1),)), 1)
    try:
        table.take(sent, 2)
    except WireError:
        assert table.tick is None
    else:
        assert table.tick == 2
