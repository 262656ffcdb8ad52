"""What the composition decides: which history, which rules, which past, and that nothing made up is left behind."""

from __future__ import annotations

import os
import subprocess
import time
from dataclasses import replace
from pathlib import Path

import pytest

from tuimon import compose
from tuimon.alerts.watch import Watch
from tuimon.collectors.simulated import open_simulated
from tuimon.config import places
from tuimon.config.settings import DEFAULTS, Settings, with_values
from tuimon.history import HistoryError, Locked, open_history
from tuimon.model.metric import SeriesKey
from tuimon.model.snapshot import Frame
from tuimon.protocols import Ability

SIMULATED = compose.Machine("calm", 1)


def at(path: Path) -> Settings:
    return with_values(DEFAULTS, {"history.path": str(path)})


# -- Which history ----------------------------------------------------------------------------------------------------


def chosen(tmp_path: Path, chosen: str = "", *, recorded: bool = False, system: str = "/nonexistent") -> str:
    environ = {"XDG_STATE_HOME": str(tmp_path)}
    return places.history_path(chosen, environ, recorded=lambda _: recorded, system=system)


def test_the_history_is_the_one_that_was_named(tmp_path):
    assert chosen(tmp_path, "/x/y.db") == "/x/y.db"


def test_the_history_is_the_users_own_by_default(tmp_path):
    found = Path(chosen(tmp_path))
    assert found.parent == tmp_path / "tuimon"
    assert found.name == f"{places.machine_id()}.db"


def test_a_system_wide_history_is_used_where_it_may_be_written(tmp_path):
    system = tmp_path / "history.db"
    system.touch()
    assert chosen(tmp_path, system=str(system)) == str(system)


@pytest.mark.parametrize(("recorded", "used"), [(True, True), (False, False)])
def test_one_that_may_only_be_read_is_used_while_somebody_records(tmp_path, monkeypatch, recorded, used):
    system = tmp_path / "history.db"
    system.touch()
    monkeypatch.setattr(os, "access", lambda _, mode: mode == os.R_OK)  # root may write everything
    assert (chosen(tmp_path, system=str(system), recorded=recorded) == str(system)) is used


MOUNTS = r"""
21 1 0:19 / / rw,relatime - ext4 /dev/vda rw
30 21 0:26 / /home rw shared:5 - nfs4 server:/home rw
31 21 0:27 / /home/local\040disk rw - xfs /dev/vdb rw
32 21 0:28 / /mnt rw - fuse.sshfs me@there: rw
33 broken
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "ext4"),
        ("/home", "nfs4"),
        ("/home/me/x", "nfs4"),
        ("/homely", "ext4"),
        ("/home/local disk/x", "xfs"),
        ("/mnt/deep/er", "fuse.sshfs"),
    ],
)
def test_the_filesystem_of_a_path_is_the_nearest_mount(path, kind):
    assert places.filesystem_type(path, MOUNTS) == kind


def test_a_history_on_another_machine_is_kept_here_and_that_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr(places, "filesystem_type", lambda path: "nfs4" if path == "/far" else "tmpfs")
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    path, note = compose.history_path(at(Path("/far/x.db")))
    assert path == str(tmp_path / "tuimon" / "x.db")
    where = f"it is in {path}, in memory, until the machine restarts"
    assert note == f"/far/x.db is on nfs4, which cannot hold a history: {where}"


def test_a_folder_that_somebody_else_made_is_not_used(tmp_path):
    mine = tmp_path / "mine"
    assert places.own_folder(str(mine)) == str(mine)
    assert places.own_folder(str(mine)) == str(mine)
    mine.chmod(0o777)
    assert places.own_folder(str(mine)) == ""
    link = tmp_path / "link"
    link.symlink_to(tmp_path)
    assert places.own_folder(str(link)) == ""


# -- Rules, abilities, the terminal -----------------------------------------------------------------------------------


def test_rules_are_as_set_and_switched_off_ones_are_absent():
    settings = with_values(
        DEFAULTS,
        {
            "alerts.cpu.enabled": False,
            "alerts.memory.above": 50.0,
            "alerts.memory.clear": 40.0,
            "alerts.memory.for": 5.0,
        },
    )
    rules = {rule.name: rule for rule in compose.watch_of(settings).rules}
    assert "cpu-busy" not in rules
    for name in ("memory-used", "memory-limit"):
        assert (rules[name].threshold, rules[name].clear, rules[name].for_seconds) == (50, 40, 5)
    assert rules["filesystem-used"].critical == 95


def test_a_threshold_above_the_critical_one_takes_it_along():
    rules = compose.watch_of(with_values(DEFAULTS, {"alerts.filesystem.above": 98.0})).rules
    assert [rule.critical for rule in rules if rule.critical is not None] == [98, 98]


def test_signals_can_be_sent_on_this_machine_only():
    assert Ability.SIGNAL in compose.abilities_of(compose.Machine())
    assert compose.abilities_of(SIMULATED) == {Ability.INSPECT, Ability.ANSWER}
    assert compose.abilities_of(compose.Machine(root="/tree")) == {Ability.INSPECT, Ability.ANSWER}


def test_read_only_takes_the_signals_away_and_leaves_the_recorder():
    assert compose.abilities_of(compose.Machine(), record=True, read_only=True) == {
        Ability.RECORD,
        Ability.INSPECT,
        Ability.ANSWER,
    }


def test_what_is_switched_off_is_not_collected():
    settings = with_values(DEFAULTS, {"collectors.processes": False, "collectors.disk": False})
    collector = compose.collector_of(compose.Machine(), settings)
    try:
        snapshot = collector.sample()
    finally:
        collector.close()
    assert snapshot.processes == ()
    assert snapshot.disk == ()
    assert snapshot.memory.used_bytes


@pytest.mark.parametrize(
    ("environ", "glyphs", "ascii_only"),
    [
        ({"LANG": "C.UTF-8"}, "auto", False),
        ({"LANG": "C.UTF-8"}, "ascii", True),
        ({"LANG": "C"}, "auto", True),
        ({"LANG": "C"}, "unicode", False),
        ({"LANG": "de_DE.utf8", "LC_ALL": "C"}, "auto", True),
        ({"LC_CTYPE": "en_GB.UTF-8"}, "auto", False),
        ({"LANG": "C.UTF-8", "TERM": "linux"}, "auto", True),
        ({"LANG": "C", "LC_CTYPE": "C.UTF-8"}, "auto", True),  # which is Python's own doing
        ({"LANG": "C", "LC_CTYPE": "de_DE.UTF-8"}, "auto", False),
        ({"LC_CTYPE": "C.UTF-8"}, "auto", False),
        ({}, "auto", True),
    ],
)
def test_glyphs_are_those_of_the_locale_unless_set(environ, glyphs, ascii_only):
    settings = replace(DEFAULTS, ui=replace(DEFAULTS.ui, glyphs=glyphs))
    assert compose.ascii_only(settings, environ) is ascii_only


# -- The past of a session --------------------------------------------------------------------------------------------


def past(tmp_path: Path, *, record: bool = True) -> compose.Past:
    return compose.past_of(compose.Machine(), at(tmp_path / "x.db"), Watch(), record=record)


def test_the_first_run_says_that_recording_ends_with_the_session(tmp_path, monkeypatch):
    assert past(tmp_path).first_run == f"First run: what you see is recorded until you quit, into {tmp_path}/x.db"
    monkeypatch.setenv("HOME", str(tmp_path))
    assert past(tmp_path).first_run.endswith("into ~/x.db")
    open_history(str(tmp_path / "x.db")).close()
    assert past(tmp_path).first_run == ""
    assert past(tmp_path, record=False).first_run == ""


def test_what_is_not_committed_is_seen_in_the_same_session(tmp_path):
    session = past(tmp_path)
    sink = session.open_sink()
    machine = open_simulated("calm", 1)
    now = time.time() - 10
    for second in range(5):
        sink.write(Frame(machine.sample_at(now + second, 1.0), (), (), None, second))
    archive = session.open_archive()
    assert archive is not None
    key = SeriesKey("memory", "", "used_bytes")
    seen = archive.window([key], now - 5, now + 5, 60).series[key].average
    assert sum(value is not None for value in seen) == 5
    archive.close()
    sink.close()


def test_without_recording_an_old_history_is_read_and_none_is_made(tmp_path):
    assert past(tmp_path, record=False).open_archive() is None
    assert list(tmp_path.iterdir()) == []


def test_a_history_that_another_process_records_is_read_all_the_same(tmp_path):
    other = open_history(str(tmp_path / "x.db"), machine_id=places.machine_id())
    session = past(tmp_path)
    with pytest.raises(Locked):
        session.open_sink()
    archive = session.open_archive()
    assert archive is not None
    assert archive.spans() == ()
    archive.close()
    other.close()
    session.open_sink().close()


def test_an_archive_of_a_session_sees_what_is_not_committed_once_the_session_records(tmp_path):
    other = open_history(str(tmp_path / "x.db"), machine_id=places.machine_id())
    session = past(tmp_path)
    with pytest.raises(Locked):
        session.open_sink()
    archive = session.open_archive()
    assert archive is not None
    assert archive.spans() == ()
    other.close()
    sink = session.open_sink()
    machine = open_simulated("calm", 1)
    now = time.time() // 60 * 60 + 61  # early in a minute and in ten seconds: nothing of it is committed
    for second in range(3):
        sink.write(Frame(machine.sample_at(now + second, 1.0), (), (), None, second))
    assert archive.spans()[-1].end >= now + 2
    sink.close()
    assert archive.spans()[-1].end >= now + 2
    archive.close()


def test_an_alert_that_was_on_goes_on_without_a_second_raise(tmp_path):
    settings = with_values(
        at(tmp_path / "x.db"), {"alerts.cpu.above": 1.0, "alerts.cpu.clear": 0.5, "alerts.cpu.for": 1.0}
    )
    watch = compose.watch_of(settings)
    session = compose.past_of(compose.Machine(), settings, watch, record=True)
    sink = session.open_sink()
    machine = open_simulated("busy", 1)
    now = time.time() - 60
    raised = []
    for second in range(20):
        snapshot = machine.sample_at(now + second, 1.0)
        alerts, events = watch(snapshot)
        raised += [event for event in events if event.kind == "alert_raised"]
        sink.write(Frame(snapshot, alerts, events, None, second))
    sink.flush(now + 20)
    attached = compose.watch_of(settings)
    with pytest.raises(Locked):
        compose.past_of(compose.Machine(), settings, attached, record=True).open_sink()
    alerts, events = attached(machine.sample_at(now + 20.5, 0.5))
    assert "cpu-busy" in {alert.rule for alert in alerts}
    assert not events
    sink.close()
    assert any(event.alert and event.alert.rule == "cpu-busy" for event in raised)

    again = compose.watch_of(settings)
    resumed = compose.past_of(compose.Machine(), settings, again, record=True)
    resumed.open_sink().close()
    alerts, events = again(machine.sample_at(now + 21, 1.0))
    assert "cpu-busy" in {alert.rule for alert in alerts}
    assert not [event for event in events if event.alert and event.alert.rule == "cpu-busy"]


def test_a_recorded_tree_is_not_recorded_again():
    session = compose.past_of(compose.Machine(root="/tree"), DEFAULTS, Watch(), record=True)
    assert session.record is False
    assert session.open_archive() is None


def made_up(monkeypatch, tmp_path: Path) -> compose.Past:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.chdir(Path(__file__).resolve().parents[2])
    return compose.past_of(SIMULATED, DEFAULTS, Watch(), record=True)


def test_a_simulated_machine_has_a_day_of_past_and_leaves_nothing(monkeypatch, tmp_path):
    session = made_up(monkeypatch, tmp_path)
    with pytest.raises(HistoryError, match="its past is being made up"):
        session.open_sink()
    session.opened.set()
    archive = session.open_archive()
    assert archive is not None
    spans = archive.spans()
    assert max(span.end for span in spans) - min(span.start for span in spans) == pytest.approx(86400, abs=120)
    archive.close()
    session.open_sink().close()
    session.close()
    assert list(tmp_path.iterdir()) == []


def test_a_session_that_ends_at_once_leaves_nothing_either(monkeypatch, tmp_path):
    session = made_up(monkeypatch, tmp_path)
    assert len(list(tmp_path.iterdir())) == 1
    assert (next(tmp_path.iterdir()).stat().st_mode & 0o777) == 0o700
    session.close()
    assert list(tmp_path.iterdir()) == []
    session.opened.set()
    assert session.open_archive() is None
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_session_left_goes_with_the_next_one(monkeypatch, tmp_path):
    dead = subprocess.Popen(["true"])
    dead.wait()
    left = tmp_path / f"tuimon-{dead.pid}-0123abcd"
    left.mkdir()
    (left / "history.db").touch()
    others = [tmp_path / f"tuimon-{os.getppid()}-0123abcd", tmp_path / "tuimon-bench-0123abcd"]
    for other in others:
        other.mkdir()
    session = made_up(monkeypatch, tmp_path)
    assert not left.exists()
    session.close()
    assert sorted(tmp_path.iterdir()) == sorted(others)


def test_a_simulated_machine_with_a_history_of_its_own_keeps_it(tmp_path):
    session = compose.past_of(SIMULATED, at(tmp_path / "sim.db"), Watch(), record=True)
    assert session.path == str(tmp_path / "sim.db")
    session.close()
