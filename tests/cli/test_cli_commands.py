"""Commands that look at the machine and the settings: show, doctor, config."""

from __future__ import annotations

import json
import os

import pytest

from tuimon.cli import main
from tuimon.cli.doctor import file_limit, machine, terminal
from tuimon.cli.doctor_history import history
from tuimon.cli.finding import Finding
from tuimon.cli.page import lines
from tuimon.cli.progress import bar
from tuimon.cli.record_status import look
from tuimon.config.settings import DEFAULTS
from tuimon.model.families import Cpu, Filesystem, Memory
from tuimon.model.metric import SeriesKey
from tuimon.model.snapshot import Alert, Fault, Frame, Snapshot
from tuimon.model.wire import decode_frame


def test_show_prints_this_machine(capsys):
    assert main(["show", "--tz", "UTC"]) == 0
    text = capsys.readouterr().out
    assert os.uname().nodename in text
    assert f"\n{os.getpid():>8} " in text or "COMMAND" in text
    for label in ("cpu ", "memory ", "filesystem ", "system "):
        assert f"\n{label}" in text


def test_show_has_rates_for_it_takes_two_samples(capsys):
    assert main(["show", "--json"]) == 0
    frame = decode_frame(json.loads(capsys.readouterr().out))
    assert frame.snapshot.cpu.busy_percent is not None
    assert frame.snapshot.elapsed is not None
    own = [process for process in frame.snapshot.processes if process.read_bytes_per_second is not None]
    assert own


def test_json_carries_no_more_than_the_top(capsys):
    assert main(["show", "--json", "--simulate", "busy"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert 30 <= len(found["processes"]) <= 90
    assert found["complete"] is False


def test_a_simulated_machine_is_shown(capsys):
    assert main(["show", "--simulate", "calm", "--seed", "3"]) == 0
    assert "web-1" in capsys.readouterr().out


def test_a_recorded_tree_that_holds_nothing_is_shown_with_what_is_wrong(tmp_path, capsys):
    (tmp_path / "proc").mkdir()
    assert main(["show", "--root", str(tmp_path)]) == 0
    assert "…" in capsys.readouterr().out


def test_a_page_cuts_its_lines_and_says_faults_and_alerts():
    alert = Alert("cpu-busy", "warning", SeriesKey("cpu", "", "busy_percent"), 99.0, 80.0, ">", 0.0, 60.0, "CPU")
    snapshot = Snapshot(3600.0, cpu=Cpu(busy_percent=99.0), faults=(Fault("disk", "gone " * 40, 0.0),))
    found = list(lines(Frame(snapshot, (alert,)), None, 60))
    assert max(map(len, found)) == 60
    assert any(line.startswith("fault       disk: gone") and line.endswith("…") for line in found)
    assert any(line.startswith("alert       warning: CPU (cpu.busy_percent) since") for line in found)
    assert any(line.startswith("cpu         99.0 %") for line in found)


def test_doctor_finds_this_machine_in_order(capsys):
    assert main(["doctor"]) == 0
    text = capsys.readouterr().out
    for what in ("program", "config", "machine", "processes", "open files", "history", "log", "terminal"):
        assert f" {what} " in text


def test_doctor_goes_on_after_a_bad_configuration(tmp_path, capsys):
    path = tmp_path / "c.yaml"
    path.write_text("intervall: 1\n")
    assert main(["doctor", "--config", str(path)]) == 1
    text = capsys.readouterr().out
    assert f"FAIL  config       {path}:1: key 'intervall': not a setting; did you mean 'interval'?" in text
    assert "machine" in text


def levels(found) -> dict[str, str]:
    return {finding.what: finding.level for finding in found}


def test_doctor_says_what_a_machine_does_not_have():
    known = Snapshot(1.0, cpu=Cpu(busy_percent=1.0), memory=Memory(used_bytes=1))
    assert levels(machine(known, DEFAULTS)) | {"machine": "ok", "pressure": "note", "sensors": "note"} == levels(
        machine(known, DEFAULTS)
    )
    assert levels(machine(Snapshot(1.0), DEFAULTS))["machine"] == "FAIL"


def test_doctor_says_what_a_cgroup_allows_and_which_filesystems_do_not_answer():
    gib = 1 << 30
    found = machine(
        Snapshot(
            1.0,
            cpu=Cpu(busy_percent=1.0, cores=64, limit_cores=1.5),
            memory=Memory(used_bytes=1, total_bytes=256 * gib, limit_bytes=2 * gib),
            filesystem=(Filesystem("/mnt/a b", stale_seconds=9.0, fstype="nfs4"), Filesystem("/", 5.0)),
        ),
        DEFAULTS,
    )
    told = {one.what: one for one in found}
    assert told["limits"].seen == "this cgroup may use 1.5 of 64 cores, 2.0 GiB of 256 GiB; both are shown"
    assert told["filesystem"].seen.startswith("/mnt/a b (nfs4) does not answer")
    assert told["filesystem"].remedy.endswith("umount -l '/mnt/a b'")


def test_doctor_says_when_files_are_scarce():
    assert file_limit(10).level == "ok"
    assert file_limit(10**9).level in {"note", "ok"}


def test_doctor_looks_whether_the_history_can_be_written(tmp_path):
    path = tmp_path / "deep" / "x.db"
    assert history(look(str(path), 0.0), 0) == Finding("ok", "history", f"{path} (not there yet)")
    found = history(look(str(path), 0.0), 10**18)
    assert found.level == "note"
    assert "of room left" in found.seen
    (tmp_path / "file").touch()
    assert history(look(str(tmp_path / "file" / "x.db"), 0.0), 0).level == "FAIL"


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"TERM": "xterm-256color", "LANG": "C.UTF-8"}, {"terminal": "ok", "colours": "ok", "characters": "ok"}),
        ({"TERM": "xterm", "LANG": "de_DE.utf8"}, {"terminal": "ok", "colours": "note", "characters": "ok"}),
        ({"TERM": "dumb", "LANG": "C"}, {"terminal": "FAIL", "colours": "note", "characters": "note"}),
        ({"LANG": "C.UTF-8"}, {"terminal": "note", "colours": "note", "characters": "ok"}),
        ({"TERM": "linux", "LANG": "C.UTF-8"}, {"terminal": "ok", "colours": "note", "characters": "note"}),
        ({"TERM": "xterm-256color", "NO_COLOR": "1"}, {"terminal": "ok", "colours": "note", "characters": "note"}),
    ],
)
def test_doctor_says_what_a_terminal_can(environ, expected):
    assert levels(terminal(environ, is_terminal=True)) == expected


def test_config_init_writes_a_file_that_check_accepts_and_never_over_another(tmp_path, capsys):
    path = tmp_path / "new" / "config.yaml"
    assert main(["config", "init", "--config", str(path)]) == 0
    assert main(["config", "check", "--config", str(path)]) == 0
    assert f"{path}: no mistakes" in capsys.readouterr().out
    path.write_text("interval: 3 s\n")
    assert main(["config", "init", "--config", str(path)]) == 1
    assert "is there already" in capsys.readouterr().err
    assert path.read_text() == "interval: 3 s\n"


def test_config_check_names_the_mistake_and_its_line(tmp_path, capsys):
    path = tmp_path / "c.yaml"
    path.write_text("# x\ninterval: 0.5 parsec\n")
    assert main(["config", "check", "--config", str(path)]) == 2
    assert capsys.readouterr().err == (
        f"tuimon: {path}:2: key 'interval': expected a duration from 1 s to 60 s, got '0.5 parsec'\n"
    )


def test_config_check_names_a_variable_that_is_no_setting(monkeypatch, capsys):
    monkeypatch.setenv("TUIMON_INTERVALL", "3")
    assert main(["config", "check"]) == 2
    assert capsys.readouterr().err == (
        "tuimon: the environment variable 'TUIMON_INTERVALL' is no setting's; did you mean TUIMON_INTERVAL?\n"
    )


def test_config_show_says_where_a_value_came_from(tmp_path, capsys):
    path = tmp_path / "c.yaml"
    path.write_text("interval: 2 s\n")
    assert main(["config", "show", "--config", str(path), "--tz", "UTC", "--low-bandwidth"]) == 0
    rows = {line.split()[0]: line.split()[-1] for line in capsys.readouterr().out.splitlines()}
    assert rows["interval"] == f"{path}:1"
    assert rows["ui.tz"] == "--tz"
    assert rows["ui.low_bandwidth"] == "--low-bandwidth"
    assert rows["ui.theme"] == "default"


@pytest.mark.parametrize(
    ("share", "text"), [(0, "x  ..........    0 %"), (0.5, "x  #####.....   50 %"), (7, "x  ##########  100 %")]
)
def test_a_bar_says_how_far(share, text):
    assert bar("x", share, 21) == text


def test_a_bar_is_no_wider_than_the_terminal():
    assert all(len(bar("exporting", 0.3, columns)) < max(1, columns) or columns == 0 for columns in range(100))
