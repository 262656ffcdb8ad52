"""From arguments to a command, and from what goes wrong to one line and an exit code."""

from __future__ import annotations

import errno
import os
import signal
import sys
from collections.abc import Sequence
from importlib import import_module
from io import TextIOWrapper
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Final

from tuimon.cli import INTERRUPTED, log
from tuimon.cli.errors import Failure, UsageError
from tuimon.config.load import ConfigError, Loaded, load, places
from tuimon.history.errors import HistoryError
from tuimon.model.text import harmless
from tuimon.model.times import TimeError

if TYPE_CHECKING:
    import argparse

    from tuimon import compose
    from tuimon.config.settings import Settings

    Options = argparse.Namespace | SimpleNamespace
    """What was given on the command line, as attributes; what was not given is absent."""

OPTIONS: Final = {
    "history": "history.path",
    "interval": "interval",
    "tz": "ui.tz",
    "log": "log.path",
    "log_level": "log.level",
    "host": "serve.host",
    "port": "serve.port",
    "token_file": "serve.token_file",
    "tls_cert": "serve.tls_cert",
    "tls_key": "serve.tls_key",
}
"""Option -> the setting that it gives."""


SERVING: Final = ("host", "port", "token_file", "tls_cert", "tls_key", "insecure")
"""Options that only go with --serve."""
OUTPUT_FAULTS: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO})
"""What writing to a file that has no name here can fail with: it is standard output."""
NO_SCREEN: Final = ("dumb", "unknown")
"""Terminals that only print."""


def run(arguments: Sequence[str]) -> int:
    """Do what was asked for and return the exit code."""
    _prepare_streams()
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:  # nohup(1)
            signal.signal(number, _end)
    try:
        try:
            return _answer(arguments)
        finally:
            sys.stdout.flush()
    except SystemExit as ended:  # argparse after --help, or a signal
        return ended.code if isinstance(ended.code, int) else 0
    except (UsageError, ConfigError, TimeError) as error:
        return say(str(error), 2)
    except (Failure, HistoryError) as error:
        return say(str(error), 1)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        _forget_output()
        return 1
    except Exception as error:
        if isinstance(error, OSError) and error.filename is None and error.errno in OUTPUT_FAULTS:
            _forget_output()
            return say(f"standard output: {error.strerror}", 1)
        return _unexpected(error, arguments)


def _end(number: int, _: object) -> None:
    """End as after any fault: what is half done is put away, files beside their target too."""
    raise SystemExit(128 + number)


def _prepare_streams() -> None:
    """Let whatever is written be written: without a stream to nowhere, in a narrow encoding with marks in it."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:  # closed by the shell (>&-)
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_WRONLY), "w", encoding="utf-8"))
        elif isinstance(stream, TextIOWrapper) and stream.encoding.lower() != "utf-8":
            stream.reconfigure(errors="replace")


def _answer(arguments: Sequence[str]) -> int:
    options = _parsed(arguments)
    command = getattr(options, "command", None)
    if command in {"config", "doctor"}:  # they say themselves what is wrong with the settings
        return int(import_module(f"tuimon.cli.{command}").run(options))
    loaded = settings_for(options)
    log.start(loaded.settings.log)
    if command is None:
        return _serve(options, loaded) if hasattr(options, "serve") else _dashboard(options, loaded)
    return int(import_module(f"tuimon.cli.{command}").run(options, loaded.settings))


def _parsed(arguments: Sequence[str]) -> Options:
    """Return what was asked for; a dashboard without any options starts without the parser."""
    if not arguments:
        return SimpleNamespace()
    from tuimon.cli.arguments import parse

    return parse(arguments)


def settings_for(options: Options) -> Loaded:
    """Return the settings in force for a command line. Raises ConfigError."""
    given = {key: (as_typed(name), getattr(options, name)) for name, key in OPTIONS.items() if hasattr(options, name)}
    if getattr(options, "low_bandwidth", False):
        given["ui.low_bandwidth"] = ("--low-bandwidth", "on")
    if getattr(options, "insecure", False):
        given["serve.insecure"] = ("--insecure", "on")
    return load(getattr(options, "config", ""), options=given)


def as_typed(name: str) -> str:
    """Return an option as it is typed."""
    return f"--{name.replace('_', '-')}"


def same_options(options: Options) -> list[str]:
    """Return the options by which another tuimon finds the same configuration and the same log."""
    given = {name: str(Path(getattr(options, name)).absolute()) for name in ("config", "log") if hasattr(options, name)}
    if hasattr(options, "log_level"):
        given["log_level"] = options.log_level
    return [word for name, value in given.items() for word in (as_typed(name), value)]


def _serve(options: Options, loaded: Loaded) -> int:
    from tuimon.cli.serve import run as serve

    return serve(options, loaded.settings)


def _dashboard(options: Options, loaded: Loaded) -> int:
    settings, config = loaded.settings, loaded.path or str(places(os.environ)[0])
    address = None
    if hasattr(options, "connect"):
        from tuimon.cli import connect

        address = connect.address_of(options)
    shared = connect.SHARED if address else ()
    if alone := next((name for name in SERVING if hasattr(options, name) and name not in shared), None):
        raise UsageError(f"{as_typed(alone)} goes with --serve")
    at = moment_of(options.at, settings) if hasattr(options, "at") else None
    if not (sys.stdout.isatty() and sys.stdin and sys.stdin.isatty()):
        raise UsageError("the dashboard needs a terminal; 'tuimon show' prints one snapshot without one")
    if (kind := os.environ.get("TERM", "")) in NO_SCREEN:
        raise UsageError(
            f"TERM is {kind}, which has no screen to draw on; 'tuimon show --watch' prints one snapshot after the other"
        )
    if address is not None:
        return connect.run(address, settings, at=at, config=config)
    from tuimon import compose

    if hasattr(options, "replay"):
        return compose.replay(options.replay, settings, at=at, config=config)
    record = not hasattr(options, "no_record")
    return compose.dashboard(
        machine_of(options), settings, record=record, same=same_options(options), at=at, config=config
    )


def moment_of(text: str, settings: Settings) -> float:
    """Return the moment that a user's text names, and say on standard error how it was understood. Raises TimeError."""
    import time

    from tuimon import compose
    from tuimon.model.times import parse_time

    moment = parse_time(text, now=time.time(), tz=compose.zone_of(settings))
    if moment.note:
        say(moment.note, 0)
    return moment.epoch


def machine_of(options: Options, scenario: str = "") -> compose.Machine:
    """Return the machine that a command line is about."""
    from tuimon import compose

    scenario = scenario or getattr(options, "simulate", "")
    return compose.Machine(scenario, getattr(options, "seed", 1), getattr(options, "root", ""))


def say(message: str, code: int) -> int:
    """Print one line on standard error that may go to a terminal, and return the exit code."""
    try:
        print(f"tuimon: {harmless(message)}", file=sys.stderr)
    except OSError:
        return code
    return code


def _forget_output() -> None:
    """Let nothing be written at exit to a reader that has gone."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def _unexpected(error: Exception, arguments: Sequence[str]) -> int:
    written = log.write_failure(error, arguments)
    detail = f"; details are in {written}" if written else ""
    return say(f"{type(error).__name__}: {error}{detail}", 1)
