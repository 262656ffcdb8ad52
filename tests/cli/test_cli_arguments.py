"""Whatever is typed: an answer, or one line that names the nearest valid choice, and the right exit code."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuimon.cli import main
from tuimon.cli.arguments import SCENARIOS, _commands, _options, build, parse
from tuimon.cli.errors import UsageError
from tuimon.collectors import simulated

WRONG = {
    "shwo": "'shwo' is not a command; did you mean 'show'?",
    "recrod": "'recrod' is not a command; did you mean 'record'?",
    "xyzzy": "'xyzzy' is not a command; choose from record, show, export, report, fill, history, alerts, config, doctor",
    "--jsno": "'--jsno' is not an option of 'tuimon'; did you mean '--log'?",
    "--sreve": "'--sreve' is not an option of 'tuimon'; did you mean '--serve'?",
    "--port 1": "--port goes with --serve",
    "--serve --port 99999": "--port: expected a whole number from 0 to 65535, got '99999'",
    "--serve --host 0.0.0.0": "--host 0.0.0.0 lets other machines in: give a token with --token-file FILE",
    "--serve --host a/b": "--host: expected an address or the name of a machine",
    "--serve --at now": "--at does not go with --serve",
    "--serve --tls-cert x": "--tls-cert and --tls-key go together",
    "--watch": "'--watch' is not an option of 'tuimon', but of 'tuimon show'",
    "--at 25:99": "'25:99' is not a time of day",
    "show --jsno": "'--jsno' is not an option of 'tuimon show'; did you mean '--json'?",
    "show --intervall=3": "'--intervall=3' is not an option of 'tuimon show'; did you mean '--interval'?",
    "show extra": "'extra' is one argument too many (see 'tuimon show --help')",
    "--simulate buzy": "'buzy' is not a scenario; did you mean 'busy'?",
    "--simulate busy --seed x": "'x' is not a whole number",
    "export --format xml": "'xml' is not a format; choose from csv, json, jsonl",
    "config shwo": "'shwo' is not an action; did you mean 'show'?",
    "history purgee": "'purgee' is not an action; did you mean 'purge'?",
    "show --at now --watch": "--at and --watch exclude each other",
    "fill": "the following arguments are required: SCENARIO",
    "show --at": "argument --at: expected one argument",
    "show --at soon": "'soon' is not a time; write it as 14:30",
    "show --at 2h": "'2h' is not a time; did you mean '2h ago'?",
    "show --tz Europe/Berln": "--tz: expected a time zone such as Europe/Berlin, UTC or local, got 'Europe/Berln'",
    "--interval 0.5": "--interval: expected a duration from 1 s to 60 s, got '0.5'",
    "--config /nowhere.yaml show": "/nowhere.yaml: cannot be read: No such file or directory",
    "fill busy": "fill needs --history FILE",
    "fill busy --history x --span 0": "--span: expected a duration from 1 s to 366 d",
    "history info --yes": "--yes belongs to 'tuimon history purge'",
    "history path --before now": "--before belongs to 'tuimon history purge'",
}


@pytest.mark.parametrize("line", WRONG)
def test_a_mistake_is_one_line_and_exit_code_2(line, capsys):
    assert main(line.split()) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("tuimon: ")
    assert WRONG[line] in err
    assert err.count("\n") == 1


def test_a_mistake_with_control_characters_does_not_reach_the_terminal(capsys):
    assert main(["\x1b[2Jshow"]) == 2
    assert main(["show", "--at", "\x1b[2J"]) == 2
    assert main(["--\x1b]0;x\x07"]) == 2
    assert "\x1b" not in capsys.readouterr().err


def test_the_dashboard_without_a_terminal_names_what_works_without(capsys):
    assert main([]) == 2
    assert capsys.readouterr().err == (
        "tuimon: the dashboard needs a terminal; 'tuimon show' prints one snapshot without one\n"
    )


def test_common_options_stand_before_or_after_the_command():
    assert parse(["--tz", "UTC", "show"]).tz == parse(["show", "--tz", "UTC"]).tz == "UTC"


def test_what_is_not_given_is_absent():
    assert vars(parse([])) == {"command": None}
    assert vars(parse(["show"])) == {"command": "show"}


def test_simulate_alone_is_busy():
    assert parse(["--simulate"]).simulate == "busy"


def test_the_scenarios_are_those_of_the_simulator():
    assert set(SCENARIOS) == set(simulated.SCENARIOS)


@pytest.mark.parametrize("command", ["record", "show", "export", "fill", "history", "config", "doctor"])
def test_every_command_has_help(command, capsys):
    assert main([command, "--help"]) == 0
    text = capsys.readouterr().out
    assert text.startswith(f"usage: tuimon {command}")
    assert "--root" not in text
    assert "--quick" not in text
    assert "--handover" not in text


def test_help_names_every_command_and_every_mode(capsys):
    assert main(["--help"]) == 0
    text = capsys.readouterr().out
    for command in ("record", "show", "export", "fill", "history", "alerts", "config", "doctor"):
        assert f"\n    {command} " in text
    for mode in ("--serve", "--connect", "--replay", "--simulate"):
        assert mode in text


def test_every_option_says_what_it_is_for():
    for parser in (build(), *_commands(build()).values()):
        assert all(action.help for action in parser._actions if action.dest != "command")


WORDS = st.sampled_from(
    ["show", "export", "--json", "--at", "now", "--metric", "cpu", "--", "-", "", "--simulate", "calm", "--seed", "1"]
) | st.text(max_size=10)


@given(st.lists(WORDS, max_size=6))
def test_any_words_are_understood_or_refused_in_one_line(words):
    with contextlib.suppress(SystemExit, UsageError):
        assert parse(words).command in {None, "show", "export"}


def test_the_page_about_the_command_line_names_every_command_option_and_scenario():
    text = (Path(__file__).resolve().parents[2] / "docs" / "command-line.md").read_text(encoding="utf-8")
    commands = _commands(build())
    options = {name for parser in (build(), *commands.values()) for name in _options(parser)}
    assert not [name for name in options if f"`{name}" not in text]
    assert not [name for name in commands if f"## tuimon {name}\n" not in text]
    assert not [name for name in SCENARIOS if f"`{name}`" not in text]
