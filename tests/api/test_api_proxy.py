"""What docs/deployment.md says to put before the API, tried as it is written there: nginx, Caddy, Prometheus."""

from __future__ import annotations

import contextlib
import http.client
import json
import re
import shutil
import socket
import ssl
import subprocess
import textwrap
import time

import pytest
import yaml
from engines import found, free_port, prometheus, query
from servers import ROOT, TOKEN, Served, certificate
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

NAME = "metrics.example.org"
PAGE = (ROOT / "docs" / "deployment.md").read_text(encoding="utf-8")


def written(beginning: str) -> str:
    """Return the indented text of the page that begins so, without its indentation."""
    at = PAGE.index(f"    {beginning}")
    return textwrap.dedent(re.match(r"(?:    .*\n|\n(?=    ))+", PAGE[at:])[0])


def replaced(text: str, *pairs: tuple[str, str]) -> str:
    for was, becomes in pairs:
        assert was in text, f"{was} is not in what is documented"
        text = text.replace(was, becomes)
    return text


@pytest.fixture(scope="module")
def behind(serving, past) -> Served:
    return serving(
        "--simulate", "busy", "--no-record", "--history", past, token=TOKEN, environ={"TUIMON_SERVE_HOSTS": NAME}
    )


@pytest.fixture(scope="module")
def papers(tmp_path_factory):
    return certificate(tmp_path_factory.mktemp("papers"), NAME)


@contextlib.contextmanager
def proxy(command: list[str], port: int, folder):
    with (folder / "proxy.log").open("wb") as log:
        process = subprocess.Popen(
            command, cwd=folder, stdout=log, stderr=log, env={"HOME": str(folder), "PATH": "/usr/sbin:/usr/bin:/bin"}
        )
        try:
            until = time.monotonic() + 30
            while True:
                assert process.poll() is None, (folder / "proxy.log").read_text()
                with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                    break
                assert time.monotonic() < until
                time.sleep(0.05)
            yield port
        finally:
            process.terminate()
            process.wait(20)


@contextlib.contextmanager
def nginx(behind: Served, papers, folder):
    port = free_port()
    server = replaced(
        written("map $http_upgrade"),
        ("listen 443", f"listen 127.0.0.1:{port}"),
        ("/etc/ssl/metrics.pem", papers[0]),
        ("/etc/ssl/metrics.key", papers[1]),
        ("127.0.0.1:8420", f"{behind.host}:{behind.port}"),
    )
    temporary = "".join(
        f"{kind}_temp_path {folder}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    config = folder / "nginx.conf"
    config.write_text(
        f"daemon off;\npid {folder}/pid;\nerror_log stderr;\nevents {{}}\n"
        f"http {{\naccess_log off;\n{temporary}\n{server}\n}}\n"
    )
    with proxy([found("nginx"), "-p", str(folder), "-c", str(config)], port, folder) as at:
        yield at


@contextlib.contextmanager
def caddy(behind: Served, papers, folder):
    port = free_port()
    site = replaced(
        written(f"{NAME} {{"),
        (f"{NAME} {{", f"https://{NAME}:{port} {{\n    tls {papers[0]} {papers[1]}"),
        ("127.0.0.1:8420", f"{behind.host}:{behind.port}"),
    )
    (folder / "Caddyfile").write_text(f"{{\n    admin off\n    auto_https disable_redirects\n}}\n{site}")
    command = [found("caddy"), "run", "--config", str(folder / "Caddyfile"), "--adapter", "caddyfile"]
    with proxy(command, port, folder) as at:
        yield at


def trusting(papers) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=papers[0])


def dial(port: int, papers) -> ssl.SSLSocket:
    return trusting(papers).wrap_socket(socket.create_connection(("127.0.0.1", port), 30), server_hostname=NAME)


@contextlib.contextmanager
def answer_of(port: int, papers, path: str, **more: str):
    asked = http.client.HTTPSConnection(NAME, port, timeout=30)
    with contextlib.closing(asked), dial(port, papers) as asked.sock:
        headers = {"host": f"{NAME}:{port}", "authorization": f"Bearer {TOKEN}"} | more
        asked.request("GET", path, headers={name: value for name, value in headers.items() if value})
        with asked.getresponse() as answer:
            yield answer


def status_of(port: int, papers, path: str, **more: str) -> int:
    with answer_of(port, papers, path, **more) as answer:
        return answer.status


@pytest.mark.parametrize("before", [nginx, caddy])
def test_answers_events_and_sockets_come_through_a_proxy_as_it_is_documented(behind, papers, tmp_path, before):
    with before(behind, papers, tmp_path) as port:
        with answer_of(port, papers, "/api/v1/metrics/current") as answer:
            assert answer.status == 200
            assert json.loads(answer.read())["cpu"]
        assert status_of(port, papers, "/api/v1/metrics/current", authorization="") == 401
        assert status_of(port, papers, "/api/v1/health", origin=f"https://{NAME}:{port}") == 200, "its own page"
        assert status_of(port, papers, "/api/v1/health", origin="https://evil.example") == 403

        with answer_of(port, papers, "/api/v1/stream?families=cpu") as events:
            assert events.headers["content-type"].startswith("text/event-stream")
            ticks = []
            while len(ticks) < 2:  # they come one by one: nothing waits until it is worth sending
                line = events.readline().decode()
                if line.startswith("data: "):
                    ticks.append(json.loads(line[6:])["tick"])
        assert ticks[1] == ticks[0] + 1

        url = f"wss://{NAME}:{port}/api/v1/stream?families=cpu"
        shown = {"Authorization": f"Bearer {TOKEN}"}
        with connect(
            url,
            sock=socket.create_connection(("127.0.0.1", port), 30),
            ssl=trusting(papers),
            additional_headers=shown,
            proxy=None,
        ) as one:
            first, second = (json.loads(one.recv(timeout=30)) for _ in range(2))
        assert second["tick"] == first["tick"] + 1
        with pytest.raises(InvalidStatus) as refused:
            connect(url, sock=socket.create_connection(("127.0.0.1", port), 30), ssl=trusting(papers), proxy=None)
        assert refused.value.response.status_code == 401


def test_the_scrape_of_the_page_is_one_that_prometheus_takes(behind, tmp_path):
    file = tmp_path / "tuimon.token"
    file.write_text(f"{TOKEN}\n")
    config = replaced(
        written("scrape_configs:"),
        ("/etc/prometheus/tuimon.token", str(file)),
        ("127.0.0.1:8420", f"{behind.host}:{behind.port}"),
    )
    read = yaml.safe_load(config)
    read["global"] = {"scrape_interval": "1s"}
    with prometheus(tmp_path, read) as address:
        until = time.monotonic() + 60
        while not query(address, 'up{job="node"} == 1'):
            assert time.monotonic() < until
            time.sleep(0.2)
        assert query(address, "node_memory_MemTotal_bytes")


def test_the_example_of_a_certificate_of_ones_own_is_served(serving, papers, tmp_path):
    typed = written("tuimon --serve --host 0.0.0.0").split()
    for name, path in (("chain.pem", papers[0]), ("key.pem", papers[1])):
        shutil.copy(path, tmp_path / name)
    (tmp_path / "token").write_text(TOKEN)
    arguments = [str(tmp_path / one) if one in ("token", "chain.pem", "key.pem") else one for one in typed[2:]]
    served = serving(*arguments, "--simulate", "calm", "--no-record")
    assert served.url.startswith("https://0.0.0.0:")
    with answer_of(int(served.port), papers, "/api/v1/metrics/current", host="127.0.0.1") as answer:
        assert answer.status == 200
