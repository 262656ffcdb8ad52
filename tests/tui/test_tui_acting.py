"""From the table to the deed, under keys and mouse; who acts is the test's own and says what it is told to."""

from __future__ import annotations

import dataclasses

import pytest

from tuimon.model.action import Affinity, IoPriority, Nice, Outcome, Scheduling, Signal, Target
from tuimon.model.process import Process
from tuimon.model.snapshot import Snapshot
from tuimon.protocols import Ability
from tuimon.tui.acting.aftermath import Aftermath
from tuimon.tui.acting.caution import Own, caution
from tuimon.tui.keys import KEYS, footer_keys, offered


class Scripted:
    """Does nothing, remembers what it was asked, and answers as it is told to by pid."""

    offers = frozenset({"signal", "nice", "io", "processors"})

    def __init__(self, answers=None) -> None:
        self.asked = []
        self.answers = answers or {}

    def act(self, target, action):
        self.asked.append((target.pid, str(action)))
        return self.answers.get(target.name, Outcome(target, action, "done"))

    def scheduling(self, target):
        del target
        return Scheduling(0, IoPriority("none"), (0, 1, 2))


@pytest.fixture
def acting(dashboard):
    def run(actor=None, size=(120, 40), **session):
        return dashboard(
            size,
            open_actor=(lambda: actor) if actor else None,
            abilities=frozenset({Ability.SIGNAL}) if actor else frozenset(),
            **session,
        )

    return run


def lines_of(app):
    return ["".join(text for text, _ in row) for row in app.desk.page.rows]


def text_of(app):
    return "\n".join(lines_of(app))


async def click_on(app, pilot, text, **how):
    y = next(y for y, line in enumerate(lines_of(app)) if text in line)
    await pilot.click(offset=(lines_of(app)[y].index(text) + 1, y), **how)


async def settled(pilot, seen):
    for _ in range(200):
        if seen():
            return
        await pilot.pause(0.01)
    raise AssertionError("it did not come to pass")


def selected(app):
    return next(p for p in app.frame.snapshot.processes if p.identity == app.desk.table.selected)


async def test_term_comes_first_and_is_confirmed_by_name(acting):
    actor = Scripted()
    async with acting(actor) as (app, pilot):
        await pilot.press("down", "K")
        one = selected(app)
        assert f"{one.name} ({one.pid})" in text_of(app)
        await pilot.press("enter")
        assert f"Send TERM to {one.name} ({one.pid})?" in text_of(app)
        assert one.command[:30] in text_of(app)
        assert actor.asked == []
        await pilot.press("enter")
        await settled(pilot, lambda: actor.asked)
        assert actor.asked == [(one.pid, "signal TERM")]
        await settled(pilot, lambda: app.desk.notice)
        assert app.desk.notice == f"signal TERM sent to {one.name} ({one.pid})"


async def test_the_choice_stays_with_its_process_while_the_list_moves(acting):
    actor = Scripted()
    async with acting(actor) as (app, pilot):
        await pilot.press("down", "down", "K", "enter")
        one = selected(app)
        app.desk.table.reverse()
        app.desk.table.edge(1)
        await pilot.press("y")
        await settled(pilot, lambda: actor.asked)
        assert actor.asked == [(one.pid, "signal TERM")]


async def test_all_that_are_tagged_are_named_and_reached(acting):
    actor = Scripted()
    async with acting(actor) as (app, pilot):
        await pilot.press("down", "space", "down", "space")
        tagged = set(app.desk.table.tagged)
        assert len(tagged) == 2
        assert "2 tagged" in text_of(app)
        assert sum(line.lstrip("│ ").startswith("*") for line in lines_of(app)) == 2
        await pilot.press("K", "k", "enter")
        assert "Send KILL to 2 processes?" in text_of(app)
        assert all(f" {pid} " in text_of(app) for pid, _ in tagged)
        await pilot.press("enter")
        await settled(pilot, lambda: len(actor.asked) == 2)
        assert {pid for pid, _ in actor.asked} == {pid for pid, _ in tagged}
        await settled(pilot, lambda: app.desk.notice)
        await pilot.press("escape", "escape")
        assert app.desk.table.tagged == set()


@pytest.mark.parametrize(("keys", "wanted"), [
    (["n", "i", "enter", "1", "0", "enter"], Nice(10)),
    (["i", "o", "enter", "i", "enter"], IoPriority("idle")),
    (["p", "enter", "n", "right", "space", "enter"], Affinity((1,))),
    (["s", "t", "enter"], Signal("STOP")),
    (["c", "enter"], Signal("CONT")),
    (["9", "enter"], Signal("KILL")),
    (["end", "enter", "a", "enter"], Signal("ABRT")),
])  # fmt: skip
async def test_everything_is_reached_by_keys(acting, keys, wanted):
    actor = Scripted()
    async with acting(actor) as (app, pilot):
        await pilot.press("down", "K", *keys)
        assert actor.asked == []
        await pilot.press("y")
        await settled(pilot, lambda: actor.asked)
        assert actor.asked == [(selected(app).pid, str(wanted))]


@pytest.mark.parametrize(("clicks", "wanted"), [
    (["HUP "], Signal("HUP")), (["nice…", "-3 "], Nice(-3)), (["io priority…", "best-effort 4"], IoPriority("best-effort", 4)),
    (["processors…", "[x] 1", "[ ] 5", ">Enter<"], Affinity((0, 2, 5))), (["other signals…", "WINCH"], Signal("WINCH")),
])  # fmt: skip
@pytest.mark.parametrize("size", [(120, 40), (80, 24)], ids=str)
async def test_everything_is_reached_by_mouse(acting, size, clicks, wanted):
    actor = Scripted()
    async with acting(actor, size) as (app, pilot):
        page = app.desk.page
        await pilot.click(offset=(page.title_left + 20, page.title_row + 2), button=3)
        for text in clicks:
            await click_on(app, pilot, text)
        await click_on(app, pilot, ">S")
        await settled(pilot, lambda: actor.asked)
        assert actor.asked == [(selected(app).pid, str(wanted))]


async def test_the_first_cell_of_a_row_tags_by_mouse(acting):
    async with acting(Scripted()) as (app, pilot):
        await pilot.press("f")  # the rows stay where they are
        page = app.desk.page
        await pilot.click(offset=(page.title_left, page.title_row + 3))
        await pilot.click(offset=(page.title_left, page.title_row + 5))
        assert len(app.desk.table.tagged) == 2
        await pilot.click(offset=(page.title_left, page.title_row + 5))
        assert len(app.desk.table.tagged) == 1


async def test_what_went_wrong_is_told_for_each_with_the_remedy(acting):
    target = Target(1, 1.0, "nginx")
    answers = {
        "nginx": Outcome(target, Signal("TERM"), "refused", "not permitted", "sudo kill -TERM 1, or grant CAP_KILL"),
        "redis-server": Outcome(dataclasses.replace(target, name="redis-server"), Signal("TERM"), "gone", "it has ended; nothing was sent"),
    }  # fmt: skip
    actor = Scripted(answers)
    async with acting(actor) as (app, pilot):
        names = {"nginx", "redis-server", "postgres"}
        first = {p.name: p.identity for p in reversed(app.frame.snapshot.processes)}
        app.desk.table.tagged = {first[name] for name in names}
        await pilot.press("K", "enter", "y")
        await settled(pilot, lambda: "not done for 2 of 3" in text_of(app))
        assert "nginx (1): not permitted" in text_of(app)
        assert "sudo kill -TERM 1, or grant CAP_KILL" in text_of(app)
        assert "redis-server (1): it has ended; nothing was sent" in text_of(app)
        assert "done" in text_of(app)
        await click_on(app, pilot, ">Close<")
        assert not app.desk.asking


async def test_one_that_ends_while_the_question_is_open_is_marked(acting):
    async with acting(Scripted()) as (app, pilot):
        await pilot.press("down", "K", "enter")
        one = selected(app)
        assert "it has ended meanwhile" not in text_of(app)
        snapshot = app.frame.snapshot
        left = tuple(p for p in snapshot.processes if p.identity != one.identity)
        app.frame = dataclasses.replace(app.frame, snapshot=dataclasses.replace(snapshot, processes=left))
        app.redraw()
        assert "it has ended meanwhile" in text_of(app)


async def test_a_caution_makes_enter_harmless(acting):
    actor = Scripted()
    async with acting(actor) as (app, pilot):
        init = next(p for p in app.frame.snapshot.processes if p.pid == 1)
        app.desk.table.tagged = {init.identity}
        await pilot.press("K", "enter")
        assert "! pid 1: the system, or this container, ends with it" in text_of(app)
        await pilot.press("enter")
        await pilot.pause(0.05)
        assert (actor.asked, app.desk.asking) == ([], False)
        await pilot.press("K", "enter", "y")
        await settled(pilot, lambda: actor.asked)


async def test_with_nobody_chosen_it_says_what_to_do(acting):
    async with acting(Scripted()) as (app, pilot):
        await pilot.press("K")
        assert "choose a process first" in text_of(app)


@pytest.mark.parametrize(("session", "line"), [
    ({"read_only": True}, "read-only: ui.read_only in the settings"), ({}, "nothing can be done to these processes"),
])  # fmt: skip
async def test_where_nothing_may_be_done_the_keys_are_nowhere(acting, session, line):
    async with acting(None, (200, 50), **session) as (app, pilot):
        assert "signal" not in lines_of(app)[-1]
        await pilot.press("down", "space", "K")
        assert line in text_of(app)
        assert (app.desk.table.tagged, app.desk.asking) == (set(), False)
        page = app.desk.page
        await pilot.click(offset=(page.title_left, page.title_row + 3))
        assert app.desk.table.tagged == set()
        await pilot.press("escape", "question_mark")
        await pilot.pause()
        shown = text_of(app)
        assert "sort by the next column" in shown
        assert "signal" not in shown


def test_keys_that_need_something_are_offered_with_it_only():
    acting = {key.shown for key in KEYS if key.needs is Ability.SIGNAL}
    assert {"K", "Space"} <= acting
    assert not acting & {key.shown for key in offered(())}
    assert acting <= {key.shown for key in offered({Ability.SIGNAL})}
    assert "K" in {key.shown for key in footer_keys({Ability.SIGNAL})}
    assert "K" not in {key.shown for key in footer_keys(())}


@pytest.mark.parametrize(("name", "ends", "after", "line"), [
    ("TERM", 2, 1.0, "all 2 processes have ended, 1 s after TERM"),
    ("TERM", 1, 1.0, ""),
    ("TERM", 1, 6.0, "p12 (12) is still there 5 s after TERM; KILL ends without asking"),
    ("KILL", 0, 6.0, "2 of 2 processes are still there 5 s after KILL"),
    ("HUP", 0, 6.0, ""),
    ("STOP", 2, 6.0, ""),
])  # fmt: skip
def test_what_became_of_those_that_were_asked_to_end_is_told_once(name, ends, after, line):
    two = [process(11, 1), process(12, 1)]
    outcomes = [Outcome(Target(p.pid, p.started_at, p.name), Signal(name), "done") for p in two]
    aftermath = Aftermath()
    aftermath.begin(outcomes, 100.0)
    assert aftermath.news(Snapshot(100.0, processes=())) == ""  # a sample of before
    left = Snapshot(100.0 + after, processes=(process(1, 0), *two[ends:]))
    assert aftermath.news(left) == line
    if after > 5:
        assert aftermath.news(Snapshot(120.0, processes=())) == ""


def test_of_one_that_was_not_reached_nothing_is_awaited():
    aftermath = Aftermath()
    aftermath.begin([Outcome(Target(11, 11.0, "p11"), Signal("TERM"), "refused", "not permitted")], 100.0)
    assert aftermath.news(Snapshot(101.0, processes=())) == ""


def process(pid, ppid, **fields):
    return Process(pid, float(pid), ppid, f"p{pid}", "", "me", "S", 0.0, 0.0, 0, 0, 0.0, 1, 0, 20, 0.0, 0.0, kernel=False)._replace(**fields)  # fmt: skip


@pytest.mark.parametrize(("pid", "words"), [
    (1, "pid 1"), (2, "a thread of the kernel"), (10, "your session"), (20, "the tuimon"), (21, "records"), (30, "a zombie"),
    (31, ""),
])  # fmt: skip
def test_what_to_think_of_before(pid, words):
    everyone = [
        process(1, 0), process(2, 0, kernel=True), process(10, 1), process(20, 10), process(21, 1),
        process(30, 10, state="Z"), process(31, 20),
    ]  # fmt: skip
    target = Target(pid, float(pid), kernel=pid == 2)
    said = caution(target, everyone, Own(20, 21))
    assert said.startswith(words) if not words else words in said
    assert bool(said) is bool(words)
