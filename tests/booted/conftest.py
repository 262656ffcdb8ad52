"""One booted machine for all tests of this folder."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

import pytest
from booted_machines import Booted

NEEDED = ("systemd-nspawn", "unshare", "nsenter", "crontab", "/usr/sbin/sshd")


@pytest.fixture(scope="session")
def machine(tmp_path_factory) -> Iterator[Booted]:
    missing = [name for name in NEEDED if not shutil.which(name)]
    if os.geteuid() != 0 or missing:
        pytest.skip(f"only root can boot a machine, with {', '.join(missing or NEEDED)}")
    folder = tmp_path_factory.mktemp("booted") / "m"
    folder.mkdir()
    one = Booted(folder)
    try:
        one.boot()
        yield one
    finally:
        one.close()
