"""Receivers of notices, for real and on loopback: a mail server, a web server that answers as it is told."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword


class Mailbox:
    """What a mail server took: (subject, text) of each message."""

    def __init__(self) -> None:
        self.mails: list[tuple[str, str]] = []

    async def handle_DATA(self, _server, _session, envelope):  # noqa: N802  aiosmtpd's
        mail = message_from_bytes(envelope.content, policy=policy.default)
        body = mail.get_body(("plain", "html"))
        self.mails.append((str(mail["subject"]), body.get_content() if body else ""))
        return "250 taken"


def free_port() -> int:
    """A port that nobody listens at now; aiosmtpd wants to know it beforehand."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


@contextlib.contextmanager
def mail_server(password: str = "") -> Iterator[tuple[Mailbox, int]]:
    """A mail server on loopback and its port; with a password, nobody else may send."""

    def check(_server, _session, _envelope, _mechanism, data):
        right = isinstance(data, LoginPassword) and data.password == password.encode()
        return AuthResult(success=right, handled=False)

    box = Mailbox()
    options = {"authenticator": check, "auth_required": True, "auth_require_tls": False} if password else {}
    server = Controller(box, hostname="127.0.0.1", port=free_port(), **options)
    server.start()
    try:
        yield box, server.port
    finally:
        server.stop()


class Web:
    """What a web server took: (path, JSON) of each request; `answer` gives the status, and may take its time."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, dict]] = []
        self.tries = 0
        self.answer: Callable[[], int] = lambda: 200
        self.port = 0


@contextlib.contextmanager
def web_server() -> Iterator[Web]:
    """A web server on loopback."""
    web = Web()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            web.tries += 1
            status = web.answer()
            if status == 200:
                web.taken.append((self.path, json.loads(body)))
            with contextlib.suppress(OSError):
                self.send_response(status)
                self.end_headers()
                self.wfile.write(b"ok")

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    web.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield web
    finally:
        server.shutdown()
        server.server_close()


def until(true: Callable[[], object], seconds: float = 15.0) -> object:
    """Wait until something holds; fail where it does not."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := true():
            return found
        time.sleep(0.02)
    raise AssertionError("it never came")
