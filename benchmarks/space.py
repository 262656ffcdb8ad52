"""A process list of its own: a pid namespace with so many sleepers, in which a benchmark runs itself again.

Needs root, or a kernel that allows user namespaces.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
MANY_FILES = 65536


def run_inside(module: str, job: dict[str, Any]) -> Any:
    """Run `python -m benchmarks.MODULE JOB` as pid 1 of a namespace and return what it gave to `answer`."""
    with tempfile.NamedTemporaryFile("r", suffix=".json") as file:
        unshare = ["unshare", *([] if os.geteuid() == 0 else ["--user", "--map-root-user"])]
        unshare += ["--pid", "--mount", "--fork", "--mount-proc", "--kill-child"]
        whole = json.dumps({**job, "answer": file.name})
        subprocess.run([*unshare, sys.executable, "-m", f"benchmarks.{module}", whole], check=True, cwd=ROOT)
        return json.load(file)


def answer(job: dict[str, Any], found: Any) -> None:
    """Hand what was found to `run_inside`."""
    Path(job["answer"]).write_text(json.dumps(found))


@contextlib.contextmanager
def sleepers(count: int) -> Iterator[None]:
    """Keep so many sleeping processes."""
    started = [os.posix_spawnp("sleep", ["sleep", "infinity"], os.environ) for _ in range(count)]
    try:
        yield
    finally:
        for pid in started:
            os.kill(pid, 9)
        for pid in started:
            os.waitpid(pid, 0)


@contextlib.contextmanager
def churn(a_second: float, length: int = 0, lives: tuple[float, ...] = (0.2, 1.5, 4, 20)) -> Iterator[None]:
    """Have so many processes a second come, each under a name of its own (`length` characters), and go after a while."""
    over = threading.Event()

    def work() -> None:
        number, living, noise = 0, set(), random.Random(1)
        while not over.wait(1 / a_second):
            number += 1
            name = f"job-{noise.getrandbits(32):08x}".ljust(length, "-")
            living.add(os.posix_spawnp("sleep", [name, f"{lives[number % len(lives)]:g}"], os.environ))
            living -= {pid for pid in living if os.waitpid(pid, os.WNOHANG)[0]}
        for pid in living:
            os.kill(pid, 9)
            os.waitpid(pid, 0)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def reap_orphans() -> None:
    """As pid 1 of the namespace, take leave of what a program left behind."""
    with contextlib.suppress(ChildProcessError):
        while os.getpid() == 1 and os.waitpid(-1, os.WNOHANG)[0]:
            pass


def search_path() -> str:
    """Return PATH with the folder of this Python first: a peer may live in the same virtual environment."""
    return f"{Path(sys.executable).parent}:{os.environ.get('PATH', os.defpath)}"


def environment(home: Path) -> dict[str, str]:
    """Return what every program is given: a colour terminal, a home of its own, btop at one second."""
    btop = home / "config" / "btop" / "btop.conf"
    if not btop.exists():
        btop.parent.mkdir(parents=True)
        btop.write_text("update_ms = 1000\n")
    return {
        "PATH": search_path(),
        "PYTHONPATH": str(ROOT),
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / "config"),
        "XDG_STATE_HOME": str(home / "state"),
        "XDG_DATA_HOME": str(home / "data"),
        "XDG_CACHE_HOME": str(home / "cache"),
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
        "LANG": "C.UTF-8",
        "LC_ALL": "C.UTF-8",
        "USER": os.environ.get("USER", "root"),
    }
