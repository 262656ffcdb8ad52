"""`--filter` of show and export."""

from __future__ import annotations

import csv
import io
import json

import pytest

from tuimon.cli import main


def test_show_prints_all_that_pass_and_how_many(capsys):
    assert main(["show", "--simulate", "busy", "--filter", "user = app or name ~ ^nginx"]) == 0
    lines = capsys.readouterr().out.splitlines()
    begin = next(at for at, line in enumerate(lines) if "COMMAND" in line)
    rows = lines[begin + 1 : -1]
    assert rows
    assert all(" app " in row or "nginx" in row for row in rows)
    assert lines[-1].startswith(f"{len(rows)} of ")
    assert lines[-1].endswith(" processes pass the filter")


def test_show_says_when_none_passes(capsys):
    assert main(["show", "--simulate", "calm", "--filter", "nobody-is-called-so"]) == 0
    assert capsys.readouterr().out.splitlines()[-1].startswith("0 of ")


def test_json_has_all_that_pass_and_not_the_top_alone(capsys):
    assert main(["show", "--json", "--simulate", "busy", "--filter", "pid > 0"]) == 0
    everyone = json.loads(capsys.readouterr().out)
    assert main(["show", "--json", "--simulate", "busy"]) == 0
    top = json.loads(capsys.readouterr().out)
    assert len(everyone["processes"]) > len(top["processes"])
    assert everyone["complete"] is False


@pytest.mark.parametrize("command", [["show"], ["export", "--processes"]])
def test_a_filter_that_is_not_understood_is_one_line(command, capsys):
    assert main([*command, "--filter", "cpuu > 5"]) == 2
    assert capsys.readouterr().err == "tuimon: --filter: at character 1: 'cpuu' is not a field; did you mean cpu?\n"


def test_export_needs_processes_to_filter(capsys):
    assert main(["export", "--filter", "root"]) == 2
    assert capsys.readouterr().err == "tuimon: --filter chooses processes; give --processes with it\n"


def test_export_has_the_rows_that_pass(tmp_path, capsys):
    path = str(tmp_path / "h.db")
    assert main(["fill", "busy", "--span", "2min", "--history", path]) == 0
    capsys.readouterr()
    found = []
    for more in ([], ["--filter", "cpu > 10.5 and not user = app"]):
        assert main(["export", "--history", path, "--processes", *more]) == 0
        found.append(list(csv.DictReader(io.StringIO(capsys.readouterr().out))))
    everyone, passing = found
    wanted = [
        row for row in everyone if row["cpu_percent"] and float(row["cpu_percent"]) > 10.5 and row["user"] != "app"
    ]
    assert passing == wanted
    assert 0 < len(passing) < len(everyone)
