"""A tuimon that serves, as a process of its own, and a client without manners."""

from __future__ import annotations

import contextlib
import http.client
import json
import re
import signal
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TOKEN = "a-token-of-the-tests-0123456789"
UNTIL = "2026-11-20T12:00:00Z"
UNTIL_EPOCH = 1795176000


@dataclass
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self):
        return json.loads(self.body)


class Served:
    """A running server and how it is asked."""

    def __init__(self, process: subprocess.Popen[str], said: str, token: str = "") -> None:
        self.process = process
        self.said = said
        self.token = token
        self.url = re.search(r"https?://\S+?(?=[,;])", said)[0]
        self.host, self.port = self.url.split("//")[1].rsplit(":", 1)

    def get(self, path: str, method: str = "GET", token: str | None = None, **headers: str) -> Answer:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        token = self.token if token is None else token
        if token:
            sent.setdefault("authorization", f"Bearer {token}")
        asked = http.client.HTTPConnection(self.host.strip("[]"), int(self.port), timeout=60)
        with contextlib.closing(asked):
            asked.request(method, path, headers=sent)
            answer = asked.getresponse()
            found = {n.lower(): v for n, v in answer.getheaders()}
            endless = found.get("content-type", "").startswith("text/event-stream")
            return Answer(answer.status, found, answer.read1() if endless else answer.read())

    def end(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(20)


def certificate(folder: Path, name: str) -> tuple[str, str]:
    cert, key = folder / f"{name}.pem", folder / f"{name}.key"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:localhost,DNS:{name},IP:127.0.0.1", "-keyout", key, "-out", cert],
        check=True,
        capture_output=True,
    )  # fmt: skip
    return str(cert), str(key)
