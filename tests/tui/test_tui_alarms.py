"""The alerts screen and its keys, in the dashboard of a machine that is always busy enough."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tuimon.model.alerting import RuleState, Standing, Target
from tuimon.model.families import Cpu
from tuimon.model.metric import SeriesKey
from tuimon.model.snapshot import Alert, Event, Frame, Snapshot
from tuimon.protocols import Ability
from tuimon.tui.alarms import SILENCES, Alarms
from tuimon.tui.dialogs.over import Over
from tuimon.tui.keys import keymap
from tuimon.tui.lines import banner, most_severe, speaking
from tuimon.tui.view import View

T0 = 1_800_000_000.0
BUSY = Alert("cpu-busy", "warning", SeriesKey("cpu", "", "busy_percent"), 91.0, 80, ">", T0 - 90, T0 - 30, "CPU")
FULL = Alert(
    "fs", "critical", SeriesKey("filesystem", "/data", "used_percent"), 97.0, 85, ">", T0 - 600, T0, "filesystem"
)


class Said:
    """An Alerting that writes down what is said."""

    def __init__(self) -> None:
        self.words: list[tuple[str, str, float | None]] = []

    def standing(self) -> Standing:
        rules = (RuleState("cpu-busy", "cpu.busy_percent > 80 %", "warning", 60, 70, "firing"),)
        targets = (Target("ops", 3, 0), Target("boss", 0, 2, "no answer", T0))
        return Standing(T0, rules, (), (replace(BUSY, rule="load", label="load", state="pending"),), (), targets)

    def say(self, word, alert, seconds=None, by=""):  # noqa: ARG002  as the protocol has it
        self.words.append((word, alert.rule, seconds))
        return ""


@pytest.fixture
def alarms():
    gone: list[float] = []
    lines: list[str] = []
    made = Alarms(Over(), Said(), gone.append, lines.append)
    return made, gone, lines


def screen(over: Over, width: int = 110, height: int = 30) -> str:
    blank = [[(" " * width, "")] for _ in range(height)]
    return "\n".join("".join(part for part, _ in row) for row in over.draw(blank, width, height, ascii_only=False))


def settled(alerting: Said, count: int) -> list[tuple[str, str, float | None]]:
    import threading

    for thread in threading.enumerate():
        if thread.name == "tuimon-alert-mark":
            thread.join()
    assert len(alerting.words) == count
    return alerting.words


EVENTS = (Event(T0 - 30, "alert_raised", "CPU 91.0 % > 80 % for 1 min", BUSY), Event(T0 - 20, "fault", "disk: gone"))


def test_the_screen_tells_what_fires_what_is_pending_what_happened_the_rules_and_who_is_told(alarms):
    made, _, _ = alarms
    made.open((BUSY, FULL), EVENTS, T0)
    seen = screen(made.over)
    assert "2 firing · 1 pending · 1 rules" in seen
    assert seen.index("filesystem /data 97.0 % > 85 %") < seen.index("CPU 91.0 % > 80 %")
    for words in ("load 91.0 % > 80 %", "CPU 91.0 % > 80 % for 1 min", "cpu.busy_percent > 80 %", "failing: no answer"):
        made.over.press("right", None)
        assert words in screen(made.over)
    assert "disk: gone" not in seen


@pytest.mark.parametrize(("width", "height"), [(200, 50), (80, 24), (40, 12)])
def test_the_screen_fits(alarms, width, height):
    made, _, _ = alarms
    made.open((BUSY, FULL), EVENTS, T0)
    lines = screen(made.over, width, height).splitlines()
    assert len(lines) == height
    assert "critical" in "".join(lines)


def test_enter_on_an_alert_leads_to_its_beginning_or_has_it_acknowledged_or_silenced(alarms):
    made, gone, lines = alarms
    for presses in (["enter"], ["down", "enter"], ["down", "down", "enter", "down", "enter"]):
        made.open((BUSY,), EVENTS, T0)
        screen(made.over)
        made.over.press("enter", None)
        for key in presses:
            screen(made.over)
            made.over.press(key, None)
    assert gone == [BUSY.since]
    assert settled(made.alerting, 2) == [("acknowledge", "cpu-busy", None), ("silence", "cpu-busy", SILENCES[1][0])]
    assert lines == ["CPU acknowledged", "CPU silenced for 1 h 00 min"]


def test_a_row_of_the_history_leads_to_its_moment(alarms):
    made, gone, _ = alarms
    made.open((), EVENTS, T0)
    for key in ("right", "right", "enter"):
        screen(made.over)
        made.over.press(key, None)
    assert gone == [BUSY.since]


def test_the_keys_are_of_the_alert_that_the_banner_shows(alarms):
    made, _, lines = alarms
    acknowledged = replace(FULL, state="acknowledged")
    made.acknowledge((BUSY, acknowledged))
    assert settled(made.alerting, 1) == [("acknowledge", "cpu-busy", None)]
    made.acknowledge((acknowledged,))
    assert lines[-1] == "no alert waits to be acknowledged"
    made.silence((acknowledged, replace(BUSY, state="silenced")))
    assert "Silence filesystem /data for" in screen(made.over)
    made.over.press("enter", None)
    assert settled(made.alerting, 2)[-1] == ("silence", "fs", SILENCES[0][0])


def test_nothing_can_be_said_where_nobody_listens():
    lines: list[str] = []
    made = Alarms(Over(), None, lambda _: None, lines.append)
    made.acknowledge((BUSY,))
    made.silence((BUSY,))
    assert lines == ["nothing can be said to alerts here"] * 2
    del lines[:]
    far = Alarms(Over(), Said(), lambda _: None, lines.append, answers=False, place="db1:8420")
    far.acknowledge((BUSY,))
    assert lines == ["alerts of db1:8420 are answered with its token"]
    far.open((), (), T0)
    assert "all is well" in screen(far.over)
    made.open((BUSY,), (), T0)
    assert "CPU 91.0 % > 80 %" in screen(made.over)


def made_view(*alerts: Alert) -> View:
    snapshot = Snapshot(T0, 1.0, cpu=Cpu(91.0))
    return View(frame=Frame(snapshot, alerts), column=lambda _key, count: [None] * count)


def line(*alerts: Alert) -> str:
    return "".join(part for part, _ in banner(made_view(*alerts), 100, ()))


def test_the_banner_tells_the_worst_that_nobody_knows_of_and_no_silenced_one():
    assert line(BUSY, replace(FULL, state="silenced")).strip().endswith("for 1 min")
    assert line(BUSY, replace(FULL, state="acknowledged")).startswith(" ! WARNING  cpu 91.0 %")
    assert "+1 more" in line(BUSY, replace(FULL, state="acknowledged"))
    assert "acknowledged" in line(replace(FULL, state="acknowledged"))
    assert speaking((replace(FULL, state="silenced"),)) == ()
    assert most_severe((BUSY, FULL)) is FULL


async def test_the_keys_reach_the_screen(dashboard, tmp_path):
    alerting = Said()
    options = {"recorded": str(tmp_path / "h.db"), "alerting": alerting, "abilities": frozenset({Ability.ANSWER})}
    async with dashboard((120, 40), "busy", **options) as (app, pilot):
        await pilot.press("a")
        for _ in range(200):
            if app.desk.over.dialog is not None:
                break
            await pilot.pause(0.02)
        assert app.desk.over.dialog is not None
        await pilot.press("escape", "A")
        assert app.desk.notice == "no alert waits to be acknowledged"
        await pilot.press("Z")
        assert app.desk.notice == "no alert fires that could be silenced"


def test_the_banner_names_the_keys_of_the_user_that_answer_it_as_far_as_there_is_room():
    own = keymap(("y = !", "! = none")).keys
    wide = "".join(part for part, _ in banner(made_view(BUSY), 120, own))
    assert wide.rstrip().endswith("y go there   A acknowledge   Z silence")
    narrow = "".join(part for part, _ in banner(made_view(BUSY), 60, own))
    assert "acknowledge" not in narrow
    assert len(narrow) == 60
    assert "go there" not in "".join(part for part, _ in banner(made_view(BUSY), 120, keymap(("! = none",)).keys))
