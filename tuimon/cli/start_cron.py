"""A line in the user's crontab that starts the recorder (crontab(5))."""

from __future__ import annotations

import shlex
import shutil
from collections.abc import Sequence
from typing import Final

from tuimon.cli.errors import Failure
from tuimon.cli.starters import Plan, asked, do

MARK: Final = "# tuimon record install"
"""The end of the line in the crontab: by it the line is found again."""


class Cron:
    """The line starts a recorder in the background once the machine is up; what that says of a failure is mailed."""

    @staticmethod
    def works() -> bool:
        """Return whether there are crontabs here."""
        return shutil.which("crontab") is not None

    def plan(self, command: Sequence[str]) -> Plan:
        """Return the line; and how the recorder is started now, since cron does that with the machine only."""
        started = (*command, "--detach", "--wait")
        text = f"@reboot {shlex.join(started)} >/dev/null {MARK}\n".replace("%", "\\%")  # which would end the command
        return Plan("the crontab", text, (started,))

    def install(self, plan: Plan) -> None:
        """Put the line in the place of the one before, and start the recorder."""
        kept = without_line(_read())
        _write(f"{kept}{'' if kept.endswith(chr(10)) or not kept else chr(10)}{plan.text}")
        for step in plan.steps:
            do(step)

    def trouble(self) -> str:
        """Return nothing: the recorder was started, or that has failed already."""
        return ""

    def advice(self) -> str:
        """Return nothing."""
        return ""

    def installed(self) -> str:
        """Return whether the line is there."""
        try:
            before = _read() if self.works() else ""
        except Failure:  # who may have no crontab has none
            return ""
        return "the line in the crontab" if without_line(before) != before else ""

    def remove(self) -> None:
        """Take the line away."""
        _write(without_line(_read()))


def without_line(crontab: str) -> str:
    """Return a crontab without the line that was installed."""
    return "".join(one for one in crontab.splitlines(keepends=True) if not one.rstrip().endswith(MARK))


def _read() -> str:
    """Return this user's crontab, '' where there is none."""
    done = asked(["crontab", "-l"])
    if done.returncode and "no crontab" not in done.stderr:
        raise Failure(f"crontab -l: {' '.join(done.stderr.split()) or 'failed'}")
    return "" if done.returncode else done.stdout


def _write(text: str) -> None:
    if text:
        do(["crontab", "-"], text=text)
    else:
        do(["crontab", "-r"])
