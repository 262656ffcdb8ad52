"""What can be asked for on the command line: the commands, their options, and the nearest one to a mistake."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import Any, Final, NoReturn

from tuimon import __version__
from tuimon.cli.errors import UsageError, shown, suggestion

SCENARIOS: Final = ("calm", "busy", "memory-leak", "disk-full", "cpu-spike", "network-storm", "flapping")
FORMATS: Final = ("csv", "json", "jsonl")
RECORDING: Final = ("stop", "status", "install", "uninstall")
HIDDEN: Final = frozenset({"-h", "--root", "--quick", "--handover"})
EPILOG: Final = (
    "TIME is 14:30, 'yesterday 03:12', '2h ago', 2026-11-24T14:30 (with Z or an offset if you like), or an epoch."
)


class Parser(argparse.ArgumentParser):
    """An ArgumentParser whose mistakes are one line that names the nearest valid choice."""

    def __init__(self, **options: Any) -> None:  # noqa: ANN401  as the class above
        super().__init__(**options, allow_abbrev=False, formatter_class=argparse.RawDescriptionHelpFormatter)

    def error(self, message: str) -> NoReturn:
        """Raise a UsageError in place of printing the usage."""
        raise UsageError(f"{message} (see '{self.prog} --help')")

    def _print_message(self, message: str, file: Any = None) -> None:  # noqa: ANN401  as the class above
        if message:
            (file or sys.stderr).write(message)  # argparse's own keeps a full disk to itself

    def _check_value(self, action: argparse.Action, value: Any) -> None:  # noqa: ANN401  as the class above
        if action.choices is not None and value not in action.choices:
            what = (action.metavar if isinstance(action.metavar, str) else action.dest).lower()
            article = "an" if what[0] in "aeiou" else "a"
            raise UsageError(f"{shown(value)} is not {article} {what}{suggestion(str(value), action.choices)}")


def _common(parser: argparse.ArgumentParser) -> None:
    """Add the options that every command takes."""
    group = parser.add_argument_group("common options")
    group.add_argument("--config", metavar="FILE", help="configuration file")
    group.add_argument("--history", metavar="FILE", help="history file")
    group.add_argument("--interval", metavar="S", help="time between two samples, 1 s to 60 s")
    group.add_argument("--no-record", action="store_true", help="look, but record nothing")
    group.add_argument("--tz", metavar="ZONE", help="time zone in which times are shown and understood")
    group.add_argument("--low-bandwidth", action="store_true", help="draw every 5 s only, for slow links")
    group.add_argument("--log", metavar="FILE", help="log file")
    group.add_argument("--log-level", metavar="LEVEL", help="how much is logged: error, warning, info or debug")
    group.add_argument("--root", metavar="DIR", help=argparse.SUPPRESS)
    group.add_argument("--version", action="version", version=f"tuimon {__version__}", help="print the version")


def _simulation(parser: argparse.ArgumentParser) -> None:
    """Add the options that put a simulated machine in the place of this one."""
    parser.add_argument(
        "--simulate",
        nargs="?",
        const="busy",
        choices=SCENARIOS,
        metavar="SCENARIO",
        help=f"a machine that never was: {', '.join(SCENARIOS)} (busy if none is named)",
    )
    parser.add_argument("--seed", type=_whole, metavar="N", help="which one of them (default 1)")


def _serving(parser: argparse.ArgumentParser) -> None:
    """Add the options of the mode without a screen."""
    group = parser.add_argument_group("without a screen")
    group.add_argument("--serve", action="store_true", help="record, watch, and answer over HTTP (/api/v1, /docs)")
    group.add_argument("--host", metavar="H", help="the address to listen at (default 127.0.0.1)")
    group.add_argument("--port", metavar="P", help="the port to listen at (default 8420; 0: one that is free)")
    group.add_argument(
        "--token-file",
        metavar="F",
        help="the token that clients must show, with --connect the one to show; or in TUIMON_TOKEN",
    )
    group.add_argument(
        "--tls-cert",
        metavar="F",
        help="the certificate for https, with --tls-key; with --connect the one to trust",
    )
    group.add_argument("--tls-key", metavar="F", help="its private key")
    group.add_argument("--insecure", action="store_true", help="let other machines read this one without a token")


def _filter(parser: argparse.ArgumentParser) -> None:
    """Add the option that says which processes are meant."""
    parser.add_argument("--filter", metavar="F", help="only processes such as 'cpu > 5 and user = root'")


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{shown(text)} is not a whole number") from None


def build() -> Parser:
    """Return the parser of the whole command line; what is not given is absent from its result."""
    parser = Parser(
        prog="tuimon",
        description="The terminal monitor that remembers: a dashboard of this machine, and its recorded past.",
        epilog=EPILOG,
        argument_default=argparse.SUPPRESS,
    )
    parser.add_argument("--at", metavar="TIME", help="begin at this moment of the past")
    parser.add_argument("--replay", metavar="FILE", help="a recorded history in the place of this machine, read only")
    parser.add_argument(
        "--connect",
        metavar="URL",
        help="another machine in the place of this one, where 'tuimon --serve' runs: http://host:8420",
    )
    _simulation(parser)
    _serving(parser)
    _common(parser)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", title="commands", prog="tuimon")
    for add in (_record, _show, _export, _report, _fill, _history, _alerts, _config, _doctor):
        add(commands)
    return parser


def _command(commands: Any, name: str, help_: str) -> Parser:  # noqa: ANN401  argparse names no type for it
    made: Parser = commands.add_parser(
        name,
        help=help_,
        description=f"{help_[0].upper()}{help_[1:]}.",
        epilog=EPILOG,
        argument_default=argparse.SUPPRESS,
    )
    _common(made)
    return made


def _record(commands: Any) -> None:  # noqa: ANN401  as above
    parser = _command(commands, "record", "record with no screen; stop, status, install, uninstall")
    parser.add_argument(
        "action",
        nargs="?",
        default=None,  # SUPPRESS would be looked for among the choices
        choices=RECORDING,
        metavar="ACTION",
        help="stop the recorder; say its status; install it, to start with the machine; uninstall it",
    )
    parser.add_argument("--detach", action="store_true", help="go on in the background, after the logout too")
    parser.add_argument("--wait", action="store_true", help="if another tuimon records, take over when it ends")
    parser.add_argument("--print", action="store_true", help="only show what install or uninstall would do")
    parser.add_argument("--json", action="store_true", help="the status as JSON")
    parser.add_argument("--handover", action="store_true", help=argparse.SUPPRESS)  # asked for by a dashboard


def _show(commands: Any) -> None:  # noqa: ANN401  as above
    parser = _command(commands, "show", "one snapshot on standard output")
    parser.add_argument("--json", action="store_true", help="as JSON, with the names of the API")
    parser.add_argument("--at", metavar="TIME", help="what was recorded of a moment")
    _filter(parser)
    parser.add_argument("--watch", action="store_true", help="one each interval, until Ctrl-C; JSON is a line each")
    _simulation(parser)


def _export(commands: Any) -> None:  # noqa: ANN401  as above
    parser = _command(commands, "export", "recorded numbers or processes, as CSV, JSON or JSON lines")
    parser.add_argument("--from", dest="start", metavar="TIME", help="from this moment on (default: the oldest)")
    parser.add_argument("--to", dest="end", metavar="TIME", help="up to this moment (default: now)")
    parser.add_argument(
        "--metric",
        action="append",
        metavar="M",
        help="cpu, cpu.busy_percent or disk.busy_percent[sda]; may be given again (default: all)",
    )
    parser.add_argument("--processes", action="store_true", help="the recorded processes instead of metrics")
    _filter(parser)
    parser.add_argument("--step", metavar="S", help="length of a step (default: the interval, or what fits the span)")
    parser.add_argument("--format", choices=FORMATS, metavar="FORMAT", help=f"{', '.join(FORMATS)} (default csv)")
    parser.add_argument("--output", metavar="FILE", help="into this file instead of standard output")


def _report(commands: Any) -> None:  # noqa: ANN401  as above
    parser = _command(commands, "report", "an incident report: charts, alerts, who used it, what changed")
    parser.add_argument(
        "--from", dest="start", metavar="TIME", help="from this moment on (default: an hour before --to)"
    )
    parser.add_argument("--to", dest="end", metavar="TIME", help="up to this moment (default: now)")
    parser.add_argument(
        "--format",
        choices=("html", "markdown"),
        metavar="FORMAT",
        help="html or markdown (default: by the name of the file, markdown on a terminal)",
    )
    parser.add_argument("--output", metavar="FILE", help="into this file instead of standard output")


def _fill(commands: Any) -> None:  # noqa: ANN401  as above
    parser = _command(commands, "fill", "a simulated past, as fast as it goes")
    parser.add_argument("scenario", choices=SCENARIOS, metavar="SCENARIO", help=", ".join(SCENARIOS))
    parser.add_argument("--span", metavar="S", help="how much of it (default 24h)")
    parser.add_argument("--until", metavar="TIME", help="the moment it ends (default: now)")
    parser.add_argument("--quick", action="store_true", help=argparse.SUPPRESS)  # the past of a simulated session
    parser.add_argument("--seed", type=_whole, metavar="N", help="which one of them (default 1)")


def _history(commands: Any) -> None:  # noqa: ANN401  as above
    parser = _command(commands, "history", "the history file: path, info, copy, purge")
    actions = ("path", "info", "copy", "purge")
    parser.add_argument("action", choices=actions, metavar="ACTION", help="path, info, copy or purge")
    parser.add_argument("file", nargs="?", metavar="FILE", help="copy into this file, also while it is recorded into")
    parser.add_argument("--json", action="store_true", help="info as JSON")
    parser.add_argument("--from", dest="start", metavar="TIME", help="copy from this moment on (default: all)")
    parser.add_argument("--to", dest="end", metavar="TIME", help="copy up to this moment (default: now)")
    parser.add_argument("--no-commands", action="store_true", help="copy without the command lines of processes")
    parser.add_argument("--force", action="store_true", help="copy over a file that is there")
    parser.add_argument("--before", metavar="TIME", help="purge only what is older")
    parser.add_argument("--yes", action="store_true", help="purge without asking")


def _alerts(commands: Any) -> None:  # noqa: ANN401  as above
    parser = _command(commands, "alerts", "the alert rules: check, test on the past, notify")
    actions = ("check", "test", "notify")
    parser.add_argument(
        "action",
        choices=actions,
        metavar="ACTION",
        help="check the rules and show them; test what they would have said of the past; notify tells who is told",
    )
    parser.add_argument("--replay", metavar="FILE", help="test on this recorded history in the place of this machine's")
    parser.add_argument("--from", dest="start", metavar="TIME", help="test from this moment on (default: the oldest)")
    parser.add_argument("--to", dest="end", metavar="TIME", help="test up to this moment (default: now)")
    parser.add_argument("--rule", action="append", metavar="NAME", help="only this rule; may be given again")
    parser.add_argument(
        "--per-week", metavar="N", help="propose the threshold with which a rule is raised at most so often a week"
    )
    parser.add_argument(
        "--test", action="store_true", help="notify: send a message to each target, and say what came of it"
    )


def _config(commands: Any) -> None:  # noqa: ANN401  as above
    parser = _command(commands, "config", "the settings: check, show, init")
    parser.add_argument(
        "action",
        choices=("check", "show", "init"),
        metavar="ACTION",
        help="check the file; show what is in force and why; init writes a commented file",
    )


def _doctor(commands: Any) -> None:  # noqa: ANN401  as above
    _command(commands, "doctor", "what works here and what does not, with the remedy")


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Return what was asked for. Raises UsageError; SystemExit(0) after --help and --version."""
    parser = build()
    try:
        asked, rest = parser.parse_known_args(list(arguments))
    except UsageError:
        _refuse_stray(parser, arguments)  # the value of an option that is none looks like a wrong command
        raise
    late = getattr(asked, "command", None) == "history" and not hasattr(asked, "file")
    if rest and late and not rest[0].startswith("-"):
        asked.file = rest.pop(0)  # argparse takes a FILE only right behind the action, not behind options
    if rest:
        raise UsageError(_stray(parser, getattr(asked, "command", None), rest[0]))
    return asked


def _refuse_stray(parser: Parser, arguments: Sequence[str]) -> None:
    """Raise a UsageError about the first option that there is not, if there is one."""
    commands = _commands(parser)
    command = next((word for word in arguments if word in commands), None)
    known = {*HIDDEN, *_options(commands[command] if command else parser)}
    for word in arguments:
        if word.startswith("--") and len(word) > 2 and word.partition("=")[0] not in known:
            raise UsageError(_stray(parser, command, word))


def _stray(parser: Parser, command: str | None, wrong: str) -> str:
    """Say what is wrong with an argument that nothing takes."""
    commands = _commands(parser)
    chosen = commands[command] if command else parser
    if not wrong.startswith("-"):
        return f"{shown(wrong)} is one argument too many (see '{chosen.prog} --help')"
    name = wrong.partition("=")[0][:80]
    message = f"{shown(wrong)} is not an option of '{chosen.prog}'"
    others = [other.prog for other in (parser, *commands.values()) if name in _options(other)]
    if others:
        return f"{message}, but of '{others[0]}'"
    import difflib

    near = difflib.get_close_matches(name, _options(chosen), n=1, cutoff=0.5)
    return f"{message}; " + (f"did you mean '{near[0]}'?" if near else f"see '{chosen.prog} --help'")


def _commands(parser: Parser) -> dict[str, Parser]:
    found: dict[str, Parser] = {}
    for action in parser._actions:  # noqa: SLF001  argparse has no other way to its sub-parsers
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001  as above
            found.update(action.choices)
    return found


def _options(parser: Parser) -> list[str]:
    return [name for name in parser._option_string_actions if name not in HIDDEN]  # noqa: SLF001  as above
