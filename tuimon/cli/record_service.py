"""`tuimon record install | uninstall`: have a recorder started with the machine, by what this machine has for that."""

from __future__ import annotations

import argparse
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

from tuimon import compose
from tuimon.cli.errors import Failure
from tuimon.cli.record_control import user_name
from tuimon.cli.run import same_options
from tuimon.config.settings import Settings

UNIT: Final = "tuimon.service"
AGENT: Final = "tuimon.record"
MARK: Final = "# tuimon record install"
"""The end of the line in the crontab: by it the line is found again."""
UNIT_TEXT: Final = """\
[Unit]
Description=tuimon records this machine

[Service]
Type=exec
ExecStart={command}
Restart=on-failure
RestartSec=10
NoNewPrivileges=yes
UMask=0077

[Install]
WantedBy=default.target
"""
AGENT_TEXT: Final = """\
<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
    <key>Label</key><string>{label}</string>
    <key>ProgramArguments</key>
    <array>
{arguments}
    </array>
    <key>RunAtLoad</key><true/>
    <key>KeepAlive</key><dict><key>SuccessfulExit</key><false/></dict>
</dict>
</plist>
"""


def install(options: argparse.Namespace, settings: Settings) -> int:
    """Write what starts a recorder with the machine, and start it; with --print only show it. May be done again."""
    command = recorder_command(options, settings)
    only_shown = hasattr(options, "print")
    kind = chosen()
    if kind == "systemd":
        _install_unit(unit(command), only_shown=only_shown)
    elif kind == "launchd":
        _install_agent(agent(command), only_shown=only_shown)
    else:
        _install_line(line(command), only_shown=only_shown)
    return 0


def uninstall(options: argparse.Namespace, settings: Settings) -> int:  # noqa: ARG001  as every command
    """Take away what `install` wrote, whichever that was; with --print only say what that is."""
    only_shown = hasattr(options, "print")
    found = [file for file in (_unit_file(), _agent_file()) if file.exists()]
    for file in found:
        print(f"{'would remove' if only_shown else 'removed'} {file}")
        if only_shown:
            continue
        if file == _unit_file():
            _try(["systemctl", "--user", "disable", "--now", UNIT])
            file.unlink()
            _try(["systemctl", "--user", "daemon-reload"])
        else:
            _try(["launchctl", "unload", "-w", str(file)])
            file.unlink()
    before = _crontab() if shutil.which("crontab") else ""
    after = without_line(before)
    if before != after:
        print("would remove the line from the crontab" if only_shown else "removed the line from the crontab")
        if not only_shown:
            _write_crontab(after)
            print("a recorder that runs goes on until 'tuimon record stop'")
    if not found and before == after:
        print("nothing is installed")
    return 0


def recorder_command(options: argparse.Namespace, settings: Settings) -> list[str]:
    """Return the recorder to be started: with the history, configuration and log of now, wherever it is started from."""
    path, note = compose.history_path(settings)
    if not path:
        raise Failure(note)
    words = [sys.executable, "-m", "tuimon", "record", "--history", path]
    if hasattr(options, "interval"):
        words += ["--interval", str(options.interval)]
    return words + same_options(options)


def chosen() -> str:
    """Return what starts things for a user here: systemd, launchd or cron. Raises Failure where there is none."""
    if sys.platform == "darwin":
        return "launchd"
    if shutil.which("systemctl") and _works(["systemctl", "--user", "show-environment"]):
        return "systemd"
    if shutil.which("crontab"):
        return "cron"
    raise Failure(
        "neither 'systemctl --user' nor crontab works here: have 'tuimon record --detach' started by what starts things"
    )


# -- systemd ----------------------------------------------------------------------------------------------------------


def unit(command: list[str]) -> str:
    """Return a unit (systemd.service(5)); it waits while a dashboard records, and takes over when that ends."""
    return UNIT_TEXT.format(command=" ".join(_quoted(word) for word in [*command, "--wait"]))


def _quoted(word: str) -> str:
    word = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return f'"{word}"' if any(not (letter.isalnum() or letter in "-_./%$") for letter in word) else word


def _unit_file() -> Path:
    base = os.environ.get("XDG_CONFIG_HOME") or Path(os.environ.get("HOME", "/"), ".config")
    return Path(base, "systemd", "user", UNIT)


def _install_unit(text: str, *, only_shown: bool) -> None:
    steps = (["systemctl", "--user", "daemon-reload"], ["systemctl", "--user", "enable", "--now", UNIT])
    _show(str(_unit_file()), text, steps)
    if not only_shown:
        _write(_unit_file(), text)
        for step in steps:
            _do(step)
    user = user_name(os.getuid())
    if not Path("/var/lib/systemd/linger", user).exists():
        print(f"to have it start with the machine and outlive your logout: loginctl enable-linger {user}")


# -- launchd ----------------------------------------------------------------------------------------------------------


def agent(command: list[str]) -> str:
    """Return a property list (launchd.plist(5))."""
    from xml.sax.saxutils import escape

    words = "\n".join(f"        <string>{escape(word)}</string>" for word in [*command, "--wait"])
    return AGENT_TEXT.format(label=AGENT, arguments=words)


def _agent_file() -> Path:
    return Path(os.environ.get("HOME", "/"), "Library", "LaunchAgents", f"{AGENT}.plist")


def _install_agent(text: str, *, only_shown: bool) -> None:
    step = ["launchctl", "load", "-w", str(_agent_file())]
    _show(str(_agent_file()), text, (step,))
    if not only_shown:
        _try(["launchctl", "unload", str(_agent_file())])
        _write(_agent_file(), text)
        _do(step)


# -- cron -------------------------------------------------------------------------------------------------------------


def line(command: list[str]) -> str:
    """Return a line of a crontab (crontab(5): a per cent sign would end the command)."""
    return f"@reboot {shlex.join([*command, '--detach'])} {MARK}\n".replace("%", "\\%")


def without_line(crontab: str) -> str:
    """Return a crontab without the line that was installed."""
    return "".join(one for one in crontab.splitlines(keepends=True) if not one.rstrip().endswith(MARK))


def _install_line(text: str, *, only_shown: bool) -> None:
    _show("the crontab", text, ())
    if not only_shown:
        kept = without_line(_crontab())
        _write_crontab(f"{kept}{'' if kept.endswith(chr(10)) or not kept else chr(10)}{text}")
    print("it begins with the next start of the machine; until then: tuimon record --detach")


def _crontab() -> str:
    """Return this user's crontab, '' where there is none."""
    done = subprocess.run(["crontab", "-l"], capture_output=True, text=True, check=False)
    if done.returncode and "no crontab" not in done.stderr:
        raise Failure(f"crontab -l: {done.stderr.strip() or 'failed'}")
    return "" if done.returncode else done.stdout


def _write_crontab(text: str) -> None:
    done = subprocess.run(["crontab", "-"], input=text, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Failure(f"crontab: {done.stderr.strip() or 'failed'}")


# -- What all have in common ------------------------------------------------------------------------------------------


def _show(where: str, text: str, steps: tuple[list[str], ...]) -> None:
    print(f"{where}:\n")
    print("".join(f"    {one}".rstrip() + "\n" for one in text.splitlines()))
    for step in steps:
        print(f"then: {shlex.join(step)}")


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise Failure(f"{path}: cannot be written: {error.strerror or error}") from None


def _works(command: list[str]) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def _try(command: list[str]) -> None:
    """Run a command that may have nothing to do."""
    if shutil.which(command[0]):
        subprocess.run(command, capture_output=True, check=False)


def _do(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Failure(f"{shlex.join(command)}: {done.stderr.strip() or f'failed with {done.returncode}'}")
