"""`tuimon record install | uninstall`: have a recorder started with the machine, by what this machine has for that."""

from __future__ import annotations

import argparse
import os
import shlex
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

import tuimon
from tuimon import compose
from tuimon.cli import log
from tuimon.cli.errors import Failure
from tuimon.cli.run import same_options, settings_for
from tuimon.cli.start_cron import Cron
from tuimon.cli.start_launchd import Launchd
from tuimon.cli.start_systemd import Systemd
from tuimon.cli.starters import Starter, home
from tuimon.config.load import places
from tuimon.config.settings import SETTINGS, Settings
from tuimon.history.lock import recorder_of
from tuimon.history.owners import forbidden

PATIENCE: Final = 10.0
"""Seconds in which what was installed should have begun."""
LOOK: Final = 0.1
KINDS: Final[tuple[type[Systemd | Launchd | Cron], ...]] = (Launchd, Systemd, Cron)
"""What starts things for a user, the best first."""


def install(options: argparse.Namespace, settings: Settings) -> int:
    """Write what starts a recorder with the machine, and start it; with --print only show it. May be done again."""
    starter = chosen()
    path, note = compose.history_path(settings)
    if why := note if not path else forbidden(f"{path}.lock", os.W_OK):
        raise Failure(f"{why}: what is installed could not record")
    plan = starter.plan(recorder_command(path, options))
    print(f"{plan.where}:\n")
    print("".join(f"    {one}".rstrip() + "\n" for one in plan.text.splitlines()))
    for step in plan.steps:
        print(f"then: {shlex.join(step)}", flush=True)
    if not hasattr(options, "print"):
        starter.install(plan)
        print(_outcome(path, starter))
    if advice := starter.advice():
        print(advice)
    return 0


def _outcome(path: str, starter: Starter) -> str:
    """Return who records now, in words. Raises Failure where what was installed does not run."""
    until = time.monotonic() + PATIENCE
    while not (why := starter.trouble()):
        if (found := recorder_of(path)) and found.pid:
            return f"{found.name} records into {path}"
        if time.monotonic() > until:
            return f"it has not begun to record into {path} yet: 'tuimon record status' says when it has"
        time.sleep(LOOK)
    raise Failure(f"it was installed, but does not run: {why}")


def uninstall(options: argparse.Namespace, settings: Settings) -> int:
    """Take away what `install` wrote, whichever that was; with --print only say what that is."""
    found = [(starter, what) for starter in (kind() for kind in KINDS) if (what := starter.installed())]
    for starter, what in found:
        if not hasattr(options, "print"):
            starter.remove()
        print(f"{'would remove' if hasattr(options, 'print') else 'removed'} {what}")
    if not found:
        print("nothing is installed")
    path, _ = compose.history_path(settings)
    if found and (recorder := recorder_of(path)) and not hasattr(options, "print"):
        print(f"{recorder.name} goes on recording into {path}; 'tuimon record stop' ends it")
    return 0


def installed() -> str:
    """Return what starts a recorder with the machine, in words; '' where nothing does."""
    return next((what for kind in KINDS if (what := kind().installed())), "")


def chosen() -> Starter:
    """Return what starts things for a user here. Raises Failure where there is nothing."""
    for kind in KINDS:
        if kind.works():
            return kind()
    raise Failure(
        "neither 'systemctl --user' nor crontab works here: have 'tuimon record --detach' started by what starts things"
    )


def recorder_command(path: str, options: argparse.Namespace) -> list[str]:
    """Return the recorder to be started: with the history, settings and log of now, wherever it is started from."""
    words = [sys.executable, "-P", "-m", "tuimon", "record", "--history", path]
    if hasattr(options, "interval"):
        words += ["--interval", str(options.interval)]
    words += same_options(options)
    loaded = settings_for(options)
    if loaded.path and "--config" not in words and Path(loaded.path) not in places({"HOME": home()}):
        words += ["--config", str(Path(loaded.path).absolute())]
    if os.environ.get("XDG_STATE_HOME") and not loaded.settings.log.path:
        words += ["--log", str(log.path_of(loaded.settings.log))]
    given = [*_code(), *_variables()]
    return ["/usr/bin/env", *given, *words] if given else words


def _code() -> list[str]:
    """Return where Python has to look for this program, if it would not find it by itself."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    seen = subprocess.run(
        [sys.executable, "-P", "-c", "import tuimon"], cwd="/", env=environment, capture_output=True, check=False
    )
    return [f"PYTHONPATH={Path(tuimon.__file__).resolve().parents[1]}"] if seen.returncode else []


def _variables() -> list[str]:
    """Return the settings that the environment gives, all but where the history is."""
    names = {one.variable for key, one in SETTINGS.items() if key != "history.path"}
    return [f"{name}={value}" for name, value in os.environ.items() if name in names]
