"""Commands that read the past: what was filled is shown, exported, described and purged."""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
from pathlib import Path

import pytest

from tuimon.cli import main
from tuimon.history import open_history
from tuimon.model.times import format_utc, parse_time
from tuimon.model.wire import decode_frame

END = parse_time("2026-11-20T12:00:00Z", now=0).epoch


def exported(capsys, *arguments: str) -> str:
    assert main(["export", *arguments]) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    return captured.out


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(text.splitlines()))


def test_every_second_of_the_past_is_exported_once(filled, capsys):
    found = rows(exported(capsys, "--history", filled, "--metric", "cpu.busy_percent", "--step", "1"))
    times = [row["time"] for row in found]
    assert times == [format_utc(END - 600 + second) for second in range(1, 601)]  # the first sample has no rates
    assert set(found[0]) == {"time", "cpu.busy_percent"}
    busy = [float(row["cpu.busy_percent"]) for row in found]
    assert max(busy[:400]) < 60
    assert min(busy[-20:]) > 85


def test_a_span_begins_with_from_and_ends_before_to(filled, capsys):
    arguments = ["--from", "2026-11-20T11:58:00Z", "--to", "2026-11-20T11:59:00Z", "--step", "1"]
    found = rows(exported(capsys, "--history", filled, "--metric", "load", *arguments))
    assert found[0]["time"] == "2026-11-20T11:58:00Z"
    assert found[-1]["time"] == "2026-11-20T11:58:59Z"
    assert len(found) == 60


def test_longer_steps_have_the_minimum_and_the_maximum_beside_the_average(filled, capsys):
    found = rows(exported(capsys, "--history", filled, "--metric", "cpu.busy_percent", "--step", "1 min"))
    assert set(found[0]) == {"time", "cpu.busy_percent", "cpu.busy_percent.min", "cpu.busy_percent.max"}
    for row in found:
        average, least, most = (float(row[f"cpu.busy_percent{part}"]) for part in ("", ".min", ".max"))
        assert least <= average <= most


def test_all_metrics_are_exported_when_none_is_named(filled, capsys):
    header = exported(capsys, "--history", filled, "--step", "1 min").splitlines()[0].split(",")
    assert {"cpu.busy_percent", "memory.used_percent", "disk.read_bytes_per_second[sda]"} <= set(header)
    assert not [name for name in header if "_total" in name and "total_bytes" not in name]


def test_one_device_of_a_family(filled, capsys):
    header = exported(capsys, "--history", filled, "--metric", "disk[sda]", "--step", "1").splitlines()[0]
    assert header.count("[sda]") == header.count(",") > 3


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("cpuu", "--metric: 'cpuu' is not a family of metrics; did you mean 'cpu'?"),
        ("cpu.busy", "--metric: 'busy' is not a metric of cpu; did you mean 'busy_percent'?"),
        ("network.receive_bytes_total", "is a total, and totals are not recorded; its rate is"),
        ("", "is not a family of metrics"),
        ("cpu.[x", "is not a family of metrics"),
    ],
)
def test_a_metric_that_is_none_has_a_nearest(filled, name, message, capsys):
    assert main(["export", "--history", filled, "--metric", name]) == 2
    assert message in capsys.readouterr().err


def test_json_and_json_lines_say_the_same(filled, capsys):
    arguments = ["--history", filled, "--metric", "memory.used_percent", "--step", "1"]
    whole = json.loads(exported(capsys, *arguments, "--format", "json"))
    lines = [json.loads(line) for line in exported(capsys, *arguments, "--format", "jsonl").splitlines()]
    assert [dict(zip(whole["columns"], row, strict=True)) for row in whole["rows"]] == lines
    assert len(lines) == 601


def test_the_culprit_is_among_the_exported_processes(filled, capsys):
    found = rows(exported(capsys, "--history", filled, "--processes", "--from", "2026-11-20T11:59:30Z"))
    busiest = max(found, key=lambda row: float(row["cpu_percent"] or 0))
    assert busiest["name"] == "crunch"
    assert busiest["started_at"].endswith("Z")
    assert len({row["time"] for row in found}) >= 5


def test_a_file_is_written_whole_and_replaces_the_one_before(filled, tmp_path, capsys):
    target = tmp_path / "out.csv"
    target.write_text("before")
    target.chmod(0o640)
    assert exported(capsys, "--history", filled, "--metric", "load", "--output", str(target)) == ""
    assert target.read_text().startswith("time,load.load1")
    assert target.stat().st_mode & 0o777 == 0o640
    assert list(tmp_path.iterdir()) == [target]


def test_an_export_that_fails_leaves_the_file_before(filled, tmp_path, capsys):
    target = tmp_path / "out.csv"
    target.write_text("before")
    assert main(["export", "--history", filled, "--metric", "nonsense", "--output", str(target)]) == 2
    assert main(["export", "--history", filled, "--output", str(tmp_path / "no" / "folder.csv")]) == 1
    assert "cannot be written: No such file or directory" in capsys.readouterr().err
    assert target.read_text() == "before"
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["--from", "2026-11-20T11:59Z", "--to", "2026-11-20T11:58Z"], 2, "--from must be before --to"),
        (["--from", "2020-01-01", "--to", "2020-01-02"], 1, "the history has nothing between --from and --to; it has"),
        (["--step", "0.1"], 2, "--step: expected at least 1 s, the recorded interval, got '0.1'"),
        (["--step", "soon"], 2, "'soon' is not a length of time"),
        (["--processes", "--metric", "cpu"], 2, "--processes and --metric exclude each other"),
        (["--metric", "battery"], 1, "none of these metrics was recorded"),
    ],
)
def test_what_cannot_be_exported_is_one_line(filled, arguments, code, message, capsys):
    assert main(["export", "--history", filled, "--tz", "UTC", *arguments]) == code
    err = capsys.readouterr().err
    assert message in err
    assert err.count("\n") == 1


def test_a_moment_of_the_past_is_shown(filled, capsys):
    assert main(["show", "--history", filled, "--at", "2026-11-20T11:59:58Z", "--tz", "UTC"]) == 0
    text = capsys.readouterr().out
    assert "2026-11-20 11:59:58 UTC" in text
    assert "crunch" in text
    assert "processes are recorded of this moment" in text


def test_a_moment_of_the_past_as_json_is_a_frame(filled, capsys):
    assert main(["show", "--json", "--history", filled, "--at", "2026-11-20T11:59:58Z"]) == 0
    frame = decode_frame(json.loads(capsys.readouterr().out))
    assert frame.snapshot.time == END - 2
    assert frame.snapshot.complete is False
    assert max(frame.snapshot.processes, key=lambda one: one.cpu_percent or 0).name == "crunch"


def test_a_moment_that_was_not_recorded_says_where_the_history_begins(filled, capsys):
    assert main(["show", "--history", filled, "--at", "2020-01-01", "--tz", "UTC"]) == 1
    assert capsys.readouterr().err == (
        "tuimon: the history has nothing of 2020-01-01 00:00:00 UTC; it begins 2026-11-20 11:50:00 UTC\n"
    )


def test_an_hour_that_was_twice_is_said_to_be(filled, capsys):
    assert main(["show", "--history", filled, "--at", "2026-10-25 02:30", "--tz", "Europe/Berlin"]) == 1
    assert "happened twice" in capsys.readouterr().err


@pytest.mark.parametrize("command", [["show", "--at", "now"], ["export"], ["history", "info"], ["history", "purge"]])
def test_a_history_that_is_not_there_is_one_line(command, tmp_path, capsys):
    assert main([*command, "--history", str(tmp_path / "none.db")]) == 1
    err = capsys.readouterr().err
    assert "none.db: there is no history" in err
    assert err.count("\n") == 1


def test_info_says_what_is_held(filled, capsys):
    assert main(["history", "info", "--history", filled, "--tz", "UTC"]) == 0
    text = capsys.readouterr().out
    assert f"history    {filled}, format 1\n" in text
    assert "recorder   nobody records now\n" in text
    assert "recorded   2026-11-20 11:50:00 UTC to 2026-11-20 12:00:00 UTC, 10 min\n" in text
    assert "gaps       none\n" in text
    assert "every sample               1 d  2026-11-20 11:50" in text
    assert "growth     can be told once 30 min are recorded\n" in text
    assert max(map(len, text.splitlines()[6:])) <= 80


def test_info_is_json_too(filled, capsys):
    assert main(["history", "info", "--history", filled, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["start"], found["end"], found["recorded_seconds"]) == (END - 600, END, 600)
    assert {part["name"]: part["rows"] for part in found["parts"]}["samples"] == 601
    assert found["gaps"] == []
    assert found["outlook"] is None


def test_info_tells_gaps_and_what_becomes_of_the_history(tmp_path, capsys):
    path = str(tmp_path / "h.db")
    for until, length in (("10:00", "40 min"), ("10:30", "20 min"), ("12:00", "20 min")):
        main(
            ["fill", "calm", "--span", length, "--until", f"2026-11-20T{until}Z", "--history", path, "--interval", "5"]
        )
    capsys.readouterr()
    assert main(["history", "info", "--history", path, "--tz", "UTC"]) == 0
    text = capsys.readouterr().out
    assert "gaps       2, 1 h 20 min in all\n  longest  2026-11-20 10:30:00 to 11:40:00 UTC, 1 h 10 min\n" in text
    assert "latest" not in text
    assert " when full\n" in text
    assert re.search(r"growth     [\d.]+ [KM]iB a day of recording; \d+ MiB when full, about 20\d\d-\d\d-\d\d\n", text)
    assert "cap        512 MiB: at this rate it is never met\n" in text


def test_info_says_what_a_small_cap_leaves(tmp_path, capsys, monkeypatch):
    path = str(tmp_path / "h.db")
    main(["fill", "busy", "--span", "1h", "--until", "2026-11-20T10:00Z", "--history", path, "--interval", "5"])
    monkeypatch.setenv("TUIMON_HISTORY_SIZE_CAP", "16 MiB")
    capsys.readouterr()
    assert main(["history", "info", "--history", path, "--tz", "UTC"]) == 0
    text = capsys.readouterr().out
    assert " cap leaves\n" in text
    assert re.search(r"every sample .* the newest\n", text)
    assert re.search(
        r"cap        16 MiB: met about 20[-\d: ]+; from then on the oldest (names and )?samples go\n", text
    )


def test_the_path_is_where_it_was_asked_to_be(capsys):
    assert main(["history", "path", "--history", "/somewhere/x.db"]) == 0
    assert capsys.readouterr().out == "/somewhere/x.db\n"


def test_purge_without_a_terminal_wants_a_yes(filled, capsys, monkeypatch):
    with Path("/dev/null").open() as nothing:
        monkeypatch.setattr("sys.stdin", nothing)
        assert main(["history", "purge", "--history", filled]) == 2
    assert "say --yes" in capsys.readouterr().err
    assert Path(filled).exists()


def test_purge_forgets_what_is_older(filled, tmp_path, capsys):
    path = str(tmp_path / "copy.db")
    shutil.copy(filled, path)
    assert main(["history", "purge", "--history", path, "--before", "2026-11-20T11:55Z", "--yes"]) == 0
    assert "given back" in capsys.readouterr().out
    main(["history", "info", "--history", path, "--tz", "UTC"])
    assert "2026-11-20 11:55:" in capsys.readouterr().out


def test_purge_of_everything_takes_the_file(filled, tmp_path, capsys):
    path = tmp_path / "copy.db"
    shutil.copy(filled, path)
    assert main(["history", "purge", "--history", str(path), "--yes"]) == 0
    assert not path.exists()
    del capsys


def test_purge_takes_no_file_that_is_not_a_history(tmp_path, capsys):
    path = tmp_path / "letters.txt"
    path.write_text("dear all\n" * 1000)
    assert main(["history", "purge", "--history", str(path), "--yes"]) == 1
    assert path.read_text() == "dear all\n" * 1000
    assert "is not a history of tuimon" in capsys.readouterr().err


def test_fill_says_what_it_did_and_is_the_same_again(filled, tmp_path, capsys):
    path = str(tmp_path / "again.db")
    arguments = ["fill", "cpu-spike", "--span", "10 min", "--until", "2026-11-20T12:00:00Z", "--history"]
    assert main([*arguments, path]) == 0
    assert capsys.readouterr().out == f"{path}: 601 samples of 'cpu-spike', 10 min\n"
    same = ["--metric", "cpu", "--metric", "memory", "--step", "1"]
    assert exported(capsys, "--history", path, *same) == exported(capsys, "--history", filled, *same)


def test_purge_says_who_records_before_it_asks(filled, tmp_path, capsys):
    path = str(tmp_path / "copy.db")
    shutil.copy(filled, path)
    history = open_history(path, by="record")
    assert main(["history", "purge", "--history", path, "--before", "1h ago"]) == 1
    history.close()
    err = capsys.readouterr().err
    assert err.startswith(f"tuimon: nothing was purged: {path} is being recorded into by process {os.getpid()}, ")
    assert err.endswith("; 'tuimon record stop' ends it\n")


def test_purge_tells_what_it_leaves(filled, tmp_path, capsys):
    path = tmp_path / "h.db"
    for name in ("h.db", "h.db.damaged-20261120T000000Z", "h.db.v0", "other.db.v0"):
        shutil.copy(filled, tmp_path / name)
    assert main(["history", "purge", "--history", str(path), "--yes"]) == 0
    told = capsys.readouterr().out.splitlines()[1:]
    assert [line.split(": ")[1].split(" (")[0] for line in told] == [
        f"{path}.damaged-20261120T000000Z",
        f"{path}.v0",
    ]


def test_a_copy_is_shown_exported_and_described(filled, tmp_path, capsys):
    target = str(tmp_path / "copy.db")
    assert main(["history", "copy", target, "--history", filled, "--tz", "UTC"]) == 0
    assert capsys.readouterr().out.endswith(" KiB, 2026-11-20 11:50:00 UTC to 2026-11-20 12:00:00 UTC\n")
    same = ["--metric", "cpu", "--step", "1"]
    assert exported(capsys, "--history", target, *same) == exported(capsys, "--history", filled, *same)
    assert main(["show", "--history", target, "--at", "2026-11-20T11:59:58Z"]) == 0
    assert "crunch" in capsys.readouterr().out
    assert main(["history", "info", "--history", target]) == 0


def test_the_file_may_stand_behind_the_options(filled, tmp_path, capsys):
    target = tmp_path / "copy.db"
    assert main(["history", "copy", "--history", filled, "--from", "2026-11-20T11:55Z", str(target)]) == 0
    assert target.exists()
    assert main(["history", "info", "--history", filled, str(target)]) == 2
    assert "takes no FILE" in capsys.readouterr().err
    assert main(["history", "copy", "--force", str(target), "other"]) == 2
    assert "'other' is one argument too many" in capsys.readouterr().err


def test_a_copy_of_a_span_has_that_span(filled, tmp_path, capsys):
    target = str(tmp_path / "copy.db")
    span = ["--from", "2026-11-20T11:52:30Z", "--to", "2026-11-20T11:54Z"]
    assert main(["history", "copy", target, *span, "--no-commands", "--history", filled, "--tz", "UTC"]) == 0
    assert "2026-11-20 11:52:00 UTC to 2026-11-20 11:53:59 UTC\n" in capsys.readouterr().out
    found = rows(exported(capsys, "--history", target, "--metric", "load", "--step", "1"))
    assert [found[0]["time"], found[-1]["time"]] == ["2026-11-20T11:52:00Z", "2026-11-20T11:53:59Z"]
    processes = rows(exported(capsys, "--history", target, "--processes"))
    assert {row["command"] for row in processes} == {""}
    assert len({row["name"] for row in processes}) > 5


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["copy"], 2, "copy needs a FILE to copy into: tuimon history copy FILE"),
        (["copy", "/tmp"], 2, "FILE: '/tmp' is a folder; did you mean '/tmp/filled.db'?"),
        (["copy", "/tmp/no-such-copy.db", "--from", "1h ago", "--to", "2h ago"], 2, "--from must be before --to"),
        (["copy", "/tmp/no-such-copy.db", "--from", "2020-01-01", "--to", "2020-01-02"], 1, "has nothing of this span"),
        (["copy", "/dev/null"], 1, "/dev/null is no ordinary file"),
        (["copy", "/tmp/no-such-copy.db", "--before", "1h ago"], 2, "--before belongs to 'tuimon history purge'"),
        (["info", "--force"], 2, "--force belongs to 'tuimon history copy'"),
        (["info", "x.db"], 2, "'tuimon history info' takes no FILE; which history is said by --history"),
        (["cpoy", "x.db"], 2, "'cpoy' is not an action; did you mean 'copy'?"),
    ],
)
def test_what_cannot_be_copied_is_one_line(filled, arguments, code, message, capsys):
    assert main(["history", *arguments, "--history", filled]) == code
    err = capsys.readouterr().err
    assert message in err
    assert err.count("\n") == 1
