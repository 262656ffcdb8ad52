"""What a lock says of who holds it: read back as it was written, and whatever else stands there harms nothing."""

from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuimon import __version__
from tuimon.history import holders, schema
from tuimon.history.holders import Holder


@given(
    st.sampled_from(["record", "dashboard", ""]),
    st.floats(0, 4e9).map(lambda since: round(since, 3)),
    st.integers(1, 60),
)
def test_what_is_written_is_read(by, since, interval):
    text = holders.written(by, since, interval) + holders.troubled("disk full", "the disk is full: make room")
    found = holders.read(text)
    assert found == Holder(
        os.getpid(),
        by,
        since,
        __version__,
        schema.VERSION,
        interval,
        holders.own_space(),
        "disk full",
        "the disk is full: make room",
    )
    assert found.is_near
    assert found.is_alive
    assert found.name == f"process {os.getpid()}"


@given(st.sampled_from([b"", b"pid=1 by=", b"pid=1 version=", b"pid=1\n", b"pid=1\nx: "]), st.binary(max_size=300))
def test_whatever_stands_in_a_lock_is_read(begun, text):
    found = holders.read(begun + text)
    assert isinstance(found.is_alive, bool)
    assert found.name
    assert "\x1b" not in "".join([found.by, found.version, found.brief, found.trouble, holders.skew(found)])


def test_words_that_a_later_version_adds_are_passed_over():
    found = holders.read(b"pid=7 colour=blue by=record since=1.5 version=2.0 address=10.0.0.1:8420 format=1\n")
    assert found == Holder(7, "record", 1.5, "2.0", 1)


@pytest.mark.parametrize(
    ("by", "version", "format_", "said"),
    [
        ("record", __version__, 3, ""),
        ("record", "", 0, ""),
        (
            "record",
            "9",
            4,
            f"upgrade this tuimon {__version__} to see what is recorded: 9 records, in the newer format 4",
        ),
        (
            "record",
            "0",
            2,
            f"end the recorder with 'tuimon record stop', and this tuimon {__version__} goes on, in format 3",
        ),
        ("dashboard", "0", 1, f"quit that dashboard, and this tuimon {__version__} goes on, in format 3"),
        ("record", "0.0.9", 3, "end the recorder with 'tuimon record stop' and start it again"),
    ],
)
def test_another_version_is_said_with_what_to_do(monkeypatch, by, version, format_, said):
    monkeypatch.setattr(schema, "VERSION", 3)
    found = holders.skew(Holder(7, by, 1.0, version, format_))
    assert found.startswith(said)
    assert bool(found) is bool(said)
    assert ("cannot read" in found) is (format_ == 1)
