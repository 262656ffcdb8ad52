"""Time phrases mean what people mean by them, in every zone, and say so when a local hour is not one moment."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuimon.model.times import (
    LATEST,
    TimeError,
    format_duration,
    format_local,
    format_utc,
    parse_duration,
    parse_time,
    parse_zone,
)

BERLIN = parse_zone("Europe/Berlin")
NOW = datetime(2026, 11, 24, 3, 32, 32, tzinfo=UTC).timestamp()
ZONES = [
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Asia/Kolkata",
    "Asia/Kathmandu",  # three quarters of an hour
    "Australia/Lord_Howe",  # its clocks move by half an hour
    "Pacific/Apia",  # it has skipped a day
    "America/St_Johns",
    "Africa/Casablanca",
]


def utc(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("now", "2026-11-24T03:32:32"),
        ("2h ago", "2026-11-24T01:32:32"),
        ("10 min ago", "2026-11-24T03:22:32"),
        ("1h30m ago", "2026-11-24T02:02:32"),
        ("1.5 hours ago", "2026-11-24T02:02:32"),
        ("2 days ago", "2026-11-22T03:32:32"),
        ("04:30", "2026-11-24T03:30:00"),
        ("03:12:05", "2026-11-24T02:12:05"),
        ("today 9:00", "2026-11-24T08:00:00"),
        ("today", "2026-11-23T23:00:00"),
        ("yesterday 14:30", "2026-11-23T13:30:00"),
        ("Yesterday at 14:30", "2026-11-23T13:30:00"),
        ("yesterday", "2026-11-22T23:00:00"),
        ("2026-11-24", "2026-11-23T23:00:00"),
        ("2026-11-24 04:30", "2026-11-24T03:30:00"),
        ("2026-07-01T04:30", "2026-07-01T02:30:00"),
        ("2026-11-24T04:30Z", "2026-11-24T04:30:00"),
        ("2026-11-24T04:30+05:30", "2026-11-23T23:00:00"),
        ("1795491152", "2026-11-24T03:32:32"),
        ("@1795491152", "2026-11-24T03:32:32"),
        ("1795491152.0", "2026-11-24T03:32:32"),
        ("@0", "1970-01-01T00:00:00"),
        ("  2h   ago ", "2026-11-24T01:32:32"),
    ],
)
def test_a_phrase_means(text, meant):
    moment = parse_time(text, now=NOW, tz=BERLIN)
    assert (moment.epoch, moment.note) == (utc(meant), "")


def test_a_clock_time_that_is_still_to_come_is_yesterdays_and_says_so():
    moment = parse_time("14:30", now=NOW, tz=BERLIN)
    assert moment.epoch == utc("2026-11-23T13:30")
    assert moment.note == "yesterday's, since today's is still to come"


def test_an_hour_that_was_twice_is_the_first_and_says_so():
    moment = parse_time("2026-10-25 02:30", now=NOW, tz=BERLIN)
    assert moment.epoch == utc("2026-10-25T00:30")
    assert moment.note == "2026-10-25 02:30 happened twice, at +0200 CEST and +0100 CET; the first is meant"


def test_the_other_of_the_two_is_named_by_its_offset():
    assert parse_time("2026-10-25T02:30+01:00", now=NOW, tz=BERLIN).epoch == utc("2026-10-25T01:30")


def test_an_hour_that_never_was_is_the_one_after_the_jump_and_says_so():
    moment = parse_time("2026-03-29 02:30", now=NOW, tz=BERLIN)
    assert moment.epoch == utc("2026-03-29T01:30")
    assert moment.note == "2026-03-29 02:30 never was: the clocks went forward; 03:30 is meant"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "'' is not a time; write it as 14:30, yesterday 03:12"),
        ("soon", "'soon' is not a time; write it as 14:30"),
        ("2h", "'2h' is not a time; did you mean '2h ago'?"),
        ("25:00", "'25:00' is not a time of day"),
        ("12:60", "'12:60' is not a time of day"),
        ("2026-13-01", "'2026-13-01' is not a date and time: month must be in 1..12"),
        ("2026-02-30 10:00", "'2026-02-30 10:00' is not a date and time: day is out of range"),
        ("1795491152000", "are these milliseconds?"),
        ("999999 d ago", "is outside the years 1970 to 9999"),
        ("@" + "9" * 400, "is outside the years 1970 to 9999"),
        ("1969-01-01", "is outside the years 1970 to 9999"),
        ("two hours ago", "'two hours' is not a length of time"),
        ("yesterday14:30", "is not a time"),
        ("٣:٠٠", "is not a time"),
    ],
)
def test_what_names_no_time_is_one_line_with_what_would(text, message):
    with pytest.raises(TimeError) as caught:
        parse_time(text, now=NOW, tz=BERLIN)
    assert message in str(caught.value)
    assert str(caught.value).isprintable()


@given(st.text(max_size=30) | st.text(alphabet="0123456789:-T Zago+.hmsdyet", max_size=20), st.sampled_from(ZONES))
def test_any_text_is_a_time_or_refused_in_one_line(text, zone):
    try:
        moment = parse_time(text, now=NOW, tz=parse_zone(zone))
    except TimeError as error:
        message = str(error)
    else:
        message = moment.note
        assert 0 <= moment.epoch <= LATEST
    assert "\n" not in message


@given(st.integers(0, 4_000_000_000), st.sampled_from(ZONES))
def test_what_a_zone_shows_is_understood_in_it(epoch, zone):
    tz = parse_zone(zone)
    shown = datetime.fromtimestamp(epoch, UTC).astimezone(tz)
    moment = parse_time(shown.strftime("%Y-%m-%dT%H:%M:%S"), now=NOW, tz=tz)
    if moment.note:
        assert "happened twice" in moment.note
        assert abs(moment.epoch - epoch) in {0, 1800, 3600}
    else:
        assert moment.epoch == epoch


@given(st.integers(0, 4_000_000_000), st.sampled_from(ZONES))
def test_an_offset_leaves_nothing_open(epoch, zone):
    shown = datetime.fromtimestamp(epoch, UTC).astimezone(parse_zone(zone)).isoformat()
    moment = parse_time(shown, now=NOW, tz=parse_zone("UTC"))
    assert (moment.epoch, moment.note) == (epoch, "")


@given(st.integers(86400, 4_000_000_000), st.sampled_from(ZONES), st.times())
def test_a_clock_time_is_the_newest_that_has_been(now, zone, at):
    tz = parse_zone(zone)
    moment = parse_time(at.strftime("%H:%M:%S"), now=now, tz=tz)
    assert moment.epoch <= now
    assert now - moment.epoch <= 2 * 86400 + 3600
    if not moment.note.endswith("is meant"):
        there = datetime.fromtimestamp(moment.epoch, UTC).astimezone(tz)
        assert (there.hour, there.minute, there.second) == (at.hour, at.minute, at.second)


@given(st.integers(0, 4_000_000_000), st.sampled_from(ZONES))
def test_what_is_shown_to_people_has_its_zone(epoch, zone):
    tz = parse_zone(zone)
    shown = format_local(epoch, tz)
    assert shown.startswith(datetime.fromtimestamp(epoch, UTC).astimezone(tz).strftime("%Y-%m-%d %H:%M:%S"))
    assert len(shown.split()) == 3


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90s", 90),
        ("90 s", 90),
        ("10 min", 600),
        ("1h30m", 5400),
        ("1 d", 86400),
        ("2 weeks", 1209600),
        ("1y", 31536000),
        ("250 ms", 0.25),
        ("1 day 2 hours", 93600),
        ("7", 7),
        ("1.5h", 5400),
    ],
)
def test_a_length_of_time_means(text, seconds):
    assert parse_duration(text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["", "s", "1 parsec", "1h2", "h1", "-1 s", "1 s ago", "1 mo", "1,5 h", "1 sx"])
def test_what_is_no_length_of_time_is_refused(text):
    with pytest.raises(TimeError, match="is not a length of time; write it as 90s, 10 min, 2h or 1d"):
        parse_duration(text)


@given(st.integers(0, 10**10) | st.floats(0, 1e6))
def test_a_length_of_time_is_read_back_as_it_was_written(seconds):
    if "e" not in f"{seconds!r}":
        assert parse_duration(format_duration(seconds)) == pytest.approx(seconds)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (1, "1 s"), (60, "60 s"), (90, "90 s"), (120, "2 min"), (3600, "1 h"), (86400, "1 d"), (0, "0 s"), (0.5, "0.5 s"),
        (299, "299 s"), (6000, "100 min"), (45360, "12 h 36 min"), (90720, "1 d 1 h 12 min"), (3601, "1 h 1 s"), (400 * 86400, "400 d"),
    ],
)  # fmt: skip
def test_a_length_of_time_is_written_in_the_largest_unit_that_divides_it_unless_that_is_many(seconds, text):
    assert format_duration(seconds) == text


@pytest.mark.parametrize(
    ("epoch", "text"),
    [
        (0, "1970-01-01T00:00:00Z"),
        (1795491152.25, "2026-11-24T03:32:32.250Z"),
        (1795491152.9996, "2026-11-24T03:32:33Z"),
    ],
)
def test_a_moment_for_machines_is_in_utc_to_the_millisecond(epoch, text):
    assert format_utc(epoch) == text


@given(st.integers(0, 4_000_000_000_000))
def test_a_moment_for_machines_is_understood_again(milliseconds):
    found = parse_time(format_utc(milliseconds / 1000), now=NOW).epoch
    assert round(found * 1000) == milliseconds


@pytest.mark.parametrize("name", ["", "local", "LOCAL"])
def test_the_machines_own_zone_has_no_name(name):
    assert parse_zone(name) is None


def test_the_machines_own_zone_is_used(monkeypatch):
    import time

    monkeypatch.setenv("TZ", "Asia/Kolkata")
    time.tzset()
    try:
        assert parse_time("2026-11-24 09:02:32", now=NOW).epoch == NOW
        assert format_local(NOW) == "2026-11-24 09:02:32 IST"
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.parametrize(
    ("name", "near"), [("Europe/Berln", "Europe/Berlin"), ("europe/berlin", "Europe/Berlin"), ("Tokyo", "Asia/Tokyo")]
)
def test_a_zone_that_is_none_has_a_nearest(name, near):
    with pytest.raises(TimeError) as caught:
        parse_zone(name)
    assert str(caught.value) == f"{name!r} is not a time zone; did you mean {near!r}?"


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "Europe", "a\0b", "x" * 5000, "\udcff"])
def test_a_zone_is_no_path(name):
    with pytest.raises(TimeError, match="is not a time zone"):
        parse_zone(name)


def test_two_thousand_weeks_are_not_too_long():
    assert parse_time("1000 w ago", now=NOW).epoch == NOW - timedelta(weeks=1000).total_seconds()
