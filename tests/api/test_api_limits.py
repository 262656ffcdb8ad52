"""Each limit of the API is told to whom meets it, by a problem document that names it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import time

import pytest
import uvicorn
from servers import TOKEN
from uvicorn.server import ServerState

from tuimon.api import protocol
from tuimon.api.access import Access
from tuimon.api.app import App, Served
from tuimon.api.problems import MEDIA_TYPE

HEALTH = b"GET /api/v1/health HTTP/1.1\r\nhost: localhost\r\n\r\n"
LIMIT = 8


@pytest.fixture(scope="module")
def narrow(serving):
    """Return a server that lets few in at a time, and two streams."""
    environ = {"TUIMON_SERVE_CONNECTIONS": str(LIMIT), "TUIMON_SERVE_STREAMS": "2"}
    return serving("--simulate", "busy", "--no-record", environ=environ)


def connected(served) -> socket.socket:
    return socket.create_connection((served.host, int(served.port)), 20)


def answer_of(one: socket.socket) -> tuple[int, dict[str, str], bytes]:
    """Read one answer."""
    answer = b""
    while b"\r\n\r\n" not in answer:
        part = one.recv(65536)
        assert part, f"closed without an answer: {answer!r}"
        answer += part
    head, _, body = answer.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in lines)
    while len(body) < int(headers["content-length"]):
        body += one.recv(65536)
    return int(first.split()[1]), headers, body


def problem(one: socket.socket) -> dict[str, object]:
    """Read an answer that is a problem document, after which the connection ends."""
    status, headers, body = answer_of(one)
    assert headers["content-type"] == MEDIA_TYPE
    assert (headers["connection"], headers["x-content-type-options"]) == ("close", "nosniff")
    assert one.recv(1) == b""
    found = json.loads(body)
    assert found["status"] == status
    return found


def test_connections_beyond_the_limit_are_told_so_and_those_within_go_on(narrow):
    with contextlib.ExitStack() as stack:
        held = [stack.enter_context(connected(narrow)) for _ in range(LIMIT)]
        for one in held:
            one.sendall(HEALTH)
            assert answer_of(one)[0] == 200
        for asked in (HEALTH, HEALTH.replace(b"health", b"metrics/current"), HEALTH.replace(b"/health", b"/no")):
            with connected(narrow) as more:
                more.sendall(asked)
                found = problem(more)
            assert found["status"] == 503
            assert "8 connections" in found["detail"]
            assert "serve.connections" in found["detail"]
        with connected(narrow) as more:
            more.sendall(HEALTH.replace(b"health", b"stream").replace(b"\r\n\r\n", UPGRADE))
            assert "serve.connections" in problem(more)["detail"]
        for one in held:
            one.sendall(HEALTH)
            assert answer_of(one)[0] == 200, "who was let in is not turned away when others come"
        held.pop().close()
        _until(lambda: _is_let_in(narrow))


UPGRADE = (
    b"\r\nupgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-version: 13\r\n"
    b"sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)


def _is_let_in(served) -> bool:
    with connected(served) as one:
        one.sendall(HEALTH.replace(b"\r\n\r\n", b"\r\nconnection: close\r\n\r\n"))
        return answer_of(one)[0] == 200


def _until(true) -> None:
    for _ in range(400):
        if true():
            return
        time.sleep(0.02)
    raise AssertionError


def test_a_crowd_beyond_the_limit_is_answered_before_it_asks(narrow):
    with contextlib.ExitStack() as stack:
        crowd = [stack.enter_context(connected(narrow)) for _ in range(LIMIT + protocol.SPARE + 5)]
        assert all("serve.connections" in problem(one)["detail"] for one in crowd[-5:])
        crowd[0].sendall(HEALTH)
        assert answer_of(crowd[0])[0] == 200
    _until(lambda: _is_let_in(narrow))


def test_streams_beyond_the_limit_are_told_so(narrow):
    with contextlib.ExitStack() as stack:
        ask = HEALTH.replace(b"health", b"stream").replace(b"\r\n\r\n", UPGRADE)
        for _ in range(2):
            one = stack.enter_context(connected(narrow))
            one.sendall(ask)
            assert b" 101 " in one.recv(15)
        more = stack.enter_context(connected(narrow))
        more.sendall(ask)
        status, _, body = answer_of(more)
        assert (status, "serve.streams" in json.loads(body)["detail"]) == (503, True)


@pytest.mark.parametrize(
    ("path", "parameter", "expected"),
    [
        ("/api/v1/metrics/cpu?points=10001", "points", "10000"),
        ("/api/v1/metrics/cpu?points=0", "points", "1"),
        ("/api/v1/metrics/cpu?points=100&step=60", "step", "one of points and step"),
        ("/api/v1/metrics/cpu?from=1970-01-02", "from", "at most"),
        ("/api/v1/metrics/cpu?from=1d+ago&step=1s", "step", "at least"),
        ("/api/v1/metrics/cpu?from=2h+ago&to=3h+ago", "from", "before"),
        ("/api/v1/frames?from=1d+ago&step=1s", "step", "at least"),
        ("/api/v1/events?limit=10001", "limit", "10000"),
        ("/api/v1/metrics/processes?limit=1000000", "limit", "100000"),
        (f"/api/v1/metrics/processes?filter={'x' * 3000}", "filter", "short"),
        (f"/api/v1/metrics/cpu?{'&'.join(f'metric=m{n}' for n in range(101))}", "metric", "100"),
    ],
)
def test_what_is_too_much_of_the_past_is_said_with_what_is_not(simulated, path, parameter, expected):
    answer = simulated.get(path)
    assert (answer.status, answer.headers["content-type"]) == (422, MEDIA_TYPE)
    assert answer.json["parameter"] == parameter
    assert expected in answer.json["expected"]


def test_a_body_too_large_or_of_no_length_is_told_so(simulated):
    large = simulated.get("/api/v1/health", method="POST", content_length="65537")
    assert (large.status, "65536" in large.json["detail"]) == (413, True)
    assert simulated.get("/api/v1/health", method="POST", transfer_encoding="chunked").status == 411


@pytest.mark.parametrize(
    ("said", "status", "named"),
    [
        (b"NONSENSE\r\n\r\n", 400, "HTTP"),
        (b"GET / HTTP/1.1\r\nx: " + b"a" * 60_000 + b"\r\ny: " + b"a" * 6000, 431, "65536"),
    ],
)
def test_what_is_no_request_is_told_so(simulated, said, status, named):
    with connected(simulated) as one:
        one.sendall(said)
        found = problem(one)
    assert (found["status"], named in found["detail"]) == (status, True)


@contextlib.asynccontextmanager
async def served_here(app, **options):
    """Serve an app in this process; yields how to connect."""
    config = uvicorn.Config(app, http=protocol.Plain, log_config=None, lifespan="off", interface="asgi3", **options)
    config.load()
    state = ServerState()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: protocol.Plain(config, state, {}), "127.0.0.1", 0)
    yield lambda: asyncio.open_connection(*server.sockets[0].getsockname()[:2])
    server.close()
    await server.wait_closed()


async def read_body(_, receive, send):
    """Answer when the body has come."""
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body"})


@pytest.mark.parametrize(
    ("said", "named"),
    [(b"GET / HT", "head"), (b"POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 9\r\n\r\n1234", "body")],
)
async def test_who_is_too_slow_is_told_so(monkeypatch, said, named):
    monkeypatch.setattr(protocol, "HEAD_SECONDS", 0.05)
    async with served_here(read_body) as connect:
        reader, writer = await connect()
        writer.write(said)
        head, _, body = (await asyncio.wait_for(reader.read(), 20)).partition(b"\r\n\r\n")
        writer.close()
    assert head.startswith(b"HTTP/1.1 408 ")
    assert f"the {named} of a request did not come within 0.05 s" in json.loads(body)["detail"]


async def test_a_body_that_comes_is_answered(monkeypatch):
    monkeypatch.setattr(protocol, "HEAD_SECONDS", 0.3)
    async with served_here(read_body) as connect:
        reader, writer = await connect()
        for _ in range(3):
            writer.write(b"POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 3\r\n\r\n1")
            await asyncio.sleep(0.15)
            writer.write(b"23")
            assert b" 204 " in await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 20)
        writer.close()


class Slow:
    """A past that takes its time."""

    def spans(self):
        time.sleep(0.3)
        return ()

    def close(self) -> None:
        """Nothing is open."""


class Now:
    """A source without a frame."""

    def newest(self):
        return None

    def subscribe(self, _):
        return lambda: None


async def test_a_question_that_takes_too_long_is_given_up_and_the_limit_named():
    app = App(Served(Now(), Slow, request_seconds=0.05), Access(token=TOKEN.encode()))
    async with served_here(app.guard) as connect:
        reader, writer = await connect()
        shown = f"host: localhost\r\nauthorization: Bearer {TOKEN}\r\nconnection: close\r\n\r\n"
        writer.write(f"GET /api/v1/history HTTP/1.1\r\n{shown}".encode())
        head, _, body = (await asyncio.wait_for(reader.read(), 20)).partition(b"\r\n\r\n")
        writer.close()
    app.close()
    assert head.startswith(b"HTTP/1.1 503 ")
    assert b"retry-after: 10" in head
    assert "serve.request_time" in json.loads(body)["detail"]
