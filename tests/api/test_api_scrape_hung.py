"""A scrape beside filesystems that really do not answer: it waits for none of them, and says which they are."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest
from exposed import parse
from servers import ROOT, Served

STUCK = ROOT / "tests" / "collectors" / "stuck_fuse.py"

pytestmark = [
    pytest.mark.root,
    pytest.mark.skipif(os.getuid() != 0 and not os.environ.get("CI"), reason="mounts in a namespace of its own"),
]


@pytest.fixture
def beside(tmp_path):
    """Serve beside two mounts that take questions and never answer; yield the server and the folders."""
    folders = [tmp_path / f"silent{number}" for number in range(2)]
    for folder in folders:
        folder.mkdir()
    serve = ["-m", "tuimon", "--serve", "--port", "0", "--history", tmp_path / "h.db", "--log", tmp_path / "log"]
    process = subprocess.Popen(
        ["unshare", "--mount", sys.executable, STUCK, "taken", ":".join(map(str, folders)), sys.executable, *serve],
        cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        start_new_session=True,
    )  # fmt: skip
    try:
        said = process.stderr.readline()
        assert "serving at" in said, said
        yield Served(process, said), [str(folder) for folder in folders]
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(40)
        process.stderr.close()


def test_a_scrape_waits_for_no_filesystem_and_says_which_do_not_answer(beside):
    served, folders = beside
    until = time.monotonic() + 60
    while True:
        answer = served.get("/metrics")
        assert answer.status == 200, "a scrape came to nothing"
        page = parse(answer.body.decode())
        stale = {dict(labels)["device"]: age for labels, age in page.of("tuimon_filesystem_stale_seconds").items()}
        if stale.keys() >= set(folders):
            break
        assert time.monotonic() < until, "never said to be stale"
        time.sleep(0.2)
    errors = {dict(labels)["mountpoint"]: value for labels, value in page.of("node_filesystem_device_error").items()}
    assert [errors[folder] for folder in folders] == [1, 1]
    assert errors["/"] == 0, "the others are told"
    sizes = {dict(labels)["mountpoint"] for labels in page.of("node_filesystem_size_bytes")}
    assert "/" in sizes
    assert sizes.isdisjoint(folders)
