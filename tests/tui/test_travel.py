"""Moving in time: pure parts on their own, then the dashboard over a history recorded from a simulated machine."""

from __future__ import annotations

import itertools
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from replayed import dashboard, text_of, until

from tuimon.collectors.simulated import open_simulated
from tuimon.history import open_archive, open_history
from tuimon.model.metric import SeriesKey
from tuimon.model.snapshot import Event, Frame, Snapshot, Window
from tuimon.tui.past import charted
from tuimon.tui.travel.reader import PastReader, answer
from tuimon.tui.travel.sight import Heat, Landing, Leap, Look, Sight, Stretch
from tuimon.tui.travel.timeline import SPANS, Timeline
from tuimon.tui.travel.traveller import Traveller

T0 = 1_700_000_000.0
CPU = SeriesKey("cpu", "", "busy_percent")
USED = SeriesKey("memory", "", "used_percent")


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    """A history of a leaking machine: 15 whole minutes, a gap of 5, 15 minutes more; and what was live at each second."""
    path = str(tmp_path_factory.mktemp("travel") / "h.db")
    history = open_history(path)
    collector = open_simulated("memory-leak", 3)
    frames: list[Frame] = []
    snapshot = collector.sample()
    start = (time.time() - 3600) // 60 * 60
    from dataclasses import replace

    for second in range(1800):
        at = start + second + (300 if second >= 900 else 0)
        if second % 30 == 0:
            snapshot = collector.sample()
        events = (Event(at, "fault", "something broke"),) if second == 1000 else ()
        cpu = replace(snapshot.cpu, busy_percent=float(second % 100))
        frames.append(Frame(replace(snapshot, time=at, elapsed=1.0, cpu=cpu), (), events))
        history.write(frames[-1])
    history.close()
    return path, frames


# -- the traveller, without any history -------------------------------------------------------------------------------


def told(at: float, before: float | None, after: float | None, *, there: bool = True) -> Sight:
    look = Look(at, at, (CPU,), 1.0)
    frame = Frame(Snapshot(at)) if there else None
    return Sight(
        look, frame, before, after, Window(at - 600, at, 1.0, "1s", tuple(at - 600 + i for i in range(600)), {})
    )


class Asked(list):
    def __call__(self, question) -> None:
        self.append(question)


def travelling(now: float = T0 + 1000) -> tuple[Traveller, Asked]:
    asked = Asked()
    traveller = Traveller(ask=asked)
    traveller.follow(Frame(Snapshot(now)), (CPU, USED))
    return traveller, asked


def test_a_step_back_from_now_asks_for_the_moment_before_it():
    traveller, asked = travelling()
    traveller.step(-1)
    assert not traveller.live
    assert traveller.waiting
    assert [question.at for question in asked] == [T0 + 999]


def test_holding_the_key_goes_on_while_answers_are_on_their_way_and_old_ones_are_dropped():
    traveller, asked = travelling()
    for _ in range(5):
        traveller.step(-1)
    assert traveller.at == T0 + 995
    traveller.take(told(T0 + 999, None, None))
    assert traveller.sight is None
    traveller.take(told(T0 + 995, T0 + 990, T0 + 996))
    assert not traveller.waiting
    traveller.step(-1)
    assert traveller.at == T0 + 990  # the recorded moment, over a gap
    assert len(asked) == 6


def test_on_from_the_last_recorded_moment_is_now():
    traveller, _ = travelling()
    traveller.go(T0 + 500)
    traveller.take(told(T0 + 500, T0 + 499, None))
    traveller.step(1)
    assert traveller.live


@given(st.lists(st.sampled_from([-86400, -3600, -60, 60, 3600]), max_size=12))
def test_as_far_on_as_back_is_where_one_was(ways):
    traveller, _ = travelling(now=T0 + 10**7)
    traveller.go(T0 + 10**6)
    for way in ways:
        traveller.skip(way)
    for way in reversed(ways):
        traveller.skip(-way)
    assert traveller.at == pytest.approx(T0 + 10**6)


def test_the_charts_move_only_when_the_cursor_leaves_them():
    traveller, asked = travelling()
    traveller.go(T0 + 900)
    for _ in range(10):
        traveller.step(-1)
    ends = [question.end for question in asked]
    assert len(set(ends)) == 1
    traveller.go(T0 + 100)
    assert asked[-1].end != ends[0]
    assert asked[-1].at <= asked[-1].end


# -- the timeline -----------------------------------------------------------------------------------------------------


def test_a_timeline_asks_once_and_live_frames_move_it_on_without_asking():
    line = Timeline(span=0)  # 10 min in 60 cells: 10 s each
    question = line.place(60, T0, None)
    assert isinstance(question, Stretch)
    line.fill(Heat(question, (5.0,) * 60, ()), T0)
    for second in range(1, 600):
        from tuimon.model import families as f

        line.append(Frame(Snapshot(T0 + second, cpu=f.Cpu(busy_percent=50.0 if second == 300 else 10.0))))
        assert line.place(60, T0 + second, None) is None
    assert line.start <= T0 + 599 < line.end
    assert line.values.count(50.0) == 1
    assert len(line.values) == 60
    assert line.time_of(line.place_of(T0 + 300)) == pytest.approx(T0 + 300, abs=10)


@given(width=st.integers(1, 250), span=st.integers(0, len(SPANS) - 1), ago=st.floats(0, 4e8))
def test_the_cursor_is_always_on_the_timeline(width, span, ago):
    line = Timeline(span=span)
    line.place(width, T0, T0 - ago)
    assert line.place_of(T0 - ago) is not None
    assert line.place(width, T0, T0 - ago) is None


# -- answers from a history -------------------------------------------------------------------------------------------


def test_what_is_shown_at_a_moment_is_what_was_live_then(recorded):
    path, frames = recorded
    archive = open_archive(path)
    keys = tuple(charted(frames[0].snapshot))
    for frame in frames[7::311]:
        sight = answer(archive, Look(frame.snapshot.time + 0.3, frame.snapshot.time + 10, keys, 1.0), [])
        assert sight.frame is not None
        assert sight.time == pytest.approx(frame.snapshot.time, abs=0.001)
        assert sight.frame.snapshot.cpu.busy_percent == frame.snapshot.cpu.busy_percent
        assert sight.frame.snapshot.memory.used_bytes == pytest.approx(frame.snapshot.memory.used_bytes, rel=1e-3)
        names = {process.name for process in frame.snapshot.processes}
        assert {process.name for process in sight.frame.snapshot.processes} <= names
        assert sight.column(CPU, sight.future + 1)[0] == pytest.approx(frame.snapshot.cpu.busy_percent, abs=1.01)
    archive.close()


def test_back_and_on_again_over_every_moment_and_over_the_gap(recorded):
    path, frames = recorded
    archive = open_archive(path)
    at = frames[920].snapshot.time
    seen = [at]
    for _ in range(60):
        at = archive.neighbours(at)[0]
        seen.append(at)
    assert seen[-1] == pytest.approx(frames[860].snapshot.time, abs=0.001)
    assert max(later - earlier for later, earlier in itertools.pairwise(seen)) == pytest.approx(301, abs=0.01)
    for place in range(59, -1, -1):
        at = archive.neighbours(at)[1]
        assert at == pytest.approx(seen[place], abs=0.0005)
    assert archive.neighbours(frames[0].snapshot.time)[0] is None
    assert archive.neighbours(frames[-1].snapshot.time + 5)[1] is None
    archive.close()


def test_a_gap_is_shown_as_one_and_leads_to_both_sides(recorded):
    path, frames = recorded
    archive = open_archive(path)
    inside = frames[899].snapshot.time + 150
    sight = answer(archive, Look(inside, inside, (CPU,), 1.0), [])
    assert sight.frame is None
    assert sight.before == pytest.approx(frames[899].snapshot.time, abs=0.001)
    assert sight.after == pytest.approx(frames[900].snapshot.time, abs=0.001)
    assert set(sight.column(CPU, 100)) == {None}
    start = frames[0].snapshot.time
    heat = answer(archive, Stretch(start, start + 2100, 70, CPU), [])
    missing = [place for place, value in enumerate(heat.values) if value is None]
    assert missing == list(range(30, 40))
    archive.close()


def test_what_another_recorder_has_not_stored_yet_is_no_gap(recorded):
    path, frames = recorded
    archive = open_archive(path)
    newest = frames[-1].snapshot.time
    for late, there in ((1, True), (15, True), (60, False)):
        sight = answer(archive, Look(newest + late, newest + late, (CPU,), 1.0), [])
        assert (sight.frame is not None) is there
        assert sight.time == pytest.approx(newest if there else newest + late, abs=0.001)
        assert sight.before == pytest.approx(frames[-2 if there else -1].snapshot.time, abs=0.001)
    archive.close()


def test_events_are_found_both_ways_and_none_is_none(recorded):
    path, frames = recorded
    archive = open_archive(path)
    when = frames[1000].snapshot.time
    for at, way in ((frames[0].snapshot.time, 1), (frames[-1].snapshot.time, -1)):
        landing = answer(archive, Leap(at, way), [])
        assert isinstance(landing, Landing)
        assert landing.event is not None
        assert landing.event.time == pytest.approx(when)
    assert answer(archive, Leap(when, 1), []).event is None
    archive.close()


def test_only_the_newest_question_of_a_kind_is_answered(recorded):
    import threading

    path, frames = recorded
    gate, told_ = threading.Event(), []

    def opened():
        gate.wait(10)
        return open_archive(path)

    done = threading.Event()

    def deliver(found):
        told_.append(found)
        if found.look.at == frames[500].snapshot.time:
            done.set()

    reader = PastReader(opened, deliver)
    for frame in frames[400:501]:
        reader.ask(Look(frame.snapshot.time, frame.snapshot.time, (CPU,), 1.0))
    gate.set()
    assert done.wait(10)
    assert len(told_) <= 2  # the first may have been taken up before the others came
    reader.close()


# -- the dashboard ----------------------------------------------------------------------------------------------------


def there(app) -> bool:
    return not app.desk.travel.live and not app.desk.travel.waiting


async def test_keys_go_back_on_and_to_now(recorded):
    path, _frames = recorded
    async with dashboard(path) as (app, pilot):
        await pilot.press("left_square_bracket")
        await until(pilot, lambda: there(app))
        assert "◀" in text_of(app)
        assert "LIVE" not in text_of(app).splitlines()[0]
        at = app.desk.travel.at
        await pilot.press("greater_than_sign", "less_than_sign")
        await until(pilot, lambda: there(app))
        assert app.desk.travel.at == pytest.approx(at)
        await pilot.press("L")
        assert app.desk.travel.live
        assert "● LIVE" in text_of(app)


async def test_the_table_shows_what_was_recorded_and_says_so(recorded):
    path, frames = recorded
    moment = frames[600].snapshot.time
    async with dashboard(path, at=moment) as (app, pilot):
        await until(pilot, lambda: there(app))
        text = text_of(app)
        assert f"recorded of {frames[600].snapshot.system.processes} at " in text
        assert len(app.desk.table.shown) == len(app.desk.travel.sight.frame.snapshot.processes)
        await pilot.press("s", "r")
        assert len(app.desk.table.shown) == len(app.desk.travel.sight.frame.snapshot.processes)


async def test_a_typed_time_is_gone_to_and_a_wrong_one_is_said(recorded):
    path, _frames = recorded
    async with dashboard(path) as (app, pilot):
        await pilot.press("g", *"nonsense", "enter")
        assert "is not a time" in text_of(app)
        assert app.desk.travel.live
        await pilot.press("ctrl+u", *"40m ago", "enter")
        await until(pilot, lambda: there(app))
        assert app.desk.travel.at == pytest.approx(app.frame.snapshot.time - 2400, abs=3)


async def test_a_click_on_a_chart_and_on_the_timeline_goes_there(recorded):
    path, _ = recorded
    async with dashboard(path) as (app, pilot):
        y = app.desk.page.timeline_row
        x = 9 + app.desk.travel.timeline.width - 3
        await pilot.click(offset=(x, y))
        await until(pilot, lambda: there(app))
        assert app.desk.travel.timeline.place_of(app.desk.travel.at) == app.desk.travel.timeline.width - 3
        area = next(area for area in app.desk.page.areas if area.name == "cpu")
        before = app.desk.travel.at
        await pilot.click(offset=(area.left + 10, area.top + 3))
        await until(pilot, lambda: there(app) and app.desk.travel.at != before)
        assert app.desk.travel.at < before


async def test_live_ticks_ask_the_history_for_nothing(recorded):
    path, _ = recorded
    async with dashboard(path) as (app, pilot):
        await until(pilot, lambda: app.past.answered == 1)  # the timeline, once
        tick = app.frame.tick
        await until(pilot, lambda: app.frame.tick >= tick + 3)
        assert app.past.answered == 1


@pytest.mark.parametrize("size", [(200, 50), (120, 40), (80, 24), (40, 12), (20, 6)])
async def test_every_row_of_the_past_has_the_width_of_the_screen(recorded, size):
    from tuimon.tui.style import row_width

    path, frames = recorded
    for moment in (frames[600].snapshot.time, frames[899].snapshot.time + 150):
        async with dashboard(path, size=size, at=moment) as (app, pilot):
            await until(pilot, lambda: there(app))
            assert len(app.desk.page.rows) == size[1]
            assert {row_width(row) for row in app.desk.page.rows} == {size[0]}


async def test_who_used_it_and_what_is_different_are_asked_by_one_key_each(recorded):
    path, frames = recorded
    async with dashboard(path, at=frames[600].snapshot.time) as (app, pilot):
        await until(pilot, lambda: there(app))
        await pilot.press("w")
        await until(pilot, lambda: app.desk.asking)
        assert "Who used" in text_of(app)
        await pilot.press("enter")
        assert app.desk.table.selected is not None
        await pilot.press("x")
        app.desk.go(frames[1700].snapshot.time)
        await until(pilot, lambda: there(app))
        await pilot.press("d")
        await until(pilot, lambda: app.desk.asking)
        assert "What is different" in text_of(app)
        await pilot.press("escape")
        assert not app.desk.asking


async def test_a_span_is_taken_away_aside_and_said(recorded):
    path, _ = recorded
    written = []

    def take(form, start, end, text):
        written.append((form, end - start, text[:4]))
        return "/somewhere/file"

    async with dashboard(path, take_away=take) as (app, pilot):
        await until(pilot, lambda: app.desk.travel.timeline.known)
        for steps in (0, 4):
            await pilot.press("e", *["down"] * steps, "enter")
            await until(pilot, lambda: "written: /somewhere/file" in text_of(app))
            await pilot.press("escape")
    assert [one[0] for one in written] == ["html", "svg"]
    assert written[1][2] == "<svg"


@pytest.mark.parametrize(
    ("recorded", "shown"),
    [(120, "10 min"), (2700, "1 h"), (3599, "1 h"), (4200, "6 h"), (20_000, "6 h"), (80_000, "24 h"), (None, "24 h")],
)
@pytest.mark.parametrize("width", [36, 100, 203])
@pytest.mark.parametrize("later", [0, 7, 431])
def test_the_history_screen_begins_with_the_span_that_what_is_recorded_needs(recorded, shown, width, later):
    line, now = Timeline(), T0 + later
    question = line.place(width, now, None)
    assert question.begins
    line.fit_recorded(now)  # it is opened before that is known
    first = None if recorded is None else now - recorded
    line.fill(Heat(question, (None,) * width, (), first), now)
    assert SPANS[line.span][0] == shown
    line.place(width, now, None)
    assert first is None or line.start - line.cell < first  # all but less than a cell of it


def test_a_span_that_somebody_chose_stays():
    line, now = Timeline(), T0 + 7
    line.place(100, now, None)
    line.zoom(1)
    question = line.place(100, now, None)
    assert not question.begins
    line.fill(Heat(question, (None,) * 99 + (1.0,), (), now), now)
    line.fit_recorded(now)
    assert SPANS[line.span][0] == "7 d"


def test_what_is_recorded_begins_where_its_first_sample_is(recorded):
    path, frames = recorded
    archive = open_archive(path)
    begun, now = frames[0].snapshot.time, frames[-1].snapshot.time
    for start, first in ((now - 86400, begun), (begun + 60, begun + 60), (now + 9, None)):
        heat = answer(archive, Stretch(start, start + 86400, 100, CPU, begins=True), [])
        assert heat.first == (first and pytest.approx(first, abs=0.001))
    archive.close()
