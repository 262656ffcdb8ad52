"""What is offered while a filter is typed."""

from __future__ import annotations

import pytest
import strategies as own
from hypothesis import given
from hypothesis import strategies as st
from naive_process import process
from test_filter_language import ANYTHING

from tuimon.filters import Mistake, complete, understood
from tuimon.filters.completion import MOST
from tuimon.filters.fields import FIELDS

SOME = (
    process(pid=1, name="systemd", user="root", command="/sbin/init"),
    process(pid=2, name="postgres", user="postgres", command="postgres: writer process"),
    process(pid=3, name="postgres", user="postgres", command="postgres: writer process"),
    process(pid=4, name="say \"hi'", user="and", command=""),
)


def offered(text: str, cursor: int | None = None) -> tuple[str, ...]:
    return complete(text, len(text) if cursor is None else cursor, SOME).candidates


@pytest.mark.parametrize(
    ("text", "candidates"),
    [
        ("cp", ("cpu", "cpu_seconds")),
        ("cpu_", ("cpu_percent", "cpu_seconds")),
        ("CMD", ("cmd",)),
        ("cpu > 5 an", ("and",)),
        ("cpu > 5 or us", ("user",)),
        ("(no", ("not",)),
        ("user = root a", ("and", "age")),
        ("user = ", ("postgres", "root", '"and"', "unknown")),
        ("user = r", ("root",)),
        ("user=po", ("postgres",)),
        ("user in (root, p", ("postgres",)),
        ("user in (root", ()),
        ('cmd = "post', ('"postgres: writer process"',)),
        ("name = say", ('"say ""hi\'"',)),
        ("state = z", ("zombie",)),
        ("state in (", ("running", "sleeping", "waiting", "zombie", "stopped", "traced", "idle")),
        ("kernel = ", ("yes", "no", "unknown")),
        ("cpu > 5", ("%",)),
        ("rss > 1", ("B", "KiB", "MiB", "GiB", "TiB", "PiB")),
        ("rss > 1m", ("MiB",)),
        ("rss > 1.5 g", ("GiB",)),
        ("mem > 1m", ("MiB",)),
        ("write > 10k", ("kB/s",)),
        ("age < 2", ("s", "min", "h", "d")),
        ("started > 2", ("min ago", "h ago", "d ago")),
        ("started > ", ("today", "yesterday")),
        ("cpuu > 5 and us", ()),
        ("cpu > 5%", ()),
        ("nothing that is a fie", ()),
        ("((cpu > 5 ", None),
    ],
)
def test_what_is_offered(text, candidates):
    found = offered(text)
    if candidates is None:
        assert {")", "and", "or", "not", "user"} <= set(found)
    else:
        assert found == candidates


def test_at_the_beginning_everything_that_can_begin_is_offered():
    found = offered("")
    assert found[: len(FIELDS)] == tuple(field.shown for field in FIELDS.values())
    assert "not" in found
    assert len(found) <= MOST


@pytest.mark.parametrize("name", ["user", "pid", "state", "kernel"])
def test_after_a_field_its_operators_come_first(name):
    kind = FIELDS[name].kind
    right = (*kind.operators, *(("in",) if kind.listed else ()), "and", "or")
    assert offered(f"{name} ")[: len(right)] == right


def test_what_stands_behind_the_cursor_is_left_alone():
    found = complete("us = root", 2, SOME)
    assert (found.start, found.end, found.candidates) == (0, 2, ("user",))


@pytest.mark.parametrize(("text", "common"), [("cp", "cpu"), ("us", "user"), ("rss > 1m", "MiB"), ("zzz", "")])
def test_what_all_candidates_begin_with(text, common):
    assert complete(text, len(text)).common == common


@given(ANYTHING, st.data(), st.lists(own.processes(own.HOSTILE), max_size=3))
def test_what_is_offered_can_stand_there(text, data, processes):
    cursor = data.draw(st.integers(0, len(text)))
    found = complete(text, cursor, processes)
    assert 0 <= found.start <= found.end == cursor
    for candidate in found.candidates:
        with_it = text[: found.start] + candidate
        said = understood(with_it)
        assert not isinstance(said, Mistake) or said.incomplete, (candidate, said)
