"""The details of one process: every size, every tab, walking through the family, and its past."""

from __future__ import annotations

import contextlib
import dataclasses
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tuimon.collectors.simulated import open_simulated
from tuimon.collectors.simulated.inspection import SimulatedInspector
from tuimon.model.action import target
from tuimon.model.difference import Lifetime
from tuimon.model.inspection import PARTS, Inspection, Missing, OpenFile, Thread, recorded, with_parts
from tuimon.model.process import ProcessPast
from tuimon.model.snapshot import Frame, Snapshot
from tuimon.protocols import Ability
from tuimon.tui.detail import facts, lists
from tuimon.tui.detail.course import Course
from tuimon.tui.detail.draw import draw
from tuimon.tui.detail.kin import family
from tuimon.tui.detail.lately import MOST, Lately
from tuimon.tui.detail.pane import FAMILY, TABS, Pane
from tuimon.tui.style import row_width
from tuimon.tui.view import View

MACHINE = open_simulated("busy", 1)
SNAPSHOT = MACHINE.sample()
BY_IDENTITY = {process.identity: process for process in SNAPSHOT.processes}
NGINX = next(p for p in SNAPSHOT.processes if p.name == "nginx" and p.ppid != 1)


def inspected(process, parts=PARTS):
    found = []
    SimulatedInspector(BY_IDENTITY.get).look(target(process, SNAPSHOT.host), parts, None, found.append)
    return found[-1]


def pane_of(process=NGINX, parts=PARTS, **state):
    pane = Pane(process, SNAPSHOT, 1.0)
    pane.inspection = inspected(process, parts)
    for name, value in state.items():
        setattr(pane, name, value)
    pane.follow(SNAPSHOT, live=True)
    return pane


def view_of(snapshot=SNAPSHOT, **view):
    return View(frame=Frame(snapshot), column=lambda _, n: [None] * n, **view)


def text_of(rows):
    return "\n".join("".join(text for text, _ in row) for row in rows)


PLACES = st.tuples(st.integers(20, 220), st.integers(4, 60))


@settings(max_examples=60)
@given(st.sampled_from(SNAPSHOT.processes), st.integers(0, FAMILY), PLACES, st.sets(st.sampled_from(PARTS)), st.data())
def test_it_fits_every_place_exactly(process, tab, place, parts, data):
    width, height = place
    pane = pane_of(process, sorted(parts), tab=tab, tall=data.draw(st.booleans()))
    view = view_of(ascii_only=data.draw(st.booleans()))
    draw(pane, view, width, height, inspected=True)
    pane.move(data.draw(st.integers(-5, 500)))
    drawn = draw(pane, view, width, height, inspected=True)
    assert len(drawn.rows) == height
    assert {row_width(row) for row in drawn.rows} == {width}
    assert str(process.pid) in text_of(drawn.rows[:1])
    for spot in drawn.spots:
        assert 0 <= spot.y < height
        assert 0 <= spot.left < spot.right <= width


@pytest.mark.parametrize("size", [(200, 46), (120, 36), (80, 20), (40, 9)], ids=str)
def test_each_tab_is_reached_by_its_spot_and_shows_its_own(size):
    shows = ["/usr/bin/nginx", "TID", "eventpoll", "443", "LANG", "open files", "/sbin/in"]
    pane = pane_of()
    for number, words in enumerate(shows):
        while pane.tab != number:
            drawn = draw(pane, view_of(), *size, inspected=True)
            tabs = [one.which for one in drawn.spots if one.kind == "tab"]
            pane.open_tab(number if number in tabs else tabs[-1])
        seen = text_of(draw(pane, view_of(), *size, inspected=True).rows)
        for _ in range(60):
            pane.scroll(1)
            seen += text_of(draw(pane, view_of(), *size, inspected=True).rows)
        assert words in seen, TABS[number].title


def test_what_is_missing_is_said_with_its_remedy():
    refused = Missing("refused", "run as root or grant CAP_SYS_PTRACE")
    pane = pane_of()
    pane.inspection = with_parts(Inspection(*NGINX.identity), dict.fromkeys(PARTS, refused))
    for tab in range(FAMILY):
        pane.open_tab(tab)
        shown = text_of(draw(pane, view_of(), 160, 40, inspected=True).rows)
        assert "not permitted: run as root or grant CAP_SYS_PTRACE" in shown, TABS[tab].title


def test_of_the_past_the_recorded_fields_are_shown_and_the_rest_is_said_not_to_be():
    pane = pane_of()
    shown = text_of(draw(pane, view_of(past=SNAPSHOT.time), 120, 40, inspected=False).rows)
    assert "not recorded" in shown
    assert NGINX.command[:20] in shown
    assert f"{NGINX.ppid} " in shown
    assert pane.shown(inspected=False) == recorded(*NGINX.identity)
    assert pane.inspection.executable == "/usr/bin/nginx"  # it is still there when one comes back


def test_one_that_ended_keeps_what_was_known_and_nothing_more_is_asked():
    pane = pane_of()
    without = dataclasses.replace(SNAPSHOT, processes=tuple(p for p in SNAPSHOT.processes if p is not NGINX))
    pane.follow(without, live=True)
    shown = text_of(draw(pane, view_of(without), 120, 40, inspected=True).rows)
    assert "it has ended, before" in shown
    assert "/usr/bin/nginx" in shown
    assert pane.wish(1e12) == ()
    pane.follow(SNAPSHOT, live=True)
    assert pane.ended_at is None


def test_parts_are_asked_for_by_the_open_tab_and_no_more_often_than_it_says():
    pane = Pane(NGINX, SNAPSHOT, 1.0)
    assert pane.wish(100.0) == TABS[0].parts
    assert pane.wish(100.5) == ()
    pane.take(inspected(NGINX, TABS[0].parts), 100.6)
    assert pane.wish(102.0) == ()
    assert set(pane.wish(103.1)) == set(TABS[0].parts)
    pane.open_tab(4)
    assert pane.wish(103.2) == ("environment",)
    assert pane.wish(104.0) == ()
    assert pane.wish(108.0) == ("environment",)  # it did not come
    pane.take(inspected(NGINX, ["environment"]), 108.1)
    assert pane.wish(1e9) == ()  # it does not change
    assert pane.wish(50.0) == ()


def test_a_part_that_did_not_come_in_time_is_not_asked_for_again():
    pane = Pane(NGINX, SNAPSHOT, 1.0)
    assert "memory" in pane.wish(100.0)
    pane.take(with_parts(inspected(NGINX, TABS[0].parts), {"memory": Missing("late", "within 2 s")}), 101.0)
    assert "memory" not in pane.wish(200.0)
    pane.take(Inspection(1, 1.0), 201.0)  # of another process: too late
    assert pane.inspection.pid == NGINX.pid


def test_shares_of_threads_come_from_two_looks():
    pane = Pane(NGINX, SNAPSHOT, 1.0)
    pane.open_tab(1)

    def looked(seconds):
        return with_parts(
            Inspection(*NGINX.identity), {"threads": (Thread(5, "a", "R", seconds), Thread(6, "b", "S", 1.0))}
        )

    pane.take(looked(10.0), 100.0)
    assert pane.shares == {}
    pane.take(looked(11.0), 102.0)
    assert pane.shares == {5: 50.0, 6: 0.0}
    shown = text_of(lists.thread_rows(looked(11.0).threads, pane.shares, 60))
    assert shown.index(" 5 R") < shown.index(" 6 S")


FORESTS = st.lists(st.integers(0, 12), min_size=1, max_size=14)


@given(FORESTS, st.data())
def test_the_family_is_the_chain_above_and_the_children_below(parents, data):
    everyone = [NGINX._replace(pid=n + 1, ppid=parent, started_at=float(n)) for n, parent in enumerate(parents)]
    own = data.draw(st.sampled_from(everyone))
    found = family(own.identity, everyone)
    assert [one.process for one in found if one.own] == [own]
    above = [one.process for one in found[: [one.own for one in found].index(True)]]
    for upper, lower in pairwise([*above, own]):
        assert lower.ppid == upper.pid
    below = [one.process for one in found[len(above) + 1 :]]
    assert {p.pid for p in below} == {p.pid for p in everyone if p.ppid == own.pid and p is not own}
    assert family((own.pid, -1.0), everyone) == []


MOMENTS = st.lists(st.tuples(st.floats(0.8, 8.0), st.floats(0, 100)), max_size=30)


@given(MOMENTS, st.integers(1, 60), st.sampled_from([1.0, 2.0, 7.5]))
def test_a_course_shows_each_sample_in_its_step_and_leaves_gaps(moments, count, step):
    course, now, samples = Course(1.0), 1000.0, []
    for later, cpu in moments:
        now += later
        samples.append((now, cpu))
        course.note(now, NGINX._replace(cpu_percent=cpu))
    cpu, memory, *_ = course.columns(count, now, step)
    assert len(cpu) == len(memory) == count
    first = int(now // step) - count + 1
    for time, value in samples:
        place = int(time // step) - first
        if 0 <= place < count:
            assert cpu[place] is not None
            assert cpu[place] >= value
    shown = [value for value in cpu if value is not None]
    assert max(shown, default=0.0) <= max((value for _, value in samples), default=0.0)
    for place, value in enumerate(cpu):
        start, end = (first + place) * step, (first + place + 1) * step
        near = [time for time, _ in samples if start - 0.001 <= time < end + 2.5]
        assert value is None or near


def test_what_was_recorded_stands_before_what_is_live_and_never_over_it():
    course = Course(1.0)
    for at in range(100, 110):
        course.note(float(at), NGINX._replace(cpu_percent=1.0))
    life = Lifetime(NGINX.pid, NGINX.started_at, 1, "nginx", "www", "", 0.0, None)
    rows = tuple((float(at), NGINX._replace(cpu_percent=50.0)) for at in range(50, 110, 5))
    course.remember(ProcessPast(NGINX.pid, NGINX.started_at, life, 5.0, rows))
    cpu = course.columns(60, 109.0, 1.0)[0]
    assert cpu[-10:] == [1.0] * 10
    assert set(cpu[:46]) == {50.0}


@given(st.lists(st.integers(0, 3 * MOST // 50), max_size=70))
def test_what_is_kept_of_the_last_minute_is_bounded(sizes):
    lately = Lately()
    for at, size in enumerate(sizes):
        lately.note(Snapshot(1000.0 + at, processes=(NGINX,) * size))
        kept = [len(processes) for _, processes in lately._samples]
        assert sum(kept) <= MOST
        assert len(kept) <= 61


def test_a_process_that_is_opened_has_its_last_minute_at_once():
    lately = Lately()
    for at in range(5):
        lately.note(Snapshot(1000.0 + at, processes=(NGINX._replace(cpu_percent=float(at)), SNAPSHOT.processes[0])))
    assert [(time, p.cpu_percent) for time, p in lately.of(NGINX.identity)] == [
        (1000.0 + at, float(at)) for at in range(5)
    ]
    assert list(lately.of((NGINX.pid, 1.0))) == []


@given(st.lists(st.builds(facts.Fact, st.sampled_from(["memory", "io"]), st.text(st.sampled_from("ab 日"), min_size=1, max_size=90)), max_size=12), st.integers(20, 220))  # fmt: skip
def test_facts_are_laid_out_in_the_width_and_none_is_lost(found, width):
    rows = facts.laid_out(found, width) if found else []
    assert all(row_width(row) <= width for row in rows)
    shown = text_of(rows).replace(" ", "").replace("\n", "")
    assert sum(shown.count(char) for char in "日") == sum(fact.text.count("日") for fact in found)


def test_long_names_are_cut_with_a_mark():
    rows = lists.file_rows([OpenFile(1, "file", "/" + "x" * 300 + "/the-log", "r", 7)], 60)
    assert all(row_width(row) == 60 for row in rows)
    assert "…" in text_of(rows)
    assert text_of(rows).rstrip().endswith("x/the-log"), "of a path the end is kept: it tells more"


# In the dashboard


@pytest.fixture
def detailed(dashboard):
    @contextlib.asynccontextmanager
    async def run(size=(120, 40), **session):
        apps = []

        def find(identity):
            return next((p for p in apps[0].frame.snapshot.processes if p.identity == identity), None)

        inspector = SimulatedInspector(find)
        wanted = {"abilities": frozenset({Ability.INSPECT}), "open_inspector": lambda: inspector}
        async with dashboard(size, **wanted, **session) as (app, pilot):
            apps.append(app)
            yield app, pilot

    return run


async def opened(app, pilot, process=None):
    process = process or next(p for p in app.frame.snapshot.processes if p.name == "nginx")
    app.desk.table.find(process.identity)
    await pilot.press("enter")
    await pilot.pause(0.05)
    return process


def screen_of(app):
    return text_of(app.desk.page.rows)


async def click_on(app, pilot, words, **how):
    lines = screen_of(app).split("\n")
    y = next(y for y, line in enumerate(lines) if words in line)
    await pilot.click(offset=(lines[y].index(words) + 1, y), **how)


async def test_enter_opens_and_escape_closes(detailed):
    async with detailed() as (app, pilot):
        process = await opened(app, pilot)
        assert f" {process.pid} nginx" in screen_of(app)
        assert "/usr/bin/nginx" in screen_of(app)
        assert "[Summary]" in screen_of(app)
        await pilot.press("escape")
        assert app.desk.detail.pane is None
        assert app.desk.table.selected == process.identity


async def test_tabs_by_keys_and_by_mouse(detailed):
    async with detailed() as (app, pilot):
        await opened(app, pilot)
        await pilot.press("right")
        assert "[Threads" in screen_of(app)
        await pilot.press("left", "left")
        assert "[Family" in screen_of(app)
        await pilot.press("tab")
        assert "[Summary]" in screen_of(app)
        await click_on(app, pilot, "Environment")
        await pilot.pause(0.05)
        assert "NGINX_TOKEN" in screen_of(app)
        await click_on(app, pilot, "Esc back")
        await pilot.pause()
        assert app.desk.detail.pane is None


async def test_walking_to_parent_and_child_and_back(detailed):
    async with detailed() as (app, pilot):
        process = await opened(app, pilot)
        await pilot.press("left", "up", "enter")
        parent = app.desk.detail.pane.target
        assert parent.pid == process.ppid
        assert "1 back: Backspace" in screen_of(app)
        await pilot.press("left", "right")
        lines = screen_of(app).split("\n")
        y = next(y for y, line in enumerate(lines) if f" {process.pid} " in line and y > 5)
        await pilot.click(offset=(20, y))
        assert app.desk.detail.pane.target.pid == process.pid
        await pilot.press("backspace")
        assert app.desk.detail.pane.target == parent
        await pilot.press("backspace", "backspace")
        assert app.desk.detail.pane is None


async def test_keys_of_the_table_do_nothing_behind_it(detailed):
    async with detailed() as (app, pilot):
        await opened(app, pilot)
        before = app.desk.table.sort, app.desk.table.descending, app.desk.table.selected
        await pilot.press("s", "r", "t", "slash", "space", "G", "down", "end", "pageup")
        assert not app.desk.typing
        assert (app.desk.table.sort, app.desk.table.descending, app.desk.table.selected) == before


async def test_a_double_click_opens_and_the_wheel_scrolls(detailed):
    async with detailed((80, 24)) as (app, pilot):
        page = app.desk.page
        await pilot.click(offset=(page.title_left + 20, page.title_row + 2), times=2)
        assert app.desk.detail.pane is not None
        await pilot.press("left")
        app.desk.detail.pane.open_tab(0)
        app.redraw()
        before = screen_of(app)
        app.desk.scroll(3)
        app.redraw()
        assert app.desk.detail.pane.offset == min(3, max(0, app.desk.detail.pane.rows - app.desk.detail.pane.height))
        assert screen_of(app) != before or app.desk.detail.pane.offset == 0


async def test_m_gives_the_open_part_the_room_of_the_charts(detailed):
    async with detailed() as (app, pilot):
        await opened(app, pilot)
        assert "╭─ CPU" in screen_of(app)
        await pilot.press("m")
        assert "╭─ CPU" not in screen_of(app)
        await pilot.press("escape")
        assert "╭─ CPU" in screen_of(app)
        assert app.desk.detail.pane is not None


async def test_z_and_a_click_on_a_title_show_a_longer_span(detailed):
    async with detailed() as (app, pilot):
        await opened(app, pilot)
        assert "CPU 72 s" in screen_of(app)
        await pilot.press("z")
        assert "CPU 10 min" in screen_of(app)
        await click_on(app, pilot, "CPU 10 min")
        assert "CPU 1 h" in screen_of(app)


async def test_its_history_is_read_once_and_not_on_each_tick(dashboard, tmp_path):
    recorded = str(tmp_path / "h.db")
    async with dashboard((120, 40), recorded=recorded) as (app, pilot):
        asked = []
        ask = app.desk.travel.ask
        app.desk.travel.ask = lambda question: asked.append(type(question).__name__) or ask(question)
        await settled(pilot, lambda: app.frame.tick >= 2)
        await opened(app, pilot, max(app.frame.snapshot.processes, key=lambda p: p.cpu_percent or 0))
        await settled(pilot, lambda: app.desk.detail.pane.course._recorded)
        tick = app.frame.tick
        await settled(pilot, lambda: app.frame.tick >= tick + 3)
        assert asked.count("Trace") == 1
        await pilot.press("z")
        assert asked.count("Trace") == 2


async def settled(pilot, seen):
    for _ in range(300):
        if seen():
            return
        await pilot.pause(0.05)
    raise AssertionError("it did not come to pass")
