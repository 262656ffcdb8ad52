"""The real ones: node_exporter, promtool and Prometheus, on loopback, in a folder of their own, ended by pid."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

NOBODYS = "^/(dev|proc|run/credentials/.+|sys|var/lib/docker/.+|var/lib/containers/storage/.+)($|/)"
UPSTREAM = (
    "--collector.netdev.device-exclude=",
    "--collector.filesystem.mount-points-exclude=" + NOBODYS,
    "--no-collector.systemd",
)
"""Debian's package leaves more out, and asks systemd; these are the defaults of the project itself."""


def found(name: str) -> str:
    path = shutil.which(name)
    if path is None:
        pytest.skip(f"{name} is not installed (tools/install-engines.sh)")
    return path


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


def get(url: str, timeout: float = 10) -> str:
    with urllib.request.urlopen(url, timeout=timeout) as answer:  # noqa: S310  loopback
        text: str = answer.read().decode()
        return text


def wait_for(url: str, process: subprocess.Popen[bytes], seconds: float = 30) -> None:
    until = time.monotonic() + seconds
    while True:
        assert process.poll() is None, "it ended at once"
        try:
            get(url)
        except OSError:
            assert time.monotonic() < until, f"no answer from {url}"
            time.sleep(0.05)
        else:
            return


@contextmanager
def running(command: Sequence[str], ready: str, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server until the block ends; it is ready when it answers."""
    with log.open("wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out, cwd=log.parent)
        try:
            wait_for(ready, process)
            yield process
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@contextmanager
def node_exporter(folder: Path, *arguments: str) -> Iterator[str]:
    """Run a real node_exporter; yield the address of its page."""
    binary, port = found("prometheus-node-exporter"), free_port()
    url = f"http://127.0.0.1:{port}/metrics"
    command = [binary, f"--web.listen-address=127.0.0.1:{port}", *arguments]
    with running(command, url, folder / "node_exporter.log"):
        yield url


@contextmanager
def prometheus(folder: Path, config: dict[str, Any]) -> Iterator[str]:
    """Run a real Prometheus; yield its address."""
    binary, port = found("prometheus"), free_port()
    file = folder / "prometheus.yml"
    file.write_text(json.dumps(config))  # JSON is YAML
    command = [
        binary, f"--config.file={file}", f"--storage.tsdb.path={folder / 'tsdb'}", f"--web.listen-address=127.0.0.1:{port}",
    ]  # fmt: skip
    with running(command, f"http://127.0.0.1:{port}/-/ready", folder / "prometheus.log"):
        yield f"http://127.0.0.1:{port}"


def query(address: str, expression: str) -> list[dict[str, Any]]:
    """Return what Prometheus answers to an expression now."""
    asked = urllib.parse.urlencode({"query": expression})
    answer = json.loads(get(f"{address}/api/v1/query?{asked}"))
    assert answer["status"] == "success", answer
    result: list[dict[str, Any]] = answer["data"]["result"]
    return result


def lint(page: str) -> set[str]:
    """Return what promtool has to say of a page: one line a fault. A page that it cannot read fails the test."""
    done = subprocess.run(
        [found("promtool"), "check", "metrics"], input=page.encode(), capture_output=True, check=False,
        env=os.environ | {"LC_ALL": "C"},
    )  # fmt: skip
    said = (done.stdout + done.stderr).decode()
    assert done.returncode in {0, 3}, said
    return set(said.splitlines())
