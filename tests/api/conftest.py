"""What the tests of the API share: servers, of a simulated machine with a past among them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import pytest
from servers import ROOT, TOKEN, UNTIL, Served

from tuimon.cli import main


@pytest.fixture(scope="session")
def serving(tmp_path_factory, own_home) -> Iterator[Callable[..., Served]]:
    """Start `tuimon --serve` with arguments, on a port of the kernel's choice; what is left over ends with the tests.

    `quick` are the arguments of quick_server, which is started instead.
    """
    del own_home
    started: list[subprocess.Popen[str]] = []

    def start(
        *arguments: str, token: str = "", environ: Mapping[str, str] | None = None, quick: Sequence[str] = ()
    ) -> Served:
        log = tmp_path_factory.mktemp("served") / "tuimon.log"
        env = os.environ | ({"TUIMON_TOKEN": token} if token else {}) | dict(environ or {})
        usual = ("-m", "tuimon", "--serve", "--port", "0", "--log", str(log), *arguments)
        script = str(Path(__file__).with_name("quick_server.py"))
        process = subprocess.Popen(
            [sys.executable, *((script, *quick) if quick else usual)],
            cwd=ROOT,
            env=env | {"PYTHONPATH": str(ROOT)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        said = process.stderr.readline()
        assert "serving at" in said, said
        served = Served(process, said, token)
        served.log = log
        return served

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.wait()
        process.stderr.close()


@pytest.fixture(scope="session")
def past(tmp_path_factory, own_home) -> str:
    """Return the path of a history of two simulated hours up to UNTIL, with an incident at their end."""
    del own_home
    path = str(tmp_path_factory.mktemp("api-history") / "filled.db")
    assert main(["fill", "cpu-spike", "--span", "20 min", "--until", UNTIL, "--history", path]) == 0
    return path


@pytest.fixture(scope="session")
def simulated(serving, past) -> Served:
    """Return a server of a simulated machine with a past, that shows everything to whom has the token."""
    return serving("--simulate", "busy", "--no-record", "--history", past, token=TOKEN)


@pytest.fixture(scope="session")
def open_to_all(serving, past) -> Served:
    """Return the same without a token."""
    return serving("--simulate", "busy", "--no-record", "--history", past)
