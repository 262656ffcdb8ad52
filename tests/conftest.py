"""What all tests share: a home of their own, a real terminal, and no skipping where CI=true."""

from __future__ import annotations

import logging
import os
import signal
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from terminals import Terminal, home_environment

settings.register_profile(  # the machine is shared and noisy: an example may take its time
    "tuimon", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.load_profile("tuimon")


if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # started in the background: what the tests start would ignore it
    signal.signal(signal.SIGINT, signal.default_int_handler)


def _must_not_skip() -> bool:
    return os.environ.get("CI") == "true"


def _refuse(report: pytest.TestReport | pytest.CollectReport) -> None:
    """Turn a skip into a failure that names its reason."""
    if report.outcome == "skipped" and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped, and with CI=true nothing may skip: {report.longrepr}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if _must_not_skip():
        _refuse(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    if _must_not_skip():
        _refuse(report)
    return report


@pytest.fixture(autouse=True, scope="session")
def own_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Point HOME and the XDG folders at a temporary one: no test sees or touches the user's history."""
    home = tmp_path_factory.mktemp("home")
    patch = pytest.MonkeyPatch()
    for name, folder in home_environment(home).items():
        patch.setenv(name, folder)
    yield home
    patch.undo()


@pytest.fixture(autouse=True)
def own_log() -> Iterator[None]:
    """Put the logger back as it was: a command that ran in this process has sent it to a file."""
    root = logging.getLogger("tuimon")
    before = root.handlers[:], root.level, root.propagate
    yield
    root.handlers[:], root.level, root.propagate = before


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Callable[..., Terminal]]:
    """Give `terminal(cols, rows, *arguments)`: a terminal in which tuimon is being started with arguments."""
    opened: list[Terminal] = []

    def open_terminal(cols: int, rows: int, *arguments: str, start: bool = True) -> Terminal:
        home = tmp_path / f"home{len(opened)}"
        home.mkdir()
        one = Terminal(cols, rows, home)
        opened.append(one)
        if start:
            one.run(*arguments)
        return one

    yield open_terminal
    for one in opened:
        one.close()
