"""What keeps the dashboard of another machine from being shown: one line each, with the remedy."""

from __future__ import annotations

import http.server
import json
import socket
import ssl
import subprocess
import threading
from contextlib import contextmanager
from pathlib import Path

import pytest

from tuimon.model.protocol import SPOKEN, Edition, edition_of
from tuimon.sources.remote.address import AddressError, address_of
from tuimon.sources.remote.faults import RemoteError
from tuimon.sources.remote.greeting import greet
from tuimon.sources.remote.line import Line


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("http://db1:8420", ("http", "db1", 8420, "")),
        ("https://db1", ("https", "db1", 443, "")),
        ("http://[::1]:8420/", ("http", "::1", 8420, "")),
        ("https://example.org/monitor/", ("https", "example.org", 443, "/monitor")),
        ("http://db1:8420/api/v1", ("http", "db1", 8420, "")),
    ],
)
def test_a_url_is_scheme_host_port_and_what_a_proxy_puts_before(typed, found):
    one = address_of(typed)
    assert (one.scheme, one.host, one.port, one.path) == found
    assert address_of(one.url) == one


@pytest.mark.parametrize(
    ("typed", "line"),
    [
        ("db1:8420", "did you mean 'http://db1:8420'?"),
        ("ftp://db1", "expected http:// or https://"),
        ("http://", "names no host"),
        ("http://db1:99999", "is no URL"),
        ("http://db1:8420?token=x", "expected 'http://db1:8420'"),
        ("http://db1 8420", "is no URL"),
        ("http://\x1b[31m", "is no URL"),
    ],
)
def test_what_is_no_url_is_said_with_the_nearest_that_is_one(said, typed, line):
    with pytest.raises(AddressError, match=line.replace("?", r"\?")):
        address_of(typed)
    if typed == "db1:8420":
        code, told = said(typed)
        assert (code, line in told) == (2, True)


def test_a_password_in_a_url_is_refused_and_not_repeated(said):
    code, line = said("http://me:secret99@db1:8420")
    assert code == 2
    assert "--token-file" in line
    assert "secret99" not in line


def test_the_token_is_in_no_text_of_an_address():
    assert "hidden-token" not in repr(address_of("http://db1", token="hidden-token"))


def test_options_of_this_machine_do_not_go_with_it(said):
    for option in (("--history", "x.db"), ("--simulate",), ("--no-record",), ("--replay", "x.db"), ("--serve",)):
        code, line = said("http://db1:8420", *option)
        assert code == 2, line
        assert "--connect" in line
    code, line = said("http://db1:8420", "--host", "127.0.0.1")
    assert (code, line) == (2, "--host goes with --serve")


def test_where_nothing_listens_the_remedy_is_said(said):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    code, line = said(f"http://127.0.0.1:{port}")
    assert code == 1
    assert "connection refused; is 'tuimon --serve' running there" in line
    code, line = said("http://no-such-machine.invalid:8420")
    assert code == 1
    assert "no machine is known by the name no-such-machine.invalid" in line


def test_a_token_that_is_missing_wrong_or_short_is_said(said, guarded, tmp_path):
    code, line = said(guarded.url)
    assert (code, "a token is needed; give it with --token-file FILE or in TUIMON_TOKEN" in line) == (1, True)
    code, line = said(guarded.url, TUIMON_TOKEN="another-token-of-the-tests")
    assert (code, "this token is not the right one" in line) == (1, True)
    assert "another-token" not in line
    short = tmp_path / "token"
    short.write_text("short\n")
    code, line = said(guarded.url, "--token-file", str(short))
    assert (code, "at least 16 characters" in line) == (2, True)


def test_the_token_of_this_machines_own_server_is_shown_to_nobody(said, guarded, tmp_path):
    secret = tmp_path / "own"
    secret.write_text("a-token-of-the-tests-0123456789\n")
    config = tmp_path / "config.yaml"
    config.write_text(f"serve:\n  token_file: {secret}\n")
    code, line = said(guarded.url, "--config", str(config))
    assert (code, "a token is needed" in line) == (1, True)


def test_tls_where_there_is_none_names_the_other_scheme(said, guarded):
    code, line = said(guarded.url.replace("http://", "https://"))
    assert (code, f"did you mean '{guarded.url}'?" in line) == (1, True)


# -- servers that are something else ----------------------------------------------------------------------------------


@contextmanager
def answering(status: int, body: bytes, kind: str = "application/json", tls: Path | None = None, **headers: str):
    """Serve one answer to whatever is asked."""

    class Handler(http.server.BaseHTTPRequestHandler):
        asked: list[str | None] = []  # noqa: RUF012  one test, one server

        def do_GET(self):
            self.asked.append(self.headers.get("authorization"))
            self.send_response(status)
            for name, value in {"content-type": kind, "content-length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if tls is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(tls)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"{'http' if tls is None else 'https'}://127.0.0.1:{server.server_port}", Handler
    finally:
        server.shutdown()
        server.server_close()


def told(url: str, **options: str) -> str:
    line = Line(address_of(url, **options))
    try:
        with pytest.raises(RemoteError) as caught:
            greet(line)
        return str(caught.value)
    finally:
        line.close()


def health(**changes: object) -> bytes:
    found = {"status": "ok", "version": "0.9.0", "protocol": str(SPOKEN), "interval_seconds": 2.0} | changes
    return json.dumps(found).encode()


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (200, b"<html>hello</html>", "text/html"),
        (404, b"not found", "text/plain"),
        (200, b'{"status": "green"}', "application/json"),
        (200, b"[" * 100_000, "application/json"),
    ],
)
def test_a_server_that_is_no_tuimon_is_known(status, body, kind):
    with answering(status, body, kind) as (url, _):
        assert "there is no tuimon: 'tuimon --serve' would answer at /api/v1/health" in told(url)


def test_a_redirect_is_not_followed_with_the_token():
    with answering(200, health()) as (elsewhere, other), answering(302, b"", location=elsewhere) as (url, _):
        assert f"it sends elsewhere, to '{elsewhere}': give that URL" in told(url, token="a-token-of-the-tests")
        assert other.asked == []


@pytest.mark.parametrize(
    ("protocol", "line"),
    [
        (None, "tuimon 0.9.0 runs there, which is too old to be shown from here; upgrade tuimon there"),
        ("1.0", "upgrade tuimon there"),
        ("2.0", "tuimon 0.9.0 speaks protocol 2.0"),
        ("nonsense", "upgrade tuimon there"),
    ],
)
def test_another_edition_of_the_contract_is_one_line(protocol, line):
    with answering(200, health(protocol=protocol)) as (url, _):
        assert line in told(url)


def test_a_newer_tuimon_of_the_same_edition_is_shown_and_said():
    newer = Edition(SPOKEN.major, SPOKEN.minor + 3)
    with answering(200, health(protocol=str(newer), more={"unknown": [1]})) as (url, _):
        line = Line(address_of(url))
        greeting = greet(line)
        line.close()
    assert "tuimon 0.9.0 runs there" in greeting.remark
    assert (greeting.edition, greeting.interval) == (newer, 2.0)
    assert edition_of("1.x") is None


# -- certificates -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def certificate(tmp_path_factory) -> Path:
    """Return a file with a key and a certificate of its own making, for 127.0.0.1."""
    folder = tmp_path_factory.mktemp("tls")
    key, made = folder / "key.pem", folder / "cert.pem"
    words = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=test"
    names = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(made)]
    subprocess.run(["openssl", *words.split(), *names], check=True, capture_output=True)
    both = folder / "both.pem"
    both.write_text(key.read_text() + made.read_text())
    return both


def test_a_certificate_that_nobody_vouches_for_is_refused_and_can_be_trusted(certificate):
    with answering(200, health(), tls=certificate) as (url, _):
        line = told(url)
        assert "its certificate is not trusted" in line
        assert "--tls-cert FILE" in line
        trusting = Line(address_of(url, trusted=str(certificate.parent / "cert.pem")))
        assert greet(trusting).version == "0.9.0"
        trusting.close()
        assert "its certificate is for another name" in told(
            url.replace("127.0.0.1", "localhost"), trusted=str(certificate.parent / "cert.pem")
        )


def test_a_certificate_to_trust_that_cannot_be_read_is_said(said, tmp_path):
    code, line = said("https://127.0.0.1:9", "--tls-cert", str(tmp_path / "none.pem"))
    assert (code, "none.pem: cannot be read" in line) == (1, True)
    (tmp_path / "empty.pem").write_text("nothing")
    code, line = said("https://127.0.0.1:9", "--tls-cert", str(tmp_path / "empty.pem"))
    assert (code, "empty.pem: cannot be read" in line) == (1, True)
