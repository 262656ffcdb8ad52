"""An agent of launchd that starts the recorder (launchd.plist(5))."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from tuimon.cli.starters import Plan, asked, do, home, unlink, write

LABEL: Final = "tuimon.record"
TEXT: Final = """\
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


class Launchd:
    """The agent runs while the user is logged in, and waits as the unit of systemd does."""

    @staticmethod
    def works() -> bool:
        """Return whether this is a machine of that kind."""
        return sys.platform == "darwin"

    def plan(self, command: Sequence[str]) -> Plan:
        """Return the property list."""
        from xml.sax.saxutils import escape

        words = "\n".join(f"        <string>{escape(word)}</string>" for word in [*command, "--wait"])
        text = TEXT.format(label=LABEL, arguments=words)
        return Plan(str(file()), text, (("launchctl", "load", "-w", str(file())),))

    def install(self, plan: Plan) -> None:
        """Write the property list and load it."""
        asked(["launchctl", "unload", str(file())])
        write(file(), plan.text)
        for step in plan.steps:
            do(step)

    def trouble(self) -> str:
        """Return nothing: launchd does not say."""
        return ""

    def advice(self) -> str:
        """Return nothing."""
        return ""

    def installed(self) -> str:
        """Return the agent's file."""
        return str(file()) if file().exists() else ""

    def remove(self) -> None:
        """Unload the agent and take it away."""
        if shutil.which("launchctl"):
            asked(["launchctl", "unload", "-w", str(file())])
        unlink(file())


def file() -> Path:
    """Return where this user's agent is."""
    return Path(home(), "Library", "LaunchAgents", f"{LABEL}.plist")
