"""Where a fault is made: a folder in a mount namespace, and a dashboard of 80x24 that records into it."""

from __future__ import annotations

import os
import shlex
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

from cases import Case
from stepping import SteppedClock
from terminals import Terminal, home_environment

ROOT = Path(__file__).resolve().parents[2]


class Rig:
    """The mount namespace of all stages."""

    def __init__(self, folder: Path, cases: tuple[Case, ...]) -> None:
        words = [f"{one.kind}={folder / str(at) / 'place'}" for at, one in enumerate(cases) if one.kind]
        kept = folder / "var-tmp"
        kept.mkdir(0o1777)
        rigged = str(Path(__file__).with_name("rigged.py"))
        self.process = subprocess.Popen(
            ["unshare", "--mount", sys.executable, rigged, f"bind:{kept}=/var/tmp", *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout.readline() == "ready\n"

    def entered(self, *words: str) -> list[str]:
        """Return the command line that runs another one in the namespace."""
        return ["nsenter", "-m", "-t", str(self.process.pid), "--", *words]

    def inside(self, path: Path) -> Path:
        """Return where a file of the namespace is seen from here."""
        return Path(f"/proc/{self.process.pid}/root{path}")

    def close(self) -> None:
        self.process.communicate(timeout=20)


class Stage:
    """One fault, with what tuimon sees of it."""

    def __init__(self, rig: Rig, case: Case, home: Path) -> None:
        self.case = case
        self._rig = rig
        self.folder_inside = home / "place"
        self.folder = rig.inside(self.folder_inside)
        if not case.kind:
            self.folder.mkdir(0o700)
        self.path = str(self.folder_inside / case.file)
        self.history = self.folder / case.file
        self.clock = SteppedClock(home, case.clock) if case.clock else None
        self._open: list[sqlite3.Connection] = []
        case.before(self)
        self.terminal = Terminal(80, 24, home)
        self.terminal.type("set +m")  # else the shell takes the terminal back from a program that is stopped
        self.terminal.send("Enter")
        clock = self.clock.environment if self.clock else {}
        given = [f"{name}={value}" for name, value in {**case.environment, **clock}.items()]
        self.terminal.run("--history", self.path, extra=shlex.join(rig.entered("env", *given)))

    def beside(self, side: str) -> Path:
        return Path(f"{self.history}{side}")

    def open_for_good(self, path: Path) -> sqlite3.Connection:
        self._open.append(sqlite3.connect(f"file:{path}?mode=ro", uri=True, isolation_level=None))
        return self._open[-1]

    def let_go(self) -> None:
        while self._open:
            self._open.pop().close()

    def run(self, *words: str) -> str:
        """Run a command in the namespace, with what this stage's tuimon is given."""
        done = subprocess.run(
            self._rig.entered(*words),
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
            env=os.environ | home_environment(self.terminal.home) | self.case.environment | {"PYTHONPATH": str(ROOT)},
        )
        return done.stdout + done.stderr

    def doctor(self) -> str:
        return self.run(sys.executable, "-m", "tuimon", "doctor", "--history", self.path)

    def close(self) -> None:
        self.let_go()
        if self.terminal.alive():
            os.kill(self.terminal.pid, signal.SIGKILL)
        os.kill(self.terminal.shell, signal.SIGKILL)  # without job control it does not mind that its terminal goes
        self.terminal.close()
