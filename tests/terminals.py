"""A real terminal for the tests: a shell in a private tmux server, in which tuimon is typed and watched."""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest

ROOT = Path(__file__).resolve().parent.parent
PROMPT = re.compile(r"<(\d+)>\$\s*$")
SHELL = ("bash", "--norc", "--noprofile")
T = TypeVar("T")


def home_environment(home: Path) -> dict[str, str]:
    """Return the variables that make `home` the user's home."""
    return {
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / "config"),
        "XDG_STATE_HOME": str(home / "state"),
        "XDG_DATA_HOME": str(home / "data"),
        "XDG_CACHE_HOME": str(home / "cache"),
        "XDG_RUNTIME_DIR": str(home),
    }


def eventually(look: Callable[[], T], seconds: float, what: Callable[[], str]) -> T:
    """Look again and again until there is something to see; fail with `what()` after so many seconds."""
    end = time.monotonic() + seconds
    while not (seen := look()):
        if time.monotonic() > end:
            pytest.fail(f"not within {seconds} s: {what()}")
        time.sleep(0.03)
    return seen


def children(pid: int) -> list[int]:
    """Return the pids of the living children of a process, oldest first."""
    try:
        threads = list(Path(f"/proc/{pid}/task").iterdir())
        return sorted(int(child) for one in threads for child in (one / "children").read_text().split())
    except OSError:
        return []


def descendants(pid: int) -> list[int]:
    """Return all that a process started and what that started."""
    found: list[int] = []
    for child in children(pid):
        found += [child, *descendants(child)]
    return found


def shown_status(lines: list[str]) -> str:
    """Return the exit status in the prompt that a screen ends with, '' where it does not end with one."""
    found = PROMPT.search(next((line for line in reversed(lines) if line.strip()), ""))
    return found[1] if found else ""


class Terminal:
    """tuimon, typed at the prompt of a shell in a terminal of its own (a private tmux server).

    The prompt shows the exit status of the command before it: `<0>$`. `home` is the program's home.
    """

    def __init__(self, cols: int, rows: int, home: Path) -> None:
        self.home = home
        self._socket = str(home / "tmux.socket")
        conf = home / "tmux.conf"
        conf.write_text(
            "set -g status off\nset -g escape-time 0\nset -g default-terminal tmux-256color\n"
            "set -g focus-events on\nset -g remain-on-exit on\n"
        )
        environment = {
            name: value
            for name, value in os.environ.items()
            if name not in {"LINES", "COLUMNS", "TMUX", "TMUX_PANE", "NO_COLOR"}
        }
        environment |= home_environment(home) | {
            "PS1": "<$?>$ ",
            "LANG": "C.UTF-8",
            "LC_ALL": "C.UTF-8",
            "COLORTERM": "truecolor",
            "PYTHONPATH": str(ROOT),
            "SHELL": "/bin/bash",
        }
        start = f"new-session -d -s t -x {cols} -y {rows} -c"
        subprocess.run(
            ["tmux", "-S", self._socket, "-f", str(conf), *start.split(), str(home), *SHELL],
            check=True,
            env=environment,
        )
        self.server = int(self._ask("#{pid}"))
        self.shell = int(self._ask("#{pane_pid}"))
        self.wait_for_prompt()

    def _tmux(self, *arguments: str) -> str:
        done = subprocess.run(
            ["tmux", "-S", self._socket, *arguments], check=True, capture_output=True, encoding="utf-8"
        )
        return done.stdout

    def _ask(self, what: str) -> str:
        return self._tmux("display-message", "-p", "-t", "t", what).strip()

    def run(self, *arguments: str, extra: str = "", after: str = "", script: Path | None = None) -> None:
        """Type the command that starts tuimon; `extra` goes before it, `after` behind it, `script` in its place."""
        program = [str(script)] if script else ["-m", "tuimon"]
        line = " ".join([extra, shlex.join([sys.executable, *program, *arguments]), after])
        self.type(f"clear; {line.strip()}")
        self.send("Enter")

    def send(self, *keys: str) -> None:
        """Press keys by tmux's names for them: `q`, `Enter`, `C-c`, `Down`, `F1`."""
        self._tmux("send-keys", "-t", "t", *keys)

    def type(self, text: str) -> None:
        """Type text as it stands."""
        self._tmux("send-keys", "-t", "t", "-l", "--", text)

    def screen(self) -> list[str]:
        """Return the lines that are on the screen now, without colours."""
        return self._tmux("capture-pane", "-p", "-t", "t").split("\n")[:-1]

    def picture(self) -> str:
        """Return the screen with its escape sequences."""
        return self._tmux("capture-pane", "-p", "-e", "-N", "-t", "t")

    def text(self) -> str:
        """Return the screen in one piece, for `in` and for messages."""
        return "\n".join(self.screen())

    def wait_for(self, text: str, seconds: float = 20) -> list[str]:
        """Return the screen as soon as it shows a text."""
        return self.wait_until(lambda lines: any(text in line for line in lines), seconds, f"{text!r} on the screen")

    def wait_until(
        self, seen: Callable[[list[str]], bool], seconds: float = 20, what: str = "the screen wanted"
    ) -> list[str]:
        """Return the screen as soon as `seen` says yes to it."""

        def look() -> list[str]:
            lines = self.screen()
            if seen(lines):
                return lines
            if not self.alternate() and (status := shown_status(lines)) not in {"", "0"}:
                pytest.fail(f"{what}: the program ended with {status}:\n{self.text()}")
            return []

        return eventually(look, seconds, lambda: f"{what}; it shows:\n{self.text()}")

    def wait_for_prompt(self, seconds: float = 20) -> int:
        """Wait until the shell has the terminal again; return the exit status that its prompt shows."""

        def prompt() -> str:
            return "" if self.alternate() else shown_status(self.screen())

        return int(eventually(prompt, seconds, lambda: f"a prompt; it shows:\n{self.text()}"))

    def resize(self, cols: int, rows: int) -> None:
        """Give the terminal another size."""
        self._tmux("resize-window", "-t", "t", "-x", str(cols), "-y", str(rows))

    def alternate(self) -> bool:
        """Say whether the alternate screen is shown."""
        return self._ask("#{alternate_on}") == "1"

    def modes(self) -> dict[str, str]:
        """Return what a program may leave switched on: mouse reports, a hidden cursor, keypad and wrap modes."""
        names = ("alternate_on", "mouse_any_flag", "mouse_sgr_flag", "cursor_flag", "keypad_flag", "wrap_flag")
        values = self._ask(":".join(f"#{{{name}}}" for name in names)).split(":")
        return dict(zip(names, values, strict=True))

    def alive(self) -> bool:
        """Say whether tuimon runs (or is stopped) under the shell."""
        return bool(self._programs())

    @property
    def pid(self) -> int:
        """The pid of the tuimon under the shell."""
        return eventually(self._programs, 10, lambda: f"a process; it shows:\n{self.text()}")[0]

    def _programs(self) -> list[int]:
        def runs_it(pid: int) -> bool:
            try:
                return Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[1:3] == [b"-m", b"tuimon"]
            except OSError:
                return False

        return [pid for pid in descendants(self.shell) if runs_it(pid)]

    def close(self) -> None:
        """End the terminal and whatever is left in it."""
        left = descendants(self.server)
        subprocess.run(["tmux", "-S", self._socket, "kill-server"], check=False, capture_output=True)
        end = time.monotonic() + 3
        while any(Path(f"/proc/{pid}").exists() for pid in left) and time.monotonic() < end:
            time.sleep(0.02)
        for pid in left:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
