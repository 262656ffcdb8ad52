"""What people say to alerts: one state in the history file, for the recorder and for everyone who looks."""

from __future__ import annotations

import sqlite3
import threading

import pytest

from tuimon.alerts.rules import Rule
from tuimon.alerts.watch import Watch
from tuimon.compose.alerting import Alerts
from tuimon.compose.past import Past
from tuimon.config.settings import DEFAULTS
from tuimon.history import open_archive, open_history
from tuimon.history.notebook import Notebook
from tuimon.model.alerting import Mark
from tuimon.model.families import Cpu
from tuimon.model.metric import SeriesKey
from tuimon.model.snapshot import Frame, Snapshot

BEGUN = 1_800_000_000.0
CPU = SeriesKey("cpu", "", "busy_percent")
QUICK = Rule("cpu-busy", "cpu", "busy_percent", ">", 80, 70, for_seconds=2, clear_for_seconds=2, label="CPU")


class Program:
    """A tuimon that looks at a history, its clock moved on by hand."""

    def __init__(self, path: str) -> None:
        self.watch = Watch((QUICK,))
        self.past = Past(path, DEFAULTS, self.watch, record=False)
        self.alerts = Alerts(self.watch, self.past)
        self.at = 0

    def see(self, value: float, times: int = 1) -> tuple[Frame, ...]:
        frames = []
        for _ in range(times):
            snapshot = Snapshot(BEGUN + self.at, 1.0, cpu=Cpu(value))
            firing, events = self.watch(snapshot)
            frames.append(Frame(snapshot, firing, events))
            self.at += 1
        return tuple(frames)

    def states(self, value: float = 90.0) -> list[str]:
        return [alert.state for alert in self.see(value)[-1].alerts]


@pytest.fixture
def path(tmp_path) -> str:
    path = str(tmp_path / "history.db")
    open_history(path).close()
    return path


def test_who_records_and_who_looks_see_what_either_says(path):
    recorder, viewer = Program(path), Program(path)
    for program in (recorder, viewer):
        program.see(90, 4)
    (alert,) = viewer.watch.firing
    assert viewer.alerts.say("acknowledge", alert, by="ann") == ""
    assert recorder.states() == viewer.states() == ["acknowledged"]
    assert recorder.alerts.say("silence", alert, 3600.0, by="bob") == ""
    assert recorder.states() == viewer.states() == ["silenced"]
    viewer.alerts.say("lift", alert)
    assert recorder.states() == viewer.states() == ["firing"]
    assert [mark.by for mark in recorder.alerts.standing().marks][:2] == ["ann", "bob"]


def test_what_was_said_is_there_after_a_restart_and_in_the_recorded_events(path):
    history = open_history(path, commit_every=1.0)
    first = Program(path)
    frames = first.see(90, 4)
    first.alerts.say("silence", first.watch.firing[0], 3600.0, by="ann")
    for frame in (*frames, *first.see(90, 2)):
        history.write(frame)
    history.close()
    archive = open_archive(path)
    told = [event.text for event in archive.events(BEGUN, BEGUN + 60)]
    archive.close()
    assert told == ["CPU 90.0 % > 80 % for 2 s", "CPU silenced by ann for 1 h 00 min"]
    again = Program(path)
    again.at = 10
    assert again.see(90, 5)[-1].alerts[0].state == "silenced"


def test_a_recorder_that_commits_and_people_who_speak_do_not_hinder_each_other(path):
    history = open_history(path, commit_every=1.0)
    program, wrong = Program(path), []
    program.see(90, 4)
    (alert,) = program.watch.firing

    def talk() -> None:
        wrong.extend(filter(None, (program.alerts.say("acknowledge", alert, by=f"{n}") for n in range(30))))

    talkers = [threading.Thread(target=talk) for _ in range(2)]
    for talker in talkers:
        talker.start()
    recorder = Program(path)
    for _ in range(200):
        history.write(recorder.see(50)[0])
    for talker in talkers:
        talker.join()
    assert wrong == []
    assert history.status().brief == ""
    history.close()
    assert len(Notebook(path).marks()) == 60


def test_a_file_that_may_not_be_written_keeps_it_to_this_program_and_says_so(path):
    program = Program(path)
    program.see(90, 4)
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    said = program.alerts.say("acknowledge", program.watch.firing[0])
    assert said.startswith("known to this tuimon only: ")
    holder.execute("ROLLBACK")
    assert program.states() == ["acknowledged"]
    assert Program(path).alerts.standing().marks == ()


def test_without_a_history_it_is_known_here():
    program = Program("")
    program.see(90, 4)
    assert program.alerts.say("acknowledge", program.watch.firing[0]).startswith("known to this tuimon only")
    assert program.states() == ["acknowledged"]


def test_a_history_of_before_has_no_place_for_it_until_somebody_speaks(path):
    with sqlite3.connect(path) as db:
        db.execute("DROP TABLE alert_mark")
        db.execute("DROP TABLE notice")
    notebook = Notebook(path)
    assert notebook.marks() == ()
    notebook.say(Mark("silence", BEGUN, "cpu-busy", CPU, BEGUN + 60, "ann"))
    assert notebook.marks() == (Mark("silence", BEGUN, "cpu-busy", CPU, BEGUN + 60, "ann"),)


def test_what_was_said_long_ago_is_forgotten_and_what_still_holds_is_not(path):
    notebook, month = Notebook(path), 31 * 86400.0
    notebook.say(Mark("acknowledge", BEGUN, "a", CPU))
    notebook.say(Mark("silence", BEGUN, "b", CPU, BEGUN + 2 * month))
    notebook.say(Mark("acknowledge", BEGUN + month, "c", CPU))
    assert [mark.rule for mark in notebook.marks()] == ["b", "c"]


def test_another_file_in_the_place_of_the_history_is_seen(path, tmp_path):
    notebook, other = Notebook(path), str(tmp_path / "other.db")
    notebook.say(Mark("acknowledge", BEGUN, "a", CPU))
    assert len(notebook.marks()) == 1
    open_history(other).close()
    (tmp_path / "other.db").replace(path)
    assert notebook.marks() == ()
