"""What the past promises on the screen: there and back is where one was, what is shown was so, gaps stay, zones are right."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from statistics import mean
from typing import Final
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from replayed import StillDesk, text_of

from tuimon.collectors.simulated import open_simulated
from tuimon.history import Retention, open_archive, open_history
from tuimon.model import families
from tuimon.model.metric import SeriesKey
from tuimon.model.snapshot import Frame, Snapshot
from tuimon.protocols import Archive
from tuimon.tui.charts import plotting
from tuimon.tui.travel.timeline import SPANS

HOUR: Final = 3600.0
DAY: Final = 24 * HOUR
T0: Final = 1_700_002_800.0  # a whole hour
STEP: Final = 5.0
CPU: Final = SeriesKey("cpu", "", "busy_percent")
OPPOSITE: Final = {",": ".", "<": ">", "[": "]", "{": "}"} | {".": ",", ">": "<", "]": "[", "}": "{"}
GAP: Final = (T0 + 2.5 * HOUR, T0 + 3.25 * HOUR)
KEPT: Final = Retention(
    samples=1.5 * HOUR,
    minutes=2.5 * HOUR,
    five_minutes=4 * HOUR,
    hours=100 * HOUR,
    processes=1.5 * HOUR,
    processes_minute=4 * HOUR,
)
"""So that what is recorded is in seconds, before that in minutes, in five minutes, and of the first hours in hours."""
AGES: Final = {5.0: 600.0, 60.0: 2.3 * HOUR, 300.0: 3.8 * HOUR, 3600.0: 5.7 * HOUR}
"""Seconds that a row covers -> an age at which such rows are what is left."""


class Recorded:
    """A history and what was live while it was recorded."""

    def __init__(self, archive: Archive, frames: list[Frame]) -> None:
        self.archive = archive
        self.frames = frames

    def __repr__(self) -> str:
        return f"{type(self).__name__} of {len(self.frames)} frames"  # a failing test would print all of them

    def still(self, **session) -> StillDesk:
        """Return a desk over it."""
        return StillDesk(self.archive, self.frames[-1], **session)


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    """Six hours of a simulated machine in all four tiers, with a gap of 45 minutes; and the frames that were live."""
    path = str(tmp_path_factory.mktemp("promises") / "h.db")
    history = open_history(path, retention=KEPT, interval=STEP)
    machine = open_simulated("calm", 3)
    frames = []
    for number in range(int(6 * HOUR / STEP)):
        at = T0 + number * STEP
        snapshot = machine.sample_at(at, STEP)
        if not GAP[0] <= at < GAP[1]:
            frames.append(Frame(snapshot))
            history.write(frames[-1])
    history.close()
    archive = open_archive(path)
    yield Recorded(archive, frames)
    archive.close()


# -- There and back ---------------------------------------------------------------------------------------------------


def small() -> Snapshot:
    """Return a snapshot of a machine that is nothing but a CPU, half of it busy."""
    return Snapshot(T0, elapsed=1.0, cpu=families.Cpu(busy_percent=50.0))


def facts(still: StillDesk) -> tuple[object, ...]:
    """Return what is shown: the moment, its whole frame, the header, and who is in the table in which order."""
    header = text_of(still.desk).splitlines()[0]
    return still.desk.travel.at, still.shown, header, [one.identity for one in still.desk.table.shown]


@settings(max_examples=15)
@given(
    start=st.floats(60, 6 * HOUR - 60),
    keys=st.lists(st.sampled_from(sorted(OPPOSITE)), min_size=1, max_size=8),
)
def test_any_keys_and_their_opposites_lead_back_over_the_same_screens(recorded, start, keys):
    still = recorded.still()
    still.go(T0 + start)
    pressed: list[str] = []
    seen = [facts(still)]
    for key in keys:
        before = still.desk.travel.at
        still.press(key)
        if still.desk.travel.at == before:  # before the first there is nothing
            continue
        if still.desk.travel.live:  # after the newest there is only now, and that moves on
            still.go(T0 + start)
            pressed, seen = [], [facts(still)]
        else:
            pressed.append(key)
            seen.append(facts(still))
    for key, before in zip(reversed(pressed), reversed(seen[:-1]), strict=True):
        still.press(OPPOSITE[key])
        assert facts(still) == before


# -- What is shown was so ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("width", AGES)
@pytest.mark.parametrize("shift", [0.0, 130.0, 290.0])
def test_the_screen_of_a_moment_is_what_was_live_then_to_the_width_of_its_tier(recorded, width, shift):
    frames = recorded.frames
    still = recorded.still(tz=UTC)
    at = frames[-1].snapshot.time - AGES[width] - shift
    screen = still.go(at)
    shown = still.shown
    assert shown is not None
    time, snapshot = shown.snapshot.time, shown.snapshot
    assert snapshot.elapsed == width
    assert at - width < time <= at
    assert f"{datetime.fromtimestamp(time, UTC):%H:%M:%S UTC}" in screen.splitlines()[0]
    live = [one.snapshot for one in frames if time <= one.snapshot.time < time + width]
    busy = mean(one.cpu.busy_percent for one in live if one.cpu.busy_percent is not None)
    assert snapshot.cpu.busy_percent == pytest.approx(busy, abs=0.051)
    assert snapshot.memory.used_bytes == pytest.approx(mean(one.memory.used_bytes for one in live), rel=1e-4)
    assert f" {snapshot.cpu.busy_percent:.1f} %" in next(row for row in screen.splitlines() if "─ CPU ─" in row)
    assert not re.search(r"\d\.\d{3}", screen)  # an average is as fine as a sample
    known = {one.identity: one for one in live[0].processes}
    assert {one.identity for one in snapshot.processes} <= known.keys()
    assert bool(snapshot.processes) == (AGES[width] + shift < KEPT.processes_minute)
    if width == STEP:
        assert all(one.rss_bytes == known[one.identity].rss_bytes for one in snapshot.processes)


def test_in_a_gap_nothing_is_shown_and_it_says_what_is_on_both_sides(recorded):
    still = recorded.still(tz=UTC)
    screen = still.go((GAP[0] + GAP[1]) / 2)
    assert still.shown is None
    assert "nothing was recorded at" in screen
    assert " 0 recorded of … at " in screen
    assert still.desk.table.everyone == ()


# -- Gaps stay gaps ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def long_ago(tmp_path_factory):
    """A year in hours, its last two days in minutes, of which some days and some hours are missing."""
    path = str(tmp_path_factory.mktemp("gaps") / "h.db")
    kept = Retention(samples=2 * DAY, minutes=2 * DAY, five_minutes=2 * DAY)
    history = open_history(path, commit_every=30 * DAY, retention=kept, interval=60.0)
    end = T0 + 366 * DAY
    at, frame = T0, Frame(small())
    while at < end:
        step = HOUR if at < end - 2 * DAY else 60.0
        if not any(first <= at < last for first, last in missing(end)):
            frame = Frame(replace(small(), time=at, elapsed=step))
            history.write(frame)
        at += step
    history.close()
    archive = open_archive(path)
    yield archive, frame
    archive.close()


def missing(end: float) -> tuple[tuple[float, float], ...]:
    """Return what is not recorded: four hours of yesterday, a day of last week, twenty days in spring."""
    return (
        (end - 10 * HOUR, end - 6 * HOUR),
        (end - 5 * DAY, end - 4 * DAY),
        (end - 200 * DAY, end - 180 * DAY),
    )


@pytest.mark.parametrize("span", [name for name, seconds in SPANS if seconds >= DAY])
@pytest.mark.parametrize("ascii_only", [False, True])
def test_a_gap_is_a_gap_in_the_timeline_and_in_the_charts_of_every_span(long_ago, span, ascii_only):
    archive, newest = long_ago
    still = StillDesk(archive, newest, size=(200, 50), ascii_only=ascii_only)
    line = still.desk.travel.timeline
    line.span = [name for name, _ in SPANS].index(span)
    line.known = False
    still.draw()
    still.press("h 3")
    text = still.draw()
    bar = next(row for row in text.splitlines() if row.startswith(f" {span} "))
    strip = re.split(r"[┃|]", bar)[1]
    shown = still.desk.charts.shown
    inside = 0
    for first, last in missing(newest.snapshot.time + 60):
        margin = 1.5 * line.cell  # of a step that is recorded in part
        for cell in range(line.width):
            start, end = line.start + cell * line.cell, line.start + (cell + 1) * line.cell
            if first + margin <= start and end <= last - margin:
                inside += 1
                assert strip[cell] in ".·", (cell, strip)
        points = zip(shown.window.times, shown.window.series[CPU].average, strict=True)
        assert all(value is None for at, value in points if first + margin <= at < last - margin)
    assert inside
    lengths = [last - first for first, last in missing(newest.snapshot.time) if line.start < first]
    seen = len(re.findall(r"[.·]+", strip))
    assert sum(length > 4 * line.cell for length in lengths) <= seen <= len(lengths)


# -- Zones ------------------------------------------------------------------------------------------------------------

ZONES: Final = {
    "Europe/Berlin": ("2026-10-25T01:00:00", "2026-03-29T01:00:00"),
    "America/New_York": ("2026-11-01T06:00:00", "2026-03-08T07:00:00"),
    "Australia/Lord_Howe": ("2026-04-04T15:00:00", "2026-10-03T15:30:00"),
    "Asia/Kathmandu": ("2026-10-25T01:00:00",),
}
"""Zone -> when its clocks were set (UTC); one of a quarter of an hour, whose clocks never are."""
CHANGES: Final = [(zone, change) for zone, changes in ZONES.items() for change in changes]


@pytest.fixture(scope="module")
def changing(tmp_path_factory):
    """Histories of the four hours before and after each change, a sample a minute."""
    folder = tmp_path_factory.mktemp("zones")
    snapshot = small()
    archives = {}
    for change in {change for _, change in CHANGES}:
        middle = datetime.fromisoformat(change).replace(tzinfo=UTC).timestamp()
        history = open_history(str(folder / f"{change}.db"), interval=60.0)
        for minute in range(-240, 241):
            frame = Frame(replace(snapshot, time=middle + 60 * minute, elapsed=60.0))
            history.write(frame)
        history.close()
        archives[change] = Recorded(open_archive(str(folder / f"{change}.db")), [frame])
    yield archives
    for one in archives.values():
        one.archive.close()


@pytest.mark.parametrize(("zone", "change"), CHANGES)
@given(minutes=st.integers(-235, 235))
@settings(max_examples=15)
def test_a_local_time_that_is_typed_is_the_moment_that_the_screen_then_names(changing, zone, change, minutes):
    tz = ZoneInfo(zone)
    still = changing[change].still(tz=tz, size=(140, 40))
    moment = datetime.fromisoformat(change).replace(tzinfo=UTC) + timedelta(minutes=minutes)
    local = moment.astimezone(tz)
    still.desk.begin_going()
    for letter in f"{local:%Y-%m-%d %H:%M}":
        still.desk.type_time(letter, letter)
    still.desk.type_time("enter", None)
    screen = still.draw()
    there = still.desk.travel.at
    twice = "happened twice" in screen
    assert there == moment.timestamp() - (local.fold * (datetime_gap(tz, moment)) if twice else 0)
    back = datetime.fromtimestamp(there, UTC).astimezone(tz)
    assert f"{back:%H:%M}" == f"{local:%H:%M}"
    assert f"{back:%H:%M:%S} {back.isoformat()[-6:]} " in screen.splitlines()[0]
    assert twice == (back.utcoffset() != back.replace(fold=1).utcoffset())


def datetime_gap(tz: ZoneInfo, moment: datetime) -> float:
    """Return by how many seconds the clocks were set back around a moment."""
    before, after = ((moment + timedelta(hours=hours)).astimezone(tz).utcoffset() for hours in (-4, 4))
    return (before - after).total_seconds()


@pytest.mark.parametrize(("zone", "change"), CHANGES)
@pytest.mark.parametrize("span", ["1 h", "6 h", "24 h"])
def test_the_times_below_a_chart_are_those_of_the_moments_above_them(changing, zone, change, span):
    tz = ZoneInfo(zone)
    still = changing[change].still(tz=tz, size=(200, 50))
    still.desk.travel.timeline.span = [name for name, _ in SPANS].index(span)
    still.desk.travel.timeline.known = False
    still.press("h 3")
    still.go(datetime.fromisoformat(change).replace(tzinfo=UTC).timestamp())
    still.draw()
    shown = still.desk.charts.shown
    axis = "".join(text for text, _ in shown.charts[-1][-1])
    seconds = (shown.plot.end - shown.plot.start) / shown.cells
    words = list(re.finditer(r"\d\d:\d\d", axis))
    assert len(words) >= 3
    for word in words:
        middle = (word.start() + word.end() - 1) / 2 - plotting.left_of(shown.plot.width)
        around = [
            shown.plot.start + (middle + cells) * seconds for cells in (-3, 3)
        ]  # at the edge a label is moved aside
        stamps = {f"{datetime.fromtimestamp(at, UTC).astimezone(tz):%H:%M}" for at in minutes_between(*around)}
        assert word[0] in stamps


def minutes_between(start: float, end: float) -> list[float]:
    """Return the whole minutes of a span."""
    return [60.0 * minute for minute in range(int(start // 60), int(end // 60) + 1)]


@pytest.mark.parametrize(("zone", "change"), CHANGES)
def test_a_click_in_the_timeline_names_the_time_of_the_zone(changing, zone, change):
    tz = ZoneInfo(zone)
    still = changing[change].still(tz=tz, size=(140, 40))
    middle = datetime.fromisoformat(change).replace(tzinfo=UTC).timestamp()
    still.go(middle)
    for cell in range(still.desk.travel.timeline.place_of(middle) - 5, still.desk.travel.timeline.place_of(middle) + 5):
        screen = still.go(still.desk.travel.timeline.time_of(cell))
        time = still.shown.snapshot.time
        local = datetime.fromtimestamp(time, UTC).astimezone(tz)
        row = next(row for row in screen.splitlines() if row.startswith(" 24 h "))
        assert f" {local:%H:%M:%S} {local.isoformat()[-6:]} " in row
        assert bisect_right([middle - 14400, middle + 14460], time) == 1
