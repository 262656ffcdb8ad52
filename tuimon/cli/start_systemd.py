"""A unit of `systemd --user` that starts the recorder (systemd.unit(5), user@.service(5))."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from tuimon.cli.starters import Plan, asked, do, home, unlink, write
from tuimon.history.owners import user_name

UNIT: Final = "tuimon.service"
CONTROL: Final = ("systemctl", "--user")
TEXT: Final = """\
[Unit]
Description=tuimon records this machine

[Service]
Type=exec
ExecStart={command}
Restart=on-failure
RestartSec=10
# 2: asked for wrongly, or a mistake in the configuration
RestartPreventExitStatus=2
NoNewPrivileges=yes
UMask=0077

[Install]
WantedBy=default.target
"""


class Systemd:
    """The unit waits while a dashboard or another recorder records, and takes over when that ends."""

    @staticmethod
    def works() -> bool:
        """Return whether this user has a systemd to talk to; find its bus where the environment does not say where it is."""
        if not shutil.which(CONTROL[0]):
            return False
        own = f"/run/user/{os.getuid()}"
        if not os.environ.get("XDG_RUNTIME_DIR") and os.access(own, os.W_OK):  # su(1) and sudo(8) set none
            os.environ["XDG_RUNTIME_DIR"] = own
        return asked([*CONTROL, "show-environment"]).returncode == 0

    def plan(self, command: Sequence[str]) -> Plan:
        """Return the unit."""
        text = TEXT.format(command=" ".join(quoted(word) for word in [*command, "--wait"]))
        steps = ((*CONTROL, "daemon-reload"), (*CONTROL, "enable", UNIT), (*CONTROL, "restart", UNIT))
        return Plan(str(file()), text, steps)

    def install(self, plan: Plan) -> None:
        """Write the unit and start it."""
        write(file(), plan.text)
        for step in plan.steps:
            do(step)

    def trouble(self) -> str:
        """Return the newest line of its log where it failed."""
        state = asked([*CONTROL, "show", "-p", "ActiveState,SubState", "--value", UNIT]).stdout.split()
        if state in (["active", "running"], ["activating", "start"]):
            return ""
        line = asked(["journalctl", "--user", "-u", UNIT, "-n", "20", "-o", "cat", "-q"]).stdout if _logs() else ""
        said = [one for one in line.splitlines() if one.startswith("tuimon:") or "Error:" in one]
        return said[-1].removeprefix("tuimon: ") if said else f"it is {' '.join(state) or 'not there'}"

    def advice(self) -> str:
        """Return how it outlives the logout."""
        user = user_name(os.getuid())
        if Path("/var/lib/systemd/linger", user).exists():
            return ""
        return f"to have it start with the machine and outlive your logout: loginctl enable-linger {user}"

    def installed(self) -> str:
        """Return the unit's file."""
        return str(file()) if file().exists() else ""

    def remove(self) -> None:
        """Stop the unit and take it away."""
        if self.works():
            asked([*CONTROL, "disable", "--now", UNIT])
        unlink(file().parent / "default.target.wants" / UNIT)
        unlink(file())
        if self.works():
            asked([*CONTROL, "daemon-reload"])


def _logs() -> bool:
    return shutil.which("journalctl") is not None


def file() -> Path:
    """Return where this user's unit is."""
    base = os.environ.get("XDG_CONFIG_HOME") or Path(home(), ".config")
    return Path(base, "systemd", "user", UNIT)


def quoted(word: str) -> str:
    """Return a word of a command line as systemd.service(5) wants it."""
    word = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return f'"{word}"' if any(not (letter.isalnum() or letter in "-_./%$=:") for letter in word) else word
