"""A real recorder, a real busy loop, a filesystem that fills, memory that is eaten: raised, told, cleared, told, and in the history."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from receiving import Web, until, web_server

from tuimon.history import open_archive

TOLD = """
notify:
  group: 0 s
  title: "{{severity}} {{rule}}"
  targets: [{{name: hook, url: "json://127.0.0.1:{port}/"}}]
"""
CONFIG = (
    TOLD
    + """
collectors:
  filesystem_every: 1 s
  ignore_filesystem_types: []
alerts:
  rules:
    - {{name: greedy, when: 'process "cmd ~ spin-{pid}" cpu > 5 %', for: 1 s, clear: 2 %, recover: 1 s}}
    - {{name: full, when: "filesystem.used_percent[{mount}] > 50 %", for: 1 s, clear: 40 %, recover: 1 s}}
"""
)
MOUNTED = 'mount -t tmpfs -o size=4m none "$1" && shift && exec "$@"'


@pytest.fixture
def web() -> Iterator[Web]:
    with web_server() as found:
        yield found


@pytest.fixture
def recorder(tmp_path: Path, web: Web) -> Iterator[subprocess.Popen[bytes]]:
    """A recorder with a small filesystem of its own, which nobody else sees."""
    mount = tmp_path / "small"
    mount.mkdir()
    config = tmp_path / "config.yaml"
    config.write_text(CONFIG.format(port=web.port, pid=os.getpid(), mount=mount))
    words = [sys.executable, "-m", "tuimon", "record", "--config", str(config), "--history", str(tmp_path / "h.db")]
    command = ["unshare", "--mount", "sh", "-c", MOUNTED, "sh", str(mount), *words]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        process.wait(20)


EATER = """
import resource, sys
resource.setrlimit(resource.RLIMIT_AS, (320 << 20,) * 2)
held = []
try:
    while True:
        held.append(bytes(b"x" * (1 << 20)))
except MemoryError:
    sys.stdin.read()
"""
"""Eats all that it may have, and holds it until it is told to end."""
LIMITED = (
    TOLD
    + """
collectors: {{filesystem_every: 1 s}}
alerts:
  rules:
    - {{name: eater, when: 'process "cmd ~ eat-{pid}" memory > 150 MiB', for: 1 s, clear: 100 MiB, recover: 1 s}}
    - {{name: memory-limit, when: 'memory.limit_used_percent > 50 %', for: 1 s, clear: 45 %, recover: 1 s}}
"""
)


def made_group(limit_bytes: int) -> Path | None:
    """Make a control group of so much memory, of either version; None where this machine lets nobody make one."""
    for parent, file in (("memory", "memory.limit_in_bytes"), ("", "memory.max")):
        group = Path("/sys/fs/cgroup", parent, f"tuimon-test-{os.getpid()}")
        with contextlib.suppress(OSError):
            group.mkdir()
            if (group / file).exists():
                (group / file).write_text(f"{limit_bytes}")
                return group
            group.rmdir()
    return None


@contextlib.contextmanager
def small_group(limit_bytes: int) -> Iterator[Path | None]:
    """A control group for a while; nobody may be left in it."""
    group = made_group(limit_bytes)
    yield group
    if group is not None:
        until(lambda: not (group / "cgroup.procs").read_text(), 20)
        group.rmdir()


@pytest.mark.root
def test_a_process_that_eats_memory_under_a_small_limit_is_raised_and_cleared_and_told(web, tmp_path):
    config = tmp_path / "config.yaml"
    config.write_text(LIMITED.format(port=web.port, pid=os.getpid()))
    words = [sys.executable, "-m", "tuimon", "record", "--config", str(config), "--history", str(tmp_path / "h.db")]
    with small_group(512 << 20) as group:
        join = f"echo $$ > {group}/cgroup.procs && " if group else ""
        into = ["sh", "-c", f'{join}exec "$@"', "sh"]
        expected = {"eater", "memory-limit"} if group else {"eater"}
        with (
            subprocess.Popen([*into, *words], stdout=subprocess.DEVNULL) as recorder,
            subprocess.Popen(
                [*into, sys.executable, "-c", EATER, f"eat-{os.getpid()}"], stdin=subprocess.PIPE
            ) as eater,
        ):
            try:
                until(lambda: {f"WARNING {rule}" for rule in expected} <= loud(web), 60)
                eater.communicate()
                until(lambda: {f"CLEARED {rule}" for rule in expected} <= titles(web), 60)
            finally:
                eater.kill()
                recorder.send_signal(signal.SIGTERM)
                recorder.wait(20)
    archive = open_archive(str(tmp_path / "h.db"))
    told = [(e.kind, e.alert.rule) for e in archive.events(0, 4e9) if e.alert and e.alert.rule in expected]
    archive.close()
    for rule in expected:
        assert [kind for kind, about in told if about == rule] == ["alert_raised", "alert_cleared"]


def loud(web: Web) -> set[str]:
    """Return the lines of notices, a critical one as a warning: the rule for the limit is critical."""
    return {title.replace("CRITICAL", "WARNING") for title in titles(web)}


def titles(web: Web) -> set[str]:
    """Return the lines that notices have brought, whether alone or gathered."""
    return {line.split(": ")[-1] for _, m in web.taken for line in (m["title"], *m["message"].splitlines())}


@pytest.mark.root
def test_a_busy_loop_and_a_full_filesystem_are_raised_and_cleared_and_told(recorder, web, tmp_path):
    until((tmp_path / "h.db").exists, 30)
    inside = Path(f"/proc/{recorder.pid}/root{tmp_path}/small/filling")
    spin = subprocess.Popen([sys.executable, "-c", "while True: pass", f"spin-{os.getpid()}"])
    try:
        until(inside.parent.is_mount, 20)
        inside.write_bytes(b"x" * (3 << 20))
        until(lambda: {"WARNING greedy", "WARNING full"} <= titles(web), 60)
    finally:
        spin.kill()
        spin.wait()
        inside.unlink(missing_ok=True)
    until(lambda: {"CLEARED greedy", "CLEARED full"} <= titles(web), 60)
    recorder.send_signal(signal.SIGTERM)
    recorder.wait(20)
    archive = open_archive(str(tmp_path / "h.db"))
    told = [(e.kind, e.alert.rule) for e in archive.events(0, 4e9) if e.alert and e.alert.rule in ("greedy", "full")]
    archive.close()
    for rule in ("greedy", "full"):
        assert [kind for kind, about in told if about == rule] == ["alert_raised", "alert_cleared"]
